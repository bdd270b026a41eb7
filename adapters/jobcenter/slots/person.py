"""Who somebody is, in every style of a Jobcenter: numbers, names, birth date, sex, nationality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.jobcenter.slots.fields import Stated, add_at, put_at, said, spots, stated, take
from adapters.translation.days import birth_date, day_of, german_day
from adapters.translation.words import (
    destatis_of_nationality,
    name_of_nationality,
    nationality_of_destatis,
    nationality_of_name,
    script_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.jobcenter.slots.fields import Content
    from adapters.translation.leftovers import Document, Path

NUMBER_LIMIT = 60
_NAME_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Number:
    """A number an office knows the person by; its evidence names style and field, for example "csv:KdNr"."""

    path: Path
    kind: str
    field: str

    def take(self, document: Document) -> list[Stated]:
        """Return the number as written; see Slot."""
        number = said(document, self.path, NUMBER_LIMIT)
        if number is None:
            return []
        take(document, self.path)
        return [stated(self.kind, {"number": number}, reference=self.field)]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write a number that came from this field, or from nobody's field; see Slot."""
        if entry["kind"] != self.kind or field_of(entry) not in {self.field, None}:
            return False
        return put_at(content, self.path, entry["value"]["number"])


def field_of(entry: Mapping[str, Any]) -> str | None:
    """Return style and field an identifier came from, for example "csv:KdNr"; None where it came from none of ours."""
    reference: str = (entry.get("evidence") or {}).get("reference") or ""
    return reference if reference.partition(":")[0] in {"xsozial", "csv", "berd"} else None


@dataclass(frozen=True, slots=True)
class Name:
    """The present name, in two fields."""

    family: Path
    given: Path

    def take(self, document: Document) -> list[Stated]:
        """Return the name; see Slot."""
        parts = {"family": said(document, self.family, _NAME_LIMIT), "given": said(document, self.given, _NAME_LIMIT)}
        known = {part: text for part, text in parts.items() if text}
        if not known:
            return []
        take(document, *(path for part, path in (("family", self.family), ("given", self.given)) if part in known))
        return [_name(known, "current")]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the present name; see Slot."""
        if entry["kind"] != "identity.name" or entry["value"]["form"] != "current":
            return False
        parts = (("family", self.family), ("given", self.given))
        return all(put_at(content, path, entry["value"][part]) for part, path in parts if part in entry["value"])


@dataclass(frozen=True, slots=True)
class OtherNames:
    """Family names in another form, each in a repetition of one element."""

    path: Path
    inner: str
    form: str

    def take(self, document: Document) -> list[Stated]:
        """Return each of the names; see Slot."""
        found = []
        for spot in spots(document, self.path):
            family = said(document, (*spot, self.inner), _NAME_LIMIT)
            if family:
                take(document, (*spot, self.inner))
                found.append(_name({"family": family}, self.form))
        return found

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write a family name of this form; see Slot."""
        value = entry["value"]
        if entry["kind"] != "identity.name" or value["form"] != self.form or "given" in value:
            return False
        return add_at(content, self.path, {self.inner: value["family"]})


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A birth date in one field, as German offices write days."""

    path: Path

    def take(self, document: Document) -> list[Stated]:
        """Return the birth date as far as it is known; see Slot."""
        day = day_of(said(document, self.path) or "")
        if day is None:
            return []
        take(document, self.path)
        return [stated("identity.birth-date", birth_date(day))]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the birth date; see Slot."""
        if entry["kind"] != "identity.birth-date":
            return False
        return put_at(content, self.path, german_day(entry["value"]["date"]))


@dataclass(frozen=True, slots=True)
class Sex:
    """The sex, by the codes of one style."""

    path: Path
    codes: Mapping[str, str]  #: theirs -> ours; of several the first is written

    def take(self, document: Document) -> list[Stated]:
        """Return the sex where its code is known; see Slot."""
        code = self.codes.get(said(document, self.path) or "")
        if code is None:
            return []
        take(document, self.path)
        return [stated("identity.sex", {"code": code})]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the sex where the style has a code for it; see Slot."""
        theirs = next((code for code, ours in self.codes.items() if ours == entry["value"].get("code")), None)
        return entry["kind"] == "identity.sex" and theirs is not None and put_at(content, self.path, theirs)


@dataclass(frozen=True, slots=True)
class NamedNationality:
    """A nationality by the German name of the country; "ungeklärt" is a statement, an empty field is none."""

    path: Path

    def take(self, document: Document) -> list[Stated]:
        """Return the nationality where the words decide; see Slot."""
        nationality = nationality_of_name(said(document, self.path) or "")
        if nationality is None:
            return []
        take(document, self.path)
        return [stated("identity.nationality", nationality.value)]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the country's name; see Slot."""
        if entry["kind"] != "identity.nationality":
            return False
        word = name_of_nationality(entry["value"])
        return word is not None and put_at(content, self.path, word)


@dataclass(frozen=True, slots=True)
class CodedNationality:
    """Nationalities by the key of Destatis; each in a repetition of the element that holds the code."""

    path: Path
    inner: Path = ()

    def take(self, document: Document) -> list[Stated]:
        """Return each nationality whose key is known; keys of ended states say unclear and are left; see Slot."""
        found = []
        for spot in spots(document, self.path):
            nationality = nationality_of_destatis(said(document, (*spot, *self.inner)) or "")
            if nationality is None:
                continue
            if nationality.says_all:
                take(document, (*spot, *self.inner))
            found.append(stated("identity.nationality", nationality.value))
        return found

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the key of the country; see Slot."""
        if entry["kind"] != "identity.nationality":
            return False
        code = destatis_of_nationality(entry["value"])
        value: Any = code
        for step in reversed(self.inner):
            value = {str(step): value}
        return code is not None and add_at(content, self.path, value)


def _name(parts: Mapping[str, str], form: str) -> Stated:
    return stated("identity.name", {"form": form, "script": script_of("".join(parts.values()))} | dict(parts))

"""Qualification items of the register (`arbeitsvermittlungsdaten`): school, studies, training, work, languages.

An item becomes the entry of its kind and, where it says something about recognition, a second one under the same
reference. When the register last changed an item, and who reported it, is its evidence: it does not say since when it
is true. The supplier's day of deletion (section 36(1) AZRG) holds for everything an item says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.bamf import parts
from adapters.bamf.codes import ITEM_KINDS, LEAVINGS, OTHER_SCHOOL, RECOGNITIONS, SCHOOLS, tag_of
from adapters.translation.codes import language, reported, result
from adapters.translation.days import ends_before_start, is_day
from schemas.vocabularies.countries import country_from_destatis
from schemas.vocabularies.languages import SCALE_CODES, Scale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.bamf.parts import Leaf
    from adapters.translation.leftovers import Document, Path

#: What an evidence's reference says of an item: the register's own names, so that it can be written back.
REPORTED_BY, CHANGED_ON = "meldendeBehoerde", "letzteAenderung"
_KLDB = re.compile(r"[0-9]{1,5}")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,2}")
_MONTHS_LIMIT = 240
_DAY_CHARACTERS = len("2033-09-30")


@dataclass(frozen=True, slots=True)
class Item:
    """Where an item stands, and what holds for everything it says."""

    path: Path
    reference: str | None
    delete_on: str | None
    evidence: Mapping[str, str]
    meta: tuple[Path, ...]  #: where reference, day and evidence were found

    def entry(self, kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return a statement of this item."""
        return {"kind": kind, "value": dict(value), "evidence": dict(self.evidence)} | self.marks()

    def marks(self) -> dict[str, Any]:
        """Return what even its unmapped parts carry: they are corrected and deleted with it."""
        known = {"reference": self.reference, "delete_on": self.delete_on}
        return {name: value for name, value in known.items() if value}


def item_of(document: Document, path: Path, *around: Path) -> Item:
    """Return an item with what holds for all it says, from its own place or, in a report, from around it."""
    where = (path, *around)
    reference = _first(document, where, "referenz.id", limit=100)
    day = _first(document, where, "loeschdatum", limit=_DAY_CHARACTERS)
    if day and not is_day(day.text):
        day = None
    said = {name: _first(document, where, name, limit=80) for name in (REPORTED_BY, CHANGED_ON)}
    provenance = ", ".join(f"{name} {found.text}" for name, found in said.items() if found)
    return Item(
        path=path,
        reference=reference.text if reference else None,
        delete_on=day.text if day else None,
        evidence={"type": "register"} | ({"reference": provenance} if provenance else {}),
        meta=tuple(found.path for found in (reference, day, *said.values()) if found),
    )


def item_entries(document: Document, item: Item) -> list[dict[str, Any]]:
    """Take an item apart; one of a kind nobody knows, or without what its kind needs, is left whole."""
    art = parts.code(document, (*item.path, "arbeitsvermittlungsdatenArt"))
    kind = ITEM_KINDS.get(art.text) if art else None
    if art is None or kind is None:
        return []
    said = _Said(document, item.path)
    value = _language(said) if kind[0] == "languages.language" else _span(said, art.text)
    if value is None:
        return []
    document.take(art.path, *item.meta, *said.taken)
    entries = [item.entry(kind[0], value)]
    if kind[0] != "languages.language":
        entries += [item.entry("recognition.procedure", found) for found in _recognition(document, item, value)]
    return entries


@dataclass(slots=True)
class _Said:
    """What an item says; it is taken from the document when all of it fits."""

    document: Document
    path: Path
    taken: list[Path] = field(default_factory=list)

    def code(self, name: str, limit: int = 100) -> Leaf | None:
        return parts.code(self.document, (*self.path, name), limit)

    def take(self, *leaves: Leaf | None) -> None:
        self.taken += [leaf.path for leaf in leaves if leaf]

    def reported(self, scheme: str, name: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """Take a code as it was said, with the label beside it or else the one of its list."""
        code, label = self.code(name), parts.label(self.document, (*self.path, name))
        if code is None:
            return []
        self.take(code, label)
        return [reported(scheme, code.text, label.text if label else labels.get(code.text))]


def _language(said: _Said) -> dict[str, Any] | None:
    named, grade = said.code("sprache"), said.code("gradDerSprachkenntnis")
    if named is None:
        return None
    said.take(named)
    levels = []
    if grade and grade.text in SCALE_CODES[Scale.AZR_GRADE]:
        said.take(grade)
        levels = [result(grade.text, Scale.AZR_GRADE.value)]
    return language(tag_of(named.text), named.text, levels=levels)


def _span(said: _Said, art: str) -> dict[str, Any] | None:
    """Return the value of an item that lasted for a time; None for work without an occupation."""
    kind, label = ITEM_KINDS[art]
    value: dict[str, Any] = _dates(said) | _country(said)
    codes = [reported("azr-art", art, label)]
    codes += said.reported("azr-schulart", "schulart", SCHOOLS)
    codes += said.reported("azr-schulabschluss", "schulabschluss", {code: name for code, (_, name) in LEAVINGS.items()})
    duration, months = _duration(said)
    codes += duration
    if kind == "education.school":
        value |= _german_leaving(codes, value.get("country"))
    if kind == "education.vocational" and months is not None:
        value["duration_months"] = months
    if kind in {"education.vocational", "work.experience"}:
        value |= _occupation(said)
    else:
        codes += said.reported("azr-beruf", "beruf", {})
    if kind == "work.experience" and "occupation" not in value:
        return None
    return value | {"reported": codes}


def _dates(said: _Said) -> dict[str, str]:
    start = parts.partial_date(said.document, (*said.path, "beginn"))
    end = parts.partial_date(said.document, (*said.path, "ende"))
    if start and end and ends_before_start(start.text, end.text):
        return {}
    said.take(start, end)
    return {name: day.text for name, day in (("start", start), ("end", end)) if day}


def _country(said: _Said) -> dict[str, str]:
    for path in ((*said.path, "staat", "staat"), (*said.path, "staat")):
        code = parts.code(said.document, path)
        country = country_from_destatis(code.text) if code else None
        if country:
            said.take(code)
            return {"country": country}
    return {}


def _duration(said: _Said) -> tuple[list[dict[str, Any]], int | None]:
    """Return a duration as it was said, and in months where it is given in one unit."""
    known = [(unit, parts.leaf(said.document, (*said.path, "dauer", unit))) for unit in ("jahre", "monate")]
    found = [(unit, leaf) for unit, leaf in known if leaf and _WHOLE.fullmatch(leaf.text)]
    if not found:
        return [], None
    said.take(*(leaf for _, leaf in found))
    months = sum(int(leaf.text) * (12 if unit == "jahre" else 1) for unit, leaf in found)
    code = ", ".join(f"{leaf.text} {unit}" for unit, leaf in found)
    return [reported("azr-dauer", code)], months if months <= _MONTHS_LIMIT else None


def _german_leaving(codes: list[dict[str, Any]], country: str | None) -> dict[str, str]:
    """Return the German leaving only where the school was a German one.

    The register's list knows no others, so offices choose the nearest for schools abroad: what stands beside a foreign
    country, or beside "other school" without a country, says nothing certain.
    """
    said = {one["scheme"]: one["code"] for one in codes}
    leaving = LEAVINGS.get(said.get("azr-schulabschluss", ""))
    school = said.get("azr-schulart")
    is_german = country == "DE" or (country is None and school in SCHOOLS and school != OTHER_SCHOOL)
    return {"german_leaving": leaving[0]} if leaving and is_german else {}


def _occupation(said: _Said) -> dict[str, Any]:
    code = said.code("beruf", 5)
    if code is None or not _KLDB.fullmatch(code.text):
        return {}
    title = parts.label(said.document, (*said.path, "beruf"))
    said.take(code, title)
    return {"occupation": {"kldb": code.text} | ({"title": title.text} if title else {})}


def _recognition(document: Document, item: Item, of: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the item says about the recognition of what it states."""
    said = _Said(document, item.path)
    found = said.reported("azr-anerkennung", "anerkennung", {code: name for code, (_, name) in RECOGNITIONS.items()})
    state = RECOGNITIONS.get(found[0]["code"]) if found else None
    if state is None:
        return []
    document.take(*said.taken)
    same = {name: of[name] for name in ("occupation", "country") if name in of}
    return [{"state": state[0]} | same | {"reported": [*found, of["reported"][0]]}]


def _first(document: Document, places: tuple[Path, ...], name: str, *, limit: int) -> Leaf | None:
    found = (parts.code(document, (*place, name), limit) for place in places)
    return next(filter(None, found), None)

"""School, training, recognition and occupation as Jobcenters say them: words and keys are kept, few become codes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.jobcenter.slots.fields import TEXT, Stated, add_at, put_at, said, spots, stated, take, where
from adapters.translation.codes import reported, reported_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.jobcenter.slots.fields import Content
    from adapters.translation.leftovers import Document, Path

_CLASS = re.compile(r"Klasse ([1-9]|1[0-3])")
_DEGREES = {"bachelor": "bachelor", "master": "master", "promotion": "doctorate", "staatsexamen": "state-exam"}
_DEGREE = re.compile(r"(Bachelor|Master|Promotion|Staatsexamen)\b.*")
_NO_RECOGNISED = re.compile(r"kein\w*\s+anerk.*", re.IGNORECASE)
#: Five digits. With four, the zero of a military occupation (01...) may be lost: nobody can know, so nobody repairs it.
_KLDB = re.compile(r"[0-9]{5}")
_CODE_LIMIT = 100


@dataclass(frozen=True, slots=True)
class SchoolText:
    """Schooling in free words: a class is a class, everything else stays words (it may be foreign)."""

    path: Path

    def take(self, document: Document) -> list[Stated]:
        """Return the schooling; see Slot."""
        text = _statement(document, self.path)
        if text is None:
            return []
        take(document, self.path)
        found = _CLASS.fullmatch(text)
        return [stated("education.school", {"as_said": text} | ({"last_class": int(found[1])} if found else {}))]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the words, or the class alone; see Slot."""
        value = entry["value"]
        text = words_of(value) or (f"Klasse {value['last_class']}" if "last_class" in value else None)
        return entry["kind"] == "education.school" and text is not None and put_at(content, self.path, text)


@dataclass(frozen=True, slots=True)
class TrainingText:
    """Highest training in free words; a degree's name makes it studies, "ohne" says that there is none."""

    path: Path

    def take(self, document: Document) -> list[Stated]:
        """Return training or studies; see Slot."""
        text = _statement(document, self.path)
        if text is None:
            return []
        take(document, self.path)
        degree = _DEGREE.fullmatch(text)
        if degree:
            return [stated("education.university", {"as_said": text, "degree": _DEGREES[degree[1].casefold()]})]
        value: dict[str, Any] = {"as_said": text}
        if text.casefold() == "ohne":
            value["has_qualification"] = False
        elif _NO_RECOGNISED.fullmatch(text):
            value["recognised_in_germany"] = False
        return [stated("education.vocational", value)]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the words; see Slot."""
        text = words_of(entry["value"])
        is_ours = entry["kind"] in {"education.vocational", "education.university"}
        return is_ours and text is not None and put_at(content, self.path, text)


@dataclass(frozen=True, slots=True)
class Keyed:
    """A highest leaving certificate by the key of a monthly delivery, with its words."""

    path: Path
    kind: str
    scheme: str

    def take(self, document: Document) -> list[Stated]:
        """Return each certificate with key and words; see Slot."""
        found = []
        for spot in spots(document, self.path):
            key, text = said(document, (*spot, "@schluessel"), _CODE_LIMIT), said(document, spot)
            if key is None and text is None:
                continue
            take(document, (*spot, "@schluessel") if key else spot, spot if text else (*spot, "@schluessel"))
            value = {"as_said": text} if text else {}
            found.append(stated(self.kind, value | ({"reported": [reported(self.scheme, key)]} if key else {})))
        return found

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write key and words; see Slot."""
        value = entry["value"]
        key = reported_code(value, self.scheme)
        text = value.get("as_said") or (None if key else words_of(value))
        if entry["kind"] != self.kind or (key is None and text is None):
            return False
        element: Any = {"@schluessel": key} | ({TEXT: text} if text else {}) if key else text
        return add_at(content, self.path, element)


@dataclass(frozen=True, slots=True)
class Recognition:
    """What an office says about recognition, in one word."""

    path: Path
    scheme: str

    def take(self, document: Document) -> list[Stated]:
        """Return the state where the word is sure; the word is kept beside it; see Slot."""
        word = said(document, self.path, _CODE_LIMIT)
        state = _RECOGNITION.get((word or "").casefold())
        if word is None or state is None:
            return []
        take(document, self.path)
        return [stated("recognition.procedure", {"state": state, "reported": [reported(self.scheme, word)]})]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the word that came from here, or one that says the state; see Slot."""
        value = entry["value"]
        by_state = (word for word, state in _RECOGNITION.items() if state == value.get("state"))
        word = reported_code(value, self.scheme) or next(by_state, None)
        return entry["kind"] == "recognition.procedure" and word is not None and put_at(content, self.path, word)


#: Words -> state; of several for one state the first is written.
_RECOGNITION = {
    "läuft": "in-assessment",
    "in prüfung": "in-assessment",
    "nein": "not-recognised",
    "kein antrag": "none",
    "beraten": "advised",
    "beantragt": "applied",
    "unterlagen fehlen": "documents-missing",
    "voll anerkannt": "full",
    "teilweise anerkannt": "partial",
    "ungeklärt": "unclear",
}


@dataclass(frozen=True, slots=True)
class Occupation:
    """An occupation: its words, and its KldB key where that is whole."""

    kind: str
    title: Path
    kldb: Path

    def take(self, document: Document) -> list[Stated]:
        """Return the occupation; a key that is not of five digits is left; see Slot."""
        title, kldb = _statement(document, self.title), said(document, self.kldb)
        term = {"title": title} if title else {}
        if kldb and _KLDB.fullmatch(kldb):
            term["kldb"] = kldb
        if not term:
            return []
        take(document, *([self.title] if title else []), *([self.kldb] if "kldb" in term else []))
        return [stated(self.kind, {"occupation": term})]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write words and key; see Slot."""
        term = entry["value"].get("occupation") or {}
        if entry["kind"] != self.kind or not {"title", "kldb"} & term.keys():
            return False
        parts = (("title", self.title), ("kldb", self.kldb))
        return all(put_at(content, path, term[part]) for part, path in parts if part in term)


@dataclass(frozen=True, slots=True)
class Goals:
    """Occupations somebody wants, each in a repetition of one element with the key as an attribute."""

    path: Path

    def take(self, document: Document) -> list[Stated]:
        """Return each occupation; see Slot."""
        found = []
        for spot in spots(document, self.path):
            found += Occupation("goals.occupation", where(document, spot), (*spot, "@kldb")).take(document)
        return found

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write words and key; see Slot."""
        term = entry["value"].get("occupation") or {}
        if entry["kind"] != "goals.occupation" or not {"title", "kldb"} & term.keys():
            return False
        element = {name: term[part] for name, part in (("@kldb", "kldb"), (TEXT, "title")) if part in term}
        return add_at(content, self.path, element if "@kldb" in element else element[TEXT])


def words_of(value: Mapping[str, Any]) -> str | None:
    """Return what was said, or the words that a source gave with its code."""
    if "as_said" in value:
        return str(value["as_said"])
    return next((code["label"] for code in value.get("reported", ()) if "label" in code), None)


def _statement(document: Document, path: Path) -> str | None:
    """Return a text that says something: a dash alone says nothing and is left."""
    text = said(document, path)
    return None if text == "-" else text

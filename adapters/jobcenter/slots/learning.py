"""Languages, courses, licences, skills and needs as Jobcenters say them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.jobcenter.slots import courses
from adapters.jobcenter.slots.fields import TEXT, Stated, add_at, put_at, said, spots, stated, take, where
from adapters.translation.codes import CEFR, cefr_result, certificate, language, result
from adapters.translation.days import day_of
from adapters.translation.words import fitting, language_tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.jobcenter.slots.fields import Content
    from adapters.translation.leftovers import Document, Path

_LANGUAGE_LIMIT, _LEVEL_LIMIT, _COURSE_LIMIT, _NEED_LIMIT = 100, 60, 300, 1000
_NOTHING = "-"
_LICENCE = re.compile(r"(?:AM|A1|A2|A|B|B96|B197|BE|C1|C1E|C|CE|D1|D1E|D|DE|L|T)")
_BETWEEN = re.compile(r"[,/;\s]+")


@dataclass(frozen=True, slots=True)
class LanguageText:
    """A language by its German name with its level beside it; MS and FG are words of the office, no level of CEFR."""

    name: Path
    level: Path

    def take(self, document: Document) -> list[Stated]:
        """Return the language with its level as said; see Slot."""
        name, level = said(document, self.name, _LANGUAGE_LIMIT), said(document, self.level, _LEVEL_LIMIT)
        if name in {None, _NOTHING} or name is None:
            return []
        take(document, self.name)
        levels = []
        if level and level != _NOTHING:
            take(document, self.level)
            levels = [cefr_result(level) if level in CEFR else result(level, "jobcenter-text")]
        return [stated("languages.language", language(language_tag(name), name, levels=levels), "self-report")]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the language, and its level where it has one in words of this field; see Slot."""
        if entry["kind"] != "languages.language" or not put_at(content, self.name, entry["value"]["as_said"]):
            return False
        results = [result for one in entry["value"]["certificates"] for result in one["results"]]
        level = next(map(_level_word, filter(_level_word, [*entry["value"]["levels"], *results])), None)
        return put_at(content, self.level, level) if level else True


@dataclass(frozen=True, slots=True)
class GermanLevel:
    """The level of German in a monthly delivery; where a certificate or test is named, it is what states the level."""

    path: Path

    def take(self, document: Document) -> list[Stated]:
        """Return German with its level on the scale named; another scale is left whole; see Slot."""
        found = []
        for spot in spots(document, self.path):
            level, by = said(document, (*spot, "@stufe")), said(document, (*spot, "@quelle"), _LANGUAGE_LIMIT)
            if level not in CEFR or said(document, spot) not in {_SCALE, None} or level is None:
                continue
            take(document, spot, (*spot, "@stufe"))
            if by in _CERTIFIED:
                take(document, (*spot, "@quelle"))
                german = language("de", "Deutsch", certificates=[certificate(by, [cefr_result(level)])])
                found.append(stated("languages.language", german, "certificate", reference=by))
            else:
                is_own = by == _SELF_REPORTED
                take(document, *([(*spot, "@quelle")] if is_own else []))
                german = language("de", "Deutsch", levels=[cefr_result(level)])
                found.append(stated("languages.language", german, "self-report" if is_own else "register"))
        return found

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write a level of German that a certificate or the office states on the scale of CEFR; see Slot."""
        value = entry["value"]
        if entry["kind"] != "languages.language" or value["language"] != "de":
            return False
        certified = [(one["name"], result["cefr"]) for one in value["certificates"] for result in one["results"]]
        levels = [(None, level["cefr"]) for level in value["levels"]]
        name, level = next((one for one in [*certified, *levels] if one[1]), (None, None))
        if level is None:
            return False
        is_own = (entry.get("evidence") or {}).get("type") == "self-report"
        by = name if name in _CERTIFIED else "Zertifikat" if name else _SELF_REPORTED if is_own else None
        return add_at(content, self.path, {"@stufe": level} | ({"@quelle": by} if by else {}) | {TEXT: _SCALE})


_SCALE = "GER"
_CERTIFIED = frozenset({"Zertifikat", "DTZ"})
_SELF_REPORTED = "Selbstauskunft"


@dataclass(frozen=True, slots=True)
class CourseText:
    """A course in free words."""

    path: Path

    def take(self, document: Document) -> list[Stated]:
        """Return the course as said; see Slot."""
        text = said(document, self.path, _COURSE_LIMIT)
        if text is None or text == _NOTHING:
            return []
        take(document, self.path)
        return [stated("pathway.course", courses.course(text))]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the course as said; see Slot."""
        text = entry["value"].get("as_said")
        return entry["kind"] == "pathway.course" and text is not None and put_at(content, self.path, text)


@dataclass(frozen=True, slots=True)
class IntegrationCourse:
    """An integration course in attributes of one element."""

    path: Path

    def take(self, document: Document) -> list[Stated]:
        """Return each course; the day belongs to the result where there is one, else it is left; see Slot."""
        found = []
        for spot in spots(document, self.path):
            status, art = said(document, (*spot, "@status")), said(document, (*spot, "@art"), _COURSE_LIMIT)
            reached, day = said(document, (*spot, "@ergebnis")), day_of(said(document, (*spot, "@datum")) or "")
            value: dict[str, Any] = {
                "type": "literacy" if art and courses.course_kind(art) == "literacy" else _INTEGRATION
            }
            value |= {"as_said": art} if art else {}
            value |= {"status": _STATES[status]} if status in _STATES else {}
            value |= {"result_level": reached} if reached in CEFR else {}
            value |= {"result_on": day} if reached in CEFR and day else {}
            if len(value) > 1:
                fields = (
                    ("@art", "as_said"),
                    ("@status", "status"),
                    ("@ergebnis", "result_level"),
                    ("@datum", "result_on"),
                )
                take(document, *((*spot, theirs) for theirs, ours in fields if ours in value))
                found.append(stated("pathway.course", value))
        return found

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write a course of these kinds; see Slot."""
        value = entry["value"]
        if entry["kind"] != "pathway.course" or value["type"] not in {_INTEGRATION, "literacy"}:
            return False
        words = {ours: theirs for theirs, ours in _STATES.items()}
        element = {
            "@status": words.get(value.get("status", "")),
            "@art": value.get("as_said"),
            "@ergebnis": value.get("result_level"),
            "@datum": value.get("result_on"),
        }
        return add_at(content, self.path, {name: text for name, text in element.items() if text})


_INTEGRATION = "integration"
_STATES = {
    "abgeschlossen": "completed",
    "laufend": "ongoing",
    "abgebrochen": "broken-off",
    "angemeldet": "registered",
    "berechtigt": "entitled",
    "verpflichtet": "obliged",
    "nicht begonnen": "not-started",
}


@dataclass(frozen=True, slots=True)
class Licences:
    """Driving licences by their classes, several in one field; "nein" says that there is none."""

    path: Path

    def take(self, document: Document) -> list[Stated]:
        """Return each licence, if all that stands there are classes; see Slot."""
        found = []
        for spot in spots(document, self.path):
            text = said(document, spot) or ""
            classes = _BETWEEN.split(text)
            if text.casefold() == "nein":
                found.append(stated("skills.licence", {"type": "driving", "holds": False}))
            elif all(map(_LICENCE.fullmatch, classes)) and len(set(classes)) == len(classes):
                found += [stated("skills.licence", {"type": "driving", "code": one, "holds": True}) for one in classes]
            else:
                continue
            take(document, spot)
        return found

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the class, beside others where some stand; see Slot."""
        value = entry["value"]
        if entry["kind"] != "skills.licence" or value["type"] != "driving":
            return False
        if not value["holds"]:
            return "code" not in value and put_at(content, self.path, "nein")
        return "code" in value and _add_text(content, self.path, value["code"], between=", ")


@dataclass(frozen=True, slots=True)
class YesNoSkill:
    """A skill that a field asks for: yes, no, or nothing said."""

    path: Path
    name: str

    def take(self, document: Document) -> list[Stated]:
        """Return the skill; see Slot."""
        code = _ANSWERS.get((said(document, self.path) or "").casefold())
        if code is None:
            return []
        take(document, self.path)
        return [stated("skills.skill", {"name": self.name, "grade": {"scale": "yes-no", "code": code}})]

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the answer; see Slot."""
        value = entry["value"]
        if entry["kind"] != "skills.skill" or value["name"] != self.name:
            return False
        words = {code: word for word, code in _ANSWERS.items()}
        word = words.get((value.get("grade") or {}).get("code", ""))
        return word is not None and put_at(content, self.path, word)


_ANSWERS = {"ja": "yes", "nein": "no"}


@dataclass(frozen=True, slots=True)
class Needs:
    """Needs of training, several in one field, with semicolons or line breaks between them."""

    path: Path

    def take(self, document: Document) -> list[Stated]:
        """Return each need as said; see Slot."""
        found = []
        for spot in spots(document, self.path):
            texts = _needs(document, spot)
            if texts:
                take(document, spot)
                found += [stated(kind, value) for kind, value in map(courses.need, texts)]
        return found

    def put(self, entry: Mapping[str, Any], content: Content) -> bool:
        """Write the need, beside others where some stand; see Slot."""
        text = entry["value"].get("text", "")
        is_ours = entry["kind"] in {"needs.training", "needs.language", "needs.recognition"}
        return is_ours and ";" not in text and "\n" not in text and _add_text(content, self.path, text, between="; ")


def _level_word(result: Mapping[str, Any]) -> str | None:
    """Return a level in words of the case-work system; none for a level on a scale of others."""
    if result["cefr"]:
        return str(result["cefr"])
    return str(result["code"]) if result["scale"] == "jobcenter-text" else None


def _needs(document: Document, path: Path) -> list[str]:
    """Return the needs in one field; none where one of them is no text that an entry can keep."""
    whole = document.text(where(document, path)) or ""
    parts = [part.strip() for part in re.split(r"[;\r\n]+", whole)]
    cleaned = [fitting(part, max_length=_NEED_LIMIT) for part in parts if part not in {"", _NOTHING}]
    return [] if None in cleaned else [part for part in cleaned if part]


def _add_text(content: Content, path: Path, text: str, *, between: str) -> bool:
    """Write a text, after the one that stands there."""
    if put_at(content, path, text):
        return True
    inner: Any = content
    for step in path[:-1]:
        inner = inner[step]
    standing = inner[path[-1]]
    if not isinstance(standing, str):
        return False
    inner[path[-1]] = f"{standing}{between}{text}"
    return True

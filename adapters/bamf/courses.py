"""Course data of BAMF's course administration: the course with its sections, the placement test, the final test."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from adapters.bamf import parts
from adapters.bamf.codes import COURSES, LITERACY_COURSES, OVERALL_RESULTS, PART_LEVELS
from adapters.translation.codes import CEFR, cefr_result, certificate, language, reported, result
from adapters.translation.days import ends_before_start
from schemas.vocabularies.languages import Scale

if TYPE_CHECKING:
    from adapters.bamf.parts import Leaf
    from adapters.translation.leftovers import Document, Path

_COURSE, _SECTIONS, _TEST = ("kursanmeldedaten",), ("kursabschnittsdaten",), ("datenAbschlusstestSprache",)
#: What the parts of a test are called at the ends of `ergebnis…` and `fertigkeit…`.
SKILLS = {"Hoeren": "listening", "Lesen": "reading", "Schreiben": "writing", "Sprechen": "speaking"}
#: What a certificate is called whose kind the message does not name.
UNNAMED_TEST = "Abschlusstest Sprache"
#: Without leading zeros, so that it comes back as it was.
_NUMBER = re.compile(r"0|[1-9][0-9]{0,3}")
_SECTIONS_LIMIT, _LESSONS_LIMIT = 50, 5000
_LIST_LIMIT = 20


def course_entries(document: Document) -> list[dict[str, Any]]:
    """Take courses, placement tests and final tests; sections belong to a course only where there is one."""
    courses = parts.places(document, _COURSE)
    sections = _sections(document) if len(courses) <= 1 else []
    found = [_course(document, place, sections) for place in courses]
    if not courses and sections:
        found = [("pathway.course", {"type": "integration", "sections": sections})]
    for place in courses:
        found += [_placement_test(document, test) for test in parts.places(document, (*place, "einstufungstest"))]
    entries = [{"kind": kind, "value": value, "evidence": {"type": "register"}} for kind, value in found if value]
    return entries + _german(document)


def _course(document: Document, path: Path, sections: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    kind, label = parts.code(document, (*path, "kursart")), parts.label(document, (*path, "kursart"))
    registered = parts.partial_date(document, (*path, "anmeldedatum"))
    # all courses of this message are integration courses (section 43 AufenthG)
    value: dict[str, Any] = {"type": "literacy" if kind and kind.text in LITERACY_COURSES else "integration"}
    if kind:
        name = label.text if label else COURSES.get(kind.text)
        value["reported"] = [reported("bamf-kursart", kind.text, name)]
        _take(document, kind, label)
    if registered:
        value["registered_on"] = registered.text
        _take(document, registered)
    if sections:
        value["sections"] = sections
    return "pathway.course", value


def _sections(document: Document) -> list[dict[str, Any]]:
    found = []
    for place in parts.places(document, _SECTIONS)[:_SECTIONS_LIMIT]:
        section: dict[str, Any] = {}
        start, end = (parts.partial_date(document, (*place, name)) for name in ("beginn", "ende"))
        if not (start and end and ends_before_start(start.text, end.text)):
            section |= {name: day.text for name, day in (("start", start), ("end", end)) if day}
            _take(document, start, end)
        for ours, theirs, least, most in (
            ("number", "kursabschnitt", 1, _SECTIONS_LIMIT),
            ("lessons", "unterrichtsstunden", 0, _LESSONS_LIMIT),
        ):
            number = parts.leaf(document, (*place, theirs))
            if number and _NUMBER.fullmatch(number.text) and least <= int(number.text) <= most:
                section[ours] = int(number.text)
                _take(document, number)
        if section:
            found.append(section)
    return found


def _placement_test(document: Document, path: Path) -> tuple[str, dict[str, Any]]:
    value: dict[str, Any] = {}
    day = parts.partial_date(document, (*path, "datum"))
    advice = parts.leaf(document, (*path, "empfehlung"), limit=500)
    _take(document, day, advice)
    if day:
        value["date"] = day.text
    if advice:
        value["recommendation"] = advice.text
    return "pathway.placement-test", value


def _german(document: Document) -> list[dict[str, Any]]:
    """Return German with its final tests: a certificate's results, never a level of the language itself."""
    tests = [_certificate(document, place) for place in parts.places(document, _TEST)[:_LIST_LIMIT]]
    certificates = [test for test in tests if test]
    if not certificates:
        return []
    value = language("de", "Deutsch", certificates=certificates)
    return [{"kind": "languages.language", "value": value, "evidence": {"type": "test"}}]


def _certificate(document: Document, path: Path) -> dict[str, Any] | None:
    name = parts.code(document, (*path, "abschlusstestart"))
    day = parts.partial_date(document, (*path, "testdatum"))
    results = _overall(document, path)
    for ending, skill in SKILLS.items():
        results += _part(document, path, ending=ending, skill=skill)
    if name is None and not results:
        return None
    _take(document, name, day)
    return certificate(name.text if name else UNNAMED_TEST, results, day.text if day else None)


def _overall(document: Document, path: Path) -> list[dict[str, Any]]:
    code = parts.code(document, (*path, "gesamtergebnis"))
    if code is None:
        return []
    if code.text in OVERALL_RESULTS:
        ours, level = OVERALL_RESULTS[code.text]
        _take(document, code)
        return [result(ours, Scale.DTZ.value, cefr=level)]
    if code.text in CEFR:
        _take(document, code)
        return [cefr_result(code.text)]
    return []


def _part(document: Document, path: Path, *, ending: str, skill: str) -> list[dict[str, Any]]:
    code = parts.code(document, (*path, f"ergebnis{ending}"))
    points = parts.leaf(document, (*path, f"fertigkeit{ending}"), limit=30)
    if code and code.text in PART_LEVELS:
        _take(document, code, points)
        said = {"points": points.text} if points else {}
        return [result(code.text, Scale.DTZ_PART.value, cefr=PART_LEVELS[code.text], skill=skill) | said]
    if points:
        _take(document, points)
        return [result(points.text, Scale.POINTS.value, skill=skill)]
    return []


def _take(document: Document, *leaves: Leaf | None) -> None:
    document.take(*(leaf.path for leaf in leaves if leaf))

"""What the applicant can do: skills by grade, strengths, licences, MYSKILLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.ba.sections.said import ASSESSMENT, SELF_REPORT, Part, Said, said
from adapters.translation.places import Place, filled, items

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.translation.leftovers import Document

_GRADES = {"Grundkenntnisse": "basic", "Erweiterte Kenntnisse": "extended", "Expertenkenntnisse": "expert"}
_GRADE_WORDS = {ours: theirs for theirs, ours in _GRADES.items()}
_LICENCES = ("mobilitaet", "fuehrerscheine")
_MYSKILLS = "MYSKILLS"
_MYSKILLS_FIELDS = 50


def said_of_skills(document: Document) -> Iterator[Said]:
    """Yield each skill with its group and grade; a grade that is none of BA's three words is kept as a text."""
    for place in items(document, "fertigkeiten"):
        group = place.text("hierarchieName", max_length=200)
        by_grade = document.at((*place.path, "auspraegungen"))
        for word in by_grade if isinstance(by_grade, dict) else ():
            yield from _skills(place, group, word)


def said_of_strengths(document: Document) -> Iterator[Said]:
    """Yield each strength; an adviser notes them."""
    for place in items(document, "staerken"):
        if name := place.text():
            yield said(place, "skills.strength", {"name": name}, evidence=ASSESSMENT)


def said_of_mobility(document: Document) -> Iterator[Said]:
    """Yield driving licences and how far somebody can travel; an empty list says that there is no licence."""
    if document.at(_LICENCES) == []:
        place = Place(document, _LICENCES, [_LICENCES])
        yield said(place, "skills.licence", {"type": "driving", "holds": False}, evidence=SELF_REPORT)
    for place in items(document, *_LICENCES):
        if code := place.text(max_length=20):
            yield said(place, "skills.licence", {"type": "driving", "code": code, "holds": True}, evidence=SELF_REPORT)
    place = Place(document, ("mobilitaet", "umkreisKm"))
    radius = place.whole(0, 1000)
    if radius is not None:
        yield said(place, "goals.mobility", {"radius_km": radius}, evidence=SELF_REPORT)


def said_of_myskills(document: Document) -> Iterator[Said]:
    """Yield the result of MYSKILLS: 0 to 4 in each field of action."""
    document.keep_together(("myskills",))
    place = Place(document, ("myskills",))
    title = place.text("referenzberuf")
    listed = document.at(("myskills", "handlungsfelder"))
    fields = [_field(place, index) for index in range(len(listed) if isinstance(listed, list) else 0)]
    graded = [field for field in fields[:_MYSKILLS_FIELDS] if field]
    if title or graded:
        value = filled(instrument=_MYSKILLS, occupation=filled(title=title), date=place.day("datum")) | {
            "fields_of_action": graded
        }
        yield said(place, "skills.assessment", value, evidence={"type": "test", "reference": _MYSKILLS})


def part_of_ability(kind: str, value: Mapping[str, Any]) -> Part:
    """Return how BA would write one of these entries; empty where it has no words for it."""
    match kind:
        case "skills.strength":
            return {"staerken": [value["name"]]}
        case "skills.licence" if value["type"] == "driving" and value["holds"] == ("code" in value):
            return {"mobilitaet": {"fuehrerscheine": [value["code"]] if "code" in value else []}}
        case "goals.mobility" if "radius_km" in value:
            return {"mobilitaet": {"umkreisKm": value["radius_km"]}}
        case "skills.assessment" if value["instrument"] == _MYSKILLS:
            fields = [
                {"name": field["name"], "stufe": int(field["grade"]["code"])}
                for field in value["fields_of_action"]
                if field["grade"]["scale"] == "myskills"
            ]
            title = value.get("occupation", {}).get("title")
            return {"myskills": filled(referenzberuf=title, datum=value.get("date"), handlungsfelder=fields)}
        case _:
            return {}


def part_of_skills(group: str | None, values: Sequence[Mapping[str, Any]]) -> Part:
    """Return how BA would write the skills of one group; a skill without a grade has no place there."""
    by_grade: dict[str, list[str]] = {}
    for value in values:
        code = value.get("grade", {}).get("code", "")
        word = _GRADE_WORDS.get(code) if value.get("grade", {}).get("scale") == "ba-verbal" else code
        if word:
            by_grade.setdefault(word, []).append(value["name"])
    return {"fertigkeiten": [filled(hierarchieName=group, auspraegungen=by_grade)]} if by_grade else {}


def _skills(place: Place, group: str | None, word: str) -> Iterator[Said]:
    grade = _GRADES.get(word)
    code = {"scale": "ba-verbal", "code": grade} if grade else {"scale": "text", "code": word}
    listed = place.document.at((*place.path, "auspraegungen", word))
    for index in range(len(listed) if isinstance(listed, list) and (grade or _is_grade(word)) else 0):
        one = Place(place.document, place.path, list(place.read))
        if name := one.text("auspraegungen", word, index):
            yield said(one, "skills.skill", filled(name=name, group=group, grade=code), evidence=SELF_REPORT)


def _is_grade(word: str) -> bool:
    return word == word.strip() and 0 < len(word) <= 60 and word.isprintable() and word not in _GRADE_WORDS


def _field(place: Place, index: int) -> dict[str, Any] | None:
    one = Place(place.document, (*place.path, "handlungsfelder", index))
    name, grade = one.text("name"), one.whole(0, 4, "stufe")
    if not name or grade is None or index >= _MYSKILLS_FIELDS:
        return None
    place.read.extend(one.read)
    return {"name": name, "grade": {"scale": "myskills", "code": str(grade)}}

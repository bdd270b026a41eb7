"""Statements as parts of a message: the inverse of what persons, items and courses read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from adapters.bamf.codes import ITEM_KINDS, OVERALL_RESULTS
from adapters.bamf.courses import SKILLS, UNNAMED_TEST
from adapters.bamf.items import CHANGED_ON, REPORTED_BY
from adapters.translation.days import ELEMENTS
from adapters.translation.words import destatis_of_nationality
from schemas.vocabularies.countries import destatis_of

if TYPE_CHECKING:
    from collections.abc import Mapping

Content: TypeAlias = dict[str, Any]
Entry: TypeAlias = "Mapping[str, Any]"

ARTS: Mapping[str, str] = {kind: code for code, (kind, _) in ITEM_KINDS.items()}
_PROVENANCE = re.compile(rf"(?:{REPORTED_BY} (?P<by>.+?))?(?:, )?(?:{CHANGED_ON} (?P<on>.+))?")
_REGISTER_NAMES = {"family": "familienname", "given": "vornamen"}
_COURSE_NAMES = {"family": "nachname", "given": "vorname"}
_FORMS = {"birth": "geburtsname", "former": "fruehererName"}
_OVERALL = {ours: theirs for theirs, (ours, _) in OVERALL_RESULTS.items()}
_UNITS = re.compile(r"([0-9]+) (jahre|monate)")


def code(text: str) -> Content:
    """Return the content of an element that holds a code."""
    return {"code": text}


def person(entry: Entry, *, is_course: bool) -> Content | None:
    """Return the basics of a person that one entry states; None where there is no element for it."""
    value = entry["value"]
    match entry["kind"]:
        case "identity.name":
            return _name(value, is_course=is_course)
        case "identity.birth-date":
            return {"geburtsdatum": _date(value["date"])}
        case "identity.birth-place" if "place" in value:
            return {"geburtsort": value["place"]}
        case "identity.sex":
            return {"geschlecht": code(value["code"])}
        case "identity.nationality":
            state = destatis_of_nationality(value)
            return {"staatsangehoerigkeit": {"staat": code(state)}} if state else None
        case _:
            return None


def item(entry: Entry, recognition: Entry | None) -> Content:
    """Return an item of the register with what it says about recognition."""
    value = entry["value"]
    said = {one["scheme"]: one["code"] for one in value.get("reported", ())}
    content: Content = {"arbeitsvermittlungsdatenArt": code(ARTS[entry["kind"]])}
    if recognition:
        content |= _codes(recognition["value"].get("reported", ()), {"azr-anerkennung": "anerkennung"})
    content |= {name: _date(value[ours]) for ours, name in (("start", "beginn"), ("end", "ende")) if ours in value}
    content |= {"dauer": units} if (units := _duration(said.get("azr-dauer"))) else {}
    content |= _codes(
        value.get("reported", ()),
        {"azr-beruf": "beruf", "azr-schulart": "schulart", "azr-schulabschluss": "schulabschluss"},
    )
    if kldb := value.get("occupation", {}).get("kldb"):
        title = value["occupation"].get("title")
        content["beruf"] = code(kldb) | ({"name": title} if title else {})
    if entry["kind"] == "languages.language":
        content["sprache"] = code(value["as_said"])
        content |= {"gradDerSprachkenntnis": code(value["levels"][0]["code"])} if value["levels"] else {}
    if state := destatis_of(value.get("country", "")):
        content["staat"] = {"staat": code(state)}
    return content | _meta(entry)


def course(entry: Entry, tests: list[Entry]) -> Content:
    """Return the course with its placement tests."""
    value = entry["value"]
    content = _codes(value.get("reported", ()), {"bamf-kursart": "kursart"})
    content |= {"anmeldedatum": value["registered_on"]} if "registered_on" in value else {}
    if tests:
        found = [_filled(test["value"], {"date": "datum", "recommendation": "empfehlung"}) for test in tests]
        content["einstufungstest"] = found if len(found) > 1 else found[0]
    return content


def course_sections(entry: Entry) -> list[Content]:
    """Return the sections of a course."""
    names = {"number": "kursabschnitt", "start": "beginn", "end": "ende", "lessons": "unterrichtsstunden"}
    return [_filled(section, names) for section in entry["value"].get("sections", ())]


def final_test(certificate: Mapping[str, Any]) -> Content:
    """Return a final test; a result in words the message has no place for is left out."""
    content = {} if certificate["name"] == UNNAMED_TEST else {"abschlusstestart": code(certificate["name"])}
    content |= {"testdatum": certificate["date"]} if "date" in certificate else {}
    endings = {skill: ending for ending, skill in SKILLS.items()}
    for result in certificate["results"]:
        ending = endings.get(result["skill"])
        if result["skill"] == "overall":
            content["gesamtergebnis"] = code(_OVERALL.get(result["code"], result["code"]))
        elif result["scale"] == "points":
            content[f"fertigkeit{ending}"] = result["code"]
        else:
            content[f"ergebnis{ending}"] = code(result["code"])
            content |= {f"fertigkeit{ending}": result["points"]} if "points" in result else {}
    return content


def _name(value: Mapping[str, Any], *, is_course: bool) -> Content | None:
    elements = _COURSE_NAMES if is_course else _REGISTER_NAMES
    parts = {elements[part]: {"name": value[part]} for part in ("family", "given") if part in value}
    if value["form"] == "current":
        return parts
    variant = "abweichendeSchreibweiseNachname" if is_course else "abweichendeNamensschreibweise"
    element = variant if value["form"] == "variant" else _FORMS.get(value["form"])
    if element is None:
        return None
    return {element: {"name": value["family"]} if "given" not in value else parts}


def _date(text: str) -> Content:
    return {ELEMENTS[len(text)]: text}


def _duration(said: str | None) -> Content:
    return {unit: number for number, unit in _UNITS.findall(said or "")}


def _codes(listed: Any, elements: Mapping[str, str]) -> Content:  # noqa: ANN401 - codes as their schema keeps them
    return {elements[one["scheme"]]: code(one["code"]) for one in listed if one["scheme"] in elements}


def _filled(value: Mapping[str, Any], names: Mapping[str, str]) -> Content:
    return {theirs: str(value[ours]) for ours, theirs in names.items() if ours in value}


def _meta(entry: Entry) -> Content:
    known = {"referenz.id": entry.get("reference"), "loeschdatum": entry.get("delete_on")}
    said = _PROVENANCE.fullmatch((entry.get("evidence") or {}).get("reference") or "")
    if said:
        known |= {REPORTED_BY: said["by"], CHANGED_ON: said["on"]}
    return {name: text for name, text in known.items() if text}

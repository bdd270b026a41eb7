"""Who the applicant is: name, birth, sex, nationality, address, and the two numbers BA knows the person by."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from adapters.ba.sections.said import REGISTER, Part, Said, country_code, said
from adapters.translation.days import birth_date
from adapters.translation.places import Place, filled
from adapters.translation.words import nationality_of_alpha3, script_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.translation.leftovers import Document

_SEXES = {"MAENNLICH": "m", "WEIBLICH": "w", "DIVERS": "d", "KEINE_ANGABE": "x"}
_SEX_CODES = {ours: theirs for theirs, ours in _SEXES.items()}
#: Numbers by which a profile is found again, the best first.
NUMBERS = {"refnr": "identifiers.ba-reference", "kundennummer": "identifiers.ba-customer"}


def said_of_person(document: Document) -> Iterator[Said]:
    """Yield what the profile says about the person, as far as it can be read."""
    place = Place(document, ("person",))
    name = filled(family=_name(place, "familienname"), given=_name(place, "vorname"))
    if name:
        value = {"form": "current", "script": script_of("".join(name.values()))} | name
        yield said(place, "identity.name", value, evidence=REGISTER)
    place = Place(document, ("person",))
    if date := place.day("geburtsdatum"):
        yield said(place, "identity.birth-date", birth_date(date), evidence=REGISTER)
    place = Place(document, ("person",))
    if code := place.coded(_SEXES, "geschlecht"):
        yield said(place, "identity.sex", {"code": code}, evidence=REGISTER)
    yield from _nationality(document)
    place = Place(document, ("person",))
    value = filled(postcode=place.text("plz", max_length=20), place=place.text("ort", max_length=200))
    if value:
        yield said(place, "contact.address", value, evidence=REGISTER)


def said_of_numbers(document: Document) -> Iterator[Said]:
    """Yield reference and customer number."""
    for name, kind in NUMBERS.items():
        place = Place(document, ())
        if number := place.text(name, max_length=60):
            yield said(place, kind, {"number": number}, evidence=REGISTER)


def part_of_person(kind: str, value: Mapping[str, Any]) -> Part:
    """Return how BA would write one of these entries; empty where it has no words for it."""
    match kind:
        case "identity.name" if value["form"] == "current":
            person = filled(familienname=value.get("family"), vorname=value.get("given"))
        case "identity.birth-date":
            person = {"geburtsdatum": value["date"]}
        case "identity.sex":
            person = {"geschlecht": _SEX_CODES[value["code"]]}
        case "identity.nationality":
            person = filled(staatsangehoerigkeit=country_code(value))
        case "contact.address":
            person = filled(plz=value.get("postcode"), ort=value.get("place"))
        case _:
            return {name: value["number"] for name, ours in NUMBERS.items() if ours == kind}
    return {"person": person} if person else {}


def _name(place: Place, part: str) -> str | None:
    """Return a part of the name as it stands: one that no field accepts refuses the record, half a name is none."""
    text = place.document.text((*place.path, part))
    if text is None:
        return None
    place.read.append((*place.path, part))
    return unicodedata.normalize("NFC", text).strip()


def _nationality(document: Document) -> Iterator[Said]:
    place = Place(document, ("person",))
    nationality = nationality_of_alpha3(place.text("staatsangehoerigkeit", max_length=60) or "")
    if nationality:
        taken = place if nationality.says_all else Place(document, place.path)
        yield said(taken, "identity.nationality", dict(nationality.value), evidence=REGISTER)

"""Jobs, occupations somebody wants, and how BA leads the person: status, legal circle, profile position."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.ba.sections.said import (
    REGISTER,
    SELF_REPORT,
    Part,
    Said,
    country_at,
    country_code,
    occupation_at,
    occupation_item,
    said,
)
from adapters.translation.codes import reported
from adapters.translation.places import Place, filled, items

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.translation.leftovers import Document

#: BA's fields of the status, with the day since when it holds.
_SINCE = {"arbeitsuchendSeit": "job-seeking", "arbeitslosSeit": "unemployed"}
_SINCE_FIELDS = {ours: theirs for theirs, ours in _SINCE.items()}
_SEEKS_TRAINING = "ausbildungsuchend"
_CIRCLES = {"SGB II": "sgb-2", "SGB III": "sgb-3"}
_CIRCLE_CODES = {ours: theirs for theirs, ours in _CIRCLES.items()}
#: With this addition to the title, BA means the training that leads to the occupation.
_TRAINING = "(Ausbildung)"


def said_of_work(document: Document) -> Iterator[Said]:
    """Yield each job."""
    for place in items(document, "berufspraxis"):
        occupation = occupation_at(place, "bezeichnung")
        if occupation:
            value = filled(
                occupation=occupation,
                country=country_at(place, "land"),
                requirement_level=place.whole(1, 4, "anforderungsniveau"),
                **place.span("von", "bis"),
            )
            yield said(place, "work.experience", value, evidence=SELF_REPORT)


def said_of_goals(document: Document) -> Iterator[Said]:
    """Yield each occupation or training that the person wants; their order is no order of preference."""
    for place in items(document, "zielberufe"):
        occupation = occupation_at(place, "bezeichnung")
        if occupation:
            is_training = occupation.get("title", "").endswith(_TRAINING)
            kind = "goals.training" if is_training else "goals.occupation"
            yield said(place, kind, {"occupation": occupation}, evidence=SELF_REPORT)


def said_of_status(document: Document) -> Iterator[Said]:
    """Yield what the person does at present, and which law and profile position BA follows."""
    for name, status in _SINCE.items():
        place = Place(document, ("bewerberstatus", name))
        if since := place.day():
            yield said(place, "work.status", {"status": status, "since": since}, evidence=REGISTER)
    place = Place(document, ("bewerberstatus", _SEEKS_TRAINING))
    if place.is_true():
        yield said(place, "work.status", {"status": "training-seeking"}, evidence=REGISTER)
    place = Place(document, ())
    position = place.text("bewerberstatus", "profillage", max_length=100)
    value = filled(
        circle=place.coded(_CIRCLES, "rechtskreis"),
        profile_position=position,
        reported=[reported("ba-profillage", position)] if position else None,
    )
    if value:
        yield said(place, "pathway.legal-circle", value, evidence=REGISTER)


def part_of_work(kind: str, value: Mapping[str, Any]) -> Part:
    """Return how BA would write one of these entries; empty where it has no words for it."""
    match kind:
        case "work.experience":
            level = value.get("requirement_level")
            item = occupation_item(value["occupation"]) | filled(
                von=value.get("start"),
                bis=value.get("end"),
                land=country_code(value),
                anforderungsniveau=str(level) if level else None,
            )
            return {"berufspraxis": [item]}
        case "goals.occupation" | "goals.training" if "occupation" in value:
            item = occupation_item(value["occupation"])
            if item.get("kldb") == item.get("hauptDkz", "")[:5]:  # BA gives no other code than the DKZ here
                del item["kldb"]
            return {"zielberufe": [item]}
        case "work.status":
            return _part_of_status(value)
        case "pathway.legal-circle":
            circle, position = _CIRCLE_CODES.get(value.get("circle", "")), value.get("profile_position")
            return filled(rechtskreis=circle, bewerberstatus=filled(profillage=position))
        case _:
            return {}


def _part_of_status(value: Mapping[str, Any]) -> Part:
    if value["status"] == "training-seeking":
        return {"bewerberstatus": {_SEEKS_TRAINING: True}}
    name = _SINCE_FIELDS.get(value["status"])
    return {"bewerberstatus": {name: value["since"]}} if name and "since" in value else {}

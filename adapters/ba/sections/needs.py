"""What an adviser finds the applicant needs, by the group the adviser filed it under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.ba.sections.said import ASSESSMENT, Part, Said, said
from adapters.translation.places import items

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.translation.leftovers import Document

#: Only the group decides: a text about recognition or a language level may still ask for training. Groups that are
#: missing here (motivation) are no need of any kind of ours and stay unmapped; health never comes this far.
_KINDS = {
    "QUALIFIKATION": "needs.training",
    "SPRACHE": "needs.language",
    "ANERKENNUNG": "needs.recognition",
    "KINDERBETREUUNG": "needs.childcare",
    "MOBILITAET": "needs.support",
    "RAHMENBEDINGUNGEN": "needs.support",
}
_GROUPS = {
    "needs.training": "QUALIFIKATION",
    "needs.language": "SPRACHE",
    "needs.recognition": "ANERKENNUNG",
    "needs.childcare": "KINDERBETREUUNG",
    "needs.support": "RAHMENBEDINGUNGEN",
}


def said_of_needs(document: Document) -> Iterator[Said]:
    """Yield each need whose group is known."""
    for place in items(document, "handlungsbedarfe"):
        group, text = place.text("schluesselgruppe", max_length=100), place.text("text", max_length=1000, lines=True)
        kind = _KINDS.get(group or "")
        if kind and text:
            yield said(place, kind, {"text": text, "group": group}, evidence=ASSESSMENT)


def part_of_need(kind: str, value: Mapping[str, Any]) -> Part:
    """Return how BA would write a need."""
    group = value.get("group")
    known = group if group and _KINDS.get(group) == kind else _GROUPS[kind]
    return {"handlungsbedarfe": [{"schluesselgruppe": known, "text": value["text"]}]}

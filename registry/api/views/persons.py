"""What officers do: record a person, hand over her letter, read what their agency may see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import request as http
from marshmallow import ValidationError

from registry import clock
from registry.api.bodies import answer, approval, expected_version, idempotency_key, incoming, purpose
from registry.api.views.links import read_match, shown_contradictions
from registry.casework import opening, recording
from registry.casework.admission import enrolling
from registry.casework.linking import Choice
from registry.crypto.macs import digest
from registry.db import Sessions
from registry.edge import guards
from registry.edge.refusals import OutOfDate
from registry.keys.client import KeeperRefused
from registry.profiles import entries
from schemas.compartments import compartment_of
from schemas.entries import entry_document
from schemas.resources.persons import CompartmentIn, LetterIn, LetterOut, PersonIn, PersonOut
from schemas.resources.profiles import SectionStatus
from schemas.sections.identifiers import format_warnings
from schemas.vocabularies.access import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from flask import Response

    from registry.casework.opening import Told
    from registry.profiles.reading import OpenedCompartment

_PERSON_IN, _PERSON_OUT = PersonIn(), PersonOut()
_LETTER_IN, _LETTER_OUT = LetterIn(), LetterOut()
_COMPARTMENT_IN = CompartmentIn()


def create() -> Response:
    """Record a person at the counter; the own agency becomes the source."""
    body = incoming(_PERSON_IN)
    stated = body["entries"]
    key = idempotency_key()
    once = recording.Once(key, digest(http.get_data())) if key else None
    officer, _, _ = guards.officer()
    taken = recording.take_in(stated, actor=officer, now=clock.now(), once=once, choice=_choice(body))
    warnings = [words for one in stated for words in format_warnings(one["kind"], one["value"])]
    document = _PERSON_OUT.dump(
        {"id": taken.person, "appearance": taken.appearance, "warnings": warnings, "linked": taken.is_linked}
    )
    return answer(document, 201, Location=f"/api/v1/persons/{taken.person}/profile?purpose=intake")


def _choice(body: Mapping[str, Any]) -> Choice | None:
    """Return what was said of those who were found."""
    said = {
        Verdict.SAME: [body["same_as"]] if "same_as" in body else [],
        Verdict.DIFFERENT: body.get("different_from", []),
        Verdict.UNSURE: body.get("unsure_of", []),
    }
    return next((Choice(verdict, tuple(map(read_match, some))) for verdict, some in said.items() if some), None)


def letter(person_id: UUID) -> Response:
    """Hand a person the letter she signs in with; the letter before is void, by its code or with a second officer."""
    body = incoming(_LETTER_IN)
    officer, _, _ = guards.officer()
    instead = enrolling.Instead(old_code=body.get("old_code"), approval=approval(body))
    try:
        with Sessions.begin() as session:
            made = enrolling.hand_over_letter(
                session, person_id, body["pin"], actor=officer, now=clock.now(), instead=instead
            )
    except KeeperRefused as refused:
        raise opening.as_if_nobody(refused) from refused
    return answer(_LETTER_OUT.dump(made), 201)


def own(person_id: UUID, appearance_id: UUID, compartment: str) -> Response:
    """Read again what the own agency said in one compartment; the ETag is the version to name in a change."""
    officer, _, _ = guards.officer()
    held = opening.own_compartment(person_id, appearance_id, compartment, actor=officer, now=clock.now())
    return _stated(person_id, held)


def restate(person_id: UUID, appearance_id: UUID, compartment: str) -> Response:
    """Say all that the own agency says now in one compartment; what it said before stays as history."""
    stated, version = incoming(_COMPARTMENT_IN)["entries"], expected_version()
    officer, _, _ = guards.officer()
    now = clock.now()
    held = opening.own_compartment(person_id, appearance_id, compartment, actor=officer, now=now)
    if any(compartment_of(one["kind"]) is not held.compartment for one in stated):
        raise ValidationError({"entries": ["Every entry must be of a kind that this compartment holds."]})
    if version != held.version:
        raise OutOfDate("This was changed by someone else meanwhile. Load it again.")
    fresh = entries.made(stated, recording.provenance_of(officer, now))
    changed = replace(held, entries=entries.restated(held.entries, fresh, now))
    with Sessions.begin() as session:
        versions = recording.rewrite(session, person_id, [changed], actor=officer, now=now)
    return _stated(person_id, replace(changed, version=versions[held.compartment]))


def profile(person_id: UUID) -> Response:
    """Read what the own agency may see of a person for one purpose; without a grant she does not exist."""
    officer, _, _ = guards.officer()
    told = opening.told(person_id, purpose(), actor=officer, now=clock.now(), held=guards.held())
    return answer(_profile(told))


def _stated(person_id: UUID, held: OpenedCompartment) -> Response:
    document = {
        "person": person_id,
        "appearance": held.appearance_id,
        "compartment": held.compartment,
        "entries": [entry_document(entry) for entry in held.entries],
        "warnings": [words for entry in held.current for words in format_warnings(entry.kind, entry.value)],
    }
    return answer(document, ETag=f'"{held.version}"')


def _profile(told: Told) -> dict[str, Any]:
    """Return the document of ProfileOut; its entries are what was sealed, which has the form of EntryOut."""
    pieces = told.pieces()
    return {
        "person": told.person_id,
        "purpose": told.purpose,
        "sections": [
            {
                "section": section,
                "status": SectionStatus.GRANTED if section in told.granted else SectionStatus.NOT_SHARED,
                "entries": pieces.get(section, ()),
            }
            for section in told.listed
        ],
        # One source does not contradict itself.
        "contradictions": shown_contradictions(told.opened()) if told.sources() > 1 else [],
    }

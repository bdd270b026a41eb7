"""What officers do: record a person, hand over her letter, read what their agency may see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import request as http
from marshmallow import ValidationError

from consent.ceilings import allowed_compartments, allowed_sections
from consent.errors import ConsentDenied
from consent.permits import AccessRequest
from registry import access, clock
from registry.api import guards, problems
from registry.api.bodies import OutOfDate, answer, approval, expected_version, idempotency_key, incoming, purpose
from registry.api.views.links import read_match, shown_contradictions
from registry.casework import linking, recording
from registry.casework.admission import enrolling
from registry.crypto.macs import digest
from registry.db import Sessions
from registry.errors import NotFound
from registry.keys.client import KeeperRefused
from registry.linkage.client import LinkerAway
from registry.profiles import appearances, entries, reading
from schemas.compartments import Compartment, Section, compartment_of, section_of
from schemas.entries import entry_document
from schemas.resources.persons import CompartmentIn, LetterIn, LetterOut, PersonIn, PersonOut
from schemas.resources.profiles import SectionStatus
from schemas.sections.identifiers import format_warnings
from schemas.vocabularies.access import Lane, Purpose

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response

    from consent.permits import Permit
    from registry.access import Admission
    from registry.actors import Officer
    from registry.profiles.reading import OpenedCompartment

_PERSON_IN, _PERSON_OUT = PersonIn(), PersonOut()
_LETTER_IN, _LETTER_OUT = LetterIn(), LetterOut()
_COMPARTMENT_IN = CompartmentIn()
#: What an agency reads again of its own; what no mapping knew is not part of a profile.
_OWN = frozenset(Compartment) - {Compartment.UNMAPPED}


def create() -> Response:
    """Record a person at the counter; the own agency becomes the source."""
    body = incoming(_PERSON_IN)
    stated, chosen = body["entries"], read_match(body["same_as"]) if "same_as" in body else None
    key = idempotency_key()
    once = recording.Once(key, digest(http.get_data())) if key else None
    officer, _, _ = guards.officer()
    with Sessions.begin() as session:
        born = recording.create(session, stated, actor=officer, now=clock.now(), once=once)
    linked = chosen is not None and _joined(born.id, chosen, officer)
    with Sessions() as session:
        person = appearances.by_id(session, born.id).person_id if linked else born.person_id
    warnings = [words for one in stated for words in format_warnings(one["kind"], one["value"])]
    document = _PERSON_OUT.dump({"id": person, "appearance": born.id, "warnings": warnings, "linked": linked})
    return answer(document, 201, Location=f"/api/v1/persons/{person}/profile?purpose=intake")


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
        raise _as_if_nobody(refused) from refused
    return answer(_LETTER_OUT.dump(made), 201)


def own(person_id: UUID, appearance_id: UUID, compartment: str) -> Response:
    """Read again what the own agency said in one compartment; the ETag is the version to name in a change."""
    return _stated(person_id, _own(person_id, appearance_id, compartment))


def restate(person_id: UUID, appearance_id: UUID, compartment: str) -> Response:
    """Say all that the own agency says now in one compartment; what it said before stays as history."""
    stated, version = incoming(_COMPARTMENT_IN)["entries"], expected_version()
    officer, _, _ = guards.officer()
    held, now = _own(person_id, appearance_id, compartment), clock.now()
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
    admission, opened = _opened(_request(person_id, purpose()))
    return answer(_profile(admission.permit, opened))


def _joined(appearance: UUID, chosen: linking.Chosen, officer: Officer) -> bool:
    """Link what was just recorded; she is recorded all the same where the match is too old or the linker away."""
    try:
        return linking.join(appearance, chosen, actor=officer, now=clock.now())
    except LinkerAway:
        return False
    except KeeperRefused as refused:
        if refused.reason.startswith("finding."):
            return False
        raise


def _own(person_id: UUID, appearance_id: UUID, compartment: str) -> OpenedCompartment:
    """Open one compartment of the own agency's appearance; of another person or another source there is none."""
    if compartment not in set(Compartment):
        raise NotFound("There is no such compartment.")
    _, agency, kind = guards.officer()
    request = AccessRequest(
        person_id=person_id,
        agency_id=agency,
        agency_kind=kind,
        purpose=Purpose.INTAKE,
        compartments=frozenset({Compartment(compartment)}),
        lane=Lane.OWN,
        own_appearances=tuple(one for one in _own_appearances(person_id, agency) if one == appearance_id),
    )
    return _opened(request)[1][0]


def _stated(person_id: UUID, held: OpenedCompartment) -> Response:
    document = {
        "person": person_id,
        "appearance": held.appearance_id,
        "compartment": held.compartment,
        "entries": [entry_document(entry) for entry in held.entries],
        "warnings": [words for entry in held.current for words in format_warnings(entry.kind, entry.value)],
    }
    return answer(document, ETag=f'"{held.version}"')


def _opened(request: AccessRequest) -> tuple[Admission, list[OpenedCompartment]]:
    officer, _, _ = guards.officer()
    try:
        admission = access.authorise(request, officer, now=clock.now())
        return admission, reading.open_compartments(admission, officer)
    except ConsentDenied:
        guards.insist_alive(officer)  # the keeper was not asked: a session that ended must not learn even this
        raise
    except KeeperRefused as refused:
        raise _as_if_nobody(refused) from refused


def _request(person_id: UUID, wanted: Purpose) -> AccessRequest:
    """Return the question to the door: at intake an agency that is a source reads its own word again."""
    _, agency, kind = guards.officer()
    own = _own_appearances(person_id, agency) if wanted is Purpose.INTAKE else ()
    return AccessRequest(
        person_id=person_id,
        agency_id=agency,
        agency_kind=kind,
        purpose=wanted,
        compartments=_OWN if own else allowed_compartments(kind, wanted),
        lane=Lane.OWN if own else Lane.SHARED,
        own_appearances=own,
    )


def _own_appearances(person_id: UUID, agency: UUID) -> tuple[UUID, ...]:
    # The database compares the source too: what others keep of her must make no difference in work.
    with Sessions() as session:
        return appearances.of_source(session, person_id, agency)


def _profile(permit: Permit, opened: list[OpenedCompartment]) -> dict[str, Any]:
    """Return the document of ProfileOut; which sections it lists follows from the ceiling, never from data."""
    asked = permit.request
    granted = {section_of(compartment) for compartment in permit.compartments}
    listed = allowed_sections(asked.agency_kind, asked.purpose) | granted
    shown = reading.by_section(opened)
    return {
        "person": asked.person_id,
        "purpose": asked.purpose,
        "sections": [
            {
                "section": section,
                "status": SectionStatus.GRANTED if section in granted else SectionStatus.NOT_SHARED,
                "entries": [entry_document(entry) for entry in shown.get(section, ())],
            }
            for section in Section
            if section in listed
        ],
        "contradictions": shown_contradictions(opened),
    }


def _as_if_nobody(refused: KeeperRefused) -> Exception:
    return refused if problems.may_be_told(refused) else NotFound("There is no such person.")

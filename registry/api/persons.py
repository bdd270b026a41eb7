"""What officers do: record a person, hand over her letter, read what their agency may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from consent.ceilings import allowed_compartments, allowed_sections
from consent.permits import AccessRequest
from registry import access, clock
from registry.api import guards, problems
from registry.api.bodies import answer, idempotency_key, incoming, purpose
from registry.casework import enrolling, recording
from registry.crypto.macs import digest
from registry.db import Sessions
from registry.errors import NotFound
from registry.keys.client import KeeperRefused
from registry.profiles import appearances, reading
from schemas.compartments import Compartment, Section, section_of
from schemas.entries import entry_document
from schemas.resources.persons import LetterIn, LetterOut, PersonIn, PersonOut
from schemas.resources.profiles import SectionStatus
from schemas.vocabularies.access import Lane, Purpose

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response

    from consent.permits import Permit
    from registry.access import Admission
    from registry.profiles.reading import OpenedCompartment

_PERSON_IN, _PERSON_OUT = PersonIn(), PersonOut()
_LETTER_IN, _LETTER_OUT = LetterIn(), LetterOut()
#: What an agency reads again of its own; what no mapping knew is not part of a profile.
_OWN = frozenset(Compartment) - {Compartment.UNMAPPED}


def create() -> Response:
    """Record a person at the counter; the own agency becomes the source."""
    stated = incoming(_PERSON_IN)["entries"]
    key = idempotency_key()
    once = recording.Once(key, digest(request.get_data())) if key else None
    officer, _, _ = guards.officer()
    with Sessions.begin() as session:
        born = recording.create(session, stated, actor=officer, now=clock.now(), once=once)
    document = _PERSON_OUT.dump({"id": born.person_id, "appearance": born.id})
    return answer(document, 201, Location=f"/api/v1/persons/{born.person_id}/profile?purpose=intake")


def letter(person_id: UUID) -> Response:
    """Hand a person the letter she signs in with; the letter before is void."""
    pin = incoming(_LETTER_IN)["pin"]
    officer, _, _ = guards.officer()
    try:
        with Sessions.begin() as session:
            made = enrolling.hand_over_letter(session, person_id, pin, actor=officer, now=clock.now())
    except KeeperRefused as refused:
        raise _as_if_nobody(refused) from refused
    return answer(_LETTER_OUT.dump(made), 201)


def profile(person_id: UUID) -> Response:
    """Read what the own agency may see of a person for one purpose; without a grant she does not exist."""
    wanted = purpose()
    admission, opened = _opened(person_id, wanted)
    return answer(_profile(admission.permit, opened))


def _opened(person_id: UUID, wanted: Purpose) -> tuple[Admission, list[OpenedCompartment]]:
    officer, _, _ = guards.officer()
    try:
        admission = access.authorise(_request(person_id, wanted), officer, now=clock.now())
        return admission, reading.open_compartments(admission, officer)
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
    with Sessions() as session:
        found = appearances.appearances_of(session, person_id)
        return tuple(row.id for row in found if (row.source_kind, row.source_id) == ("agency", agency))


def _profile(permit: Permit, opened: list[OpenedCompartment]) -> dict[str, Any]:
    """Return the document of ProfileOut; which sections it lists follows from the ceiling, never from data."""
    asked = permit.request
    granted = {section_of(compartment) for compartment in permit.compartments}
    listed = allowed_sections(asked.agency_kind, asked.purpose) | granted
    entries = reading.by_section(opened)
    return {
        "person": asked.person_id,
        "purpose": asked.purpose,
        "sections": [
            {
                "section": section,
                "status": SectionStatus.GRANTED if section in granted else SectionStatus.NOT_SHARED,
                "entries": [entry_document(entry) for entry in entries.get(section, ())],
            }
            for section in Section
            if section in listed
        ],
    }


def _as_if_nobody(refused: KeeperRefused) -> Exception:
    return refused if problems.may_be_told(refused) else NotFound("There is no such person.")

"""What an office may see of a person: asked at the one door, opened by the keeper; nothing looks like nobody."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from consent.ceilings import allowed_compartments, allowed_sections
from consent.errors import ConsentDenied
from consent.permits import AccessRequest
from registry import access
from registry.auth import sessions
from registry.db import Sessions
from registry.errors import NotFound
from registry.keys.client import KeeperRefused
from registry.profiles import appearances, reading
from schemas.compartments import Compartment, Section, section_of
from schemas.vocabularies.access import Lane, Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    import msgspec

    from consent.grants import Grant
    from registry.actors import Officer
    from registry.profiles.reading import OpenedCompartment
    from registry.wire.messages import Opened
    from schemas.vocabularies.access import AgencyKind

#: What an agency reads again of its own; what no mapping knew is not part of a profile.
_OWN = frozenset(Compartment) - {Compartment.UNMAPPED}
#: Beginnings of the reasons that lie with the office itself and say nothing about the person it asks for.
_ABOUT_OFFICES = ("session.", "officer.left", "agency.closed", "letter.pin-form", "rate.", "write.version")


@dataclass(frozen=True, slots=True)
class Told:
    """What one office sees of a person for one purpose; which sections are listed follows from the ceiling alone."""

    person_id: UUID
    purpose: Purpose
    listed: tuple[Section, ...]
    granted: frozenset[Section]
    contents: Sequence[Opened]

    def pieces(self) -> Mapping[Section | None, Sequence[msgspec.Raw]]:
        """Return the standing entries of each section, as JSON."""
        return reading.pieces_by_section(self.contents)

    def opened(self) -> list[OpenedCompartment]:
        """Return it read."""
        return reading.read(self.contents)

    def sources(self) -> int:
        """Return how many appearances tell something."""
        return len({one.appearance_id.int for one in self.contents})


def told(person: UUID, purpose: Purpose, *, actor: Officer, now: datetime, held: Sequence[Grant] | None = None) -> Told:
    """Return what the officer's agency may see; at intake an agency that is a source reads its own word again.

    Args:
        held: what the person ever granted the agency, where this request has read it already.

    Raises:
        NotFound: there is nobody, or nothing for this office.
        ConsentDenied: the same, as the policy found it.
        KeeperRefused: what lies with the office itself: its session, its rates.
    """
    agency, kind = _office(actor)
    own = own_appearances(person, agency) if purpose is Purpose.INTAKE else ()
    request = AccessRequest(
        person_id=person,
        agency_id=agency,
        agency_kind=kind,
        purpose=purpose,
        compartments=_OWN if own else allowed_compartments(kind, purpose),
        lane=Lane.OWN if own else Lane.SHARED,
        own_appearances=own,
    )
    admission, contents = _opened(request, actor, now, held=held)
    sections = _sections(admission.permit.compartments)
    return Told(person, purpose, _listed(kind, purpose, sections), sections, contents)


def own_compartment(
    person: UUID, appearance: UUID, compartment: str, *, actor: Officer, now: datetime
) -> OpenedCompartment:
    """Return one compartment of the agency's own appearance; of another person or another source there is none.

    Raises:
        NotFound, ConsentDenied, KeeperRefused: as for `told`.
    """
    if compartment not in set(Compartment):
        raise NotFound("There is no such compartment.")
    return own_compartments(person, appearance, frozenset({Compartment(compartment)}), actor=actor, now=now)[0]


def own_compartments(
    person: UUID, appearance: UUID, compartments: frozenset[Compartment], *, actor: Officer, now: datetime
) -> list[OpenedCompartment]:
    """Return several compartments of the agency's own appearance at once; one line tells of it.

    Raises:
        NotFound, ConsentDenied, KeeperRefused: as for `told`.
    """
    agency, kind = _office(actor)
    request = AccessRequest(
        person_id=person,
        agency_id=agency,
        agency_kind=kind,
        purpose=Purpose.INTAKE,
        compartments=compartments,
        lane=Lane.OWN,
        own_appearances=tuple(one for one in own_appearances(person, agency) if one == appearance),
    )
    return reading.read(_opened(request, actor, now)[1])


def own_appearances(person: UUID, agency: UUID) -> tuple[UUID, ...]:
    """Return the appearances of a person that an agency is the source of."""
    # The database compares the source too: what others keep of her must make no difference in work.
    with Sessions() as session:
        return appearances.of_source(session, person, agency)


def as_if_nobody(refused: KeeperRefused) -> Exception:
    """Return what to raise for a refusal: an office may know why only where that says nothing about the person."""
    return refused if refused.reason.startswith(_ABOUT_OFFICES) else NotFound("There is no such person.")


@lru_cache(maxsize=1024)
def _sections(compartments: frozenset[Compartment]) -> frozenset[Section]:
    return frozenset(section for one in compartments if (section := section_of(one)) is not None)


@lru_cache(maxsize=1024)
def _listed(kind: AgencyKind, purpose: Purpose, granted: frozenset[Section]) -> tuple[Section, ...]:
    """Return what is listed in the order that sections have, granted or not."""
    listed = allowed_sections(kind, purpose) | granted
    return tuple(section for section in Section if section in listed)


def _opened(
    request: AccessRequest, actor: Officer, now: datetime, *, held: Sequence[Grant] | None = None
) -> tuple[access.Admission, Sequence[Opened]]:
    try:
        admission = access.authorise(request, actor, now, told=held)
        return admission, reading.open_contents(admission, actor)
    except ConsentDenied:
        sessions.insist_alive(actor)  # the keeper was not asked: a session that ended must not learn even this
        raise
    except KeeperRefused as refused:
        raise as_if_nobody(refused) from refused


def _office(actor: Officer) -> tuple[UUID, AgencyKind]:
    if actor.agency_id is None or actor.agency_kind is None:
        raise NotFound("This officer works at no office.")
    return actor.agency_id, actor.agency_kind

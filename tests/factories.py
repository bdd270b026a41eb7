"""One builder per noun: everything valid, everything overridable."""

from datetime import UTC, datetime, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from consent.grants import Grant
from consent.permits import AccessRequest
from schemas.compartments import Compartment, Section
from schemas.vocabularies.access import AgencyKind, Basis, GrantStatus, Lane, Purpose

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERSON, AGENCY, APPEARANCE = UUID(int=1), UUID(int=2), UUID(int=3)


class GrantParts(TypedDict, total=False):
    """What of a grant a test can set."""

    id: UUID
    person_id: UUID
    agency_id: UUID
    purpose: Purpose
    basis: Basis
    norm: str | None
    sections: frozenset[Section]
    appearances: tuple[UUID, ...]
    not_before: datetime
    not_after: datetime
    status: GrantStatus


class RequestParts(TypedDict, total=False):
    """What of an access request a test can set."""

    person_id: UUID
    agency_id: UUID
    agency_kind: AgencyKind
    purpose: Purpose
    compartments: frozenset[Compartment]
    lane: Lane
    own_appearances: tuple[UUID, ...]


def grant(**parts: Unpack[GrantParts]) -> Grant:
    """Build a live consent grant of languages and skills for placement."""
    usual: GrantParts = {
        "id": UUID(int=10),
        "person_id": PERSON,
        "agency_id": AGENCY,
        "purpose": Purpose.PLACEMENT,
        "basis": Basis.CONSENT,
        "sections": frozenset({Section.LANGUAGES, Section.SKILLS}),
        "appearances": (APPEARANCE,),
        "not_before": NOW - timedelta(days=1),
        "not_after": NOW + timedelta(days=30),
    }
    return Grant(**(usual | parts))


def access_request(**parts: Unpack[RequestParts]) -> AccessRequest:
    """Build a Jobcenter's request for everything, for placement."""
    usual: RequestParts = {
        "person_id": PERSON,
        "agency_id": AGENCY,
        "agency_kind": AgencyKind.JOBCENTER,
        "purpose": Purpose.PLACEMENT,
        "compartments": frozenset(Compartment),
    }
    return AccessRequest(**(usual | parts))

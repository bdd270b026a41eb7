"""The question and the proof: who asks for which compartments and why, and what the decision opens."""

from dataclasses import dataclass
from uuid import UUID

from schemas.compartments import Compartment
from schemas.vocabularies.access import AgencyKind, Basis, Lane, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """One agency's question about one person; taken from a verified session, never from the caller's word."""

    person_id: UUID
    agency_id: UUID
    agency_kind: AgencyKind
    purpose: Purpose
    compartments: frozenset[Compartment]
    lane: Lane = Lane.SHARED
    own_appearances: tuple[
        UUID, ...
    ] = ()  # the person's appearances whose source is this agency; read in lane own only


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Compartments of some appearances, opened by one grant or as the agency's own."""

    grant_id: UUID | None  # None only in lane own
    appearances: tuple[UUID, ...]
    compartments: frozenset[Compartment]
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """The proof that a request was decided; only consent/policy.py makes one, and it opens at least one thing."""

    request: AccessRequest
    openings: tuple[Opening, ...]

    @property
    def purpose(self) -> Purpose:
        """Return the purpose that was decided on."""
        return self.request.purpose

    @property
    def compartments(self) -> frozenset[Compartment]:
        """Return what is opened by any of the openings."""
        return frozenset().union(*(opening.compartments for opening in self.openings))

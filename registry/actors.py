"""Who acts in a request, as their session says; the keeper checks it again for itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemas.vocabularies.access import ActorKind

if TYPE_CHECKING:
    from uuid import UUID

    from schemas.vocabularies.access import AgencyKind, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Someone working at an agency; without agency an administrator of the registry."""

    id: UUID
    agency_id: UUID | None
    agency_kind: AgencyKind | None
    roles: frozenset[Role]
    session_id: bytes
    token: bytes = field(repr=False)  # what the keeper wants to see

    kind = ActorKind.OFFICER


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonActor:
    """The person herself."""

    id: UUID
    session_id: bytes
    token: bytes = field(repr=False)  # what the keeper wants to see

    kind = ActorKind.PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """An agency's own system, which signed in with its key; it follows what concerns the agency, and opens nothing."""

    id: UUID  #: the agency's
    session_id: bytes
    token: bytes = field(repr=False)  # what the keeper wants to see

    kind = ActorKind.MACHINE

    @property
    def agency_id(self) -> UUID:
        """Return whose system it is."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class RunActor:
    """Authorised bulk work in an agency's own worker."""

    id: UUID
    agency_id: UUID

    kind = ActorKind.MACHINE


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The registry itself, where it tells an agency something; nobody asked it to."""

    agency_id: UUID

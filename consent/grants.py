"""A grant and its life: given, narrowed, withdrawn, expired. What it opens is never more than the ceiling."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from consent.ceilings import allowed_compartments
from consent.errors import GrantEnded, GrantInvalid, NotGranted
from schemas.compartments import Compartment, Section, section_of
from schemas.vocabularies.access import AgencyKind, Basis, GrantStatus, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Permission for one agency and purpose to use sections of named appearances between two moments.

    Raises:
        GrantInvalid: it opens nothing, has no end, or its basis and norm do not fit together.
    """

    id: UUID
    person_id: UUID
    agency_id: UUID
    purpose: Purpose
    basis: Basis
    sections: frozenset[Section]
    appearances: tuple[UUID, ...]
    not_before: datetime
    not_after: datetime  # the first moment at which it no longer holds
    norm: str | None = None  # the statute, such as "§ 18b AZRG"; None for consent
    status: GrantStatus = GrantStatus.ACTIVE

    def __post_init__(self) -> None:
        """Refuse a grant that could be read as opening everything."""
        if not self.sections or not self.appearances:
            raise GrantInvalid("A grant names at least one section and one appearance.")
        if len(set(self.appearances)) != len(self.appearances):
            raise GrantInvalid("A grant names an appearance once.")
        if self.not_before.tzinfo is None or self.not_after.tzinfo is None or self.not_after <= self.not_before:
            raise GrantInvalid("A grant begins before it ends, at moments with a zone.")
        if self.basis is Basis.OWN or (self.basis is Basis.STATUTE) != bool(self.norm):
            raise GrantInvalid("A grant rests on consent, or on a statute that it names.")

    def holds_at(self, now: datetime) -> bool:
        """Say whether the grant opens anything at this moment."""
        return self.status is GrantStatus.ACTIVE and self.not_before <= now < self.not_after

    def compartments_for(self, kind: AgencyKind) -> frozenset[Compartment]:
        """Return the compartments of the granted sections that this agency kind may ever get for the purpose."""
        return _compartments(kind, self.purpose, self.sections)


@lru_cache(maxsize=1024)
def _compartments(kind: AgencyKind, purpose: Purpose, sections: frozenset[Section]) -> frozenset[Compartment]:
    ceiling = allowed_compartments(kind, purpose)
    return frozenset(compartment for compartment in ceiling if section_of(compartment) in sections)


def revoke(grant: Grant, now: datetime) -> Grant:
    """Withdraw a grant; withdrawing twice, or after its end, changes nothing."""
    if grant.status is not GrantStatus.ACTIVE:
        return grant
    return expire(grant) if now >= grant.not_after else replace(grant, status=GrantStatus.WITHDRAWN)


def expire(grant: Grant) -> Grant:
    """Mark an active grant as ended by its own date."""
    return replace(grant, status=GrantStatus.EXPIRED) if grant.status is GrantStatus.ACTIVE else grant


def narrow(grant: Grant, sections: Iterable[Section]) -> Grant:
    """Keep only some of the granted sections.

    Raises:
        GrantEnded: it is no longer active.
        NotGranted: a section is named that the grant never held; narrowing never widens.
        GrantInvalid: nothing would remain; that is a withdrawal.
    """
    kept = frozenset(sections)
    if grant.status is not GrantStatus.ACTIVE:
        raise GrantEnded("This grant has ended; give a new one.")
    if not kept <= grant.sections:
        raise NotGranted("Narrowing can only leave sections out.")
    return replace(grant, sections=kept)

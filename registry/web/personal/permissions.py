"""Permissions as she reads them: until which last day, ended how, and whether the office knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from schemas.compartments import Section
from schemas.vocabularies.access import GrantStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID

    from registry.exchange.models import Recall
    from registry.ledger.models import AccessGrant

#: Grants end at midnight in summer time, which is an hour before midnight in winter: both lie within the last day.
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Permission:
    """What one office may see, for what and until when."""

    id: UUID
    agency_id: UUID
    purpose: str
    sections: tuple[Section, ...]
    since: datetime
    until: date  #: the last day
    norm: str | None  #: of a statute; then it is not hers to end
    status: str
    ended_at: datetime | None
    is_told: bool  #: the office has confirmed that it knows of the end

    @property
    def holds(self) -> bool:
        """Say whether the office may look now."""
        return self.status == GrantStatus.ACTIVE


def permission(row: AccessGrant, now: datetime, recall: Recall | None = None) -> Permission:
    """Return a grant as she reads it; one whose time has passed is over before the housekeeper says so."""
    is_over = row.status == GrantStatus.ACTIVE and now >= row.not_after
    return Permission(
        id=row.id,
        agency_id=row.agency_id,
        purpose=row.purpose,
        sections=in_order(row.sections),
        since=row.given_at,
        until=(row.not_after - _MOMENT).astimezone(UTC).date(),
        norm=row.norm,
        status=GrantStatus.EXPIRED if is_over else row.status,
        ended_at=row.not_after if is_over else row.ended_at,
        is_told=recall is not None and recall.acknowledged_at is not None,
    )


def by_office(held: Iterable[Permission]) -> list[tuple[UUID, list[Permission]]]:
    """Return permissions of each office together."""
    together = groupby(sorted(held, key=_office_and_purpose), key=lambda one: one.agency_id)
    return [(agency, list(its)) for agency, its in together]


def in_order(sections: Iterable[str]) -> tuple[Section, ...]:
    """Return sections in the order in which people read them."""
    named = set(sections)
    return tuple(one for one in Section if one in named)


def _office_and_purpose(one: Permission) -> tuple[str, str]:
    return str(one.agency_id), one.purpose

"""What a person was asked for, when her record turns out to be another's: it goes along, and comes back with it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, false, func, or_, select, true, update

from registry.db import act_for, bucket_of
from registry.ledger.models import GrantRequest
from schemas.vocabularies.access import RequestStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """That an appearance goes from one person to another."""

    appearance: UUID
    giver: UUID
    taker: UUID
    source: UUID | None  #: the office whose requests go with it, because it keeps no other record of the giver
    is_last: bool  #: nothing is left of the giver; then all requests go


@dataclass(frozen=True, slots=True)
class Asked:
    """A request without who asked: a worker moves it, and no worker knows an officer."""

    person_id: UUID
    id: UUID
    agency_id: UUID
    purpose: str
    sections: Sequence[str]
    reason: str
    asked_at: datetime
    ends_at: datetime
    status: str
    grant_id: UUID | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Which requests went with an appearance, and what was closed so that one is open for each office and purpose."""

    move: Move
    requests: Sequence[UUID]
    closed: Sequence[Asked]


_COLUMNS = [getattr(GrantRequest, part.name) for part in fields(Asked)]


def go_along(session: Session, move: Move, *, now: datetime) -> Moved:
    """Give the taker what the giver was asked for on the strength of this appearance; each keeps its state.

    It goes where the appearance goes from now on, back to the giver too. What the giver answered stays with her grant
    as long as there is she. Of two open requests of one office for one purpose the older stays open: the younger is
    taken back, or has run out.
    """
    act_for(session, person=move.giver)
    going = _asked(session, _of(move.giver), _goes(move))
    closed: list[Asked] = []
    for agency in sorted({one.agency_id for one in going}):
        act_for(session, agency=agency)
        own = [one for one in going if one.agency_id == agency]
        there = _asked(
            session,
            _of(move.taker),
            GrantRequest.agency_id == agency,
            GrantRequest.status == RequestStatus.OPEN.value,
        )
        for one in _surplus([*own, *there], now):
            _close(session, one, now)
            closed.append(replace(one, person_id=move.taker))
        session.execute(
            update(GrantRequest)
            .where(_of(move.giver), GrantRequest.id.in_([one.id for one in own]))
            .values(
                bucket=bucket_of(move.taker),
                person_id=move.taker,
                came_with=func.coalesce(GrantRequest.came_with, move.appearance),
            )
            .execution_options(synchronize_session=False)
        )
    return Moved(move, [one.id for one in going], closed)


def _goes(move: Move) -> ColumnElement[bool]:
    """Return which of the giver's requests go with the appearance."""
    if move.is_last:
        return true()
    by_source = false() if move.source is None else GrantRequest.agency_id == move.source
    came = or_(GrantRequest.came_with == move.appearance, and_(GrantRequest.came_with.is_(None), by_source))
    return and_(came, GrantRequest.grant_id.is_(None))


def _surplus(asked: Iterable[Asked], now: datetime) -> Iterator[Asked]:
    """Yield which of one office's requests cannot stay open beside another, with what becomes of them."""
    by_purpose: dict[str, list[Asked]] = {}
    for one in asked:
        if one.status == RequestStatus.OPEN:
            by_purpose.setdefault(one.purpose, []).append(one)
    for same in by_purpose.values():
        if len(same) > 1:
            over = [one for one in same if now >= one.ends_at]
            rest = sorted((one for one in same if one not in over), key=lambda one: (one.asked_at, one.id))
            yield from (replace(one, status=RequestStatus.EXPIRED.value) for one in over)
            yield from (replace(one, status=RequestStatus.WITHDRAWN.value) for one in rest[1:])


def _close(session: Session, asked: Asked, now: datetime) -> None:
    session.execute(
        update(GrantRequest)
        .where(_of(asked.person_id), GrantRequest.id == asked.id, GrantRequest.status == RequestStatus.OPEN.value)
        .values(status=asked.status, ended_at=now)
        .execution_options(synchronize_session=False)
    )


def _asked(session: Session, *conditions: ColumnElement[bool]) -> list[Asked]:
    return [Asked(*row) for row in session.execute(select(*_COLUMNS).where(*conditions).with_for_update())]


def _of(person: UUID) -> ColumnElement[bool]:
    return and_(GrantRequest.bucket == bucket_of(person), GrantRequest.person_id == person)

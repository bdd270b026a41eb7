"""Following the log from the outside, line by line in the order of the chain: nothing in it moves or comes in between.

Times would not do: a transaction that began earlier can commit later. A place in the chain is given after the commit,
by one sequencer at a time and without gaps, so whoever read up to a place has read everything before it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from registry.audit.models import AuditLeaf, AuditLine, AuditQueue

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Placed:
    """What a follower needs of a line, and its place in the chain, counted from 0."""

    number: int
    id: UUID
    at: datetime
    event: str
    object_id: UUID | None
    grants: Sequence[UUID]
    appearances: Sequence[UUID]
    compartments: Sequence[str]


_OF_LINES = [part.name for part in fields(Placed)][1:]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the log: its lines of the events asked for, and how far the log was looked through with it."""

    placed: Sequence[Placed]
    through: int  #: so many lines of the log lie before what comes next
    length: int  #: so many lines have a place


def window(session: Session, events: Collection[str], *, seen: int, size: int) -> Window:
    """Return the next stretch of the log.

    Args:
        seen: so many lines, from the first one on, were looked at before.
        size: so many lines are looked at now, whatever their events: the work is bounded, however rare those are.
    """
    last = session.scalar(select(func.max(AuditLeaf.number)))
    length = 0 if last is None else last + 1
    through = max(seen, min(seen + size, length))
    rows = session.execute(
        select(AuditLeaf.number, *(getattr(AuditLine, name) for name in _OF_LINES))
        .join(AuditLine, AuditLine.id == AuditLeaf.line_id)
        .where(AuditLeaf.number >= seen, AuditLeaf.number < through, AuditLine.event.in_(events))
        .order_by(AuditLeaf.number)
    )
    return Window([Placed(*row) for row in rows], through, length)


def oldest_after(session: Session, seen: int) -> datetime | None:
    """Return the time of the oldest line that was not looked at, with its place or still waiting for one; or None."""
    next_one = session.scalar(
        select(AuditLine.at).join(AuditLeaf, AuditLeaf.line_id == AuditLine.id).where(AuditLeaf.number == seen)
    )
    waiting = session.scalar(select(func.min(AuditLine.at)).join(AuditQueue, AuditQueue.line_id == AuditLine.id))
    return min((at for at in (next_one, waiting) if at is not None), default=None)

"""The order of lines: batches of the queue get a number and join the chain; callers of the log never wait for it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import case, delete, exists, func, insert, select

from registry.audit.log import try_sequencer_lock
from registry.audit.models import AuditLeaf, AuditLine, AuditQueue
from registry.lines import GENESIS, leaf_of, link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

logger = logging.getLogger(__name__)

BATCH = 1000
#: So many characters no line of ours has; an export is read in lines.
_LONGEST: Final = 1 << 19
_SHORT, _BETWEEN = 80, 4  # an id, a moment or a number; what stands between two of a list
#: A moment that no line of ours has may be one that cannot be read at all.
_READABLE: Final = case(
    (AuditLine.at.between(datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)), AuditLine.at)
)


def sequence(session: Session) -> int | None:
    """Give the next waiting lines their place; return how many left the queue, or None while another one sequences.

    A line that has its place already and was queued once more leaves the queue and keeps its place. One whose leaf is
    not that of what it says never gets one: it is set aside, and `verify` names it.
    """
    if not try_sequencer_lock(session):
        return None
    columns = [column for column in AuditLine.__table__.columns if column.name != "at"]
    found = session.execute(
        select(*columns, _READABLE.label("at"), AuditLeaf.number.label("place"))
        .join(AuditQueue, AuditQueue.line_id == AuditLine.id)
        .outerjoin(AuditLeaf, AuditLeaf.line_id == AuditLine.id)
        .order_by(AuditLine.at, AuditLine.id)
        .limit(BATCH)
    )
    names = tuple(found.keys())
    waiting = [dict(zip(names, row, strict=True)) for row in found]
    if not waiting:
        return 0
    fresh = [line for line in waiting if line["place"] is None]
    whole = [line for line in fresh if _is_whole(line)]
    if len(whole) < len(fresh):
        logger.error("log.lines-set-aside", extra={"count": len(fresh) - len(whole)})
    _place(session, [(line["id"], line["leaf"]) for line in whole])
    session.execute(delete(AuditQueue).where(AuditQueue.line_id.in_([line["id"] for line in waiting])))
    return len(waiting)


def _is_whole(line: Mapping[str, Any]) -> bool:
    """Say whether a line says what its leaf was made of; one that cannot be read says nothing."""
    if not all(isinstance(one, UUID) for one in (*line["grants"], *line["appearances"])):
        return False
    if sum(map(_characters, line.values())) > _LONGEST:
        return False
    try:
        return bool(line["leaf"] == leaf_of(line))
    except (TypeError, ValueError):
        return False


def _characters(value: object) -> int:
    """Return how long a value is at the most when it is written."""
    if isinstance(value, str | bytes):
        return 2 * len(value)
    return sum(_characters(one) + _BETWEEN for one in value) if isinstance(value, list) else _SHORT


def verify(session: Session) -> int:
    """Recompute every leaf and the whole chain; return the number of lines.

    Raises:
        ValueError: a line was changed, removed or moved, the message says at which number; or one is neither in the
            chain nor waiting for its place.
    """
    chain, expected = GENESIS, 0
    rows = session.execute(
        select(AuditLeaf.number, AuditLeaf.chain, AuditLine)
        .outerjoin(AuditLine, AuditLine.id == AuditLeaf.line_id)
        .order_by(AuditLeaf.number)
    ).yield_per(BATCH)
    columns = AuditLine.__table__.columns.keys()
    for number, stored, line in rows:
        if number != expected or line is None:
            raise ValueError(f"line {expected} is missing")
        if line.leaf != leaf_of({name: getattr(line, name) for name in columns if name != "leaf"}):
            raise ValueError(f"line {number} was changed")
        chain = link(chain, line.leaf)
        if chain != stored:
            raise ValueError(f"the chain breaks at line {number}")
        expected += 1
    _insist_on_places(session)
    return expected


def length(session: Session) -> int:
    """Return how many lines have their place."""
    return int(session.scalar(select(func.count()).select_from(AuditLeaf)) or 0)


def _place(session: Session, lines: Sequence[tuple[UUID, bytes]]) -> None:
    last = session.execute(select(AuditLeaf.number, AuditLeaf.chain).order_by(AuditLeaf.number.desc()).limit(1)).first()
    number, chain = (last.number + 1, last.chain) if last else (0, GENESIS)
    rows: list[dict[str, object]] = []
    for line_id, leaf in lines:
        chain = link(chain, leaf)
        rows.append({"number": number + len(rows), "line_id": line_id, "chain": chain})
    if rows:
        session.execute(insert(AuditLeaf), rows)


def _insist_on_places(session: Session) -> None:
    placed = exists().where(AuditLeaf.line_id == AuditLine.id)
    queued = exists().where(AuditQueue.line_id == AuditLine.id)
    stray = session.scalar(select(AuditLine.id).where(~placed, ~queued).limit(1))
    if stray is not None:
        raise ValueError(f"line {stray} is not in the chain and not on its way")
    gone = session.scalar(
        select(AuditQueue.line_id).where(~exists().where(AuditLine.id == AuditQueue.line_id)).limit(1)
    )
    if gone is not None:
        raise ValueError(f"line {gone} was removed before it had its place")

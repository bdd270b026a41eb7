"""Deleting what is due, person by person, and remembering which day's run is through.

What a day's run has done is read from the log, so a restart neither repeats a run that is through nor misses one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, and_, func, select

from registry.audit import log
from registry.audit.events import Event
from registry.audit.models import AuditLine
from registry.db import Sessions, take_turns
from registry.keys.client import KEEPER
from registry.ledger import grants
from registry.linkage import arrivals, decisions
from registry.profiles import appearances
from registry.profiles.models import Appearance, SealedCompartment
from registry.wire import messages
from registry.wire.sockets.portions import portions
from schemas.retention import day_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from registry.wire.rows import SealedRow


#: Appearances that the keeper prunes at once, and bytes of what is due of them: the answer, with wraps, fits a frame.
_AT_ONCE = 50
_BYTES_AT_ONCE = 8 * 1024 * 1024

_SAME_APPEARANCE = and_(SealedCompartment.bucket == Appearance.bucket, SealedCompartment.appearance_id == Appearance.id)


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of one person: the appearances that lost entries, and how many rows the keeper could not prune."""

    appearances: tuple[UUID, ...]
    skipped: int


def is_through(session: Session, now: datetime) -> bool:
    """Say whether today's run is through already."""
    last = _last_run(session)
    return last is not None and day_of(last) >= day_of(now)


def due_persons(session: Session, now: datetime, *, limit: int, without: Collection[UUID] = ()) -> Sequence[UUID]:
    """Return persons with something due, those first who wait longest.

    Args:
        without: persons who are left out.
    """
    waiting = (
        select(Appearance.person_id)
        .join(SealedCompartment, _SAME_APPEARANCE)
        .where(SealedCompartment.delete_on <= day_of(now))
        .group_by(Appearance.person_id)
        .order_by(func.min(SealedCompartment.delete_on), Appearance.person_id)
    )
    found = session.scalars(waiting.limit(limit + len(without))).all()
    return [person for person in found if person not in without][:limit]


def delete_due(session: Session, person: UUID, *, now: datetime) -> Deleted:
    """Delete what is due of one person, with a line for each appearance that she finds in her log.

    The caller then settles the appearances, so that no old copy of them opens again.

    Raises:
        Conflict: one of the compartments was changed meanwhile; nothing was deleted.
    """
    decisions.take_turns(session)  # else a link could make it another's while she, not locked here, grants it
    take_turns(session, person)
    changed: list[UUID] = []
    skipped = 0
    for due in together(session.execute(_due_of(person, day_of(now))).all()):
        pruned = KEEPER.ask(messages.Prune(due), messages.Pruned)
        changed += _keep(session, person, pruned, now=now)
        skipped += pruned.skipped
    return Deleted(tuple(changed), skipped)


def together(due: Iterable[tuple[UUID, int]]) -> Iterator[list[UUID]]:
    """Yield appearances by as many as one answer of the keeper can hold: one person may have any number of them.

    Args:
        due: appearances, and bytes of their compartments with something due.
    """
    return portions(due, most=_AT_ONCE, most_bytes=_BYTES_AT_ONCE)


def deleted_since_last_run(session: Session) -> list[UUID]:
    """Return the appearances that lost entries since a day's run was through last: perhaps not settled yet."""
    last = _last_run(session)
    lines = select(AuditLine.appearances).where(*_of_ours(Event.ENTRIES_DELETED))
    found = session.scalars(lines if last is None else lines.where(AuditLine.at > last))
    return list(dict.fromkeys(appearance for named in found for appearance in named))


def finish(now: datetime) -> bool:
    """Write the line that says that today's run is through; False, and nothing written, where it says so already."""
    with Sessions.begin() as session:
        if is_through(session, now):
            return False
        changed = len(deleted_since_last_run(session))
        log.record(session, log.Line(event=Event.RETENTION_RUN, results=changed), None, now=now)
        return True


def _last_run(session: Session) -> datetime | None:
    runs = select(AuditLine.at).where(*_of_ours(Event.RETENTION_RUN)).order_by(AuditLine.at.desc())
    return session.scalar(runs.limit(1))


def _of_ours(event: Event) -> tuple[ColumnElement[bool], ...]:
    # No officer did it: told so, the database walks its index by officer and time back to the day before, not further.
    return AuditLine.officer_id.is_(None), AuditLine.event == event.value


def _keep(session: Session, person: UUID, pruned: messages.Pruned, *, now: datetime) -> list[UUID]:
    """Store what the keeper pruned, with a line for each appearance; return these."""
    appearances.replace_pruned(session, pruned.sealed)
    grants.rewrap(session, pruned.sealed, pruned.wraps)
    arrivals.announce(session, pruned.identities.items())
    changed = list(dict.fromkeys(row.appearance_id for row in pruned.sealed))
    if changed:
        log.record_all(session, [_line(person, one, pruned.sealed) for one in changed], None, now=now)
    return changed


def _due_of(person: UUID, today: date) -> Select[UUID, int]:
    size_bytes = func.sum(func.octet_length(SealedCompartment.envelope), type_=BigInteger)
    hers = select(Appearance.id, size_bytes).join(SealedCompartment, _SAME_APPEARANCE)
    hers = hers.where(Appearance.person_id == person, SealedCompartment.delete_on <= today)
    return hers.group_by(Appearance.id).order_by(Appearance.id)


def _line(person: UUID, appearance: UUID, sealed: Sequence[SealedRow]) -> log.Line:
    """Return the line that tells which compartments lost something, and nothing of what it was."""
    return log.Line(
        event=Event.ENTRIES_DELETED,
        appearances=(appearance,),
        compartments=tuple(sorted(row.compartment for row in sealed if row.appearance_id == appearance)),
        persons=(person,),
    )

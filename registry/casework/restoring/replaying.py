"""Ending again, in databases that were brought back, what an export of the log says has ended since; as their owner.

The keeper believes the whole export or nothing of it. The lines are stored last: whatever broke off before is begun
anew from the same file, and everything that was done by then may be done again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.audit import log
from registry.audit.events import Event
from registry.audit.models import AuditLeaf, AuditLine, AuditQueue
from registry.casework import granting, linking
from registry.casework.forgetting import erasing
from registry.casework.restoring import export_file
from registry.casework.restoring.export_file import ERASED, ExportRefused
from registry.db import Sessions, take_turns
from registry.keys.client import KEEPER, KeeperRefused
from registry.ledger import grants
from registry.ledger.models import AccessGrant
from registry.lines import GENESIS
from registry.profiles import appearances
from registry.profiles.models import Appearance, Erasure, SealedCompartment
from registry.wire import messages
from registry.wire.sockets.portions import portions
from registry.wire.upkeep import restoring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.casework.restoring.export_file import Export, Record
    from registry.wire.rows import ErasureRow, SealedRow

REPLAYED, NO_NEWER_LOG = "replayed", "no-newer-log"
_GRANT_ENDS: Final = frozenset({Event.GRANT_WITHDRAWN, Event.GRANT_EXPIRED})
_ENDS: Final = _GRANT_ENDS | {Event.PERSON_ERASED, Event.LINK_UNDONE}
#: So many lines, and bytes of them, go to the keeper or into the database at once.
_AT_ONCE: Final = 1000
_BYTES_AT_ONCE: Final = 4 * 1024 * 1024
_WHY: Final = {
    "replay.not-closed": "The keeper is open: there is nothing to replay.",
    "replay.head": "No keeper of this registry signed the end of this export.",
    "replay.other-log": "This is another log than the one that was seen committed before.",
    "replay.short": "This export ends before what was seen committed: export anew, or take a later one.",
    "replay.line": "A line was changed.",
}
_INDEX = text(
    "INSERT INTO audit_index (bucket, person_id, line_id)"
    " SELECT DISTINCT get_byte(uuid_send(p.person_id), 0), p.person_id, l.id FROM audit_line l, appearance p"
    " WHERE l.id = ANY(CAST(:lines AS uuid[])) AND p.id = ANY(l.appearances) ON CONFLICT DO NOTHING"
)


@dataclass(slots=True)
class Report:
    """What a replay did, and what it could not: how many lines of each event tell of something that is lost."""

    lines: int = 0
    grants: int = 0
    erasures: int = 0
    links: int = 0
    unproved: int = 0  #: erasures without their order: closed, not destroyed
    lifted: int = 0  #: compartments that stand under new keys, because their newer rows are lost
    skipped: int = 0  #: rows that are forged or do not open: left as they are, nobody opens them
    lost: Counter[str] = field(default_factory=Counter)


def replay(export: Export, *, now: datetime, told: Callable[[str], None] = lambda _: None) -> Report:
    """Repeat what ended, store the lines, and let the keeper open.

    Args:
        told: hears what is done next.

    Raises:
        ExportRefused: it does not go on from this database's log, or the keeper does not believe it; nothing was done.
        KeeperRefused: the keeper did not open after all.
    """
    with Sessions() as session:
        start = _insist_that_it_goes_on(session, export)
    told("the keeper checks the export")
    _believe(export, start)
    told("grants, links and persons that ended are ended again")
    report = Report()
    report.lifted, report.skipped = _lift()
    for record in export_file.records(export, start):
        _redo(record, report, now=now)
    told("the lines are stored")
    for some in _pieces(export_file.records(export, start)):
        report.lines += len(some)
        with Sessions.begin() as session:
            _store(session, some)
    _reopen(REPLAYED, report.lines, now=now)
    return report


def open_without_log(now: datetime, *, size: int) -> Report:
    """Let the keeper open though nobody has a newer log.

    The restore, or whoever answers for it, has noted at the shred store that there is none.

    Args:
        size: so many lines count; that those behind are given up is written into the log.
    """
    report = Report()
    report.lifted, report.skipped = _lift()
    _reopen(NO_NEWER_LOG, size, now=now)
    return report


def _insist_that_it_goes_on(session: Session, export: Export) -> int:
    """Return the number of the first line that the database lacks."""
    last = session.execute(select(AuditLeaf.number, AuditLeaf.chain).order_by(AuditLeaf.number.desc()).limit(1)).first()
    length, chain = (last.number + 1, last.chain) if last else (0, GENESIS)
    if not export.first <= length <= export.size:
        raise ExportRefused(
            f"The database's log has {length} lines; this export has those from {export.first} to {export.size}."
        )
    before = export.before
    if length > export.first:
        (record,) = islice(export_file.records(export, length - 1), 1)
        before = record.chain
    if before != chain:
        raise ExportRefused("This export is of another log than the database's.")
    return length


def _believe(export: Export, start: int) -> None:
    """Send all lines to the keeper; with the last ones it ends what ended, or refuses all."""
    number = start
    try:
        for some in _pieces(export_file.records(export, start)):
            KEEPER.ask(restoring.Replay(number, [_step(record) for record in some]), messages.Done)
            number += len(some)
        KEEPER.ask(restoring.Replay(number, [], export.head, tuple(export.keys)), messages.Done)
    except KeeperRefused as refused:
        raise ExportRefused(_WHY.get(refused.reason, f"The keeper refused ({refused.reason}).")) from refused


def _step(record: Record) -> restoring.Step:
    if record.line.event in _ENDS:
        return restoring.Step(record.line.leaf, record.line, record.erasure)
    return restoring.Step(record.line.leaf)


def _end_again(grant: UUID, now: datetime) -> bool:
    """End a grant that is active in the older database; False where it is not."""
    with Sessions.begin() as session:
        row = session.scalars(select(AccessGrant).where(AccessGrant.id == grant)).first()
        if row is None or row.status != "active":
            return False
        take_turns(session, row.person_id)
        rotated = KEEPER.ask(restoring.EndAgain(grant), messages.Rotated)
        granting.store_ended(session, rotated, now)
    return True


def _redo(record: Record, report: Report, *, now: datetime) -> None:
    """End again what a line ended; count what is lost with any other line."""
    line = record.line
    if line.event in _GRANT_ENDS:
        for grant in line.grants:
            report.grants += _tried(partial(_end_again, grant, now), report)
    elif line.event == Event.LINK_UNDONE and line.object_id is not None:
        report.links += _tried(partial(_undo_again, line.object_id, now), report)
    elif line.event != ERASED:
        report.lost[line.event] += 1
    elif record.erasure is None:
        report.unproved += 1
    else:
        with Sessions.begin() as session:
            _erase(session, record.erasure, now=now)
        report.erasures += 1


def _tried(act: Callable[[], bool], report: Report) -> bool:
    """Do what may be about a row that somebody forged: the keeper has ended it, and the others must not wait for it."""
    try:
        return act()
    except KeeperRefused as refused:
        if refused.reason.startswith("replay."):
            raise  # it was started anew, and knows of no replay
        report.skipped += 1
        return False


def _undo_again(link: UUID, now: datetime) -> bool:
    with Sessions.begin() as session:
        return linking.undo_again(session, link, now=now)


def _erase(session: Session, order: ErasureRow, *, now: datetime) -> None:
    row = {**order.values(), "done_at": now}
    session.execute(upsert(Erasure).values(row).on_conflict_do_update(index_elements=["id"], set_={"done_at": now}))
    before = set(session.scalars(select(Appearance.person_id).where(Appearance.id.in_(order.appearances))))
    erasing.forget(session, order, now=now)
    for person in before - {order.person_id}:  # whose they were when the back-up was made
        appearances.forget(session, person, order.appearances)


def _lift() -> tuple[int, int]:
    """Bring compartments above their floors, a few appearances at a time; return how many, and how many do not open."""
    after, count, skipped = None, 0, 0
    while True:
        lifted = KEEPER.ask(restoring.LiftSunken(after), restoring.Lifted)
        with Sessions.begin() as session:
            for row in lifted.sealed:
                _raise(session, row)
            grants.rewrap(session, lifted.sealed, lifted.wraps)
        count += len(lifted.sealed)
        skipped += lifted.skipped
        if lifted.last is None:
            return count, skipped
        after = lifted.last


def _raise(session: Session, row: SealedRow) -> None:
    place = (row.bucket, row.appearance_id, row.compartment)
    columns = (SealedCompartment.bucket, SealedCompartment.appearance_id, SealedCompartment.compartment)
    older = SealedCompartment.epoch < row.epoch  # a row that was written meanwhile is newer than what was lifted
    session.execute(update(SealedCompartment).where(tuple_(*columns) == place, older).values(**row.values()))


def _store(session: Session, some: list[Record]) -> None:
    """Store lines where they belong; one that waited for its place in the back-up is there already.

    Raises:
        ExportRefused: another line has the id of one of these.
    """
    if not log.try_sequencer_lock(session):
        raise ExportRefused("Somebody gives lines their place at this moment. Stop them first.")
    rows = [record.line.values() for record in some]
    session.execute(upsert(AuditLine).on_conflict_do_nothing(), rows)
    ids = [record.line.id for record in some]
    found = session.execute(select(AuditLine.id, AuditLine.leaf).where(AuditLine.id.in_(ids)))
    stored = {line: leaf for line, leaf in found}  # noqa: C416 - a Row is no pair for the type checker
    if any(stored[record.line.id] != record.line.leaf for record in some):
        raise ExportRefused("The database has another line under the same id.")
    session.execute(delete(AuditQueue).where(AuditQueue.line_id.in_(ids)))
    leaves = [{"number": one.number, "line_id": one.line.id, "chain": one.chain} for one in some]
    session.execute(insert(AuditLeaf), leaves)
    session.execute(_INDEX, {"lines": ids})


def _reopen(how: str, lines: int, *, now: datetime) -> None:
    head = KEEPER.ask(restoring.Reopen(), restoring.Head)
    if head.closed is not None:
        raise KeeperRefused(head.closed)
    with Sessions.begin() as session:  # not before: the log says only what came to be
        log.record(session, log.Line(event=Event.REGISTRY_RESTORED, reason=how, results=lines), None, now=now)


def _pieces(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield records so many at once that what is sent of them fits into one frame, however long their lines are."""
    sized = ((record, len(messages.ENCODER.encode(_step(record)))) for record in records)
    return portions(sized, most=_AT_ONCE, most_bytes=_BYTES_AT_ONCE)

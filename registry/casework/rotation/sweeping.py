"""Carrying out a run that renews a key: chunk by chunk, each a transaction of its own that can be the last one."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from registry import clock
from registry.audit import log as audit
from registry.audit.events import Event
from registry.db import Sessions
from registry.exchange import rotations
from registry.keys.client import KEEPER, KeeperRefused
from registry.linkage import arrivals
from registry.wire import rotating

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.exchange.models import Rotation

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Pass:
    """One way through all appearances: what there was to move, and what was."""

    found: int = 0
    moved: int = 0


@dataclass(slots=True)
class Sweeping:
    """The housekeeper's share of a rotation.

    What is done stands in the rows themselves; how far a pass is, in the run's own row. A pass that found nothing to
    move is the last: whatever was written while one went on is found by the next.
    """

    passes: dict[UUID, _Pass] = field(default_factory=dict)  #: by run, as far as this process went through them

    def carry_out(self, now: Callable[[], datetime] = clock.now, *, goes_on: Callable[[], bool] = lambda: True) -> int:
        """Work on all runs until they are through; return how many chunks were looked at.

        Args:
            goes_on: asked before each chunk; after it says no, the rest waits for another time.

        Raises:
            KeeperAway, DatabaseAway: what is done is done; the rest waits as well.
        """
        chunks = 0
        with Sessions() as session:
            runs = [run.id for run in rotations.unfinished(session, now())]
        for run in runs:
            try:
                while goes_on() and self.step(run, now()):
                    chunks += 1
            except KeeperRefused as refused:  # of this run alone: it was overtaken, or its agency is cut off
                log.warning("rotation.refused", extra={"run": run, "code": refused.reason})
        return chunks

    def step(self, run: UUID, now: datetime) -> bool:
        """Move one chunk; False once the run is through, or only waits for rows that others hold."""
        with Sessions.begin() as session:
            row = rotations.of_run(session, run) or _begun(session, run, now)
            # Of a pass that began before this process it is not known what it found: another one follows.
            this = self.passes.setdefault(run, _Pass(found=int(row.after is not None)))
            answer = KEEPER.ask(rotating.Rekey(run, row.after), rotating.Rekeyed)
            moved = answer.moved + _stored(session, answer)
            this.found += answer.moved + len(answer.held) + len(answer.wraps)
            this.found += len(answer.identities) + len(answer.records) + answer.waiting
            this.moved += moved
            row.moved += moved
            row.skipped = answer.skipped + (row.skipped if row.after is not None else 0)
            row.after = answer.after
            if answer.after is not None:
                return True
            del self.passes[run]
            if this.found:
                return this.moved > 0
            row.finished_at = now
            line = audit.Line(event=Event.KEY_ROTATED, object_id=run, results=row.moved)
            audit.record(session, line, None, now=now)
            return False


def _stored(session: Session, answer: rotating.Rekeyed) -> int:
    """Store what the keeper made anew, each where nobody was faster; return how many."""
    return (
        rotations.hold(session, answer.held)
        + rotations.move(session, answer.wraps)
        + arrivals.offer(session, [(one.appearance_id, one.sealed) for one in answer.identities])
        + rotations.call_anew(session, answer.records)  # last, as an import does it: neither waits for the other
    )


def _begun(session: Session, run: UUID, now: datetime) -> Rotation:
    """Let a run begin: its key is renewed, should nobody have asked for that yet."""
    left = KEEPER.ask(rotating.Renew(run), rotating.KeyRenewed).left
    return rotations.begin(session, run, total=left, now=now)

"""The housekeeper's process: orders the log, ends what is over, and repeats what must not stay undone."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from registry import clock, ready
from registry.audit import sequencer
from registry.audit.watching import alarms, counters
from registry.auth import sessions
from registry.casework import granting, requesting
from registry.casework.forgetting import erasing, retention
from registry.casework.rotation import trimming
from registry.casework.rotation.sweeping import Sweeping
from registry.db import DatabaseAway, Sessions, configure
from registry.keys import client
from registry.keys.client import KEEPER, KeeperAway, KeeperRefused
from registry.ledger import grants, requests
from registry.profiles.appearances import Conflict
from registry.wire.upkeep import restoring
from schemas.retention import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from registry.config import Settings
    from registry.ledger.models import AccessGrant, GrantRequest

log = logging.getLogger(__name__)

#: The log's lines get their place this often; everything else is looked after every few seconds.
SEQUENCE_SECONDS = 0.2
SWEEP_SECONDS = 5.0
#: How soon a rotation that was ordered begins.
ROTATION_SECONDS = 1.0
#: A sequencer that ends gives its lock back at once; who waits longer is kept out by something that hangs.
LOCK_SECONDS = 30.0
_KEPT_AFTER_END = timedelta(hours=1)
_SETTLED_AGAIN = timedelta(minutes=2)
_AT_ONCE = 100
_AWAY_IN_A_ROW = 3
#: What cannot be deleted after so many sweeps waits for the next day's run.
_TRIES_A_DAY = 3
#: How soon whoever watches over an office is told of unusual questions, and how far back they are then looked for: two
#: days hold all the 24 hours that change still; by lists it is looked back further, because these have a day of grace.
WATCH_SECONDS = 60.0
_WATCH_BACK = timedelta(days=4)
#: A line can be committed so long after its moment.
_LATE = timedelta(minutes=5)


@dataclass(slots=True)
class LockWatch:
    """Since when another sequencer has kept this one out (of time.monotonic); None while nobody does."""

    since: float | None = None

    def note(self, *, kept_out: bool) -> None:
        """Say so, once every while, where somebody holds the lock for so long that it can be no hand-over."""
        now = time.monotonic()
        if not kept_out:
            self.since = None
        elif self.since is None:
            self.since = now
        elif now - self.since >= LOCK_SECONDS:
            log.warning("sequencer.kept-out", extra={"seconds": int(now - self.since)})
            self.since = now


@dataclass(slots=True)
class GateWatch:
    """Whether the keeper was seen open: before, no line gets a place that one of the log to be replayed has."""

    is_open: bool = False

    def order_lines(self, watch: LockWatch) -> int:
        """Give all waiting lines their place, once the keeper is open; return how many."""
        if not self.is_open:
            self.is_open = KEEPER.ask(restoring.TellHead(), restoring.Head).closed is None
        return order_lines(watch) if self.is_open else 0


def order_lines(watch: LockWatch | None = None) -> int:
    """Give all waiting lines their place; return how many."""
    total = 0
    while True:
        with Sessions.begin() as session:
            ordered = sequencer.sequence(session)
        if watch is not None:
            watch.note(kept_out=ordered is None)
        total += ordered or 0
        if ordered is None or ordered < sequencer.BATCH:
            return total


@dataclass(slots=True)
class Sweep:
    """Items done one by one; one that fails is logged, left for the next sweep, and keeps no other from being done."""

    noun: str  #: what the log calls an item
    done: int = 0
    failed: set[UUID] = field(default_factory=set)
    away: int = 0  #: failures in a row with keeper or database away

    def attempt(self, item: UUID, work: Callable[..., object], *arguments: object) -> None:
        """Do one item.

        Raises:
            KeeperAway, DatabaseAway: for the third item in a row; then the rest would fail as well.
        """
        try:
            work(*arguments)
        except Exception as problem:  # the edge of one item: the others must not wait for it
            log.exception("housekeeping.item-failed", extra={self.noun: item})
            self.failed.add(item)
            self.away = self.away + 1 if isinstance(problem, KeeperAway | DatabaseAway) else 0
            if self.away >= _AWAY_IN_A_ROW:
                raise
        else:
            self.done += 1
            self.away = 0


def end_what_is_over(now: datetime) -> int:
    """Expire grants whose time has passed; return how many. Within a minute, as promised."""
    sweep = Sweep("grant")
    while due := _due(now, sweep.failed):
        for row in due:
            sweep.attempt(row.id, _end, row, now)
    return sweep.done


def end_unanswered(now: datetime) -> int:
    """End requests that nobody answered in time; return how many."""
    sweep = Sweep("request")
    while due := _unanswered(now, sweep.failed):
        for row in due:
            sweep.attempt(row.id, _let_expire, row, now)
    return sweep.done


def settle_what_ended(now: datetime) -> int:
    """Raise the floors for grants that ended lately, should their own settling have failed; return how many."""
    with Sessions() as session:
        ended = grants.ended_since(session, now - _SETTLED_AGAIN)
    sweep = Sweep("grant")
    for row in ended:
        sweep.attempt(row.id, granting.settle, row.appearances)
    return sweep.done


def finish_erasures(now: datetime) -> int:
    """Destroy what was ordered to be destroyed and may not be yet; return how many orders."""
    with Sessions() as session:
        orders = erasing.unfinished(session)
    sweep = Sweep("erasure")
    for order in orders:
        sweep.attempt(order, _finish, order, now)
    return sweep.done


def trim_what_is_above(now: datetime) -> int:
    """Take from grants what the rules do not allow any more; return of how many appearances."""
    sweep = Sweep("appearance")
    while above := trimming.above_ceiling(without=sweep.failed, limit=_AT_ONCE):
        for appearance in above:
            sweep.attempt(appearance, partial(trimming.trim, appearance, now=now))
    return sweep.done


def drop_old_sessions(now: datetime) -> int:
    """Delete sessions that ended some time ago; return how many."""
    with Sessions.begin() as session:
        return sessions.drop_ended_before(session, now - _KEPT_AFTER_END)


SWEEPS: tuple[Callable[[datetime], int], ...] = (
    end_what_is_over,
    end_unanswered,
    settle_what_ended,
    finish_erasures,
    drop_old_sessions,
)


@dataclass(slots=True)
class RetentionRun:
    """The day's deletion of what is due, some persons in each sweep so that nothing else waits for it.

    What is done stands in the log and in the rows; this only spares looking it up: a process started anew goes on where
    the one before ended, and after days of standstill everything that came due meanwhile is due in the first run.
    """

    through: date | None = None  #: the last day that needs no further look
    unsettled: list[UUID] | None = None  #: appearances of which old copies may still open; None: the log knows
    tries: Counter[UUID] = field(default_factory=Counter)
    at_once: int = _AT_ONCE  #: persons in one sweep

    def delete_what_is_due(self, now: datetime) -> int:
        """Go on with today's run; return of how many persons something was deleted."""
        if self.through == day_of(now):
            return 0
        with Sessions() as session:
            if self.unsettled is None:
                if retention.is_through(session, now):
                    self.through = day_of(now)
                    return 0
                self.unsettled = retention.deleted_since_last_run(session)
            waiting = {person for person, tries in self.tries.items() if tries >= _TRIES_A_DAY}
            due = retention.due_persons(session, now, limit=self.at_once, without=waiting)
        sweep = Sweep("person")
        for person in due:
            sweep.attempt(person, self._delete_due, person, now)
        if not sweep.away:  # else it was nobody's fault
            self.tries.update(sweep.failed)
        self._settle()
        if not due:
            retention.finish(now)
            self.through, self.tries = day_of(now), Counter()
        return sweep.done

    def _delete_due(self, person: UUID, now: datetime) -> None:
        deleted = _deleted(person, now)
        self.unsettled = [*(self.unsettled or ()), *deleted.appearances]
        if deleted.skipped:
            log.warning("retention.rows-skipped", extra={"count": deleted.skipped})
            self.tries[person] = _TRIES_A_DAY

    def _settle(self) -> None:
        while self.unsettled:
            try:
                granting.settle(self.unsettled[:_AT_ONCE])
            except KeeperRefused as refused:
                if refused.reason != "settle.forged":
                    raise
                log.warning("retention.settled-in-part")  # the genuine rows beside a forged one are settled
            self.unsettled = self.unsettled[_AT_ONCE:]


@dataclass(slots=True)
class QuestionWatch:
    """Since when questions were looked at; the first time it is looked back further, at whoever asked."""

    looked: datetime | None = None

    def tell_alarms(self, now: datetime) -> int:
        """Note in the log who asked unusually; return of how many."""
        since = now - counters.BACK if self.looked is None else max(now - counters.BACK, self.looked - _WATCH_BACK)
        lately = since if self.looked is None else self.looked - _LATE
        with Sessions.begin() as session:
            raised = alarms.raise_new(session, since=since, lately=lately, now=now)
        self.looked = now
        for agency, alarm in raised:
            told = {"agency": agency, "kind": alarm.kind, "refused": alarm.figures["refused"]}
            count = alarm.figures["questions" if alarm.kind == alarms.COUNTER else "asked"]
            log.warning("questions.alarmed", extra={**told, "count": count})
        return len(raised)


def serve(settings: Settings) -> None:
    """Run the housekeeper's process until it is told to stop."""
    configure(settings.database_url, pool_size=3)
    client.configure(settings)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    ready.tell(settings)
    trimmed: date | None = None  # rules change with the program; at its start, and daily for what failed then
    swept, watch, gate = 0.0, LockWatch(), GateWatch()
    sweeps = (*SWEEPS, RetentionRun().delete_what_is_due)
    for work in (_rotate_keys, _watch_questions):
        threading.Thread(target=work, args=(stopping,), name=work.__name__, daemon=True).start()
    while not stopping.wait(SEQUENCE_SECONDS):
        _attempt("order-lines", gate.order_lines, watch)
        if time.monotonic() - swept >= SWEEP_SECONDS:
            swept = time.monotonic()
            for sweep in sweeps:
                _attempt(sweep.__name__, sweep, clock.now())
            if trimmed != day_of(clock.now()) and _attempt("trim", trim_what_is_above, clock.now()):
                trimmed = day_of(clock.now())


def _rotate_keys(stopping: threading.Event) -> None:
    """Carry out rotations beside everything else: one can take minutes, and lines must not wait for it."""
    sweeping = Sweeping()
    while not stopping.wait(ROTATION_SECONDS):
        _attempt("rotate-keys", partial(sweeping.carry_out, goes_on=lambda: not stopping.is_set()))


def _watch_questions(stopping: threading.Event) -> None:
    """Look for unusual questions beside everything else: after a standstill there are days of them."""
    watch, is_over = QuestionWatch(), False
    while not is_over:
        _attempt("tell-alarms", watch.tell_alarms, clock.now())
        is_over = stopping.wait(WATCH_SECONDS)


def _attempt(name: str, work: Callable[..., int], *arguments: object) -> bool:
    """Do something and log it; False where it failed, and is to be tried again."""
    try:
        count = work(*arguments)
    except Exception:  # the edge of this process: whatever failed is tried again
        log.exception("housekeeping.failed", extra={"operation": name})
    else:
        if count and name != "order-lines":
            log.info("housekeeping.done", extra={"operation": name, "count": count})
        return True
    return False


def _due(now: datetime, failed: set[UUID]) -> list[AccessGrant]:
    """Return the next grants whose time has passed, but none that failed in this sweep."""
    with Sessions() as session:
        found = grants.due(session, now, limit=_AT_ONCE + len(failed))
    return [row for row in found if row.id not in failed]


def _end(row: AccessGrant, now: datetime) -> None:
    with Sessions.begin() as session:
        granting.expire(session, row.person_id, row.id, now=now)
    granting.settle(row.appearances)


def _unanswered(now: datetime, failed: set[UUID]) -> Sequence[GrantRequest]:
    with Sessions() as session:
        return requests.due(session, now, limit=_AT_ONCE, without=failed)


def _let_expire(row: GrantRequest, now: datetime) -> None:
    with Sessions.begin() as session:
        requesting.expire(session, row, now=now)


def _finish(order: UUID, now: datetime) -> None:
    erasing.carry_out(order, now=now)


def _deleted(person: UUID, now: datetime) -> retention.Deleted:
    """Delete what is due of one person; an import at this very moment must not put it off until tomorrow."""
    for last in (False, False, True):
        try:
            with Sessions.begin() as session:
                return retention.delete_due(session, person, now=now)
        except Conflict:
            if last:
                raise
    raise AssertionError("the last try returns or raises")

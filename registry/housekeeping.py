"""The housekeeper's process: orders the log, ends what is over, and repeats what must not stay undone."""

from __future__ import annotations

import logging
import signal
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from registry import clock, ready
from registry.audit import sequencer
from registry.auth import sessions
from registry.casework import erasing, granting
from registry.db import Sessions, configure
from registry.keys import client
from registry.ledger import grants

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from registry.config import Settings

log = logging.getLogger(__name__)

#: The log's lines get their place this often; everything else is looked after every few seconds.
SEQUENCE_SECONDS = 0.2
SWEEP_SECONDS = 5.0
#: A sequencer that ends gives its lock back at once; who waits longer is kept out by something that hangs.
LOCK_SECONDS = 30.0
_KEPT_AFTER_END = timedelta(hours=1)
_SETTLED_AGAIN = timedelta(minutes=2)


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


def end_what_is_over(now: datetime) -> int:
    """Expire grants whose time has passed; return how many. Within a minute, as promised."""
    with Sessions() as session:
        due = [(row.person_id, row.id, list(row.appearances)) for row in grants.due(session, now)]
    for person, grant, appearances in due:
        with Sessions.begin() as session:
            granting.expire(session, person, grant, now=now)
        granting.settle(appearances)
    return len(due)


def settle_what_ended(now: datetime) -> int:
    """Raise the floors for grants that ended lately, should their own settling have failed; return how many."""
    with Sessions() as session:
        ended = [list(row.appearances) for row in grants.ended_since(session, now - _SETTLED_AGAIN)]
    for appearances in ended:
        granting.settle(appearances)
    return len(ended)


def finish_erasures(now: datetime) -> int:
    """Destroy what was ordered to be destroyed and may not be yet; return how many orders."""
    with Sessions() as session:
        orders = erasing.unfinished(session)
    for order in orders:
        erasing.carry_out(order, now=now)
    return len(orders)


def drop_old_sessions(now: datetime) -> int:
    """Delete sessions that ended some time ago; return how many."""
    with Sessions.begin() as session:
        return sessions.drop_ended_before(session, now - _KEPT_AFTER_END)


SWEEPS: tuple[Callable[[datetime], int], ...] = (
    end_what_is_over,
    settle_what_ended,
    finish_erasures,
    drop_old_sessions,
)


def serve(settings: Settings) -> None:
    """Run the housekeeper's process until it is told to stop."""
    configure(settings.database_url, pool_size=2)
    client.configure(settings)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    ready.tell(settings)
    swept, watch = 0.0, LockWatch()
    while not stopping.wait(SEQUENCE_SECONDS):
        _attempt("order-lines", order_lines, watch)
        if time.monotonic() - swept >= SWEEP_SECONDS:
            swept = time.monotonic()
            for sweep in SWEEPS:
                _attempt(sweep.__name__, sweep, clock.now())


def _attempt(name: str, work: Callable[..., int], *arguments: object) -> None:
    try:
        count = work(*arguments)
    except Exception:  # the edge of this process: whatever failed is tried again
        log.exception("housekeeping.failed", extra={"operation": name})
    else:
        if count and name != "order-lines":
            log.info("housekeeping.done", extra={"operation": name, "count": count})

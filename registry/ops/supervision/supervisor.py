"""Keeps processes alive: a dead one is started again, all end in reverse order."""

import logging
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from registry.errors import OperationError
from registry.ops.supervision import children

log = logging.getLogger(__name__)

#: Seconds before a dead process is started again: the first pause, and the longest after doubling.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
#: After this many seconds of life a process counts as healthy, and the next pause is the first again.
HEALTHY_SECONDS = 30.0
#: Seconds to end by itself before it is killed.
STOP_STEPS = ((signal.SIGTERM, 10.0),)


@dataclass(slots=True, kw_only=True)
class Member:
    """One supervised process; members of a higher rank stop first."""

    name: str
    rank: int
    launch: Callable[[], subprocess.Popen[bytes]]
    stop_steps: Sequence[tuple[signal.Signals, float]] = STOP_STEPS
    child: subprocess.Popen[bytes] | None = None
    born: float = 0.0  # monotonic
    pause: float = FIRST_PAUSE
    due: float = 0.0  # monotonic; when a dead one is started again

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process."""
        self.child = self.launch()
        self.born = time.monotonic()
        return self.child


class Supervisor:
    """The members in the order they were added; runs in the main thread."""

    def __init__(self) -> None:
        self._members: list[Member] = []

    def add(self, member: Member) -> None:
        """Look after a member from now on."""
        self._members.append(member)

    def pids(self) -> dict[str, int]:
        """Return the living members' process numbers by name."""
        return {member.name: member.child.pid for member in self._members if member.child is not None}

    def names(self) -> set[str]:
        """Return the names of all members, dead or alive."""
        return {member.name for member in self._members}

    def tick(self) -> bool:
        """Notice deaths and start again what is due; returns whether any process came or went."""
        changes = [self._attend(member, time.monotonic()) for member in self._members]
        return any(changes)

    def remove(self, name: str) -> None:
        """Stop a member for good."""
        for member in [member for member in self._members if member.name == name]:
            self._members.remove(member)
            if member.child is not None:
                children.stop(member.child, member.stop_steps)

    def stop(self) -> None:
        """End all, the highest rank first, those of one rank side by side."""
        for _, rank in groupby(self._from_the_top(), key=lambda member: member.rank):
            going = [member for member in rank if member.child is not None]
            for member in going:
                if member.child is not None and member.child.poll() is None:
                    children.send(member.child.pid, member.stop_steps[0][0])
            for member in going:
                if member.child is not None:
                    log.info("process.stopped", extra={"worker": member.name, "exit": _end(member)})
        self._members.clear()

    def _from_the_top(self) -> Iterator[Member]:
        return iter(sorted(self._members, key=lambda member: member.rank, reverse=True))

    def _attend(self, member: Member, now: float) -> bool:
        if member.child is not None:
            code = member.child.poll()
            if code is None:
                return False
            if now - member.born >= HEALTHY_SECONDS:
                member.pause = FIRST_PAUSE
            member.child, member.due = None, now + member.pause
            member.pause = min(member.pause * 2, LONGEST_PAUSE)
            log.warning("process.died", extra={"worker": member.name, "exit": code})
            return True
        if now < member.due:
            return False
        try:
            member.start()
        except (OperationError, OSError):
            log.exception("process.not-started", extra={"worker": member.name})
            member.due, member.pause = now + member.pause, min(member.pause * 2, LONGEST_PAUSE)
            return False
        log.info("process.restarted", extra={"worker": member.name})
        return True


def _end(member: Member) -> int | None:
    child, member.child = member.child, None
    return children.stop(child, member.stop_steps) if child is not None else None


def await_ready(child: subprocess.Popen[bytes], ready: int, *, seconds: float) -> bool:
    """Wait until a process says that it is ready; False when it ended or time is over.

    Args:
        ready: reading end of the pipe whose writing end the process alone holds; closed here.
    """
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            if select.select([ready], [], [], 0.1)[0]:
                return os.read(ready, 1) == b"+"
            if child.poll() is not None:
                return False
        return False
    finally:
        os.close(ready)

"""Who runs in a home: a lock that ends with its holder, and a note that says where."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import psutil

from registry.ops.files import read_json, write_json

#: What the line of JSON says about an agency; how else to sign in there is for people to read.
_SHOWN = ("id", "name", "kind", "officer", "token")
#: `registry up` starts all processes as the user who calls it, unless PROCESS_USERS gives each one of its own.
ONE_USER = (
    "All processes run as one user. That only a grant opens data, and nothing opens without a line in the log, holds"
    " against the network, not against another program of that user: it can read the key files, and ask the keeper on"
    " everybody's sockets. Name a user for each process in PROCESS_USERS."
)
CLOSED = (
    "CLOSED: these databases were brought back from a back-up, or lack lines of the log that were seen committed."
    " Nothing opens and nobody signs in until what ended since is repeated: `registry replay EXPORT`."
)
MADE_UP = "DEVELOPMENT: root key and sign-ins were made up by this start, on this machine. Never enter real data."


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What `home/run.json` says about a running stack; readable by its owner only."""

    pid: int
    created: float  # when that process began, so that a number given to a stranger is noticed
    dev: bool
    web: str
    api: str
    run_dir: str
    database: str = field(repr=False)  # as the owner; the password only with --dev
    shred: str = field(repr=False)
    is_closed: bool = False  # whether the keeper was closed when it started
    given_up: str | None = None  # what must be told of a log that was given up
    has_users: bool = False  # whether each process runs as a user of its own
    processes: dict[str, int] = field(default_factory=dict)
    births: dict[str, float] = field(default_factory=dict)  # as `created`, by name
    agencies: list[dict[str, Any]] = field(default_factory=list, repr=False)

    @property
    def warnings(self) -> list[str]:
        """What does not hold the way it runs here; said at each start."""
        return [
            *([CLOSED] if self.is_closed else []),
            *([self.given_up] if self.given_up else []),
            *([MADE_UP] if self.dev else []),
            *([] if self.has_users else [ONE_USER]),
        ]

    def line(self) -> dict[str, Any]:
        """Return what `registry up --json` prints."""
        shown = {"ready": True, "web": self.web, "api": self.api, "database": self.database}
        if self.dev:
            shown["shred"] = self.shred
        agencies = [{word: agency.get(word) for word in _SHOWN} for agency in self.agencies]
        return {**shown, "processes": self.processes, "agencies": agencies, "warnings": self.warnings}


@contextlib.contextmanager
def lock(home: Path) -> Iterator[bool]:
    """Hold the home's lock for the block; yields whether it was free. The kernel frees it when its holder dies."""
    handle = os.open(home / "registry.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def note(home: Path, running: Running) -> None:
    """Write where this stack runs, with its processes as they are now."""
    born = {name: _birth(pid) for name, pid in running.processes.items()}
    write_json(home / "run.json", {**asdict(running), "births": born})


def forget(home: Path) -> None:
    """Remove the note; the stack is stopping."""
    (home / "run.json").unlink(missing_ok=True)


def find(home: Path) -> Running | None:
    """Return the stack that runs in a home; a note left by a killed one does not count."""
    running = _noted(home)
    return running if running is not None and _birth(running.pid) == running.created else None


def await_first(home: Path, *, seconds: float) -> Running | None:
    """Wait for the stack that holds the home's lock to be ready; None when it is not in time, or gave up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        running = find(home)
        if running is not None:
            return running
        with lock(home) as free:
            if free:
                return None
        time.sleep(0.1)
    return None


def clear(home: Path) -> None:
    """End what a killed stack left running, by number and birth; the caller holds the lock."""
    running = _noted(home)
    if running is None:
        return
    for number, patience in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 5.0)):
        left = [pid for name, pid in running.processes.items() if _is_left(running, name, pid)]
        if not left:
            break
        _, alive = psutil.wait_procs([psutil.Process(pid) for pid in left if psutil.pid_exists(pid)], timeout=patience)
        for process in alive:
            with contextlib.suppress(psutil.Error):
                process.send_signal(number)
    forget(home)


def _is_left(running: Running, name: str, pid: int) -> bool:
    # Servers are left to the clearing of their data directory, which lets them write what they hold.
    return not name.startswith("postgres-") and pid > 0 and _birth(pid) == running.births.get(name)


def _noted(home: Path) -> Running | None:
    content = read_json(home / "run.json")
    known = {item.name for item in fields(Running)}
    return None if content is None or known - content.keys() else Running(**{name: content[name] for name in known})


def _birth(pid: int) -> float | None:
    """Return when a living process began; None for a dead one."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None


def pid_of_me() -> int:
    """Return this process's number."""
    return os.getpid()


def birth_of_me() -> float:
    """Return when this process began."""
    return psutil.Process().create_time()  # type: ignore[no-any-return] # psutil has no annotations

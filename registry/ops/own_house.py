"""A registry of a demo's or a measurement's own: other home, databases and processes; stopped when it is over."""

from __future__ import annotations

import fcntl
import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import TYPE_CHECKING, Any

from registry.config import default_run_dir, inherited
from registry.errors import OperationError
from registry.ops.embedded import leftovers
from registry.ops.embedded.quarters import vacate
from registry.ops.files import read_json, remove_tree, write_private
from registry.ops.supervision import children, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Lies in every home made here, is locked while it is in use, and tells such a home from other directories.
MARK = ".made-by-registry"
_COMMAND = (sys.executable, "-P", "-m", "registry.cli.main")
_INHERITED = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "PG_BINDIR", "WEB_WORKERS", "WEB_THREADS")
_START_SECONDS = 180.0
_STOP_STEPS = ((Signals.SIGTERM, 60.0),)
_COMMAND_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Stack:
    """Where the registry runs: what `registry up --dev --json` said."""

    home: Path
    api: str
    database: str = field(repr=False)  # as the owner
    shred: str = field(repr=False)
    processes: Mapping[str, int]
    agencies: tuple[Mapping[str, str], ...] = field(repr=False)

    @property
    def run_dir(self) -> Path:
        """Where its sockets lie."""
        return default_run_dir(self.home)

    def command(self, *arguments: str, seconds: float = _COMMAND_SECONDS) -> subprocess.CompletedProcess[str]:
        """Run one command of the command line beside it, for so many seconds at the most."""
        return subprocess.run(
            [*_COMMAND, *arguments],
            env=_environment(self.home),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )


@contextmanager
def own_house(home: Path) -> Iterator[Stack]:
    """Wipe a home of earlier runs and start a registry in it for the block.

    Raises:
        OperationError: the directory is somebody else's, another run uses it, or nothing started.
    """
    with _alone(home):
        _wipe(home)
        log = home / "up.log"
        write_private(log, b"")  # passwords and tokens will stand in it
        child = children.spawn(
            children.Birth(
                command=[*_COMMAND, "up", "--dev", "--json"],
                env={**_environment(home), "WEB_PORT": str(_free_port())},
                log=log,
            )
        )
        try:
            yield _stack(home, _line(child, log))
        finally:
            children.stop(child, _STOP_STEPS)


def _environment(home: Path) -> dict[str, str]:
    """Return nothing of any other registry: no address, no key, no environment but this home."""
    return {**inherited(_INHERITED), "REGISTRY_HOME": str(home)}


def _line(child: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    """Return the line that the registry prints when it is ready."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        ended = child.poll() is not None
        for text in log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
            if text.startswith("{") and text.endswith("\n"):
                line: dict[str, Any] = json.loads(text)
                return line
        if ended:
            break
        time.sleep(0.1)
    raise OperationError(f"the registry of this run did not start:\n{children.last_lines(log)}")


def _stack(home: Path, line: Mapping[str, Any]) -> Stack:
    return Stack(
        home=home,
        api=line["api"],
        database=line["database"],
        shred=line["shred"],
        processes=line["processes"],
        agencies=tuple(line["agencies"]),
    )


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    mark = home / MARK
    if home.exists() and not mark.exists() and any(home.iterdir()):
        raise OperationError(f"{home} holds something that was not made here: move it away, or set REGISTRY_HOME")
    home.mkdir(parents=True, exist_ok=True)
    with mark.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OperationError(f"another run uses {home}: wait for its end") from None
        yield


def _wipe(home: Path) -> None:
    """Empty the home; what a killed run left running there is ended first. The mark stays."""
    _await_end(home)
    place = read_json(home / "postgres" / "place.json")
    base = Path(place["base"]) if place else home / "postgres"
    for name in ("main", "shred"):
        leftovers.clear(base / name, base, 0)
    vacate(home)
    for child in home.iterdir():
        if child.is_dir() and not child.is_symlink():
            remove_tree(child)
        elif child.name != MARK:
            child.unlink()


def _await_end(home: Path) -> None:
    """Wait for the registry of a killed run, which ends by itself, and end what it did not."""
    end = time.monotonic() + 60.0
    while time.monotonic() < end:
        with running.lock(home) as free:
            if free:
                running.clear(home)
                return
        time.sleep(0.1)
    raise OperationError(f"a registry still runs in {home}: stop it first")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port

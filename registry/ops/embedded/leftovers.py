"""What a killed server or supervisor leaves behind, and how the next start gets past it."""

import contextlib
import os
import signal
import time
from pathlib import Path

import psutil

from registry.errors import OperationError

#: What is still running gets these signals, one after the other, with seconds to wait before each.
_STEPS = ((signal.SIGINT, 3.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))


def clear(data_dir: Path, sockets: Path, port: int) -> None:
    """Wait for or end what still works in a data directory, then remove stale locks.

    The caller holds the home's lock, so no other supervisor can own what is found. A process counts as this data
    directory's only when it is a server process working inside it; a number in postmaster.pid alone proves nothing.

    Raises:
        OperationError: somebody else's server works there.
    """
    for number, patience in _STEPS:
        if _empty_after(data_dir, patience):
            break
        for process in _occupants(data_dir):
            _signal(process, number, data_dir)
    if not _empty_after(data_dir, 5.0):
        raise OperationError(f"a server still works in {data_dir} and does not end")
    _remove_stale_lock(data_dir)
    for name in (f".s.PGSQL.{port}", f".s.PGSQL.{port}.lock"):
        (sockets / name).unlink(missing_ok=True)


def _occupants(data_dir: Path) -> list[psutil.Process]:
    """Return the server processes whose working directory is the data directory, children of a dead server included."""
    place = str(data_dir.resolve())
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.name().startswith("postgres") and process.cwd() == place:
                found.append(process)
    return found


def _empty_after(data_dir: Path, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while _occupants(data_dir):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _signal(process: psutil.Process, number: signal.Signals, data_dir: Path) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied as error:
        raise OperationError(f"somebody else's server works in {data_dir}") from error


def _remove_stale_lock(data_dir: Path) -> None:
    """Remove a lock whose process number was given to a stranger meanwhile; PostgreSQL removes all other stale ones."""
    lock = data_dir / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(lock.read_text().splitlines()[0])
        if psutil.pid_exists(pid) and pid != os.getpid():
            lock.unlink()

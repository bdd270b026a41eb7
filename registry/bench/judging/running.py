"""`registry link` as a process of its own, timed, with the most memory it and its children held at once."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    from pathlib import Path

_LOOK_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run took."""

    seconds: float
    peak_bytes: int  #: resident; what several processes share counts for each


def linked(first: Path, second: Path, *, out: Path) -> Ran:
    """Run `registry link` over two lists.

    Raises:
        RuntimeError: it failed; the message is what it said.
    """
    command = [sys.executable, "-P", "-m", "registry.cli.main", "link", str(first), str(second), "--out", str(out)]
    start, peak = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, _resident(process.pid))
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_SECONDS)
        told = process.stderr.read() if process.stderr else ""
    if process.returncode:
        raise RuntimeError(f"registry link failed: {told.strip()}")
    return Ran(time.perf_counter() - start, peak)


def _resident(pid: int) -> int:
    total = 0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += int(one.memory_info().rss)
    return total

"""What processes used: CPU time of each with all its children, and the memory of one with its children."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds by name of the process, its children included whether they live or ended."""

    seconds: Mapping[str, float]

    @classmethod
    def of(cls, pids: Mapping[str, int]) -> Usage:
        """Read what these processes used so far."""
        return cls({name: _cpu_seconds(pid) for name, pid in pids.items()})

    def since(self, before: Usage) -> dict[str, float]:
        """Return the seconds between an earlier reading and this one."""
        return {name: used - before.seconds[name] for name, used in self.seconds.items()}


def held_bytes(pid: int) -> int:
    """Return how much memory a process and its children hold at this moment; pages they share count for each."""
    process = psutil.Process(pid)
    held: int = process.memory_info().rss
    for child in process.children():
        with suppress(psutil.NoSuchProcess):  # it ended in between
            held += child.memory_info().rss
    return held


def _cpu_seconds(pid: int) -> float:
    process = psutil.Process(pid)
    times = process.cpu_times()
    used: float = times.user + times.system + times.children_user + times.children_system
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            of_child = child.cpu_times()
            used += of_child.user + of_child.system
    return used

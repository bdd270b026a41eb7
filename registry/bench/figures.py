"""A figure: what was measured beside its baseline, as medians of alternating runs, and what processes worked for it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement; `ratio` is ours by baseline. `notes` are further readings of the same run."""

    name: str
    ours: float
    baseline: float
    unit: str
    runs: int
    notes: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Return ours as a share of the baseline."""
        return self.ours / self.baseline

    def document(self) -> dict[str, object]:
        """Return the figure as `registry bench --json` prints it."""
        return {
            "name": self.name,
            "ours": round(self.ours, 3),
            "baseline": round(self.baseline, 3),
            "ratio": round(self.ratio, 3),
            "unit": self.unit,
            "runs": self.runs,
            **({"notes": {key: round(value, 3) for key, value in self.notes.items()}} if self.notes else {}),
        }


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


def alternate(ours: Callable[[], float], baseline: Callable[[], float], *, runs: int) -> tuple[float, float]:
    """Measure both in turns, so that a noisy neighbour disturbs both, and return their medians."""
    pairs = [(ours(), baseline()) for _ in range(runs)]
    return median(one for one, _ in pairs), median(other for _, other in pairs)


def _cpu_seconds(pid: int) -> float:
    process = psutil.Process(pid)
    times = process.cpu_times()
    used: float = times.user + times.system + times.children_user + times.children_system
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            of_child = child.cpu_times()
            used += of_child.user + of_child.system
    return used

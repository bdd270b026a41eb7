"""A figure: what was measured beside its baseline, as medians of alternating runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


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


def alternate(ours: Callable[[], float], baseline: Callable[[], float], *, runs: int) -> tuple[float, float]:
    """Measure both in turns, so that a noisy neighbour disturbs both, and return their medians."""
    pairs = [(ours(), baseline()) for _ in range(runs)]
    return median(one for one, _ in pairs), median(other for _, other in pairs)

"""Candidates with their probabilities and the truth, and what follows from them: F1, recall, calibration."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from registry.linkage.comparison.model import MODEL
from registry.linkage.score import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Line = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """The candidates of some questions, each with its probability and the truth."""

    asked: NDArray[np.int32]
    probability: NDArray[np.float64]
    same: NDArray[np.bool_]
    true: int  #: pairs that are one human being, found or not
    counter: NDArray[np.bool_]  #: whether the counter would call it known

    @classmethod
    def read(cls, out: Path, left: Iterable[Line], right: Sequence[Line]) -> Judged:
        """Return what `registry link` wrote.

        Args:
            left: lines with `person_id`, the truth; `right` likewise.
        """
        people = {row["rec_id"]: row["person_id"] for row in left}
        asked = {row["rec_id"]: at for at, row in enumerate(right)}
        with out.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        found = [(asked[row["id_b"]], people[row["id_a"]]) for row in rows]
        return cls(
            np.array([at for at, _ in found], np.int32),
            np.array([float(row["probability"]) for row in rows]),
            np.array([person == right[at]["person_id"] for at, person in found], bool),
            pairs_of(people.values(), right),
            np.array([row["counter"] == KNOWN for row in rows], bool),
        )

    def best(self) -> NDArray[np.int64]:
        """Return the best candidate of each question."""
        order = np.lexsort((-self.probability, self.asked))
        return np.asarray(order[np.append(True, np.diff(self.asked[order]) > 0)])

    def known(self) -> NDArray[np.int64]:
        """Return those of the best candidates that are called known."""
        best = self.best()
        return best[self.probability[best] >= MODEL.known]

    def f1(self) -> float:
        """Return F1 of the best candidates that are called known."""
        known = self.known()
        return float(2 * self.same[known].sum() / (len(known) + self.true))

    def precision_and_recall(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> tuple[float, float]:
        """Return how many of the chosen are right, and how many of the true are chosen."""
        same = self.same[chosen]
        return float(same.mean()) if len(same) else 1.0, float(same.sum() / self.true)

    def recall_at(self, precision: float) -> float:
        """Return the most that can be found while so many of those found are right."""
        best = self.best()
        ranked = self.same[best[np.argsort(-self.probability[best], kind="stable")]]
        right = np.cumsum(ranked)
        good = right / np.arange(1, len(ranked) + 1) >= precision
        return float(right[good].max(initial=0) / self.true)

    def calibration_error(self) -> float:
        """Return how far probabilities are from what is true, on average over those that are written."""
        written = self.probability >= 0.01
        bins = np.minimum((self.probability * 10).astype(int), 9)
        told = [written & (bins == at) for at in range(10)]
        off = [abs(self.probability[one].mean() - self.same[one].mean()) * one.sum() for one in told if one.any()]
        return float(sum(off) / written.sum())

    def by_origin(self, left: Iterable[Line], right: Sequence[Line]) -> dict[str, float]:
        """Return the recall of the best known candidates for people of each origin."""
        people = {row["person_id"] for row in left}
        true = Counter(row["origin"] for row in right if row["person_id"] in people)
        known = self.known()
        right_ones = Counter(right[at]["origin"] for at in self.asked[known[self.same[known]]])
        return {origin: right_ones[origin] / count for origin, count in true.items()}


def pairs_of(people: Iterable[str], right: Iterable[Line]) -> int:
    """Return how many pairs are one human being.

    Args:
        people: who each line of the first list is.
    """
    known = Counter(people)
    return sum(known[row["person_id"]] for row in right)

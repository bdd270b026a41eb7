"""The probability of each candidate, beside its rivals and beside nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def starts(questions: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return where the candidates of each question begin."""
    if not len(questions):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.append(True, questions[1:] != questions[:-1]))


def posterior(scores: NDArray[np.float64], questions: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return for each candidate the probability that it is who was asked about, when at most one of them is.

    Args:
        scores: natural logarithm of the odds of each pair alone.
        questions: of which question each is a candidate; in order.
    """
    if not len(scores):
        return np.zeros(0)
    firsts = starts(questions)
    most = np.maximum(np.maximum.reduceat(scores, firsts), 0)
    counts = np.diff(np.append(firsts, len(scores)))
    odds = np.exp(scores - np.repeat(most, counts))
    return np.asarray(odds / np.repeat(np.add.reduceat(odds, firsts) + np.exp(-most), counts))

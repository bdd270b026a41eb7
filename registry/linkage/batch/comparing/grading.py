"""Grades of many pairs at once, by the rules of `registry.linkage.score`: what no probability alone may decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from registry.linkage.comparison.evidence import AT, BIRTH_CONTRADICTS, BIRTH_LEVELS, FITTED_NUMBERS
from registry.linkage.comparison.weights import KNOWN_BITS, LOOK_BITS, PERSONAL
from registry.linkage.score import KNOWN, LOOK, NEW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from registry.linkage.batch.comparing.pairs import Evidence

_AGAINST: Final = [AT[f"birth:{level}"] for level in BIRTH_LEVELS if level in BIRTH_CONTRADICTS]
_FOR: Final = [AT[f"birth:{level}"] for level in BIRTH_LEVELS if level not in BIRTH_CONTRADICTS]
_WORDS: Final = [AT[name] for name in AT if name.startswith("word:") and name != "word:moved"]
_SHARED: Final = [AT[f"{scheme}:agrees"] for scheme in FITTED_NUMBERS if scheme in PERSONAL]


def grades(evidence: Evidence, bits: NDArray[np.float64]) -> NDArray[np.str_]:
    """Return known, look or new for each pair, as the counter would say it of these odds.

    Args:
        bits: log2 of the odds that a pair is one human being.
    """
    features = evidence.features
    agreeing = features[:, _WORDS].sum(axis=1)
    against, speaking = (features[:, some].any(axis=1) for some in (_AGAINST, _FOR))
    shares_number = features[:, _SHARED].any(axis=1)
    unlike = against | (features[:, AT["against:given-name"]] > 0)
    few = (agreeing == 0) | ~speaking
    doubtful = np.where(shares_number, (agreeing == 0) & against, unlike | few | evidence.vague)
    look = shares_number | (((agreeing > 0) | speaking) & (bits >= LOOK_BITS))
    return np.where((bits >= KNOWN_BITS) & ~doubtful, KNOWN, np.where(look, LOOK, NEW))


def bits_of(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log2 of the odds, infinite where a probability is 0 or 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log2(probabilities / (1 - probabilities)))

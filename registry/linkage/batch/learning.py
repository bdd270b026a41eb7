"""What two lists themselves teach, without anybody telling the truth: expectation maximisation on a sample of theirs.

The shipped weights know how offices wrote down the people they were fitted on. Other lists share more people or fewer,
and are written with more care or less. Both show in the lists: each turn weighs all pairs by how probable they are,
counts how many are one human being and how often their names, dates, places and numbers then agree at which level, and
corrects weights by how much likelier a level is among them than it was before (Fellegi and Sunter's m; for the share,
Saerens, Latinne and Decaestecker 2002). A level that is met more often among strangers too proves less: by as much as
it is likelier among them than the weights suppose (u), less is added. Where lists say little, what was fitted stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, log2
from typing import TYPE_CHECKING, Final

import numpy as np

from registry.linkage.batch.comparing.posterior import posterior
from registry.linkage.comparison import weights
from registry.linkage.comparison.evidence import AT, FEATURES, LEVELS
from registry.linkage.comparison.model import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from registry.linkage.batch.lists.packing import Indexes

#: So many questions are enough to learn from.
SAMPLE: Final = 10_000
#: What was fitted counts as so many questions, and of each level as so many pairs.
_QUESTIONS, _PAIRS = 20, 200
#: No level is corrected by more bits.
_MOST: Final = 3.0
#: A pair that starts with fewer bits than this is never probable.
_HOPELESS: Final = -14.0
_TURNS: Final = 60
_STEADY: Final = 1e-3
_WEIGHTS: Final = np.array([MODEL.weights[name] for name in FEATURES])
_GROUPS: Final = tuple(np.array([AT[name] for name in names]) for names in LEVELS)
_USUAL: Final = tuple(np.array([MODEL.levels[name] for name in names]) for names in LEVELS)


@dataclass(frozen=True, slots=True)
class Learned:
    """Weights of one run, in bits."""

    share: float  #: of those asked about, so many are in the first list
    start: float  #: log2 of the odds before any evidence
    weights: NDArray[np.float64]  #: in the order of `evidence.FEATURES`

    @classmethod
    def shipped(cls, people: int) -> Learned:
        """Return what holds before anything is learned.

        Args:
            people: lines of the first list.
        """
        return cls(MODEL.share, MODEL.start_among(max(people, weights.FEWEST_PEOPLE)), _WEIGHTS)

    def probabilities(self, features: NDArray[np.float32], asked: Indexes) -> NDArray[np.float64]:
        """Return for each candidate the probability that it is who was asked about.

        Args:
            features: a row for each pair.
            asked: of which question each is a candidate; in order.
        """
        return posterior((features @ self.weights + self.start) * log(2), asked)


def learned(found: Iterable[tuple[NDArray[np.float32], Indexes]], *, people: int, questions: int) -> Learned:
    """Return the weights that make a sample of two lists most likely.

    Args:
        found: features of candidates, and of which question each is one; whole questions, in order.
        people: lines of the first list.
        questions: how many were asked, with candidates or without.
    """
    before = current = Learned.shipped(people)
    kept = [_hopeful(features, asked, before) for features, asked in found]
    features = np.concatenate([one for one, _ in kept]) if kept else np.zeros((0, len(FEATURES)), np.float32)
    asked = np.concatenate([one for _, one in kept]) if kept else np.zeros(0, np.int32)
    for _ in range(_TURNS):
        probability = current.probabilities(features, asked)
        share = float(probability.sum() + _QUESTIONS * before.share) / (questions + _QUESTIONS)
        start = before.start + _log_odds(share) - _log_odds(before.share)
        following = Learned(share, start, before.weights + _corrections(features, probability))
        steady = abs(following.start - current.start) + np.abs(following.weights - current.weights).max() < _STEADY
        current = following
        if steady:
            break
    return current


def _hopeful(features: NDArray[np.float32], asked: Indexes, before: Learned) -> tuple[NDArray[np.float32], Indexes]:
    kept = features @ before.weights + before.start > _HOPELESS
    return features[kept], asked[kept]


def _corrections(features: NDArray[np.float32], probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how many bits each level says more, or less, than where weights were fitted.

    It says more if pairs that are one are likelier to be at it, but not by what strangers are likelier to be at it too:
    in a list whose days are all the first of January every stranger's date agrees.
    """
    same, strangers = probability @ features, (1 - probability) @ features
    corrections = np.zeros(len(FEATURES))
    for group, usual in zip(_GROUPS, _USUAL, strict=True):
        risen = _rise(same[group], usual)
        common = np.maximum(_rise(strangers[group], _by_chance(usual, _WEIGHTS[group])), 0)
        corrections[group] = np.clip(np.where(risen > 0, np.maximum(risen - common, 0), risen), -_MOST, _MOST)
    return corrections


def _rise(counted: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how many bits levels are likelier than usual; the usual counts as so many pairs."""
    shares: NDArray[np.float64] = (counted + _PAIRS * usual) / (counted.sum() + _PAIRS)
    risen: NDArray[np.float64] = np.log2(shares / usual)
    return risen


def _by_chance(usual: NDArray[np.float64], bits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how often levels are met among strangers, as weights say it: m / 2^bits, with a sum of one."""
    chance: NDArray[np.float64] = usual * np.exp2(-bits)
    chance /= chance.sum()
    return chance


def _log_odds(share: float) -> float:
    return log2(share / (1 - share))

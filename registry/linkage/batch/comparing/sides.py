"""The names of pairs of people, word by word; where tokens are salted, those made with a salt that both have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from registry.linkage.batch.lists.packing import JOINED, NOTHING, WORDS
from registry.linkage.batch.lists.salting import DAY_AND_MONTH, OWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from registry.linkage.batch.lists.packing import Indexes, People


@dataclass(frozen=True, slots=True)
class Side:
    """The names of one side of pairs, a row for each pair; as People has them."""

    words: Indexes
    slots: NDArray[np.int8]
    joined: Indexes
    joined_at: NDArray[np.int8]
    joined_slots: NDArray[np.int8]

    @classmethod
    def of(cls, people: People, at: Indexes) -> Side:
        """Return the names of people."""
        return cls(*(getattr(people, name)[at] for name in cls.__slots__))

    def rows(self, rows: NDArray[np.int64]) -> Side:
        """Return some of the pairs."""
        return Side(*(getattr(self, name)[rows] for name in Side.__slots__))

    def salted(self, people: People, at: Indexes, salts: NDArray[np.int64]) -> Side:
        """Return the same names in tokens of other salts; no name where that is negative.

        Args:
            salts: for each pair which of the salts of the line.
        """
        words, joined = self.words.copy(), self.joined.copy()
        words[salts < 0], joined[salts < 0] = -1, -1
        others = np.flatnonzero(salts > OWN)
        if len(others):
            which, who = salts[others] - 1, at[others]
            words[others] = people.salted.reshape(len(people), -1, WORDS)[who, which]
            joined[others] = people.salted_joined.reshape(len(people), -1, JOINED)[who, which]
        return Side(words, self.slots, joined, self.joined_at, self.joined_slots)


def sides(left: People, right: People, pairs: tuple[Indexes, Indexes]) -> tuple[Side, Side]:
    """Return the names of both sides of pairs.

    Args:
        pairs: places of people in the left list and in the right one, who are asked about.
    """
    one, other = pairs
    mine, theirs = Side.of(left, one), Side.of(right, other)
    if not left.salts.shape[1]:
        return mine, theirs
    first, second = _common(left.salts[one], right.salts[other])
    return mine.salted(left, one, first), theirs.salted(right, other, second)


def _common(mine: NDArray[np.int64], theirs: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each pair the number of a salt that both have, on each side; -1 where there is none."""
    first, second = np.full(len(mine), -1), np.full(len(mine), -1)
    same = (mine[:, DAY_AND_MONTH] == theirs[:, DAY_AND_MONTH]) & (mine[:, DAY_AND_MONTH] != NOTHING)
    first[same], second[same] = DAY_AND_MONTH, DAY_AND_MONTH
    for salt in reversed(range(OWN, DAY_AND_MONTH)):
        same = mine[:, OWN] == theirs[:, salt]
        first[same], second[same] = OWN, salt
    return first, second

"""Words against words, each pair of distinct ones once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from registry.linkage.batch.comparing.counting import EXACT_TOKEN, FIRST_SKELETON_TOKEN, SOUND_TOKEN
from registry.linkage.batch.lists.packing import BLURRED, SKELETONS, USUAL
from registry.linkage.comparison.evidence import WORD_LEVELS
from registry.linkage.comparison.weights import CLOSE_SHARE, SPELLING_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from registry.linkage.batch.comparing.counting import Counted
    from registry.linkage.batch.lists.packing import Tokens

EXACT_LEVEL, SOUND_LEVEL, SPELLING_LEVEL, CLOSE_LEVEL, JOINED_LEVEL = range(len(WORD_LEVELS))
#: A level for words that have nothing in common.
APART: Final = -1


@dataclass(frozen=True, slots=True)
class Related:
    """For each pair of words: how closely they agree, and the share of people who have what they share."""

    levels: NDArray[np.int8]
    shares: NDArray[np.float64]
    common: NDArray[np.bool_]  #: whether what they share is common
    usual: NDArray[np.bool_]  #: whether both are among the names that very many people bear


@dataclass(frozen=True, slots=True)
class Words:
    """The distinct words of one table, and how often their tokens occur."""

    counted: Counted
    usual: NDArray[np.bool_]
    marks: NDArray[np.uint64]  #: a bit for each token that may be shared: where no bit is common, nothing is

    @classmethod
    def of(cls, table: Tokens, counted: Counted) -> Words:
        """Prepare a table of words."""
        loose = counted.tokens.at[:, FIRST_SKELETON_TOKEN:]
        bits = np.where(loose >= 0, np.uint64(1) << (loose & 63).astype(np.uint64), np.uint64(0))
        return cls(counted, table[:, USUAL].astype(bool), np.bitwise_or.reduce(bits, axis=1))

    def related(
        self,
        left: NDArray[np.int64],
        right: NDArray[np.int64],
        nationality: NDArray[np.int64],
        *,
        guesses: tuple[float, float],
    ) -> Related:
        """Compare words, pair by pair.

        Args:
            left: places in the table; `right` likewise.
            nationality: that both people share, -1 for none.
            guesses: shares of a name among people in general: a usual one, another one.
        """
        tokens = self.counted.tokens.at
        guess = np.where(self.usual[left] | self.usual[right], *guesses)
        levels = np.full(len(left), APART, np.int8)
        shares, common = np.ones(len(left)), np.zeros(len(left), bool)
        for level, column in ((SOUND_LEVEL, SOUND_TOKEN), (EXACT_LEVEL, EXACT_TOKEN)):
            same = tokens[left, column] == tokens[right, column]
            levels[same] = level
            shares[same] = self.counted.share_within(tokens[left[same], column], nationality[same], guess[same])
            common[same] = self.counted.is_common(tokens[left[same], column], nationality[same])
        for level, start, width, factor in (
            (SPELLING_LEVEL, FIRST_SKELETON_TOKEN, SKELETONS, SPELLING_SHARE),
            (CLOSE_LEVEL, FIRST_SKELETON_TOKEN + SKELETONS, BLURRED, CLOSE_SHARE),
        ):
            rest = np.flatnonzero((levels == APART) & ((self.marks[left] & self.marks[right]) != 0))
            found, often = self._shared(
                (left[rest], right[rest]), nationality[rest], guess[rest], columns=slice(start, start + width)
            )
            levels[rest[found > 0]] = level
            shares[rest[found > 0]] = factor * found[found > 0]
            common[rest] |= often
        return Related(levels, shares, common, self.usual[left] & self.usual[right])

    def _shared(
        self,
        pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
        nationality: NDArray[np.int64],
        guess: NDArray[np.float64],
        *,
        columns: slice,
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the share of the most frequent token in these columns that two words share, 0 for none.

        Beside it whether any that they share is common.
        """
        mine, others = (self.counted.tokens.at[side, columns] for side in pairs)
        most, common = np.zeros(len(mine)), np.zeros(len(mine), bool)
        for at in range(mine.shape[1]):
            token = mine[:, at]
            rows = np.flatnonzero((token >= 0) & (others == token[:, None]).any(axis=1))
            share = self.counted.share_within(token[rows], nationality[rows], 2 * guess[rows])
            most[rows] = np.maximum(most[rows], share)
            common[rows] |= self.counted.is_common(token[rows], nationality[rows])
        return most, common

"""Names against names for many pairs at once: every word meets its best counterpart, as in `comparison.names`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from registry.folding.identity import FAMILY, GIVEN
from registry.linkage.batch.comparing.sides import sides
from registry.linkage.batch.comparing.words import APART, JOINED_LEVEL, SPELLING_LEVEL, Related, Words
from registry.linkage.batch.lists.packing import JOINED, NOTHING, WORDS
from registry.linkage.comparison import weights
from registry.linkage.comparison.evidence import AT, MOST_AGREEING, MOST_CONTRADICTING, MOST_MORE, WORD_LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from registry.linkage.batch.comparing.sides import Side
    from registry.linkage.batch.lists.packing import Indexes, People, Tokens

_AGREES: Final = np.array([weights.NAME_AGREES[level] for level in WORD_LEVELS])
_RARE: Final = tuple(AT[f"rare:{name}"] for name in ("first", "second", "further"))


@dataclass(frozen=True, slots=True)
class Agreeing:
    """For each pair of people: how many words agree, and how many are left over on both sides."""

    agreeing: NDArray[np.int64]
    contradicting: NDArray[np.int64]
    common: NDArray[np.bool_]  #: each of those that agree is counted often
    usual: NDArray[np.bool_]  #: each of them is among the names that very many people bear


@dataclass(frozen=True, slots=True)
class _Cells:
    """Every way in which a word of one side may meet one of the other: a row for each pair of people."""

    bits: NDArray[np.float64]
    levels: NDArray[np.int8]
    rarity: NDArray[np.float64]
    left: NDArray[np.int32]  #: bit mask of the words taken on each side
    right: NDArray[np.int32]
    common: NDArray[np.bool_]
    usual: NDArray[np.bool_]
    moved: NDArray[np.bool_]
    left_slots: NDArray[np.int32]  #: bit mask of the fields that met
    right_slots: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class NameComparison:
    """Compares names of the people of two lists."""

    left: People
    right: People
    words: Words
    joined: Tokens
    word_skeletons: Tokens

    def compare(
        self, pairs: tuple[Indexes, Indexes], nationality: NDArray[np.int64], features: NDArray[np.float32]
    ) -> Agreeing:
        """Fill in what the names of pairs say.

        Args:
            pairs: places of people in the left and right list.
            nationality: that both share, -1 for none.
            features: a row for each pair, in the order of `evidence.FEATURES`.
        """
        mine_all, theirs_all = sides(self.left, self.right, pairs)
        people = len(pairs[0])
        every = Agreeing(
            np.zeros(people, np.int64), np.zeros(people, np.int64), np.ones(people, bool), np.ones(people, bool)
        )
        shapes = _counts(mine_all.words) * (WORDS + 1) + _counts(theirs_all.words)
        for shape in np.unique(shapes):
            rows = np.flatnonzero(shapes == shape)
            mine, theirs = divmod(int(shape), WORDS + 1)
            if mine and theirs:
                left, right = mine_all.rows(rows), theirs_all.rows(rows)
                cells = self._cells(left, right, nationality[rows], shape=(mine, theirs))
                slots = left.slots[:, :mine], right.slots[:, :theirs]
                found = _taken(cells, slots, features=features, rows=rows)
                for column in Agreeing.__slots__:
                    getattr(every, column)[rows] = getattr(found, column)
        return every

    def _cells(self, one: Side, other: Side, nationality: NDArray[np.int64], *, shape: tuple[int, int]) -> _Cells:
        mine, theirs = shape
        chances = max(1.0, 0.7 * max(shape))
        left, right = one.words[:, :mine], other.words[:, :theirs]
        found = self._related(left, right, nationality)
        left_slots, right_slots = one.slots[:, :mine], other.slots[:, :theirs]
        size = (len(left), mine * theirs)
        blocks = [
            _Cells(
                bits=np.zeros(size),
                levels=found.levels,
                rarity=-np.log2(np.maximum(found.shares, weights.RAREST_NAME)),
                common=found.common,
                usual=found.usual,
                left=np.broadcast_to(np.repeat(1 << np.arange(mine), theirs), size),
                right=np.broadcast_to(np.tile(1 << np.arange(theirs), mine), size),
                moved=(left_slots[:, :, None] != right_slots[:, None, :]).reshape(size),
                left_slots=np.repeat(1 << left_slots.astype(np.int32), theirs, axis=1),
                right_slots=np.tile(1 << right_slots.astype(np.int32), mine),
            )
        ]
        blocks += self._joined((left, left_slots), other, is_left=True)
        blocks += self._joined((right, right_slots), one, is_left=False)
        cells = _beside(blocks)
        usual = np.where(cells.levels == JOINED_LEVEL, weights.JOINED_BY_CHANCE, np.exp2(-cells.rarity) * chances)
        agree = _AGREES[np.maximum(cells.levels, 0)]
        field = np.where(cells.moved, weights.OTHER_FIELD, weights.SAME_FIELD)
        bits = np.log2(agree / np.maximum(usual, weights.RAREST_NAME)) + field
        np.copyto(cells.bits, np.where(cells.levels == APART, -np.inf, bits))
        return cells

    def _related(self, left: Indexes, right: Indexes, nationality: NDArray[np.int64]) -> Related:
        """Return how every word of the left side agrees with every one of the right."""
        size = (len(left), left.shape[1] * right.shape[1])
        countries, words = int(nationality.max(initial=-1)) + 2, len(self.words.usual)
        both = left.astype(np.int64)[:, :, None] * words + right[:, None, :]
        keys = both.reshape(size) * countries + nationality[:, None] + 1
        distinct, back = np.unique(keys, return_inverse=True)
        pair, country = distinct // countries, distinct % countries - 1
        guesses = weights.USUAL_NAME, weights.OTHER_NAME
        related = self.words.related(pair // words, pair % words, country, guesses=guesses)
        back = back.reshape(size)
        return Related(*(getattr(related, name)[back] for name in Related.__slots__))

    def _joined(self, side: tuple[Indexes, NDArray[np.int8]], people: Side, *, is_left: bool) -> list[_Cells]:
        """Return cells for single words of one side and each two neighbours of the other."""
        words, slots = side
        blocks = []
        for column in range(JOINED):
            joined = people.joined[:, column]
            if not (joined >= 0).any():
                break
            levels = self._share_a_skeleton(words, joined)
            size = levels.shape
            both = np.where(joined >= 0, 3 << np.maximum(people.joined_at[:, column], 0).astype(np.int32), 0)
            two = np.broadcast_to(both[:, None].astype(np.int32), size)
            single = np.broadcast_to((1 << np.arange(size[1], dtype=np.int32)), size)
            there = np.broadcast_to(people.joined_slots[:, column][:, None], size)
            mine, theirs = 1 << slots.astype(np.int32), 1 << np.maximum(there, 0).astype(np.int32)
            blocks.append(
                _Cells(
                    bits=np.zeros(size),
                    levels=levels,
                    rarity=np.zeros(size),
                    common=np.zeros(size, bool),
                    usual=np.zeros(size, bool),
                    left=single if is_left else two,
                    right=two if is_left else single,
                    moved=slots != there,
                    left_slots=mine if is_left else theirs,
                    right_slots=theirs if is_left else mine,
                )
            )
        return blocks

    def _share_a_skeleton(self, words: Indexes, joined: Indexes) -> NDArray[np.int8]:
        keys = words.astype(np.int64) * (len(self.joined) + 1) + joined[:, None] + 1
        distinct, back = np.unique(keys, return_inverse=True)
        word, two = distinct // (len(self.joined) + 1), distinct % (len(self.joined) + 1) - 1
        levels = np.full(len(distinct), APART, np.int8)
        said = np.flatnonzero(two >= 0)
        mine, theirs = self.word_skeletons[word[said]], self.joined[two[said]]
        meet = np.zeros(len(said), bool)
        for at in range(mine.shape[1]):
            meet |= (mine[:, at] != NOTHING) & (theirs == mine[:, at, None]).any(axis=1)
        levels[said[meet]] = JOINED_LEVEL
        return np.asarray(levels[back.reshape(words.shape)])


def _counts(words: Indexes) -> NDArray[np.int64]:
    return np.asarray((words >= 0).sum(axis=1))


def _beside(blocks: list[_Cells]) -> _Cells:
    return _Cells(*(np.concatenate([getattr(block, name) for block in blocks], axis=1) for name in _Cells.__slots__))


def _taken(
    cells: _Cells,
    slots: tuple[NDArray[np.int8], NDArray[np.int8]],
    *,
    features: NDArray[np.float32],
    rows: NDArray[np.int64],
) -> Agreeing:
    """Take the best meeting of words again and again, and count what was taken and what is left over."""
    left, right = slots
    every = np.arange(len(rows))
    agreeing, common, usual = np.zeros(len(rows), np.int64), np.ones(len(rows), bool), np.ones(len(rows), bool)
    used_left, used_right, met = (np.zeros(len(rows), np.int32) for _ in range(3))
    bits = np.where(cells.bits > -1, cells.bits, -np.inf)
    for turn in range(min(left.shape[1], right.shape[1])):
        best = bits.argmax(axis=1)
        is_taken = bits[every, best] > -np.inf
        if not is_taken.any():
            break
        at, cell = np.flatnonzero(is_taken), best[is_taken]
        level, rarity = cells.levels[at, cell], cells.rarity[at, cell]
        features[rows[at], level] += 1
        features[rows[at], _RARE[min(turn, 2)]] += rarity
        features[rows[at], AT["rare:loose"]] += np.where(level >= SPELLING_LEVEL, rarity, 0)
        features[rows[at], AT["word:moved"]] += cells.moved[at, cell]
        agreeing[at] += 1
        common[at] &= cells.common[at, cell]
        usual[at] &= cells.usual[at, cell]
        used_left[at] |= cells.left[at, cell]
        used_right[at] |= cells.right[at, cell]
        met[at] |= cells.left_slots[at, cell] | cells.right_slots[at, cell]
        taken = ((cells.left & used_left[:, None]) != 0) | ((cells.right & used_right[:, None]) != 0)
        bits[taken] = -np.inf
    used = used_left, used_right
    contradicting = _left_over(slots, used, met, features=features, rows=rows, agreeing=agreeing)
    return Agreeing(agreeing, contradicting, common, usual)


def _left_over(
    slots: tuple[NDArray[np.int8], NDArray[np.int8]],
    used: tuple[NDArray[np.int32], NDArray[np.int32]],
    met: NDArray[np.int32],
    *,
    features: NDArray[np.float32],
    rows: NDArray[np.int64],
    agreeing: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Count words that are left over on both sides; return them."""
    free = [(taken[:, None] & (1 << np.arange(side.shape[1]))) == 0 for side, taken in zip(slots, used, strict=True)]
    over = [side.sum(axis=1) for side in free]
    contradicting, more = np.minimum(*over), np.abs(over[0] - over[1])
    first = AT["names:0:0"]
    agree, against = np.minimum(agreeing, MOST_AGREEING), np.minimum(contradicting, MOST_CONTRADICTING)
    features[rows, first + agree * (MOST_CONTRADICTING + 1) + against] = 1
    for count in range(1, MOST_MORE + 1):
        features[rows, AT[f"more:{count}"]] = np.minimum(more, MOST_MORE) == count
    for slot, name in ((FAMILY, "family-name"), (GIVEN, "given-name")):
        both = [((side == slot) & rest).any(axis=1) for side, rest in zip(slots, free, strict=True)]
        features[rows, AT[f"against:{name}"]] = both[0] & both[1] & ((met & (1 << slot)) == 0)
    return np.asarray(contradicting)

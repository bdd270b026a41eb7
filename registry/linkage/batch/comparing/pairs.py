"""People of two lists against each other: a row of features for each pair, and their sum by the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from registry.linkage.batch.comparing.names import NameComparison
from registry.linkage.batch.comparing.words import APART, Words
from registry.linkage.batch.lists import packing as at
from registry.linkage.comparison import weights
from registry.linkage.comparison.evidence import (
    AT,
    BIRTH_KINDS,
    BIRTH_LEVELS,
    BIRTH_VAGUE,
    BIRTH_YEAR_COUNTS,
    FEATURES,
    NAME_KINDS,
    birth_kind,
    name_kind,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from registry.linkage.batch.comparing.counting import Counts
    from registry.linkage.batch.comparing.names import Agreeing
    from registry.linkage.batch.lists.packing import Indexes, People, Tables, Tokens

_LEVEL: Final = {level: number for number, level in enumerate(BIRTH_LEVELS)}
_MISSING: Final = len(BIRTH_LEVELS)
_KIND_OF_BIRTH: Final = np.array([BIRTH_KINDS.index(birth_kind(level)) for level in (*BIRTH_LEVELS, None)])
_KIND_OF_NAME: Final = np.array(
    [[NAME_KINDS.index(name_kind(agree, against)) for against in (0, 1)] for agree in range(4)]
)
_YEAR_COUNTS: Final = np.array([level in BIRTH_YEAR_COUNTS for level in (*BIRTH_LEVELS, None)])


_IS_VAGUE: Final = np.array([level in BIRTH_VAGUE for level in (*BIRTH_LEVELS, None)])


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against pairs: a row for each."""

    features: NDArray[np.float32]  #: in the order of `evidence.FEATURES`
    vague: NDArray[np.bool_]  #: names that many bear, and of the date only a year


@dataclass(frozen=True, slots=True)
class Comparing:
    """Two lists, ready to be compared pair by pair."""

    left: People
    right: People
    names: NameComparison
    places: Words
    births: Tokens
    counts: Counts

    @classmethod
    def of(cls, left: People, right: People, *, tables: Tables, counts: Counts) -> Comparing:
        """Prepare what all pairs need."""
        words = tables.words
        skeletons = words[:, at.FIRST_SKELETON : at.FIRST_BLURRED]
        names = NameComparison(left, right, Words.of(words, counts.names), tables.joined, skeletons)
        places = Words.of(tables.places, counts.places)
        return cls(left, right, names, places, tables.births, counts)

    def features(self, pairs: tuple[Indexes, Indexes]) -> NDArray[np.float32]:
        """Return a row of features for each pair, as `evidence` does."""
        return self.evidence(pairs).features

    def evidence(self, pairs: tuple[Indexes, Indexes]) -> Evidence:
        """Return what speaks for and against each pair.

        Args:
            pairs: places of people in the left list and in the right one.
        """
        one, other = pairs
        made = np.zeros((len(one), len(FEATURES)), np.float32)
        mine, theirs = self.counts.nationalities[0][one], self.counts.nationalities[1][other]
        shared = np.where(mine == theirs, mine, -1).astype(np.int64)
        agreeing = self.names.compare(pairs, shared, made)
        births = self._births(one, other, made)
        _together(births, agreeing, made)
        self._countries(mine, theirs, made)
        _sexes(self.left.sexes[one], self.right.sexes[other], made)
        self._places(one, other, made)
        self._numbers(one, other, made)
        by_chance = agreeing.common | (agreeing.usual & (births == _LEVEL["placeholder"]))
        return Evidence(made, by_chance & _IS_VAGUE[births])

    def _births(self, one: Indexes, other: Indexes, made: NDArray[np.float32]) -> NDArray[np.int64]:
        """Fill in how the birth dates agree; return the levels."""
        mine, theirs = self.left.births[one], self.right.births[other]
        said = np.flatnonzero((mine >= 0) & (theirs >= 0))
        levels = np.full(len(one), _MISSING, np.int64)
        width = len(self.births)
        distinct, back = np.unique(mine[said].astype(np.int64) * width + theirs[said], return_inverse=True)
        if len(distinct):
            levels[said] = _birth_levels(self.births[distinct // width], self.births[distinct % width])[back]
        made[said, AT["birth:exact"] + levels[said]] = 1
        counting = np.flatnonzero(_YEAR_COUNTS[levels])
        share = self.counts.years[mine[counting]]
        made[counting, AT["birth:rare"]] = -np.log2(share) - weights.YEAR_USUAL_BITS
        return levels

    def _countries(self, mine: Indexes, theirs: Indexes, made: NDArray[np.float32]) -> None:
        said = (mine >= 0) & (theirs >= 0)
        same = said & (mine == theirs)
        made[same, AT["nationality:agrees"]] = 1
        made[same, AT["nationality:rare"]] = -np.log2(self.counts.countries[mine[same]])
        made[said & (mine != theirs), AT["nationality:contradicts"]] = 1

    def _places(self, one: Indexes, other: Indexes, made: NDArray[np.float32]) -> None:
        """Fill in how the places agree: by the two words that share what is rarest."""
        mine, theirs = self.left.places[one], self.right.places[other]
        said = np.flatnonzero((mine[:, 0] >= 0) & (theirs[:, 0] >= 0))
        mine, theirs = mine[said], theirs[said]
        best, level = np.full(len(said), np.inf), np.full(len(said), APART, np.int64)
        width = len(self.places.usual)
        for here in range(int((mine >= 0).sum(axis=1).max(initial=0))):
            for there in range(int((theirs >= 0).sum(axis=1).max(initial=0))):
                rows = np.flatnonzero((mine[:, here] >= 0) & (theirs[:, there] >= 0))
                keys = mine[rows, here].astype(np.int64) * width + theirs[rows, there]
                distinct, back = np.unique(keys, return_inverse=True)
                nowhere, guess = np.full(len(distinct), -1), (weights.PLACE_GUESS, weights.PLACE_GUESS)
                related = self.places.related(distinct // width, distinct % width, nowhere, guesses=guess)
                found, share = related.levels[back], related.shares[back]
                better = (found != APART) & (share < best[rows])
                best[rows[better]], level[rows[better]] = share[better], found[better]
        agree = level != APART
        made[said[agree], AT["place:exact"] + level[agree]] = 1
        made[said[agree], AT["place:rare"]] = np.minimum(-np.log2(best[agree]), weights.PLACE_MOST)
        made[said[~agree], AT["place:contradicts"]] = 1

    def _numbers(self, one: Indexes, other: Indexes, made: NDArray[np.float32]) -> None:
        mine, theirs = self.left.numbers[one], self.right.numbers[other]
        for column, scheme in enumerate(at.SCHEMES):
            said = (mine[:, column] != at.NOTHING) & (theirs[:, column] != at.NOTHING)
            same = said & (mine[:, column] == theirs[:, column])
            rest = np.flatnonzero(said & ~same)
            close = np.zeros(len(one), bool)
            if scheme == "azr":
                left, right = self.left.digits[one[rest]], self.right.digits[other[rest]]
                close[rest] = _meet(left, right)
            made[same, AT[f"{scheme}:agrees"]] = 1
            made[close, AT[f"{scheme}:close"]] = 1
            made[said & ~same & ~close, AT[f"{scheme}:contradicts"]] = 1


def _together(births: NDArray[np.int64], names: Agreeing, made: NDArray[np.float32]) -> None:
    """Fill in of which kinds birth dates and names are together."""
    kinds = _KIND_OF_NAME[np.minimum(names.agreeing, 3), np.minimum(names.contradicting, 1)]
    first = AT[f"together:{BIRTH_KINDS[0]}:{NAME_KINDS[0]}"]
    made[np.arange(len(births)), first + _KIND_OF_BIRTH[births] * len(NAME_KINDS) + kinds] = 1


def _sexes(mine: Tokens, theirs: Tokens, made: NDArray[np.float32]) -> None:
    said = (mine != at.NOTHING) & (theirs != at.NOTHING)
    made[said & (mine == theirs), AT["sex:agrees"]] = 1
    made[said & (mine != theirs), AT["sex:contradicts"]] = 1


def _meet(left: Tokens, right: Tokens) -> NDArray[np.bool_]:
    """Say for each row whether the two share a token."""
    found = np.zeros(len(left), bool)
    for column in range(left.shape[1]):
        found |= (left[:, column] != at.NOTHING) & (right == left[:, column, None]).any(axis=1)
    return found


def _birth_levels(one: Tokens, other: Tokens) -> NDArray[np.int64]:
    """Return the level of each pair of dates, as `comparison.dates.level_of` finds it."""
    vague, vague_too = (_is_vague(side) for side in (one, other))
    either, both = vague | vague_too, vague & vague_too
    same_year = one[:, at.YEAR] == other[:, at.YEAR]
    known, known_too = one[:, at.DAY] != at.NOTHING, other[:, at.DAY] != at.NOTHING
    same_month = (one[:, at.MONTH] != at.NOTHING) & (one[:, at.MONTH] == other[:, at.MONTH])
    open_month = _is_open_month(one) | _is_open_month(other)
    near, far = ((other[:, at.YEAR, None] == one[:, first : first + 2]).any(axis=1) for first in (at.NEAR, at.FAR))
    anniversary = (one[:, at.ANNIVERSARY] != at.NOTHING) & (one[:, at.ANNIVERSARY] == other[:, at.ANNIVERSARY])
    digit = _meet(one[:, at.DIGIT : at.PLACEHOLDER], other[:, at.DIGIT : at.PLACEHOLDER])
    decade = known_too & (other[:, at.DAY, None] == one[:, at.DECADE : at.DECADE + 2]).any(axis=1)
    same_day = known & (one[:, at.DAY] == other[:, at.DAY])
    conditions = (
        (same_day & (one[:, at.PLACEHOLDER] == 1), "placeholder"),
        (same_day, "exact"),
        (same_year & known & known_too & (one[:, at.DAY] == other[:, at.SWAPPED]), "swapped"),
        (same_year & same_month & open_month, "month"),
        (same_year & both, "placeholder"),
        (same_year & either, "year"),
        (same_year & ~(known & known_too), "same-year"),
        (same_year & digit, "digit"),
        (same_year, "same-year"),
        (either & near & both, "near"),
        (either & near, "beside"),
        (both & far, "far"),
        (either, "other"),
        (digit, "digit"),
        (near & anniversary, "anniversary"),
        (decade, "decade"),
    )
    return np.select([met for met, _ in conditions], [_LEVEL[level] for _, level in conditions], _LEVEL["other"])


def _is_vague(births: Tokens) -> NDArray[np.bool_]:
    return np.asarray((births[:, at.PLACEHOLDER] == 1) | (births[:, at.MONTH] == at.NOTHING))


def _is_open_month(births: Tokens) -> NDArray[np.bool_]:
    first = (births[:, at.FIRST_DAY] == 1) & (births[:, at.PLACEHOLDER] == 0)
    return np.asarray((births[:, at.DAY] == at.NOTHING) | first)

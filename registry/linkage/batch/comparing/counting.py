"""How often tokens occur in both lists, among all and within one nationality, as `Frequencies` counts a registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from registry.linkage.batch.lists.packing import EXACT, FIRST_SKELETON, NOTHING, SOUND, WORDS, YEAR
from registry.linkage.batch.lists.salting import DAY_AND_MONTH, OWN
from registry.linkage.comparison.frequency import (
    COMMON_PEOPLE,
    COMMON_SHARE,
    COMPARED,
    GUESS_COMPATRIOTS,
    GUESS_PEOPLE,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from registry.linkage.batch.lists.packing import Indexes, People, Tables, Tokens


@dataclass(frozen=True, slots=True)
class Numbered:
    """Tokens of a table as numbers from 0; -1 stands for nothing."""

    at: NDArray[np.int64]  #: of the table's shape
    count: int

    @classmethod
    def of(cls, table: Tokens) -> Numbered:
        """Number the tokens of a table."""
        distinct, at = np.unique(table, return_inverse=True)
        at = at.reshape(table.shape)
        if len(distinct) and distinct[0] == NOTHING:
            return cls(at - 1, len(distinct) - 1)
        return cls(at, len(distinct))


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of the tokens of one table's words."""

    people: NDArray[np.int64]  #: among whom each token was counted: all, or those of its salt
    tokens: Numbered
    everywhere: NDArray[np.int64]
    compatriots: NDArray[np.int64]  #: people of each nationality
    all: int
    _keys: NDArray[np.int64]
    _within: NDArray[np.int64]

    @classmethod
    def names(
        cls, table: Tokens, words: Indexes, nationalities: Indexes, *, countries: int, salts: Tokens | None = None
    ) -> Counted:
        """Count the words of names.

        Args:
            table: EXACT, SOUND, and from FIRST_SKELETON on what may be shared.
            words: of each person, -1 for none.
            nationalities: of each person, from 0; -1 for none.
            countries: how many nationalities there are.
            salts: of each person, where a token is equal only among those of one salt.
        """
        tokens = Numbered.of(np.delete(table, 2, axis=1))
        words = np.sort(words, axis=1)
        words[:, 1:][words[:, 1:] == words[:, :-1]] = -1  # a word that somebody bears twice is one
        is_word = words >= 0
        owners = np.broadcast_to(nationalities[:, None], words.shape)[is_word]
        pairs, counts = np.unique(words[is_word].astype(np.int64) * (countries + 1) + owners + 1, return_counts=True)
        word, owner = pairs // (countries + 1), pairs % (countries + 1) - 1
        spread = tokens.at[word]
        said = spread >= 0
        repeated = np.broadcast_to(counts[:, None], spread.shape)[said]
        everywhere = np.bincount(spread[said], weights=repeated, minlength=tokens.count).astype(np.int64)
        known = said & (owner >= 0)[:, None]
        keys = (spread * countries + owner[:, None])[known]
        order, back = np.unique(keys, return_inverse=True)
        within = np.bincount(back, weights=np.broadcast_to(counts[:, None], spread.shape)[known]).astype(np.int64)
        compatriots = np.bincount(nationalities[nationalities >= 0], minlength=countries)
        people = np.full(tokens.count, len(words))
        if salts is not None:
            _, group, sizes = np.unique(salts, return_inverse=True, return_counts=True)
            of_word = np.zeros(len(table), np.int64)
            of_word[words[is_word]] = np.broadcast_to(sizes[group][:, None], is_word.shape)[is_word]
            people[spread[said]] = np.broadcast_to(of_word[word][:, None], spread.shape)[said]
        return cls(people, tokens, everywhere, compatriots, len(words), order, within)

    def share(self, tokens: NDArray[np.int64], guess: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Return the share of other people who have a token, as `Frequencies.share` does."""
        return (_others(self.everywhere[tokens]) + GUESS_PEOPLE * guess) / (_others(self.people[tokens]) + GUESS_PEOPLE)

    def share_within(
        self, tokens: NDArray[np.int64], nationality: NDArray[np.int64], guess: NDArray[np.float64] | float
    ) -> NDArray[np.float64]:
        """Return the share among people of a nationality; among all for -1."""
        everywhere = self.share(tokens, guess)
        if not len(self._keys):
            return everywhere
        compatriots = np.maximum(self._compatriots(tokens, nationality) - COMPARED, 0)
        counted = _others(self._counted_within(tokens, nationality))
        within = (counted + GUESS_COMPATRIOTS * everywhere) / (compatriots + GUESS_COMPATRIOTS)
        return np.where(nationality >= 0, within, everywhere)

    def is_common(self, tokens: NDArray[np.int64], nationality: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say whether many people of a nationality, or of all for -1, have a token, as `Frequencies.is_common` does."""
        bearers, people = self.everywhere[tokens], self.people[tokens].astype(np.float64)
        if len(self._keys):
            abroad = nationality < 0
            bearers = np.where(abroad, bearers, self._counted_within(tokens, nationality))
            people = np.where(abroad, people, self._compatriots(tokens, nationality))
        return (bearers >= COMMON_PEOPLE) & (bearers >= COMMON_SHARE * people)

    def _counted_within(self, tokens: NDArray[np.int64], nationality: NDArray[np.int64]) -> NDArray[np.int64]:
        keys = tokens * len(self.compatriots) + nationality
        found = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[found] == keys, self._within[found], 0)

    def _compatriots(self, tokens: NDArray[np.int64], nationality: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how many compatriots might have a token: of a salted one as large a part as has the salt."""
        return np.asarray(self.compatriots[nationality] * (self.people[tokens] / max(self.all, 1)))


@dataclass(frozen=True, slots=True)
class Counts:
    """All that is counted of two lists."""

    names: Counted
    places: Counted
    years: NDArray[np.float64]  #: share of the year of each birth date
    countries: NDArray[np.float64]  #: share of each nationality
    nationalities: tuple[Indexes, ...]  #: of each person of each list, -1 for none

    @classmethod
    def of(cls, lists: Sequence[People], tables: Tables, *, guesses: tuple[float, float]) -> Counts:
        """Count the people of both lists.

        Args:
            guesses: shares of a year and of a nationality among people in general.
        """
        numbered = Numbered.of(np.concatenate([people.nationalities for people in lists]))
        every = numbered.at.astype(np.int32)
        births = np.concatenate([people.births for people in lists])
        places = np.concatenate([people.places for people in lists])
        nobody = np.full(len(every), -1, np.int32)
        people = len(every)
        in_country = np.bincount(every[every >= 0], minlength=numbered.count)
        ends = np.cumsum([len(one) for one in lists])[:-1]
        return cls(
            _names(lists, tables, every, countries=numbered.count),
            Counted.names(tables.places, places, nobody, countries=1),
            _shares(_of_years(tables.births, births), people, guesses[0]),
            _shares(in_country, people, guesses[1]),
            tuple(np.split(every, ends)),
        )


def _names(lists: Sequence[People], tables: Tables, nationalities: Indexes, *, countries: int) -> Counted:
    """Count names; where they are salted, each under its year and under its day and month."""
    words = [people.words for people in lists]
    if not lists[0].salts.shape[1]:
        return Counted.names(tables.words, np.concatenate(words), nationalities, countries=countries)
    words += [people.salted[:, -WORDS:] for people in lists]
    salts = np.concatenate([people.salts[:, salt] for salt in (OWN, DAY_AND_MONTH) for people in lists])
    twice = np.tile(nationalities, 2)
    return Counted.names(tables.words, np.concatenate(words), twice, countries=countries, salts=salts)


def _of_years(table: Tokens, births: Indexes) -> NDArray[np.int64]:
    """Return for each date of the table how many people were born in its year."""
    if not len(table):
        return np.zeros(0, np.int64)
    numbered = Numbered.of(table[:, YEAR])
    counts = np.bincount(births[births >= 0], minlength=len(table))
    in_year = np.bincount(numbered.at, weights=counts, minlength=numbered.count).astype(np.int64)
    return np.asarray(in_year[numbered.at])


def _shares(counted: NDArray[np.int64], people: int, guess: float) -> NDArray[np.float64]:
    return (_others(counted) + GUESS_PEOPLE * guess) / (_others_of(people) + GUESS_PEOPLE)


def _others(counted: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.maximum(counted - COMPARED, 0)


def _others_of(people: int) -> int:
    return max(people - COMPARED, 0)


#: Where the tokens of a word are in `Counted.tokens`, whose table lacks the column USUAL.
EXACT_TOKEN, SOUND_TOKEN, FIRST_SKELETON_TOKEN = EXACT, SOUND, FIRST_SKELETON - 1

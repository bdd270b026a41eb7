"""Under which keys lines are found, for many at once: the same pieces of evidence as `registry.linkage.blocking`.

Only lines of one run meet under these keys, so they are mixed from keyed tokens and numbers of the run, not digested.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from registry.linkage.batch.lists import packing as at
from registry.linkage.batch.lists.packing import NOTHING, mixed
from registry.linkage.batch.lists.salting import DAY_AND_MONTH, OWN
from registry.linkage.blocking import MOST_CODES_WITH_PLACES, MOST_NAME_CODES, MOST_PLACE_CODES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from registry.linkage.batch.lists.packing import Indexes, People, Tables, Tokens

_NUMBER, _DATE, _YEAR, _ANNIVERSARY, _NAMES, _PLACE = range(1, 7)


def keys_of(people: People, tables: Tables, *, secret: int, asking: bool) -> tuple[Tokens, Indexes]:
    """Return keys, and whose each is, in order.

    Args:
        secret: 63 bits of this run.
        asking: also the keys to ask for beside those to be found by: names in the years beside an uncertain birth year.
    """
    words = _skeletons(tables, people.words)
    codes = _codes(words)
    is_salted = people.salts.shape[1] > 0
    by_day = _codes(_salted(people, tables, DAY_AND_MONTH)) if is_salted else codes
    births = _rows(tables.births, people.births)
    joined = _first(_rows(tables.joined, people.joined).reshape(len(people), -1), at.JOINED * at.SKELETONS)
    places = _rows(tables.places, people.places)[:, :, at.FIRST_SKELETON : at.FIRST_SKELETON + MOST_PLACE_CODES]
    there = _first(places.reshape(len(people), -1), at.PLACES * MOST_PLACE_CODES)
    year, anniversary = births[:, [at.YEAR]], births[:, [at.ANNIVERSARY]]
    parts = [
        _made(_NUMBER, people.numbers, people.numbers),
        _made(_DATE, *_dates(births)),
        _made(_YEAR, np.hstack([codes, joined]), year),
        _made(_ANNIVERSARY, by_day, anniversary),
        *_two_names(codes, words),
        *(_made(_NAMES, twice, twice) for twice in _twice(words)),
        *(_made(_PLACE, codes[:, :MOST_CODES_WITH_PLACES], there[:, [column]]) for column in range(there.shape[1])),
    ]
    if asking:
        vague = ((births[:, at.PLACEHOLDER] == 1) | (births[:, at.DAY] == NOTHING))[:, None]
        for salt, column in enumerate(range(at.NEAR, at.DECADE), OWN + 1):
            there = _codes(_salted(people, tables, salt)) if is_salted else codes
            parts.append(_made(_YEAR, there, np.where(vague, births[:, [column]], NOTHING)))
        for salt in range(OWN + 1, DAY_AND_MONTH if is_salted else 0):
            salted = _salted(people, tables, salt)
            parts += _two_names(_codes(salted), salted)
    return _distinct(np.hstack(parts), secret)


def _skeletons(tables: Tables, words: Indexes) -> Tokens:
    return _rows(tables.words, words)[:, :, at.FIRST_SKELETON : at.FIRST_BLURRED]


def _codes(words: Tokens) -> Tokens:
    return _first(words.reshape(len(words), -1), MOST_NAME_CODES)


def _salted(people: People, tables: Tables, salt: int) -> Tokens:
    """Return the codes of each word under another salt than that of the own year."""
    words = people.salted.reshape(len(people), -1, at.WORDS)[:, salt - 1]
    return _skeletons(tables, words)


def _two_names(codes: Tokens, words: Tokens) -> list[NDArray[np.uint64]]:
    """Return a key for each two codes that are not of one word alone."""
    bearing = _bearing(codes, words)
    parts = []
    for one, other in combinations(range(codes.shape[1]), 2):
        both = bearing[:, [one]] | bearing[:, [other]]
        two = np.where(both & (both - 1), codes[:, [one]], NOTHING)
        parts.append(_made(_NAMES, *_ordered(two, codes[:, [other]])))
    return parts


def _bearing(codes: Tokens, words: Tokens) -> NDArray[np.int64]:
    """Return for each code of a line which words have it, as bits."""
    bearing = np.zeros(codes.shape, np.int64)
    for number in range(int((words[:, :, 0] != NOTHING).sum(axis=1).max(initial=0))):
        word = words[:, number]
        for column in range(int((word != NOTHING).sum(axis=1).max(initial=0))):
            bearing |= (codes == word[:, [column]]).astype(np.int64) << number
    return bearing


def _rows(table: Tokens, places: Indexes) -> Tokens:
    """Return rows of a table; nothing for -1."""
    return np.append(table, np.full((1, table.shape[1]), NOTHING), axis=0)[places]


def _first(codes: Tokens, most: int) -> Tokens:
    """Return the distinct codes of each line in their order, at most so many, then nothing."""
    codes = _close(codes)
    for column in range(1, codes.shape[1]):
        codes[(codes[:, :column] == codes[:, [column]]).any(axis=1), column] = NOTHING
    return _close(codes)[:, :most]


def _close(codes: Tokens) -> Tokens:
    """Return each line's codes without gaps, as wide as the longest line."""
    order = np.argsort(codes == NOTHING, axis=1, kind="stable")
    return np.take_along_axis(codes, order, 1)[:, : int((codes != NOTHING).sum(axis=1).max(initial=0))]


def _ordered(one: Tokens, other: Tokens) -> tuple[Tokens, Tokens]:
    """Return the lesser and the greater of two; nothing where one of them is nothing."""
    said = (one != NOTHING) & (other != NOTHING)
    return np.where(said, np.minimum(one, other), NOTHING), np.where(said, np.maximum(one, other), NOTHING)


def _dates(births: Tokens) -> tuple[Tokens, Tokens]:
    """Return the whole date and the same with day and month exchanged, in one order; nothing for a placeholder."""
    day = np.where(births[:, [at.PLACEHOLDER]] == 1, NOTHING, births[:, [at.DAY]])
    swapped = births[:, [at.SWAPPED]]
    return _ordered(day, np.where(swapped == NOTHING, day, swapped))


def _twice(words: Tokens) -> list[Tokens]:
    """Return the codes of words that are borne twice, as family name and given name."""
    count = int((words[:, :, 0] != NOTHING).sum(axis=1).max(initial=0))
    return [
        np.where((words[:, one] == words[:, other]).all(axis=1)[:, None], words[:, one], NOTHING)
        for one, other in combinations(range(count), 2)
    ]


def _made(kind: int, one: Tokens, other: Tokens) -> NDArray[np.uint64]:
    """Return a key for each two tokens of a line; 0 where one of them is nothing."""
    one, other = np.broadcast_arrays(one, other)
    made = mixed(mixed(one.view(np.uint64) + np.uint64(kind)) ^ other.view(np.uint64))
    made[(one == NOTHING) | (other == NOTHING)] = 0
    return made


def _distinct(keys: NDArray[np.uint64], secret: int) -> tuple[Tokens, Indexes]:
    """Return each key of a line once."""
    keys = np.sort(keys, axis=1)
    keys[:, 1:][keys[:, 1:] == keys[:, :-1]] = 0
    owners, columns = np.nonzero(keys)
    return mixed(keys[owners, columns] ^ np.uint64(secret)).view(np.int64), owners.astype(np.int32)

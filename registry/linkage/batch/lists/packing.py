"""Identities as arrays: every distinct word and date once, and for each person their numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from registry.folding.sounds import MOST_SKELETONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tokens: TypeAlias = "NDArray[np.int64]"
Indexes: TypeAlias = "NDArray[np.int32]"

#: What stands where nothing is said. Two sides that say nothing do not agree: the comparison looks for it.
NOTHING: Final = -(2**63)
#: Columns: words of a form, pairs of neighbours, words of a place, skeletons and blurred skeletons of a word.
WORDS, JOINED, PLACES, SKELETONS, BLURRED, DIGITS = 12, 10, 8, MOST_SKELETONS, 16, 14
#: Columns of a word: exact, sound, usual, then its skeletons and blurred skeletons.
EXACT, SOUND, USUAL, FIRST_SKELETON = 0, 1, 2, 3
FIRST_BLURRED: Final = FIRST_SKELETON + SKELETONS
WORD_WIDTH: Final = FIRST_BLURRED + BLURRED
#: Columns of a birth date.
YEAR, MONTH, DAY, SWAPPED, ANNIVERSARY, NEAR, FAR, DECADE, DIGIT, PLACEHOLDER, FIRST_DAY = (
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    9,
    11,
    19,
    20,
)
BIRTH_WIDTH: Final = 21
#: What a list says numbers of, one token each.
SCHEMES: Final = ("azr", "phone")


@dataclass(slots=True)
class Table:
    """Rows of tokens without repetition, while they are collected."""

    width: int
    rows: list[bytes] = field(default_factory=list)
    _at: dict[bytes, int] = field(default_factory=dict)

    def put(self, row: bytes) -> int:
        """Return the place of a row, which is added where it is new."""
        at = self._at.get(row)
        if at is None:
            at = self._at[row] = len(self.rows)
            self.rows.append(row)
        return at

    def array(self) -> Tokens:
        """Return all rows."""
        return np.frombuffer(b"".join(self.rows), np.int64).reshape(len(self.rows), self.width)


@dataclass(frozen=True, slots=True)
class People:
    """Arrays with one row for each person; words, neighbours, places and dates are places in a Table, or -1."""

    words: Indexes
    slots: NDArray[np.int8]
    joined: Indexes
    joined_at: NDArray[np.int8]  #: which word is the first of the two
    joined_slots: NDArray[np.int8]
    births: Indexes
    sexes: Tokens
    nationalities: Tokens
    places: Indexes
    numbers: Tokens  #: a column for each of SCHEMES
    digits: Tokens  #: the AZR number with one digit left out
    salts: Tokens  #: as `salting.salts_of` has them; without columns where names are not salted
    salted: Indexes  #: the words under each salt but the first, one after the other
    salted_joined: Indexes

    def __len__(self) -> int:
        return len(self.births)

    def split(self, at: int) -> tuple[People, People]:
        """Return the first people, and the others."""
        columns = [getattr(self, name) for name in type(self).__slots__]
        return People(*(column[:at] for column in columns)), People(*(column[at:] for column in columns))


@dataclass(frozen=True, slots=True)
class Tables:
    """The distinct words of names, neighbours, words of places, and dates."""

    words: Tokens
    joined: Tokens
    places: Tokens
    births: Tokens

    @classmethod
    def empty(cls) -> Tables:
        """Return tables without rows."""
        return cls(*(np.zeros((0, width), np.int64) for width in (WORD_WIDTH, SKELETONS, WORD_WIDTH, BIRTH_WIDTH)))


#: Columns of People that hold places in a table.
_PLACES_IN: Final = {name: name for name in Tables.__slots__} | {"salted": "words", "salted_joined": "joined"}
#: So many pieces are brought together at once.
_TOGETHER: Final = 16


def nobody() -> People:
    """Return arrays without people."""
    kinds = (np.int32, np.int8, np.int32, np.int8, np.int8, np.int32, np.int64, np.int64, np.int32, np.int64, np.int64,
             np.int64, np.int32, np.int32)  # fmt: skip
    widths = (WORDS, WORDS, JOINED, JOINED, JOINED, None, None, None, PLACES, len(SCHEMES), DIGITS, 0, 0, 0)
    return People(
        *(np.zeros(0 if width is None else (0, width), kind) for kind, width in zip(kinds, widths, strict=True))
    )


class Merging:
    """Brings people together that were packed in pieces, each with tables of its own."""

    def __init__(self) -> None:
        self._waiting: list[tuple[People, Tables]] = []
        self._people: list[People] = []
        self._tables = [_United(getattr(Tables.empty(), name).shape[1]) for name in Tables.__slots__]

    def add(self, people: People, tables: Tables) -> None:
        """Take in a piece."""
        self._waiting.append((people, tables))
        if len(self._waiting) >= _TOGETHER:
            self._unite()

    def whole(self) -> tuple[People, Tables]:
        """Return all people in the order in which they came, as if they had been packed at once."""
        self._unite()
        columns = (np.concatenate([getattr(one, name) for one in self._people]) for name in People.__slots__)
        people = People(*columns) if self._people else nobody()
        self._people = [people]
        return people, Tables(*(table.array() for table in self._tables))

    def _unite(self) -> None:
        """Number what waits by the tables of all."""
        if not self._waiting:
            return
        moves = {
            name: table.add([getattr(tables, name) for _, tables in self._waiting])
            for name, table in zip(Tables.__slots__, self._tables, strict=True)
        }
        for at, (people, _) in enumerate(self._waiting):
            moved = {name: moves[table][at][getattr(people, name)] for name, table in _PLACES_IN.items()}
            self._people.append(replace(people, **moved))
        self._waiting.clear()


class _United:
    """The distinct rows of many tables, in the order in which they came."""

    def __init__(self, width: int) -> None:
        self._marks, self._places = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        self._rows: list[Tokens] = [np.zeros((0, width), np.int64)]

    def add(self, parts: list[Tokens]) -> list[Indexes]:
        """Take in tables; return for each where its rows are; -1 stays -1."""
        every = np.concatenate(parts)
        marks, firsts, back = np.unique(_marks(every), return_index=True, return_inverse=True)
        at = np.searchsorted(self._marks, marks)
        found = np.zeros(len(marks), bool)
        inside = at < len(self._marks)
        found[inside] = self._marks[at[inside]] == marks[inside]
        where = np.empty(len(marks), np.int64)
        where[found] = self._places[at[found]]
        where[~found] = len(self._marks) + np.arange((~found).sum())
        self._rows.append(every[firsts[~found]])
        fresh = np.append(self._marks, marks[~found])
        order = np.argsort(fresh)
        self._marks, self._places = fresh[order], np.append(self._places, where[~found])[order]
        ends = np.cumsum([len(part) for part in parts])[:-1]
        return [np.append(move, -1).astype(np.int32) for move in np.split(where[back], ends)]

    def array(self) -> Tokens:
        """Return the rows."""
        self._rows = [np.concatenate(self._rows)]
        return self._rows[0]


def _marks(rows: Tokens) -> NDArray[np.uint64]:
    """Return 64 bits for each row: of 10 million different rows two are taken for one once in 300,000 runs."""
    marks = np.zeros(len(rows), np.uint64)
    for column in range(rows.shape[1]):
        marks = mixed(marks ^ rows[:, column].view(np.uint64))
    return marks


def mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return numbers spread over 64 bits, another for each (splitmix64)."""
    numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(numbers ^ (numbers >> np.uint64(31)))

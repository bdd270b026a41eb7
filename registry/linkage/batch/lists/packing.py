"""Identities as arrays: every distinct word and date once, and for each person their numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from registry.folding.sounds import MOST_SKELETONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from registry.folding.identity import Birth, Form, Identity, Joined, Word

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
    """Rows of tokens without repetition."""

    width: int
    rows: list[tuple[int, ...]] = field(default_factory=list)
    _at: dict[tuple[int, ...], int] = field(default_factory=dict)

    def put(self, row: tuple[int, ...]) -> int:
        """Return the place of a row, which is added where it is new."""
        at = self._at.get(row)
        if at is None:
            at = self._at[row] = len(self.rows)
            self.rows.append(row)
        return at

    def array(self) -> Tokens:
        """Return all rows."""
        return np.array(self.rows, np.int64).reshape(len(self.rows), self.width)


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

    def __len__(self) -> int:
        return len(self.births)

    def split(self, at: int) -> tuple[People, People]:
        """Return the first people, and the others."""
        columns = [getattr(self, name) for name in type(self).__slots__]
        return People(*(column[:at] for column in columns)), People(*(column[at:] for column in columns))


@dataclass(frozen=True, slots=True)
class Tables:
    """The distinct words of names, neighbours, words of places, and dates."""

    words: Table = field(default_factory=lambda: Table(WORD_WIDTH))
    joined: Table = field(default_factory=lambda: Table(SKELETONS))
    places: Table = field(default_factory=lambda: Table(WORD_WIDTH))
    births: Table = field(default_factory=lambda: Table(BIRTH_WIDTH))


def pack(identities: Sequence[Identity[int]], tables: Tables) -> People:
    """Return the arrays of identities with at most one form of the name and one birth date; the tables grow."""
    rows = [_row(identity, tables) for identity in identities]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 11
    kinds = (np.int32, np.int8, np.int32, np.int8, np.int8, np.int32, np.int64, np.int64, np.int32, np.int64, np.int64)
    widths = (WORDS, WORDS, JOINED, JOINED, JOINED, None, None, None, PLACES, len(SCHEMES), DIGITS)
    arrays = [
        np.array(column, kind).reshape(len(rows), *(() if width is None else (width,)))
        for column, kind, width in zip(columns, kinds, widths, strict=True)
    ]
    return People(*arrays)


def merged(parts: Iterable[tuple[People, Tables]]) -> tuple[People, Tables]:
    """Return people packed in parts, each with tables of its own, as if they had been packed at once."""
    whole, moved = Tables(), []
    for people, tables in parts:
        words, joined, places, births = (
            _moves(getattr(tables, name), getattr(whole, name)) for name in ("words", "joined", "places", "births")
        )
        moved.append(
            (
                words[people.words], people.slots, joined[people.joined], people.joined_at, people.joined_slots,
                births[people.births], people.sexes, people.nationalities, places[people.places], people.numbers,
                people.digits,
            )
        )  # fmt: skip
    if not moved:
        return pack([], whole), whole
    return People(*(np.concatenate(column) for column in zip(*moved, strict=True))), whole


def _moves(part: Table, whole: Table) -> Indexes:
    """Return where the rows of a part are in the whole; the last one, at -1, stays -1."""
    return np.array([*(whole.put(row) for row in part.rows), -1], np.int32)


def _row(identity: Identity[int], tables: Tables) -> tuple[object, ...]:
    form = identity.forms[0] if identity.forms else None
    numbers = {one.scheme: one for one in identity.numbers}
    azr = numbers.get("azr")
    return (
        *_form(form, tables),
        tables.births.put(_birth(identity.births[0])) if identity.births else -1,
        identity.sexes[0] if identity.sexes else NOTHING,
        identity.nationalities[0] if identity.nationalities else NOTHING,
        _filled([tables.places.put(_word(place)) for place in identity.places], PLACES, -1),
        tuple(numbers[scheme].number if scheme in numbers else NOTHING for scheme in SCHEMES),
        _filled(azr.blurred if azr else (), DIGITS, NOTHING),
    )


def _form(form: Form[int] | None, tables: Tables) -> tuple[tuple[int, ...], ...]:
    words = form.words[:WORDS] if form else ()
    joined: tuple[Joined[int], ...] = form.joined[:JOINED] if form else ()
    return (
        _filled([tables.words.put(_word(word)) for word in words], WORDS, -1),
        _filled([word.slot for word in words], WORDS, -1),
        _filled([tables.joined.put(_filled(one.skeletons, SKELETONS, NOTHING)) for one in joined], JOINED, -1),
        _filled([one.first for one in joined], JOINED, -1),
        _filled([one.slot for one in joined], JOINED, -1),
    )


def _word(word: Word[int]) -> tuple[int, ...]:
    return (
        word.exact,
        word.sound,
        int(word.usual),
        *_filled(word.skeletons, SKELETONS, NOTHING),
        *_filled(word.blurred, BLURRED, NOTHING),
    )


def _birth(birth: Birth[int]) -> tuple[int, ...]:
    one = (birth.year, birth.month, birth.day, birth.swapped, birth.anniversary)
    return (
        *(NOTHING if token is None else token for token in one),
        *_filled(birth.near, 2, NOTHING),
        *_filled(birth.far, 2, NOTHING),
        *_filled(birth.decade, 2, NOTHING),
        *_filled(birth.blurred, 8, NOTHING),
        int(birth.placeholder),
        int(birth.first),
    )


def _filled(tokens: Sequence[int], width: int, nothing: int) -> tuple[int, ...]:
    return (*tokens[:width], *[nothing] * (width - len(tokens)))

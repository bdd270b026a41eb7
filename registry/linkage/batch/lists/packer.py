"""Lines of a list become arrays of tokens; a name, date or place that many lines share is folded once."""

from __future__ import annotations

import struct
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from registry.folding.dates import birth_of
from registry.folding.identity import FAMILY, GIVEN, Salted, tokenized_birth, tokenized_word
from registry.folding.names import joined_in, reading_of, words_in
from registry.folding.places import place_words
from registry.folding.reading import number_of
from registry.folding.words import MOST_WORDS
from registry.linkage.batch.lists.packing import (
    BIRTH_WIDTH,
    BLURRED,
    DIGITS,
    JOINED,
    NOTHING,
    PLACES,
    SCHEMES,
    SKELETONS,
    WORD_WIDTH,
    People,
    Table,
    Tables,
)  # fmt: skip
from registry.linkage.batch.lists.people import SEXES, country_of
from registry.linkage.batch.lists.salting import SALTS, salts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from registry.folding.identity import Birth, Tokenize, Word
    from registry.linkage.batch.lists.packing import Indexes, Tokens

    #: (words, [(first of the two, both)]) as rows of tables.
    Field = tuple[tuple[bytes, ...], tuple[tuple[int, bytes], ...]]

#: So many fields are remembered with their tokens, about a kilobyte each.
_REMEMBERED: Final = 1 << 16
_MOST_JOINED: Final = JOINED // 2
_UNSALTED: Final = ("", *[None] * (SALTS - 1))
_ROW = {width: struct.Struct(f"{width}q") for width in (WORD_WIDTH, SKELETONS, BIRTH_WIDTH)}


class Packer:
    """What a process needs to make tokens of lines, and what it has made."""

    def __init__(self, token: Tokenize, *, salted: bool = False) -> None:
        self._token, self._is_salted = token, salted
        remember = lru_cache(maxsize=_REMEMBERED)
        self._field = remember(partial(_field, token))
        self._place = remember(partial(_place, token))
        self._birth = remember(partial(_birth, token))
        self._code = remember(token)

    def pack(self, lines: Sequence[Mapping[str, str]], *, asking: bool = False) -> tuple[People, Tables]:
        """Return the arrays of lines by `people.COLUMNS`.

        Args:
            asking: whether they are asked about, so that salted names are made also for the years around theirs.
        """
        words, joined, places, births = (Table(width) for width in (WORD_WIDTH, SKELETONS, WORD_WIDTH, BIRTH_WIDTH))
        countries = [country_of(line["nationality"]) for line in lines]
        readings = [reading_of([country] if country else []) for country in countries]
        salts = [self._salts(line["birth_date"], asking) for line in lines]
        names = [
            self._names(lines, readings, [some[salt] for some in salts], words=words, joined=joined)
            for salt in range(SALTS if self._is_salted else 1)
        ]
        where = _Column([(line["birth_place"], reading) for line, reading in zip(lines, readings, strict=True)])
        there = [[places.put(row) for row in self._place(*key)] for key in where.distinct]
        born = _Column([line["birth_date"] for line in lines])
        days = [-1 if (row := self._birth(text)) is None else births.put(row) for text in born.distinct]
        numbers, digits = self._numbers(lines)
        people = People(
            *names[0],
            births=np.array(days, np.int32)[born.at],
            sexes=self._codes("sex", [SEXES.get(line["sex"].strip().lower()) for line in lines]),
            nationalities=self._codes("nationality", countries),
            places=_padded(there, PLACES, np.int32)[where.at],
            numbers=numbers,
            digits=digits,
            salts=self._salt_tokens(salts),
            salted=np.hstack([np.zeros((len(lines), 0), np.int32), *(made[0] for made in names[1:])]),
            salted_joined=np.hstack([np.zeros((len(lines), 0), np.int32), *(made[2] for made in names[1:])]),
        )
        return people, Tables(words.array(), joined.array(), places.array(), births.array())

    def _names(
        self,
        lines: Sequence[Mapping[str, str]],
        readings: list[str],
        salts: list[str | None],
        *,
        words: Table,
        joined: Table,
    ) -> tuple[Indexes, NDArray[np.int8], Indexes, NDArray[np.int8], NDArray[np.int8]]:
        """Return the names in tokens of one salt for each line; none where the salt is None."""
        columns = [
            _Column(
                [
                    ("" if salt is None else line[name], _Manner(reading, slot, salt or ""))
                    for line, reading, salt in zip(lines, readings, salts, strict=True)
                ]
            )
            for name, slot in (("family_name", FAMILY), ("given_name", GIVEN))
        ]
        put = [[_put(self._field(*key), words, joined) for key in column.distinct] for column in columns]
        return _names(columns, put)

    def _salts(self, date: str, asking: bool) -> tuple[str | None, ...]:  # noqa: FBT001 - private
        return salts_of(date, asking=asking) if self._is_salted else _UNSALTED

    def _salt_tokens(self, salts: list[tuple[str | None, ...]]) -> Tokens:
        if not self._is_salted:
            return np.zeros((len(salts), 0), np.int64)
        rows = [[NOTHING if salt is None else self._code("salt", "code", salt) for salt in some] for some in salts]
        return np.array(rows, np.int64).reshape(len(salts), SALTS)

    def _codes(self, attribute: str, texts: list[str | None]) -> Tokens:
        return np.array([NOTHING if text is None else self._code(attribute, "code", text) for text in texts], np.int64)

    def _numbers(self, lines: Sequence[Mapping[str, str]]) -> tuple[Tokens, Tokens]:
        numbers = np.full((len(lines), len(SCHEMES)), NOTHING, np.int64)
        digits = np.full((len(lines), DIGITS), NOTHING, np.int64)
        for at, line in enumerate(lines):
            for column, scheme in enumerate(SCHEMES):
                if line[scheme] and (number := number_of(scheme, line[scheme])) is not None:
                    numbers[at, column] = self._token("number", scheme, number.number)
                    blurred = [self._token("blurred-number", scheme, sign) for sign in number.blurred]
                    digits[at, : len(blurred)] = blurred
        return numbers, digits


class _Column:
    """The distinct values of a column, and which each line has."""

    def __init__(self, values: list[Any]) -> None:
        numbers: dict[Any, int] = {}
        self.at = np.array([numbers.setdefault(value, len(numbers)) for value in values], np.int64)
        self.distinct = list(numbers)


def _put(found: Field, words: Table, joined: Table) -> tuple[list[int], list[tuple[int, int]]]:
    return [words.put(row) for row in found[0]], [(at, joined.put(row)) for at, row in found[1]]


def _names(
    columns: list[_Column], put: list[list[tuple[list[int], list[tuple[int, int]]]]]
) -> tuple[Indexes, NDArray[np.int8], Indexes, NDArray[np.int8], NDArray[np.int8]]:
    """Return the first columns of People: family names, then given names, without gaps."""
    both, counts = [], []
    for column, fields in zip(columns, put, strict=True):
        both.append(_padded([some for some, _ in fields], MOST_WORDS, np.int32)[column.at])
        counts.append(np.array([len(some) for some, _ in fields], np.int64)[column.at])
    slots = [np.where(some >= 0, slot, -1).astype(np.int8) for slot, some in zip((FAMILY, GIVEN), both, strict=True)]
    words, slots_of = np.hstack(both), np.hstack(slots)
    order = np.argsort(words < 0, axis=1, kind="stable")
    pairs, firsts, its_slots = [], [], []
    for number, (column, fields) in enumerate(zip(columns, put, strict=True)):
        two = _padded([[row for _, row in some] for _, some in fields], _MOST_JOINED, np.int32)[column.at]
        first = _padded([[at for at, _ in some] for _, some in fields], _MOST_JOINED, np.int64)[column.at]
        pairs.append(two)
        firsts.append(np.where(two >= 0, first + (counts[0][:, None] if number else 0), -1).astype(np.int8))
        its_slots.append(np.where(two >= 0, (FAMILY, GIVEN)[number], -1).astype(np.int8))
    joined = np.hstack(pairs)
    close = np.argsort(joined < 0, axis=1, kind="stable")
    return (
        np.take_along_axis(words, order, 1),
        np.take_along_axis(slots_of, order, 1),
        np.take_along_axis(joined, close, 1),
        np.take_along_axis(np.hstack(firsts), close, 1),
        np.take_along_axis(np.hstack(its_slots), close, 1),
    )


def _padded(rows: list[list[int]], width: int, kind: type[np.signedinteger[Any]]) -> NDArray[Any]:
    return np.array([[*row[:width], *[-1] * (width - len(row))] for row in rows], kind).reshape(len(rows), width)


class _Manner(NamedTuple):
    """How a field is folded and made into tokens."""

    reading: str
    slot: int
    salt: str  #: empty where names are not salted


def _field(token: Tokenize, text: str, manner: _Manner) -> Field:
    """Return the words of a field, and each two that may be written as one."""
    reading, slot, salt = manner
    make = Salted(token, salt) if salt else token
    words = tuple(_word(tokenized_word(word, "name", make)) for word in words_in(text, reading, slot))
    pairs = ((at, tuple(make("name", "skeleton", code) for code in codes)) for at, codes in joined_in(text, reading))
    joined = tuple((at, _filled(codes, SKELETONS)) for at, codes in pairs)
    return words, joined[:_MOST_JOINED]


def _place(token: Tokenize, text: str, reading: str) -> tuple[bytes, ...]:
    return tuple(_word(tokenized_word(word, "birth-place", token)) for word in place_words(text, reading)[:PLACES])


def _birth(token: Tokenize, text: str) -> bytes | None:
    birth = birth_of(text, mistyped=True)
    return None if birth is None else _birth_row(tokenized_birth(birth, token))


def _word(word: Word[int]) -> bytes:
    return _ROW[WORD_WIDTH].pack(
        word.exact, word.sound, word.usual, *_wide(word.skeletons, SKELETONS), *_wide(word.blurred, BLURRED)
    )


def _birth_row(birth: Birth[int]) -> bytes:
    one = (birth.year, birth.month, birth.day, birth.swapped, birth.anniversary)
    return _ROW[BIRTH_WIDTH].pack(
        *(NOTHING if token is None else token for token in one),
        *_wide(birth.near, 2),
        *_wide(birth.far, 2),
        *_wide(birth.decade, 2),
        *_wide(birth.blurred, 8),
        birth.placeholder,
        birth.first,
    )


def _filled(tokens: Sequence[int], width: int) -> bytes:
    return _ROW[width].pack(*_wide(tokens, width))


def _wide(tokens: Sequence[int], width: int) -> tuple[int, ...]:
    return (*tokens[:width], *[NOTHING] * (width - len(tokens)))

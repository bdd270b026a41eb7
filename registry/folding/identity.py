"""What identifies a human being, folded: the same shape once with text in it and once with keyed tokens instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar

import msgspec

Leaf = TypeVar("Leaf", str, int)
FAMILY, GIVEN = 0, 1

#: What the tokens of a form are salted with: nothing, a birth year, or a year beside it (of a question, never stored).
PLAIN, YEAR, BESIDE = range(3)
#: Years from the own one for which a question about salted names has tokens too.
NEAR_YEARS: Final = (-1, 1, -2, 2, -10, 10)
#: In the place of the year of who has no birth date.
NO_YEAR: Final = "-"
#: Names are salted with so many of the birth dates that a source states.
_MOST_SALTING: Final = 3

#: (attribute, level, folded text) -> token; equal only for the same text of the same attribute and level.
Tokenize: TypeAlias = Callable[[str, str, str], int]


class Word(msgspec.Struct, Generic[Leaf], frozen=True, array_like=True):
    """One part of a name, at three levels of tolerance."""

    slot: int  #: FAMILY or GIVEN, as the source has it
    exact: Leaf  #: its Latin letters without accents
    sound: Leaf  #: how it sounds, vowels roughly
    skeletons: tuple[Leaf, ...]  #: possible rows of consonants; two words may be one where they share any
    blurred: tuple[Leaf, ...]  #: rows of consonants with one left out; two that share any differ in one consonant
    usual: bool  #: among the names that very many people bear


class Joined(msgspec.Struct, Generic[Leaf], frozen=True, array_like=True):
    """Two neighbouring words of one slot written as one."""

    first: int  #: index of the first of the two words
    slot: int
    skeletons: tuple[Leaf, ...]


class Form(msgspec.Struct, Generic[Leaf], frozen=True, array_like=True):
    """One whole form of a name; a source may know several."""

    words: tuple[Word[Leaf], ...]
    joined: tuple[Joined[Leaf], ...]
    salted_by: int = PLAIN  #: PLAIN, YEAR or BESIDE
    salt: Leaf | None = None  #: of tokens: the year among whose people alone they are equal


class Birth(msgspec.Struct, Generic[Leaf], frozen=True, array_like=True):
    """A birth date with what can be mistaken about it."""

    year: Leaf
    near: tuple[Leaf, ...]  #: the years before and after
    far: tuple[Leaf, ...]  #: the years two before and two after
    decade: tuple[Leaf, ...]  #: the whole date ten years before and ten after
    month: Leaf | None  #: year and month
    day: Leaf | None  #: the whole date
    swapped: Leaf | None  #: the whole date with day and month exchanged, where that is another day
    anniversary: Leaf | None  #: day and month without the year, whichever of the two comes first
    blurred: tuple[Leaf, ...]  #: the whole date with one digit left out, once for each digit
    placeholder: bool  #: 1 January or 31 December, or said to be one: the day may stand for "not known"
    first: bool  #: first day of a month: it may stand for the month


class Number(msgspec.Struct, Generic[Leaf], frozen=True, array_like=True):
    """A number that an office gave."""

    scheme: str  #: azr, bamf, ba-customer, ba-reference or jobcenter-case; phone in lists
    number: Leaf
    blurred: tuple[Leaf, ...] = ()  #: the number with one sign left out, once for each, where it is one of signs enough


class Identity(msgspec.Struct, Generic[Leaf], frozen=True, array_like=True):
    """All that a source says about who somebody is."""

    forms: tuple[Form[Leaf], ...] = ()
    births: tuple[Birth[Leaf], ...] = ()
    sexes: tuple[Leaf, ...] = ()  #: m, w or d; what says nothing is left out
    nationalities: tuple[Leaf, ...] = ()  #: known ones
    places: tuple[Word[Leaf], ...] = ()  #: of birth
    numbers: tuple[Number[Leaf], ...] = ()


def tokenized(identity: Identity[str], token: Tokenize, *, salted: bool = False) -> Identity[int]:
    """Return the same identity with every text replaced by its token.

    Args:
        salted: high protection: tokens of names that are equal only among people of one birth year, so that none tells
            by how often it occurs which name it is. A form is there once for each year that is stated: under two salts
            of everybody, tokens in one place would join again what the salts part.
    """
    if salted:
        made = [
            _form(form, Salted(token, year), salted_by=kind, salt=token("birth-date", "year", year))
            for kind, year in dict.fromkeys(_salts(identity.births))
            for form in identity.forms
        ]
        return msgspec.structs.replace(tokenized(msgspec.structs.replace(identity, forms=()), token), forms=tuple(made))
    return Identity(
        tuple(_form(form, token) for form in identity.forms),
        tuple(tokenized_birth(birth, token) for birth in identity.births),
        tuple(token("sex", "code", sex) for sex in identity.sexes),
        tuple(token("nationality", "code", country) for country in identity.nationalities),
        tuple(tokenized_word(place, "birth-place", token) for place in identity.places),
        tuple(_number(one, token) for one in identity.numbers),
    )


def stored(identity: Identity[int]) -> Identity[int]:
    """Return what is kept of tokens: names under their own salts, not under those that only a question needs."""
    return msgspec.structs.replace(identity, forms=tuple(form for form in identity.forms if form.salted_by != BESIDE))


@dataclass(frozen=True, slots=True)
class Salted:
    """Makes tokens that are equal only under one salt."""

    token: Tokenize
    salt: str

    def __call__(self, attribute: str, level: str, text: str) -> int:
        """Return the token."""
        return self.token(attribute, level, f"{self.salt} {text}")


def _salts(births: tuple[Birth[str], ...]) -> Iterator[tuple[int, str]]:
    """Yield kinds and years of salts: those of birth, and those beside them."""
    some = births[:_MOST_SALTING]
    years = [birth.year for birth in some] or [NO_YEAR]
    yield from ((YEAR, year) for year in years)
    beside = (f"{int(birth.year) + years:04}" for birth in some for years in NEAR_YEARS)
    yield from ((BESIDE, year) for year in beside if year not in years)


def _form(form: Form[str], token: Tokenize, *, salted_by: int = PLAIN, salt: int | None = None) -> Form[int]:
    return Form(
        tuple(tokenized_word(word, "name", token) for word in form.words),
        tuple(
            Joined(one.first, one.slot, tuple(token("name", "skeleton", code) for code in one.skeletons))
            for one in form.joined
        ),
        salted_by,
        salt,
    )


def tokenized_word(word: Word[str], attribute: str, token: Tokenize) -> Word[int]:
    """Return a word of a name (attribute "name") or place ("birth-place") as tokens."""
    return Word(
        word.slot,
        token(attribute, "exact", word.exact),
        token(attribute, "sound", word.sound),
        tuple(token(attribute, "skeleton", code) for code in word.skeletons),
        tuple(token(attribute, "blurred", code) for code in word.blurred),
        word.usual,
    )


def tokenized_birth(birth: Birth[str], token: Tokenize) -> Birth[int]:
    """Return a birth date as tokens."""
    return Birth(
        year=token("birth-date", "year", birth.year),
        near=tuple(token("birth-date", "year", year) for year in birth.near),
        far=tuple(token("birth-date", "year", year) for year in birth.far),
        decade=tuple(token("birth-date", "day", date) for date in birth.decade),
        month=_maybe(birth.month, "month", token),
        day=_maybe(birth.day, "day", token),
        swapped=_maybe(birth.swapped, "day", token),
        anniversary=_maybe(birth.anniversary, "anniversary", token),
        blurred=tuple(token("birth-date", "blurred", date) for date in birth.blurred),
        placeholder=birth.placeholder,
        first=birth.first,
    )


def _number(one: Number[str], token: Tokenize) -> Number[int]:
    return Number(
        one.scheme,
        token("number", one.scheme, one.number),
        tuple(token("blurred-number", one.scheme, sign) for sign in one.blurred),
    )


def _maybe(text: str | None, level: str, token: Tokenize) -> int | None:
    return None if text is None else token("birth-date", level, text)

"""Under which keys an identity is found: always two pieces of evidence, or one number; never a placeholder alone."""

from __future__ import annotations

import hashlib
import struct
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from registry.folding.identity import BESIDE, PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.folding.identity import Birth, Form, Identity

#: Bounds the keys of hostile names with very many possible readings.
MOST_NAME_CODES, MOST_CODES_WITH_PLACES, MOST_PLACE_CODES = 12, 8, 2
_PAIR = struct.Struct(">4sqq")
_KEY = struct.Struct(">q")


def keys_of(identity: Identity[int], secret: bytes) -> list[int]:
    """Return the keys to store for an identity.

    Args:
        secret: 32 bytes of the linker's; without it, equal keys of two dumps cannot be told.
    """
    return [_digest(piece, secret) for piece in dict.fromkeys(_pieces(identity))]


def questions_of(identity: Identity[int], secret: bytes) -> list[int]:
    """Return the keys to ask for: those to store, and names in the years beside an uncertain birth year."""
    wider = (piece for form in identity.forms for piece in _near(form, identity.births))
    return [_digest(piece, secret) for piece in dict.fromkeys((*_pieces(identity), *wider))]


def _pieces(identity: Identity[int]) -> Iterator[tuple[bytes, int, int]]:
    for number in identity.numbers:
        yield b"numb", number.number, 0
    for birth in identity.births:
        if birth.day is not None and not birth.placeholder:
            yield _unordered(b"date", birth.day, birth.day if birth.swapped is None else birth.swapped)
    for form in identity.forms:
        codes = _codes(form)
        yield from _dated(form, codes, identity.births)
        bearing = [{at for at, word in enumerate(form.words) if code in word.skeletons} for code in codes]
        for one, other in combinations(range(len(codes)), 2):
            if len(bearing[one] | bearing[other]) > 1:  # two readings of one word are one piece of evidence
                yield _unordered(b"name", codes[one], codes[other])
        for code in _twice(form):
            yield b"name", code, code
        for place in identity.places if form.salted_by != BESIDE else ():
            for there in place.skeletons[:MOST_PLACE_CODES]:
                for code in codes[:MOST_CODES_WITH_PLACES]:
                    yield b"plac", code, there


def _dated(form: Form[int], codes: list[int], births: tuple[Birth[int], ...]) -> Iterator[tuple[bytes, int, int]]:
    """Yield names with years and anniversaries; with a salted name goes the year that salts it, and no other."""
    joined = [code for both in form.joined for code in both.skeletons]
    for birth in births:
        if form.salted_by == PLAIN or form.salt == birth.year:
            for code in (*codes, *joined):
                yield b"year", code, birth.year
        if birth.anniversary is not None:
            for code in codes:
                yield b"anni", code, birth.anniversary


def _near(form: Form[int], births: tuple[Birth[int], ...]) -> Iterator[tuple[bytes, int, int]]:
    codes = _codes(form) if form.salted_by in {PLAIN, BESIDE} else []
    for birth in births:
        if birth.placeholder or birth.day is None:
            for year in (*birth.near, *birth.far):
                for code in codes if form.salt in {None, year} else ():
                    yield b"year", code, year


def _codes(form: Form[int]) -> list[int]:
    return list(dict.fromkeys(code for word in form.words for code in word.skeletons))[:MOST_NAME_CODES]


def _twice(form: Form[int]) -> list[int]:
    """Return the codes of a name that is borne twice, as family name and given name: many have but one name."""
    words = Counter(word.skeletons for word in form.words)
    return [code for skeletons, count in words.items() if count > 1 for code in skeletons]


def _unordered(kind: bytes, one: int, other: int) -> tuple[bytes, int, int]:
    return (kind, one, other) if one <= other else (kind, other, one)


def _digest(piece: tuple[bytes, int, int], secret: bytes) -> int:
    (key,) = _KEY.unpack(hashlib.blake2b(_PAIR.pack(*piece), digest_size=8, key=secret).digest())
    return int(key)

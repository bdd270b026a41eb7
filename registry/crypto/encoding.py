"""The byte form of contexts: typed, length-prefixed fields, so that no two different lists meet in the same bytes."""

from __future__ import annotations

import struct
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Scalar: TypeAlias = bytes | str | int | UUID | datetime | date | None
Field: TypeAlias = "Scalar | Sequence[Field]"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HEAD = struct.Struct(">cI")


def encode(fields: Iterable[Field]) -> bytes:
    """Join fields so that the result determines each field's type, length and value.

    Instants count in microseconds since 1970 (the resolution PostgreSQL keeps), so a value read back encodes the same.

    Raises:
        TypeError: for an instant without a zone or a type that has no encoding (booleans too: states have words;
            words from closed lists count as text).
    """
    return b"".join([encoded(value) for value in fields])


def encoded(value: Field) -> bytes:
    """Return `encode` of one field.

    Raises:
        TypeError: as `encode`.
    """
    letter, encoder = _ENCODERS.get(type(value)) or _word(value)
    body = encoder(value)
    return _HEAD.pack(letter, len(body)) + body


@lru_cache(maxsize=1024, typed=True)
def fixed(*fields: str | int | None) -> bytes:
    """Return `encode` of words and small numbers that come again and again: names of compartments, ids of agencies.

    They are remembered, so nothing that a person said may be among them.
    """
    return encode(fields)


def listed(words: Sequence[str]) -> bytes:
    """Return `encode` of one list of words, of a closed list, that come again and again."""
    body = fixed(*words)
    return _HEAD.pack(b"l", len(body)) + body


@lru_cache(maxsize=64)
def of_row(row: UUID) -> bytes:
    """Return `encode` of one row's random id: everything that is sealed in the row has it in its context."""
    return encode((row,))


def _word(value: Field) -> tuple[bytes, Callable[[Any], bytes]]:
    """Return how to encode a member of a closed list, which is text."""
    if isinstance(value, str):
        return _ENCODERS[str]
    raise TypeError(f"no encoding for {type(value).__name__}")


def _instant(value: datetime) -> bytes:
    if value.tzinfo is None:
        raise TypeError("an instant in a context needs a zone")
    return b"%d" % ((value - _EPOCH) // _MICROSECOND)


_ENCODERS: dict[type, tuple[bytes, Callable[[Any], bytes]]] = {
    type(None): (b"n", lambda _: b""),
    bytes: (b"b", bytes),
    str: (b"s", str.encode),
    int: (b"i", lambda value: b"%d" % value),
    UUID: (b"u", lambda value: value.bytes),
    datetime: (b"t", _instant),
    date: (b"d", lambda value: value.isoformat().encode()),
    list: (b"l", encode),
    tuple: (b"l", encode),
}

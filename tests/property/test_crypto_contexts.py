"""Contexts as bytes: no two different lists of fields meet in the same bytes, so each can be read back."""

from __future__ import annotations

import struct
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from registry.crypto.encoding import encode

HEAD = struct.Struct(">cI")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# offsets of our own: a machine may have no time zone files
zones = st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23)))
scalars = st.one_of(
    st.none(),
    st.binary(max_size=20),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.integers(),
    st.uuids(),
    st.datetimes(timezones=zones),
    st.dates(),
    # look-alikes: what is most easily mistaken for another field, or for a field's head
    st.sampled_from(
        [b"", "", b"s", "1", 1, b"1", "2026-01-01", date(2026, 1, 1), b"s\0\0\0\x01a", UUID(int=0), bytes(16)]
    ),
)
contexts = st.lists(
    st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner), max_leaves=6), max_size=5
)


def plain(value: Any) -> Any:  # noqa: ANN401 - a tree of any fields
    """Return what the encoding keeps of a field: instants as such, sequences of one kind, and its type."""
    if isinstance(value, list | tuple):
        return ("list", [plain(one) for one in value])
    if isinstance(value, datetime):
        return ("datetime", (value - EPOCH) // timedelta(microseconds=1))
    return (type(value).__name__, value)


def decoded(data: bytes) -> list[Any]:
    """Read an encoding back; the encoder knows nothing of this."""
    fields = []
    while data:
        tag, size = HEAD.unpack_from(data)
        body, data = data[HEAD.size : HEAD.size + size], data[HEAD.size + size :]
        assert len(body) == size
        fields.append(field_of(tag, body))
    return fields


def field_of(tag: bytes, body: bytes) -> Any:  # noqa: ANN401 - a tree of any fields
    match tag:
        case b"n":
            return ("NoneType", None)
        case b"b":
            return ("bytes", body)
        case b"s":
            return ("str", body.decode())
        case b"i":
            return ("int", int(body))
        case b"u":
            return ("UUID", UUID(bytes=body))
        case b"t":
            return ("datetime", int(body))
        case b"d":
            return ("date", date.fromisoformat(body.decode()))
        case _:
            assert tag == b"l"
            return ("list", decoded(body))


@given(contexts)
def test_a_context_can_be_read_back_from_its_bytes(fields: list[Any]) -> None:
    """What can be read back cannot be shared by two."""
    assert decoded(encode(fields)) == [plain(one) for one in fields]


@given(contexts, contexts)
def test_different_contexts_have_different_bytes(one: list[Any], other: list[Any]) -> None:
    assert (encode(one) == encode(other)) == ([plain(field) for field in one] == [plain(field) for field in other])


@given(st.lists(contexts, min_size=2, max_size=4))
def test_fields_cannot_be_moved_between_neighbouring_lists(groups: list[list[Any]]) -> None:
    """A borrowed field changes the bytes, although the joined lists stay the same."""
    for left, right in pairwise(groups):
        assume(right)
        assert encode([left, right]) != encode([[*left, right[0]], right[1:]])


@given(contexts, contexts)
def test_the_encoding_of_joined_lists_is_the_joined_encoding(one: list[Any], other: list[Any]) -> None:
    """Why every use of a context begins with a word of its own."""
    assert encode([*one, *other]) == encode(one) + encode(other)

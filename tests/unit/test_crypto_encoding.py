"""Contexts as bytes: what has an encoding and what is refused; that no two meet is a property."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from uuid import UUID

import pytest

from registry.crypto.encoding import encode


class Word(StrEnum):
    """A word that is also text."""

    ONE = "one"


class Zone(tzinfo):
    """A zone without the machine's time zone files: its offsets before and after an hour that comes twice."""

    def __init__(self, *offsets: timedelta) -> None:
        self.offsets = offsets

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """Return the offset that `fold` chooses; none where there are none."""
        return self.offsets[moment.fold if moment else 0] if self.offsets else None

    def dst(self, _: datetime | None) -> timedelta | None:
        """Say nothing."""
        return None

    def tzname(self, _: datetime | None) -> str | None:
        """Say nothing."""
        return None


def test_the_bytes_are_these() -> None:
    """Golden: what is sealed today must open in ten years."""
    identifier = UUID("00112233-4455-6677-8899-aabbccddeeff")
    at = datetime(2026, 3, 1, 12, 30, 0, 250, tzinfo=UTC)
    encoded = encode(("ä", b"\xff", -7, identifier, at, date(2026, 3, 1), None, ["a", ("b", 1)]))
    assert encoded == (
        b"s\0\0\0\x02\xc3\xa4"
        b"b\0\0\0\x01\xff"
        b"i\0\0\0\x02-7"
        b"u\0\0\0\x10\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"
        b"t\0\0\0\x101772368200000250"
        b"d\0\0\0\x0a2026-03-01"
        b"n\0\0\0\0"
        b"l\0\0\0\x17s\0\0\0\x01al\0\0\0\x0cs\0\0\0\x01bi\0\0\0\x011"
    )


def test_no_fields_are_no_bytes() -> None:
    assert encode(()) == b""


def test_an_instant_is_the_same_in_every_zone() -> None:
    """PostgreSQL answers in the session's zone, and a row's MAC must still hold."""
    instant = datetime(2026, 7, 1, 12, 0, 0, 1, tzinfo=UTC)
    zones = [timezone(timedelta(hours=hours, seconds=seconds)) for hours, seconds in ((2, 0), (5, 2700), (-9, 1))]
    assert {encode((instant.astimezone(zone),)) for zone in zones} == {encode((instant,))}


def test_the_two_readings_of_a_repeated_hour_are_two_instants() -> None:
    """In October an hour comes twice; `fold` tells which."""
    early = datetime(2026, 10, 25, 2, 30, tzinfo=Zone(timedelta(hours=2), timedelta(hours=1)))
    assert encode((early,)) != encode((early.replace(fold=1),))


@pytest.mark.parametrize(
    "instant",
    [
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))),
    ],
    ids=["first", "last"],
)
def test_the_ends_of_time_have_an_encoding(instant: datetime) -> None:
    assert encode((instant,)).startswith(b"t")


@pytest.mark.parametrize(
    "value",
    [
        True,
        1.5,
        bytearray(b"a"),
        memoryview(b"a"),
        {"a": 1},
        {1},
        timedelta(1),
        datetime(2026, 1, 1),  # noqa: DTZ001 - the point of the test
        datetime(2026, 1, 1, tzinfo=Zone()),
        [None, [True]],
    ],
)
def test_what_could_be_mistaken_for_something_else_has_no_encoding(value: object) -> None:
    with pytest.raises(TypeError):
        encode((value,))  # type: ignore[arg-type]  # values from outside are not checked by mypy


def test_half_a_surrogate_pair_has_no_encoding() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode(("\ud800",))


def test_a_word_of_a_closed_list_counts_as_its_text() -> None:
    """What is written as an enumeration member is read back from a column as text."""
    assert encode([Word.ONE]) == encode(["one"])

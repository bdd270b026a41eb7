"""Text without tricks, dates as far as they are known, moments with a zone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from marshmallow import ValidationError
from marshmallow.fields import Enum

from schemas.fields import (
    Instant,
    PartialDate,
    Precision,
    SortedEnums,
    Text,
    checked_text,
    instant_of,
    instant_text,
    precision_of,
)


@pytest.mark.parametrize(
    ("partial", "precision"),
    [("1990", Precision.YEAR), ("1990-03", Precision.MONTH), ("2024-02-29", Precision.DAY)],
)
def test_a_date_is_kept_as_precisely_as_it_was_said(partial: str, precision: Precision) -> None:
    assert PartialDate().deserialize(partial) == partial
    assert precision_of(partial) is precision


@pytest.mark.parametrize(
    "partial",
    ["", "90", "1990-3", "1990-13", "1990-02-30", "14.03.1990", "1990-00", "1066", "3000", "1990\n", 1990, "٢٠٢٠"],
)
def test_what_is_no_day_month_or_year_is_refused(partial: object) -> None:
    with pytest.raises(ValidationError):
        PartialDate().deserialize(partial)


@pytest.mark.parametrize("code_point", [0x202A, 0x202E, 0x2066, 0x2069, 0x200E, 0x200F, 0x061C, 0x0, 0x1B, 0x2028])
def test_characters_that_hide_or_reorder_are_refused(code_point: int) -> None:
    """A right-to-left override makes one name read as another."""
    with pytest.raises(ValidationError):
        Text().deserialize(f"Ah{chr(code_point)}mad")


def test_names_of_all_scripts_pass_with_their_joiners() -> None:
    for name in ("أحمد", "Олександра", "ተክለሃይማኖት", "Şêrko", "می\u200cخواهم"):
        assert checked_text(name) == name


def test_text_is_trimmed_and_composed() -> None:
    assert Text().deserialize("  O\u0308zlem ") == "Özlem"


def test_text_has_a_limit_and_is_never_empty() -> None:
    for wrong in ("", "   ", "a" * 21, 7, "one\ntwo"):
        with pytest.raises(ValidationError):
            Text(max_length=20).deserialize(wrong)
    assert Text(max_length=20, lines=True).deserialize("one\ntwo") == "one\ntwo"


def test_equal_moments_have_equal_text() -> None:
    berlin = datetime(2026, 1, 31, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    assert instant_text(berlin) == instant_text(berlin.astimezone(UTC)) == "2026-01-31T09:00:00.000000Z"
    assert instant_of(instant_text(berlin)) == berlin


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        instant_text(datetime(2026, 1, 31))  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="zone"):
        instant_of("2026-01-31T10:00:00")


def test_a_moment_travels_through_its_field() -> None:
    at = datetime(2026, 1, 31, 9, tzinfo=UTC)
    assert Instant().deserialize("2026-01-31T10:00:00+01:00") == at
    assert Instant().serialize("at", {"at": at}) == "2026-01-31T09:00:00.000000Z"
    assert Instant().serialize("at", {"at": None}) is None


@pytest.mark.parametrize("wrong", [5, "yesterday", "2026-01-31T10:00:00"])
def test_what_is_no_moment_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        Instant().deserialize(wrong)


def test_a_set_of_codes_is_shown_in_one_order() -> None:
    field = SortedEnums(Enum(Precision, by_value=True))
    assert field.serialize("codes", {"codes": frozenset(Precision)}) == ["day", "month", "year"]
    assert field.serialize("codes", {"codes": None}) is None

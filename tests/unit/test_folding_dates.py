"""Birth dates as they are said, and the hypotheses about what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registry.clock import now
from registry.folding.dates import birth_of
from registry.linkage.comparison.dates import level_of
from tests.identities import Said, tokens

if TYPE_CHECKING:
    from registry.folding.identity import Birth


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1979-06-21", "1979-06-21", "exact"),
        ("1979-01-01", "1979-01-01", "placeholder"),
        ("1979-12-31", "1979-01-01", "placeholder"),
        ("1979-06-09", "1979-09-06", "swapped"),
        ("1979-06", "1979-06-01", "month"),
        ("1979-06", "1979-06", "month"),
        ("1979-06-01", "1979-06-21", "month"),
        ("1979-01-01", "1979-06-21", "year"),
        ("1979", "1979-06-21", "year"),
        ("1979", "1979-06", "year"),
        ("1979-01", "1979-01-01", "month"),
        ("1979", "1979-12-31", "placeholder"),
        ("1980-01-01", "1979-06-21", "beside"),
        ("1980-01-01", "1979", "near"),
        ("1981-01-01", "1979-01-01", "far"),
        ("1981-01-01", "1979-06-21", "other"),
        ("1995-06-21", "2005-06-21", "decade"),
        ("1979-06-21", "1979-06-27", "digit"),
        ("1979-06-21", "1970-06-21", "digit"),
        ("1979-06-21", "1980-06-21", "anniversary"),
        ("1979-06-21", "1979-09-14", "same-year"),
        ("1979-06", "1979-08", "same-year"),
        ("1979-06-21", "1991-11-02", "other"),
        ("1979-01-01", "1991-01-01", "other"),
    ],
)
def test_two_dates_agree_at_one_level_whoever_is_asked_first(one: str, other: str, level: str) -> None:
    left, right = tokens(Said(born=one)).births[0], tokens(Said(born=other)).births[0]
    assert (level_of(left, right), level_of(right, left)) == (level, level)


def test_a_date_that_no_calendar_has_is_taken_for_a_slip_only_where_that_is_asked() -> None:
    slip = birth_of("1973-40-18", mistyped=True)
    right = birth_of("1973-10-18")
    assert birth_of("1973-40-18") is None
    assert slip is not None
    assert right is not None
    assert set(slip.blurred) & set(right.blurred)
    assert birth_of("1973-00-00", mistyped=True) == birth_of("1973")


def test_a_date_whose_source_doubts_it_is_a_placeholder() -> None:
    assert _born("1979-06-21", suspected=True).placeholder
    assert not _born("1979-06-21").placeholder
    assert _born("1979-01-01").placeholder


def test_a_placeholder_has_no_anniversary_and_no_digits_to_be_found_by() -> None:
    birth = _born("1979-01-01")
    assert (birth.anniversary, birth.blurred) == (None, ())


@pytest.mark.parametrize("text", ["", "unknown", "1979-13", "1979-02-30", "0000", "1979-06-21-03", "21.06.1979"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert birth_of(text) is None


@pytest.mark.parametrize("mistyped", [False, True])
@pytest.mark.parametrize(
    "text",
    ["9999-99-99", "9999-12-31", "9999", "1111-11-11", "1879-12-31", f"{now().year + 1}-01-01", "0001-01-01"],
)
def test_a_year_in_which_nobody_alive_was_born_is_none(text: str, *, mistyped: bool) -> None:
    assert birth_of(text, mistyped=mistyped) is None


def test_a_month_and_day_that_both_are_none_are_no_slip_of_the_pen() -> None:
    assert birth_of("1990-99-99", mistyped=True) is None
    assert birth_of("1990-32-32", mistyped=True) is None
    assert birth_of("1990-31-99", mistyped=True) is not None
    assert birth_of("1990-99-31", mistyped=True) is not None


def test_the_oldest_and_the_youngest_have_a_birth_date() -> None:
    assert _born("1880-01-02").year == "1880"
    assert _born(f"{now().year}-01-02").year == str(now().year)


def _born(text: str, *, suspected: bool = False) -> Birth[str]:
    birth = birth_of(text, suspected=suspected)
    assert birth is not None
    return birth

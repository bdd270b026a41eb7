"""How long what is kept: limits of the law, and which day comes first."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from schemas.compartments import KINDS
from schemas.retention import by_law, day_of, due_day, preset, years_after
from schemas.vocabularies.access import AgencyKind

RECEIVED = date(2026, 3, 1)


def due(agency: AgencyKind | None, kind: str, named: date | None = None) -> date | None:
    return due_day(preset(agency, kind), RECEIVED, named)


@pytest.mark.parametrize("kind", ["identity.name", "identity.birth-date"])
def test_names_and_birth_dates_of_the_bamf_go_after_ten_years(kind: str) -> None:
    """Section 8(6) IntV."""
    assert due(AgencyKind.BAMF, kind) == date(2036, 3, 1)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"identity.name", "identity.birth-date"}))
def test_everything_else_of_the_bamf_goes_after_five_years(kind: str) -> None:
    """Section 8(6) IntV and section 26(3) DeuFöV."""
    assert due(AgencyKind.BAMF, kind) == date(2031, 3, 1)


@pytest.mark.parametrize("agency", [None, *(kind for kind in AgencyKind if kind is not AgencyKind.BAMF)])
@pytest.mark.parametrize("named", [None, date(2099, 1, 1)])
def test_where_no_norm_names_years_only_the_suppliers_date_counts(
    agency: AgencyKind | None, named: date | None
) -> None:
    assert {due(agency, kind, named) for kind in KINDS} == {named}


@pytest.mark.parametrize("kind", KINDS)
def test_a_suppliers_shorter_date_wins(kind: str) -> None:
    assert due(AgencyKind.BAMF, kind, date(2027, 1, 1)) == date(2027, 1, 1)


@pytest.mark.parametrize("kind", ["pathway.course", "pathway.entitlement", "unmapped.path", "identity.sex"])
def test_a_suppliers_longer_date_keeps_nothing_longer_than_the_law(kind: str) -> None:
    assert due(AgencyKind.BAMF, kind, date(2033, 9, 30)) == date(2031, 3, 1)


@pytest.mark.parametrize("kind", ["languages.language", "education.school", "work.experience"])
def test_an_item_of_the_register_goes_on_the_day_it_came_with_but_within_ten_years(kind: str) -> None:
    """Section 36 AZRG: the day that the AZR sends with an item is the law's own."""
    assert due(AgencyKind.BAMF, kind, date(2033, 9, 30)) == date(2033, 9, 30)
    assert due(AgencyKind.BAMF, kind, date(9999, 12, 31)) == date(2036, 3, 1)


def test_a_day_is_told_apart_from_the_laws() -> None:
    item = preset(AgencyKind.BAMF, "work.experience")
    assert [by_law(item, RECEIVED, day) for day in (date(2031, 3, 1), date(2036, 3, 1))] == [True, True]
    assert not by_law(item, RECEIVED, date(2033, 9, 30))
    assert not by_law(None, RECEIVED, date(2031, 3, 1))


def test_years_end_at_the_last_of_february_where_there_is_no_twenty_ninth() -> None:
    assert years_after(date(2028, 2, 29), 5) == date(2033, 2, 28)
    assert years_after(date(2028, 2, 29), 8) == date(2036, 2, 29)


def test_no_day_begins_before_it_does_in_germany() -> None:
    """Midnight in Berlin is 23:00 UTC in winter and 22:00 in summer; an hour late is allowed, early is not."""
    assert day_of(datetime(2026, 1, 31, 22, 59, tzinfo=UTC)) == date(2026, 1, 31)
    assert day_of(datetime(2026, 1, 31, 23, 0, tzinfo=UTC)) == date(2026, 2, 1)
    assert day_of(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == date(2026, 6, 30)
    assert day_of(datetime(2026, 6, 30, 23, 0, tzinfo=UTC)) == date(2026, 7, 1)

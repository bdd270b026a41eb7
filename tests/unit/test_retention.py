"""How long what is kept: limits of the law, and which day comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from registry.casework.forgetting.retention import together
from schemas.compartments import KINDS
from schemas.retention import day_of, due_day, due_days, preset, years_after
from schemas.vocabularies.access import AgencyKind

RECEIVED = date(2026, 3, 1)
RECORDED = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """An entry as far as its life depends on it."""

    id: str
    kind: str = "pathway.course"
    recorded_at: datetime | None = None
    delete_on: date | None = None
    superseded_by: str | None = None


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


def test_history_does_not_outlive_what_took_its_place() -> None:
    """A supplier that names an earlier day means the words, and they also stand in what it said before."""
    first, second = date(2030, 1, 1), date(2027, 1, 1)
    held = [Said("a", delete_on=first, superseded_by="b"), Said("b", superseded_by="c"), Said("c", delete_on=second)]
    assert due_days(held, AgencyKind.BA) == [second, second, second]


def test_what_took_a_place_may_live_longer_than_history() -> None:
    first, second = date(2027, 1, 1), date(2030, 1, 1)
    held = [Said("a", delete_on=first, superseded_by="b"), Said("b", delete_on=second), Said("c")]
    assert due_days(held, AgencyKind.BA) == [first, second, None]


def test_entries_that_name_each_other_or_nobody_have_days_all_the_same() -> None:
    day = date(2027, 1, 1)
    held = [Said("a", superseded_by="b"), Said("b", delete_on=day, superseded_by="a"), Said("c", superseded_by="x")]
    assert due_days(held, AgencyKind.BA) == [day, day, None]


def test_the_laws_years_count_from_the_day_a_statement_came() -> None:
    held = [Said("a", recorded_at=RECORDED), Said("b", recorded_at=RECORDED, delete_on=date(2027, 1, 1)), Said("c")]
    assert due_days(held, AgencyKind.BAMF) == [date(2031, 3, 1), date(2027, 1, 1), None]
    assert due_days(held, None) == [None, date(2027, 1, 1), None]


def test_years_end_at_the_last_of_february_where_there_is_no_twenty_ninth() -> None:
    assert years_after(date(2028, 2, 29), 5) == date(2033, 2, 28)
    assert years_after(date(2028, 2, 29), 8) == date(2036, 2, 29)


def test_no_day_begins_before_it_does_in_germany() -> None:
    """Midnight in Berlin is 23:00 UTC in winter and 22:00 in summer; an hour late is allowed, early is not."""
    assert day_of(datetime(2026, 1, 31, 22, 59, tzinfo=UTC)) == date(2026, 1, 31)
    assert day_of(datetime(2026, 1, 31, 23, 0, tzinfo=UTC)) == date(2026, 2, 1)
    assert day_of(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == date(2026, 6, 30)
    assert day_of(datetime(2026, 6, 30, 23, 0, tzinfo=UTC)) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("sizes", "chunks"),
    [
        ([], []),
        ([1], [1]),
        ([1] * 50, [50]),
        ([1] * 120, [50, 50, 20]),
        ([5 * 2**20] * 3, [1, 1, 1]),
        ([4 * 2**20] * 3, [2, 1]),
        ([1, 13 * 2**20, 1], [1, 1, 1]),
    ],
)
def test_the_keeper_is_asked_for_as_many_at_once_as_its_answer_can_hold(sizes: list[int], chunks: list[int]) -> None:
    due = [(UUID(int=number), size_bytes) for number, size_bytes in enumerate(sizes)]
    found = list(together(due))
    assert [len(chunk) for chunk in found] == chunks
    assert [one for chunk in found for one in chunk] == [one for one, _ in due]

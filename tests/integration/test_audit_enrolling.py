"""Lines about enrolling say what was enrolled, and on whose second word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from registry import housekeeping
from registry.audit import sequencer
from registry.casework.admission import enrolling
from registry.db import Sessions
from tests.api_client import NAME
from tests.house import PIN, House, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tests.conftest import DatabasePair

LINES = "SELECT object_id, officer_id, responsible_id FROM audit_line WHERE event = %s ORDER BY at"


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as opened:
        yield opened


def rows(house: House, statement: str, *values: object) -> list[tuple[UUID | None, ...]]:
    with psycopg.connect(house.pair.main_url()) as connection:
        return connection.execute(statement.encode(), values).fetchall()


def ids(house: House, table: str, where: str) -> set[UUID | None]:
    return {row[0] for row in rows(house, f"SELECT id FROM {table} WHERE {where}")}  # noqa: S608 - names of this file


def test_every_enrolment_names_what_was_enrolled_and_both_administrators(house: House) -> None:
    first, second = (
        row[0] for row in rows(house, "SELECT id FROM officer WHERE agency_id IS NULL ORDER BY created_at")
    )
    agencies = rows(house, LINES, "agency.enrolled")
    assert {line[0] for line in agencies} == ids(house, "agency", "true")
    assert {line[1:] for line in agencies} == {(first, second)}
    officers = rows(house, LINES, "officer.enrolled")
    assert {line[0] for line in officers} == ids(house, "officer", "true")
    assert officers[0] == (first, None, None), "nobody was there before"
    assert officers[1] == (second, first, None), "the first adds the second alone"
    assert {line[1:] for line in officers[2:]} == {(first, second)}


def test_a_letter_names_itself_and_who_approved_that_it_replaces_another(house: House) -> None:
    clerk, approver = house.officer("Agentur"), house.officer("Agentur", "approver")
    person = house.create(clerk, [NAME]).person_id
    house.letter(clerk, person)
    instead = enrolling.Instead(approval=approver.token)
    with Sessions.begin() as session:
        enrolling.hand_over_letter(session, person, PIN, actor=clerk, now=house.clock.now(), instead=instead)
    before, after = rows(house, LINES, "letter.issued")
    assert (before[1:], after[1:]) == ((clerk.id, None), (clerk.id, approver.id))
    assert {before[0], after[0]} == ids(house, "credential", "owner_kind = 'person'")


@pytest.mark.parametrize("column", ["object_id", "responsible_id"])
def test_what_was_enrolled_and_by_whom_cannot_be_changed_in_the_log(house: House, column: str) -> None:
    house.speak_as("housekeeper")
    housekeeping.order_lines()
    with psycopg.connect(house.pair.main_url()) as connection:
        changed = f"UPDATE audit_line SET {column} = id WHERE event = 'agency.enrolled'"  # noqa: S608 - names of this file
        connection.execute(changed.encode())
    with Sessions() as session, pytest.raises(ValueError, match="was changed"):
        sequencer.verify(session)

"""The housekeeper's sweeps: one item that cannot be done keeps no other from being done."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest

from registry import housekeeping
from registry.casework import granting
from registry.casework.forgetting import erasing
from registry.db import Sessions
from registry.keys.client import KEEPER, KeeperAway
from schemas.compartments import Section
from schemas.vocabularies.access import Purpose
from tests.api_client import NAME
from tests.house import House, open_house, told
from tests.restore_drill import LANGUAGES, Drill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.actors import PersonActor
    from registry.wire.asking import CodeProof
    from tests.conftest import DatabasePair

DAYS = timedelta(days=1)


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as opened:
        yield opened


def persons(house: House, count: int) -> list[tuple[PersonActor, CodeProof]]:
    """Record persons and sign them in, each with a proof in her hand."""
    clerk = house.officer("Agentur")
    letters = [house.letter(clerk, house.create(clerk, [NAME]).person_id) for _ in range(count)]
    return [(house.person(letter), letter.proof(1)) for letter in letters]


def granted(house: House, count: int) -> list[UUID]:
    """Let persons grant something, the first for the shortest time."""
    grants = []
    for number, (person, proof) in enumerate(persons(house, count)):
        wish = granting.Wish(
            agency_id=UUID(house.agency("Jobcenter Köln").id),
            purpose=Purpose.PLACEMENT,
            sections=frozenset({Section.LANGUAGES}),
            until=house.clock.now() + DAYS + timedelta(minutes=number),
            **told(),
        )
        with Sessions.begin() as session:
            grants.append(granting.give(session, wish, proof, actor=person, now=house.clock.now()).id)
    return grants


def ordered(house: House, count: int) -> list[UUID]:
    """Let persons order that they are forgotten, without carrying it out."""
    orders = []
    for person, _ in persons(house, count):
        with Sessions.begin() as session:
            orders.append(erasing.order(session, actor=person, now=house.clock.now()))
    return orders


def poison(house: House, table: str, item: UUID) -> None:
    """Change a row so that the keeper believes nothing of it."""
    with psycopg.connect(house.pair.main_url()) as connection:
        changed = connection.execute(f"UPDATE {table} SET mac = %s WHERE id = %s".encode(), (bytes(33), item))  # noqa: S608 - a name of this file
        assert changed.rowcount == 1


def left(house: House, statement: str) -> set[UUID]:
    with psycopg.connect(house.pair.main_url()) as connection:
        return {row[0] for row in connection.execute(statement.encode())}


def test_a_grant_that_cannot_be_ended_does_not_keep_others_alive(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    first, *others = granted(house, 3)
    poison(house, "access_grant", first)
    house.clock.ahead = 2 * DAYS
    house.speak_as("housekeeper")
    assert housekeeping.end_what_is_over(house.clock.now()) == len(others)
    assert left(house, "SELECT id FROM access_grant WHERE status = 'active'") == {first}
    failed = [vars(record)["grant"] for record in caplog.records if record.msg == "housekeeping.item-failed"]
    assert failed == [first]


def test_a_grant_that_runs_out_takes_no_other_office_its_key(database_pair: DatabasePair) -> None:
    """The housekeeper sees everybody's wraps; it replaces those of one office after the other."""
    with open_house(database_pair, idle_minutes=60 * 24 * 7, session_hours=24 * 7) as house:
        drill = Drill(house, house.officer("Agentur"))
        hers = drill.create()
        drill.give(hers, "Jobcenter Köln", lasts=DAYS)
        others = {office: house.officer(office) for office in ("Jobcenter Stuttgart", "Jobcenter Essen")}
        living = {office: drill.give(hers, office, lasts=30 * DAYS) for office in others}
        house.clock.ahead = 2 * DAYS
        house.speak_as("housekeeper")
        assert housekeeping.end_what_is_over(house.clock.now()) == 1
        house.speak_as("web")
        for office, officer in others.items():
            assert drill.by_grant(officer, hers, living[office]) == set(LANGUAGES)


def test_a_sweep_goes_on_until_nothing_is_left_that_can_be_done(house: House) -> None:
    """What failed first does not fill the place of what comes after, however little is fetched at once."""
    failed = set(granted(house, 2)[:1])
    house.clock.ahead = 2 * DAYS
    house.speak_as("housekeeper")
    (due,) = housekeeping._due(house.clock.now(), failed)
    assert due.id not in failed


def test_an_erasure_that_cannot_be_done_does_not_keep_others_from_being_forgotten(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    first, *others = ordered(house, 3)
    poison(house, "erasure", first)
    house.speak_as("housekeeper")
    assert housekeeping.finish_erasures(house.clock.now()) == len(others)
    assert left(house, "SELECT id FROM erasure WHERE done_at IS NULL") == {first}
    failed = [vars(record)["erasure"] for record in caplog.records if record.msg == "housekeeping.item-failed"]
    assert failed == [first]


def test_floors_are_raised_for_each_grant_that_ended(house: House) -> None:
    granted(house, 2)
    house.clock.ahead = 2 * DAYS
    house.speak_as("housekeeper")
    housekeeping.end_what_is_over(house.clock.now())
    assert housekeeping.settle_what_ended(house.clock.now()) == 2


def test_a_sweep_without_a_keeper_gives_up_soon(house: House, caplog: pytest.LogCaptureFixture) -> None:
    orders = ordered(house, 4)
    house.speak_as("housekeeper")
    KEEPER.configure(house.settings.run_dir / "nobody-listens.sock")
    with pytest.raises(KeeperAway):
        housekeeping.finish_erasures(house.clock.now())
    assert caplog.messages.count("housekeeping.item-failed") == 3
    assert left(house, "SELECT id FROM erasure WHERE done_at IS NULL") == set(orders)

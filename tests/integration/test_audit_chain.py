"""The chain of the log: what stands outside of it opens nothing and is found, and no row stops the sequencer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from consent.permits import AccessRequest
from registry import access, housekeeping
from registry.audit import log, sequencer
from registry.audit.events import Event
from registry.db import Sessions
from registry.profiles import reading
from schemas.compartments import Compartment
from schemas.vocabularies.access import Lane, Purpose
from tests.api_client import NAME
from tests.house import House, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tests.conftest import DatabasePair


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as opened:
        opened.speak_as("housekeeper")
        housekeeping.order_lines()
        yield opened


def told(house: House, count: int = 1) -> list[UUID]:
    """Write lines and return their ids."""
    with Sessions.begin() as session:
        return log.record_all(session, [log.Line(event=Event.LOG_READ)] * count, None, now=house.clock.now())


def as_owner(house: House, statement: str, *values: object) -> None:
    """Do what nobody but the owner of the database can."""
    with psycopg.connect(house.pair.main_url()) as connection:
        connection.execute(statement.encode(), values)


def waiting(house: House) -> int:
    with psycopg.connect(house.pair.main_url()) as connection:
        return len(connection.execute("SELECT 1 FROM audit_queue").fetchall())


def whole() -> int:
    """Verify and return how many lines there are."""
    with Sessions() as session:
        return sequencer.verify(session)


def test_a_line_that_is_queued_again_keeps_its_place_and_stops_nobody(house: House) -> None:
    (first,) = told(house)
    housekeeping.order_lines()
    lines = whole()
    as_owner(house, "INSERT INTO audit_queue (line_id) VALUES (%s)", first)
    told(house, 3)
    assert housekeeping.order_lines() == 4
    assert (whole(), waiting(house)) == (lines + 3, 0)


def test_only_lines_that_have_their_place_in_the_queue_do_no_harm(house: House) -> None:
    lines = told(house, 2)
    housekeeping.order_lines()
    before = whole()
    for line in lines:
        as_owner(house, "INSERT INTO audit_queue (line_id) VALUES (%s)", line)
    assert housekeeping.order_lines() == 2
    assert (whole(), waiting(house)) == (before, 0)


def test_a_line_that_is_neither_waiting_nor_in_the_chain_is_found(house: House) -> None:
    (stray,) = told(house)
    whole()
    as_owner(house, "DELETE FROM audit_queue WHERE line_id = %s", stray)
    with pytest.raises(ValueError, match=f"line {stray} is not in the chain"):
        whole()


def test_a_line_that_is_removed_before_it_has_its_place_is_found(house: House) -> None:
    (gone,) = told(house)
    as_owner(house, "DELETE FROM audit_line WHERE id = %s", gone)
    housekeeping.order_lines()
    with pytest.raises(ValueError, match=f"line {gone} was removed"):
        whole()


def test_the_keepers_own_lines_join_the_chain(house: House) -> None:
    """What never enters the chain must not open anything: nobody could find out later."""
    house.speak_as("web")
    clerk = house.officer("Agentur")
    born = house.create(clerk, [NAME])
    assert clerk.agency_id is not None
    assert clerk.agency_kind is not None
    request = AccessRequest(
        person_id=born.person_id,
        agency_id=clerk.agency_id,
        agency_kind=clerk.agency_kind,
        purpose=Purpose.INTAKE,
        compartments=frozenset({Compartment.IDENTITY_CORE}),
        lane=Lane.OWN,
        own_appearances=(born.id,),
    )
    admitted = access.authorise(request, clerk, house.clock.now())
    house.speak_as("housekeeper")
    housekeeping.order_lines()
    with Sessions() as session:
        before = sequencer.verify(session)
    house.speak_as("web")
    assert len(reading.open_compartments(admitted, clerk)) == 1
    house.speak_as("housekeeper")
    housekeeping.order_lines()
    with Sessions() as session:
        assert sequencer.verify(session) == before + 1


def test_a_sequencer_that_is_kept_out_for_long_says_so(house: House, caplog: pytest.LogCaptureFixture) -> None:
    told(house)
    watch = housekeeping.LockWatch()
    with Sessions.begin() as holder:
        assert log.try_sequencer_lock(holder)
        assert housekeeping.order_lines(watch) == 0
        assert caplog.messages == []
        watch.since = time.monotonic() - housekeeping.LOCK_SECONDS
        assert housekeeping.order_lines(watch) == 0
        assert caplog.messages == ["sequencer.kept-out"]
        assert housekeeping.order_lines(watch) == 0
        assert len(caplog.messages) == 1, "once every while"
    assert housekeeping.order_lines(watch) == 1
    assert watch.since is None

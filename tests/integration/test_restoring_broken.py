"""A log whose chain does not hold, or that is another one, closes the keeper: while it runs, and at its next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registry import housekeeping
from tests.house import House, open_house
from tests.integration.test_restoring import closed
from tests.keeper_writer import Writer
from tests.restore_drill import Drill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DatabasePair

_NEWEST = "(SELECT max(number) FROM audit_leaf)"


@pytest.fixture
def drill(database_pair: DatabasePair) -> Iterator[Drill]:
    with open_house(database_pair) as house:
        yield Drill(house, house.officer("Agentur"))


def place_lines(house: House) -> int:
    """Give all waiting lines their place, and let the keeper see nothing of it."""
    house.speak_as("housekeeper")
    placed = housekeeping.order_lines()
    house.speak_as("web")
    return placed


def change(drill: Drill, statement: str) -> None:
    with Writer(drill.house.pair.main_url()) as writer:
        assert writer.connection.execute(statement).rowcount


def why_closed(drill: Drill) -> list[str | None]:
    """Return why the keeper is closed, once it has looked, and why the next one is."""
    gate = drill.house.keeper.rooms.gate
    gate.follow()
    here = gate.closed
    drill.stop()
    drill.start()
    return [here, drill.house.keeper.rooms.gate.closed]


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE audit_leaf SET chain = sha256(chain) WHERE number = {_NEWEST}",  # noqa: S608 - our own words
        f"DELETE FROM audit_leaf WHERE number = {_NEWEST} - 1",  # noqa: S608 - our own words
        f"UPDATE audit_line SET leaf = sha256(leaf) WHERE id = (SELECT line_id FROM audit_leaf WHERE number = {_NEWEST})",  # noqa: S608, E501 - our own words
    ],
    ids=["another chain", "a gap", "another leaf"],
)
def test_a_chain_that_does_not_hold_closes_the_keeper(drill: Drill, statement: str) -> None:
    """Whoever can write lines without their chain could have it end, or begin again, what she never ended."""
    drill.order_lines()
    for _ in range(2):
        drill.create()
    assert place_lines(drill.house) > 2
    change(drill, statement)
    assert why_closed(drill) == ["log.broken", "log.broken"]
    assert closed(drill)


def test_a_log_that_is_another_than_was_seen_closes_the_keeper(drill: Drill) -> None:
    drill.create()
    drill.order_lines()
    change(drill, f"UPDATE audit_leaf SET chain = sha256(chain) WHERE number = {_NEWEST}")  # noqa: S608 - our own words
    assert why_closed(drill) == ["log.other", "log.other"]


def test_what_is_noted_of_a_log_that_holds_is_all_of_it(drill: Drill) -> None:
    drill.order_lines()
    gate = drill.house.keeper.rooms.gate
    before = gate.noted.read()
    drill.create()
    placed = place_lines(drill.house)
    assert gate.noted.read() == before
    gate.follow()
    with Writer(drill.house.pair.main_url()) as writer:
        size, chain = writer.connection.execute(
            f"SELECT number + 1, chain FROM audit_leaf WHERE number = {_NEWEST}"  # noqa: S608 - our own words
        ).fetchone() or (0, b"")
    noted = gate.noted.read()
    assert (noted.size, noted.chain) == (size, chain) == (before.size + placed, chain)
    assert not closed(drill)

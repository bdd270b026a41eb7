"""A log whose chain does not hold, or that is another one, closes the keeper: while it runs, and at its next start."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid4

import pytest
from msgspec.structs import replace

from registry import housekeeping
from registry.casework.restoring import export_file
from registry.keys.client import KEEPER, KeeperRefused
from registry.wire import messages
from registry.wire.upkeep import restoring
from tests.house import House, open_house
from tests.integration.test_restoring import Story, closed
from tests.keeper_writer import Writer
from tests.restore_drill import LANGUAGES, Drill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import DatabasePair

Asked: TypeAlias = (
    restoring.Replay | restoring.EndAgain | restoring.SeparateAgain | restoring.LiftSunken | restoring.Reopen
)

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


def refused(question: Asked) -> str:
    """Return why the keeper does not do it."""
    with pytest.raises(KeeperRefused) as refusal:
        KEEPER.ask(question, object)  # type: ignore[type-var]  # an answer would be an error
    return refusal.value.reason


def steps_of(export: export_file.Export, first: int) -> list[restoring.Step]:
    """Return all lines of an export from a number on, each whole."""
    return [
        restoring.Step(record.line.leaf, record.line, record.erasure) for record in export_file.records(export, first)
    ]


def test_an_open_keeper_says_that_there_is_nothing_to_replay(drill: Drill) -> None:
    one = uuid4()
    asked = (restoring.Replay(0, []), restoring.EndAgain(one), restoring.SeparateAgain(one))
    with drill.at_the_command_line():
        for question in (*asked, restoring.LiftSunken(), restoring.Reopen()):
            assert refused(question) == "replay.not-closed"


def test_a_closed_keeper_says_why_it_takes_no_piece_and_believes_none_before_the_last(
    drill: Drill, tmp_path: Path
) -> None:
    """What the operator reads decides what she does next: take another export, or look for who changed this one."""
    story = Story(drill, tmp_path / "copy")
    drill.restore(tmp_path / "copy")
    export, first = story.export, story.before
    steps = steps_of(export, first)
    at = next(number for number, step in enumerate(steps) if step.line and step.line.event == "grant.withdrawn")
    ended = steps[at].line
    assert ended is not None
    changed = [*steps[:at], replace(steps[at], line=replace(ended, event="log.read")), *steps[at + 1 :]]
    whole = restoring.Replay(first, steps, head=export.head, keys=tuple(export.keys))
    with drill.at_the_command_line():
        for question, code in (
            (restoring.EndAgain(story.ended.id), "replay.none"),
            (restoring.SeparateAgain(story.ended.id), "replay.none"),
            (restoring.LiftSunken(), "replay.none"),
            (restoring.Reopen(), "replay.none"),
            (restoring.Replay(first + 1, steps[1:]), "replay.order"),
            (replace(whole, steps=changed), "replay.line"),
            (replace(whole, steps=steps[:-1]), "replay.head"),
            (replace(whole, head="no signature"), "replay.head"),
        ):
            assert refused(question) == code
        KEEPER.ask(restoring.Replay(first, steps[:1]), messages.Done)
        assert refused(restoring.Reopen()) == "replay.none"
        assert refused(restoring.Replay(first + 2, steps[2:])) == "replay.order"
        KEEPER.ask(replace(whole, first=first + 1, steps=steps[1:]), messages.Done)
        assert refused(restoring.Replay(export.size, [])) == "replay.order"
        assert refused(restoring.EndAgain(story.living.id)) == "replay.other-grant"
        assert refused(restoring.SeparateAgain(story.ended.id)) == "replay.other-link"
        rotated = KEEPER.ask(restoring.EndAgain(story.ended.id), messages.Rotated)
    assert (rotated.grant.id, rotated.grant.status) == (story.ended.id, "withdrawn")
    assert {one.compartment for one in rotated.sealed} == set(LANGUAGES)
    assert {wrap.grant_id for wrap in rotated.wraps} == {story.other.id}
    assert drill.replay(export).grants == 1
    assert not closed(drill)

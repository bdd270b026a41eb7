"""Rules that are narrowed take effect on grants that were given before: their wraps above the ceiling go."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from msgspec import structs

from registry import housekeeping
from registry.keeper.rules import ceiling
from registry.wire import messages
from registry.wire.rows import WrapRow
from tests.keeper_machine import Stage, open_stage
from tests.keeper_writer import COMPARTMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from registry.wire.rows import GrantRow

COLOGNE, ESSEN = "Jobcenter Köln", "Jobcenter Essen"
ABOVE = min(set(COMPARTMENTS) - ceiling("jobcenter", "placement"))


class Scene:
    """A person whose languages two offices may read, and one of them more than the rules allow by now."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        clerk = stage.officer("Agentur")
        self.readers = {name: stage.officer(name) for name in (COLOGNE, ESSEN)}
        (self.hers,) = stage.born(clerk)
        letter = stage.letter(clerk, self.hers.person_id)
        person = stage.person(letter)
        self.grants = {
            name: stage.give(
                stage.wish(self.hers.person_id, reader.office, [self.hers.id]), letter.proof(number), person=person
            )
            for number, (name, reader) in enumerate(self.readers.items(), start=1)
        }
        self.languages = self.grants[COLOGNE].compartments[0]
        stage.house.speak_as("housekeeper")

    def widen(self, compartment: str, name: str = COLOGNE) -> WrapRow:
        """Store a wrap as the keeper would have made it while the rules allowed more."""
        rooms, row = self.stage.house.keeper.rooms, self.stage.sealed(self.hers.id, compartment)
        shred = rooms.store.secrets_of([self.hers.id])[self.hers.id]
        wrap = rooms.granter.sealer.wrap_for(
            self.grants[name], row, key=rooms.granter.sealer.custodian_key(row, shred), shred=shred
        )
        assert rooms.granter.sealer.granted_key(wrap, shred)
        self.stage.writer.put(wrap)
        return wrap

    def reads(self, name: str) -> bool:
        """Say that what is within the ceiling opens."""
        return bool(self.stage.open(self.readers[name], self.stage.claim([self.hers], self.grants[name])))

    def trim(self) -> int:
        """Let the housekeeper look."""
        return housekeeping.trim_what_is_above(self.stage.now())

    def lines(self) -> list[tuple[list[str], list[object]]]:
        """Return what her log says of it."""
        with psycopg.connect(self.stage.house.pair.main_url()) as owner:
            query = "SELECT compartments, grants FROM audit_line WHERE event = 'grant.narrowed'"
            return owner.execute(query).fetchall()


@pytest.fixture
def scene(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Scene]:
    with open_stage(clusters, template_pair, test_logins) as stage:
        yield Scene(stage)


def test_a_wrap_above_the_ceiling_goes_and_its_compartment_gets_a_new_key(scene: Scene) -> None:
    stage = scene.stage
    assert scene.trim() == 0
    before = {name: stage.sealed(scene.hers.id, name) for name in (ABOVE, scene.languages)}
    kept = scene.widen(ABOVE)
    assert scene.trim() == 1
    assert ABOVE not in {wrap.compartment for wrap in stage.writer.everything(WrapRow)}
    assert stage.sealed(scene.hers.id, ABOVE).epoch == before[ABOVE].epoch + 1
    assert stage.sealed(scene.hers.id, scene.languages) == before[scene.languages]
    assert scene.lines() == [([ABOVE], [scene.grants[COLOGNE].id])]
    assert scene.reads(COLOGNE)
    assert scene.reads(ESSEN)
    stage.writer.put(before[ABOVE], kept)  # and nothing of before opens again
    shred = stage.house.keeper.rooms.store.secrets_of([scene.hers.id])[scene.hers.id]
    assert shred.floors[ABOVE] == before[ABOVE].epoch + 1
    assert scene.trim() == 1  # put back, it is found again, and neither document nor wrap opens
    assert ABOVE not in {wrap.compartment for wrap in stage.writer.everything(WrapRow)}


def test_who_is_within_the_ceiling_in_the_same_compartment_keeps_her_wrap(scene: Scene) -> None:
    """The ceiling is of a kind and a purpose: the same languages for another purpose can be above it."""
    stage = scene.stage
    row = stage.sealed(scene.hers.id, scene.languages)
    rooms = stage.house.keeper.rooms
    shred = rooms.store.secrets_of([scene.hers.id])[scene.hers.id]
    foreign = rooms.granter.sealer.wrap_for(
        _for_no_purpose(scene.grants[COLOGNE]), row, key=rooms.granter.sealer.custodian_key(row, shred), shred=shred
    )
    stage.writer.put(foreign)
    assert scene.trim() == 1
    assert {wrap.agency_id for wrap in stage.writer.everything(WrapRow)} == {
        reader.office for reader in scene.readers.values()
    }
    assert {wrap.purpose for wrap in stage.writer.everything(WrapRow)} == {"placement"}
    assert scene.reads(COLOGNE)
    assert scene.reads(ESSEN)


def test_the_keeper_decides_what_is_above_whoever_asks(scene: Scene) -> None:
    stage, hers = scene.stage, scene.hers.id
    asked = messages.Trim([hers])
    assert stage.refused(asked, role="housekeeper") == "trim.nothing-above"
    assert stage.refused(messages.Trim([]), role="housekeeper") == "trim.form"
    assert stage.refused(messages.Trim([hers] * 51), role="housekeeper") == "trim.form"
    for role in ("web", "cli"):
        assert stage.refused(asked, role=role) == "operation.not-here"
    assert scene.reads(COLOGNE)


def test_a_compartment_that_does_not_open_any_more_loses_the_wrap_all_the_same(scene: Scene) -> None:
    scene.widen(ABOVE)
    row = scene.stage.sealed(scene.hers.id, ABOVE)
    scene.stage.writer.change(row, custodian_wrap=bytes(60))
    assert scene.trim() == 1
    assert ABOVE not in {wrap.compartment for wrap in scene.stage.writer.everything(WrapRow)}


def test_a_wrap_of_an_agency_whose_row_is_forged_holds_up_no_other(scene: Scene) -> None:
    """For that agency nothing opens anyway; what is above the ceiling of the others still goes."""
    stage, strange = scene.stage, uuid4()
    above = scene.widen(ABOVE)
    stage.writer.put(structs.replace(above, agency_id=strange, grant_id=uuid4()))
    assert scene.trim() == 1
    assert {wrap.agency_id for wrap in stage.writer.fetch(WrapRow, compartment=ABOVE)} <= {strange}
    assert scene.reads(COLOGNE)


def _for_no_purpose(grant: GrantRow) -> GrantRow:
    """Return a grant for a purpose that was a word once."""
    return structs.replace(grant, purpose="statistics-of-before")

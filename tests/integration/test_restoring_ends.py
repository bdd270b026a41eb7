"""What a replay ends again, beside grants withdrawn and persons erased; and what waits until it is over."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select

from registry import clock, housekeeping
from registry.app import ENGINE
from registry.audit import log, sequencer
from registry.audit.events import Event
from registry.audit.log import Line
from registry.casework.restoring import export_file
from registry.db import Sessions
from registry.linkage.models import Link
from registry.profiles.models import Appearance
from registry.wire import messages
from registry.wire.rows import GrantRow, WrapRow
from tests.api_client import DARI, Api, Person, opened, wish
from tests.house import PIN, House, open_house
from tests.identities import Said, entries
from tests.integration.test_api_links import letter, linked, separation
from tests.integration.test_import_linking import NUMBERED, REISSUED, brought
from tests.keeper_writer import Writer
from tests.restore_drill import LANGUAGES, Drill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import DatabasePair

NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF")


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair, idle_minutes=60 * 24 * 7, session_hours=24 * 7) as running:
        yield running


@pytest.fixture
def drill(house: House) -> Drill:
    return Drill(house, house.officer("Agentur"))


def test_lines_of_ends_carry_what_a_restore_needs_and_no_person(drill: Drill, tmp_path: Path) -> None:
    """Design, section 6: erasure and withdrawal lines carry random appearance and grant ids in clear."""
    hers, other = drill.create(), drill.create()
    withdrawn = drill.give(hers, "Jobcenter Köln", lasts=timedelta(days=30))
    expired = drill.give(hers, "Jobcenter Essen", lasts=timedelta(days=1))
    drill.withdraw(hers, withdrawn)
    drill.erase(other)
    drill.house.clock.ahead = timedelta(days=2)
    drill.house.speak_as("housekeeper")
    housekeeping.end_what_is_over(drill.house.clock.now())
    export = drill.export(tmp_path / "log")
    ends = {one.line.event: one for one in export_file.records(export, 0)}
    assert ends["grant.withdrawn"].line.grants == [withdrawn.id]
    assert ends["grant.expired"].line.grants == [expired.id]
    for event in ("grant.withdrawn", "grant.expired"):
        assert ends[event].line.appearances == [hers.appearance.id]
    order = ends["person.erased"].erasure
    assert order is not None
    assert (order.appearances, ends["person.erased"].line.object_id) == ([other.appearance.id], order.id)
    assert str(hers.id) not in (tmp_path / "log").read_text()


def test_a_grant_that_ran_out_after_the_back_up_is_ended_again(drill: Drill, tmp_path: Path) -> None:
    hers = drill.create()
    grant = drill.give(hers, "Jobcenter Köln", lasts=timedelta(days=1))
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    drill.house.clock.ahead = timedelta(days=2)
    drill.house.speak_as("housekeeper")
    housekeeping.end_what_is_over(drill.house.clock.now())
    export = drill.export(tmp_path / "log")
    drill.house.clock.ahead = timedelta()  # the restored machine's clock is late
    drill.restore(tmp_path / "copy")
    assert drill.replay(export).grants == 1
    assert drill.by_grant(drill.house.officer("Jobcenter Köln"), hers, grant) == set()


def test_while_the_keeper_is_closed_no_line_gets_a_place_that_a_lost_one_has(drill: Drill, tmp_path: Path) -> None:
    drill.create()
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    drill.create()
    export = drill.export(tmp_path / "log")
    drill.restore(tmp_path / "copy")
    with Sessions.begin() as session:
        before = sequencer.length(session)
        log.record(session, Line(event=Event.LOG_READ), None, now=drill.house.clock.now())
    drill.house.speak_as("housekeeper")
    gate, watch = housekeeping.GateWatch(), housekeeping.LockWatch()
    assert gate.order_lines(watch) == 0
    report = drill.replay(export)
    drill.house.speak_as("housekeeper")
    assert gate.order_lines(watch) == 2  # the one that waited, and that of the restore
    with Sessions() as session:
        assert sequencer.verify(session) == before + report.lines + 2


def test_what_was_given_back_after_the_back_up_stays_given_back(database_pair: DatabasePair, tmp_path: Path) -> None:
    """She said "this is not me": neither she nor any grant of hers opens it, though the old rows say so."""
    with open_house(database_pair, linker=True) as running, contextmanager(opened)(running) as api:
        drill = Drill(running, running.officer("Agentur"))
        hers, second = _linked(api)
        me = api.person(hers)
        confirmation = f"/api/v1/me/appearances/{second}/confirmation"
        assert me.post(confirmation, {"proof": hers.proof(1)}).status_code == 204
        given = me.post("/api/v1/me/grants", wish(api.agency("Köln"), hers.proof(2)))
        first, grant = UUID(hers.appearance), UUID(given.get_json()["id"])
        both = [first, UUID(second)]
        drill.order_lines()
        drill.back_up(tmp_path / "copy")
        assert me.delete(f"/api/v1/me/appearances/{second}").status_code == 204
        export = drill.export(tmp_path / "log")
        api.app.extensions[ENGINE].dispose()
        drill.restore(tmp_path / "copy")
        store = running.keeper.rooms.store
        assert store.given_back(UUID(hers.id), both) == set()
        report = drill.replay(export)
        assert (report.links, report.skipped, report.lost["link.undone"]) == (1, 0, 0)
        assert store.given_back(UUID(hers.id), both) == {UUID(second)}
        assert _belonging(UUID(hers.id)) == {first}
        with Sessions() as session:
            undone = session.scalars(select(Link).where(Link.appearance_id == UUID(second))).one()
            assert (undone.status, undone.decided_kind, undone.decided_by) == ("undone", "person", UUID(hers.id))
        with Writer(running.pair.main_url()) as writer:
            assert [one.appearances for one in writer.fetch(GrantRow, id=grant)] == [[first]]
            assert {one.appearance_id for one in writer.fetch(WrapRow, grant_id=grant)} == {first}
        assert running.keeper.rooms.reader.links_of(UUID(second))[0].status == "undone"
        assert undone.from_person != UUID(hers.id)
        assert _belonging(undone.from_person) == {UUID(second)}
        officer = running.officer("Jobcenter Köln")
        for appearance, shown in ((first, set(LANGUAGES)), (UUID(second), set())):
            said = messages.Said(UUID(hers.id), [appearance], LANGUAGES, "placement", "consent", [grant])
            assert drill.opened(messages.Open(said, session=officer.token)) == shown


@pytest.mark.parametrize("what", [("main", "shred"), ("shred",)], ids=["both", "the shred store alone"])
def test_her_words_that_went_with_her_letter_are_gone_again(
    database_pair: DatabasePair, tmp_path: Path, what: tuple[str, ...]
) -> None:
    """Two offices parted, after the back-up, what her letter was handed over for."""
    with open_house(database_pair, linker=True) as running, contextmanager(opened)(running) as api:
        drill = Drill(running, running.officer("Agentur"))
        jobcenter = api.officer("Jobcenter Stuttgart")
        first = api.officer("Agentur").post("/api/v1/persons", {"entries": entries(NADIR)}).get_json()
        person, second = UUID(first["id"]), linked(jobcenter, NADIR)["appearance"]
        hers = letter(jobcenter, first["id"], second)
        me = api.person(hers)
        need = {"kind": "needs.training", "value": {"text": "Umschulung"}}
        assert me.post("/api/v1/me/entries", need).status_code == 201
        (words,) = _belonging(person) - {UUID(first["appearance"]), UUID(second)}
        drill.order_lines()
        drill.back_up(tmp_path / "copy")
        approval = {"approval": api.officer("Jobcenter Stuttgart", "approver").token}
        assert jobcenter.post(separation(first["id"], second), approval).status_code == 200
        export = drill.export(tmp_path / "log")
        api.app.extensions[ENGINE].dispose()
        drill.restore(tmp_path / "copy", *what)
        store = running.keeper.rooms.store
        # Of a main database that is newer the keeper reads at its start what ended.
        assert store.words_of(person, until=clock.now()) == ([words] if "main" in what else [])
        if "main" in what:
            assert drill.replay(export).links == 1
        assert (store.words_of(person, until=clock.now()), store.secrets_of([words])) == ([], {})
        assert _belonging(person) == {UUID(first["appearance"])}


def test_a_link_of_offices_that_was_undone_after_the_back_up_is_undone_again(
    database_pair: DatabasePair, tmp_path: Path
) -> None:
    with open_house(database_pair, linker=True) as running, contextmanager(opened)(running) as api:
        drill = Drill(running, running.officer("Agentur"))
        hers, second = _linked(api)
        drill.order_lines()
        drill.back_up(tmp_path / "copy")
        undone = api.officer("Jobcenter Stuttgart").post(separation(hers.id, second), {})
        assert undone.status_code == 200
        export = drill.export(tmp_path / "log")
        api.app.extensions[ENGINE].dispose()
        drill.restore(tmp_path / "copy")
        assert drill.replay(export).links == 1
        assert _belonging(UUID(hers.id)) == {UUID(hers.appearance)}
        with Sessions() as session:
            link = session.scalars(select(Link).where(Link.appearance_id == UUID(second))).one()
            assert (link.status, link.decided_kind) == ("undone", "officer")
            assert _belonging(link.from_person) == {UUID(second)}
        own = running.officer("Jobcenter Stuttgart", "approver")
        said = messages.Said(link.from_person, [UUID(second)], LANGUAGES, "intake", "own")
        assert drill.opened(messages.Open(said, session=own.token)) == set(LANGUAGES)


def test_a_proposal_that_was_taken_up_and_undone_after_the_back_up_cannot_be_taken_up_once_more(
    database_pair: DatabasePair, tmp_path: Path
) -> None:
    """That they are two was said since, whatever the old row of the proposal says."""
    with open_house(database_pair, linker=True) as running, contextmanager(opened)(running) as api:
        drill = Drill(running, running.officer("Agentur"))
        for agency, said in (("Agentur", NUMBERED), ("Jobcenter Stuttgart", REISSUED)):
            brought(running, agency, said)
        drill.order_lines()
        drill.back_up(tmp_path / "copy")
        agentur = api.officer("Agentur")
        (proposal,) = agentur.get("/api/v1/links").get_json()["links"]
        decision = f"/api/v1/links/{proposal['id']}/decision"
        assert agentur.post(decision, {"same": True}).status_code == 204
        with Sessions() as session:
            link = session.scalars(select(Link)).one()
        assert agentur.post(separation(str(link.to_person), str(link.appearance_id)), {}).status_code == 200
        export = drill.export(tmp_path / "log")
        api.app.extensions[ENGINE].dispose()
        drill.restore(tmp_path / "copy")
        assert drill.replay(export).links == 1
        with Sessions() as session:
            assert session.scalars(select(Link.status)).all() == ["undone"]
            assert len({*session.scalars(select(Appearance.person_id))}) == 2
        assert api.officer("Agentur", "approver").post(decision, {"same": True}).status_code == 404


def _belonging(person: UUID) -> set[UUID]:
    """Return which appearances the main database says are somebody's."""
    with Sessions() as session:
        return set(session.scalars(select(Appearance.id).where(Appearance.person_id == person)))


def _linked(api: Api) -> tuple[Person, str]:
    """Return somebody with a letter, and the appearance that another office took for hers."""
    agentur, approver, jobcenter = (
        api.officer("Agentur"),
        api.officer("Agentur", "approver"),
        api.officer("Jobcenter Stuttgart"),
    )
    born = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), DARI]}).get_json()
    made = agentur.post(f"/api/v1/persons/{born['id']}/letters", {"pin": PIN, "approval": approver.token}).get_json()
    match = jobcenter.post("/api/v1/matches", {"entries": entries(NADIR)}).get_json()["matches"][0]["id"]
    second = jobcenter.post("/api/v1/persons", {"entries": [*entries(NADIR), DARI], "same_as": match}).get_json()
    return Person(born["id"], born["appearance"], made["letter_code"], made["codes"]), second["appearance"]

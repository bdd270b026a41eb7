"""What is due is deleted on its day, once, for everybody, and nothing else is; the log says so."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
from msgspec import msgpack, structs
from psycopg.rows import dict_row
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from consent.permits import AccessRequest
from registry import access
from registry.audit import log
from registry.casework import granting, recording
from registry.casework.forgetting import retention
from registry.crypto import envelope
from registry.db import Sessions
from registry.folding.identity import Identity
from registry.housekeeping import RetentionRun
from registry.keys.client import KEEPER, KeeperRefused
from registry.profiles import appearances, entries, reading
from registry.wire import linking, messages
from schemas.compartments import Compartment, Section
from schemas.entries import EntryIn
from schemas.retention import day_of, years_after
from schemas.vocabularies.access import Lane, Purpose
from tests.api_client import NAME
from tests.house import House, Letter, open_house, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.actors import Officer
    from registry.wire.rows import AppearanceRow
    from tests.conftest import DatabasePair

DAY = timedelta(days=1)
FORTNIGHT_HOURS = 14 * 24
NATIVE = {"skill": "overall", "scale": "native", "code": "native"}


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair, idle_minutes=FORTNIGHT_HOURS * 60, session_hours=FORTNIGHT_HOURS) as opened:
        yield opened


def language(house: House, code: str, due_in_days: int | None = None, said: str | None = None) -> dict[str, Any]:
    """Return a statement about a language, due so many days from now."""
    value = {"language": code, "as_said": said or f"said {code}", "levels": [NATIVE]}
    stated = {"kind": "languages.language", "value": value}
    return stated if due_in_days is None else stated | due(house, due_in_days)


def due(house: House, in_days: int) -> dict[str, Any]:
    """Return the part of a statement that says it is due so many days from now."""
    return {"delete_on": (day_of(house.clock.now()) + in_days * DAY).isoformat()}


def born(house: House, *stated: dict[str, Any]) -> tuple[Officer, AppearanceRow, Letter]:
    """Record somebody at the Agentur; she gets a letter and shares her languages with a Jobcenter."""
    clerk = house.officer("Agentur")
    row = house.create(clerk, [NAME, *stated])
    letter = house.letter(clerk, row.person_id)
    wish = granting.Wish(
        agency_id=UUID(house.agency("Jobcenter Köln").id),
        purpose=Purpose.PLACEMENT,
        sections=frozenset({Section.LANGUAGES}),
        until=house.clock.now() + 30 * DAY,
        **told(),
    )
    with Sessions.begin() as session:
        granting.give(session, wish, letter.proof(1), actor=house.person(letter), now=house.clock.now())
    return clerk, row, letter


def run(house: House, day: RetentionRun | None = None, sweeps: int = 5) -> int:
    """Let the housekeeper, started anew unless its day is handed over, sweep some times; return what it counted."""
    house.speak_as("housekeeper")
    day = day or RetentionRun()
    done = sum(day.delete_what_is_due(house.clock.now()) for _ in range(sweeps))
    KEEPER.close()
    house.speak_as("web")
    return done


def opened(house: House, actor: Officer, person: UUID, own: UUID | None = None) -> list[reading.OpenedCompartment]:
    """Open all that an officer may see; of the own appearance where it is named."""
    assert actor.agency_id is not None
    assert actor.agency_kind is not None
    request = AccessRequest(
        person_id=person,
        agency_id=actor.agency_id,
        agency_kind=actor.agency_kind,
        purpose=Purpose.INTAKE if own else Purpose.PLACEMENT,
        compartments=frozenset(Compartment),
        lane=Lane.OWN if own else Lane.SHARED,
        own_appearances=(own,) if own else (),
    )
    return reading.open_compartments(access.authorise(request, actor, house.clock.now()), actor)


def languages(found: list[reading.OpenedCompartment]) -> set[str]:
    """Return the languages in what was opened, history included."""
    return {str(entry.value["language"]) for one in found for entry in one.entries if "language" in entry.value}


def restate(house: House, clerk: Officer, row: AppearanceRow, *stated: dict[str, Any]) -> None:
    """Let the source say all it says now of languages."""
    (held,) = (one for one in opened(house, clerk, row.person_id, row.id) if one.compartment == "languages.core")
    now = house.clock.now()
    fresh = entries.made([EntryIn().load(one) for one in stated], recording.provenance_of(clerk, now))
    after = reading.OpenedCompartment(
        row.id, held.compartment, held.version, entries.restated(held.entries, fresh, now)
    )
    with Sessions.begin() as session:
        recording.rewrite(session, row.person_id, [after], actor=clerk, now=now)


def rows(house: House, statement: str, *values: object) -> list[dict[str, Any]]:
    """Ask the database as its owner."""
    with psycopg.connect(house.pair.main_url(), row_factory=dict_row) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def await_lock(house: House) -> None:
    """Wait until somebody waits for somebody else's row."""
    for _ in range(500):
        if rows(house, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def sealed(house: House, row: AppearanceRow, compartment: str = "languages.core") -> dict[str, Any]:
    statement = "SELECT * FROM sealed_compartment WHERE appearance_id = %s AND compartment = %s"
    return rows(house, statement, row.id, compartment)[0]


def events(house: House, name: str) -> int:
    return int(rows(house, "SELECT count(*) AS count FROM audit_line WHERE event = %s", name)[0]["count"])


def test_what_is_due_is_gone_for_everybody_and_all_else_stays_readable(house: House) -> None:
    clerk, row, letter = born(house, language(house, "prs", 1), language(house, "de", 5), language(house, "en"))
    jobcenter = house.officer("Jobcenter Köln")
    assert languages(opened(house, jobcenter, row.person_id)) == {"prs", "de", "en"}
    house.clock.ahead = 2 * DAY
    assert run(house) == 1
    for found in (
        opened(house, jobcenter, row.person_id),
        opened(house, clerk, row.person_id, row.id),
        reading.open_self(house.person(letter)),
    ):
        assert languages(found) == {"de", "en"}
    assert sealed(house, row)["delete_on"] == day_of(house.clock.now()) + 3 * DAY
    assert {entry.kind for one in opened(house, clerk, row.person_id, row.id) for entry in one.entries} == {
        "identity.name",
        "languages.language",
    }


def test_what_is_due_tomorrow_stays_until_its_day_begins(house: House) -> None:
    clerk, row, _ = born(house, language(house, "prs", 1))
    before = sealed(house, row)
    assert run(house) == 0
    assert sealed(house, row) == before
    house.clock.ahead = DAY
    assert run(house) == 1
    assert languages(opened(house, clerk, row.person_id, row.id)) == set()
    assert sealed(house, row)["delete_on"] is None


def test_a_days_run_is_made_once_whoever_is_started_anew(house: House) -> None:
    _, row, _ = born(house, language(house, "prs", 1))
    house.clock.ahead = DAY
    assert run(house) == 1
    after = sealed(house, row)
    assert run(house) == 0
    assert sealed(house, row) == after
    assert events(house, "entries.deleted-as-due") == 1
    assert events(house, "retention.run") == 1
    (line,) = rows(house, "SELECT results, agency_id FROM audit_line WHERE event = 'retention.run'")
    assert line == {"results": 1, "agency_id": None}


def test_days_of_standstill_are_caught_up_in_the_first_run(house: House) -> None:
    clerk, row, _ = born(house, language(house, "prs", 1), language(house, "de", 3), language(house, "en", 9))
    house.clock.ahead = 5 * DAY
    assert run(house) == 1
    assert languages(opened(house, clerk, row.person_id, row.id)) == {"en"}
    house.clock.ahead = 6 * DAY
    run(house)
    assert events(house, "retention.run") == 2


def test_the_same_housekeeper_runs_again_the_next_day(house: House) -> None:
    clerk, row, _ = born(house, language(house, "prs", 1), language(house, "de", 2))
    day = RetentionRun()
    house.clock.ahead = DAY
    assert run(house, day) == 1
    house.clock.ahead = 2 * DAY
    assert run(house, day) == 1
    assert languages(opened(house, clerk, row.person_id, row.id)) == set()


def test_she_finds_in_her_log_where_something_was_deleted_and_not_what(house: House) -> None:
    _, row, _ = born(house, language(house, "prs", 1), {"kind": "identity.sex", "value": {"code": "w"}} | due(house, 1))
    house.clock.ahead = DAY
    run(house)
    with Sessions() as session:
        (line,) = (one for one in log.lines_about(session, row.person_id) if one.event == "entries.deleted-as-due")
    assert (line.appearances, line.compartments) == ([row.id], ["identity.core", "languages.core"])
    assert (line.agency_id, line.officer_id, line.grants, line.outcome) == (None, None, [], "done")


def test_history_that_is_due_is_deleted_too(house: House) -> None:
    """What was superseded or has ended is due on its day like anything else."""
    clerk, row, _ = born(house, language(house, "prs", 1), language(house, "de", 1))
    restate(house, clerk, row, language(house, "prs", said="now Dari"))
    (held,) = (one for one in opened(house, clerk, row.person_id, row.id) if one.compartment == "languages.core")
    assert len(held.entries) == 3
    house.clock.ahead = DAY
    run(house)
    (left,) = (one for one in opened(house, clerk, row.person_id, row.id) if one.compartment == "languages.core")
    assert [entry.value["as_said"] for entry in left.entries] == ["now Dari"]
    assert left.current == left.entries


def test_a_shorter_day_for_the_same_words_leaves_none_of_them_behind(house: House) -> None:
    """The supplier's shorter date wins, also over the day that it named for the same words before."""
    clerk, row, _ = born(house, language(house, "prs", 9), language(house, "de", 9))
    restate(house, clerk, row, language(house, "prs", 1), language(house, "de", 9))
    assert sealed(house, row)["delete_on"] == day_of(house.clock.now()) + DAY
    house.clock.ahead = DAY
    run(house)
    assert languages(opened(house, clerk, row.person_id, row.id)) == {"de"}


def test_the_law_limits_what_the_bamf_says_and_its_own_shorter_day_wins(house: House) -> None:
    """Section 8(6) IntV; the office's word stays in the entry as it was said."""
    today = day_of(house.clock.now())
    clerk = house.officer("BAMF")
    named = years_after(today, 7).isoformat()
    row = house.create(
        clerk,
        [
            NAME,
            {"kind": "identifiers.bamf", "value": {"number": "AB1234567"}} | due(house, 3),
            {"kind": "identity.nationality", "value": {"status": "known", "country": "AF"}, "delete_on": named},
        ],
    )
    assert sealed(house, row, "identity.core")["delete_on"] == years_after(today, 10)
    assert sealed(house, row, "identity.origin")["delete_on"] == years_after(today, 5)
    assert sealed(house, row, "identifiers.bamf")["delete_on"] == today + 3 * DAY
    said = {entry.kind: entry.delete_on for one in opened(house, clerk, row.person_id, row.id) for entry in one.entries}
    assert said["identity.nationality"] == years_after(today, 7)
    assert said["identity.name"] is None


def test_nobody_but_the_keeper_says_when_something_is_due(house: House) -> None:
    clerk, row, _ = born(house, language(house, "prs", 1))
    held = sealed(house, row)
    (said,) = (one for one in opened(house, clerk, row.person_id, row.id) if one.compartment == "languages.core")
    late = structs.replace(entries.document(said.entries, said.version), delete_on=day_of(house.clock.now()) + 99 * DAY)
    record = messages.WriteRecord({"languages.core": late}, appearance_id=row.id)
    written = KEEPER.ask(messages.Write([record], session=clerk.token), messages.Sealed).results[0]
    assert written.sealed[0].delete_on == held["delete_on"]


def test_the_linker_forgets_what_is_deleted_of_who_somebody_is(house: House) -> None:
    birth_date = {"kind": "identity.birth-date", "value": {"date": "1990-05-17"}} | due(house, 1)
    _, row, _ = born(house, birth_date, language(house, "prs", 2))
    assert announced(house, row).births != ()
    rows(house, "DELETE FROM linkage_arrival")  # the linker has taken it in
    house.clock.ahead = DAY
    run(house)
    assert announced(house, row).births == ()
    assert announced(house, row).forms != ()
    rows(house, "DELETE FROM linkage_arrival")
    house.clock.ahead = 2 * DAY
    assert run(house) == 1
    assert rows(house, "SELECT * FROM linkage_arrival") == []  # a language tells nobody who she is


def announced(house: House, row: AppearanceRow) -> Identity[int]:
    """Return who she is, as the linker will read it."""
    (arrival,) = rows(house, "SELECT sealed FROM linkage_arrival WHERE appearance_id = %s", row.id)
    key = house.keeper.rooms.pruner.tokens.query_key
    query = linking.QUERY.decode(envelope.open_secret(arrival["sealed"], key, linking.QUERY_KEY))
    assert query.subject == row.id
    ((_, identity),) = query.identities
    return msgpack.Decoder(Identity[int]).decode(identity)


def test_the_keeper_deletes_nothing_before_its_day_whatever_its_row_says(house: House) -> None:
    _, row, _ = born(house, language(house, "prs", 1))
    house.speak_as("housekeeper")
    with pytest.raises(KeeperRefused) as refused:
        KEEPER.ask(messages.Prune([row.id]), messages.Pruned)
    assert refused.value.reason == "prune.not-due"
    rows(house, "UPDATE sealed_compartment SET delete_on = '2020-01-01' WHERE appearance_id = %s", row.id)
    assert KEEPER.ask(messages.Prune([row.id]), messages.Pruned) == messages.Pruned([], [], {}, len(Compartment))


def test_no_copy_of_a_row_from_before_opens_again(house: House) -> None:
    """Neither a restored row with a restored wrap, nor a restored row with the wraps of today."""
    _, row, letter = born(house, language(house, "prs", 1), language(house, "de"))
    jobcenter = house.officer("Jobcenter Köln")
    old = sealed(house, row)
    wraps = "SELECT * FROM wrap WHERE appearance_id = %s AND compartment = 'languages.core'"
    (old_wrap,) = rows(house, wraps, row.id)
    house.clock.ahead = DAY
    run(house)
    (new_wrap,) = rows(house, wraps, row.id)
    assert (new_wrap["epoch"], sealed(house, row)["epoch"]) == (old["epoch"] + 1, old["epoch"] + 1)
    assert sealed(house, row)["version"] == old["version"] + 1
    put_back(house, "sealed_compartment", old)
    for wrap in (new_wrap, old_wrap):
        put_back(house, "wrap", wrap)
        with pytest.raises(KeeperRefused):
            opened(house, jobcenter, row.person_id)
    with pytest.raises(KeeperRefused):
        reading.open_self(house.person(letter))


def put_back(house: House, table: str, row: dict[str, Any]) -> None:
    """Restore a row as a back-up had it."""
    place = "appearance_id = %s AND compartment = %s"
    rows(house, f"DELETE FROM {table} WHERE {place}", row["appearance_id"], row["compartment"])  # noqa: S608 - a name of this file
    columns, blanks = ", ".join(row), ", ".join(["%s"] * len(row))
    rows(house, f"INSERT INTO {table} ({columns}) VALUES ({blanks})", *row.values())  # noqa: S608 - as above


def test_what_a_run_did_not_settle_before_it_died_the_next_one_settles(house: House) -> None:
    _, row, letter = born(house, language(house, "prs", 1))
    old = sealed(house, row)
    house.clock.ahead = DAY
    house.speak_as("housekeeper")
    with Sessions.begin() as session:
        assert retention.delete_due(session, row.person_id, now=house.clock.now()).appearances == (row.id,)
    assert run(house) == 0
    assert events(house, "retention.run") == 1
    put_back(house, "sealed_compartment", old)
    with pytest.raises(KeeperRefused):
        reading.open_self(house.person(letter))


def test_a_row_that_cannot_be_pruned_keeps_no_other_and_is_told(house: House, caplog: pytest.LogCaptureFixture) -> None:
    people = [born(house, language(house, "prs", 1), due(house, 1) | NAME) for _ in range(3)]
    (_, torn, _), (_, forged, _), (clerk, whole, _) = people
    rows(house, "UPDATE sealed_compartment SET envelope = %s WHERE appearance_id = %s", bytes(90), torn.id)
    rows(house, "UPDATE appearance SET mac = %s WHERE id = %s", bytes(33), forged.id)
    house.clock.ahead = DAY
    run(house)
    assert languages(opened(house, clerk, whole.person_id, whole.id)) == set()
    waiting = rows(house, "SELECT DISTINCT appearance_id FROM sealed_compartment WHERE delete_on IS NOT NULL")
    assert {one["appearance_id"] for one in waiting} == {torn.id, forged.id}
    assert events(house, "retention.run") == 1
    assert "retention.rows-skipped" in caplog.messages
    assert caplog.messages.count("housekeeping.item-failed") == 3


def test_without_a_keeper_no_day_is_through(house: House) -> None:
    _, row, _ = born(house, language(house, "prs", 1))
    house.clock.ahead = DAY
    day = RetentionRun()
    house.speak_as("housekeeper")
    KEEPER.configure(house.settings.run_dir / "nobody-listens.sock")
    for _ in range(5):
        assert day.delete_what_is_due(house.clock.now()) == 0
    assert events(house, "retention.run") == 0
    assert run(house, day) == 1
    assert sealed(house, row)["delete_on"] is None


def test_a_sweep_does_some_and_the_next_one_goes_on(house: House) -> None:
    for _ in range(3):
        born(house, language(house, "prs", 1))
    house.clock.ahead = DAY
    assert run(house, RetentionRun(at_once=2), sweeps=1) == 2
    assert events(house, "retention.run") == 0
    assert run(house, RetentionRun(at_once=2)) == 1
    assert [row["results"] for row in rows(house, "SELECT results FROM audit_line WHERE event = 'retention.run'")] == [
        3
    ]


def test_an_import_at_the_same_moment_is_not_lost_and_nothing_comes_back(house: House) -> None:
    """A worker takes no turns: it stores its batch between the keeper's reading and the housekeeper's writing."""
    clerk, row, _ = born(house, language(house, "prs", 1))
    house.clock.ahead = DAY
    (held,) = (one for one in opened(house, clerk, row.person_id, row.id) if one.compartment == "languages.core")
    added = entries.made([EntryIn().load(language(house, "de"))], recording.provenance_of(clerk, house.clock.now()))
    document = entries.document((*held.entries, *added), held.version)
    question = messages.Write(
        [messages.WriteRecord({"languages.core": document}, appearance_id=row.id)], session=clerk.token
    )
    written = KEEPER.ask(question, messages.Sealed).results[0]
    KEEPER.close()  # this thread's connection; the housekeeper's is another's
    engine = create_engine(house.pair.main_url().replace("postgresql://", "postgresql+psycopg://", 1))
    with Session(engine) as worker, ThreadPoolExecutor(1) as pool:
        appearances.replace(worker, written.sealed, new_epoch=False)
        deleting = pool.submit(run, house)
        await_lock(house)
        worker.commit()
        assert deleting.result() == 1
    engine.dispose()
    assert languages(opened(house, clerk, row.person_id, row.id)) == {"de"}


def test_a_correction_made_from_what_was_read_before_brings_nothing_back(house: House) -> None:
    clerk, row, _ = born(house, language(house, "prs", 1))
    (held,) = (one for one in opened(house, clerk, row.person_id, row.id) if one.compartment == "languages.core")
    house.clock.ahead = DAY
    run(house)
    with pytest.raises(KeeperRefused) as refused, Sessions.begin() as session:
        recording.rewrite(session, row.person_id, [held], actor=clerk, now=house.clock.now())
    assert refused.value.reason == "write.version"


def test_somebody_with_more_appearances_than_the_keeper_takes_at_once_is_not_left_out(house: House) -> None:
    """A person adds as many as she likes; and what came from offices can be hundreds too."""
    _, row, letter = born(house)
    person = house.person(letter)
    provenance = entries.Provenance("person", "person", house.clock.now())
    said = entries.documents(entries.made([EntryIn().load(language(house, "ti", due_in_days=1))], provenance))
    question = messages.Write([messages.WriteRecord(said)] * 60, session=person.token)
    made = KEEPER.ask(question, messages.Sealed).results
    with Sessions.begin() as session:
        for one in made:
            assert one.appearance is not None
            appearances.keep_births(session, [one.appearance], one.sealed)
    house.clock.ahead += 2 * DAY
    assert run(house) == 1
    assert rows(house, "SELECT 1 FROM sealed_compartment WHERE delete_on IS NOT NULL") == []
    lines = "SELECT 1 FROM audit_line WHERE event = 'entries.deleted-as-due'"
    assert len(rows(house, lines)) == 60
    assert {one.person_id for one in (one.appearance for one in made) if one} == {row.person_id}

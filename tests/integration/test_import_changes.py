"""What an agency reports about single statements reaches its own appearance, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest

from registry.actors import RunActor
from registry.casework import receiving
from registry.casework.admission import signing_in
from registry.casework.receiving import Received
from registry.db import Sessions
from registry.profiles import reading
from registry.profiles.changes import Act, Change
from registry.profiles.entries import stands
from schemas.entries import Entry, EntryIn
from schemas.vocabularies.access import AgencyKind
from tests.house import House, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DatabasePair


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as opened:
        yield opened


def worker(house: House, agency: str) -> UUID:
    """Open an import for an office and become its worker."""
    house.speak_as("cli")
    officer = house.administrator(agency)
    with Sessions.begin() as session:
        run = signing_in.open_run(session, officer, operation="import", budget=100, now=house.clock.now())
    house.speak_as("worker", UUID(house.agency(agency).id))
    return run.id


def job(title: str, reference: str | None = None) -> dict[str, Any]:
    document = {"kind": "work.experience", "value": {"occupation": {"title": title}}}
    loaded: dict[str, Any] = EntryIn().load(document | ({"reference": reference} if reference else {}))
    return loaded


def bring(
    house: House, run: UUID, number: int, *changes: Change[Any], entries: tuple[Any, ...] = (), at: str | None = None
) -> str:
    """Take in one record, always of the same person, and return what became of it."""
    record = Received("k", bytes([number]) * 32, entries, changes, stated_at=at)
    return receiving.receive(run, [record], now=house.clock.now())[0].status


def held(house: House, agency: str) -> list[Entry]:
    """Return what an office holds of its one appearance, by its own wrap, history included."""
    office = house.agency(agency)
    actor = RunActor(id=worker(house, agency), agency_id=UUID(office.id))
    with psycopg.connect(house.pair.main_url()) as database:
        query = "SELECT person_id, id FROM appearance WHERE source_id = %s"
        row = database.execute(query, [office.id]).fetchone()
    assert row is not None
    kind, now = AgencyKind(office.kind), house.clock.now()
    opened = reading.open_own(actor, kind, person=row[0], appearance=row[1], now=now)
    return [entry for one in opened for entry in one.entries]


def versions(house: House, agency: str) -> list[tuple[Any, ...]]:
    query = (
        "SELECT s.appearance_id, s.compartment, s.version, s.envelope FROM sealed_compartment s"
        " JOIN appearance a ON a.id = s.appearance_id WHERE a.source_id = %s ORDER BY 1, 2"
    )
    with psycopg.connect(house.pair.main_url()) as database:
        return database.execute(query, [house.agency(agency).id]).fetchall()


def test_a_change_ends_what_it_names_and_leaves_everything_else(house: House) -> None:
    run = worker(house, "Agentur")
    assert bring(house, run, 1, entries=(job("Schneiderin", "r1"), job("Bäckerin", "r2"))) == "created"
    assert bring(house, run, 2, Change(Act.CORRECT, "r1", (job("Änderungsschneiderin"),))) == "updated"
    assert bring(house, run, 3, Change(Act.DELETE, "r2")) == "updated"
    entries = {entry.value["occupation"]["title"]: entry for entry in held(house, "Agentur")}  # type: ignore[index, call-overload]  # any JSON
    assert {title: entry.end_reason for title, entry in entries.items()} == {
        "Schneiderin": "wrong",
        "Änderungsschneiderin": None,
        "Bäckerin": "withdrawn",
    }
    assert entries["Schneiderin"].superseded_by == entries["Änderungsschneiderin"].id
    assert entries["Änderungsschneiderin"].reference == "r1"


def test_the_same_message_again_changes_nothing(house: House) -> None:
    run = worker(house, "Agentur")
    change = Change(Act.ADD, None, (job("Schneiderin", "r1"),))
    assert [bring(house, run, 1, change), bring(house, run, 1, change)] == ["created", "unchanged"]
    before = held(house, "Agentur")
    run = worker(house, "Agentur")
    assert bring(house, run, 2, change) == "updated"  # sent anew with another number
    assert held(house, "Agentur") == before


def test_a_first_message_that_only_takes_back_makes_a_person_of_whom_nothing_is_said(house: House) -> None:
    assert bring(house, worker(house, "Agentur"), 1, Change(Act.DELETE, "r1")) == "created"
    assert held(house, "Agentur") == []


def test_a_change_touches_no_other_agencys_appearance(house: House) -> None:
    """Design, section 9: a source may change only its own; another's record of the same name is another record."""
    others = worker(house, "Jobcenter Köln")
    assert bring(house, others, 1, entries=(job("Schneiderin", "r1"),)) == "created"
    run = worker(house, "Agentur")
    assert bring(house, run, 1, entries=(job("Schneiderin", "r1"),)) == "created"
    before = versions(house, "Jobcenter Köln")
    assert bring(house, run, 2, Change(Act.RETRACT, "r1")) == "updated"
    assert versions(house, "Jobcenter Köln") == before
    assert [stands(entry) for entry in held(house, "Jobcenter Köln")] == [True]
    assert [entry.end_reason for entry in held(house, "Agentur")] == ["wrong"]


def standing(house: House, agency: str) -> list[str]:
    """Return the jobs that stand in an office's one appearance."""
    found = [entry.value["occupation"]["title"] for entry in held(house, agency) if stands(entry)]  # type: ignore[index, call-overload]  # any JSON
    return sorted(map(str, found))


def test_a_message_sent_again_after_later_ones_undoes_none_of_them(house: House) -> None:
    """Research sync.md: resent messages are the rule; an interface repeats what nobody acknowledged."""
    run = worker(house, "Agentur")
    messages: tuple[Change[Any], ...] = (
        Change(Act.ADD, None, (job("Schneiderin", "r1"),)),
        Change(Act.UPDATE, "r1", (job("Bäckerin"),)),
        Change(Act.DELETE, "r1"),
    )
    assert [bring(house, run, at, one) for at, one in enumerate(messages[:2])] == ["created", "updated"]
    assert bring(house, run, 0, messages[0]) == "unchanged"
    assert standing(house, "Agentur") == ["Bäckerin"]
    run = worker(house, "Agentur")
    assert bring(house, run, 2, messages[2]) == "updated"
    assert [bring(house, run, at, one) for at, one in enumerate(messages)] == ["unchanged"] * 3
    assert standing(house, "Agentur") == []


def test_what_was_written_before_the_last_record_is_refused_and_changes_nothing(house: House) -> None:
    run = worker(house, "Agentur")
    old, new = (job("Schneiderin"),), (job("Bäckerin"),)
    assert bring(house, run, 1, entries=old, at="2026-02-11") == "created"
    assert bring(house, run, 2, entries=new, at="2026-02-11T07:14:22.513000") == "updated"
    assert bring(house, run, 3, entries=old, at="2026-02-10") == "older"
    assert bring(house, run, 4, entries=old, at="2026-01") == "older"
    assert bring(house, run, 5, Change(Act.ADD, None, old), at="2026-02-11T07:14:22.512000") == "older"
    assert bring(house, run, 6, entries=new, at="2026-01") == "unchanged"  # nothing would change
    assert standing(house, "Agentur") == ["Bäckerin"]
    run = worker(house, "Agentur")
    assert bring(house, run, 7, entries=old, at="2026-02") == "updated"  # later that month, for all we know
    assert bring(house, run, 8, entries=new, at="2026-02-10") == "older"  # the month does not forget the day


def test_who_goes_back_to_what_was_said_before_is_believed(house: House) -> None:
    """The same words at a later time are no repetition; without a time the last whole view counts."""
    run = worker(house, "Agentur")
    old, new = (job("Schneiderin"),), (job("Bäckerin"),)
    assert [bring(house, run, 1, entries=old), bring(house, run, 2, entries=new)] == ["created", "updated"]
    assert bring(house, run, 1, entries=old) == "updated"
    assert bring(house, run, 3, entries=new, at="2026-01") == "updated"
    assert bring(house, run, 4, entries=old, at="2026-02") == "updated"
    assert bring(house, run, 3, entries=new, at="2026-01") == "unchanged"  # this is one
    assert bring(house, run, 3, entries=new, at="2026-03") == "updated"
    assert standing(house, "Agentur") == ["Bäckerin"]


def test_who_is_forgotten_leaves_no_fingerprint(house: House) -> None:
    run = worker(house, "Agentur")
    for number in range(3):
        bring(house, run, number, entries=(job(f"job {number}"),))
    with psycopg.connect(house.pair.main_url()) as database:
        assert database.execute("SELECT count(*) FROM inbox_seen").fetchone() == (2,)
        database.execute("DELETE FROM inbox")
        assert database.execute("SELECT count(*) FROM inbox_seen").fetchone() == (0,)

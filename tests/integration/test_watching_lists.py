"""Questions by lists are watched over too: who opened the run, how many were found, whom the agency takes in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest

from registry.actors import RunActor
from registry.audit import log
from registry.audit.events import Event
from registry.audit.watching import lists
from registry.audit.watching.lists import AT_ONCE, GRACE, MANY, ONE_LIKE_OF, ONE_OF, TRIED
from registry.casework import receiving
from registry.casework.admission import signing_in
from registry.casework.asking import lists as asking
from registry.casework.receiving import Received
from registry.db import Sessions
from schemas.entries import EntryIn
from tests.house import House, open_house
from tests.identities import Said, entries, strangers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.conftest import DatabasePair

ASKING, KEEPING = "Jobcenter Stuttgart", "Agentur"
THEIRS = strangers(MANY)
OURS = strangers(4, first=MANY)
UNKNOWN = strangers(4, first=2 * MANY)


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair, linker=True, idle_minutes=20_000, session_hours=400) as opened_house:
        yield opened_house


def run_of(house: House, agency: str, operation: str) -> RunActor:
    """Open a run, and act as the agency's worker from then on."""
    house.speak_as("web")
    office, actor = UUID(house.agency(agency).id), house.administrator(agency)
    with Sessions.begin() as session:
        run = signing_in.open_run(session, actor, operation=operation, budget=5_000, now=house.clock.now())
    house.speak_as("worker", office)
    return RunActor(id=run.id, agency_id=office)


def brought(house: House, agency: str, people: Sequence[Said]) -> int:
    """Import people; return how many of them were linked."""
    run = run_of(house, agency, "import")
    records = [Received(repr(one), sha256(repr(one).encode()).digest(), stated(one)) for one in people]
    return sum(one.linked for one in receiving.receive(run.id, records, now=house.clock.now()))


def stated(said: Said) -> tuple[Any, ...]:
    return tuple(map(EntryIn().load, entries(said)))


def asked(house: House, people: Sequence[Said]) -> list[str]:
    """Ask about a list; return the grades."""
    run = run_of(house, ASKING, "match")
    queries = asking.sealed(run.id, [stated(one) for one in people])
    return asking.grades(run.id, queries, now=house.clock.now())


def told(house: House, *, later: timedelta = timedelta()) -> list[lists.Listed]:
    """Return what whoever watches over the office that asks is told."""
    now = house.clock.now() + later
    house.speak_as("web")
    with Sessions() as session:
        return list(lists.unusual(session, UUID(house.agency(ASKING).id), since=now - timedelta(days=14), now=now))


def rows(house: House, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(house.pair.main_url()) as connection:
        return connection.execute(statement.encode()).fetchall()


def noted(house: House, answered: int, *, reason: str, asked_about: int, too_often: int = 0) -> list[UUID]:
    """Write the lines of a list as if so many of it had been answered so; return of whom they are."""
    run, now, persons = run_of(house, ASKING, "match"), house.clock.now(), [uuid4() for _ in range(answered)]
    lines = [log.Line(event=Event.MATCH_ASKED, results=1, reason=reason, persons=(one,)) for one in persons]
    total = log.Line(event=Event.LIST_ASKED, results=asked_about, reason=f"known:0 too-often:{too_often}")
    with Sessions.begin() as session:
        log.record_all(session, [*lines, total], run, now=now)
    return persons


def test_a_line_says_how_many_of_a_list_were_known_and_how_many_of_them_the_agency_does_not_keep(house: House) -> None:
    brought(house, KEEPING, THEIRS[:2])
    brought(house, ASKING, OURS[:1])
    assert asked(house, [*THEIRS[:2], *OURS[:1], *UNKNOWN[:2]]) == ["known", "known", "known", "new", "new"]
    assert rows(house, "SELECT results, reason, object_id FROM audit_line WHERE event = 'list.asked'") == [
        (5, "known:3 look:0 new:2 too-often:0 elsewhere:2", None)
    ]
    said = "SELECT reason, count(*) FROM audit_line WHERE event = 'match.asked' GROUP BY reason ORDER BY reason"
    assert rows(house, said) == [("answered:known", 2), ("answered:known own", 1)]
    about = "SELECT count(*) FROM audit_index JOIN audit_line ON id = line_id WHERE event = 'list.asked'"
    assert rows(house, about) == [(0,)], "and names nobody"


def test_a_list_of_which_nobody_is_known_is_a_line_too(house: House) -> None:
    assert asked(house, UNKNOWN) == ["new"] * len(UNKNOWN)
    assert rows(house, "SELECT event, results FROM audit_line WHERE run_id IS NOT NULL AND event <> 'run.opened'") == [
        ("list.asked", len(UNKNOWN))
    ]


def test_whom_a_list_found_elsewhere_and_nobody_took_in_is_told_after_a_day_of_grace(house: House) -> None:
    brought(house, KEEPING, THEIRS)
    brought(house, ASKING, OURS)
    assert set(asked(house, [*THEIRS, *OURS])) == {"known"}
    assert told(house, later=GRACE - timedelta(minutes=5)) == []
    (one,) = told(house, later=GRACE)
    assert one.officer == house.administrator(ASKING).id, "who opened the run"
    figures = (one.asked, one.found, one.known, one.elsewhere, one.taken, one.refused)
    assert figures == (MANY + len(OURS), MANY + len(OURS), MANY + len(OURS), MANY, 0, 0)


def test_a_list_of_which_a_quarter_is_taken_in_is_not_unusual(house: House) -> None:
    brought(house, KEEPING, THEIRS)
    asked(house, THEIRS)
    assert brought(house, ASKING, THEIRS[: MANY // ONE_OF - 1]) == MANY // ONE_OF - 1
    assert [one.taken for one in told(house, later=GRACE)] == [MANY // ONE_OF - 1]
    brought(house, ASKING, THEIRS[: MANY // ONE_OF])
    assert told(house, later=GRACE) == []


def test_invented_people_taken_in_before_or_after_hide_nobody_whom_a_list_found_elsewhere(house: House) -> None:
    """Who is like somebody of another office makes her no record of one's own."""
    brought(house, KEEPING, THEIRS)
    twins = [replace(one, given="Wovoxi") for one in THEIRS]
    assert brought(house, ASKING, twins) == 0
    asked(house, THEIRS)
    brought(house, ASKING, strangers(MANY, first=3 * MANY))
    assert [(one.elsewhere, one.taken) for one in told(house, later=GRACE)] == [(MANY, 0)]


@pytest.mark.parametrize(
    ("known", "of", "later", "is_told"),
    [
        (MANY - 1, MANY, GRACE, False),
        (MANY, 5_000, GRACE, True),  # however many more were asked about
        (AT_ONCE - 1, AT_ONCE, timedelta(), False),
        (AT_ONCE, AT_ONCE, timedelta(), True),
    ],
)
def test_so_many_known_elsewhere_are_told(
    house: House, known: int, of: int, later: timedelta, *, is_told: bool
) -> None:
    noted(house, known, reason="answered:known", asked_about=of)
    assert bool(told(house, later=later)) is is_told


@pytest.mark.parametrize(("of", "is_told"), [(MANY * ONE_LIKE_OF, True), (MANY * ONE_LIKE_OF + ONE_LIKE_OF, False)])
def test_people_only_alike_are_told_of_where_they_are_a_tenth_of_a_list(
    house: House, of: int, *, is_told: bool
) -> None:
    """Some of each list are like strangers; who writes each date a day wrong to be told "look" has more of them."""
    noted(house, MANY, reason="answered:look", asked_about=of)
    assert bool(told(house, later=GRACE)) is is_told


@pytest.mark.parametrize(
    ("tried", "of", "is_told"),
    [(TRIED, TRIED * ONE_OF - 1, True), (TRIED, TRIED * ONE_OF, False), (TRIED - 1, TRIED, False)],
)
def test_who_tries_one_name_again_and_again_is_told_of_at_once(
    house: House, tried: int, of: int, *, is_told: bool
) -> None:
    noted(house, 0, reason="", asked_about=of, too_often=tried)
    assert bool(told(house)) is is_told


def test_runs_of_one_officer_count_together_and_those_of_other_days_and_offices_do_not(house: House) -> None:
    half = MANY // 2
    noted(house, half, reason="answered:known", asked_about=half)
    house.clock.ahead = timedelta(hours=25)
    noted(house, half, reason="answered:known", asked_about=half)
    assert told(house, later=GRACE) == []
    house.clock.ahead += timedelta(hours=23)
    noted(house, half, reason="answered:known", asked_about=half)
    assert [one.elsewhere for one in told(house, later=GRACE)] == [MANY]
    with Sessions() as session:
        now = house.clock.now() + GRACE
        assert not lists.unusual(session, UUID(house.agency(KEEPING).id), since=now - timedelta(days=14), now=now)

"""An alarm is a line, once, and is told until whoever protects data has seen it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest

from registry import housekeeping
from registry.actors import House, RunActor
from registry.audit import log
from registry.audit.events import Event
from registry.audit.watching import alarms, counters, lists
from registry.auth.sessions import bearer
from registry.casework.admission import signing_in
from registry.db import Sessions
from registry.errors import NotFound
from registry.logs import ALLOWED
from registry.web import signed
from schemas.vocabularies.access import Role
from tests.api_client import Api, Caller, opened
from tests.house import open_house
from tests.identities import entries, strangers
from tests.pages_world import BASE, enrolled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from registry.actors import Officer
    from tests.conftest import DatabasePair

OFFICE = "Jobcenter Stuttgart"


@pytest.fixture
def api(database_pair: DatabasePair) -> Iterator[Api]:
    with open_house(database_pair, linker=True, idle_minutes=60_000, session_hours=1_000) as house:
        yield from opened(house)


@pytest.fixture
def fisher(api: Api) -> Caller:
    """An officer who asked about many, and went on with nobody."""
    officer = api.officer(OFFICE)
    for said in strangers(counters.MANY):
        assert officer.post("/api/v1/matches", {"entries": entries(said)}).status_code == 200
    return officer


def swept(api: Api, watch: housekeeping.QuestionWatch | None = None) -> int:
    """Let the housekeeper look, as its own login."""
    api.house.speak_as("housekeeper")
    count = (watch or housekeeping.QuestionWatch()).tell_alarms(api.house.clock.now())
    api.house.speak_as("web")
    return count


def rows(api: Api, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(api.house.pair.main_url()) as connection:
        return connection.execute(statement.encode()).fetchall()


def told(api: Api, agency: str = OFFICE) -> list[alarms.Alarm]:
    with Sessions() as session:
        return list(alarms.of_agency(session, UUID(api.agency(agency)), now=api.house.clock.now()))


def browser_of(api: Api, officer: Officer) -> FlaskClient:
    browser = api.app.test_client()
    browser.set_cookie(signed.COOKIE, bearer(officer.token), domain="einmal.example", secure=True)
    return browser


def marked(api: Api, officer: Officer, alarm: UUID) -> int:
    form = {signed.FIELD: signed._form_token(officer.token)}
    path = f"/de/office/questions/{alarm}/seen"
    return browser_of(api, officer).post(path, data=form, base_url=BASE).status_code


def test_a_line_that_somebody_else_wrote_hides_no_alarm(api: Api, fisher: Caller) -> None:
    (officer,) = {row[0] for row in rows(api, "SELECT officer_id FROM audit_line WHERE event = 'match.asked'")}
    with Sessions.begin() as session:
        for reason in (None, "counter", "counter yesterday questions:1", f"counter {fisher!r}"):
            line = log.Line(event=Event.QUESTIONS_ALARMED, object_id=officer, reason=reason)
            log.record(session, line, House(agency_id=UUID(api.agency(OFFICE))), now=api.house.clock.now())
    assert swept(api) == 1
    assert len(told(api)) == 1


@pytest.mark.usefixtures("fisher")
def test_a_watch_that_slept_for_days_looks_back_as_far_as_a_new_one(api: Api) -> None:
    watch = housekeeping.QuestionWatch()
    with psycopg.connect(api.house.pair.main_url()) as connection:
        connection.execute("UPDATE audit_line SET at = at - interval '5 days' WHERE event = 'match.asked'")
    watch.looked = api.house.clock.now() - timedelta(days=6)
    assert swept(api, watch) == 1


@pytest.mark.usefixtures("fisher")
def test_an_alarm_is_one_line_with_codes_and_counts_and_one_record_for_operators(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    assert swept(api) == 1
    said = (
        "SELECT object_id, agency_id, officer_id, session_id, reason FROM audit_line WHERE event = 'questions.alarmed'"
    )
    ((officer, agency, by, session, reason),) = rows(api, said)
    asked = "SELECT DISTINCT officer_id, agency_id FROM audit_line WHERE event = 'match.asked'"
    assert ([(officer, agency)], by, session) == (rows(api, asked), None, None)
    day = api.house.clock.now().date().isoformat()
    counts = f"questions:{counters.MANY} followed:0 elsewhere:0 followed_elsewhere:0 refused:0"
    assert reason == f"counter {day} {counts}"
    about = "SELECT count(*) FROM audit_index JOIN audit_line ON id = line_id WHERE event = 'questions.alarmed'"
    assert rows(api, about) == [(0,)]
    (record,) = [one for one in caplog.records if one.msg == "questions.alarmed"]
    extra = {"agency": agency, "kind": "counter", "count": counters.MANY, "refused": 0}
    assert (record.levelname, {name: getattr(record, name) for name in extra}) == ("WARNING", extra)
    assert extra.keys() <= ALLOWED


def test_however_often_the_housekeeper_looks_and_starts_there_is_one_line_a_day(api: Api, fisher: Caller) -> None:
    with psycopg.connect(api.house.pair.main_url()) as connection:
        connection.execute("UPDATE audit_line SET at = at - interval '2 days' WHERE event = 'match.asked'")
    watch = housekeeping.QuestionWatch()
    assert [swept(api, watch), swept(api, watch), swept(api), swept(api)] == [1, 0, 0, 0]
    for said in strangers(counters.MANY, first=counters.MANY):
        assert fisher.post("/api/v1/matches", {"entries": entries(said)}).status_code in {200, 429}
    assert [swept(api, watch), swept(api, watch), swept(api)] == [1, 0, 0], "another day is another"
    figures = sorted(one.figures["questions"] + one.figures["refused"] for one in told(api))
    assert figures == [counters.MANY, counters.MANY]
    assert rows(api, "SELECT count(*) FROM audit_line WHERE event = 'questions.alarmed'") == [(2,)]


def test_who_was_told_of_cannot_work_the_alarm_away(api: Api, fisher: Caller) -> None:
    assert swept(api) == 1
    for said in strangers(counters.MANY):
        assert fisher.post("/api/v1/persons", {"entries": entries(said)}).status_code == 201
    with Sessions() as session:
        officers = counters.of_agency(session, UUID(api.agency(OFFICE)))
        assert not counters.unusual(session, officers, since=api.house.clock.now() - counters.BACK)
    assert [(one.seen_at, one.figures["questions"]) for one in told(api)] == [(None, counters.MANY)]
    api.house.clock.ahead = timedelta(days=40)
    assert [one.seen_at for one in told(api)] == [None], "not even by waiting"


@pytest.mark.usefixtures("fisher")
def test_what_has_no_line_yet_is_told_too(api: Api) -> None:
    (one,) = told(api)
    assert (one.id, one.seen_at, one.name != "") == (None, None, True)
    assert told(api, "Jobcenter Köln") == []


@pytest.mark.usefixtures("fisher")
def test_only_the_offices_own_data_protection_officer_marks_an_alarm_as_seen_and_that_is_a_line(api: Api) -> None:
    swept(api)
    (one,) = told(api)
    assert one.id is not None
    approver, her, foreign = (
        api.house.officer(OFFICE, "approver"),
        enrolled(api, OFFICE, Role.DATA_PROTECTION_OFFICER),
        api.house.officer("Köln", "approver"),
    )
    assert marked(api, approver, one.id) == 403
    assert marked(api, foreign, one.id) == 403
    assert marked(api, her, uuid4()) == 404
    page = browser_of(api, her).get("/de/office/questions", base_url=BASE).text
    assert re.search(rf"/de/office/questions/{one.id}/seen", page)
    assert f"{one.id}/seen" not in browser_of(api, approver).get("/de/office/questions", base_url=BASE).text
    assert [marked(api, her, one.id), marked(api, her, one.id)] == [303, 303]
    line = "SELECT officer_id, object_id FROM audit_line WHERE event = 'questions.seen'"
    assert rows(api, line) == [(her.id, one.id)], "once"
    assert [now.seen_at is not None for now in told(api)] == [True]
    assert f"{one.id}/seen" not in browser_of(api, her).get("/de/office/questions", base_url=BASE).text
    api.house.clock.ahead = counters.BACK + timedelta(days=1)
    assert told(api) == []


@pytest.mark.usefixtures("fisher")
def test_nobody_marks_an_alarm_about_herself_or_of_another_office_as_seen(api: Api) -> None:
    swept(api)
    (one,) = told(api)
    assert one.id is not None
    approver = api.house.officer(OFFICE, "approver")
    for actor in (replace(approver, id=one.officer), replace(approver, agency_id=UUID(api.agency("Köln")))):
        with pytest.raises(NotFound), Sessions.begin() as session:
            alarms.see(session, one.id, actor=actor, now=api.house.clock.now())
    assert rows(api, "SELECT count(*) FROM audit_line WHERE event = 'questions.seen'") == [(0,)]


@pytest.mark.usefixtures("fisher")
def test_the_notice_at_the_sign_in_goes_when_the_alarm_was_seen(api: Api) -> None:
    swept(api)
    (one,) = told(api)
    notice = "Ungewöhnliche Fragen in Ihrer Stelle"
    working = enrolled(api, OFFICE, Role.CASE_OFFICER, Role.APPROVER, Role.DATA_PROTECTION_OFFICER)
    assert notice in browser_of(api, working).get("/de/office", base_url=BASE).text
    assert one.id is not None
    assert marked(api, working, one.id) == 303
    assert notice not in browser_of(api, working).get("/de/office", base_url=BASE).text


def test_a_list_is_alarmed_about_in_the_name_of_who_opened_its_run(api: Api) -> None:
    house, administrator = api.house, api.house.administrator(OFFICE)
    with Sessions.begin() as session:
        run = signing_in.open_run(session, administrator, operation="match", budget=500, now=house.clock.now())
        actor = RunActor(id=run.id, agency_id=UUID(api.agency(OFFICE)))
        lines = [log.Line(event=Event.MATCH_ASKED, reason="answered:known", persons=(uuid4(),))] * lists.AT_ONCE
        log.record_all(session, lines, actor, now=house.clock.now())
        total = log.Line(event=Event.LIST_ASKED, results=lists.AT_ONCE, reason="known:500 too-often:0 elsewhere:500")
        log.record(session, total, actor, now=house.clock.now())
    assert [swept(api), swept(api)] == [1, 0]
    (one,) = told(api)
    assert (one.kind, one.officer, one.figures["elsewhere"]) == ("lists", administrator.id, lists.AT_ONCE)
    page = browser_of(api, house.officer(OFFICE, "approver")).get("/de/office/questions", base_url=BASE).text
    assert "100\N{NO-BREAK SPACE}%" in page, "all who were found are not kept by the office"

"""Whoever asks at a counter whether people are registered, name after name, learns little and is noticed.

The bound: in one hour an officer asks about at most thirty identities, whatever she varies, by page or by interface;
an answer is a grade with reasons, never a value and never a number that could be climbed by; each question is a line,
each found person can see it, and who watches over the office is told. Lists of an agency have a bound of their own and
answers without reasons: see `test_keeper_links_between`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest

from registry import bootstrap
from registry.audit.watching import counters
from registry.auth.sessions import bearer
from registry.db import Sessions
from registry.keeper.acts.questions import IDENTITIES_AN_HOUR
from registry.web import signed
from schemas.vocabularies.access import Role
from tests.api_client import Api, Caller, Person, opened, profile
from tests.house import open_house
from tests.identities import Said, entries, strangers
from tests.integration.test_api_links import letter
from tests.pages_world import BASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registry.actors import Officer
    from tests.conftest import DatabasePair

NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF", place="Herat")
#: What an officer knows of somebody, one field of it varied at a time; each is another identity.
VARIED = (
    *(replace(NADIR, family=f"{name}zai") for name in ("Barak", "Bark", "Yousaf", "Ahmad", "Noor", "Popal", "Durran")),
    *(replace(NADIR, given=name) for name in ("Nadir", "Nader Schah", "Nadia", "Omid", "Karim", "Jawad", "Farid")),
    *(replace(NADIR, born=f"1979-{month:02}-21") for month in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12)),
    *(replace(NADIR, place=name) for name in ("Kabul", "Kundus", "Ghazni")),
    *(replace(NADIR, sex=code) for code in ("w", "d")),
    *(replace(NADIR, nationality=code) for code in ("PK", "IR", "IQ")),
    *(replace(NADIR, numbers={"ba-customer": f"{digit}35D402231"}) for digit in range(1, 9)),
)
CODE = re.compile(r"[a-z-]+:[a-z-]+:[a-z-]+")


@pytest.fixture
def api(database_pair: DatabasePair) -> Iterator[Api]:
    with open_house(database_pair, linker=True, idle_minutes=600) as house:
        yield from opened(house)


@pytest.fixture
def nadir(api: Api) -> Person:
    """Somebody whom another office recorded, and who has her letter."""
    agentur = api.officer("Agentur")
    born = agentur.post("/api/v1/persons", {"entries": entries(NADIR)}).get_json()
    return letter(agentur, born["id"], born["appearance"])


def ask(officer: Caller, said: Said) -> tuple[int, Any]:
    answer = officer.post("/api/v1/matches", {"entries": entries(said)})
    return answer.status_code, answer.get_json()


def rows(api: Api, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(api.house.pair.main_url()) as connection:
        return connection.execute(statement.encode()).fetchall()


def unusual(api: Api, agency: str) -> list[tuple[int, int, int]]:
    """Return what whoever watches over an office is told."""
    with Sessions() as session:
        officers = counters.of_agency(session, UUID(api.agency(agency)))
        told = counters.unusual(session, officers, since=api.house.clock.now() - counters.BACK)
    return [(one.questions, one.followed, one.refused) for one in told]


def test_one_field_varied_at_a_time_is_answered_thirty_times_an_hour_and_each_time_she_can_see_it(
    api: Api, nadir: Person
) -> None:
    officer = api.officer("Jobcenter Stuttgart")
    assert len(VARIED) > IDENTITIES_AN_HOUR
    answers = [ask(officer, said) for said in VARIED]
    assert [status for status, _ in answers] == [200] * IDENTITIES_AN_HOUR + [429] * (len(VARIED) - IDENTITIES_AN_HOUR)
    found = sum(bool(body["matches"]) for status, body in answers if status == 200)
    assert found > 10, "a list of names does find her; what protects her is that it is short, and that she sees it"
    assert rows(api, "SELECT count(*) FROM audit_line WHERE event = 'match.asked'") == [(IDENTITIES_AN_HOUR,)]
    lines = api.person(nadir).get("/api/v1/me/log").get_json()["lines"]
    assert [line["event"] for line in lines].count("match.asked") == found
    assert ask(officer, VARIED[0])[0] == 200, "what she asked before she may ask again: it tells nothing new"
    api.house.clock.ahead = timedelta(minutes=61)
    later = [ask(officer, replace(NADIR, born=f"19{year}-01-01"))[0] for year in range(50, 50 + IDENTITIES_AN_HOUR + 1)]
    assert later == [200] * IDENTITIES_AN_HOUR + [429]


def test_an_answer_has_grade_and_reasons_and_no_number_to_climb_by(api: Api, nadir: Person) -> None:
    """A score would say of two guesses which is nearer, and so spell a name out letter by letter."""
    assert nadir
    officer = api.officer("Jobcenter Stuttgart")
    said = [ask(officer, one)[1] for one in VARIED[:IDENTITIES_AN_HOUR]]
    matches = [match for body in said for match in body["matches"]]
    assert {tuple(sorted(match)) for match in matches} == {("differences", "grade", "id", "reasons")}
    assert {match["grade"] for match in matches} <= {"known", "look"}
    codes = [reason["code"] for match in matches for reason in match["reasons"]]
    assert all(CODE.fullmatch(code) for code in codes)
    assert not re.search(r"Barakzai|Nadir|1979|Herat|weighs", str([{**match, "id": ""} for match in matches]))


@pytest.mark.parametrize(
    "missing", [{"family": ""}, {"given": ""}, {"born": None}, {"family": "", "given": ""}, {"given": "", "born": None}]
)
def test_less_than_names_and_birth_date_is_no_question_and_finds_nobody(
    api: Api, nadir: Person, missing: Mapping[str, Any]
) -> None:
    status, body = ask(api.officer("Jobcenter Stuttgart"), replace(NADIR, **missing))
    assert (status, body["code"]) == (422, "invalid")
    assert rows(api, "SELECT count(*) FROM audit_line WHERE event = 'match.asked'") == [(0,)]
    assert nadir


def test_both_doors_have_one_limit_and_several_numbers_count_as_several_people(api: Api) -> None:
    clerk, officer = api.house.officer("Jobcenter Köln"), api.officer("Jobcenter Köln")
    schemes = ("ba-customer", "ba-reference", "bamf", "azr", "jobcenter-case")
    numbered = replace(NADIR, numbers={scheme: f"535D40223{at}" for at, scheme in enumerate(schemes)})
    assert ask(officer, numbered)[0] == 200  # the names are one identity, each number another
    left = IDENTITIES_AN_HOUR - 1 - len(schemes)
    asked = [looked(api, clerk, f"123A4567{number:02}") for number in range(left + 1)]
    assert asked == [200] * left + [429]
    assert ask(officer, replace(NADIR, born="1980"))[0] == 429


def looked(api: Api, clerk: Officer, number: str) -> int:
    """Look for somebody by a number on the page of the office."""
    browser = api.app.test_client()
    browser.set_cookie(signed.COOKIE, bearer(clerk.token), domain="einmal.example", secure=True)
    form = {"purpose": "placement", "number_kind": "identifiers.ba-customer", "number": number}
    form[signed.FIELD] = signed._form_token(clerk.token)
    return browser.post("/de/office", data=form, base_url=BASE).status_code


def test_many_questions_that_lead_to_nothing_are_told_to_whoever_watches_over_the_office(api: Api) -> None:
    officer = api.officer("Jobcenter Stuttgart")
    for said in VARIED[: counters.MANY - 1]:
        ask(officer, said)
    assert unusual(api, "Jobcenter Stuttgart") == []
    ask(officer, VARIED[counters.MANY - 1])
    assert unusual(api, "Jobcenter Stuttgart") == [(counters.MANY, 0, 0)]
    assert unusual(api, "Jobcenter Köln") == [], "another office is told nothing"
    api.house.clock.ahead = counters.BACK + timedelta(days=1)
    assert unusual(api, "Jobcenter Stuttgart") == []


def test_a_counter_that_records_whom_it_asked_about_is_not_unusual(api: Api) -> None:
    officer = api.officer("Jobcenter Stuttgart")
    for at, said in enumerate(strangers(counters.MANY + counters.ONE_OF)):
        assert ask(officer, said)[1]["matches"] == []
        if at % counters.ONE_OF == 0:
            assert officer.post("/api/v1/persons", {"entries": entries(said)}).status_code == 201
    assert unusual(api, "Jobcenter Stuttgart") == []


def as_owner(api: Api, statement: str, *values: object) -> None:
    with psycopg.connect(api.house.pair.main_url()) as connection:
        connection.execute(statement.encode(), values)


def recorded_before(api: Api, officer: Caller, *some: Said) -> list[dict[str, Any]]:
    """Record people, two days ago."""
    made = [officer.post("/api/v1/persons", {"entries": entries(said)}).get_json() for said in some]
    as_owner(api, "UPDATE audit_line SET at = at - interval '2 days' WHERE event = 'person.created'")
    return made


def test_opening_one_own_record_again_and_again_hides_no_questions(api: Api) -> None:
    officer = api.officer("Jobcenter Stuttgart")
    (own,) = recorded_before(api, officer, VARIED[0])
    for said in VARIED[: counters.MANY]:
        ask(officer, said)
        assert officer.get(profile(own["id"], "intake")).status_code == 200
    assert unusual(api, "Jobcenter Stuttgart") == [(counters.MANY, 1, 0)], "whom a question found counts once"


def test_opening_whom_no_question_found_or_what_is_refused_leads_nowhere(api: Api) -> None:
    officer, stranger = api.officer("Jobcenter Stuttgart"), Said(family="Okafor", given="Chidi", born="1990-01-02")
    others = [replace(stranger, born=f"19{year}-01-02") for year in range(70, 70 + counters.MANY // counters.ONE_OF)]
    own = recorded_before(api, officer, *others, NADIR)
    for said in VARIED[: counters.MANY]:
        ask(officer, said)
    unreadable = "UPDATE sealed_compartment SET own_wrap = NULL WHERE appearance_id = %s"
    as_owner(api, unreadable, own[-1]["appearance"])
    answers = [officer.get(profile(one["id"], "intake")).status_code for one in own]
    assert answers == [200] * len(others) + [404]
    assert rows(api, "SELECT count(*) FROM audit_line WHERE event = 'opening.refused'") == [(1,)]
    assert unusual(api, "Jobcenter Stuttgart") == [(counters.MANY, 0, 0)]


def test_midnight_does_not_halve_what_was_asked(api: Api) -> None:
    officer, midnight = api.officer("Jobcenter Stuttgart"), api.house.clock.now().replace(hour=0, minute=0)
    moved = "UPDATE audit_line SET at = %s WHERE event = 'match.asked' AND at > %s"
    for at, said in enumerate(VARIED[: counters.MANY]):
        ask(officer, said)
        beside = timedelta(minutes=at - counters.MANY // 2) - timedelta(days=1)
        as_owner(api, moved, midnight + beside, midnight)
    days = rows(api, "SELECT DISTINCT (at AT TIME ZONE 'UTC')::date FROM audit_line WHERE event = 'match.asked'")
    assert len(days) == 2
    assert unusual(api, "Jobcenter Stuttgart") == [(counters.MANY, 0, 0)]


def test_whoever_goes_on_after_the_limit_is_told_too_though_much_was_recorded(api: Api) -> None:
    officer = api.officer("Jobcenter Stuttgart")
    for at, said in enumerate(strangers(IDENTITIES_AN_HOUR + counters.REFUSED)):
        ask(officer, said)
        if at % 2 == 0:
            officer.post("/api/v1/persons", {"entries": entries(said)})
        told = unusual(api, "Jobcenter Stuttgart")
        assert bool(told) == (at + 1 >= IDENTITIES_AN_HOUR + counters.REFUSED)
    assert told[0][2] == counters.REFUSED


def test_a_data_protection_officer_begins_with_them_and_has_no_business_with_cases(api: Api) -> None:
    house, office = api.house, api.house.agency("Jobcenter Köln")
    house.speak_as("cli")
    approvals = [bootstrap.sign_in(house.book, one) for one in house.book.administrators]
    roles = (Role.DATA_PROTECTION_OFFICER,)
    bootstrap._enrol(house.book, office.officers, approvals, login="dpo@koeln", roles=roles, agency=UUID(office.id))
    house.speak_as("web")
    her, browser = office.officer(Role.DATA_PROTECTION_OFFICER), api.app.test_client()
    typed = {"login": her.login, "password": her.password, "totp": house.book.code(her)}
    answer = browser.post("/de/office/sign-in", data=typed, base_url=BASE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/de/office/questions")
    for path, status in (("questions", 200), ("quality", 200), ("links", 403), ("", 403), ("requests", 403)):
        assert browser.get(f"/de/office/{path}".rstrip("/"), base_url=BASE).status_code == status
    said = browser.get("/de/office/questions", base_url=BASE).text
    assert ["/de/office/quality" in said, "/de/office/links" in said, "/de/intake" in said] == [True, False, False]

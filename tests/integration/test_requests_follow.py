"""What an office asked somebody for, when it turns out who she is: nothing of it is lost, and nothing is open twice."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest

from registry.casework import receiving
from registry.linkage.client import LINKER
from registry.wire.sockets import places
from tests.api_client import Api, Caller, Person, opened, wish
from tests.house import open_house
from tests.integration.test_api_feed import Reader
from tests.integration.test_api_links import letter, separation
from tests.integration.test_import_linking import NADER, NADIR, NUMBERED, REISSUED, brought, run_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DatabasePair
    from tests.house import House

MINE, THEIRS, GRANTS = "/api/v1/me/requests", "/api/v1/requests", "/api/v1/me/grants"
THIRD = UUID(int=7)
OTHERWISE = {"purpose": "counselling", "reason": "advice"}


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    """A house with a linker for each test."""
    with open_house(database_pair, linker=True, idle_minutes=10_000) as house:
        yield house


@dataclass(slots=True)
class Case:
    """Two records that may be of one person: hers at the agency, with a letter, and one of the job centre's."""

    api: Api
    agentur: Caller
    jobcenter: Caller
    her: Person
    other: str  #: whom the job centre's record is of
    appearance: str  #: that record

    def ask(self, person: str, caller: Caller | None = None, **said: str) -> str:
        """Let an office, the job centre unless named, ask for something."""
        body = {"purpose": "placement", "reason": "placement-offer", "sections": ["languages"], **said}
        answer = (caller or self.jobcenter).post(f"/api/v1/persons/{person}/requests", body)
        assert answer.status_code == 201, answer.get_json()
        return str(answer.get_json()["id"])

    def decide(self) -> None:
        """Let the job centre say that both are the same."""
        (proposal,) = self.jobcenter.get("/api/v1/links").get_json()["links"]
        assert self.jobcenter.post(f"/api/v1/links/{proposal['id']}/decision", {"same": True}).status_code == 204

    def theirs(self) -> dict[str, tuple[str, str]]:
        """Return what the job centre asked for: whom, and where it stands."""
        listed = self.jobcenter.get(THEIRS).get_json()["requests"]
        return {one["id"]: (one["person"], one["status"]) for one in listed}


@contextmanager
def proposed(house: House) -> Iterator[Case]:
    """Let the linker have found that the two may be one."""
    brought(house, "Agentur", NUMBERED)
    (found,) = brought(house, "Jobcenter Stuttgart", REISSUED)
    house.speak_as("web")
    with psycopg.connect(house.pair.main_url()) as connection:
        persons: dict[str, str] = dict(
            connection.execute("SELECT id::text, person_id::text FROM appearance").fetchall()
        )
    second = str(found.appearance_id)
    ((first, her),) = ((one, person) for one, person in persons.items() if one != second)
    for api in opened(house):
        agentur, jobcenter = api.officer("Agentur"), api.officer("Jobcenter Stuttgart")
        yield Case(api, agentur, jobcenter, letter(agentur, her, first), persons[second], second)


def requests_of(person: Caller) -> dict[str, str]:
    """Return what somebody finds that she was asked for, and where it stands."""
    return {one["id"]: one["status"] for one in person.get(MINE).get_json()["requests"]}


def events_of(person: Caller) -> list[str]:
    """Return the events of her log that are about requests, the oldest first."""
    lines: list[dict[str, Any]] = person.get("/api/v1/me/log").get_json()["lines"]
    return [line["event"] for line in reversed(lines) if line["event"].startswith("request.")]


def indexed(case: Case) -> set[str]:
    """Return in whose lists lines about requests stand."""
    with psycopg.connect(case.api.house.pair.main_url()) as connection:
        rows = connection.execute(
            "SELECT DISTINCT person_id::text FROM audit_index JOIN audit_line ON id = line_id"
            " WHERE event LIKE 'request.%'"
        ).fetchall()
    return {person for (person,) in rows}


def test_what_was_asked_goes_to_whom_the_record_is_of_now_with_its_state_and_its_lines(house: House) -> None:
    with proposed(house) as case:
        request, gone = case.ask(case.other), case.ask(case.other, case.jobcenter, **OTHERWISE)
        assert case.jobcenter.delete(f"{THEIRS}/{gone}").status_code == 200
        case.decide()
        assert case.theirs() == {request: (case.her.id, "open"), gone: (case.her.id, "withdrawn")}
        me = case.api.person(case.her)
        assert requests_of(me) == {request: "open", gone: "withdrawn"}
        assert events_of(me) == ["request.asked", "request.asked", "request.withdrawn"]
        assert me.post(f"{MINE}/{request}/decline", {}).status_code == 200
        assert events_of(me)[-1] == "request.declined"


def test_what_was_asked_comes_back_with_the_record_and_its_lines_too(house: House) -> None:
    with proposed(house) as case:
        own = case.ask(case.her.id, case.agentur)
        request = case.ask(case.other)
        case.decide()
        me = case.api.person(case.her)
        assert requests_of(me) == {own: "open", request: "open"}
        assert me.delete(f"/api/v1/me/appearances/{case.appearance}").status_code == 204
        assert (requests_of(me), events_of(me)) == ({own: "open"}, ["request.asked"])
        assert case.theirs() == {request: (case.other, "open")}
        other = case.api.person(letter(case.jobcenter, case.other, case.appearance))
        assert (requests_of(other), events_of(other)) == ({request: "open"}, ["request.asked"])
        assert other.post(f"{MINE}/{request}/decline", {}).status_code == 200


def test_an_answer_stays_with_whom_the_grant_is_of(house: House) -> None:
    with proposed(house) as case:
        request = case.ask(case.other)
        case.decide()
        me = case.api.person(case.her)
        body = wish(case.api.agency("Jobcenter Stuttgart"), case.her.proof(1)) | {"request": request}
        assert me.post(GRANTS, body).status_code == 201
        assert case.jobcenter.post(separation(case.her.id, case.appearance), {}).status_code == 200
        assert case.theirs() == {request: (case.her.id, "answered")}
        assert requests_of(me) == {request: "answered"}


def both_asked(case: Case, *, first: str, second: str) -> tuple[str, str]:
    """Let the job centre know her, too, by a grant that ended; and ask first the one, then the other for the same."""
    me = case.api.person(case.her)
    grant = me.post(GRANTS, wish(case.api.agency("Jobcenter Stuttgart"), case.her.proof(1))).get_json()["id"]
    assert me.delete(f"{GRANTS}/{grant}").status_code == 200
    return case.ask(first), case.ask(second)


@pytest.mark.parametrize("is_hers_older", [True, False], ids=["hers is older", "the other's is older"])
def test_of_two_open_requests_for_the_same_the_older_stays_open_and_the_office_hears_of_the_other(
    house: House, *, is_hers_older: bool
) -> None:
    with proposed(house) as case:
        both = (case.her.id, case.other) if is_hers_older else (case.other, case.her.id)
        older, younger = both_asked(case, first=both[0], second=both[1])
        reader = Reader(house, case.jobcenter)
        reader.news()
        house.speak_as("web")
        case.decide()
        assert case.theirs() == {older: (case.her.id, "open"), younger: (case.her.id, "withdrawn")}
        me = case.api.person(case.her)
        assert requests_of(me) == {older: "open", younger: "withdrawn"}
        assert events_of(me) == ["request.asked", "request.asked", "request.withdrawn"]
        heard = {item["event"]: item["request"] for item in reader.news()}
        assert heard["request.withdrawn"] == younger


def test_one_that_ran_out_does_not_close_one_that_can_be_answered(house: House) -> None:
    """The housekeeper may not have ended it yet."""
    with proposed(house) as case:
        older, younger = both_asked(case, first=case.her.id, second=case.other)
        with psycopg.connect(house.pair.main_url()) as connection:
            connection.execute(
                "UPDATE grant_request SET asked_at = asked_at - %(by)s, ends_at = ends_at - %(by)s WHERE id = %(id)s",
                {"by": timedelta(days=31), "id": older},
            )
        case.decide()
        me = case.api.person(case.her)
        assert requests_of(me) == {older: "expired", younger: "open"}
        assert sorted(events_of(me)) == ["request.asked", "request.asked", "request.expired"]


def test_an_import_that_finds_out_who_she_is_takes_along_what_was_asked(house: House) -> None:
    """A worker does it: it knows neither grants nor officers."""
    brought(house, "Agentur", NADIR)
    LINKER.configure(house.settings.run_dir / "nobody.sock")
    brought(house, "Jobcenter Stuttgart", NADER)
    LINKER.configure(places.linker(house.settings.run_dir, "web"))
    with psycopg.connect(house.pair.main_url()) as connection:
        query = "SELECT person_id::text FROM appearance WHERE source_id = %s"
        ((her,),), ((other,),) = (
            connection.execute(query, [house.agency(name).id]).fetchall() for name in ("Agentur", "Jobcenter Stuttgart")
        )
    house.speak_as("web")
    for api in opened(house):
        jobcenter = api.officer("Jobcenter Stuttgart")
        body = {"purpose": "placement", "reason": "placement-offer", "sections": ["languages"]}
        request = jobcenter.post(f"/api/v1/persons/{other}/requests", body).get_json()["id"]
        (late,) = receiving.catch_up(run_of(house, "Jobcenter Stuttgart"), now=house.clock.now())
        assert late.linked
        house.speak_as("web")
        (listed,) = jobcenter.get(THEIRS).get_json()["requests"]
        assert (listed["id"], listed["person"], listed["status"]) == (request, her, "open")


def third_office_asks(case: Case) -> tuple[Caller, str]:
    """Let a third office have a record of the same person as the job centre, and ask her."""
    with psycopg.connect(case.api.house.pair.main_url()) as connection:
        connection.execute(  # nobody opens it: only whose it is matters here
            "INSERT INTO appearance SELECT get_byte(uuid_send(%(id)s::uuid), 0), %(id)s, person_id, source_kind,"
            " %(source)s, basis, created_on, mac FROM appearance WHERE id = %(like)s",
            {"id": THIRD, "source": UUID(case.api.agency("Köln")), "like": case.appearance},
        )
    cologne = case.api.officer("Köln")
    return cologne, case.ask(case.other, cologne)


def test_what_another_office_asked_stays_with_what_is_left_of_her(house: House) -> None:
    with proposed(house) as case:
        cologne, request = third_office_asks(case)
        own = case.ask(case.other)
        case.decide()
        assert case.theirs() == {own: (case.her.id, "open")}
        (listed,) = cologne.get(THEIRS).get_json()["requests"]
        assert (listed["id"], listed["person"]) == (request, case.other)
        assert requests_of(case.api.person(case.her)) == {own: "open"}


def test_where_nothing_is_left_of_her_the_last_record_takes_along_what_other_offices_asked(house: House) -> None:
    with proposed(house) as case:
        cologne, request = third_office_asks(case)
        with psycopg.connect(house.pair.main_url()) as connection:
            connection.execute("DELETE FROM appearance WHERE id = %s", [THIRD])
        case.decide()
        assert requests_of(case.api.person(case.her)) == {request: "open"}
        assert case.jobcenter.post(separation(case.her.id, case.appearance), {}).status_code == 200
        (listed,) = cologne.get(THEIRS).get_json()["requests"]
        assert (listed["id"], listed["person"], listed["status"]) == (request, case.other, "open")


def test_erasing_her_leaves_no_trace_of_what_came_with_a_record(house: House) -> None:
    with open_twice(house) as case:
        me = case.api.person(case.her)
        proof = case.her.proof(1)
        assert me.post(f"/api/v1/me/appearances/{case.appearance}/confirmation", {"proof": proof}).status_code == 204
        assert case.other in indexed(case)
        assert me.delete("/api/v1/me").status_code in {202, 204}
        assert (indexed(case), case.theirs()) == (set(), {})


@contextmanager
def open_twice(house: House) -> Iterator[Case]:
    """Let a request have come to her with a record, and her letter be approved by a second officer."""
    with proposed(house) as case:
        case.ask(case.other)
        case.decide()
        approval = case.api.officer("Agentur", "approver").token
        case.her = letter(
            case.agentur, case.her.id, case.her.appearance, old_code=case.her.letter_code, approval=approval
        )
        yield case

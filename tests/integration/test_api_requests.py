"""Asking a person for sections over HTTP: answered by a grant, declined, taken back, run out, and never twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest

from registry import housekeeping
from registry.keys.client import KEEPER
from schemas.vocabularies.access import REASONS, Purpose, RequestReason
from tests.api_client import DARI, NAME, Api, Caller, Person, opened, profile, wish
from tests.conftest import DatabasePair
from tests.house import open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.test import TestResponse

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

MINE, THEIRS, GRANTS = "/api/v1/me/requests", "/api/v1/requests", "/api/v1/me/grants"
DAYS = timedelta(days=1)


@pytest.fixture(scope="module")
def api(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Api]:
    """One house for this module: a one-time code works once, so officers sign in once."""
    pair = DatabasePair("test_api_requests", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def clerk(api: Api) -> Caller:
    """An officer of the source."""
    return api.officer("Agentur")


@pytest.fixture(scope="module")
def jobcenter(api: Api) -> Caller:
    """An officer of an office that gets grants."""
    return api.officer("Jobcenter Köln")


@pytest.fixture
def zahra(api: Api, clerk: Caller) -> Person:
    return api.recorded(clerk, NAME, DARI)


def question(*sections: str, purpose: str = "placement", reason: str = "placement-offer") -> dict[str, object]:
    """Return what asks for sections."""
    return {"purpose": purpose, "sections": sections or ["education", "languages"], "reason": reason}


def asking(person: Person | UUID) -> str:
    """Return the address at which an office asks a person."""
    return f"/api/v1/persons/{person.id if isinstance(person, Person) else person}/requests"


def asked(caller: Caller, person: Person, **said: Any) -> str:  # noqa: ANN401 - parts of a question
    answer = caller.post(asking(person), question(**said))
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["id"])


def ask_and_leave(caller: Caller, person: Person) -> TestResponse:
    """Ask from a thread of its own, and close that thread's way to the keeper."""
    try:
        return caller.post(asking(person), question())
    finally:
        KEEPER.close()


def answering(api: Api, person: Person, request: str, *sections: str, index: int = 1) -> dict[str, object]:
    """Return the body of a grant to the source that answers a request."""
    return wish(api.agency("Agentur"), person.proof(index), *sections) | {"request": request}


def events(api: Api, person: Person) -> list[str]:
    """Return the events of her log that are about requests, the newest first."""
    lines = api.person(person).get("/api/v1/me/log").get_json()["lines"]
    return [line["event"] for line in lines if line["event"].startswith("request.")]


def backdate(api: Api, request: str, days: int) -> None:
    """Let a request have been asked and ended so many days earlier."""
    with psycopg.connect(api.house.pair.main_url()) as connection:
        connection.execute(
            "UPDATE grant_request SET asked_at = asked_at - %(by)s, ends_at = ends_at - %(by)s,"
            " ended_at = ended_at - %(by)s WHERE id = %(id)s",
            {"by": days * DAYS, "id": request},
        )


def test_she_reads_who_asks_for_what_and_why_and_not_which_officer(api: Api, clerk: Caller, zahra: Person) -> None:
    made = clerk.post(asking(zahra), question("languages", "education"))
    assert made.status_code == 201
    (seen,) = api.person(zahra).get(MINE).get_json()["requests"]
    assert (seen["agency"], seen["purpose"], seen["sections"], seen["reason"], seen["status"]) == (
        api.agency("Agentur"),
        "placement",
        ["education", "languages"],
        "placement-offer",
        "open",
    )
    assert "asked_by" not in seen
    assert "asked_by" in made.get_json()
    assert seen["id"] == made.get_json()["id"]


def test_that_she_was_asked_is_in_her_log_with_office_purpose_and_sections(
    api: Api, clerk: Caller, zahra: Person
) -> None:
    asked(clerk, zahra, purpose="counselling", reason="advice")
    lines = api.person(zahra).get("/api/v1/me/log").get_json()["lines"]
    (line,) = [line for line in lines if line["event"] == "request.asked"]
    assert (line["agency"], line["purpose"]) == (api.agency("Agentur"), "counselling")
    assert line["sections"] == ["education", "languages"]


def test_a_grant_answers_with_fewer_sections(api: Api, clerk: Caller, zahra: Person) -> None:
    request = asked(clerk, zahra)
    grant = api.person(zahra).post(GRANTS, answering(api, zahra, request, "languages"))
    assert grant.status_code == 201, grant.get_json()
    (seen,) = api.person(zahra).get(MINE).get_json()["requests"]
    assert (seen["status"], seen["grant"]) == ("answered", grant.get_json()["id"])
    assert events(api, zahra) == ["request.answered", "request.asked"]
    assert clerk.get(profile(zahra.id)).status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sections": ["languages", "education", "work"]}, "request-mismatch"),
        ({"purpose": "counselling"}, "request-mismatch"),
        ({"agency": "Jobcenter Köln"}, "request-mismatch"),
    ],
)
def test_a_grant_for_something_else_is_no_answer_and_uses_no_code(
    api: Api, clerk: Caller, zahra: Person, change: dict[str, Any], code: str
) -> None:
    request, me = asked(clerk, zahra), api.person(zahra)
    right = answering(api, zahra, request, "languages")
    wrong = right | ({"agency": api.agency(change["agency"])} if "agency" in change else change)
    refused = me.post(GRANTS, wrong)
    assert (refused.status_code, refused.get_json()["code"]) == (422, code)
    assert me.post(GRANTS, right).status_code == 201


def test_a_grant_refused_by_the_keeper_leaves_the_request_open(api: Api, clerk: Caller, zahra: Person) -> None:
    request, me = asked(clerk, zahra), api.person(zahra)
    body = answering(api, zahra, request, "languages") | {"proof": {**zahra.proof(1), "pin": "000000"}}
    assert me.post(GRANTS, body).status_code == 403
    assert me.get(MINE).get_json()["requests"][0]["status"] == "open"
    assert events(api, zahra)[-1] == "request.asked"


def test_a_request_of_somebody_else_is_neither_answered_nor_declined(api: Api, clerk: Caller, zahra: Person) -> None:
    request = asked(clerk, zahra)
    other = api.recorded(clerk, NAME)
    her = api.person(other)
    assert her.post(GRANTS, answering(api, other, request, "languages")).status_code == 404
    assert her.post(f"{MINE}/{request}/decline", {}).status_code == 404
    assert her.get(MINE).get_json() == {"requests": [], "next": None}
    assert api.person(zahra).get(MINE).get_json()["requests"][0]["status"] == "open"


def test_no_means_no_for_this_purpose_and_for_a_while(api: Api, clerk: Caller, zahra: Person) -> None:
    request = asked(clerk, zahra)
    declined = api.person(zahra).post(f"{MINE}/{request}/decline", {})
    assert (declined.status_code, declined.get_json()["status"]) == (200, "declined")
    again = clerk.post(asking(zahra), question("languages", reason="training-offer"))
    assert (again.status_code, again.get_json()["code"]) == (409, "request-declined-lately")
    asked(clerk, zahra, purpose="counselling", reason="advice")
    backdate(api, request, 31)
    asked(clerk, zahra)
    assert events(api, zahra).count("request.declined") == 1


def test_declining_twice_is_declining_once(api: Api, clerk: Caller, zahra: Person) -> None:
    request, me = asked(clerk, zahra), api.person(zahra)
    first = me.post(f"{MINE}/{request}/decline", {}).get_json()
    assert me.post(f"{MINE}/{request}/decline", {}).get_json() == first
    assert events(api, zahra) == ["request.declined", "request.asked"]
    answer = me.post(GRANTS, answering(api, zahra, request, "languages"))
    assert (answer.status_code, answer.get_json()["code"]) == (409, "request-settled")


def test_an_open_request_is_not_asked_again(api: Api, clerk: Caller, zahra: Person) -> None:
    asked(clerk, zahra)
    again = clerk.post(asking(zahra), question("work", reason="training-offer"))
    assert (again.status_code, again.get_json()["code"]) == (409, "request-open")
    assert len(api.person(zahra).get(MINE).get_json()["requests"]) == 1


def test_of_two_who_ask_at_the_same_moment_one_does(api: Api, clerk: Caller, zahra: Person) -> None:
    callers = [Caller(api.app.test_client(), clerk.token) for _ in range(4)]
    with ThreadPoolExecutor(len(callers)) as pool:
        answers = list(pool.map(ask_and_leave, callers, [zahra] * len(callers)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.get_json()["code"] for answer in answers if answer.status_code == 409} == {"request-open"}
    assert events(api, zahra) == ["request.asked"]


def test_what_is_granted_already_is_not_asked_for(api: Api, clerk: Caller, zahra: Person) -> None:
    me = api.person(zahra)
    me.post(GRANTS, wish(api.agency("Agentur"), zahra.proof(1), "languages", "education"))
    again = clerk.post(asking(zahra), question("languages"))
    assert (again.status_code, again.get_json()["code"]) == (409, "request-granted")
    assert clerk.post(asking(zahra), question("languages", "work")).status_code == 201


def test_the_same_key_with_the_same_words_asks_once(api: Api, clerk: Caller, zahra: Person) -> None:
    first, again = (clerk.post(asking(zahra), question(), Idempotency_Key="a-key") for _ in range(2))
    assert again.status_code == 201
    assert again.get_json() == first.get_json()
    assert events(api, zahra) == ["request.asked"]
    other = clerk.post(asking(zahra), question("work"), Idempotency_Key="a-key")
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency-key-reused")


def test_the_office_takes_back_what_it_asked_and_may_ask_again(api: Api, clerk: Caller, zahra: Person) -> None:
    request = asked(clerk, zahra)
    for _ in range(2):
        back = clerk.delete(f"{THEIRS}/{request}")
        assert (back.status_code, back.get_json()["status"]) == (200, "withdrawn")
    me = api.person(zahra)
    declined = me.post(f"{MINE}/{request}/decline", {})
    assert (declined.status_code, declined.get_json()["code"]) == (409, "request-settled")
    asked(clerk, zahra)
    assert events(api, zahra) == ["request.asked", "request.withdrawn", "request.asked"]


def test_another_office_neither_sees_nor_takes_back_a_request(clerk: Caller, jobcenter: Caller, zahra: Person) -> None:
    request = asked(clerk, zahra)
    assert jobcenter.delete(f"{THEIRS}/{request}").status_code == 404
    assert request not in {one["id"] for one in jobcenter.get(THEIRS).get_json()["requests"]}
    listed = {one["id"]: one for one in clerk.get(THEIRS).get_json()["requests"]}
    assert (listed[request]["person"], listed[request]["status"]) == (zahra.id, "open")


def test_who_does_not_know_her_asks_nobody(api: Api, jobcenter: Caller, zahra: Person) -> None:
    """Design, section 5: the same status, body and headers as for somebody who does not exist."""
    known, unknown = (jobcenter.post(asking(one), question()) for one in (zahra, uuid4()))
    assert known.status_code == unknown.status_code == 404
    assert known.data == unknown.data
    assert events(api, zahra) == []
    with psycopg.connect(api.house.pair.main_url()) as connection:
        refused = "SELECT count(*) FROM audit_line WHERE event = 'request.refused' AND reason = 'not-found'"
        assert connection.execute(refused).fetchone() == (2,)


def test_who_had_a_grant_may_ask_after_it_ended(api: Api, jobcenter: Caller, zahra: Person) -> None:
    me = api.person(zahra)
    grant = me.post(GRANTS, wish(api.agency("Jobcenter Köln"), zahra.proof(1))).get_json()["id"]
    me.delete(f"{GRANTS}/{grant}")
    asked(jobcenter, zahra)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"sections": ["residence"], "reason": "training-offer"}, None),
        (
            {"sections": ["needs"], "purpose": "recognition-advice", "reason": "qualification-advice"},
            "request-not-askable",
        ),
        ({"sections": ["languages"], "reason": "course-placement"}, "invalid"),
        ({"sections": ["languages", "languages"]}, "invalid"),
        ({"sections": []}, "invalid"),
        ({"reason": "benefit-decision"}, "invalid"),
        ({"reason": None}, "invalid"),
    ],
)
def test_only_what_the_office_may_ever_get_is_asked_for_and_with_a_reason_that_fits(
    clerk: Caller, zahra: Person, said: dict[str, Any], code: str | None
) -> None:
    """BA may know the work permission for placement, never the support needs; no reason ties consent to a benefit."""
    answer = clerk.post(asking(zahra), question() | said)
    assert answer.status_code == (422 if code else 201)
    assert answer.get_json().get("code") == code


def test_what_runs_out_is_over_at_once_and_ended_by_the_housekeeper(api: Api, clerk: Caller, zahra: Person) -> None:
    request, me = asked(clerk, zahra), api.person(zahra)
    backdate(api, request, 31)
    assert me.get(MINE).get_json()["requests"][0]["status"] == "expired"
    late = me.post(GRANTS, answering(api, zahra, request, "languages"))
    assert (late.status_code, late.get_json()["code"]) == (409, "request-settled")
    api.house.speak_as("housekeeper")
    try:
        assert housekeeping.end_unanswered(api.house.clock.now()) == 1
        assert housekeeping.end_unanswered(api.house.clock.now()) == 0
    finally:
        api.house.speak_as("web")
    assert events(api, zahra) == ["request.expired", "request.asked"]
    asked(clerk, zahra)


def test_what_ran_out_makes_room_before_the_housekeeper_comes(api: Api, clerk: Caller, zahra: Person) -> None:
    backdate(api, asked(clerk, zahra), 31)
    asked(clerk, zahra)
    assert sorted(events(api, zahra)) == ["request.asked", "request.asked", "request.expired"]


def test_who_is_forgotten_was_never_asked(api: Api, clerk: Caller, zahra: Person) -> None:
    request = asked(clerk, zahra)
    assert api.person(zahra).delete("/api/v1/me").status_code == 204
    assert clerk.delete(f"{THEIRS}/{request}").status_code == 404
    with psycopg.connect(api.house.pair.main_url()) as connection:
        left = connection.execute("SELECT count(*) FROM grant_request WHERE person_id = %s", [zahra.id])
        assert left.fetchone() == (0,)


def test_lists_come_in_pieces(api: Api, clerk: Caller, zahra: Person) -> None:
    reasons = {"placement": "placement-offer", "counselling": "advice", "recognition-advice": "qualification-advice"}
    made = [asked(clerk, zahra, purpose=purpose, reason=reason) for purpose, reason in reasons.items()]
    for caller, address in ((api.person(zahra), MINE), (clerk, THEIRS)):
        first = caller.get(f"{address}?limit=2").get_json()
        second = caller.get(f"{address}?limit=2&cursor={first['next']}").get_json()
        assert [one["id"] for one in first["requests"] + second["requests"][:1]] == made[::-1]


def test_every_reason_fits_a_purpose_and_every_purpose_has_one() -> None:
    assert set(REASONS) == set(RequestReason)
    assert frozenset().union(*REASONS.values()) == set(Purpose)

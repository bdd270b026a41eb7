"""A letter that counts is replaced by who has it, or by two officers: one alone could become the person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.api_client import NAME, Api, Caller, Person, opened
from tests.conftest import DatabasePair
from tests.house import PIN, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.test import TestResponse

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

LAST = (
    "SELECT l.event, l.outcome, l.reason, i.person_id::text FROM audit_line l"
    " LEFT JOIN audit_index i ON i.line_id = l.id ORDER BY l.at DESC LIMIT 1"
)


@pytest.fixture(scope="module")
def api(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Api]:
    """One house for this module: a one-time code works once, so officers sign in once."""
    pair = DatabasePair("test_api_letters", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def clerk(api: Api) -> Caller:
    return api.officer("Agentur")


@pytest.fixture(scope="module")
def approver(api: Api) -> Caller:
    return api.officer("Agentur", "approver")


@pytest.fixture(scope="module")
def foreign(api: Api) -> Caller:
    return api.officer("Jobcenter Köln", "approver")


@pytest.fixture
def zahra(api: Api, clerk: Caller) -> Person:
    return api.recorded(clerk, NAME)


def handed(officer: Caller, person: Person, **instead: str | None) -> TestResponse:
    """Hand over a letter."""
    return officer.post(f"/api/v1/persons/{person.id}/letters", {"pin": PIN, **instead})


def lets_in(api: Api, code: str) -> bool:
    return api.nobody().post("/api/v1/sessions", {"letter_code": code, "pin": PIN}).status_code == 201


def last_line(api: Api) -> tuple[Any, ...]:
    with psycopg.connect(api.house.pair.main_url()) as connection:
        row = connection.execute(LAST.encode()).fetchone()
    return row or ()


def insist_refused(api: Api, person: Person, answer: TestResponse, reason: str) -> None:
    """Compare a refusal: what is told, the line, and that her letter still lets her in."""
    assert (answer.status_code, answer.get_json()["code"]) == (403, "letter-needs-approval")
    assert last_line(api) == ("request.refused", "refused", reason, person.id)
    assert lets_in(api, person.letter_code)


def test_one_officer_alone_replaces_no_letter_that_counts(api: Api, clerk: Caller, zahra: Person) -> None:
    insist_refused(api, zahra, handed(clerk, zahra), "letter.needs-approval")


def test_who_has_the_letter_gets_another(api: Api, clerk: Caller, zahra: Person) -> None:
    made = handed(clerk, zahra, old_code=zahra.letter_code)
    assert made.status_code == 201
    assert lets_in(api, made.get_json()["letter_code"])
    assert not lets_in(api, zahra.letter_code)


@pytest.mark.parametrize("first", ["clerk", "approver"])
def test_two_officers_replace_a_letter_whoever_of_them_stands_at_the_counter(
    api: Api, clerk: Caller, approver: Caller, zahra: Person, first: str
) -> None:
    one, other = (clerk, approver) if first == "clerk" else (approver, clerk)
    made = handed(one, zahra, approval=other.token)
    assert made.status_code == 201
    assert lets_in(api, made.get_json()["letter_code"])
    assert not lets_in(api, zahra.letter_code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("AAAA-BBBB", "credential.missing"), ("no base32 !", "sign-in.wrong")],
    ids=["unknown", "not a code"],
)
def test_a_wrong_code_replaces_nothing(api: Api, clerk: Caller, zahra: Person, code: str, reason: str) -> None:
    insist_refused(api, zahra, handed(clerk, zahra, old_code=code), reason)


def test_the_letter_of_somebody_else_replaces_nothing(api: Api, clerk: Caller, zahra: Person) -> None:
    other = api.recorded(clerk, NAME)
    insist_refused(api, zahra, handed(clerk, zahra, old_code=other.letter_code), "letter.needs-approval")


def test_nobody_approves_their_own_letter(api: Api, clerk: Caller, zahra: Person) -> None:
    insist_refused(api, zahra, handed(clerk, zahra, approval=clerk.token), "proof.two-officers")


def test_an_approver_of_another_agency_approves_nothing(
    api: Api, clerk: Caller, foreign: Caller, zahra: Person
) -> None:
    insist_refused(api, zahra, handed(clerk, zahra, approval=foreign.token), "proof.two-officers")


def test_a_session_that_ended_approves_nothing_and_the_first_officer_stays_signed_in(
    api: Api, clerk: Caller, approver: Caller, zahra: Person
) -> None:
    api.house.clock.ahead = timedelta(minutes=10)
    clerk.get("/api/v1/me")
    api.house.clock.ahead = timedelta(minutes=20)
    try:
        answer = handed(clerk, zahra, approval=approver.token)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "letter-needs-approval")
        assert last_line(api) == ("request.refused", "refused", "session.idle", zahra.id)
        assert clerk.get("/api/v1/me").status_code == 200
    finally:
        api.house.clock.ahead = timedelta()


def test_an_approval_that_is_no_session_is_told_as_a_wrong_field(clerk: Caller, zahra: Person) -> None:
    answer = handed(clerk, zahra, approval="ü")
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["approval"])


def test_a_letter_that_ran_out_is_replaced_by_one_officer(api: Api, clerk: Caller, zahra: Person) -> None:
    """It lets nobody in any more, and she cannot be asked for a code that she may have thrown away."""
    with psycopg.connect(api.house.pair.shred_url()) as connection:
        connection.execute("UPDATE letter SET expires_at = now() WHERE person_id = %s", [zahra.id])
    assert handed(clerk, zahra).status_code == 201

"""Who comes in: sessions, roles, and what is answered when database or keeper are away."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text

from registry.db import Sessions
from registry.keys.client import KEEPER
from registry.wire.sockets import places
from tests.api_client import DARI, NAME, Api, Caller, opened, profile, wish
from tests.conftest import DatabasePair
from tests.house import PIN, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.test import TestResponse

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins


@pytest.fixture(scope="module")
def api(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Api]:
    """One house for this module: a one-time code works once, so officers sign in once."""
    pair = DatabasePair("test_api_doors", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


_REFUSED = text("SELECT count(*) FROM audit_line WHERE event = 'request.refused' AND officer_id IS NOT NULL")


@pytest.fixture(scope="module")
def clerk(api: Api) -> Caller:
    return api.officer("Agentur")


@pytest.fixture(scope="module")
def administrator(api: Api) -> Caller:
    return api.officer("Agentur", "administrator")


def test_an_officer_signs_in_with_password_and_code_and_out_again(api: Api) -> None:
    officer = api.house.agency("BAMF").officer("clerk")
    code = api.house.book.code(officer)
    body = {"login": officer.login, "password": officer.password, "totp": code}
    signed_in = api.nobody().signed_in(body)
    me = signed_in.get("/api/v1/me").get_json()
    assert (me["kind"], me["agency"]["id"], me["roles"]) == (
        "officer",
        api.agency("BAMF"),
        ["case-officer", "clerk"],
    )
    assert signed_in.delete("/api/v1/sessions/current").status_code == 204
    assert signed_in.get("/api/v1/me").status_code == 401
    again = api.nobody().post("/api/v1/sessions", body)
    assert (again.status_code, again.get_json()["code"]) == (401, "sign-in.refused")


def test_every_wrong_sign_in_gets_the_same_answer(api: Api) -> None:
    """Which part was wrong, and whether the login exists, is not told."""
    officer = api.house.agency("BAMF").officer("administrator")
    wrong = [
        {"login": officer.login, "password": "wrong password", "totp": "000000"},
        {"login": "nobody@nowhere", "password": officer.password, "totp": "000000"},
        {"letter_code": "AAAA-BBBB", "pin": PIN},
        {"letter_code": "not base32 at all !", "pin": PIN},
    ]
    answers = [api.nobody().post("/api/v1/sessions", body) for body in wrong]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer"}


@pytest.mark.parametrize("token", ["", "x", base64.urlsafe_b64encode(bytes(32)).decode(), "ü" * 10])
def test_a_made_up_token_is_nobodys(api: Api, token: str) -> None:
    client = Caller(api.app.test_client(), token)
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "not-signed-in")


def test_a_persons_session_opens_no_officers_door_and_back(api: Api, clerk: Caller) -> None:
    person = api.recorded(clerk, NAME)
    her = api.person(person)
    assert her.get(profile(person.id)).get_json()["code"] == "not-for-you"
    assert her.post("/api/v1/persons", {"entries": []}).status_code == 403
    assert clerk.get("/api/v1/me/profile").status_code == 403
    assert clerk.delete("/api/v1/me").status_code == 403
    assert her.get("/api/v1/me").get_json() == {"kind": "person", "actor": person.id, "agency": None, "roles": []}


def test_an_administrator_reads_no_profile_and_records_nobody(administrator: Caller) -> None:
    with Sessions() as session:
        before = session.scalar(_REFUSED)
    assert administrator.get(profile(uuid4())).get_json()["code"] == "not-for-you"
    assert administrator.post("/api/v1/persons", {"entries": []}).status_code == 403
    with Sessions() as session:
        assert session.scalar(_REFUSED) == before + 2, "refusals after sign-in are lines of the log"


def test_offices_are_listed_for_whoever_is_signed_in(api: Api, clerk: Caller) -> None:
    listed = clerk.get("/api/v1/agencies").get_json()["agencies"]
    assert api.agency("Jobcenter Köln") in {one["id"] for one in listed}
    assert api.nobody().get("/api/v1/agencies").status_code == 401


def test_a_letter_is_handed_over_only_where_the_person_was_recorded(api: Api, clerk: Caller) -> None:
    """Another office gets the answer of a person who does not exist."""
    person = api.recorded(clerk, NAME)
    stranger = api.officer("Jobcenter Stuttgart")
    known = stranger.post(f"/api/v1/persons/{person.id}/letters", {"pin": PIN})
    unknown = stranger.post(f"/api/v1/persons/{uuid4()}/letters", {"pin": PIN})
    assert known.status_code == unknown.status_code == 404
    assert known.data == unknown.data


def test_a_new_letter_voids_the_one_before(api: Api, clerk: Caller) -> None:
    person = api.recorded(clerk, NAME)
    her = api.person(person)
    clerk.post(f"/api/v1/persons/{person.id}/letters", {"pin": PIN, "old_code": person.letter_code})
    old = api.nobody().post("/api/v1/sessions", {"letter_code": person.letter_code, "pin": PIN})
    assert old.status_code == 401
    assert her.get("/api/v1/me/profile").status_code == 401


@pytest.mark.parametrize("purpose", ["", "?purpose=", "?purpose=everything"])
def test_a_profile_without_a_known_purpose_is_not_asked_for(clerk: Caller, purpose: str) -> None:
    answer = clerk.get(f"/api/v1/persons/{uuid4()}/profile{purpose}")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    "entry",
    [
        {**DARI, "kind": "languages.unknown"},
        {**DARI, "source": "somebody else"},
        {**NAME, "value": {**NAME["value"], "family": "Karimi\u202e"}},  # type: ignore[dict-item]  # a literal of this file
        {"kind": "identity.name", "value": {}},
    ],
    ids=["unknown kind", "a source of one's own", "bidi control", "empty"],
)
def test_what_does_not_fit_is_refused_with_its_place(clerk: Caller, entry: dict[str, object]) -> None:
    answer = clerk.post("/api/v1/persons", {"entries": [DARI, entry]})
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]["entries"]) == ["1"]


def test_a_repeated_request_finds_the_person_it_made_before(clerk: Caller) -> None:
    """One click too many, or an answer that got lost, must not make a second person."""
    body, key = {"entries": [NAME]}, str(uuid4())
    first = clerk.post("/api/v1/persons", body, Idempotency_Key=key)
    again = clerk.post("/api/v1/persons", body, Idempotency_Key=key)
    assert first.status_code == again.status_code == 201
    assert first.get_json() == again.get_json()
    other = clerk.post("/api/v1/persons", body, Idempotency_Key=str(uuid4()))
    assert other.get_json() != first.get_json()


def test_a_key_that_was_used_for_something_else_is_refused(clerk: Caller) -> None:
    key = str(uuid4())
    clerk.post("/api/v1/persons", {"entries": [NAME]}, Idempotency_Key=key)
    answer = clerk.post("/api/v1/persons", {"entries": [DARI]}, Idempotency_Key=key)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency-key-reused")


def test_the_key_of_another_office_is_another_key(api: Api, clerk: Caller) -> None:
    key = str(uuid4())
    first = clerk.post("/api/v1/persons", {"entries": [NAME]}, Idempotency_Key=key)
    other = api.officer("Migrationsberatung").post("/api/v1/persons", {"entries": [NAME]}, Idempotency_Key=key)
    assert other.status_code == 201
    assert other.get_json() != first.get_json()


def test_requests_with_one_key_at_the_same_moment_make_one_person(api: Api, clerk: Caller) -> None:
    key, body = str(uuid4()), {"entries": [NAME]}
    callers = [Caller(api.app.test_client(), clerk.token) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(posted, one, body, key) for one in callers]
        answers = [one.result() for one in asked]
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = {answer.get_json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1


@pytest.mark.parametrize("key", ["", "with space", "x" * 129])
def test_a_key_that_is_none_is_refused(clerk: Caller, key: str) -> None:
    answer = clerk.post("/api/v1/persons", {"entries": [NAME]}, Idempotency_Key=key)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")


def test_a_body_over_a_megabyte_is_not_read(clerk: Caller) -> None:
    answer = clerk.post("/api/v1/persons", {"entries": [], "more": "x" * 1024 * 1024})
    assert answer.status_code == 413


def test_anonymous_refusals_are_counted(api: Api) -> None:
    before = counted(api)
    api.nobody().get("/api/v1/me")
    assert counted(api) == before + 1


def test_readiness_needs_database_and_keeper(api: Api) -> None:
    assert api.nobody().get("/healthz").status_code == 200
    assert api.nobody().get("/readyz").status_code == 200


def test_without_the_keeper_nothing_opens_and_it_is_said_so(api: Api, clerk: Caller) -> None:
    person = api.recorded(clerk, NAME)
    KEEPER.configure(api.house.settings.run_dir / "nobody-listens.sock")
    try:
        for answer in (
            api.nobody().get("/readyz"),
            clerk.get(profile(person.id, "intake")),
            api.nobody().post("/api/v1/sessions", {"letter_code": person.letter_code, "pin": PIN}),
        ):
            assert (answer.status_code, answer.get_json()["code"]) == (503, "unavailable")
            assert answer.headers["Retry-After"] == "2"
        assert api.nobody().get("/healthz").status_code == 200
    finally:
        KEEPER.configure(places.keeper(api.house.settings.run_dir, "web"))


def test_without_the_database_it_is_said_so_and_later_all_is_well(api: Api, clerk: Caller) -> None:
    """Pooled connections that died are noticed by their next use, which may be told to try again."""
    terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE '%%_web' AND datname = %s"
    with psycopg.connect(api.house.pair.main_url()) as connection:
        connection.execute(terminate, [api.house.pair.name])
    answers = [clerk.get("/api/v1/me") for _ in range(3)]
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert answers[-1].status_code == 200


def test_an_unknown_office_can_be_granted_nothing(api: Api, clerk: Caller) -> None:
    person = api.recorded(clerk, NAME)
    answer = api.person(person).post("/api/v1/me/grants", wish(str(uuid4()), person.proof(1)))
    assert answer.status_code == 404


def test_the_log_names_no_person(api: Api, clerk: Caller, caplog: pytest.LogCaptureFixture) -> None:
    """Style, section 8: identifiers and counts only."""
    caplog.set_level("DEBUG")
    person = api.recorded(clerk, NAME, DARI)
    api.person(person).get("/api/v1/me/profile")
    clerk.post("/api/v1/persons", {"entries": [{**NAME, "kind": "Karimi"}]})
    assert "Karimi" not in caplog.text
    assert PIN not in caplog.text


def posted(caller: Caller, body: object, key: str) -> TestResponse:
    """Record a person in a thread that ends, and with it its connection to the keeper."""
    try:
        return caller.post("/api/v1/persons", body, Idempotency_Key=key)
    finally:
        KEEPER.close()


def counted(api: Api) -> int:
    with psycopg.connect(api.house.pair.main_url()) as connection:
        row = connection.execute("SELECT coalesce(sum(count), 0) FROM anonymous_refusal").fetchone()
    return int(row[0]) if row else 0

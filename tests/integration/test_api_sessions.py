"""A session that the keeper no longer accepts passes no guard, and learns nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from registry.api.routes import ROUTES
from tests.api_client import DARI, NAME, Api, Caller, Person, opened, profile, wish
from tests.conftest import DatabasePair
from tests.house import PIN, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

IDLE = timedelta(minutes=16)
HERS = ["/api/v1/me", "/api/v1/me/grants", "/api/v1/me/log", "/api/v1/me/profile", "/api/v1/agencies"]


@pytest.fixture(scope="module")
def api(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Api]:
    """One house for this module: a one-time code works once, so officers sign in once."""
    pair = DatabasePair("test_api_sessions", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def clerk(api: Api) -> Caller:
    return api.officer("Agentur")


@pytest.fixture
def zahra(api: Api, clerk: Caller) -> Person:
    return api.recorded(clerk, NAME, DARI)


@pytest.fixture
def later(api: Api) -> Iterator[None]:
    """Let time pass at the keeper from the first request on: see `idle`."""
    yield
    api.house.clock.ahead = timedelta()


def events(api: Api) -> int:
    """Return how many lines there are."""
    with psycopg.connect(api.house.pair.main_url()) as connection:
        row = connection.execute("SELECT count(*) FROM audit_line").fetchone()
    return int(row[0]) if row else 0


def told(caller: Caller, address: str) -> tuple[int, str]:
    answer = caller.get(address)
    return answer.status_code, answer.get_json()["code"]


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("address", HERS)
def test_an_idle_session_is_nobodys(api: Api, zahra: Person, address: str) -> None:
    me = api.person(zahra)
    assert me.get(address).status_code == 200
    api.house.clock.ahead += IDLE
    before = events(api)
    assert told(me, address) == (401, "not-signed-in")
    assert events(api) == before, "a session that ended writes no line in her name"


@pytest.mark.usefixtures("later")
def test_a_session_in_use_lives_on(api: Api, zahra: Person) -> None:
    """Looking at the log is a use."""
    me = api.person(zahra)
    for _ in range(3):
        api.house.clock.ahead += IDLE - timedelta(minutes=2)
        assert me.get("/api/v1/me/log").status_code == 200


@pytest.mark.parametrize("address", HERS)
def test_with_another_letter_the_old_session_ends(api: Api, clerk: Caller, zahra: Person, address: str) -> None:
    me = api.person(zahra)
    again = clerk.post(f"/api/v1/persons/{zahra.id}/letters", {"pin": PIN, "old_code": zahra.letter_code})
    assert again.status_code == 201
    assert told(me, address) == (401, "not-signed-in")


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("granted", [False, True])
def test_an_idle_officer_does_not_even_learn_whether_something_is_shared(
    api: Api,
    zahra: Person,
    granted: bool,  # noqa: FBT001 - a case
) -> None:
    officer = api.officer("Jobcenter Köln", "clerk" if granted else "approver")
    if granted:
        api.person(zahra).post("/api/v1/me/grants", wish(api.agency("Jobcenter Köln"), zahra.proof(1)))
    api.house.clock.ahead += IDLE
    assert told(officer, profile(zahra.id)) == (401, "not-signed-in")


def test_every_address_behind_a_guard_refuses_a_session_that_ended(api: Api, zahra: Person) -> None:
    """The row is put back by somebody who can write to the database; the keeper knows better."""
    me = api.person(zahra)
    with psycopg.connect(api.house.pair.main_url(), autocommit=True) as owner:
        owner.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM session WHERE actor_id = %s", [zahra.id])
        assert me.delete("/api/v1/sessions/current").status_code == 204
        owner.execute("INSERT INTO session SELECT * FROM kept")
    names = {
        "<uuid:person_id>": zahra.id,
        "<uuid:appearance_id>": zahra.appearance,
        "<uuid:grant_id>": zahra.id,
        "<uuid:link_id>": zahra.id,
        "<uuid:request_id>": zahra.id,
        "<uuid:passkey_id>": zahra.id,
        "<uuid:entry_id>": zahra.id,
    }
    for route in ROUTES:
        if not route.guard.kinds or route.asks_keeper:
            continue
        address = route.rule.replace("<compartment>", "identity.core")
        for name, value in names.items():
            address = address.replace(name, value)
        assert "<" not in address
        assert me.ask(route.method, address, {} if route.body else None).status_code == 401, address

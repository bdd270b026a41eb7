"""Refusals of those who are signed in: one line each, told to whom it concerns and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from tests.api_client import DARI, NAME, Api, Caller, Person, opened, profile, wish
from tests.conftest import DatabasePair
from tests.house import PIN, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

LINES = (
    "SELECT l.event, l.outcome, l.reason, i.person_id::text FROM audit_line l"
    " LEFT JOIN audit_index i ON i.line_id = l.id WHERE l.outcome = 'refused' ORDER BY l.at"
)


@pytest.fixture(scope="module")
def api(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Api]:
    """One house for this module: a one-time code works once, so officers sign in once."""
    pair = DatabasePair("test_api_refusals", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def clerk(api: Api) -> Caller:
    return api.officer("Agentur")


@pytest.fixture(scope="module")
def jobcenter(api: Api) -> Caller:
    return api.officer("Jobcenter Köln")


@pytest.fixture(scope="module")
def stranger(api: Api) -> Caller:
    return api.officer("Jobcenter Stuttgart")


@pytest.fixture
def zahra(api: Api, clerk: Caller) -> Person:
    return api.recorded(clerk, NAME, DARI)


def as_owner(api: Api, statement: str, *values: object) -> list[tuple[str | None, ...]]:
    """Do what nobody but the owner of the database can."""
    with psycopg.connect(api.house.pair.main_url()) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def refused(api: Api, before: int = 0) -> list[tuple[str | None, ...]]:
    """Return the lines of refusals after the first ones: event, outcome, reason, and the person it is told to."""
    return as_owner(api, LINES)[before:]


def seen(api: Api, person: Person) -> list[str]:
    """Return what she reads of refusals in her log."""
    lines = api.person(person).get("/api/v1/me/log").get_json()["lines"]
    return [line["event"] for line in lines if line["outcome"] == "refused"]


def test_a_wrong_pin_is_a_line_in_her_log(api: Api, zahra: Person) -> None:
    """She sees that somebody tried."""
    before = len(refused(api))
    proof = {**zahra.proof(1), "pin": "000000"}
    answer = api.person(zahra).post("/api/v1/me/grants", wish(api.agency("Jobcenter Köln"), proof))
    assert answer.status_code == 403
    assert refused(api, before) == [("request.refused", "refused", "sign-in.wrong", zahra.id)]
    assert seen(api, zahra) == ["request.refused"]


def test_a_grant_that_ended_already_is_a_line(api: Api, zahra: Person) -> None:
    me = api.person(zahra)
    grant = me.post("/api/v1/me/grants", wish(api.agency("Jobcenter Köln"), zahra.proof(1))).get_json()["id"]
    me.delete(f"/api/v1/me/grants/{grant}")
    before = len(refused(api))
    assert me.delete(f"/api/v1/me/grants/{grant}").status_code == 409
    assert refused(api, before) == [("request.refused", "refused", "grant.ended", zahra.id)]


def test_a_receipt_that_cannot_be_signed_is_a_line(api: Api, zahra: Person) -> None:
    me = api.person(zahra)
    grant = me.post("/api/v1/me/grants", wish(api.agency("Jobcenter Köln"), zahra.proof(1))).get_json()["id"]
    as_owner(api, "UPDATE access_grant SET mac = %s WHERE id = %s", bytes(33), grant)
    before = len(refused(api))
    assert me.get(f"/api/v1/me/grants/{grant}/receipt").status_code == 403
    assert refused(api, before) == [("request.refused", "refused", "access_grant.forged", zahra.id)]


def test_an_erasure_that_is_refused_is_a_line(api: Api, zahra: Person) -> None:
    me = api.person(zahra)
    as_owner(api, "UPDATE appearance SET mac = %s WHERE id = %s", bytes(33), zahra.appearance)
    before = len(refused(api))
    assert me.delete("/api/v1/me").status_code == 403
    assert refused(api, before) == [("request.refused", "refused", "erase.nothing", zahra.id)]


def test_a_reading_that_the_keeper_refuses_is_a_line_beside_the_one_that_permitted_it(
    api: Api, jobcenter: Caller, zahra: Person
) -> None:
    """She sees it where the office holds or held a grant."""
    me = api.person(zahra)
    me.post("/api/v1/me/grants", wish(api.agency("Jobcenter Köln"), zahra.proof(1)))
    as_owner(api, "DELETE FROM wrap WHERE appearance_id = %s", zahra.appearance)
    before = len(refused(api))
    assert jobcenter.get(profile(zahra.id)).status_code == 404
    assert refused(api, before) == [("request.refused", "refused", "open.nothing-granted", zahra.id)]


def test_a_grant_that_ended_and_was_put_back_looks_to_an_office_like_nobody(
    api: Api, jobcenter: Caller, zahra: Person
) -> None:
    """What a person is told about her own grants is no answer for an office."""
    me = api.person(zahra)
    grant = me.post("/api/v1/me/grants", wish(api.agency("Jobcenter Köln"), zahra.proof(1))).get_json()["id"]
    where = "WHERE id = %s"
    row = as_owner(api, f"SELECT status, mac::text, ended_at::text FROM access_grant {where}", grant)[0]  # noqa: S608 - constants
    as_owner(api, "CREATE TABLE kept AS SELECT * FROM wrap WHERE grant_id = %s", grant)
    epochs = "CREATE TABLE sealed AS SELECT * FROM sealed_compartment WHERE appearance_id = %s"
    as_owner(api, epochs, zahra.appearance)
    me.delete(f"/api/v1/me/grants/{grant}")
    as_owner(api, "INSERT INTO wrap SELECT * FROM kept")
    as_owner(api, "DELETE FROM sealed_compartment WHERE appearance_id = %s", zahra.appearance)
    as_owner(api, "INSERT INTO sealed_compartment SELECT * FROM sealed")
    statement = f"UPDATE access_grant SET status = %s, mac = %s::bytea, ended_at = %s {where}"  # noqa: S608 - constants
    as_owner(api, statement, *row, grant)
    before = len(refused(api))
    answer = jobcenter.get(profile(zahra.id))
    assert answer.status_code == 404
    assert answer.data == jobcenter.get(profile(uuid4())).data
    assert refused(api, before)[0][2] in {"grant.ended", "sealed.below-floor"}


def test_what_is_refused_to_her_own_source_is_told_to_her(api: Api, clerk: Caller, zahra: Person) -> None:
    as_owner(api, "UPDATE sealed_compartment SET own_wrap = NULL WHERE appearance_id = %s", zahra.appearance)
    before = len(refused(api))
    assert clerk.get(profile(zahra.id, "intake")).status_code == 404
    assert refused(api, before) == [("request.refused", "refused", "own.none", zahra.id)]


def test_a_guess_is_a_line_and_nobody_is_told_of_it(api: Api, stranger: Caller, zahra: Person) -> None:
    """For her and for nobody the same is written: neither answer nor work tells them apart."""
    before = len(refused(api))
    for person in (zahra.id, str(uuid4())):
        assert stranger.post(f"/api/v1/persons/{person}/letters", {"pin": PIN}).status_code == 404
    assert refused(api, before) == [("request.refused", "refused", "person.not-ours", None)] * 2
    assert seen(api, zahra) == []


def test_a_door_of_somebody_else_is_a_line_of_hers(api: Api, zahra: Person) -> None:
    before = len(refused(api))
    assert api.person(zahra).get(profile(zahra.id)).status_code == 403
    assert refused(api, before) == [("request.refused", "refused", "not-for-you", zahra.id)]

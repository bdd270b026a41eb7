"""What an import links: what is known for sure, proposals for people, and what had to wait for the linker."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest

from registry.casework import receiving
from registry.casework.admission import signing_in
from registry.casework.receiving import Outcome, Received
from registry.db import Sessions
from registry.linkage.client import LINKER
from registry.wire.sockets import places
from schemas.entries import EntryIn
from tests.api_client import opened
from tests.conftest import DatabasePair
from tests.house import House, open_house
from tests.identities import Said, entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF")
NADER = replace(NADIR, family="BARAKSAI", given="Nader Schah", nationality="PK")
#: The same customer number, and otherwise somebody else: people must look.
NUMBERED = Said(
    family="Kovtun", given="Lesia", born="1991-02-03", sex="w", nationality="UA", numbers={"ba-customer": "535D402231"}
)
REISSUED = Said(
    family="Tesfay", given="Yonas", born="1984-11-30", sex="m", nationality="ER", numbers={"ba-customer": "535D402231"}
)


@pytest.fixture
def house(clusters: Pair, template_pair: str, test_logins: Logins, request: pytest.FixtureRequest) -> Iterator[House]:
    pair = DatabasePair(f"implink_{abs(hash(request.node.name)) % 10**8}", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair, linker=True) as house:
        yield house
    clusters.drop_pair(pair.name)


def brought(house: House, agency: str, *people: Said) -> list[Outcome]:
    """Import people as one batch of an agency."""
    return receiving.receive(run_of(house, agency), [received(one) for one in people], now=house.clock.now())


def run_of(house: House, agency: str) -> UUID:
    house.speak_as("web")
    officer = house.officer(agency, "administrator")
    with Sessions.begin() as session:
        run = signing_in.open_run(session, officer, operation="import", budget=100, now=house.clock.now())
    house.speak_as("worker", UUID(house.agency(agency).id))
    return run.id


def received(said: Said) -> Received:
    stated = entries(said)
    return Received(
        f"{said.family}:{said.given}", sha256(repr(stated).encode()).digest(), tuple(map(EntryIn().load, stated))
    )


def rows(house: House, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(house.pair.main_url()) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_the_same_person_of_another_agency_is_linked_and_what_contradicts_is_counted(house: House) -> None:
    brought(house, "Agentur", NADIR)
    (outcome,) = brought(house, "Jobcenter Stuttgart", NADER)
    assert (outcome.status, outcome.linked, outcome.conflicting) == ("created", True, True)
    assert rows(house, "SELECT count(*) FROM person") == [(1,)]
    assert rows(house, "SELECT status, decided_kind, grade FROM link") == [("decided", "run", "known")]
    assert {basis for (basis,) in rows(house, "SELECT basis FROM appearance")} == {"decided"}
    ((reason,),) = rows(house, "SELECT reason FROM audit_line WHERE event = 'link.decided'")
    assert "agrees:birth-date:exact" in reason


def test_two_records_of_one_file_can_be_one_person(house: House) -> None:
    outcomes = brought(house, "Agentur", NADIR, NADER)
    assert [one.status for one in outcomes] == ["created", "created"]
    assert sum(one.linked for one in outcomes) == 1
    assert rows(house, "SELECT count(*) FROM person") == [(1,)]


def test_what_may_be_the_same_becomes_a_proposal_that_either_office_settles(house: House) -> None:
    brought(house, "Agentur", NUMBERED)
    (outcome,) = brought(house, "Jobcenter Stuttgart", REISSUED)
    assert not outcome.linked
    assert rows(house, "SELECT count(*) FROM person") == [(2,)]
    house.speak_as("web")
    for api in opened(house):
        foreign, officer = api.officer("Köln"), api.officer("Agentur")
        assert foreign.get("/api/v1/links").get_json()["links"] == []
        (proposal,) = officer.get("/api/v1/links").get_json()["links"]
        assert proposal["grade"] == "look"
        assert proposal["differences"]
        decision = f"/api/v1/links/{proposal['id']}/decision"
        assert foreign.post(decision, {"same": True}).status_code == 404
        assert officer.post(decision, {"same": False}).status_code == 204
        assert officer.post(decision, {"same": True}).status_code == 404
        assert officer.get("/api/v1/links").get_json()["links"] == []
    assert rows(house, "SELECT count(*) FROM person") == [(2,)]


def test_a_proposal_that_is_the_same_makes_one_person(house: House) -> None:
    brought(house, "Agentur", NUMBERED)
    brought(house, "Jobcenter Stuttgart", REISSUED)
    house.speak_as("web")
    for api in opened(house):
        officer = api.officer("Jobcenter Stuttgart")
        (proposal,) = officer.get("/api/v1/links").get_json()["links"]
        assert officer.post(f"/api/v1/links/{proposal['id']}/decision", {"same": True}).status_code == 204
    assert rows(house, "SELECT count(*) FROM person") == [(1,)]
    assert rows(house, "SELECT status, decided_kind FROM link") == [("decided", "officer")]


def test_an_import_does_not_wait_for_the_linker_and_the_next_one_catches_up(house: House) -> None:
    brought(house, "Agentur", NADIR)
    LINKER.configure(house.settings.run_dir / "nobody.sock")
    (outcome,) = brought(house, "Jobcenter Stuttgart", NADER)
    assert (outcome.status, outcome.linked) == ("created", False)
    LINKER.configure(places.linker(house.settings.run_dir, "web"))
    run = run_of(house, "Jobcenter Stuttgart")
    (late,) = receiving.catch_up(run, now=house.clock.now())
    assert (late.status, late.linked) == ("compared", True)
    assert receiving.catch_up(run, now=house.clock.now()) == []
    assert rows(house, "SELECT count(*) FROM person") == [(1,)]


def test_what_somebody_gave_back_is_not_linked_again(house: House) -> None:
    brought(house, "Agentur", NADIR)
    (outcome,) = brought(house, "Jobcenter Stuttgart", NADER)
    house.speak_as("web")
    for api in opened(house):
        ((person,),) = rows(house, "SELECT id FROM person")
        officer = api.officer("Jobcenter Stuttgart")
        address = f"/api/v1/persons/{person}/appearances/{outcome.appearance_id}/separation"
        assert officer.post(address, {}).status_code == 200
    changed = received(replace(NADER, place="Herat"))
    run = run_of(house, "Jobcenter Stuttgart")
    (again,) = receiving.receive(run, [changed], now=house.clock.now())
    assert (again.status, again.linked) == ("updated", False)
    assert rows(house, "SELECT count(*) FROM person") == [(2,)]


def test_importing_or_linking_grants_nothing(house: House) -> None:
    """Design, section 5: importing or linking never creates a grant."""
    brought(house, "Agentur", NADIR)
    brought(house, "Jobcenter Stuttgart", NADER)
    assert rows(house, "SELECT count(*) FROM access_grant") == rows(house, "SELECT count(*) FROM wrap") == [(0,)]

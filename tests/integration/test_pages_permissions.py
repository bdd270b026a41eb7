"""Whoever gave many permissions finds each of them, those that hold first."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest

from registry.auth.sessions import bearer
from registry.casework import granting
from registry.casework.granting import Wish
from registry.db import Sessions
from registry.ledger import grants
from registry.web import signed
from schemas.compartments import Section
from schemas.vocabularies.access import Purpose
from tests.api_client import DARI, NAME, opened
from tests.house import open_house, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from registry.actors import PersonActor
    from registry.wire.asking import CodeProof
    from tests.api_client import Api
    from tests.conftest import DatabasePair
    from tests.house import House

BASE = "https://einmal.example"
LIVING, ENDED = 60, 240
#: Copies of a permission, each a minute older than the one before; every fifth holds, one has run out unnoticed.
COPIES = """
INSERT INTO access_grant (bucket, person_id, id, agency_id, purpose, basis, norm, sections, compartments, appearances,
    not_before, not_after, status, proof, record_digest, given_at, ended_at, mac)
SELECT bucket, person_id, gen_random_uuid(), agency_id, purpose, basis, norm, sections, compartments, appearances,
    not_before - interval '3 years',
    CASE WHEN n = 1 THEN now() - interval '1 hour' ELSE not_after END,
    CASE WHEN n %% 5 = 0 OR n = 1 THEN 'active' ELSE 'withdrawn' END,
    proof, record_digest, given_at - n * interval '1 minute',
    CASE WHEN n %% 5 = 0 OR n = 1 THEN NULL ELSE now() END, mac
FROM access_grant, generate_series(1, %s) AS n WHERE person_id = %s
"""


@pytest.fixture
def api(database_pair: DatabasePair) -> Iterator[Api]:
    with open_house(database_pair) as house:
        yield from opened(house)


@pytest.fixture
def she(api: Api) -> PersonActor:
    """Somebody with three hundred permissions, of which the newest holds."""
    house = api.house
    clerk = house.officer("Agentur")
    person = house.create(clerk, [NAME, DARI]).person_id
    letter = house.letter(clerk, person)
    her = house.person(letter)
    given(house, her, letter.proof(1))
    with psycopg.connect(house.pair.main_url()) as connection:
        connection.execute(COPIES, [LIVING + ENDED - 1, person])
    return her


def given(house: House, her: PersonActor, proof: CodeProof) -> None:
    """Let her give a permission."""
    wish = Wish(
        agency_id=UUID(house.agency("Jobcenter Köln").id),
        purpose=Purpose.PLACEMENT,
        sections=frozenset({Section.LANGUAGES}),
        until=house.clock.now() + timedelta(days=30),
        **told(),
    )
    with Sessions.begin() as session:
        granting.give(session, wish, proof, actor=her, now=house.clock.now())


def browser_of(api: Api, her: PersonActor) -> FlaskClient:
    client = api.app.test_client()
    client.set_cookie(signed.COOKIE, bearer(her.token), domain="einmal.example", secure=True)
    return client


def walked(client: FlaskClient) -> Iterator[str]:
    """Yield the pages of the list, each reached from the one before."""
    address = "/en/me/access"
    for _ in range(LIVING + ENDED):
        page = client.get(address, base_url=BASE)
        assert page.status_code == 200
        yield page.text
        onward = re.search(r'<a class="kern-btn[^>]+href="(/en/me/access\?[^"]+)"', page.text)
        if onward is None:
            return
        address = html.unescape(onward[1])


def test_she_finds_every_permission_once_and_those_that_hold_first(api: Api, she: PersonActor) -> None:
    pages = list(walked(browser_of(api, she)))
    listed = [one for page in pages for one in re.findall(r"/me/grants/([0-9a-f-]{36})/receipt", page)]
    living = [one for page in pages for one in re.findall(r"/me/grants/([0-9a-f-]{36})/withdraw", page)]
    assert (len(listed), len(set(listed)), len(living)) == (LIVING + ENDED, LIVING + ENDED, LIVING)
    assert set(listed[:LIVING]) == set(living)
    with Sessions() as session:
        newest = [str(one.id) for one in grants.grants_of(session, she.id)]
    ended = [one for one in newest if one not in set(living)]
    assert listed[LIVING:] == ended


def test_a_permission_that_she_ended_is_offered_again_however_many_there_are(api: Api, she: PersonActor) -> None:
    with Sessions() as session:
        oldest = grants.grants_of(session, she.id)[-1]
    client = browser_of(api, she)
    page = client.get(f"/en/me/access?done=withdrawn&grant={oldest.id}", base_url=BASE).text
    again = re.search(r'href="(/en/me/give/[^"]+again=[^"]+)"', page)
    assert again is not None
    assert str(oldest.id) in again[1]
    assert 'value="languages" checked' in client.get(html.unescape(again[1]), base_url=BASE).text


@pytest.mark.parametrize("query", ["cursor=nonsense", "ended=nonsense"])
def test_a_cursor_that_was_made_up_is_refused(api: Api, she: PersonActor, query: str) -> None:
    assert browser_of(api, she).get(f"/en/me/access?{query}", base_url=BASE).status_code == 422


@pytest.mark.parametrize("grant", ["nonsense", "00000000-0000-4000-8000-000000000000", ""])
def test_a_permission_that_is_none_of_hers_is_not_offered_again(api: Api, she: PersonActor, grant: str) -> None:
    page = browser_of(api, she).get(f"/en/me/access?grant={grant}", base_url=BASE)
    assert (page.status_code, "mistake" in page.text) == (200, False)
    chosen = browser_of(api, she).get(
        f"/en/me/give/{api.agency('Jobcenter Köln')}/placement?again={grant}", base_url=BASE
    )
    assert (chosen.status_code, " checked>" in chosen.text.partition("until")[0]) == (200, False)

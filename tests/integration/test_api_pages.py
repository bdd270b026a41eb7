"""Lists in pieces: nothing is hidden behind new lines, nothing comes twice, and a cursor is not to be made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from registry.audit import log
from registry.audit.events import Event
from registry.db import Sessions
from tests.api_client import DARI, NAME, Api, Caller, Person, opened, wish
from tests.conftest import DatabasePair
from tests.house import open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

LOG, GRANTS = "/api/v1/me/log", "/api/v1/me/grants"
LIMITS = ("limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "limit=²", f"limit={'9' * 5000}")
CURSORS = ("cursor=", "cursor=x", "cursor=AAAA", f"cursor={'_' * 32}", "cursor=ü")


@pytest.fixture(scope="module")
def api(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Api]:
    """One house for this module: a one-time code works once, so officers sign in once."""
    pair = DatabasePair("test_api_pages", clusters, test_logins)
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


def happen(api: Api, person: Person, count: int) -> None:
    """Write lines about her, all at one moment."""
    lines = [log.Line(event=Event.ENTRIES_RECORDED, persons=(UUID(person.id),))] * count
    with Sessions.begin() as session:
        log.record_all(session, lines, None, now=api.house.clock.now())


def pieces(caller: Caller, address: str, limit: int) -> Iterator[dict[str, Any]]:
    """Follow the cursors to the end."""
    following = ""
    while following is not None:
        document = caller.get(f"{address}?limit={limit}{following and f'&cursor={following}'}").get_json()
        yield document
        following = document["next"]


def test_an_old_line_is_found_behind_five_hundred_newer_ones(api: Api, zahra: Person) -> None:
    happen(api, zahra, 500)
    found = [document["lines"] for document in pieces(api.person(zahra), LOG, 200)]
    assert [len(lines) for lines in found[:-1]] == [200, 200]
    events = [line["event"] for lines in found for line in lines]
    assert events.count("entries.recorded") == 500, "lines of one moment come once each"
    assert events[-2:] == ["letter.issued", "person.created"]
    moments = [line["at"] for lines in found for line in lines]
    assert moments == sorted(moments, reverse=True)


def test_new_lines_move_no_piece(api: Api, zahra: Person) -> None:
    happen(api, zahra, 4)
    me = api.person(zahra)
    first = me.get(f"{LOG}?limit=3").get_json()
    before = me.get(f"{LOG}?limit=3&cursor={first['next']}").get_json()
    happen(api, zahra, 5)
    assert me.get(f"{LOG}?limit=3&cursor={first['next']}").get_json() == before


def test_grants_come_in_pieces_too(api: Api, zahra: Person) -> None:
    me = api.person(zahra)
    given = [
        me.post(GRANTS, wish(api.agency("Jobcenter Köln"), zahra.proof(index))).get_json()["id"]
        for index in range(1, 6)
    ]
    found = [document["grants"] for document in pieces(me, GRANTS, 2)]
    assert [len(grants) for grants in found] == [2, 2, 1]
    assert [grant["id"] for grants in found for grant in grants] == given[::-1]
    assert me.get(f"{GRANTS}?limit=5").get_json()["next"] is None


@pytest.mark.parametrize("address", [LOG, GRANTS])
@pytest.mark.parametrize("query", [*LIMITS, *CURSORS])
def test_a_limit_or_cursor_that_is_none_is_refused(her: Caller, address: str, query: str) -> None:
    answer = her.get(f"{address}?{query}")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")


@pytest.fixture(scope="module")
def her(api: Api, clerk: Caller) -> Caller:
    return api.person(api.recorded(clerk, NAME))

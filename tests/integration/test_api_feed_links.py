"""The feed where who is who is decided anew: ids change, and what a grant opened may no longer be hers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api_client import Api, Caller, opened, wish
from tests.house import open_house
from tests.identities import entries
from tests.integration.test_api_feed import Reader
from tests.integration.test_api_links import GERMAN_A2, GERMAN_B1, NADER, NADIR, asked, letter, linked, separation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DatabasePair


@pytest.fixture
def api(database_pair: DatabasePair) -> Iterator[Api]:
    """A house with a linker for each test."""
    with open_house(database_pair, linker=True) as house:
        yield from opened(house)


@pytest.fixture
def agentur(api: Api) -> Caller:
    return api.officer("Agentur")


@pytest.fixture
def jobcenter(api: Api) -> Caller:
    return api.officer("Jobcenter Stuttgart")


def test_a_source_hears_who_its_person_is_from_now_on_and_the_other_source_hears_nothing(
    api: Api, agentur: Caller, jobcenter: Caller
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": entries(NADIR)}).get_json()
    match = asked(jobcenter, NADER)[0]["id"]
    born = jobcenter.post("/api/v1/persons", {"entries": entries(NADER), "same_as": match}).get_json()
    own, other = Reader(api.house, jobcenter), Reader(api.house, agentur)
    (joined,) = own.news()
    assert (joined["event"], joined["becomes"]) == ("link.decided", first["id"])
    assert joined["person"] != first["id"]
    apart = jobcenter.post(separation(first["id"], born["appearance"]), {}).get_json()["person"]
    (parted,) = own.news()
    assert (parted["event"], parted["person"], parted["becomes"]) == ("link.undone", first["id"], apart)
    assert other.news() == []


def test_an_office_hears_that_a_part_of_what_its_grant_opened_was_somebody_elses(
    api: Api, agentur: Caller, jobcenter: Caller
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), GERMAN_B1]}).get_json()
    hers = letter(agentur, first["id"], first["appearance"], approval=api.officer("Agentur", "approver").token)
    second = linked(jobcenter, NADER, GERMAN_A2)
    me = api.person(hers)
    me.post(f"/api/v1/me/appearances/{second['appearance']}/confirmation", {"proof": hers.proof(1)})
    grant = me.post("/api/v1/me/grants", wish(api.agency("Köln"), hers.proof(2))).get_json()["id"]
    reader = Reader(api.house, api.officer("Köln"))
    assert reader.events() == ["grant.given"]
    assert me.delete(f"/api/v1/me/appearances/{second['appearance']}").status_code == 204
    (lost,) = reader.news()
    assert (lost["event"], lost["person"], lost["becomes"], lost["grants"]) == ("link.undone", hers.id, None, [grant])
    assert me.delete(f"/api/v1/me/grants/{grant}").status_code == 200
    assert reader.events() == ["grant.withdrawn"]


def test_what_a_grant_lost_is_told_in_its_place_also_after_the_grant_ended(
    api: Api, agentur: Caller, jobcenter: Caller
) -> None:
    """The recall of a grant says its last word alone; what a reader hears late must not depend on it."""
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), GERMAN_B1]}).get_json()
    hers = letter(agentur, first["id"], first["appearance"], approval=api.officer("Agentur", "approver").token)
    second = linked(jobcenter, NADER, GERMAN_A2)
    me = api.person(hers)
    me.post(f"/api/v1/me/appearances/{second['appearance']}/confirmation", {"proof": hers.proof(1)})
    grant = me.post("/api/v1/me/grants", wish(api.agency("Köln"), hers.proof(2))).get_json()["id"]
    early, late = (Reader(api.house, api.officer("Köln"), limit=1) for _ in range(2))
    heard = early.news()
    assert me.delete(f"/api/v1/me/appearances/{second['appearance']}").status_code == 204
    heard += early.news()
    assert me.delete(f"/api/v1/me/grants/{grant}").status_code == 200
    heard += early.news()
    assert [item["event"] for item in heard] == ["grant.given", "link.undone", "grant.withdrawn"]
    assert late.news() == heard
    assert {tuple(item["grants"]) for item in heard} == {(grant,)}


def test_one_office_does_not_hear_what_anothers_grant_lost(api: Api, agentur: Caller, jobcenter: Caller) -> None:
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), GERMAN_B1]}).get_json()
    hers = letter(agentur, first["id"], first["appearance"], approval=api.officer("Agentur", "approver").token)
    second = linked(jobcenter, NADER, GERMAN_A2)
    me = api.person(hers)
    me.post(f"/api/v1/me/appearances/{second['appearance']}/confirmation", {"proof": hers.proof(1)})
    me.post("/api/v1/me/grants", wish(api.agency("Köln"), hers.proof(2)))
    source, other = Reader(api.house, jobcenter), Reader(api.house, agentur)
    source.news(), other.news()
    assert me.delete(f"/api/v1/me/appearances/{second['appearance']}").status_code == 204
    (item,) = source.news()
    assert (item["event"], item["person"], item["grants"]) == ("link.undone", hers.id, [])
    assert other.news() == []

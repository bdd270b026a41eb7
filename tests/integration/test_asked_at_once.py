"""Who asks and what was granted, read by one statement: the same as by one for each, for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from registry import access
from registry.auth import sessions
from registry.ledger import grants
from tests.api_client import DARI, NAME, opened, wish
from tests.house import open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api_client import Api, Caller
    from tests.conftest import DatabasePair


@pytest.fixture
def api(database_pair: DatabasePair) -> Iterator[Api]:
    with open_house(database_pair) as house:
        yield from opened(house)


def _token(caller: Caller) -> bytes:
    assert caller.token is not None
    return sessions.token_of(caller.token)


def test_an_office_gets_what_was_granted_to_it_and_to_nobody_else(api: Api) -> None:
    clerk = api.officer("Agentur")
    zahra, other = api.recorded(clerk, NAME, DARI), api.recorded(clerk, NAME)
    for index, office in enumerate(("Jobcenter Köln", "Agentur"), start=1):
        assert (
            api.person(zahra).post("/api/v1/me/grants", wish(api.agency(office), zahra.proof(index))).status_code == 201
        )
    now = api.house.clock.now()
    for office in ("Jobcenter Köln", "Agentur", "Jobcenter Stuttgart"):
        token = _token(api.officer(office))
        for person in (UUID(zahra.id), UUID(other.id), uuid4()):
            actor, held = access.asked(token, now, about=person)
            assert actor == sessions.asker(token, now)
            assert held == grants.held_between(person=person, agency=UUID(api.agency(office)))
            assert len(held) == (person == UUID(zahra.id) and office != "Jobcenter Stuttgart")


def test_a_person_and_nobody_get_nothing(api: Api) -> None:
    zahra = api.recorded(api.officer("Agentur"), NAME)
    token, now = _token(api.person(zahra)), api.house.clock.now()
    assert access.asked(token, now, about=UUID(zahra.id)) == (sessions.asker(token, now), [])
    with pytest.raises(sessions.NotSignedIn):
        access.asked(b"nobody's", now, about=UUID(zahra.id))

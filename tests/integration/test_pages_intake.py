"""The counter against haste and tricks: old matches, other sessions' matches, forms that were made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from registry.auth.sessions import bearer
from registry.casework import linking
from registry.db import Sessions
from registry.linkage import decisions
from registry.linkage.models import Link
from registry.profiles import appearances
from registry.web import signed
from registry.web.forms.intake import mark as marks
from schemas.entries import EntryIn
from tests.api_client import Api, opened
from tests.house import open_house
from tests.identities import Said, entries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from werkzeug.test import TestResponse

    from registry.actors import Officer
    from tests.conftest import DatabasePair

NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21")
FORM = {"family": "Barakzai", "given": "Nadir Shah", "birth_date": "21.06.1979"}


@pytest.fixture
def api(database_pair: DatabasePair) -> Iterator[Api]:
    with open_house(database_pair, linker=True) as house:
        yield from opened(house)


@pytest.fixture
def known(api: Api) -> UUID:
    """Somebody whom BAMF recorded."""
    return api.house.create(api.house.officer("BAMF"), entries(NADIR)).person_id


def sent(api: Api, clerk: Officer, path: str, **more: str) -> TestResponse:
    """Send a form of the counter as this clerk's browser."""
    browser = api.app.test_client()
    browser.set_cookie(signed.COOKIE, bearer(clerk.token), domain="einmal.example", secure=True)
    own = {signed.FIELD: signed._form_token(clerk.token)}
    return browser.post(f"/en{path}", data=FORM | own | more, base_url="https://einmal.example")


def asked(clerk: Officer, *, ago: timedelta = timedelta()) -> marks.Mark:
    """Return the mark of a question that was asked a while ago; what was found then is as old."""
    question: list[dict[str, Any]] = [EntryIn().load(one) for one in entries(NADIR)]
    found = linking.ask(question, actor=clerk, now=datetime.now(UTC))
    return marks.made(clerk.token, question, found, at=datetime.now(UTC) - ago)


def persons() -> int:
    with Sessions() as session:
        return appearances.persons_count(session)


def test_a_match_that_an_interview_outlived_is_asked_for_again_and_linked(api: Api, known: UUID) -> None:
    """What the linker found counts for five minutes; an interview takes half an hour."""
    clerk = api.house.officer("Jobcenter")
    mark = asked(clerk, ago=timedelta(minutes=30))
    api.house.clock.ahead = timedelta(minutes=6)  # for the keeper what was found is too old to act on
    answer = sent(api, clerk, "/intake/save", mark=mark.text, choice="same-0")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/en/intake/{known}/saved?same=1")


def test_whom_a_clerk_is_not_sure_of_waits_to_be_decided(api: Api, known: UUID) -> None:
    clerk, bamf = api.house.officer("Jobcenter"), api.house.officer("BAMF")
    answer = sent(api, clerk, "/intake/save", mark=asked(clerk).text, choice="unsure")
    assert answer.headers["Location"].endswith("/saved?unsure=1")
    assert persons() == 2
    assert known
    with Sessions() as session:
        for agency in (clerk.agency_id, bamf.agency_id):
            assert agency is not None
            (link,) = decisions.proposed_for(session, agency, limit=2)
            assert (link.status, link.decided_kind) == ("proposed", "officer")


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("choice", "status"), [("same-0", 503), ("different", 303), ("unsure", 303)])
def test_without_the_linker_only_the_same_person_has_to_wait(api: Api, choice: str, status: int) -> None:
    clerk = api.house.officer("Jobcenter")
    mark = asked(clerk, ago=timedelta(minutes=30))
    api.house.stop_linkers()
    answer = sent(api, clerk, "/intake/save", mark=mark.text, choice=choice)
    assert (answer.status_code, persons()) == (status, 1 + (status == 303))
    if choice == "unsure":
        assert answer.headers["Location"].endswith("/saved?unsure=0")


def test_who_is_somebody_else_is_not_proposed_again(api: Api, known: UUID) -> None:
    clerk = api.house.officer("Jobcenter")
    answer = sent(api, clerk, "/intake/save", mark=asked(clerk).text, choice="different")
    assert answer.headers["Location"].endswith("/saved?different=1")
    assert persons() == 2
    with Sessions() as session:
        (hers,) = appearances.appearances_of(session, known)
        (link,) = session.scalars(select(Link))
        assert (link.status, link.other_id) == ("rejected", hers.id)
        assert decisions.rejected_before(session, {(link.appearance_id, hers.id)})


@pytest.mark.usefixtures("known")
def test_a_match_of_another_session_or_of_long_ago_records_nothing(api: Api) -> None:
    clerk, other = api.house.officer("Jobcenter"), api.house.officer("Jobcenter", "case-officer")
    for mark in (asked(other), asked(clerk, ago=timedelta(hours=5))):
        answer = sent(api, clerk, "/intake/save", mark=mark.text, choice="different")
        assert (answer.status_code, "Not accepted" in answer.text) == (422, True)
    assert persons() == 1


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("choice", ["", "same-1", "same-x", "same--1", "SAME-0", "whatever"])
def test_a_choice_that_was_not_offered_is_none(api: Api, choice: str) -> None:
    clerk = api.house.officer("Jobcenter")
    answer = sent(api, clerk, "/intake/save", mark=asked(clerk).text, choice=choice)
    assert answer.status_code == 422
    assert persons() == 1


def test_a_clerk_who_asks_about_too_many_people_keeps_what_was_typed(api: Api) -> None:
    clerk = api.house.officer("Jobcenter")
    answers = [sent(api, clerk, "/intake", act="ask", family=f"Name{'x' * n}") for n in range(31)]
    assert [one.status_code for one in answers] == [200] * 30 + [429]
    assert f"Name{'x' * 30}" in answers[-1].text

"""A lost letter is replaced at the counter by two officers; the second one's session ends with that answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from registry.auth.sessions import bearer
from registry.web import signed
from tests.api_client import NAME, Api, opened
from tests.conftest import DatabasePair
from tests.house import PIN, Letter, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from werkzeug.test import TestResponse

    from registry.actors import Officer
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins


@pytest.fixture(scope="module")
def api(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Api]:
    """One house for this module: a one-time code works once, so the clerk signs in once."""
    pair = DatabasePair("test_pages_letters", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def clerk(api: Api) -> Officer:
    return api.house.officer("Agentur")


@pytest.fixture
def person(api: Api, clerk: Officer) -> UUID:
    return api.house.create(clerk, [NAME]).person_id


@pytest.fixture
def old(api: Api, clerk: Officer, person: UUID) -> Letter:
    """The letter that she lost."""
    return api.house.letter(clerk, person)


def second(api: Api, agency: str, role: str = "approver", **other: str) -> dict[str, str]:
    """Return what a second officer types."""
    officer = api.house.agency(agency).officer(role)
    typed = {"second_login": officer.login, "second_password": officer.password}
    return {**typed, "second_totp": api.house.book.code(officer), **other}


def asked(api: Api, clerk: Officer, person: UUID, typed: dict[str, str]) -> TestResponse:
    """Send the form of the letter as this clerk's browser."""
    browser = api.app.test_client()
    browser.set_cookie(signed.COOKIE, bearer(clerk.token), domain="einmal.example", secure=True)
    own = {signed.FIELD: signed._form_token(clerk.token), "language": "ar", "pin": PIN, "repeated": PIN}
    return browser.post(f"/en/intake/{person}/letter", data=own | typed, base_url="https://einmal.example")


def live(api: Api) -> set[bytes]:
    """Return the sessions that were started and not ended, as web's tables and the keeper's own say."""
    with psycopg.connect(api.house.pair.main_url()) as connection:
        started = {row[0] for row in connection.execute("SELECT id FROM session")}
    with psycopg.connect(api.house.pair.shred_url()) as connection:
        ended = {row[0] for row in connection.execute("SELECT id FROM spent WHERE what = 'session'")}
    return started - ended


def ended(api: Api) -> int:
    """Return how many sessions the keeper knows as ended."""
    with psycopg.connect(api.house.pair.shred_url()) as connection:
        row = connection.execute("SELECT count(*) FROM spent WHERE what = 'session'").fetchone()
    return int(row[0]) if row else 0


def lets_in(api: Api, letter: Letter) -> bool:
    return api.nobody().post("/api/v1/sessions", {"letter_code": letter.code, "pin": PIN}).status_code == 201


def test_two_officers_replace_a_lost_letter_and_the_second_is_signed_out(
    api: Api, clerk: Officer, person: UUID, old: Letter
) -> None:
    before, over = live(api), ended(api)
    answer = asked(api, clerk, person, second(api, "Agentur"))
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert "Set-Cookie" not in answer.headers
    assert (live(api), ended(api)) == (before, over + 1)
    assert not lets_in(api, old)
    with psycopg.connect(api.house.pair.main_url()) as connection:
        line = connection.execute(
            "SELECT l.event, l.responsible_id IS NOT NULL FROM audit_line l JOIN audit_index i ON i.line_id = l.id"
            " WHERE i.person_id = %s ORDER BY l.at DESC LIMIT 1",
            [person],
        ).fetchone()
    assert line == ("letter.issued", True)


def test_an_approver_of_another_office_approves_nothing_and_is_signed_out(
    api: Api, clerk: Officer, person: UUID, old: Letter
) -> None:
    before, over = live(api), ended(api)
    answer = asked(api, clerk, person, second(api, "Jobcenter Köln"))
    assert (answer.status_code, "cannot approve" in answer.text) == (403, True)
    assert (live(api), ended(api)) == (before, over + 1)
    assert lets_in(api, old)


@pytest.mark.parametrize("role", ["clerk", "administrator"])
def test_neither_the_clerk_nor_two_officers_of_whom_nobody_approves_replace_it(
    api: Api, clerk: Officer, person: UUID, old: Letter, *, role: str
) -> None:
    before = live(api)
    answer = asked(api, clerk, person, second(api, "Agentur", role))
    assert (answer.status_code, "cannot approve" in answer.text) == (403, True)
    assert live(api) == before
    assert lets_in(api, old)


def test_a_wrong_password_is_told_and_of_it_all_only_the_login_comes_back(
    api: Api, clerk: Officer, person: UUID, old: Letter
) -> None:
    before = live(api)
    typed = second(api, "BAMF", second_password="geheim und falsch")
    answer = asked(api, clerk, person, typed)
    assert (answer.status_code, "could not be signed in" in answer.text) == (401, True)
    assert f'value="{typed["second_login"]}"' in answer.text
    assert not [one for one in (typed["second_password"], typed["second_totp"], PIN) if f'"{one}"' in answer.text]
    assert live(api) == before
    assert lets_in(api, old)


@pytest.mark.parametrize("missing", ["second_login", "second_password", "second_totp"])
def test_a_second_officer_is_named_whole_or_not_at_all(api: Api, clerk: Officer, person: UUID, missing: str) -> None:
    typed = {"second_login": "x@y", "second_password": "x", "second_totp": "123456"} | {missing: ""}
    answer = asked(api, clerk, person, typed)
    assert (answer.status_code, f'id="{missing}-error"' in answer.text) == (422, True)


def test_without_code_and_second_officer_the_page_says_what_is_needed(
    api: Api, clerk: Officer, person: UUID, old: Letter
) -> None:
    answer = asked(api, clerk, person, {})
    assert (answer.status_code, "still counts" in answer.text) == (403, True)
    assert '<details class="app-more" open>' in answer.text
    assert lets_in(api, old)

"""Who changes the language in the midst of a form finds it as it was typed, and nothing else has happened."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from registry.casework import linking
from registry.web import signed
from registry.web.forms.intake import mark as marks
from registry.web.languages import LANGUAGES
from registry.web.rendering import AGAIN
from registry.web.views import intake
from schemas.entries import EntryIn
from tests.api_client import opened
from tests.house import open_house
from tests.identities import entries
from tests.pages_world import FORMS, NADIR, World, peopled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DatabasePair

#: What would make every form do what it is for.
RIGHT = {
    "family": "Barakzai", "given": "Nadir Shah", "birth_date": "21.06.1979", "act": "ask", "choice": "different",
    "purpose": "placement", "number_kind": "identifiers.ba-customer", "sections": "languages", "until": "3",
    "reason": "placement-offer", "said": "different", "word": "حذف", "language": "ar", "pin": "999111",
    "repeated": "999111", "number": "1", "jobs-0-title": "خباز",
}  # fmt: skip


@pytest.fixture
def world(database_pair: DatabasePair) -> Iterator[World]:
    with open_house(database_pair, linker=True) as house:
        for api in opened(house):
            yield peopled(api)


def rows(world: World) -> dict[str, Any]:
    """Return how many rows each table of both databases holds, and a sum over what stands in them.

    Of the log only lines that say anything else than that she looked at her own: a page that shows it again opens it.
    """
    held = {}
    looked = sql.SQL("SELECT id FROM audit_line WHERE event = 'profile.read-by-person'")
    for url in (world.api.house.pair.main_url(), world.api.house.pair.shred_url()):
        with psycopg.connect(url) as connection:
            tables = connection.execute(
                "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'linkage')"
            )
            for schema, table in tables.fetchall():
                count = sql.SQL("SELECT count(*), coalesce(sum(hashtext(t::text)), 0) FROM {} AS t{}")
                line = {"audit_line": "id", "audit_queue": "line_id", "audit_index": "line_id"}.get(table)
                only = sql.SQL(" WHERE {} NOT IN ({})").format(sql.Identifier(line), looked) if line else sql.SQL("")
                told = connection.execute(count.format(sql.Identifier(schema, table), only)).fetchone()
                held[f"{url}:{table}"] = told
    return held


def found(world: World) -> str:
    """Return the mark of a question that was asked about somebody known."""
    question: list[dict[str, Any]] = [EntryIn().load(one) for one in entries(NADIR)]
    now = datetime.now(UTC)
    return marks.made(world.clerk.token, question, linking.ask(question, actor=world.clerk, now=now), at=now).text


def test_nothing_happens_when_a_form_is_only_shown_again(world: World) -> None:
    """Whatever the form is for, and whether or not the page knows how to show it: no row changes, no session ends."""
    hers = world.api.house.person(world.letter).token
    fields = RIGHT | {"code": world.letter.codes[0], "mark": found(world), AGAIN: "1"}
    before = rows(world)
    for page in FORMS:
        answer = world.send(world.path(page), world.token(page, hers), fields)
        wanted = 303 if page.again is None else 200
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (wanted, False), page.rule
        assert answer.headers.get("Content-Language", "ar") == "ar"
    assert rows(world) == before


def test_a_form_of_another_session_is_not_shown_again_either(world: World) -> None:
    hers = world.api.house.person(world.letter).token
    page = next(one for one in FORMS if one.view is intake.known)
    answer = world.send(world.path(page), world.clerk.token, RIGHT | {AGAIN: "1", signed.FIELD: "foreign"})
    assert (answer.status_code, "Barakzai" in answer.text) == (403, False)
    assert world.send(world.path(page), hers, RIGHT | {AGAIN: "1"}).status_code == 403


def test_every_page_that_keeps_what_was_typed_says_so_at_its_languages(world: World) -> None:
    """The buttons of the languages belong to the form, and lead to an address that shows it again."""
    hers = world.api.house.person(world.letter).token
    fields = RIGHT | {"mark": found(world), AGAIN: "1"}
    for page in [one for one in FORMS if one.again]:
        answer = world.send(world.path(page), world.token(page, hers), fields)
        buttons = re.findall(
            rf'<button class="kern-link" form="entry" formaction="([^"]+)" name="{AGAIN}"', answer.text
        )
        assert [button[:4] for button in buttons] == [f"/{code}/" for code in LANGUAGES], page.rule
        assert answer.text.count('<form id="entry"') == 1
        for button in buttons:
            path = html.unescape(button)[len("/ar") :]
            assert world.send(path, world.token(page, hers), fields).status_code == 200, button

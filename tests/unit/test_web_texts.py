"""Every page speaks every language: nothing is left out, nothing left over, and no placeholder is lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from registry.web import catalogues, texts
from registry.web.languages import LANGUAGES, negotiated

if TYPE_CHECKING:
    from babel.messages.catalog import Message

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def held(code: str) -> list[Message]:
    return [message for room in catalogues.catalogues(code).values() for message in room if message.id]


def forms(message: Message) -> tuple[str, ...]:
    """Return how a text is said, in each form of number."""
    said = message.string
    return tuple(map(str, said)) if isinstance(said, tuple | list) else (said or "",)


@pytest.mark.parametrize("code", catalogues.WRITTEN)
def test_every_text_is_translated_and_no_other_is_kept(code: str) -> None:
    wanted = set(catalogues.said())
    known = {message.id for message in held(code)}
    assert {text for text in wanted if text not in known} == set(), "run python -m registry.web.catalogues"
    assert {text for text in known if text not in wanted} == set(), "run python -m registry.web.catalogues"
    assert [message.id for message in held(code) if not all(forms(message))] == []


@pytest.mark.parametrize("code", catalogues.WRITTEN)
def test_no_placeholder_is_lost_in_translation(code: str) -> None:
    """One form of a number may leave it out: "one office" needs no figure."""
    for message in held(code):
        several = isinstance(message.id, tuple)
        wanted = set(PLACEHOLDER.findall(str(message.id[-1] if several else message.id)))
        for one in forms(message):
            found = set(PLACEHOLDER.findall(one))
            assert found <= wanted if several else found == wanted, (message.id, one)


def test_a_language_has_all_its_forms_of_number() -> None:
    counted = {"de": 2, "ar": 6}
    for code in catalogues.WRITTEN:
        for message in held(code):
            if isinstance(message.id, tuple):
                assert len(forms(message)) == counted[code], message.id


def test_translations_load_and_an_unknown_text_stays_as_it_is() -> None:
    spoken = texts.load()
    assert spoken.keys() == LANGUAGES.keys()
    assert spoken["de"].gettext("Sign in") == "Anmelden"
    assert spoken["ar"].gettext("Sign in") != "Sign in"
    assert {one.gettext("said by nobody") for one in spoken.values()} == {"said by nobody"}


@pytest.mark.parametrize(
    ("wanted", "given"), [(["ar-SY", "de"], "ar"), (["fr", "en-GB"], "en"), (["xx"], "de"), ([], "de"), (["AR"], "ar")]
)
def test_a_browser_gets_the_first_language_there_is(wanted: list[str], given: str) -> None:
    assert negotiated(wanted).code == given


def test_direction_follows_the_script() -> None:
    assert {code: one.direction for code, one in LANGUAGES.items()} == {"de": "ltr", "en": "ltr", "ar": "rtl"}

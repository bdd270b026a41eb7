"""PINs, codes and passwords: digits of any keyboard are the same digits, and no answer ever shows one again."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from flask import template_rendered
from werkzeug.datastructures import MultiDict
from wtforms import Form, PasswordField

from registry.auth.sessions import token_of
from registry.casework import notices
from registry.db import Sessions
from registry.ledger import grants
from registry.web.forms.me_giving import ProofForm
from registry.web.forms.typed import Code, Secret
from registry.web.rendering import AGAIN
from registry.web.views import signing
from tests.api_client import NAME, opened
from tests.house import PIN, open_house
from tests.pages_world import FORMS, World, peopled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DatabasePair

KEYBOARDS = {"Arabic": 0x0660, "Persian": 0x06F0}
#: Wrong in form, too long, well formed and wrong, the same on another keyboard.
TYPED = ("geheim-7319", "geheim-7319" * 30, "731905826417", "٧٣١٩٠٥٨٢٦٤١٧")
#: What must not be found in any answer; the last is how the registry knows the one before.
TRACES = ("geheim-7319", "731905826417", "٧٣١٩٠٥٨٢٦٤١٧")


@pytest.fixture
def world(database_pair: DatabasePair) -> Iterator[World]:
    with open_house(database_pair, linker=True) as house:
        for api in opened(house):
            yield peopled(api)


def declared() -> dict[type[Form], dict[str, type[Secret]]]:
    """Return the forms that carry secrets, each with the fields that it declares as such."""
    found: dict[type[Form], dict[str, type[Secret]]] = {}
    for form in forms_of(Form):
        kinds = {name: getattr(getattr(form, name), "field_class", None) for name in dir(form)}
        secrets = {name: kind for name, kind in kinds.items() if kind and issubclass(kind, Secret)}
        plain = [name for name, kind in kinds.items() if kind and issubclass(kind, PasswordField)]
        assert plain == [], f"{form.__name__}: declare it as a Secret"
        found |= {form: secrets} if secrets else {}
    return found


def forms_of(base: type[Form]) -> Iterator[type[Form]]:
    for form in base.__subclasses__():
        yield from forms_of(form)
        if form.__module__.startswith("registry.web"):
            yield form


def test_no_answer_shows_a_secret_again(world: World) -> None:
    """Every form that declares a secret is seen refused with all of its pages; nothing it was told comes back."""
    forms = declared()
    names = {name for secrets in forms.values() for name in secrets}
    plain = {"step": "give", "notice": notices.current().sha256, "sections": "languages", "until": "3", "number": "1",
             "language": "ar", "login": "nobody", "word": "no"}  # fmt: skip
    hers = world.api.house.person(world.letter).token
    shown: list[tuple[str, Any]] = []
    refused: dict[type[Form], set[str]] = {form: set() for form in forms}
    with template_rendered.connected_to(
        lambda _, template, context: shown.append((template.name, type(context.get("form")))), world.api.app
    ):
        for page, typed in product([page for page in FORMS if page.view is not signing.out], TYPED):
            fields = plain | dict.fromkeys(names, typed)
            for token, form in product(world.tokens(page, hers), (fields | {AGAIN: "1"}, fields)):
                shown.clear()
                answer = world.send(world.path(page), token, form)
                assert not [one for one in TRACES if one in answer.text], page.rule
                for template, kind in shown:
                    if kind in forms and answer.status_code >= 400:
                        refused[kind].add(template)
    assert [form.__name__ for form, templates in refused.items() if not templates] == []
    assert refused[ProofForm] == {"me/prove.html", "me/record.html", "devices/list.html", "devices/one.html"}


@pytest.mark.parametrize("zero", KEYBOARDS.values(), ids=KEYBOARDS)
def test_every_code_is_the_same_code_on_every_keyboard(zero: int) -> None:
    """Whatever declares a code takes it; a password is what was typed."""
    typed = "".join(chr(zero + int(one)) for one in "0123456789")
    for form, secrets in declared().items():
        filled = form(MultiDict(dict.fromkeys(secrets, f" {typed}{chr(0x200F)}")))
        for name, kind in secrets.items():
            assert (filled[name].data == "0123456789") is issubclass(kind, Code), (form, name)


@pytest.mark.parametrize("zero", KEYBOARDS.values(), ids=KEYBOARDS)
def test_a_letter_is_made_used_and_proved_with_digits_of_her_keyboard(world: World, zero: int) -> None:
    """From the counter to the permission: letter code, PIN and code as an Arabic or Persian keyboard writes them."""
    person = world.api.house.create(world.clerk, [NAME]).person_id
    path = f"/intake/{person}/letter"
    pin = on_keyboard(PIN, zero)
    first = world.send(path, world.clerk.token, {"language": "ar", "pin": pin, "repeated": pin})
    assert (first.status_code, first.content_type) == (200, "application/pdf")
    letter = world.letter
    answer = world.send("/sign-in", None, {"code": on_keyboard(letter.code, zero), "pin": pin})
    assert answer.status_code == 303, answer.text
    session = token_of(answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0])
    fields = {
        "step": "give", "notice": notices.current().sha256, "sections": "languages", "until": "3",
        "pin": pin, "number": on_keyboard("3", zero), "code": on_keyboard(letter.codes[2], zero),
    }  # fmt: skip
    given = world.send(f"/me/give/{world.named['agency_id']}/placement", session, fields)
    assert (given.status_code, given.headers["Location"]) == (303, "/ar/me/access?done=given")
    with Sessions() as database:
        assert len(grants.grants_of(database, UUID(world.named["person_id"]))) == 1
    anew = {"language": "ar", "pin": pin, "repeated": pin, "old_code": on_keyboard(letter.code, zero)}
    assert world.send(f"/intake/{world.named['person_id']}/letter", world.clerk.token, anew).status_code == 200


@pytest.mark.parametrize("zero", KEYBOARDS.values(), ids=KEYBOARDS)
def test_an_officer_signs_in_with_digits_of_another_keyboard(world: World, zero: int) -> None:
    officer = world.api.house.agency("Jobcenter Köln").officer("clerk")
    totp = on_keyboard(world.api.house.book.code(officer), zero)
    fields = {"login": officer.login, "password": officer.password, "totp": totp}
    assert world.send("/office/sign-in", None, fields).status_code == 303


def on_keyboard(text: str, zero: int) -> str:
    """Return a text with its digits as a keyboard writes them."""
    return "".join(chr(zero + int(one)) if one.isascii() and one.isdigit() else one for one in text)

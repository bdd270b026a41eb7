"""A phone that signs, in a real browser: added, signed in with, and giving a permission in Arabic."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from registry.db import Sessions
from registry.ledger import grants
from tests.api_client import opened
from tests.browser.stage import Stage
from tests.browser.test_api_in_a_browser import served
from tests.browser.test_me import ask, held, prove, signed_in, zahra
from tests.house import PIN, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.stage import Visitor
    from tests.conftest import DatabasePair


@pytest.fixture
def stage(database_pair: DatabasePair, browser: Browser) -> Iterator[Stage]:
    """A house on this machine alone: its passkeys are for localhost."""
    with open_house(database_pair, public_url="") as house:
        for api in opened(house):
            for address in served(api):
                yield Stage(address.replace("127.0.0.1", "localhost"), api, browser)


@contextmanager
def with_phone(visitor: Visitor) -> Iterator[None]:
    """Let the browser have an authenticator that recognises its user."""
    devices = visitor.page.context.new_cdp_session(visitor.page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield


def add(visitor: Visitor, codes: list[str], index: int) -> None:
    """Add the device that is in the browser."""
    visitor.go("/me/devices")
    visitor.page.fill("#pin", PIN)
    visitor.page.fill("#number", str(index))
    visitor.page.fill("#code", codes[index - 1])
    visitor.page.click("form[data-device] button")
    visitor.page.wait_for_url("**/me/devices?done=added")


@pytest.mark.parametrize("language", ["ar", "de"])
def test_she_adds_her_phone_signs_in_with_it_and_gives_with_it(stage: Stage, language: str) -> None:
    her = zahra(stage)
    ask(stage, her.id)
    with signed_in(stage, her, language) as she, with_phone(she):
        she.go("/me/devices")
        she.look("me-devices")
        add(she, her.letter.codes, 1)
        she.look("me-device-added")
        she.page.locator("header form button").click()
        she.look("sign-in-with-device")
        she.page.click("form[data-device] button")
        she.page.wait_for_url(f"**/{language}/me")
        she.page.click("main .kern-card a")
        she.page.check("[value='12']")
        she.page.click("form:has(#sections) button")
        she.look("me-prove-with-device")
        she.page.click("form[data-device] button")
        she.page.wait_for_url(f"**/{language}/me/access?done=given")
        (grant,) = held(her)
        assert grant.proof == "passkey"
        she.go("/me/devices")
        she.page.click("main .app-rows a")
        she.look("me-device-remove")
        she.page.click("form[data-device] button")
        she.page.wait_for_url("**/sign-in?ended=1")  # the device that she removed had opened this very session


def test_a_phone_that_does_not_answer_gives_nothing_and_the_letter_goes_on(stage: Stage) -> None:
    her = zahra(stage)
    ask(stage, her.id)
    with signed_in(stage, her, "ar") as she, with_phone(she):
        add(she, her.letter.codes, 1)
        she.go("/me")
        she.page.click("main .kern-card a")
        she.page.check("[value='12']")
        she.page.click("form:has(#sections) button")
        refusing = "navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
        she.page.evaluate(f"() => {{ {refusing}; }}")
        she.page.click("form[data-device] button")
        assert she.page.locator("[data-failed]").first.is_visible()
        assert she.page.evaluate("document.activeElement.hasAttribute('data-failed')")
        she.look("me-device-failed")
        assert held(her) == []
        prove(she, her.letter, 2)
        she.page.wait_for_url("**/me/access?done=given")
        with Sessions() as session:
            (grant,) = grants.grants_of(session, her.id)
        assert grant.proof == "letter-code"


def test_no_phone_makes_anything_before_pin_and_code_are_filled_in(stage: Stage) -> None:
    """What it made would stay on it, and open nothing."""
    her = zahra(stage)
    with signed_in(stage, her, "de") as she, with_phone(she):
        she.page.add_init_script("navigator.credentials.create = () => { sessionStorage.made = 1; throw new Error(); }")
        she.go("/me/devices")
        she.page.click("form[data-device] button")
        she.page.wait_for_selector(".kern-form-input--error")
        assert she.page.evaluate("sessionStorage.made") is None
        she.page.fill("#pin", PIN)
        she.page.fill("#number", "1")
        she.page.fill("#code", her.letter.codes[0])
        she.page.click("form[data-device] button")
        she.page.locator("[data-failed]").first.wait_for(state="visible")
        assert she.page.evaluate("sessionStorage.made") == "1"


def test_without_scripts_the_letter_path_is_whole_and_no_button_leads_nowhere(stage: Stage) -> None:
    her = zahra(stage)
    with signed_in(stage, her, "ar", has_scripts=False) as she:
        she.go("/me/devices")
        assert not she.page.locator("form[data-device]").first.is_visible()
        assert she.page.locator("noscript").count() == 1
        she.page.locator("header form button").click()
        assert not she.page.locator("form[data-device]").first.is_visible()


def test_an_officer_adds_a_key_and_signs_in_with_it(stage: Stage) -> None:
    house = stage.api.house
    officer = house.agency("Agentur").officer("clerk")
    with stage.visitor("de") as visitor, with_phone(visitor):
        visitor.sign_in_as_officer(stage, "Agentur")
        visitor.go("/me/devices")
        visitor.look("office-devices")
        visitor.page.fill("#password", officer.password)
        visitor.page.fill("#totp", house.book.code(officer))
        visitor.page.click("form[data-device] button")
        visitor.page.wait_for_url("**/me/devices?done=added")
        visitor.page.locator("header form button").first.click()
        visitor.look("office-sign-in-with-device")
        visitor.page.click("form[data-device] button")
        visitor.page.wait_for_url("**/de/office")

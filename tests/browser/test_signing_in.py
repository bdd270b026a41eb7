"""The doors in a real browser: start, signing in and out, in both directions of writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.api_client import DARI, NAME

if TYPE_CHECKING:
    from tests.browser.stage import Stage
    from tests.house import Letter


def letter_of(stage: Stage) -> Letter:
    house = stage.api.house
    clerk = house.officer("Agentur")
    return house.letter(clerk, house.create(clerk, [NAME, DARI]).person_id)


@pytest.mark.parametrize("language", ["de", "en", "ar"])
def test_the_doors_are_whole_in_every_language(stage: Stage, language: str) -> None:
    with stage.visitor(language, on_phone=True) as somebody:
        for path, name in (("/", "start"), ("/sign-in", "sign-in"), ("/office/sign-in", "office-sign-in")):
            somebody.go(path)
            somebody.look(name)


def test_an_officer_signs_in_and_out_and_the_way_back_shows_nothing(stage: Stage) -> None:
    with stage.visitor() as officer:
        officer.sign_in_as_officer(stage, "Agentur")
        expect(officer.page.get_by_role("button", name="Abmelden")).to_have_count(1)
        officer.look("signed-in")
        officer.page.get_by_role("button", name="Abmelden").click()
        assert officer.page.url.endswith("/de/office/sign-in")
        officer.page.go_back()
        officer.page.reload()
        expect(officer.page.get_by_role("button", name="Abmelden")).to_have_count(0)


def test_wrong_and_missing_words_are_said_in_her_language_and_the_pin_is_not_shown_again(stage: Stage) -> None:
    with stage.visitor("ar", on_phone=True) as person:
        person.go("/sign-in")
        person.page.click("main button")
        expect(person.page.locator("#wrong")).to_be_focused()
        person.look("sign-in-missing")
        person.page.fill("#code", "AAAA BBBB CCCC")
        person.page.fill("#pin", "123456")
        person.page.click("main button")
        expect(person.page.locator("#wrong")).to_be_focused()
        expect(person.page.locator("#pin")).to_have_value("")
        person.look("sign-in-refused")


def test_a_letter_opens_with_its_qr_code_and_the_code_leaves_the_address(stage: Stage) -> None:
    letter = letter_of(stage)
    with stage.visitor("ar", on_phone=True) as person:
        person.page.goto(f"{stage.address}/p#{letter.code.replace(' ', '')}")
        assert person.page.url == f"{stage.address}/ar/sign-in"
        expect(person.page.locator("#code")).to_have_value(letter.code.replace(" ", ""))
        expect(person.page.locator("#pin")).to_be_focused()


def test_without_scripts_a_person_signs_in_all_the_same(stage: Stage) -> None:
    letter = letter_of(stage)
    with stage.visitor("ar", on_phone=True, has_scripts=False) as person:
        person.sign_in_with(letter)
        expect(person.page.locator("header form button")).to_have_count(1)

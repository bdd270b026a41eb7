"""Changing the language in the midst of a form, in a real browser: what was typed stays, and nothing is sent off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_intake import begin, counter, fill_identity, persons, press
from tests.browser.test_me import ask, signed_in, zahra
from tests.house import PIN

if TYPE_CHECKING:
    from tests.browser.stage import Stage, Visitor

__all__ = ["counter"]  # a fixture


def change_language(visitor: Visitor, code: str) -> None:
    """Choose another language with the keyboard alone."""
    visitor.page.focus(".app-lang summary")
    visitor.page.keyboard.press("Enter")
    visitor.page.focus(f".app-lang button[lang={code}]")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("html")).to_have_attribute("lang", code)


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "plain"])
def test_an_interview_goes_on_in_another_language_with_all_that_was_said(counter: Stage, has_scripts: bool) -> None:  # noqa: FBT001 - a parameter of the test
    with counter.visitor(has_scripts=has_scripts) as clerk:
        page = clerk.page
        clerk.sign_in_as_officer(counter, "Jobcenter")
        clerk.go("/intake")
        fill_identity(page, "", "Zahra", "14.3.")
        change_language(clerk, "ar")
        expect(page.locator("#given")).to_have_value("Zahra")
        expect(page.locator("#birth_date")).to_have_value("14.3.")
        expect(page.locator("#wrong, #known")).to_have_count(0)
        fill_identity(page, "Karimi", "Zahra", "14.03.1994")
        page.press("#birth_date", "Enter")
        page.wait_for_selector("#known")
        expect(page.locator("html")).to_have_attribute("lang", "ar")
        change_language(clerk, "de")
        begin(clerk)
        page.select_option("#languages-0-overall", "native")
        press(page, "add-jobs")
        page.fill("#jobs-1-title", "Bäckerin")
        page.check("#working_time-1")
        change_language(clerk, "ar")
        clerk.look_in("intake-details-changed", "ar")
        expect(page.locator("#languages-0-overall")).to_have_value("native")
        expect(page.locator("#jobs-1-title")).to_have_value("Bäckerin")
        expect(page.locator("#working_time-1")).to_be_checked()
        page.fill("#languages-0-language", "الألمانية")
        press(page, "check")
        change_language(clerk, "de")
        page.click(".app-lang summary")
        clerk.look_in("intake-check-changed", "de")
        expect(page.locator("main")).to_contain_text("Bäckerin")
        assert persons(counter) == 0
        assert "/saved" not in page.url
        press(page, "save")
        assert "/saved" in page.url
    assert persons(counter) == 1


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "plain"])
def test_the_office_and_the_letter_keep_what_was_typed_but_no_secret(stage: Stage, has_scripts: bool) -> None:  # noqa: FBT001 - a parameter of the test
    her = zahra(stage, "Agentur")
    with stage.visitor(has_scripts=has_scripts) as clerk:
        page = clerk.page
        clerk.go("/office/sign-in")
        page.fill("#login", "frau.müller")
        page.fill("#password", "geheim")
        change_language(clerk, "en")
        expect(page.locator("#login")).to_have_value("frau.müller")
        expect(page.locator("#password")).to_have_value("")
        clerk.sign_in_as_officer(stage, "Agentur", "case-officer")
        page.check("[value=placement]")
        page.fill("#number", "123A456")
        change_language(clerk, "en")
        expect(page.locator("[value=placement]")).to_be_checked()
        expect(page.locator("#number")).to_have_value("123A456")
        clerk.look_in("office-find-changed", "en")
        clerk.go(f"/office/{her.id}/ask?purpose=placement")
        page.check("[value=work]")
        change_language(clerk, "ar")
        expect(page.locator("[value=work]")).to_be_checked()
        clerk.go(f"/intake/{her.id}/letter")
        page.select_option("#language", "ar")
        page.fill("#pin", PIN)
        change_language(clerk, "ar")
        expect(page.locator("#language")).to_have_value("ar")
        expect(page.locator("#pin")).to_have_value("")
        assert PIN not in page.content()


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "plain"])
def test_she_changes_the_language_while_she_decides(stage: Stage, has_scripts: bool) -> None:  # noqa: FBT001 - a parameter of the test
    her = zahra(stage)
    ask(stage, her.id)
    with signed_in(stage, her, "de", has_scripts=has_scripts) as she:
        page = she.page
        page.click("main .kern-card a")
        page.uncheck("[value=education]")
        page.check("[value=day]")
        page.fill("#day", "31.12.")
        change_language(she, "ar")
        expect(page.locator("[value=education]")).not_to_be_checked()
        expect(page.locator("#day")).to_have_value("31.12.")
        expect(page.locator("#wrong")).to_have_count(0)
        page.click(".app-lang summary")
        she.look_in("me-asked-changed", "ar")
        page.check("[value='12']")
        page.press("#day", "Enter")
        page.fill("#number", "3")
        page.fill("#pin", PIN)
        change_language(she, "de")
        expect(page.locator("#number")).to_have_value("3")
        expect(page.locator("#pin")).to_have_value("")
        expect(page.locator("#notice + p")).to_have_attribute("lang", "de")
        she.look_in("me-prove-changed", "de")

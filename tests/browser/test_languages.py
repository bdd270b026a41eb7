"""Changing the language in the midst of a form, in a real browser: what was typed stays, and nothing is sent off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
    assert visitor.page.get_attribute("html", "lang") == code


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "plain"])
def test_an_interview_goes_on_in_another_language_with_all_that_was_said(counter: Stage, has_scripts: bool) -> None:  # noqa: FBT001 - a parameter of the test
    with counter.visitor(has_scripts=has_scripts) as clerk:
        page = clerk.page
        clerk.sign_in_as_officer(counter, "Jobcenter")
        clerk.go("/intake")
        fill_identity(page, "", "Zahra", "14.3.")
        change_language(clerk, "ar")
        assert (page.input_value("#given"), page.input_value("#birth_date")) == ("Zahra", "14.3.")
        assert page.locator("#wrong, #known").count() == 0
        fill_identity(page, "Karimi", "Zahra", "14.03.1994")
        page.press("#birth_date", "Enter")
        page.wait_for_selector("#known")
        assert page.get_attribute("html", "lang") == "ar"
        change_language(clerk, "de")
        begin(clerk)
        page.select_option("#languages-0-overall", "native")
        press(page, "add-jobs")
        page.fill("#jobs-1-title", "Bäckerin")
        page.check("#working_time-1")
        change_language(clerk, "ar")
        clerk.look_in("intake-details-changed", "ar")
        assert page.input_value("#languages-0-overall") == "native"
        assert page.input_value("#jobs-1-title") == "Bäckerin"
        assert page.is_checked("#working_time-1")
        page.fill("#languages-0-language", "الألمانية")
        press(page, "check")
        change_language(clerk, "de")
        page.click(".app-lang summary")
        clerk.look_in("intake-check-changed", "de")
        assert "Bäckerin" in page.inner_text("main")
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
        assert (page.input_value("#login"), page.input_value("#password")) == ("frau.müller", "")
        clerk.sign_in_as_officer(stage, "Agentur", "case-officer")
        page.check("[value=placement]")
        page.fill("#number", "123A456")
        change_language(clerk, "en")
        assert page.is_checked("[value=placement]")
        assert page.input_value("#number") == "123A456"
        clerk.look_in("office-find-changed", "en")
        clerk.go(f"/office/{her.id}/ask?purpose=placement")
        page.check("[value=work]")
        change_language(clerk, "ar")
        assert page.is_checked("[value=work]")
        clerk.go(f"/intake/{her.id}/letter")
        page.select_option("#language", "ar")
        page.fill("#pin", PIN)
        change_language(clerk, "ar")
        assert (page.input_value("#language"), page.input_value("#pin")) == ("ar", "")
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
        assert not page.is_checked("[value=education]")
        assert page.input_value("#day") == "31.12."
        assert page.locator("#wrong").count() == 0
        page.click(".app-lang summary")
        she.look_in("me-asked-changed", "ar")
        page.check("[value='12']")
        page.press("#day", "Enter")
        page.fill("#number", "3")
        page.fill("#pin", PIN)
        change_language(she, "de")
        assert (page.input_value("#number"), page.input_value("#pin")) == ("3", "")
        assert page.get_attribute("#notice + p", "lang") == "de"
        she.look_in("me-prove-changed", "de")

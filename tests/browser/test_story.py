"""The whole story through the pages: recorded once, shared as she allows, asked for, declined, seen, withdrawn."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pypdf
import pytest
from playwright.sync_api import expect

from tests.api_client import opened
from tests.browser.stage import Stage
from tests.browser.test_api_in_a_browser import served
from tests.browser.test_intake import begin, fill_identity, press, printed, save
from tests.browser.test_me import prove
from tests.browser.test_office import search
from tests.house import Letter, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.stage import Visitor
    from tests.conftest import DatabasePair

NUMBER = "343C218870"
SOURCE, READER = "Agentur", "Jobcenter Köln"


@pytest.fixture
def story(database_pair: DatabasePair, browser: Browser) -> Iterator[Stage]:
    """A house with a linker, whose pages can be visited."""
    with open_house(database_pair, linker=True) as house:
        for api in opened(house):
            for address in served(api):
                yield Stage(address, api, browser)


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without scripts"])
def test_what_was_recorded_once_is_shared_asked_for_declined_seen_and_withdrawn(
    story: Stage, *, has_scripts: bool
) -> None:
    with (
        story.visitor("de", has_scripts=has_scripts) as clerk,
        story.visitor("de", has_scripts=has_scripts) as officer,
        story.visitor("ar", on_phone=True, has_scripts=has_scripts) as she,
    ):
        letter = recorded_with_a_letter(clerk, story)
        she.sign_in_with(letter)
        she.look("story-1-nobody-asks")
        officer.sign_in_as_officer(story, READER)
        search(officer, NUMBER)
        officer.page.click("#found-people button")
        expect(officer.page.locator("main h1")).to_have_text("Hier ist nichts für Sie")
        shared(she, story, letter)
        officer.page.reload()
        officer.look("story-2-opened")
        said = officer.page.inner_text("main")
        assert all(word in said for word in ("Zahra", "B1", "Brot backen"))
        assert "Berufsschule" not in said
        asked_for_education(officer)
        declined(she)
        officer.go("/office/requests")
        officer.look("story-5-declined")
        expect(officer.page.locator("main")).to_contain_text("Abgelehnt")
        she.go("/me/log")
        she.look("story-6-who-looked")
        expect(she.page.locator("main")).to_contain_text(story.api.house.agency(READER).name)
        she.go("/me/access")
        she.page.click(".app-switch")
        she.look("story-7-withdrawn")
        search(officer, NUMBER)
        officer.page.click("#found-people button")
        expect(officer.page.locator("main h1")).to_have_text("Hier ist nichts für Sie")


def recorded_with_a_letter(clerk: Visitor, story: Stage) -> Letter:
    """Record her as a clerk does and return what the printed letter says."""
    page = clerk.page
    clerk.sign_in_as_officer(story, SOURCE)
    clerk.go("/intake")
    fill_identity(page, "Karimi", "Zahra", "14.03.1994")
    page.click("details:has(#ba_customer) summary")
    page.fill("#ba_customer", NUMBER)
    press(page, "ask")
    page.wait_for_selector("#known")
    begin(clerk)
    page.fill("#languages-0-language", "de")
    page.select_option("#languages-0-speaking", "B1")
    page.fill("#skills-0-name", "Brot backen")
    page.select_option("#education-0-kind", "school")
    page.fill("#education-0-what", "Berufsschule")
    person = save(clerk)
    clerk.go(f"/intake/{person}/letter")
    return read(printed(clerk).body())


def read(pdf: bytes) -> Letter:
    """Return the codes of a letter as a person reads them off the paper."""
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    lines = re.findall(r"^[A-Z2-7]{4} [A-Z2-7]{4} [A-Z2-7]{4}$", pages[0], re.MULTILINE)
    numbered = dict(re.findall(r"\b(\d{1,2})\s+([A-Z2-7]{4} [A-Z2-7]{4})\b", pages[1]))
    return Letter(" ".join(lines), [numbered[str(number)] for number in range(1, len(numbered) + 1)])


def shared(she: Visitor, story: Stage, letter: Letter) -> None:
    """Let the Jobcenter see identity, languages and skills for placement; education is kept back."""
    she.go("/me/give")
    she.page.get_by_role("link", name=story.api.house.agency(READER).name).click()
    she.page.click('a[href*="/placement"]')
    for section in ("identity", "languages", "skills"):
        she.page.check(f"input[name=sections][value={section}]")
    she.page.click("form:has(#sections) button")
    she.look("story-2-is-this-right")
    prove(she, letter, 1)
    she.look("story-2-shared")


def asked_for_education(officer: Visitor) -> None:
    """Ask for the section that is not shared."""
    officer.page.locator("#hidden li", has_text="Bildung").get_by_role("link").click()
    officer.page.check("input[name=reason][value=placement-offer]")
    officer.page.click("main form button")
    officer.look("story-3-asked")


def declined(she: Visitor) -> None:
    """Look at the request and say no."""
    she.go("/me")
    she.look("story-4-asked")
    she.page.click("main .kern-card a")
    she.look("story-4-decide")
    she.page.click('form[action$="/decline"] button')
    she.look("story-4-no")

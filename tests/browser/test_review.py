"""Who is who in a real browser: two records side by side, what weighs how much, what was decided, and how it went."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_office import AGENTUR, JOBCENTER, linked_stage, words_on
from tests.integration.test_api_links import NADER, NADIR
from tests.integration.test_import_linking import NUMBERED, REISSUED, brought

if TYPE_CHECKING:
    from tests.browser.stage import Stage, Visitor
    from tests.identities import Said

__all__ = ["linked_stage"]  # a fixture


def proposed(stage: Stage, one: Said = NUMBERED, other: Said = REISSUED) -> None:
    """Let two offices bring records that may be of one person."""
    house = stage.api.house
    brought(house, AGENTUR, one)
    brought(house, JOBCENTER, other)
    house.speak_as("web")


def compare(officer: Visitor) -> None:
    """Open the first proposal of the list."""
    officer.go("/office/links")
    officer.page.locator("main li a.kern-btn").first.click()


def decide(officer: Visitor, said: str, ground: str) -> None:
    """Send one of the three forms."""
    officer.page.select_option(f"#ground-{said}", ground)
    officer.page.click(f"button[value={said}]")


@pytest.mark.parametrize("language", ["de", "en", "ar"])
def test_an_officer_compares_two_records_and_sees_no_value_of_the_other(linked_stage: Stage, language: str) -> None:
    proposed(linked_stage)
    with linked_stage.visitor(language, on_phone=language != "en") as officer:
        officer.sign_in_as_officer(linked_stage, JOBCENTER)
        officer.go("/office/links")
        officer.look("office-links")
        assert "Kovtun" not in words_on(officer)
        compare(officer)
        officer.look("office-link")
        said = officer.page.content()
        for own in ("Tesfay", "Yonas", "535D402231"):
            assert own in said
        for foreign in ("Kovtun", "Lesia", "1991"):
            assert foreign not in said, "nothing of the other office is told"
        steps = officer.page.locator(".app-fall tbody tr")
        told = [[int(cell.inner_text().replace("\u2066", "")) for cell in row.locator("td").all()] for row in steps.all()]
        assert [sum(one[0] for one in told[: at + 1]) for at in range(len(told))] == [one[1] for one in told]
        first = steps.first.locator("rect").bounding_box()
        last = steps.last.locator("rect").bounding_box()
        assert first and last
        assert officer.page.locator(".app-fall__known").count() == len(told)

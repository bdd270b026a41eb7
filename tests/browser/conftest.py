"""What tests of pages may ask for: one browser for the run, and a house of their own with its pages served."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.api_client import opened
from tests.browser.stage import QUIET, Stage
from tests.browser.test_api_in_a_browser import served
from tests.house import open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.conftest import DatabasePair


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, without what needs a network."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("there is no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield running
        running.close()


@pytest.fixture
def stage(database_pair: DatabasePair, browser: Browser) -> Iterator[Stage]:
    """A house whose pages can be visited."""
    with open_house(database_pair) as house:
        for api in opened(house):
            for address in served(api):
                yield Stage(address, api, browser)

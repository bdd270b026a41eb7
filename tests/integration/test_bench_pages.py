"""`registry bench pages`: every page is measured, as whoever it is for, beside the bare document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.bench.pages import LIMIT_MS, NO_PAGES, measured
from registry.web.addresses import PAGES

if TYPE_CHECKING:
    from tests.integration.conftest import Benched

#: As the command does it, but a moment for each page instead of seconds.
BRIEFLY = (
    "import json; from registry import config; from registry.bench import pages;"
    "print(json.dumps([one.document() for one in pages.run(config.load('owner'), seconds=0.05)]))"
)


def test_every_page_answers_whom_it_is_for_and_is_measured(benched: Benched) -> None:
    figures = benched("-c", BRIEFLY)
    assert [figure["name"] for figure in figures] == [f"page /ar{page.rule}" for page in measured()]
    assert all(figure["ours"] > 0 and figure["baseline"] > 0 for figure in figures)
    assert {(figure["unit"], figure["notes"]["limit ms"]) for figure in figures} == {("ms", LIMIT_MS)}


def test_what_is_left_out_is_no_page() -> None:
    """It leads elsewhere, or needs somebody who was linked; whatever else a GET shows is measured."""
    assert {page.name for page in PAGES} >= NO_PAGES
    assert len(measured()) >= 20

"""`registry bench match`: people are stored, found among others, added, and asked about over the interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.conftest import Benched

PERSONS = 500


@pytest.mark.long
def test_a_question_is_measured_beside_an_exact_look_up_that_finds_fewer(benched: Benched) -> None:
    match, adding, http = benched("-m", "registry.cli.main", "bench", "match", "--persons", str(PERSONS), "--json")
    assert match["notes"]["persons"] == PERSONS
    assert match["notes"]["known first, of those stored"] > match["notes"]["found by the baseline"]
    assert match["notes"]["called known, wrongly"] < 0.02
    assert 0 < match["ours"] <= match["notes"]["p95 ms"] * 1000 <= match["notes"]["p99 ms"] * 1000
    assert adding["ours"] > adding["baseline"] > 0
    assert http["runs"] > 30
    assert http["notes"]["memory of the linker, MB"] < 300

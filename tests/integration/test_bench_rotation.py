"""`registry bench rotation`: a key is renewed over all profiles of its agency, and no reading fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.conftest import Benched


BRIEFLY = (
    "import json; from registry import config; from registry.bench import rotation;"
    "print(json.dumps([one.document() for one in rotation.run(config.load('owner'), persons=60)]))"
)


@pytest.mark.long
def test_all_wraps_of_the_agency_are_moved_and_no_reading_fails(benched: Benched) -> None:
    (figure,) = benched("-c", BRIEFLY)
    assert (figure["name"], figure["unit"]) == ("rotation", "profiles/s")
    assert figure["ours"] > 0
    assert (figure["notes"]["failed reads"], figure["notes"]["profiles"]) == (0, 60)
    assert figure["notes"]["wraps moved"] > 60

"""`registry bench keeper`: it opens nine compartments and withdraws from ten, and says how long that took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.conftest import Benched

#: As the command does it, with fewer persons.
BRIEFLY = (
    "import json; from registry import config; from registry.bench import keeper;"
    "print(json.dumps([one.document() for one in keeper.run(config.load('owner'), persons=2, withdrawing=1)]))"
)


@pytest.mark.long
def test_the_keeper_is_measured_alone_and_beside_load(benched: Benched) -> None:
    opened, withdrawn = benched("-c", BRIEFLY)
    assert opened["notes"]["compartments"] == 9
    assert {"alone p50 ms", "beside load p99 ms", "baseline p50 ms"} <= set(opened["notes"])
    assert (withdrawn["runs"], withdrawn["notes"]["recipients"]) == (11, 10)

"""`registry bench import` from a fresh home, with few persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.conftest import Benched

PERSONS = 120


@pytest.mark.long
def test_importing_is_measured_beside_a_copy_of_its_rows_and_in_bounded_memory(benched: Benched) -> None:
    """Figures have the stable form of `registry bench --json`; the processes that import stay below 300 MB."""
    speed, memory = benched("-m", "registry.cli.main", "bench", "import", "--persons", str(PERSONS), "--json")
    assert (speed["name"], speed["unit"], speed["runs"]) == ("import", "persons/s", 3)
    assert 0 < speed["ours"] < speed["baseline"]
    assert all(used >= 0 for used in speed["notes"].values())
    assert any(used > 0 for name, used in speed["notes"].items() if "worker" in name)
    assert (memory["name"], memory["unit"], memory["baseline"]) == ("import-memory", "MB", 300.0)
    assert 20 < memory["ours"] < memory["baseline"]

"""`registry bench import` from a fresh home, with few persons."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from registry import config
from registry.ops.embedded.quarters import vacate

if TYPE_CHECKING:
    from collections.abc import Iterator

PERSONS = 120


@pytest.fixture
def home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="einmal-bench-", dir="/tmp"))
    yield path
    vacate(path / "bench")
    shutil.rmtree(path)


@pytest.mark.long
def test_importing_is_measured_beside_a_copy_of_its_rows_and_in_bounded_memory(home: Path) -> None:
    """Figures have the stable form of `registry bench --json`; the processes that import stay below 300 MB."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "registry.cli.main", "bench", "import", "--persons", str(PERSONS), "--json"],
        env=config.inherited(("PATH", "PG_BINDIR")) | {"REGISTRY_HOME": str(home)},
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    speed, memory = json.loads(done.stdout)
    assert (speed["name"], speed["unit"], speed["runs"]) == ("import", "persons/s", 3)
    assert 0 < speed["ours"] < speed["baseline"]
    assert all(used >= 0 for used in speed["notes"].values())
    assert any(used > 0 for name, used in speed["notes"].items() if "worker" in name)
    assert (memory["name"], memory["unit"], memory["baseline"]) == ("import-memory", "MB", 300.0)
    assert 20 < memory["ours"] < memory["baseline"]

"""`registry bench match`: people are stored, found among others, added, and asked about over the interface."""

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

PERSONS = 500


@pytest.fixture
def home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="einmal-bench-", dir="/tmp"))
    yield path
    vacate(path / "bench")
    shutil.rmtree(path)


@pytest.mark.long
def test_a_question_is_measured_beside_an_exact_look_up_that_finds_fewer(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "registry.cli.main", "bench", "match", "--persons", str(PERSONS), "--json"],
        env=config.inherited(("PATH", "PG_BINDIR")) | {"REGISTRY_HOME": str(home)},
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    match, adding, http = json.loads(done.stdout)
    assert match["notes"]["persons"] == PERSONS
    assert match["notes"]["known first, of those stored"] > match["notes"]["found by the baseline"]
    assert match["notes"]["called known, wrongly"] < 0.02
    assert 0 < match["ours"] <= match["notes"]["p95 ms"] * 1000 <= match["notes"]["p99 ms"] * 1000
    assert adding["ours"] > adding["baseline"] > 0
    assert http["runs"] > 30
    assert http["notes"]["memory of the linker, MB"] < 300

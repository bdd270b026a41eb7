"""`registry bench keeper`: it opens nine compartments and withdraws from ten, and says how long that took."""

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

#: As the command does it, with fewer persons.
BRIEFLY = (
    "import json; from registry import config; from registry.bench import keeper;"
    "print(json.dumps([one.document() for one in keeper.run(config.load('owner'), persons=2, withdrawing=1)]))"
)


@pytest.fixture
def home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="einmal-bench-", dir="/tmp"))
    yield path
    vacate(path / "bench")
    shutil.rmtree(path)


@pytest.mark.long
def test_the_keeper_is_measured_alone_and_beside_load(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", BRIEFLY],
        env=config.inherited(("PATH", "PG_BINDIR")) | {"REGISTRY_HOME": str(home)},
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    opened, withdrawn = json.loads(done.stdout)
    assert opened["notes"]["compartments"] == 9
    assert {"alone p50 ms", "beside load p99 ms", "baseline p50 ms"} <= set(opened["notes"])
    assert (withdrawn["runs"], withdrawn["notes"]["recipients"]) == (11, 10)

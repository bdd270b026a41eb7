"""`registry bench rotation`: a key is renewed over all profiles of its agency, and no reading fails."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from registry import config
from registry.ops.embedded.quarters import vacate

BRIEFLY = (
    "import json; from registry import config; from registry.bench import rotation;"
    "print(json.dumps([one.document() for one in rotation.run(config.load('owner'), persons=60)]))"
)


@pytest.mark.long
def test_all_wraps_of_the_agency_are_moved_and_no_reading_fails() -> None:
    home = Path(tempfile.mkdtemp(prefix="einmal-bench-", dir="/tmp"))
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", BRIEFLY],
            env=config.inherited(("PATH", "PG_BINDIR")) | {"REGISTRY_HOME": str(home)},
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            timeout=250,
        )
    finally:
        vacate(home / "bench")
        shutil.rmtree(home)
    assert done.returncode == 0, done.stderr
    (figure,) = json.loads(done.stdout)
    assert (figure["name"], figure["unit"]) == ("rotation", "profiles/s")
    assert figure["ours"] > 0
    assert (figure["notes"]["failed reads"], figure["notes"]["profiles"]) == (0, 60)
    assert figure["notes"]["wraps moved"] > 60

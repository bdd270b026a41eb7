"""What tests of benchmarks share."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from registry import config
from registry.ops.embedded.quarters import vacate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Benched = Callable[..., list[Any]]


@pytest.fixture
def benched() -> Iterator[Benched]:
    """Return what runs Python with these arguments from a fresh home, and returns the figures that it prints."""
    home = Path(tempfile.mkdtemp(prefix="einmal-bench-", dir="/tmp"))
    yield partial(_printed, home)
    vacate(home / "bench")
    shutil.rmtree(home)


def _printed(home: Path, *arguments: str) -> list[Any]:
    done = subprocess.run(
        [sys.executable, "-P", *arguments],
        env=config.inherited(("PATH", "PG_BINDIR")) | {"REGISTRY_HOME": str(home)},
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    figures: list[Any] = json.loads(done.stdout)
    return figures

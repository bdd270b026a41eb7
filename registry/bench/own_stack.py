"""A stack of a measurement's own: other home, other databases, other processes; gone when it is over."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from registry.config import inherited
from registry.errors import OperationError
from registry.ops.embedded import quarters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NEEDED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "PG_BINDIR", "WEB_WORKERS", "WEB_THREADS")
_STOP_SECONDS = 60.0


@contextmanager
def own_stack(home: Path, *, port: int) -> Iterator[dict[str, Any]]:
    """Run `registry up --dev` in an empty home for the block; yields the line it prints when it is ready.

    Raises:
        OperationError: it did not start.
    """
    quarters.vacate(home)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    env = {**inherited(_NEEDED), "REGISTRY_HOME": str(home), "WEB_PORT": str(port)}
    command = [sys.executable, "-m", "registry.cli.main", "up", "--dev", "--json"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as child:
        try:
            line = child.stdout.readline() if child.stdout else ""
            if not line:
                raise OperationError("the stack for the measurement did not start")
            yield json.loads(line)
        finally:
            child.terminate()
            end = time.monotonic() + _STOP_SECONDS
            while child.poll() is None and time.monotonic() < end:
                time.sleep(0.1)
            child.kill()

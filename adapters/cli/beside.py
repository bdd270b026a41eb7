"""Working beside the running registry, or beside one that is started for the time of one command."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from registry.config import generated_mark
from registry.errors import OperationError
from registry.ops import stack
from registry.ops.supervision import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.config import Settings

#: Seconds a stack that was started for one command may take to stop.
_STOP_SECONDS = 60.0


@contextmanager
def beside_the_registry(settings: Settings, purpose: str) -> Iterator[Settings]:
    """Give the settings with which to reach a running registry.

    Args:
        purpose: for what one is started where none runs, in a word: import, export.

    Raises:
        OperationError: it does not start.
    """
    if settings.database_url or running.find(settings.home) is not None:
        yield stack.attach(settings)
        return
    key = settings.root_key_file
    is_dev = settings.env != "production" and (generated_mark(key).exists() or not key.exists())
    click.echo(f"Nothing runs in {settings.home}; starting the registry for this {purpose}.", err=True)
    command = [sys.executable, "-m", "registry.cli.main", "up", "--json", *(["--dev"] if is_dev else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as started:
        try:
            if started.stdout is None or not started.stdout.readline():
                raise OperationError("the registry did not start; what stands above says why")
            yield stack.attach(settings)
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(_STOP_SECONDS)

"""`registry process`: one process of ours in the foreground, as the supervisor or a unit file starts it."""

import logging
import signal
import sys
from importlib.metadata import entry_points
from types import FrameType
from typing import NoReturn

import click

from registry import config, logs
from registry.errors import RegistryError
from registry.ops.hardening import harden

log = logging.getLogger(__name__)
#: Whoever holds keys of others' data.
_KEEPS_KEYS = frozenset({"keeper", "linker"})


@click.command(hidden=True)
@click.argument("name")
def process(name: str) -> None:
    """Run one process until it is stopped; its settings come from the environment."""
    logs.configure(name)
    logs.tell_all_faults()
    for code in harden(keeps_keys=name in _KEEPS_KEYS):
        log.warning("process.not-hardened", extra={"code": code})
    settings = config.load(config.process_named(name))
    signal.signal(signal.SIGTERM, _leave)
    entries = entry_points(group="registry.processes", name=name)
    if not entries:
        raise click.UsageError(f"there is no process {name}")
    try:
        for entry in entries:
            entry.load()(settings)
    except RegistryError:
        raise
    except Exception:
        # Not raised: a traceback's last line can say what a person said.
        log.exception("process.failed")
        sys.exit(1)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """End in order: what is open gets closed."""
    sys.exit(0)

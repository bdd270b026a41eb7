"""`registry links export`: decisions on who is who, for fitting the weights anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TextIO

import click

from registry import clock
from registry.audit import log
from registry.audit.events import Event
from registry.cli.enrolling import beside_the_stack
from registry.db import Sessions
from registry.linkage.review import export


@click.group()
def links() -> None:
    """Decisions on who is who."""


@links.command("export")
@click.argument("path", metavar="OUT.csv", type=click.Path(dir_okay=False, path_type=Path))
def export_decisions(path: Path) -> None:
    """Write what people decided to OUT.csv: what agreed, what differed, and what they said; no person is in it."""
    try:
        out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be made: {error.strerror}.") from error
    try:
        with os.fdopen(out, "w", encoding="utf-8", newline="") as file:
            count = _exported(file)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    click.echo(f"{count} decisions.")


def _exported(file: TextIO) -> int:
    """Write it; only when the file is whole, the log says that it was exported."""
    with beside_the_stack(), Sessions.begin() as session:
        count = export.write(session, file)
        file.flush()
        os.fsync(file.fileno())
        log.record(session, log.Line(event=Event.LINKS_EXPORTED, results=count), None, now=clock.now())
    return count

"""`registry links export`: decisions on who is who, for fitting the weights anew."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

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
    if path.exists():
        raise click.UsageError(f"{path} exists.")
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside_the_stack(), Sessions.begin() as session:
            count = export.write(session, beside)
            log.record(session, log.Line(event=Event.LINKS_EXPORTED, results=count), None, now=clock.now())
        os.link(beside, path)  # after the commit of its line; unlike a rename, this replaces no file
    finally:
        beside.unlink(missing_ok=True)
    click.echo(f"{count} decisions.")

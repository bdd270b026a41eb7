"""`registry up`: start everything, and say where to go."""

import contextlib
import json
import textwrap

import click

from registry import config
from registry.ops import stack
from registry.ops.supervision.running import Running


@click.command()
@click.option("--dev", is_flag=True, help="Make keys and demo sign-ins, on this machine only.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
def up(*, dev: bool, as_json: bool) -> None:
    """Start and supervise all processes until interrupted."""
    stack.up(config.load("owner"), dev=dev, announce=_announce_json if as_json else _announce)


def _announce_json(running: Running, already: bool) -> None:  # noqa: ARG001, FBT001 - a callback's signature
    _say(json.dumps(running.line()))


def _announce(running: Running, already: bool) -> None:  # noqa: FBT001 - a callback's signature
    _say("It runs already." if already else "Ready. Ctrl-C stops everything.")
    _say(f"  pages      {running.web}")
    _say(f"  interface  {running.api}")
    for warning in running.warnings:
        _say("")
        _say(textwrap.fill(warning, 110))
    for agency in running.agencies:
        _say("")
        _say(f"  {agency.get('name')} ({agency.get('kind')})")
        for word, value in agency.items():
            if word not in {"name", "kind", "id"}:
                _say(f"    {word:<9} {value}")


def _say(line: str) -> None:
    # Whoever read the first lines and left does not stop the registry.
    with contextlib.suppress(BrokenPipeError):
        click.echo(line)

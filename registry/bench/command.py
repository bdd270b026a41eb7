"""`registry bench`: runs the measurements that packages offer, and prints each beside its baseline."""

from __future__ import annotations

import inspect
import json
from importlib.metadata import entry_points

import click

from registry import config


@click.command()
@click.argument("name", required=False)
@click.option("--persons", type=click.IntRange(min=1), help="Measure with so many persons instead of the usual.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def bench(name: str | None, *, persons: int | None, as_json: bool) -> None:
    """Measure NAME, or everything; each figure stands beside a baseline of the same run."""
    offered = {entry.name: entry for entry in entry_points(group="registry.benchmarks")}
    if name is not None and name not in offered:
        raise click.UsageError(f"there is no benchmark {name}; there are: {', '.join(sorted(offered))}")
    if persons is not None and name is None:
        raise click.UsageError("--persons goes with the NAME of one benchmark")
    chosen = [offered[known].load() for known in (sorted(offered) if name is None else [name])]
    if persons is not None and "persons" not in inspect.signature(chosen[0]).parameters:
        raise click.UsageError(f"{name} measures nothing with persons")
    settings = config.load("owner")
    size = {} if persons is None else {"persons": persons}
    figures = [figure for run in chosen for figure in run(settings, **size)]
    if as_json:
        click.echo(json.dumps([figure.document() for figure in figures]))
        return
    for figure in figures:
        click.echo(
            f"{figure.name}: {figure.ours:.0f} {figure.unit}, baseline {figure.baseline:.0f},"
            f" ratio {figure.ratio:.2f} (medians of {figure.runs} runs)"
        )
        for word, value in figure.notes.items():
            click.echo(f"  {word}: {value:.2f}")

"""What `registry link` and plain Splink make of the same lists; what is not here is said and left out."""

from __future__ import annotations

import csv
import importlib
import os
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from registry.bench.figures import Figure
from registry.bench.judging import febrl, refugees, running, spellings

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN: Final = "registry.bench.judging.plain"


def splink() -> Callable[..., list[tuple[str, str]]] | None:
    """Return plain Splink; None, said on stderr, where the extra `batch` is not installed."""
    if find_spec("splink") is None:
        click.echo("link: Splink is not installed (extra `batch`), so nothing is measured beside it", err=True)
        return None
    found: Callable[..., list[tuple[str, str]]] = importlib.import_module(_PLAIN).linked
    return found


def australians() -> list[Figure]:
    """Return F1, of 10,000, of FEBRL's lists, ours beside Splink's; none, said on stderr, where they are not here."""
    if not febrl.FOLDER.exists():
        click.echo("link: FEBRL's lists are not here (../shared), so they are not measured", err=True)
        return []
    plain = splink()
    return [] if plain is None else [_figure(name, plain) for name in febrl.SETS]


def people(persons: int) -> list[Figure]:
    """Return how well made-up refugees are found, ours beside Splink's; none, said on stderr, where they are not here.

    Args:
        persons: up to how many stored people are measured.
    """
    if not refugees.FILE.exists():
        click.echo("link: the made-up refugees are not here (../shared), so they are not measured", err=True)
        return []
    plain = splink()
    return [] if plain is None else refugees.figures(plain, persons)


def names() -> list[Figure]:
    """Return how many attested spellings of one name agree; none, said on stderr, where the pairs are not here."""
    if not spellings.FILE.exists():
        click.echo("link: the attested spellings are not here (../shared), so they are not measured", err=True)
        return []
    return [spellings.figure(which) for which in spellings.SETS]


def _figure(name: str, plain: Callable[..., list[tuple[str, str]]]) -> Figure:
    with tempfile.TemporaryDirectory(prefix="einmal-bench-") as folder:
        paths = first, second, out = tuple(Path(folder) / each for each in ("first.csv", "second.csv", "pairs.csv"))
        lists = febrl.lists(name)
        for path, lines in zip(paths, lists, strict=False):
            febrl.write(path, lines)
        ran = running.linked(first, second, out=out)
        with out.open(encoding="utf-8", newline="") as rows:
            ours = febrl.f1(csv.DictReader(rows), lists[1])
        found, seconds = timed(plain, first, second)
    theirs = febrl.f1([{"id_a": one, "id_b": other, "grade": "known"} for one, other in found], lists[1])
    notes = {"seconds": ran.seconds, "Splink's seconds": seconds}
    return Figure(f"link-{name}", 10_000 * ours, 10_000 * theirs, "of 10,000 (F1)", 1, notes)


def timed(
    plain: Callable[..., list[tuple[str, str]]], first: Path, second: Path
) -> tuple[list[tuple[str, str]], float]:
    """Return what plain Splink finds, and the seconds it took."""
    start = time.perf_counter()
    found = plain(first, second, threads=len(os.sched_getaffinity(0)))
    return found, time.perf_counter() - start

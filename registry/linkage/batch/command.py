"""`registry link`: who of one list may be who of another, as a list of pairs with probabilities."""

from __future__ import annotations

import csv
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import numpy as np

from registry.linkage.batch.lists.reading import lines_of, read
from registry.linkage.batch.run import prepared
from registry.linkage.comparison.model import MODEL
from registry.linkage.score import KNOWN, LOOK, NEW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from numpy.typing import NDArray

    from registry.linkage.batch.run import Compared, Linking

HEADER: Final = ("id_a", "id_b", "probability", "grade")
#: Pairs that are less probable are not written; from `_LOOK` on a human should look.
LEAST: Final = 0.01
_LOOK: Final = 0.03
_DIGITS: Final = 6

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command()
@click.argument("known", metavar="A.csv", type=_FILE)
@click.argument("asked", metavar="B.csv", type=_FILE)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The pairs, as CSV.")
@click.option("--processes", type=click.IntRange(min=1), help="Fold names in so many processes; default: all cores.")
def link(known: Path, asked: Path, *, out: Path, processes: int | None) -> None:
    """Find for everybody in B.csv who of A.csv may be the same human being.

    Columns: rec_id, given_name, family_name, sex, birth_date, birth_place, nationality, azr, phone; further ones are
    ignored, and all but rec_id may be missing. Written are id_a, id_b, probability (at least 0.01) and grade (known,
    look for a human, or new), the most probable first for each id_b. Names are compared as tokens under keys that end
    with the run. The same lists give the same pairs.
    """
    first, second, written = write_pairs(known, asked, out, processes=processes)
    click.echo(f"{first} and {second} lines, {written} pairs written to {out}")


def write_pairs(known: Path, asked: Path, out: Path, *, processes: int | None) -> tuple[int, int, int]:
    """Compare two lists and write the pairs; return how many lines the lists have, and how many pairs were written.

    Raises:
        ListRefused: one of the lists cannot be read; nothing is written.
    """
    lines = lines_of(known) + lines_of(asked)
    with (
        click.progressbar(length=lines, label="folding", file=sys.stderr) as bar,
        prepared(read(known), read(asked), told=bar.update, processes=processes) as linking,
    ):
        bar.finish()
        with _whole(out) as file:
            written = _write(file, linking)
        return len(linking.left_ids), len(linking.right_ids), written


def _write(file: TextIO, linking: Linking) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    written = 0
    with click.progressbar(length=len(linking.right_ids), label="comparing", file=sys.stderr) as bar:
        learned = linking.learned()
        for compared in linking.compared():
            probabilities = learned.probabilities(compared.features, compared.asked)
            for row in _rows(compared, probabilities, linking):
                writer.writerow(row)
                written += 1
            bar.update(compared.questions)
    return written


def _rows(
    compared: Compared, probabilities: NDArray[np.float64], linking: Linking
) -> Iterator[tuple[str, str, str, str]]:
    rounded = np.round(probabilities, _DIGITS)
    worth = np.flatnonzero(rounded >= LEAST)
    order = np.lexsort((compared.found[worth], -rounded[worth], compared.asked[worth]))
    for at in worth[order]:
        probability = float(rounded[at])
        left, right = linking.left_ids[compared.found[at]], linking.right_ids[compared.asked[at]]
        yield left, right, f"{probability:.{_DIGITS}f}", grade_of(probability)


def grade_of(probability: float) -> str:
    """Return known, look or new."""
    if probability >= MODEL.known:
        return KNOWN
    return LOOK if probability >= _LOOK else NEW


@contextmanager
def _whole(out: Path) -> Iterator[TextIO]:
    """Give a file that takes its name once it is whole, so that nobody takes a part for all."""
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        os.replace(part, out)  # noqa: PTH105 - pathlib's replace says the same
    finally:
        part.unlink(missing_ok=True)

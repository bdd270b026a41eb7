"""`registry link`: who of one list may be who of another, as a list of pairs with probabilities."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, TypedDict, Unpack

import click
import numpy as np

from registry.linkage.batch.comparing.grading import bits_of, grades
from registry.linkage.batch.joining.engines import ENGINES
from registry.linkage.batch.lists.reading import read, survey
from registry.linkage.batch.memory import MEMORY, database_share
from registry.linkage.batch.output import check_output, whole
from registry.linkage.batch.run import prepared
from registry.linkage.batch.version import version
from registry.linkage.batch.work import digest_of, opened
from registry.linkage.comparison.model import MODEL
from registry.linkage.score import KNOWN, LOOK, NEW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from numpy.typing import NDArray

    from registry.linkage.batch.run import Compared, Linking
    from registry.linkage.batch.work import Work

HEADER: Final = ("id_a", "id_b", "probability", "grade", "counter")
#: Pairs that are less probable are not written; from `_LOOK` on a human should look.
LEAST: Final = 0.01
_LOOK: Final = 0.03
_DIGITS: Final = 6
#: More bytes than any machine has.
_MOST_BYTES: Final = 10**15

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


class _Bytes(click.ParamType[int]):
    """A number of bytes such as 6GB or 500MB."""

    name = "size"
    _units: ClassVar = {"MB": 10**6, "GB": 10**9}

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(MB|GB)", value.strip().upper())
        if found is None:
            self.fail(f"{value} is no size such as 6GB or 500MB", param, ctx)
        size = float(found[1]) * self._units[found[2]]
        if size > _MOST_BYTES:
            self.fail(f"{value} is more than any machine has", param, ctx)
        return int(size)


class Means(TypedDict, total=False):
    """What a run may use, as the command is told it."""

    processes: int | None  #: as many as there are processors
    memory: int  #: bytes, of all processes together
    work: Path | None  #: where what is finished is kept; beside what is written
    engine: str  #: of ENGINES: what joins keys
    salted: bool  #: names in tokens that are equal only among people of one birth year, or of one day and month


@click.command()
@click.argument("known", metavar="A.csv", type=_FILE)
@click.argument("asked", metavar="B.csv", type=_FILE)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The pairs, as CSV.")
@click.option("--processes", type=click.IntRange(min=1), help="Work in so many processes; default: all cores.")
@click.option("--memory", type=_Bytes(), default="6GB", help="Use no more than this, such as 6GB; default: 6GB.")
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), help="Keep what is finished there.")
@click.option("--engine", type=click.Choice(list(ENGINES)), default="duckdb", help="What joins keys.")
@click.option("--salted", is_flag=True, help="Salt the tokens of names with birth dates.")
def link(known: Path, asked: Path, *, out: Path, **means: Unpack[Means]) -> None:
    """Find for everybody in B.csv who of A.csv may be the same human being.

    Columns: rec_id, given_name, family_name, sex, birth_date, birth_place, nationality, azr, phone; further ones are
    ignored, and all but rec_id may be missing. Written are id_a, id_b, probability (at least 0.01), grade (known,
    look for a human, or new) and counter, the grade that the counter would give, where twins and namesakes are at most
    looked at; the most probable first for each id_b. Names are compared as tokens under keys that end with the run. The
    same lists give the same pairs. A run that was broken off goes on with the same command; until then its keys and
    tokens lie in a folder beside PAIRS.csv, which its owner alone can read.
    """
    first, second, written = write_pairs(known, asked, out, **means)
    click.echo(f"{first} and {second} lines, {written} pairs written to {out}")


def write_pairs(known: Path, asked: Path, out: Path, **means: Unpack[Means]) -> tuple[int, int, int]:
    """Compare two lists and write the pairs; return how many lines the lists have, and how many pairs were written.

    Raises:
        ListRefused: one of the lists cannot be read; nothing is written.
        OutputRefused: the pairs cannot be written there.
        WorkRefused: what is finished cannot be kept where it should be.
        EngineMissing: what should join keys is not installed.
        MemoryRefused: so little memory is not enough for such lists.
    """
    check_output(out, (known, asked))
    counts = survey(known), survey(asked)
    processes, salted = means.get("processes") or len(os.sched_getaffinity(0)), means.get("salted", False)
    memory = database_share(means.get("memory", MEMORY), lines=sum(counts), processes=processes, salted=salted)
    store = partial(ENGINES[means.get("engine", "duckdb")](), memory=memory)
    claim = {"found": digest_of(known), "asked": digest_of(asked), "version": version(), "salted": str(salted)}
    folder = means.get("work") or out.with_name(f".{out.name}.work")
    with opened(folder, claim, salted=salted) as work, _said(folder):
        with (
            click.progressbar(length=sum(counts), label="folding", file=sys.stderr) as bar,
            prepared(read(known), read(asked), told=bar.update, processes=processes, store=store, work=work) as linking,
        ):
            bar.finish()
            files = _compared(linking, work)
        with whole(out) as file:
            written = _joined(files, file)
        work.forget()
    return *counts, written


@contextmanager
def _said(folder: Path) -> Iterator[None]:
    """Say, where a run is broken off, what of it stays and where."""
    is_done = False
    try:
        yield
        is_done = True
    finally:
        if not is_done:
            kept = "keeps keys and tokens of this run; the same command goes on there, or delete it"
            click.echo(f"{folder}: {kept}", err=True)
        elif folder.exists():
            click.echo(f"{folder}: is left, as files are in it that no run made; the keys are gone", err=True)


def _compared(linking: Linking, work: Work) -> list[Path]:
    """Compare all blocks that are not finished; return the files of all, in order."""
    files = {block: path for block in range(linking.blocks()) if (path := work.pairs(block))}
    with click.progressbar(length=linking.blocks(), label="comparing", file=sys.stderr) as bar:
        bar.update(len(files))
        learned = linking.learned()
        for compared in linking.compared(but=frozenset(files)):
            probabilities = learned.probabilities(compared.features, compared.asked)
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows(_rows(compared, probabilities, linking))
            files[compared.block] = work.keep_pairs(compared.block, text.getvalue())
            bar.update(1)
    return [files[block] for block in sorted(files)]


def _joined(files: list[Path], out: TextIO) -> int:
    """Write one file after the other below the names of the columns; return how many lines they have."""
    csv.writer(out, lineterminator="\n").writerow(HEADER)
    written = 0
    for path in files:
        with path.open(encoding="utf-8", newline="") as part:
            written += sum(1 for _ in csv.reader(part))
            part.seek(0)
            shutil.copyfileobj(part, out)
    return written


def _rows(
    compared: Compared, probabilities: NDArray[np.float64], linking: Linking
) -> Iterator[tuple[str, str, str, str, str]]:
    rounded = np.round(probabilities, _DIGITS)
    worth = np.flatnonzero(rounded >= LEAST)
    counter = grades(compared.evidence, bits_of(probabilities))
    order = np.lexsort((compared.found[worth], -rounded[worth], compared.asked[worth]))
    for at in worth[order]:
        probability = float(rounded[at])
        left, right = linking.left_ids[compared.found[at]], linking.right_ids[compared.asked[at]]
        yield left, right, f"{probability:.{_DIGITS}f}", grade_of(probability), str(counter[at])


def grade_of(probability: float) -> str:
    """Return known, look or new."""
    if probability >= MODEL.known:
        return KNOWN
    return LOOK if probability >= _LOOK else NEW

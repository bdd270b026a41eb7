"""Made-up refugees of nine origins at two offices: how many are found, for whom, and among how many strangers.

The weights were fitted on them, so these figures are kind; `tests/property/test_linkage_lists.py` asks about people
whom weights have not seen. The set lies beside the project and does not come with it.
"""

from __future__ import annotations

import csv
import os
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from registry.bench.figures import Figure
from registry.bench.judging import febrl, running
from registry.bench.judging.judged import Judged
from registry.folding.names import words_in
from registry.folding.sounds import ANY
from registry.linkage.comparison.model import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    #: Plain Splink: returns the pairs it believes in.
    Plain = Callable[..., list[tuple[str, str]]]

Line = dict[str, str]

FILE: Final = febrl.FOLDER.parent / "refugee_dev.csv"
#: So many stored people; the last only where the benchmark is asked for as many.
SIZES: Final = (10_000, 100_000, 1_000_000)
_USUAL_SIZES: Final = 2
_ASKED, _TWINS = 5_000, 200
_SEED: Final = 20_261_123


def figures(plain: Plain, persons: int) -> list[Figure]:
    """Return F1 of 10,000 without numbers and with all, ours beside Splink's.

    Args:
        plain: Splink.
        persons: up to how many stored people; at least 100,000.
    """
    sizes = SIZES if persons >= SIZES[-1] else SIZES[:_USUAL_SIZES]
    bare, every = (_figure(name, plain, numbered=numbered) for name, numbered in (("bare", False), ("all", True)))
    for size in sizes:
        bare.notes.update(_among(size))
    return [bare, every]


def refugees(*, numbered: bool) -> tuple[list[Line], list[Line]]:
    """Return the lines of the two offices.

    Args:
        numbered: with the numbers of offices and telephones.
    """
    with FILE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if not numbered:
        rows = [row | {"azr": "", "phone": ""} for row in rows]
    return [row for row in rows if row["agency"] == "A"], [row for row in rows if row["agency"] == "B"]


def _figure(name: str, plain: Plain, *, numbered: bool) -> Figure:
    left, right = refugees(numbered=numbered)
    with tempfile.TemporaryDirectory(prefix="einmal-bench-") as folder:
        judged, seconds = _linked(Path(folder), left, right)
        found = plain(Path(folder) / "A.csv", Path(folder) / "B.csv", threads=len(os.sched_getaffinity(0)))
        twins = _twins(Path(folder), left, right)
    people = {row["rec_id"]: row["person_id"] for row in (*left, *right)}
    theirs = 2 * sum(people[one] == people[other] for one, other in found) / (len(found) + judged.true)
    notes = {"seconds": seconds, "recall where 99 of 100 are right": judged.recall_at(0.99)}
    notes["calibration error"] = judged.calibration_error()
    for grade, chosen in (("known", judged.known()), ("known at the counter", np.flatnonzero(judged.counter))):
        notes[f"precision of {grade}"], notes[f"recall of {grade}"] = judged.precision_and_recall(chosen)
    origins = sorted(judged.by_origin(left, right).items())
    notes |= twins | {f"recall of {origin}": share for origin, share in origins}
    return Figure(f"link-refugees-{name}", 10_000 * judged.f1(), 10_000 * theirs, "of 10,000 (F1)", 1, notes)


def _twins(folder: Path, left: list[Line], right: list[Line]) -> dict[str, float]:
    """Return how many are taken for their twins, by the two grades."""
    judged, _ = _linked(folder, left, [*right, *twins_of(left)])
    late = judged.asked >= len(right)
    return {
        f"of {_TWINS} twins known": float((late & (judged.probability >= MODEL.known)).sum()),
        f"of {_TWINS} twins known at the counter": float((late & judged.counter).sum()),
    }


def _among(size: int) -> dict[str, float]:
    """Return precision and recall by the same rule where so many are stored, half of the office's and strangers."""
    chance = random.Random(_SEED)  # noqa: S311 - the same people each time, no secret
    left, right = refugees(numbered=False)
    stored = [row for row in left if int(row["person_id"][1:]) % 2]
    stored += strangers_like(left, size - len(stored), chance)
    with tempfile.TemporaryDirectory(prefix="einmal-bench-") as folder:
        judged, _ = _linked(Path(folder), stored, chance.sample(right, _ASKED))
    precision, recall = judged.precision_and_recall(judged.known())
    return {f"precision among {size}": precision, f"recall among {size}": recall}


def _linked(folder: Path, left: list[Line], right: list[Line]) -> tuple[Judged, float]:
    first, second, out = (folder / f"{name}.csv" for name in ("A", "B", "PAIRS"))
    for path, rows in ((first, left), (second, right)):
        febrl.write(path, rows)
    ran = running.linked(first, second, out=out)
    return Judged.read(out, left, right), ran.seconds


def strangers_like(people: list[Line], count: int, chance: random.Random) -> list[Line]:
    """Return people put together of others of one origin: given name, family name, place and date of one each."""
    by_origin: dict[str, list[Line]] = {}
    for row in people:
        by_origin.setdefault(row["origin"], []).append(row)
    return [_stranger(by_origin[chance.choice(people)["origin"]], f"S{at}", chance) for at in range(count)]


def _stranger(others: list[Line], number: str, chance: random.Random) -> Line:
    given, family, there, born, one = chance.choices(others, k=5)
    year, rest = born["birth_date"][:4], one["birth_date"][4:]
    date = f"{int(year) + chance.randint(-3, 3)}{rest or '-01-01'}" if year else ""
    said = {
        "given_name": given["given_name"],
        "family_name": family["family_name"],
        "birth_place": there["birth_place"],
    }
    return one | said | {"rec_id": number, "person_id": number, "birth_date": date, "azr": "", "phone": ""}


def twins_of(people: list[Line]) -> list[Line]:
    """Return twins of some: a given name of the same origin and sex that is no spelling of their own; no numbers."""
    chance = random.Random(_SEED)  # noqa: S311 - the same people each time, no secret
    twins = []
    for number, row in enumerate(chance.sample([row for row in people if row["given_name"]], _TWINS)):
        alike = [one for one in people if (one["origin"], one["sex"]) == (row["origin"], row["sex"])]
        own = _codes(f"{row['given_name']} {row['family_name']}")
        others = [one["given_name"] for one in alike if (codes := _codes(one["given_name"])) and own.isdisjoint(codes)]
        mark = f"T{number}"
        said = {"rec_id": mark, "person_id": mark, "given_name": chance.choice(others), "azr": "", "phone": ""}
        twins.append(row | said)
    return twins


def _codes(names: str) -> set[str]:
    return {code for word in words_in(names, ANY) for code in word.blurred}

"""FEBRL's made-up Australians as lists of people, and how many of them are found; nothing was fitted on them.

Febrl (P. Christen, ANU); the truth is in rec_id. The sets lie beside the project and do not come with it.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Final

from registry.linkage.batch.lists.people import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FOLDER: Final = Path(__file__).parents[4] / "shared" / "data" / "linkage" / "febrl"
#: A name for each comparison, the file it is read from, and whether all fields are compared.
SETS: Final = {"febrl4": ("4", False), "febrl4-all": ("4", True), "febrl3": ("3", False)}

Line = dict[str, str]


def lists(name: str) -> tuple[list[Line], list[Line]]:
    """Return two lists: FEBRL4's two files; FEBRL3's originals and the copies made of them.

    Args:
        name: one of SETS.
    """
    which, whole = SETS[name]
    if which == "4":
        first, second = (_lines(FOLDER / f"dataset4{half}.csv", whole=whole) for half in "ab")
        return first, second
    every = _lines(FOLDER / "dataset3.csv", whole=whole)
    return [row for row in every if _is_original(row)], [row for row in every if not _is_original(row)]


def write(path: Path, lines: Iterable[Line]) -> None:
    """Write a list as `registry link` reads it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def person_of(rec_id: str) -> str:
    """Return who a line is of: rec-1070-org and rec-1070-dup-0 are one."""
    return rec_id.split("-")[1]


def f1(pairs: Iterable[Mapping[str, str]], second: Iterable[Line]) -> float:
    """Return F1 of the pairs that are called known; everybody of the second list has one counterpart in the first.

    Args:
        pairs: rows as `registry link` writes them.
    """
    known = [row for row in pairs if row["grade"] == "known"]
    right = sum(person_of(row["id_a"]) == person_of(row["id_b"]) for row in known)
    return 2 * right / (len(known) + sum(1 for _ in second))


def _is_original(row: Line) -> bool:
    return row["rec_id"].endswith("org")


def _lines(path: Path, *, whole: bool) -> list[Line]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{name.strip(): text.strip() for name, text in row.items()} for row in csv.DictReader(file)]
    return [_line(row, whole=whole) for row in rows]


def _line(row: Line, *, whole: bool) -> Line:
    """Return a line by our columns: names, birth date, suburb; with all fields also the number and the address."""
    born = row["date_of_birth"]
    said = {
        "rec_id": row["rec_id"],
        "given_name": row["given_name"],
        "family_name": row["surname"],
        "birth_date": "-".join((born[:4], born[4:6], born[6:])) if born else "",
        "birth_place": row["suburb"],
    }
    if whole:
        said["birth_place"] = " ".join((row["suburb"], row["address_1"], row["address_2"]))
        said |= {"azr": row["soc_sec_id"], "phone": row["postcode"] + row["street_number"]}
    return dict.fromkeys(COLUMNS, "") | said

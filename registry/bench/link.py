"""`registry bench link`: lists of made-up people compared.

Two lists of ours beside a plain join in DuckDB and beside plain Splink, both on clear text; then lists whose truth is
known and that lie beside the project: refugees of nine origins, attested spellings, and FEBRL's people.
"""

from __future__ import annotations

import csv
import random
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from registry.bench.figures import Figure, alternate
from registry.bench.judging import compared, running
from registry.linkage.batch.lists.people import COLUMNS

if TYPE_CHECKING:
    from registry.config import Settings

RUNS: Final = 3
#: More lines than this are compared once.
_OFTEN: Final = 100_000
#: Lines of each list; half of the second list's people are in the first.
PERSONS: Final = 20_000
_SEED: Final = 20_261_123
_GIVEN: Final = (
    "Mohammad Ahmad Khalid Yusuf Ibrahim Hassan Hussein Mahmoud Nadir Karim Rashid Jamal Fatima Maryam Khadija Layla"
    " Zahra Sharifa Najwa Shirin Oleksandr Serhii Mykhailo Andrii Khrystyna Iryna Zhanna Selam Rahwa Senait Yohannes"
)
_SYLLABLES: Final = "ka ri sha zad ha mou ne bar za khi lo mir den ko va chen ru sto gha li tes fa we du ja far"
_PLACES: Final = "Aleppo Damascus Herat Kabul Mosul Asmara Keren Kyiv Kharkiv Odesa Mogadishu Homs"
_COUNTRIES: Final = ("SY", "IQ", "AF", "UA", "ER", "SO")
#: How offices spell the same sounds.
_SPELT: Final = (("sh", "sch"), ("kh", "ch"), ("ou", "u"), ("y", "j"), ("z", "s"), ("ee", "i"))
#: Equal dates and like names, or equal names: what one writes who has no linker.
_PLAIN: Final = """
    SELECT count(*), count(*) FILTER (WHERE a.rec_id[2:] = b.rec_id[2:])
    FROM read_csv($first, all_varchar = true) AS a JOIN read_csv($second, all_varchar = true) AS b
    ON a.birth_date = b.birth_date
    AND jaro_winkler_similarity(lower(a.family_name), lower(b.family_name)) >= 0.85
    AND jaro_winkler_similarity(lower(a.given_name), lower(b.given_name)) >= 0.8
"""


def run(_settings: Settings, persons: int = PERSONS) -> list[Figure]:
    """Measure lines of the second list per second, and how many of the people in both are recognised."""
    with tempfile.TemporaryDirectory(prefix="einmal-bench-") as folder:
        first, second, out = (Path(folder) / name for name in ("first.csv", "second.csv", "pairs.csv"))
        write_lists(first, second, persons)
        runs = RUNS if persons <= _OFTEN else 1
        peaks: list[int] = []
        ours, plain = alternate(
            partial(_ours, first, second, out=out, peaks=peaks), partial(_plain, first, second), runs=runs
        )
        (right, wrong), (joined_pairs, joined_right) = judged(out), joined(first, second)
        notes = {
            "recognised": right / (persons // 2),
            "wrong": wrong,
            "recognised by the join": joined_right / (persons // 2),
            "wrong of the join's": joined_pairs - joined_right,
            "most memory, GB": max(peaks) / 1e9,
        }
        figures = [Figure("link", persons / ours, persons / plain, "lines/s", runs, notes)]
        figures += _beside_splink(first, second, ours=ours, persons=persons)
    return figures + compared.people(persons) + compared.names() + compared.australians()


def _beside_splink(first: Path, second: Path, *, ours: float, persons: int) -> list[Figure]:
    splink = compared.splink()
    if splink is None:
        return []
    found, seconds = compared.timed(splink, first, second)
    right = sum(one[1:] == other[1:] for one, other in found)
    notes = {"recognised by Splink": right / (persons // 2), "wrong of Splink's": len(found) - right}
    return [Figure("link-splink", persons / ours, persons / seconds, "lines/s", 1, notes)]


def _ours(first: Path, second: Path, *, out: Path, peaks: list[int]) -> float:
    ran = running.linked(first, second, out=out)
    peaks.append(ran.peak_bytes)
    return ran.seconds


def _plain(first: Path, second: Path) -> float:
    start = time.perf_counter()
    joined(first, second)
    return time.perf_counter() - start


def joined(first: Path, second: Path) -> tuple[int, int]:
    """Return how many pairs a plain join finds, and how many of them are right."""
    with duckdb.connect(":memory:", config={"temp_directory": str(first.parent)}) as database:
        found = database.execute(_PLAIN, {"first": str(first), "second": str(second)}).fetchone()
    if found is None:
        raise RuntimeError("a count without a row")
    return int(found[0]), int(found[1])


def judged(out: Path) -> tuple[int, int]:
    """Return how many pairs that are called known are right, and how many are not."""
    with out.open(encoding="utf-8", newline="") as lines:
        known = [row for row in csv.DictReader(lines) if row["grade"] == "known"]
    right = sum(1 for row in known if row["id_a"][1:] == row["id_b"][1:])
    return right, len(known) - right


def write_lists(first: Path, second: Path, persons: int) -> None:
    """Write two lists of so many people each, of whom half are in both; equal lists each time."""
    chance = random.Random(_SEED)  # noqa: S311 - the same people each time, no secret
    people = [_person(chance) for _ in range(persons + persons // 2)]
    half = persons - persons // 2
    _write(first, [(f"A{at}", person) for at, person in enumerate(people[:persons])])
    _write(second, [(f"B{at}", _as_another_office(people[at], chance)) for at in range(half, half + persons)])


def _write(path: Path, lines: list[tuple[str, list[str]]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((number, *person, "", "") for number, person in lines)


def _person(chance: random.Random) -> list[str]:
    family = "".join(chance.choices(_SYLLABLES.split(), k=chance.choice((2, 3, 3)))).capitalize()
    day = "01-01" if chance.random() < 0.2 else f"{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    born = f"{chance.randint(1950, 2012)}-{day}"
    return [
        chance.choice(_GIVEN.split()),
        family,
        chance.choice("mf"),
        born,
        chance.choice(_PLACES.split()),
        chance.choice(_COUNTRIES),
    ]


def _as_another_office(person: list[str], chance: random.Random) -> list[str]:
    """Return the same person in other spellings, sometimes with another date or without a place."""
    given, family, sex, born, place, country = person
    for usual, other in _SPELT:
        if chance.random() < 0.5:
            given, family = given.replace(usual, other), family.replace(usual, other)
    if chance.random() < 0.1:
        born = f"{born[:4]}-01-01"
    return [given, family, sex, born, place if chance.random() < 0.8 else "", country]

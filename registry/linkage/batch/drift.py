"""Whether the shipped weights still fit: Splink learns from tokens of two lists, without truth, how often people agree.

    python -m registry.linkage.batch.drift A.csv B.csv --out DIR

Names and numbers are not compared: their levels and Splink's are not the same. What could not be learned is named.
DIR gets `drift.csv` (how often each level is met where two are one human being: as shipped, and as Splink finds it),
`model.json` (Splink's settings, to go on with) and charts. It needs the extra `batch`.
"""

from __future__ import annotations

import csv
import logging
from contextlib import suppress
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import duckdb
import numpy as np
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.internals.exceptions import EMTrainingException

from registry.linkage.batch.lists.encoding import Secrets
from registry.linkage.batch.lists.packing import (
    DAY,
    EXACT,
    FIRST_BLURRED,
    FIRST_SKELETON,
    NOTHING,
    PLACEHOLDER,
    YEAR,
    Merging,
)  # fmt: skip
from registry.linkage.batch.lists.reading import read
from registry.linkage.comparison.evidence import BIRTH_YEAR_COUNTS, LEVELS
from registry.linkage.comparison.model import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from registry.linkage.batch.lists.packing import Indexes, People, Tables, Tokens

_SEED: Final = 1
_RANDOM_PAIRS: Final = 1e6
#: Bits from which a level has moved so far that weights should be fitted anew: three times as often, or as rarely.
FAR: Final = 1.5
#: A level that is rarer before and now is learned too badly to tell.
_RARE: Final = 0.05
_YEAR_LEVELS: Final = (BIRTH_YEAR_COUNTS | {"digit", "same-year"}) - {"exact"}
#: Our levels, brought together as far as plain columns tell them apart: (Splink's column, label) -> ours.
_OURS: Final = {
    ("birth", "exact"): ("birth:exact",),
    ("birth", "year"): tuple(name for name in LEVELS[0] if name.removeprefix("birth:") in _YEAR_LEVELS),
    ("birth", "other"): tuple(
        name for name in LEVELS[0] if name.removeprefix("birth:") not in {*_YEAR_LEVELS, "exact"}
    ),
    ("place", "agrees"): ("place:exact", "place:sound", "place:spelling"),
    ("place", "other"): ("place:close", "place:contradicts"),
    ("sex", "agrees"): ("sex:agrees",),
    ("sex", "other"): ("sex:contradicts",),
    ("nationality", "agrees"): ("nationality:agrees",),
    ("nationality", "other"): ("nationality:contradicts",),
}
_SAME: Final = {
    "birth": (("exact", "day_l = day_r"), ("year", "year_l = year_r")),
    "place": (("agrees", "list_has_any(places_l, places_r)"),),
    "sex": (("agrees", "sex_l = sex_r"),),
    "nationality": (("agrees", "nationality_l = nationality_r"),),
}
_MISSING: Final = {
    "birth": "year_l IS NULL OR year_r IS NULL",
    "place": "len(places_l) = 0 OR len(places_r) = 0",
    "sex": "sex_l IS NULL OR sex_r IS NULL",
    "nationality": "nationality_l IS NULL OR nationality_r IS NULL",
}
_NAMES: Final = (
    ("two alike", "len(list_intersect(names_l, names_r)) >= 2"),
    ("two sound alike", "len(list_intersect(codes_l, codes_r)) >= 2"),
    ("one", "list_has_any(codes_l, codes_r)"),
)
_SURELY: Final = "l.day = r.day AND len(list_intersect(l.names, r.names)) >= 2"
#: Pairs that EM learns from: each rule leaves what the others fix free to differ, and has true pairs and others in it.
_RULES: Final = (
    "l.day = r.day AND list_has_any(l.codes, r.codes)",
    "len(list_intersect(l.names, r.names)) >= 3",
    "l.day = r.day AND l.nationality = r.nationality AND list_has_any(l.places, r.places)",
)


_LIST: Final = "SELECT coalesce(list(DISTINCT token), []) FROM fresh_{} WHERE owner = unique_id"


@dataclass(frozen=True, slots=True)
class Moved:
    """How often a level is met where two are one human being."""

    attribute: str
    level: str
    shipped: float
    found: float  #: by Splink in these lists

    @property
    def bits(self) -> float:
        """Return by how much a pair at this level is likelier now."""
        return log2(self.found / self.shipped)

    @property
    def is_far(self) -> bool:
        """Say whether it has moved so far that weights should be fitted anew."""
        return abs(self.bits) >= FAR and max(self.shipped, self.found) >= _RARE


def trained(first: Path, second: Path) -> Linker:
    """Return a linker of Splink that learned from tokens of two lists, by EM."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    database = duckdb.connect(":memory:", config={"temp_directory": ""})  # tokens go to no disk
    merging, sizes = Merging(), []
    packer = Secrets.fresh().packer()
    for path in (first, second):
        parts = [packer.pack(lines) for lines in read(path)]
        for part in parts:
            merging.add(*part)
        sizes.append(sum(len(people) for people, _ in parts))
    both, tables = merging.whole()
    api = DuckDBAPI(database)
    sides = []
    for name, people in zip(("found", "asked"), both.split(sizes[0]), strict=True):
        _stored(database, f"people_{name}", people, tables=tables)
        sides.append(api.register(f"people_{name}", dataset_display_name=name))
    linker = Linker(sides, _settings(), log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match([_SURELY], recall=0.5)
    linker.training.estimate_u_using_random_sampling(max_pairs=_RANDOM_PAIRS, seed=_SEED)
    for rule in _RULES:
        with suppress(EMTrainingException):  # no pairs: nothing is said of what only this rule could teach
            linker.training.estimate_parameters_using_expectation_maximisation(rule, record_sample_proportion=1.0)
    return linker


def moved(settings: dict[str, Any]) -> list[Moved]:
    """Return where lists differ from those on which the weights were fitted.

    Args:
        settings: of a trained linker, as Splink saves them.
    """
    found = []
    for comparison in settings["comparisons"]:
        attribute = comparison["output_column_name"]
        for level in comparison["comparison_levels"]:
            ours, m = _OURS.get((attribute, level["label_for_charts"])), level.get("m_probability")
            if ours is not None and m:
                found.append(Moved(attribute, level["label_for_charts"], sum(MODEL.levels[name] for name in ours), m))
    return found


def verdict(found: Iterable[Moved]) -> Iterator[str]:
    """Say what moved far, and of what nothing can be said; that weights fit, only of what was looked at."""
    levels = list(found)
    far = [f"{one.attribute} {one.level}" for one in levels if one.is_far]
    learned = {(one.attribute, one.level) for one in levels}
    unknown = [" ".join(level) for level in _OURS if level not in learned]
    if far:
        yield f"moved far: {', '.join(far)}; fit the weights anew"
    elif learned:
        yield f"the weights of {', '.join(dict.fromkeys(one.attribute for one in levels))} still fit"
    if unknown:
        yield f"not learned, so nothing is said of: {', '.join(unknown)}"
    yield "names and numbers were not compared"


def _settings() -> SettingsCreator:
    comparisons = [_comparison("names", "len(codes_l) = 0 OR len(codes_r) = 0", _NAMES)]
    comparisons += [_comparison(name, _MISSING[name], same) for name, same in _SAME.items()]
    return SettingsCreator(
        link_type="link_only", comparisons=comparisons, blocking_rules_to_generate_predictions=["l.day = r.day"]
    )


def _comparison(name: str, missing: str, same: Iterable[tuple[str, str]]) -> cl.CustomComparison:
    levels = [
        {"sql_condition": missing, "label_for_charts": "missing", "is_null_level": True},
        *({"sql_condition": condition, "label_for_charts": label} for label, condition in same),
        {"sql_condition": "ELSE", "label_for_charts": "other"},
    ]
    return cl.CustomComparison(levels, output_column_name=name)


def _stored(database: duckdb.DuckDBPyConnection, name: str, people: People, *, tables: Tables) -> None:
    """Make a table of people: one row each, with lists of tokens."""
    births = np.append(tables.births, np.full((1, tables.births.shape[1]), NOTHING), axis=0)[people.births]
    one = {
        "unique_id": np.arange(len(people)),
        "year": births[:, YEAR],
        "day": np.where(births[:, PLACEHOLDER] == 1, NOTHING, births[:, DAY]),
        "sex": people.sexes,
        "nationality": people.nationalities,
    }
    words, places = _rows(tables.words, people.words), _rows(tables.places, people.places)
    lists = {
        "names": words[:, :, EXACT],
        "codes": words[:, :, FIRST_SKELETON:FIRST_BLURRED],
        "places": places[:, :, FIRST_SKELETON:FIRST_BLURRED],
    }
    database.register("fresh", one)
    for column, tokens in lists.items():
        owners, columns = np.nonzero((flat := tokens.reshape(len(people), -1)) != NOTHING)
        database.register(f"fresh_{column}", {"owner": owners, "token": flat[owners, columns]})
    said = ", ".join(f"nullif({each}, {NOTHING}) AS {each}" for each in one if each != "unique_id")
    told = ", ".join(f"({_LIST.format(each)}) AS {each}" for each in lists)
    database.execute(f"CREATE TABLE {name} AS SELECT unique_id, {said}, {told} FROM fresh")  # noqa: S608 - our own names
    for each in ("fresh", *(f"fresh_{column}" for column in lists)):
        database.unregister(each)


def _rows(table: Tokens, places: Indexes) -> Tokens:
    return np.append(table, np.full((1, table.shape[1]), NOTHING), axis=0)[places]


@click.command()
@click.argument("first", metavar="A.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("second", metavar="B.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
def main(first: Path, second: Path, out: Path) -> None:
    """Compare how people agree in two lists with what the shipped weights expect."""
    linker = trained(first, second)
    out.mkdir(parents=True, exist_ok=True)
    found = moved(linker.misc.save_model_to_json(str(out / "model.json"), overwrite=True))
    with (out / "drift.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("attribute", "level", "shipped", "found", "bits"))
        for one in found:
            writer.writerow(
                (one.attribute, one.level, *(f"{number:.4f}" for number in (one.shipped, one.found, one.bits)))
            )
    if found:
        for name, chart in (
            ("weights", linker.visualisations.match_weights_chart()),
            ("agreement", linker.visualisations.m_u_parameters_chart()),
        ):
            chart.save_offline_chart(str(out / f"{name}.html"), overwrite=True, print_msg=False)
    for line in verdict(found):
        click.echo(line)


if __name__ == "__main__":
    main()

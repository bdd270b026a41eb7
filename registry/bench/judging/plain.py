"""Plain Splink as its handbook has it, on clear text, trained without truth: what lists are linked with elsewhere.

Import this only where the extra `batch` is installed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

if TYPE_CHECKING:
    from pathlib import Path

_SEED: Final = 1
_RANDOM_PAIRS: Final = 2e6
#: EM sees about so many pairs of a rule at the most.
_SEEN: Final = 5e6
#: From so many lines on, a date alone (so many are 1 January) or a given name and a year make more pairs than a
#: machine of ours can compare.
LONG: Final = 200_000
#: A list as strings, an empty one as nothing said; Splink wants the same columns on both sides.
_READ: Final = """
    SELECT rec_id AS unique_id, nullif(lower(given_name), '') AS given_name, nullif(lower(family_name), '') AS
    family_name, nullif(birth_date, '') AS birth_date, nullif(lower(birth_place), '') AS birth_place,
    nullif(nationality, '') AS nationality, nullif(sex, '') AS sex, nullif(azr, '') AS azr, nullif(phone, '') AS phone
    FROM read_csv($path, all_varchar = true)
"""
#: The best candidate of each line of the second list.
_BEST: Final = """
    SELECT unique_id_l, unique_id_r FROM {table}
    QUALIFY row_number() OVER (PARTITION BY unique_id_r ORDER BY match_probability DESC, unique_id_l) = 1
"""


def linked(first: Path, second: Path, *, threads: int) -> list[tuple[str, str]]:
    """Return the pairs that Splink calls more likely than not, the best for each line of the second list."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    where = str(first.parent)  # else it spills to where one stands
    with duckdb.connect(":memory:", config={"threads": threads, "temp_directory": where}) as database:
        api = DuckDBAPI(database)
        sides = []
        for name, path in (("a", first), ("b", second)):
            database.execute(f"CREATE TABLE lines_{name} AS {_READ}", {"path": str(path)})
            sides.append(api.register(f"lines_{name}", dataset_display_name=name))
        lines = database.execute("SELECT count(*) FROM lines_b").fetchall()[0][0]
        linker = Linker(sides, _settings(_said(database), lines), log_level=logging.ERROR)
        _train(linker)
        table = linker.inference.predict(threshold_match_probability=0.5).physical_name
        return database.execute(_BEST.format(table=table)).fetchall()


def _said(database: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the columns that are not empty throughout."""
    wanted = ("birth_place", "nationality", "sex", "azr", "phone")
    (counts,) = database.execute(f"SELECT {', '.join(f'count({name})' for name in wanted)} FROM lines_b").fetchall()  # noqa: S608 - our own names
    return [name for name, count in zip(wanted, counts, strict=True) if count]


def _settings(said: list[str], lines: int) -> SettingsCreator:
    others = {
        "birth_place": cl.JaroWinklerAtThresholds("birth_place", [0.9]).configure(term_frequency_adjustments=True),
        "nationality": cl.ExactMatch("nationality").configure(term_frequency_adjustments=True),
        "sex": cl.ExactMatch("sex"),
        "azr": cl.DamerauLevenshteinAtThresholds("azr", [1]),
        "phone": cl.ExactMatch("phone"),
    }
    numbers = [block_on(name) for name in ("azr", "phone") if name in said]
    return SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("family_name").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("birth_date", [1, 2]),
            *(others[name] for name in said),
        ],
        blocking_rules_to_generate_predictions=[*_rules(lines), *numbers],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )


def _rules(lines: int) -> list[object]:
    """Return which pairs Splink compares."""
    both = [
        block_on("given_name", "family_name"),
        "l.given_name = r.family_name AND l.family_name = r.given_name",
        "l.family_name = r.family_name AND l.birth_date[:4] = r.birth_date[:4]",
    ]
    if lines < LONG:
        return [*both, block_on("birth_date"), "l.given_name = r.given_name AND l.birth_date[:4] = r.birth_date[:4]"]
    return [*both, block_on("birth_date", "given_name"), block_on("birth_date", "birth_place")]


def _train(linker: Linker) -> None:
    surely = [block_on("given_name", "family_name", "birth_date")]
    linker.training.estimate_probability_two_random_records_match(surely, recall=0.4)
    linker.training.estimate_u_using_random_sampling(max_pairs=_RANDOM_PAIRS, seed=_SEED)
    for rule in (block_on("birth_date"), block_on("given_name", "family_name")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=_SEEN)

"""Splink, where it is installed, learns from tokens how people agree in two lists, and says where that has moved."""

from __future__ import annotations

import csv
import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from registry.bench.judging import compared
from registry.bench.link import write_lists

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(find_spec("splink") is None, reason="Splink is not installed (extra batch)"),
    pytest.mark.filterwarnings("ignore"),  # what Splink warns of is not ours
]
LINES = 3_000


def test_what_moved_is_named_and_what_did_not_is_not(tmp_path: Path) -> None:
    """Three of four lines of the second list say another sex than the first."""
    first, second = tmp_path / "A.csv", tmp_path / "B.csv"
    write_lists(first, second, LINES)
    with second.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    for at, row in enumerate(rows):
        if at % 4:
            row[3] = {"m": "f", "f": "m"}[row[3]]
    with second.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    drift = importlib.import_module("registry.linkage.batch.drift")
    result = CliRunner().invoke(drift.main, [str(first), str(second), "--out", str(tmp_path / "drift")])
    assert result.exit_code == 0, result.output
    assert "sex other" in result.output
    assert "nationality" not in result.output.splitlines()[0]
    assert result.output.endswith("names and numbers were not compared\n")
    assert {path.name for path in (tmp_path / "drift").iterdir()} == {
        "agreement.html", "drift.csv", "model.json", "weights.html",
    }  # fmt: skip
    assert "Barakzai" not in (tmp_path / "drift" / "model.json").read_text("utf-8")


def test_nothing_is_said_to_fit_that_was_not_learned(tmp_path: Path) -> None:
    """Lists that share nobody, and hardly a date, teach nothing."""
    first, second = tmp_path / "A.csv", tmp_path / "B.csv"
    for at, path in enumerate((first, second)):
        lines = [f"{number},Given{at}{number},Family{at}{number},19{number + 40 * at:02}-02-03" for number in range(39)]
        path.write_text("\n".join(("rec_id,given_name,family_name,birth_date", *lines)), encoding="utf-8")
    drift = importlib.import_module("registry.linkage.batch.drift")
    result = CliRunner().invoke(drift.main, [str(first), str(second), "--out", str(tmp_path / "drift")])
    assert result.exit_code == 0, result.output
    assert "not learned, so nothing is said of: birth exact" in result.output
    assert "birth still fit" not in result.output
    assert [one.name for one in (tmp_path / "drift").glob("*.html")] == []


def test_plain_splink_is_the_baseline_and_finds_most(tmp_path: Path) -> None:
    first, second = tmp_path / "A.csv", tmp_path / "B.csv"
    write_lists(first, second, LINES)
    plain = compared.splink()
    assert plain is not None
    found, _ = compared.timed(plain, first, second)
    assert sum(one[1:] == other[1:] for one, other in found) >= 0.8 * LINES / 2

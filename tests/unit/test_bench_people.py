"""The invented people that imports are measured with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from adapters.ba.mapping import record_of
from adapters.ba.reading import Profile
from adapters.bench import people
from adapters.contract import Record
from registry.bench.figures import Figure
from schemas.entries import EntryIn

if TYPE_CHECKING:
    from pathlib import Path


def test_the_same_numbers_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        people.write(tmp_path / name, persons=50, office="677")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_profiles_have_the_size_and_variety_of_real_ones() -> None:
    made = list(people.profiles(persons=400, office="677"))
    sizes = [len(json.dumps(one, ensure_ascii=False)) for one in made]
    assert 2000 < sum(sizes) / len(sizes) < 3500
    assert len({one["person"]["staatsangehoerigkeit"] for one in made}) >= 10
    assert len({(one["person"]["familienname"], one["person"]["vorname"]) for one in made}) > 300


def test_everybody_has_numbers_of_her_own_in_every_series() -> None:
    made = [one for series in (0, 1) for one in people.profiles(persons=1500, office="677", series=series)]
    assert len({one["refnr"] for one in made}) == len({one["kundennummer"] for one in made}) == len(made)


def test_every_profile_becomes_a_record_whose_entries_are_accepted() -> None:
    for line, document in enumerate(people.profiles(persons=60, office="677"), 1):
        record = record_of(Profile(line, document))
        assert isinstance(record, Record)
        for entry in record.entries:
            EntryIn().load(entry)


def test_a_figure_is_shown_beside_its_baseline() -> None:
    shown = Figure("import-memory", 150.0, 300.0, "MB", 3).document()
    assert shown == {
        "name": "import-memory", "ours": 150.0, "baseline": 300.0, "ratio": 0.5, "unit": "MB", "runs": 3,
    }  # fmt: skip

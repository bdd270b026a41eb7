"""Three offices hold the same five people in twelve appearances: imported, they are five; nothing knows the samples."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

import adapters.sandbox
from adapters.sandbox.story.caller import Caller
from registry.ops.embedded.quarters import vacate
from registry.ops.own_house import own_house
from tests.renamed import rename_all, renamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.own_house import Stack

SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"
TRUTH = SAMPLES / "people_truth.json"
KINDS = {"bamf": "bamf", "jc": "jobcenter", "ba": "ba"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One telling of the samples: what they are called, and who is who."""

    files: dict[str, Path]  #: original name -> file
    truth: list[list[tuple[str, str]]]  #: per person: surname and given name of each appearance


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="einmal-five-", dir="/var/tmp"))
    yield folder
    vacate(folder)
    shutil.rmtree(folder, ignore_errors=True)


def original(_folder: Path) -> Delivery:
    files = {path.name: path for path in SAMPLES.iterdir() if path != TRUTH}
    return Delivery(files, truth_of(TRUTH.read_text(encoding="utf-8")))


def in_other_names(folder: Path) -> Delivery:
    return Delivery(rename_all(SAMPLES, folder), truth_of(renamed(TRUTH.read_text(encoding="utf-8"))))


def truth_of(text: str) -> list[list[tuple[str, str]]]:
    people = json.loads(text)["people"]
    return [[(seen["surname"], seen["given"]) for seen in person["appearances"]] for person in people]


@pytest.mark.parametrize("telling", [original, pytest.param(in_other_names, marks=pytest.mark.long)])
def test_twelve_appearances_become_the_five_people_of_the_truth(home: Path, telling: Any) -> None:  # noqa: ANN401 - one of two functions
    with own_house(home / "house") as stack:
        delivery = telling(home)
        # each run has another order; whichever fails says it
        order = random.sample(sorted(delivery.files), len(delivery.files))
        reports, profiles = brought(stack, delivery, order)
        created = sum(report["created"] for report in reports)
        linked = sum(report["linked"] for report in reports)
        assert (created, linked, profiles) == (12, 7, 5), order
        assert [report["refused"] for report in reports] == [[]] * len(delivery.files)
        assert sorted(map(sorted, grouped(stack))) == sorted(map(sorted, delivery.truth)), order
        again, profiles = brought(stack, delivery, order[::-1])
        assert {(report["created"], report["updated"], report["linked"]) for report in again} == {(0, 0, 0)}, order
        assert (sum(report["unchanged"] for report in again), profiles) == (12, 5), order


def brought(stack: Stack, delivery: Delivery, order: list[str]) -> tuple[list[dict[str, Any]], int]:
    """Import the files one by one in this order, of their original names."""
    reports, profiles = [], 0
    for name in order:
        done = stack.command("import", KINDS[name.split("_")[0]], str(delivery.files[name]), "--json")
        assert done.returncode == 0, (name, order, done.stdout, done.stderr)
        report = json.loads(done.stdout)
        reports += report["files"]
        profiles = report["profiles"]
    return reports, profiles


def grouped(stack: Stack) -> list[list[tuple[str, str]]]:
    """Return for each person the names under which the offices keep her, as each office reads its own word."""
    with psycopg.connect(stack.database) as connection:
        rows = connection.execute("SELECT DISTINCT person_id::text, source_id::text FROM appearance").fetchall()
    tokens = {agency["id"]: agency["token"] for agency in stack.agencies}
    people: dict[str, list[tuple[str, str]]] = {}
    for person, source in rows:
        office = Caller(stack.api).signed_in(tokens[source])
        sections = office.get(f"/persons/{person}/profile?purpose=intake").document["sections"]
        identity = next(one["entries"] for one in sections if one["section"] == "identity")
        names = [entry["value"] for entry in identity if entry["kind"] == "identity.name"]
        current = [(name["family"], name["given"]) for name in names if name["form"] == "current"]
        people.setdefault(person, []).extend(current)
    return list(people.values())

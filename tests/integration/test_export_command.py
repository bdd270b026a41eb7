"""`registry export` beside a running registry: what comes out goes in again, and others' directories stay whole."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import adapters.sandbox
from registry.ops.embedded.quarters import vacate
from registry.ops.own_house import Stack, own_house

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"
PROFILES = [str(path) for path in sorted(SAMPLES.glob("ba_0*.json"))]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A registry into which BA's profiles were taken in."""
    home = Path(tempfile.mkdtemp(prefix="einmal-export-", dir="/tmp"))
    with own_house(home / "house") as running:
        taken_in = running.command("import", "ba", *PROFILES)
        assert taken_in.returncode == 0, taken_in.stderr
        yield running
    vacate(home / "house")
    shutil.rmtree(home)


def export(stack: Stack, agency: str, out: Path) -> dict[str, Any]:
    done = stack.command("export", agency, "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_what_comes_out_goes_in_again_and_changes_nothing(stack: Stack, tmp_path: Path) -> None:
    report = export(stack, "Agentur für Arbeit Stuttgart", tmp_path / "out")
    assert report["persons"] >= 1
    assert report["granted"] == 0
    files = sorted((tmp_path / "out").iterdir())
    assert report["files"] == [{"file": str(path), "bytes": path.stat().st_size} for path in files]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    again = stack.command("import", "ba", "--json", *map(str, files))
    outcomes = json.loads(again.stdout)["files"]
    assert sum(file["unchanged"] for file in outcomes) == report["persons"]
    assert sum(file["created"] + file["updated"] for file in outcomes) == 0


def test_a_second_export_takes_the_place_of_the_first_and_a_foreign_file_stops_it(stack: Stack, tmp_path: Path) -> None:
    first = export(stack, "677", tmp_path / "out")
    assert export(stack, "677", tmp_path / "out")["files"][0]["file"] == first["files"][0]["file"]
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    refused = stack.command("export", "677", "--out", str(tmp_path / "out"))
    assert (refused.returncode, "thesis.txt" in refused.stderr) == (1, True)
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_an_ambiguous_agency_is_answered_with_those_it_could_be(stack: Stack, tmp_path: Path) -> None:
    refused = stack.command("export", "Jobcenter", "--out", str(tmp_path / "out"))
    assert refused.returncode == 2
    assert "ambiguous" in refused.stderr
    assert refused.stderr.count("Jobcenter ") >= 2
    assert stack.command("export", "Finanzamt", "--out", str(tmp_path / "out")).returncode == 1


def test_an_agency_that_nobody_granted_anything_and_that_sent_nothing_gets_nobody(stack: Stack, tmp_path: Path) -> None:
    report = export(stack, "BAMF Nürnberg", tmp_path / "out")
    assert (report["persons"], report["granted"]) == (0, 0)
    assert "Alkhatib" not in "".join(path.read_text() for path in (tmp_path / "out").iterdir())

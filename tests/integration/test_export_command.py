"""`registry export` beside a running registry: what comes out goes in again, here and elsewhere, whole."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from adapters.sandbox.story.caller import Caller
from registry.ops.embedded.quarters import vacate
from registry.ops.own_house import Stack, own_house
from tests.agencies import stated

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping

#: Which office sends what: number, adapter, and how its samples begin. 35702 is a joint Jobcenter, which uses BA's.
OFFICES = {
    "677": ("ba", ("ba_02", "ba_03")),
    "35702": ("ba", ("ba_01",)),
    "34348": ("jobcenter", ("jc_01",)),
    "67748": ("jobcenter", ("jc_02", "jc_03")),
    "090000000000": ("bamf", ("bamf",)),
}


@dataclass(frozen=True, slots=True)
class Export:
    """What one office got."""

    report: Mapping[str, Any]
    files: list[Path]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="einmal-export-", dir="/tmp"))
    yield folder
    for house in ("house", "other"):
        vacate(folder / house)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def stack(home: Path) -> Iterator[Stack]:
    """A registry into which all offices brought their files."""
    with own_house(home / "house") as running:
        taken_in = bring(running, {number: samples(number) for number in OFFICES})
        assert sum(file["created"] for file in taken_in) == len(expected())
        yield running


@pytest.fixture(scope="module")
def exports(stack: Stack, home: Path) -> dict[str, Export]:
    """What each of the offices gets when everything was taken in."""
    return {number: export(stack, number, home / "out" / number) for number in OFFICES}


def samples(number: str) -> list[Path]:
    return [path for path in stated.SAMPLES if path.name.startswith(OFFICES[number][1])]


def bring(stack: Stack, files: Mapping[str, list[Path]]) -> list[dict[str, Any]]:
    """Have the import command take in files, which name their offices themselves; return its report on each."""
    reports = []
    for adapter in sorted({adapter for adapter, _ in OFFICES.values()}):
        theirs = [str(path) for number in files for path in files[number] if OFFICES[number][0] == adapter]
        done = stack.command("import", adapter, "--json", *theirs)
        assert done.returncode == 0, (done.stdout, done.stderr)
        reports += json.loads(done.stdout)["files"]
    return reports


def export(stack: Stack, agency: str, out: Path) -> Export:
    chosen = ("--adapter", OFFICES[agency][0]) if agency == "35702" else ()
    done = stack.command("export", agency, *chosen, "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr
    return Export(json.loads(done.stdout), sorted(out.iterdir()))


def expected() -> list[tuple[str, Counter[bytes]]]:
    """Return what each record of the samples states, and whose it is."""
    return [
        (number, stated.words(stated.statements(record)))
        for number in OFFICES
        for path in samples(number)
        for record in stated.records(path.name, path.read_bytes())
    ]


def held(stack: Stack) -> list[tuple[str, Counter[bytes]]]:
    """Return what stands of each appearance, as its office reads it at the interface, unmapped paths included."""
    with psycopg.connect(stack.database) as connection:
        offices: dict[str, str] = dict(connection.execute("SELECT id::text, number FROM agency").fetchall())
        rows = connection.execute(
            "SELECT a.source_id::text, a.person_id::text, a.id::text, array_agg(s.compartment)"
            " FROM appearance a JOIN sealed_compartment s ON s.appearance_id = a.id GROUP BY 1, 2, 3"
        ).fetchall()
    tokens = {agency["id"]: agency["token"] for agency in stack.agencies}
    found = []
    for source, person, appearance, compartments in rows:
        office = Caller(stack.api).signed_in(tokens[source])
        answers = [office.get(f"/persons/{person}/appearances/{appearance}/{one}").document for one in compartments]
        entries = [entry for answer in answers for entry in answer["entries"]]
        standing = [entry for entry in entries if entry["ended_at"] is None and entry["superseded_by"] is None]
        found.append((offices[source], stated.words(standing)))
    return found


def comparable(appearances: list[tuple[str, Counter[bytes]]]) -> list[tuple[str, list[tuple[bytes, int]]]]:
    return sorted((number, sorted(words.items())) for number, words in appearances)


def test_the_registry_holds_what_the_files_state(stack: Stack) -> None:
    assert comparable(held(stack)) == comparable(expected())


def test_what_comes_out_goes_in_again_and_changes_nothing(stack: Stack, exports: dict[str, Export]) -> None:
    before = comparable(held(stack))
    reports = bring(stack, {number: one.files for number, one in exports.items()})
    assert {(file["created"], file["linked"], file["conflicting"], len(file["refused"])) for file in reports} == {
        (0, 0, 0, 0)
    }
    assert sum(file["records"] for file in reports) == len(expected())
    assert comparable(held(stack)) == before
    changed = {Path(file["file"]).name for file in reports if file["updated"]}
    # what BAMF reported change by change comes back as an answer, and its answers list items section by section
    assert changed <= {"azr-auskunft.xml"}


def test_a_registry_that_knew_nobody_holds_the_same_after_it_took_in_what_came_out(
    stack: Stack, exports: dict[str, Export], home: Path
) -> None:
    with own_house(home / "other") as other:
        assert held(other) == []
        reports = bring(other, {number: one.files for number, one in exports.items()})
        assert sum(file["created"] for file in reports) == len(expected())
        assert comparable(held(other)) == comparable(held(stack))


def test_the_report_names_the_files_and_they_are_the_operators_alone(exports: dict[str, Export]) -> None:
    for one in exports.values():
        listed = [{"file": str(path), "bytes": path.stat().st_size} for path in one.files]
        assert one.report["files"] == listed
        assert (one.report["persons"] >= 1, one.report["granted"]) == (True, 0)
        assert {path.stat().st_mode & 0o777 for path in one.files} == {0o600}


def test_an_agency_learns_who_of_a_list_is_known_and_neither_who_it_is_nor_is_anything_recorded(
    stack: Stack, tmp_path: Path
) -> None:
    people, out = tmp_path / "people.csv", tmp_path / "answers.csv"
    people.write_text(
        "rec_id,given_name,family_name,birth_date,sex,nationality,azr\n"
        "a,Oleksandra,Schewtschuk,1984-11-07,f,UKR,\n"
        "b,Lesia,Kovtun,1991-02-03,f,UKR,\n"
        "c,Ahmad,,1990-00-00,m,SYR,\n"
        "d,,,,,,150923481207\n",
        encoding="utf-8",
    )
    before = comparable(held(stack))
    done = stack.command("known", str(people), "34348", "--out", str(out))
    assert done.returncode == 0, done.stderr
    with out.open(encoding="utf-8", newline="") as file:
        answers = {row["rec_id"]: row for row in csv.DictReader(file)}
    assert {one: row["grade"] for one, row in answers.items()} == {
        "a": "known",
        "b": "new",
        "c": "too-little",
        "d": "known",
    }
    assert {frozenset(row) for row in answers.values()} == {frozenset({"rec_id", "grade"})}, "and nothing else is said"
    assert comparable(held(stack)) == before
    with psycopg.connect(stack.database) as connection:
        told = connection.execute(
            "SELECT l.purpose, l.results, g.number FROM audit_line l JOIN run r ON r.id = l.run_id"
            " JOIN agency g ON g.id = r.agency_id WHERE l.event = 'match.asked' AND EXISTS"
            " (SELECT FROM audit_index i JOIN appearance a ON a.person_id = i.person_id WHERE i.line_id = l.id)"
        ).fetchall()
    assert [(purpose, number) for purpose, _, number in told] == [("intake", "34348")] * 2, "a line for each question"


def test_a_list_that_says_what_cannot_be_is_refused_whole_before_anybody_is_asked_about(
    stack: Stack, tmp_path: Path
) -> None:
    people, out = tmp_path / "people.csv", tmp_path / "answers.csv"
    people.write_text(
        "rec_id,given_name,family_name,birth_date\na,Lesia,Kovtun,1991-02-03\nb,Lesia,Kovtun,1991-13-03\n",
        encoding="utf-8",
    )
    done = stack.command("known", str(people), "34348", "--out", str(out))
    assert (done.returncode, out.exists()) == (1, False)
    assert "rec_id b: cannot be read: birth date" in done.stderr
    assert "Kovtun" not in done.stderr


def test_a_second_export_takes_the_place_of_the_first_and_a_foreign_file_stops_it(stack: Stack, tmp_path: Path) -> None:
    first = export(stack, "Agentur für Arbeit Stuttgart", tmp_path / "out")
    assert export(stack, "677", tmp_path / "out").files == first.files
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


def test_an_agency_that_nobody_granted_anything_gets_its_own_people_alone_in_its_kinds_format(
    stack: Stack, tmp_path: Path
) -> None:
    got = export(stack, "Jobcenter Köln", tmp_path / "out")
    assert (got.report["persons"], got.report["granted"]) == (1, 0)
    assert [path.name for path in got.files] == ["persons.csv"]
    assert b"Schewtschuk" not in b"".join(path.read_bytes() for path in got.files)

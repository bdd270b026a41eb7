"""`registry import` beside a running registry, and where none runs; its processes may die in between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
import pytest

import adapters.sandbox
from registry.ops.embedded.quarters import vacate

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-P", "-m", "registry.cli.main"]
SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"
PROFILES = [str(path) for path in sorted(SAMPLES.glob("ba_*.json"))]
#: Records of a file that takes some seconds.
MANY = 600
FIELDS = {
    "file", "records", "created", "linked", "unchanged", "updated", "conflicting", "refused", "unmapped", "warnings",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stack:
    """A running registry, and the command line beside it."""

    home: Path

    def environment(self) -> dict[str, str]:
        """Return what a fresh shell has, with this home."""
        inherited = {name: os.environ[name] for name in ("PATH", "PG_BINDIR") if name in os.environ}
        return inherited | {"REGISTRY_HOME": str(self.home), "WEB_PORT": "18631", "WEB_WORKERS": "1"}

    def bring(self, *arguments: str, status: int = 0) -> dict[str, Any]:
        """Import files and return the report."""
        done = self.command("import", "ba", "--json", *arguments)
        assert done.returncode == status, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [*COMMAND, *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            timeout=200,
        )

    def importing(self, path: Path) -> subprocess.Popen[bytes]:
        """Begin to import a file."""
        command = [*COMMAND, "import", "ba", str(path), "--json"]
        return subprocess.Popen(command, env=self.environment(), stdout=subprocess.PIPE, cwd="/")

    def start(self) -> subprocess.Popen[str]:
        """Start the registry and wait until it is ready."""
        stack = subprocess.Popen(
            [*COMMAND, "up", "--dev", "--json"], env=self.environment(), stdout=subprocess.PIPE, text=True, cwd="/"
        )
        assert stack.stdout is not None
        assert json.loads(stack.stdout.readline())["ready"] is True
        return stack

    def note(self) -> dict[str, Any]:
        """Return what the registry noted about itself."""
        note: dict[str, Any] = json.loads((self.home / "run.json").read_text())
        return note


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="einmal-import-", dir="/tmp"))
    yield path
    vacate(path)
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def stack(home: Path) -> Iterator[Stack]:
    running = Stack(home)
    process = running.start()
    assert process.stdout is not None
    try:
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stdout.close()


@pytest.fixture
def many(tmp_path: Path) -> Path:
    document = json.loads(Path(PROFILES[1]).read_text(encoding="utf-8"))
    path = tmp_path / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(MANY):
            file.write(json.dumps(document | {"refnr": f"many-{number}"}) + "\n")
    return path


def test_the_three_samples_become_three_persons_and_again_nothing(stack: Stack) -> None:
    first, second = stack.bring(*PROFILES), stack.bring(*PROFILES)
    assert [file["file"] for file in first["files"]] == PROFILES
    assert all(set(file) == FIELDS for file in first["files"])
    assert [file["created"] for file in first["files"]] == [1, 1, 1]
    assert [file["unchanged"] for file in second["files"]] == [1, 1, 1]
    assert first["profiles"] == second["profiles"] == 3
    assert {"path": "/veroeffentlichung/einwilligung", "kept": True} in first["files"][0]["unmapped"]


def test_refused_files_say_why_and_do_not_keep_the_others_out(stack: Stack, tmp_path: Path) -> None:
    contents = {
        "cut": Path(PROFILES[0]).read_text(encoding="utf-8")[:900],
        "nobody": '{"refnr": "1", "person": {"familienname": "X"}}',
        "unknown": '{"refnr": "1", "person": {"familienname": "X"}, "dienststelle": {"nummer": "99999"}}',
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    report = stack.bring(PROFILES[2], *(str(tmp_path / name) for name in contents), status=1)
    good, *refused = report["files"]
    assert good["records"] == 1
    assert [file["refused"][0]["code"] for file in refused] == ["json.truncated", "sender.missing", "sender.unknown"]
    assert "99999" in refused[2]["refused"][0]["reason"]
    assert "--agency" in refused[2]["refused"][0]["reason"]
    agency = next(agency["id"] for agency in stack.note()["agencies"] if agency["kind"] == "ba")
    assert stack.bring(str(tmp_path / "nobody"), "--agency", agency)["files"][0]["created"] == 1


def test_an_import_survives_the_death_of_the_keeper_in_its_middle_and_is_repeatable(stack: Stack, many: Path) -> None:
    """Some batches are stored, some are not, and one may be sealed without ever being stored."""
    stack.bring(*PROFILES)
    with psycopg.connect(stack.note()["database"], autocommit=True) as database, stack.importing(many) as importing:
        before = records(database)
        while records(database) == before:
            assert importing.poll() is None, "nothing was imported"
            time.sleep(0.01)
        psutil.Process(stack.note()["processes"]["keeper"]).kill()
        assert records(database) < before + MANY, "the import was over before the keeper died"
        assert importing.stdout is not None
        report = json.loads(importing.stdout.read())
        assert records(database) == before + MANY
    (file,) = report["files"]
    assert (file["records"], file["created"] + file["unchanged"], file["refused"]) == (MANY, MANY, [])
    assert stack.bring(str(many))["files"][0]["unchanged"] == MANY


def records(database: psycopg.Connection[tuple[int]]) -> int:
    row = database.execute("SELECT count(*) FROM appearance").fetchone()
    assert row is not None
    return row[0]


def test_the_human_report_names_files_counts_and_persons(stack: Stack) -> None:
    done = stack.command("import", "ba", *PROFILES)
    assert done.returncode == 0
    assert f"{PROFILES[0]}: 1 records" in done.stdout
    assert "kept for the source and the person alone" in done.stdout
    assert "Persons in the registry:" in done.stdout


def test_an_unknown_kind_is_answered_with_the_known_ones(stack: Stack) -> None:
    done = stack.command("import", "post", PROFILES[0])
    assert done.returncode == 2
    assert "installed are: ba" in done.stderr


def test_sessions_are_kept_for_their_owner_alone(stack: Stack) -> None:
    stack.bring(PROFILES[0])
    kept = list((stack.home / "sessions").iterdir())
    assert kept
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_sessions_that_ran_out_are_removed_from_the_disk(stack: Stack) -> None:
    stack.bring(PROFILES[0])
    (kept, *_) = (stack.home / "sessions").glob("*.json")
    over, formless = kept.with_name("over@x.json"), kept.with_name("formless@x.json")
    over.write_text(json.dumps({"token": "00", "ends_at": "2026-01-01T00:00:00+00:00"}))
    formless.write_text(json.dumps({"token": "00"}))
    stack.bring(PROFILES[0])
    assert (kept.exists(), over.exists(), formless.exists()) == (True, False, False)


def test_logs_hold_no_word_of_a_profile(stack: Stack) -> None:
    """style.md, section 8: identifiers and counts only."""
    stack.bring(*PROFILES)
    for path in (stack.home / "logs").iterdir():
        content = path.read_text(encoding="utf-8", errors="replace")
        assert not [name for name in ("Alkhatib", "Shevchuk", "Rojda", "215D774102", "Kurmandschi") if name in content]


def test_where_nothing_runs_the_registry_is_started_for_the_import() -> None:
    home = Path(tempfile.mkdtemp(prefix="einmal-import-", dir="/tmp"))
    try:
        report = Stack(home).bring(*PROFILES)
        assert report["profiles"] == 3
        assert not (home / "run.json").exists()
    finally:
        vacate(home)
        shutil.rmtree(home)

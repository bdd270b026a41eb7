"""`registry demo`, run as anybody would: it tells its story, says what did not hold, and leaves nothing running."""

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
import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from registry.ops.embedded.quarters import vacate

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-P", "-m", "registry.cli.main", "demo", "--json"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A home in which stories are told."""

    home: Path

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a story, with what a fresh shell has."""
        names = ("PATH", "PG_BINDIR", "COVERAGE_PROCESS_CONFIG")
        inherited = {name: os.environ[name] for name in names if name in os.environ}
        return subprocess.Popen(
            [*COMMAND, *arguments],
            env=inherited | {"REGISTRY_HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )

    def running(self) -> dict[str, Any]:
        """Return what the story's registry noted about itself, as soon as it is ready."""
        note = self.home / "demo" / "run.json"
        end = time.monotonic() + 120
        while not note.exists():
            assert time.monotonic() < end
            time.sleep(0.1)
        content: dict[str, Any] = json.loads(note.read_text())
        return content


@pytest.fixture
def stage() -> Iterator[Stage]:
    home = Path(tempfile.mkdtemp(prefix="einmal-demo-", dir="/tmp"))
    yield Stage(home)
    vacate(home / "demo")
    shutil.rmtree(home)


def left_of(note: dict[str, Any]) -> list[int]:
    """Return which of a registry's processes live once they had the time to end."""
    pids = [note["pid"], *note["processes"].values()]
    living = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    _, alive = psutil.wait_procs(living, timeout=60)
    return [process.pid for process in alive]


def test_the_whole_story_holds_and_leaves_receipt_and_keys_and_nothing_running(stage: Stage, tmp_path: Path) -> None:
    """Design, sections 11 and 12."""
    story = stage.begin("--artifacts", str(tmp_path / "left"))
    note = stage.running()
    said, complaints = story.communicate(timeout=240)
    report = json.loads(said)
    checks = [check for step in report["steps"] for check in step["checks"]]
    assert [check for check in checks if not check["ok"]] == [], complaints
    assert report["ok"] is True
    assert story.returncode == 0
    assert len(checks) >= 20
    assert {frozenset(check) for check in checks} == {frozenset({"what", "expected", "seen", "ok"})}
    assert all(check["expected"] == check["seen"] for check in checks)
    assert left_of(note) == []
    assert not (stage.home / "demo" / "run.json").exists()
    keys = KeySet.import_key_set(json.loads((tmp_path / "left" / "jwks.json").read_bytes()))
    receipt = (tmp_path / "left" / "receipt.jws").read_bytes()
    assert json.loads(jws.deserialize_compact(receipt, keys, algorithms=["Ed25519"]).payload)["reg:grant"]


@pytest.mark.long
def test_a_story_whose_registry_dies_is_reported_step_by_step_and_ends_with_status_1(stage: Stage) -> None:
    story = stage.begin()
    note = stage.running()
    os.kill(note["pid"], signal.SIGKILL)
    said, _ = story.communicate(timeout=240)
    report = json.loads(said)
    assert story.returncode == 1
    assert report["ok"] is False
    broken, last = next(step for step in report["steps"] if not step["ok"]), report["steps"][-1]
    assert broken["checks"][-1]["ok"] is False
    assert [check["what"] for check in last["checks"]] == ["the step is reached"]
    assert left_of(note) == []


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, marks=pytest.mark.long),
        signal.SIGTERM,
        pytest.param(signal.SIGKILL, marks=pytest.mark.long),
    ],
    ids=lambda number: number.name,
)
def test_an_interrupted_story_stops_what_it_started(stage: Stage, number: signal.Signals) -> None:
    story = stage.begin()
    note = stage.running()
    story.send_signal(number)
    story.communicate(timeout=120)
    assert story.returncode != 0
    assert left_of(note) == []


def test_a_directory_that_no_demo_made_is_left_alone(stage: Stage) -> None:
    (stage.home / "demo").mkdir()
    (stage.home / "demo" / "thesis.txt").write_text("three years of work")
    story = stage.begin()
    _, complaint = story.communicate(timeout=60)
    assert story.returncode == 1
    assert "not made here" in complaint
    assert (stage.home / "demo" / "thesis.txt").read_text() == "three years of work"


@pytest.mark.long
def test_two_stories_in_one_home_do_not_disturb_each_other(stage: Stage) -> None:
    first = stage.begin()
    stage.running()
    second = stage.begin()
    _, complaint = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "another run uses" in complaint
    said, _ = first.communicate(timeout=240)
    assert json.loads(said)["ok"] is True

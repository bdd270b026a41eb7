"""What works once works again: the story three times in a row, and everything after each process was killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

import adapters.sandbox
from adapters.sandbox.story.caller import Caller
from registry.ops.embedded.quarters import vacate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND = (sys.executable, "-P", "-m", "registry.cli.main")
SAMPLE = Path(adapters.sandbox.__file__).parent / "samples" / "ba_02_bewerberprofil_shevchuk.json"
#: Seconds until whatever a killed process did is done by its successor; a server first replays its log.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Shell:
    """A command line with a home of its own."""

    home: Path

    def environment(self) -> dict[str, str]:
        """Return what a fresh shell has."""
        names = ("PATH", "PG_BINDIR", "COVERAGE_PROCESS_CONFIG")
        inherited = {name: os.environ[name] for name in names if name in os.environ}
        return inherited | {"REGISTRY_HOME": str(self.home), "WEB_PORT": "18841", "WEB_WORKERS": "1"}

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [*COMMAND, *arguments], env=self.environment(), capture_output=True, text=True, check=False, timeout=280
        )

    @contextmanager
    def up(self) -> Iterator[dict[str, Any]]:
        """Run the registry for a block, which gets its line."""
        command = [*COMMAND, "up", "--dev", "--json"]
        with subprocess.Popen(command, env=self.environment(), stdout=subprocess.PIPE, text=True) as stack:
            try:
                assert stack.stdout is not None
                yield json.loads(stack.stdout.readline())
            finally:
                stack.send_signal(signal.SIGTERM)
                stack.wait(60)

    def process(self, name: str) -> int | None:
        """Return the number of a process of the running registry."""
        pid: int | None = json.loads((self.home / "run.json").read_text())["processes"].get(name)
        return pid


@pytest.fixture
def shell() -> Iterator[Shell]:
    home = Path(tempfile.mkdtemp(prefix="einmal-again-", dir="/tmp"))
    yield Shell(home)
    for house in (home, home / "demo"):
        vacate(house)
    shutil.rmtree(home)


def soon(holds: Callable[[], bool]) -> bool:
    """Wait until a statement holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_demo_is_green_three_times_in_a_row(shell: Shell) -> None:
    for _ in range(3):
        told = shell.command("demo", "--json")
        report = json.loads(told.stdout)
        failed = [check for step in report["steps"] for check in step["checks"] if not check["ok"]]
        assert (failed, report["ok"], told.returncode) == ([], True, 0), told.stderr


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_after_the_death_of_each_process_imports_and_readings_work_again(shell: Shell) -> None:
    """Killed in turn, from servers to workers; its successor does the same work."""
    with shell.up() as line:
        assert imports(shell)
        office = next(agency for agency in line["agencies"] if agency["kind"] == "ba")
        reads = reading(line, office)
        assert reads()
        for name in line["processes"]:
            killed = shell.process(name)
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            assert soon(partial(is_replaced, shell, name, killed)), name
            assert soon(reads), name
            assert soon(partial(imports, shell)), name


def is_replaced(shell: Shell, name: str, killed: int) -> bool:
    return shell.process(name) not in {None, killed}


def imports(shell: Shell) -> bool:
    """Import the sample; say whether it is in, now or before."""
    done = shell.command("import", "ba", str(SAMPLE), "--json")
    if done.returncode:
        return False
    (file,) = json.loads(done.stdout)["files"]
    return bool(file["created"] + file["unchanged"] == 1)


def reading(line: dict[str, Any], office: dict[str, str]) -> Callable[[], bool]:
    """Return a question to the interface: what this office itself said about the person."""
    with psycopg.connect(line["database"]) as database:
        found = database.execute("SELECT person_id FROM appearance WHERE source_id = %s", [office["id"]]).fetchone()
    assert found is not None
    return partial(is_read, Caller(line["api"], office["token"]), f"/persons/{found[0]}/profile?purpose=intake")


def is_read(desk: Caller, path: str) -> bool:
    try:
        answer = desk.get(path)
    except OSError:
        return False
    return answer.status == 200 and any(section["entries"] for section in answer.document["sections"])

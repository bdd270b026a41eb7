"""`registry up`: one command starts everything, and nothing short of a signal ends it."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import psycopg
import pytest

from registry.config import Settings, default_run_dir
from registry.errors import OperationError
from registry.ops.embedded.quarters import vacate
from registry.ops.stack import attach
from tests.conftest import DatabasePair

COMMAND = [sys.executable, "-P", "-m", "registry.cli.main"]


@dataclass(frozen=True, slots=True)
class House:
    """A home of its own, and the commands that run in it."""

    home: Path

    def environment(self) -> dict[str, str]:
        """Return what a fresh shell has, with this home and a port that others rarely use."""
        names = ("PATH", "PG_BINDIR", "COVERAGE_PROCESS_CONFIG")
        inherited = {name: os.environ[name] for name in names if name in os.environ}
        return inherited | {"REGISTRY_HOME": str(self.home), "WEB_PORT": "18431", "WEB_WORKERS": "1"}

    def up(self, settings: dict[str, str] | None = None, *, dev: bool = True) -> subprocess.Popen[str]:
        """Start the stack, with further settings."""
        return subprocess.Popen(
            [*COMMAND, "up", "--json", *(["--dev"] if dev else [])],
            env=self.environment() | (settings or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )

    def make_key(self) -> None:
        """Make a root key as an operator does who wants no demo sign-ins."""
        (self.home / "keys").mkdir()
        (self.home / "keys" / "root.key").write_bytes(os.urandom(32))
        (self.home / "keys" / "root.key").chmod(0o400)

    def note(self) -> dict[str, Any]:
        """Return what the stack noted about itself."""
        content: dict[str, Any] = json.loads((self.home / "run.json").read_text())
        return content


def line_of(stack: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the line that says that the stack is ready."""
    assert stack.stdout is not None
    text = stack.stdout.readline()
    if not text:
        assert stack.stderr is not None
        pytest.fail(f"registry up ended: {stack.stderr.read()}")
    line: dict[str, Any] = json.loads(text)
    return line


def answers(url: str) -> bool:
    """Whether the pages answer."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def replaced(house: House, name: str, pid: int) -> bool:
    """Whether another process does the work of a killed one."""
    return bool(house.note()["processes"].get(name, pid) != pid)


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Wait until a statement holds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False


def ended(stack: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> int:
    """End the stack and close what we read from."""
    if stack.poll() is None:
        stack.send_signal(number)
    code = stack.wait(60)
    for stream in (stack.stdout, stack.stderr):
        if stream is not None:
            stream.close()
    return code


@pytest.fixture
def house() -> Iterator[House]:
    """An empty home that only its owner can enter, removed with what it keeps elsewhere."""
    home = Path(tempfile.mkdtemp(prefix="einmal-test-", dir="/tmp"))
    yield House(home)
    vacate(home)
    shutil.rmtree(home)


def test_the_stack_starts_survives_every_death_and_ends_in_order(house: House) -> None:
    """Each process is killed in turn; it comes back with another number, and the pages answer again."""
    stack = house.up()
    try:
        line = line_of(stack)
        assert {"ready", "web", "api", "database", "shred", "processes", "agencies", "warnings"} == line.keys()
        assert {"postgres-main", "postgres-shred", "web"} <= line["processes"].keys()
        assert answers(line["web"])
        with psycopg.connect(line["database"]) as main, psycopg.connect(line["shred"]) as shred:
            for connection in (main, shred):
                assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)
        for name in line["processes"]:
            assert eventually(partial(replaced, house, name, 0)), name
            pid = house.note()["processes"][name]
            os.kill(pid, signal.SIGKILL)
            assert eventually(partial(replaced, house, name, pid)), name
            assert eventually(partial(answers, line["web"])), name
        left = [psutil.Process(pid) for pid in house.note()["processes"].values()]
    finally:
        assert ended(stack) == 0
    assert [process for process in left if process.is_running()] == []
    assert not (house.home / "run.json").exists()


def test_a_killed_supervisor_takes_its_processes_along_and_the_next_start_works(house: House) -> None:
    first = house.up()
    line = line_of(first)
    ended(first, signal.SIGKILL)
    second = house.up()
    try:
        again = line_of(second)
        assert answers(again["web"])
        assert not [pid for pid in line["processes"].values() if pid in again["processes"].values()]
        assert again["web"] == line["web"]
    finally:
        ended(second)
    alive = [pid for pid in line["processes"].values() if psutil.pid_exists(pid)]
    assert alive == []


@pytest.mark.long
def test_two_starts_at_once_end_with_one_stack(house: House) -> None:
    one, other = house.up(), house.up()
    try:
        lines = [line_of(one), line_of(other)]
        assert lines[0]["processes"] == lines[1]["processes"]
        assert eventually(lambda: None in {one.poll(), other.poll()} and 0 in {one.poll(), other.poll()})
    finally:
        ended(one)
        ended(other)


def test_an_interrupt_ends_everything_with_success_and_leaves_nothing_readable(house: House) -> None:
    stack = house.up()
    line = line_of(stack)
    assert ended(stack, signal.SIGINT) == 0
    assert [pid for pid in line["processes"].values() if psutil.pid_exists(pid)] == []
    private = [house.home / part for part in ("keys", "secrets", "logs", "keys/root.key", "secrets/roles.json")]
    assert [path for path in private if path.stat().st_mode & 0o077] == []
    assert not default_run_dir(house.home).exists()


@pytest.mark.long
def test_beside_a_running_stack_a_command_finds_it_and_a_second_start_says_where(house: House) -> None:
    stack = house.up()
    try:
        line = line_of(stack)
        again = subprocess.run(
            [*COMMAND, "up", "--dev"], env=house.environment(), capture_output=True, text=True, check=False
        )
        assert again.returncode == 0
        assert "runs already" in again.stdout
        assert line["web"] in again.stdout
        assert "DEVELOPMENT" in again.stdout
        attached = attach(Settings.from_env(house.environment()))
        with psycopg.connect(attached.database_url) as connection:
            user = connection.execute("select current_user").fetchone()
        assert user is not None
        assert str(user[0]).endswith("_cli")
    finally:
        ended(stack)
    with pytest.raises(OperationError, match="nothing runs"):
        attach(Settings.from_env(house.environment()))


def test_given_databases_are_used_instead_of_embedded_servers(house: House, empty_pair: DatabasePair) -> None:
    """Then the addresses are the owner's: roles and tables are made there (design, section 3)."""
    given = {"ENV": "test", "DATABASE_URL": empty_pair.main_url(), "SHRED_DATABASE_URL": empty_pair.shred_url()}
    stack = house.up(given)
    try:
        line = line_of(stack)
        assert answers(line["web"])
        assert not [name for name in line["processes"] if name.startswith("postgres")]
        with psycopg.connect(empty_pair.main_url()) as connection:
            assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)
    finally:
        assert ended(stack) == 0
    assert not (house.home / "postgres").exists()


def test_an_agency_gets_a_worker_and_loses_it_again(house: House) -> None:
    stack = house.up()
    try:
        line = line_of(stack)
        agency = line["agencies"][0]["id"]
        worker = f"worker-{agency}"
        assert worker in line["processes"]
        with psycopg.connect(line["database"], autocommit=True) as connection:
            connection.execute("update agency set status = 'closed' where id = %s", [agency])
            assert eventually(lambda: worker not in house.note()["processes"])
            connection.execute("update agency set status = 'active' where id = %s", [agency])
            assert eventually(lambda: worker in house.note()["processes"])
    finally:
        ended(stack)


def test_without_dev_too_a_start_says_which_promises_do_not_hold_under_one_user(house: House) -> None:
    """Design, section 3."""
    house.make_key()
    stack = house.up(dev=False)
    try:
        line = line_of(stack)
        again = subprocess.run(
            [*COMMAND, "up"], env=house.environment(), capture_output=True, text=True, check=False, timeout=100
        )
    finally:
        assert ended(stack) == 0
    (warning,) = line["warnings"]
    assert "one user" in warning
    assert "nothing opens without a line" in warning
    assert warning in " ".join(again.stdout.split())
    assert "DEVELOPMENT" not in again.stdout
    assert line["agencies"] == []


def test_a_forged_agency_gets_no_worker(house: House) -> None:
    """Whoever writes into the main database starts no process: the keeper did not vouch for the row."""
    stack = house.up()
    try:
        line = line_of(stack)
        forged, honest = uuid4(), line["agencies"][0]["id"]
        with psycopg.connect(line["database"], autocommit=True) as connection:
            columns = "name, kind, created_at, mac"
            connection.execute(
                f"insert into agency (id, status, {columns}) select %s, 'active', {columns} from agency where id = %s",  # noqa: S608 - our own words
                [forged, honest],
            )
            connection.execute("update agency set status = 'closed' where id = %s", [honest])
            assert eventually(lambda: f"worker-{honest}" not in house.note()["processes"]), "the rows were looked at"
        assert f"worker-{forged}" not in house.note()["processes"]
    finally:
        ended(stack)


def test_the_command_lists_what_packages_add() -> None:
    outcome = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=True)
    listed = [line.split()[0] for line in outcome.stdout.split("Commands:")[1].splitlines() if line.strip()]
    assert {"up", "import"} <= set(listed)
    assert "process" not in listed


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"DATABASE_URL": "postgresql:///x"}, "ENV is missing"),
        ({"ENV": "production"}, "--dev"),
        ({"WEB_HOST": "0.0.0.0"}, "this machine only"),  # noqa: S104 - what is to be refused
    ],
)
def test_contradictory_settings_are_one_message_and_no_start(
    house: House, settings: dict[str, str], words: str
) -> None:
    outcome = subprocess.run(
        [*COMMAND, "up", "--dev"], env=house.environment() | settings, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 1
    assert words in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_without_dev_a_root_key_is_asked_for_not_made(house: House) -> None:
    outcome = subprocess.run([*COMMAND, "up"], env=house.environment(), capture_output=True, text=True, check=False)
    assert outcome.returncode == 1
    assert "root key" in outcome.stderr
    assert not (house.home / "keys").exists()

"""Processes are started again with growing pauses, ended with bounded patience, and told apart from strangers."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from registry import ready
from registry.config import Settings
from registry.errors import OperationError
from registry.ops import files
from registry.ops.supervision import children, running
from registry.ops.supervision.running import Running
from registry.ops.supervision.supervisor import LONGEST_PAUSE, Member, Supervisor, await_ready

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def sleeper(log: Path, program: str = "import time; time.sleep(60)") -> subprocess.Popen[bytes]:
    """Start a process that does nothing for a minute."""
    return children.spawn(children.Birth(command=[sys.executable, "-I", "-c", program], env={}, log=log))


def test_pauses_between_starts_double_up_to_a_limit(tmp_path: Path) -> None:
    supervisor, log = Supervisor(), tmp_path / "log"
    member = Member(name="short", rank=1, launch=partial(sleeper, log, "pass"))
    supervisor.add(member)
    pauses = []
    for _ in range(8):
        member.due = 0.0
        assert supervisor.tick()
        assert member.child is not None
        member.child.wait()
        assert supervisor.tick()
        pauses.append(member.pause)
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
    assert supervisor.pids() == {}


def test_a_process_that_lived_long_is_started_again_at_once(tmp_path: Path) -> None:
    supervisor = Supervisor()
    member = Member(name="old", rank=1, launch=partial(sleeper, tmp_path / "log"), pause=LONGEST_PAUSE)
    supervisor.add(member)
    child = member.start()
    member.born -= 31
    child.kill()
    child.wait()
    before = time.monotonic()
    supervisor.tick()
    assert member.due - before < 0.2
    supervisor.stop()


def test_a_start_that_fails_is_tried_again_later() -> None:
    supervisor = Supervisor()
    member = Member(name="none", rank=1, launch=refusing)
    supervisor.add(member)
    assert not supervisor.tick()
    assert member.due > time.monotonic()


def refusing() -> subprocess.Popen[bytes]:
    """Stand for a server whose data directory is taken."""
    raise OperationError("taken")


def test_a_process_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = sleeper(log, STUBBORN)
    while b"up" not in log.read_bytes():
        time.sleep(0.02)
    assert children.stop(child, ((signal.SIGTERM, 0.2),)) == -signal.SIGKILL


def test_a_removed_member_stays_away(tmp_path: Path) -> None:
    supervisor = Supervisor()
    member = Member(name="gone", rank=1, launch=partial(sleeper, tmp_path / "log"))
    supervisor.add(member)
    pid = member.start().pid
    supervisor.remove("gone")
    assert supervisor.names() == set()
    assert not psutil.pid_exists(pid)


def test_a_log_that_grew_too_long_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as stream:
        stream.truncate(children.LOG_BYTES + 1)
    children.stop(sleeper(log), ((signal.SIGTERM, 5.0),))
    assert (tmp_path / "log.1").stat().st_size > children.LOG_BYTES
    assert log.stat().st_size < 1000


def test_readiness_is_told_once_and_noticed(tmp_path: Path) -> None:
    child = sleeper(tmp_path / "log")
    reading, writing = os.pipe()
    settings = Settings.from_env({"REGISTRY_READY_FD": str(writing)})
    ready.tell(settings)
    ready.tell(settings)
    ready.tell(Settings.from_env({}))
    assert await_ready(child, reading, seconds=5)
    children.stop(child, ((signal.SIGTERM, 5.0),))


def test_a_process_that_ends_or_dawdles_is_not_ready(tmp_path: Path) -> None:
    ended, slow = sleeper(tmp_path / "log", "pass"), sleeper(tmp_path / "log")
    for child in (ended, slow):
        reading, writing = os.pipe()
        assert not await_ready(child, reading, seconds=0.5)
        os.close(writing)
        children.stop(child, ((signal.SIGTERM, 5.0),))


def noted(home: Path, child: subprocess.Popen[bytes], *, created: float) -> Running:
    """Write what a stack with one process would note."""
    here = Running(
        pid=os.getpid(),
        created=created,
        dev=True,
        web="http://localhost:1",
        api="http://localhost:1/api/v1",
        run_dir=str(home),
        database="",
        shred="",
        processes={"web": child.pid},
    )
    running.note(home, here)
    return here


def test_what_a_killed_stack_left_is_ended_by_number_and_birth(tmp_path: Path) -> None:
    child = sleeper(tmp_path / "log", STUBBORN)
    noted(tmp_path, child, created=0.0)
    assert running.find(tmp_path) is None
    running.clear(tmp_path)
    assert child.wait(10) < 0
    assert not (tmp_path / "run.json").exists()


def test_a_stranger_who_got_the_number_is_left_alone(tmp_path: Path) -> None:
    child = sleeper(tmp_path / "log")
    here = noted(tmp_path, child, created=0.0)
    files.write_json(tmp_path / "run.json", files.read_json(tmp_path / "run.json") | {"births": {"web": 1.0}})  # type: ignore[operator] # it was just written
    running.clear(tmp_path)
    assert child.poll() is None
    assert here.processes["web"] == child.pid
    children.stop(child, ((signal.SIGTERM, 5.0),))


def test_only_one_holds_the_lock_of_a_home(tmp_path: Path) -> None:
    with running.lock(tmp_path) as first, running.lock(tmp_path) as second:
        assert (first, second) == (True, False)
        assert running.await_first(tmp_path, seconds=0.3) is None
    assert running.await_first(tmp_path, seconds=5) is None
    with running.lock(tmp_path) as again:
        assert again


def test_a_damaged_file_is_named_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "roles.json"
    for content in ("{", "[]"):
        path.write_text(content)
        with pytest.raises(OperationError, match="damaged"):
            files.read_json(path)


def test_a_place_somebody_else_made_first_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "wide").mkdir(mode=0o777)
    assert files.private_directory(tmp_path / "wide").stat().st_mode & 0o777 == 0o700
    with pytest.raises(OperationError, match="belongs to somebody else"):
        files.private_directory(tmp_path / "link")

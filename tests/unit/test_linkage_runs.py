"""A long comparison of lists goes on where it was killed, keeps to itself, and refuses what it cannot do."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from importlib.util import find_spec
from shutil import which
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from registry.bench.link import write_lists
from registry.linkage.batch.command import link
from registry.linkage.batch.joining.engines import EngineMissing
from registry.linkage.batch.memory import MemoryRefused, database_share
from registry.linkage.batch.work import WorkRefused, opened

if TYPE_CHECKING:
    from pathlib import Path

LINES = 12_000
CLAIM = {"found": "1", "asked": "2"}


def test_a_run_that_is_killed_goes_on_and_finds_the_same_pairs(tmp_path: Path) -> None:
    """Killed while names are folded, and again while people are compared."""
    first, second = tmp_path / "A.csv", tmp_path / "B.csv"
    write_lists(first, second, LINES)
    command = [
        sys.executable, "-P", "-m", "registry.cli.main", "link", str(first), str(second), "--out",
        str(tmp_path / "PAIRS.csv"), "--processes", "1", "--work", str(tmp_path / "work"),
    ]  # fmt: skip
    work = tmp_path / "work"
    killed_once(command, work, "found-*.npz")
    kept = {path.name: path.stat().st_mtime_ns for path in work.glob("*.npz")}
    killed_once(command, work, "pairs-*.csv")
    finished = {path.name: path.stat().st_mtime_ns for path in work.glob("*-0*")}
    assert kept.items() <= finished.items()
    assert not (tmp_path / "PAIRS.csv").exists()
    subprocess.run(command, check=True, capture_output=True)
    assert not work.exists()
    resumed = (tmp_path / "PAIRS.csv").read_text("utf-8")
    other = tmp_path / "OTHER.csv"
    result = CliRunner().invoke(link, [str(first), str(second), "--out", str(other), "--processes", "2"])
    assert result.exit_code == 0, result.output
    assert other.read_text("utf-8") == resumed
    assert resumed.count("\n") > LINES // 3


def killed_once(command: list[str], work: Path, made: str) -> None:
    """Start a run and kill it once there is a file of this pattern."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        until = time.monotonic() + 200
        while not list(work.glob(made)):
            assert run.poll() is None
            assert time.monotonic() < until
            time.sleep(0.005)
        run.send_signal(signal.SIGKILL)


def test_only_the_owner_can_read_what_is_kept(tmp_path: Path) -> None:
    with opened(tmp_path / "work", CLAIM):
        assert stat.S_IMODE((tmp_path / "work").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "work" / "keys.json").stat().st_mode) == 0o600


def test_a_run_has_the_same_keys_when_it_goes_on_and_others_when_it_begins_anew(tmp_path: Path) -> None:
    with opened(tmp_path / "work", CLAIM) as work:
        before = work.secrets
    with opened(tmp_path / "work", CLAIM) as work:
        assert work.secrets == before
        work.forget()
    with opened(tmp_path / "work", CLAIM) as work:
        assert work.secrets != before


def test_what_is_kept_of_other_lists_is_not_taken(tmp_path: Path) -> None:
    with opened(tmp_path / "work", CLAIM):
        pass
    with pytest.raises(WorkRefused, match="over other lists"), opened(tmp_path / "work", {**CLAIM, "asked": "3"}):
        pass


def test_two_runs_do_not_work_in_one_folder(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "work", CLAIM),
        pytest.raises(WorkRefused, match="another run works there"),
        opened(tmp_path / "work", CLAIM),
    ):
        pass


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").touch()
    with pytest.raises(WorkRefused, match="no folder of a run"), opened(tmp_path / "letters", CLAIM):
        pass
    assert os.listdir(tmp_path / "letters") == ["mine.txt"]  # noqa: PTH208 - names are what is compared


def test_a_run_killed_before_it_said_what_it_is_about_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "lock").touch()
    (tmp_path / "work" / "keys.json").write_text("[", encoding="utf-8")
    with opened(tmp_path / "work", CLAIM) as work:
        assert len(work.secrets.tokens) == 32


def test_the_database_gets_what_others_leave_and_too_little_is_refused() -> None:
    assert database_share(6_000_000_000, lines=1_000, processes=2) > 4_000_000_000
    assert database_share(8_000_000_000, lines=2_000_000, processes=2) > 2_000_000_000
    with pytest.raises(MemoryRefused, match=r"2000000 lines need \d\.\d GB with 2 processes"):
        database_share(2_000_000_000, lines=2_000_000, processes=2)


@pytest.mark.parametrize(("size", "code"), [("900MB", 1), ("much", 2), ("6 gb", 0)])
def test_memory_is_said_in_megabytes_or_gigabytes(tmp_path: Path, size: str, code: int) -> None:
    write_lists(tmp_path / "A.csv", tmp_path / "B.csv", 10)
    arguments = [str(tmp_path / "A.csv"), str(tmp_path / "B.csv"), "--out", str(tmp_path / "P.csv"), "--memory", size]
    result = CliRunner().invoke(link, [*arguments, "--processes", "1"])
    assert result.exit_code == code, result.output
    assert (tmp_path / "P.csv").exists() == (code == 0)


@pytest.mark.skipif(find_spec("pyspark") is None or which("java") is None, reason="PySpark or Java is not installed")
def test_spark_finds_the_same_pairs_as_duckdb(tmp_path: Path) -> None:
    first, second = tmp_path / "A.csv", tmp_path / "B.csv"
    write_lists(first, second, 6_000)
    for engine in ("duckdb", "spark"):
        command = [str(first), str(second), "--out", str(tmp_path / engine), "--engine", engine, "--processes", "1"]
        subprocess.run([sys.executable, "-P", "-m", "registry.cli.main", "link", *command], check=True)
    assert (tmp_path / "spark").read_bytes() == (tmp_path / "duckdb").read_bytes()
    assert (tmp_path / "spark").read_bytes().count(b"\n") > 2_000


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="PySpark is installed")
def test_an_engine_that_is_not_installed_is_named(tmp_path: Path) -> None:
    write_lists(tmp_path / "A.csv", tmp_path / "B.csv", 10)
    arguments = [str(tmp_path / "A.csv"), str(tmp_path / "B.csv"), "--out", str(tmp_path / "P.csv")]
    result = CliRunner().invoke(link, [*arguments, "--engine", "spark"])
    assert isinstance(result.exception, EngineMissing)

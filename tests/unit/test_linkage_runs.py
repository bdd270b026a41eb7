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
from registry.linkage.batch.output import OutputRefused
from registry.linkage.batch.version import parts, version
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


def test_whatever_a_run_keeps_is_its_owners_alone(tmp_path: Path) -> None:
    """A run whose output cannot take its name in the end keeps everything."""
    broken_off(tmp_path)
    kept = list((tmp_path / ".PAIRS.csv.work").iterdir())
    assert {path.name.partition("-")[0] for path in kept} == {
        "found",
        "asked",
        "pairs",
        "keys.json",
        "run.json",
        "lock",
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


def broken_off(folder: Path) -> str:
    """Compare lists that lose the place of their pairs meanwhile; return what the command says."""
    first, second, out = folder / "A.csv", folder / "B.csv", folder / "PAIRS.csv"
    write_lists(first, second, 10)
    command = [sys.executable, "-P", "-m", "registry.cli.main", "link", str(first), str(second), "--out", str(out)]
    with subprocess.Popen([*command, "--processes", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        until = time.monotonic() + 200
        while not (folder / ".PAIRS.csv.work").exists():
            assert run.poll() is None
            assert time.monotonic() < until
            time.sleep(0.001)
        out.mkdir()
        assert run.stderr is not None
        said = run.stderr.read().decode()
        assert run.wait() == 1
    return said


def test_a_run_that_is_broken_off_says_where_keys_and_tokens_stay(tmp_path: Path) -> None:
    said = broken_off(tmp_path)
    assert f"{tmp_path / '.PAIRS.csv.work'}: keeps keys and tokens of this run" in said
    assert "PAIRS.csv: cannot be written: Is a directory" in said
    assert "Traceback" not in said


def test_a_folder_that_is_a_link_is_not_taken(tmp_path: Path) -> None:
    with opened(tmp_path / "elsewhere", CLAIM):
        pass
    (tmp_path / "work").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorkRefused, match="a link or a file"), opened(tmp_path / "work", CLAIM):
        pass


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o770, 0o701])
def test_a_folder_that_is_open_to_others_is_not_taken(tmp_path: Path, mode: int) -> None:
    with opened(tmp_path / "work", CLAIM):
        pass
    (tmp_path / "work").chmod(mode)
    with pytest.raises(WorkRefused, match="chmod 700"), opened(tmp_path / "work", CLAIM):
        pass
    (tmp_path / "work").chmod(0o700)
    with opened(tmp_path / "work", CLAIM):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_not_taken(tmp_path: Path) -> None:
    with opened(tmp_path / "work", CLAIM):
        pass
    os.chown(tmp_path / "work", 65534, 65534)
    with pytest.raises(WorkRefused, match="belongs to another user"), opened(tmp_path / "work", CLAIM):
        pass


def test_only_what_runs_made_is_removed(tmp_path: Path) -> None:
    with opened(tmp_path / "work", CLAIM) as work:
        (tmp_path / "work" / "registry-link-x1").mkdir()
        (tmp_path / "work" / "mine.txt").touch()
        work.keep_pairs(0, "")
        work.forget()
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", ["run.json", "keys.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_a_folder_whose_files_are_damaged_is_refused_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    with opened(tmp_path / "work", CLAIM):
        pass
    (tmp_path / "work" / name).write_bytes(content)
    with pytest.raises(WorkRefused, match="delete"), opened(tmp_path / "work", CLAIM):
        pass


def test_a_list_is_never_replaced_by_pairs(tmp_path: Path) -> None:
    first, second = tmp_path / "A.csv", tmp_path / "B.csv"
    write_lists(first, second, 10)
    before = first.read_bytes(), second.read_bytes()
    (tmp_path / "soft").symlink_to(first)
    (tmp_path / "hard").hardlink_to(second)
    for out in (first, second, tmp_path / "soft", tmp_path / "hard"):
        result = CliRunner().invoke(link, [str(first), str(second), "--out", str(out)])
        assert isinstance(result.exception, OutputRefused)
        assert "is one of the lists" in str(result.exception)
    assert (first.read_bytes(), second.read_bytes()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["A.csv", "B.csv", "hard", "soft"]


def test_where_pairs_cannot_be_written_is_said_before_anything_is_folded(tmp_path: Path) -> None:
    first, second = tmp_path / "A.csv", tmp_path / "B.csv"
    write_lists(first, second, 10)
    os.mkfifo(tmp_path / "pipe")
    for out, reason in ((tmp_path / "none" / "P.csv", "No such file"), (tmp_path / "pipe", "is no file")):
        result = CliRunner().invoke(
            link, [str(first), str(second), "--out", str(out), "--work", str(tmp_path / "work")]
        )
        assert isinstance(result.exception, OutputRefused)
        assert reason in str(result.exception)
        assert "folding" not in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["A.csv", "B.csv", "pipe"]


def test_pairs_are_their_owners_alone_and_what_others_laid_beside_them_is_not_followed(tmp_path: Path) -> None:
    first, second, out = tmp_path / "A.csv", tmp_path / "B.csv", tmp_path / "P.csv"
    write_lists(first, second, 10)
    (tmp_path / "other").write_text("mine", encoding="utf-8")
    (tmp_path / ".P.csv.part").symlink_to(tmp_path / "other")
    result = CliRunner().invoke(link, [str(first), str(second), "--out", str(out), "--processes", "1"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "other").read_text("utf-8") == "mine"
    assert stat.S_IMODE(out.lstat().st_mode) == 0o600
    assert stat.S_ISREG(out.lstat().st_mode)


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


def test_what_another_version_kept_is_not_taken_and_the_folder_does_not_tell_which_lists_it_is_about(
    tmp_path: Path,
) -> None:
    claims = [{**CLAIM, "version": one} for one in (version(), "another")]
    with opened(tmp_path / "work", claims[0]):
        pass
    with pytest.raises(WorkRefused, match="of another version"), opened(tmp_path / "work", claims[1]):
        pass
    with opened(tmp_path / "again", claims[0]):
        pass
    told = {(tmp_path / name / "run.json").read_text("utf-8") for name in ("work", "again")}
    assert len(told) == 2


def test_the_version_is_that_of_folding_weights_and_comparison() -> None:
    assert version() == version()
    assert {"registry.folding/sounds.py", "registry.linkage/comparison/model.json"} <= set(parts())


def test_two_runs_do_not_work_in_one_folder(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "work", CLAIM),
        pytest.raises(WorkRefused, match="another run works there"),
        opened(tmp_path / "work", CLAIM),
    ):
        pass


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir(0o700)
    (tmp_path / "letters" / "mine.txt").touch()
    with pytest.raises(WorkRefused, match="no folder of a run"), opened(tmp_path / "letters", CLAIM):
        pass
    assert os.listdir(tmp_path / "letters") == ["mine.txt"]  # noqa: PTH208 - names are what is compared


def test_a_run_killed_before_it_said_what_it_is_about_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir(0o700)
    (tmp_path / "work" / "lock").touch()
    (tmp_path / "work" / "keys.json").write_text("[", encoding="utf-8")
    with opened(tmp_path / "work", CLAIM) as work:
        assert len(work.secrets.tokens) == 32


def test_the_database_gets_what_others_leave_and_too_little_is_refused() -> None:
    assert database_share(6_000_000_000, lines=1_000, processes=2) > 4_000_000_000
    assert database_share(8_000_000_000, lines=2_000_000, processes=2) > 2_000_000_000
    with pytest.raises(MemoryRefused, match=r"2000000 lines need \d\.\d GB with 2 processes"):
        database_share(2_000_000_000, lines=2_000_000, processes=2)
    with pytest.raises(MemoryRefused):
        database_share(8_000_000_000, lines=2_000_000, processes=2, salted=True)


@pytest.mark.parametrize(
    ("size", "code"),
    [("900MB", 1), ("much", 2), ("6 gb", 0), ("9" * 400 + "GB", 2), ("9" * 30 + "GB", 2)],
)
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

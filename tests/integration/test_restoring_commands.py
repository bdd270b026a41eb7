"""`registry backup`, `restore`, `replay` and `audit export`, as an operator types them, over databases of a server."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from registry import config
from registry.ops.supervision import given_up
from tests.house import House, open_house
from tests.restore_drill import LANGUAGES, Drill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import DatabasePair

MONTH = timedelta(days=30)
SENTENCE = "nobody has a newer log\n"


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as running:
        yield running


@pytest.fixture
def drill(house: House) -> Drill:
    return Drill(house, house.officer("Agentur"))


class Operator:
    """Types commands in a home of their own, over the databases of a house."""

    def __init__(self, house: House, home: Path) -> None:
        self._home = home
        self._env = config.inherited(("PATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")) | {
            "ENV": "test",
            "REGISTRY_HOME": str(home),
            "DATABASE_URL": house.pair.main_url(),
            "SHRED_DATABASE_URL": house.pair.shred_url(),
            "ROOT_KEY_FILE": str(house.settings.root_key_file),
            "LINKER_KEY_FILE": str(house.settings.linker_key_file),
        }

    def types(self, *words: str | Path, answers: str = "", env: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Run a command; returns exit code, output and what it said beside."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "registry.cli.main", *map(str, words)],
            env={**self._env, **(env or {})},
            cwd="/",
            input=answers,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        return done.returncode, done.stdout, done.stderr


def at_the_keeper(drill: Drill) -> dict[str, str]:
    """Return the settings of a command beside the running house."""
    beside = {"REGISTRY_PROCESS": "cli", "CLI_DATABASE_URL": drill.house.pair.main_url("cli")}
    return beside | {"REGISTRY_RUN_DIR": str(drill.house.settings.run_dir)}


@pytest.fixture
def operator(house: House, tmp_path: Path) -> Operator:
    return Operator(house, tmp_path / "home")


def test_an_operator_backs_up_exports_restores_and_replays(drill: Drill, operator: Operator, tmp_path: Path) -> None:
    hers = drill.create()
    grant = drill.give(hers, "Jobcenter Köln", lasts=MONTH)
    living = drill.give(hers, "Jobcenter Essen", lasts=MONTH)
    drill.order_lines()
    code, said, progress = operator.types("backup", tmp_path / "copy")
    assert (code, "30 days at the most" in said, "main/person: 1 rows" in progress) == (0, True, True)
    drill.withdraw(hers, grant)
    drill.order_lines()
    code, said, told = operator.types("audit", "export", tmp_path / "log", env=at_the_keeper(drill))
    assert (code, "It names nobody" in said) == (0, True), told
    drill.stop()
    code, _, told = operator.types("restore", tmp_path / "copy")
    assert (code, "--replace puts the copy in its place" in told) == (1, True)
    code, said, told = operator.types("restore", tmp_path / "copy", "--replace", "--log", tmp_path / "log")
    assert (code, "1 grants ended again" in said, "not done again" in said) == (0, True, True), told
    drill.start()
    assert drill.by_grant(drill.house.officer("Jobcenter Köln"), hers, grant) == set()
    assert drill.by_grant(drill.house.officer("Jobcenter Essen"), hers, living) == set(LANGUAGES)


def test_without_an_export_the_operator_answers_for_it_in_words(
    drill: Drill, operator: Operator, tmp_path: Path
) -> None:
    hers = drill.create()
    grant = drill.give(hers, "Jobcenter Köln", lasts=MONTH)
    drill.order_lines()
    assert operator.types("backup", tmp_path / "copy")[0] == 0
    drill.stop()
    code, said, _ = operator.types("restore", tmp_path / "copy", "--replace")
    assert (code, "stays closed until" in said) == (0, True)
    code, _, told = operator.types("replay", "--no-newer-log", answers="yes\n")
    assert (code, "will open again" in told, "nothing was done" in told) == (1, True, True)
    code, said, told = operator.types("replay", "--no-newer-log", answers=SENTENCE)
    assert (code, "as if nothing had ended" in said, "are given up" in said) == (0, True, True), told
    assert "GIVEN UP" in (given_up.words(tmp_path / "home") or "")
    drill.start()
    assert drill.by_grant(drill.house.officer("Jobcenter Köln"), hers, grant) == set(LANGUAGES)
    drill.order_lines()
    code, said, told = operator.types("keys", "status", env=at_the_keeper(drill))
    assert (code, "GIVEN UP" in said) == (0, True), told
    code, _, told = operator.types("audit", "export", tmp_path / "log", env=at_the_keeper(drill))
    assert (code, given_up.words(tmp_path / "home")) == (0, None), told


def test_what_one_copy_alone_would_lose_the_operator_answers_for_in_words(
    drill: Drill, operator: Operator, tmp_path: Path
) -> None:
    drill.create()
    drill.order_lines()
    assert operator.types("backup", tmp_path / "copy")[0] == 0
    new = drill.create()
    drill.stop()
    alone = ("restore", tmp_path / "copy", "--only", "shred", "--replace")
    code, _, told = operator.types(*alone, answers="yes\n")
    assert (code, "all of 1 records" in told, "Nothing was restored" in told) == (1, True, True)
    code, said, told = operator.types(*alone, answers="what is lost is lost\n")
    assert (code, "Restored." in said) == (0, True), told
    drill.start()
    assert not drill.secret_of(new)


def _whole(drill: Drill, folder: Path) -> Path:
    return drill.export(folder / "whole").path


def test_contradictions_and_half_copies_are_refused_before_anything_is_touched(
    drill: Drill, operator: Operator, tmp_path: Path
) -> None:
    drill.create()
    assert operator.types("backup", tmp_path / "copy")[0] == 0
    code, _, told = operator.types("backup", tmp_path / "copy")
    assert (code, "is not empty" in told) == (1, True)
    (tmp_path / "log").write_bytes(b"{}\n")
    for words, why in (
        (("restore", tmp_path / "copy", "--log", tmp_path / "log"), "no export of a log"),
        (("restore", tmp_path / "copy", "--log", tmp_path / "log", "--no-newer-log"), "contradict"),
        (("replay",), "Name an export"),
        (("restore", tmp_path), "no manifest"),
        (("restore", tmp_path / "copy", "--replace"), "somebody works in the"),
        (("replay", _whole(drill, tmp_path)), "somebody works in the"),
    ):
        code, _, told = operator.types(*words)
        assert code != 0, words
        assert why in told, (words, told)
    drill.stop()
    drill.start()
    assert drill.house.officer("Jobcenter Köln")

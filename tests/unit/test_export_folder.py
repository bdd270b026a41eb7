"""An export is written as whole files or not at all, and never over what somebody else put there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from adapters.cli.exporting import budget_for, found
from adapters.cli.folder import filling
from registry.auth.models import Agency
from registry.errors import OperationError

if TYPE_CHECKING:
    from pathlib import Path

ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def write(out: Path, home: Path, *, agency: UUID = ONE, **files: str) -> dict[Path, int]:
    with filling(out, home, agency) as folder:
        for name, content in files.items():
            for half in (content[:2], content[2:]):
                folder.add(f"{name}.txt", half.encode())
        return folder.finish()


def interrupted(out: Path, home: Path) -> None:
    with filling(out, home, ONE) as folder:
        folder.add("a.txt", b"half")
        raise KeyboardInterrupt


def content(out: Path) -> dict[str, str]:
    return {one.name: one.read_text() for one in out.iterdir()}


def test_files_are_whole_and_for_their_owner_alone(tmp_path: Path, home: Path) -> None:
    out = tmp_path / "new" / "out"
    assert write(out, home, a="hello", b="") == {out / "a.txt": 5, out / "b.txt": 0}
    assert content(out) == {"a.txt": "hello", "b.txt": ""}
    assert {one.stat().st_mode & 0o777 for one in out.iterdir()} == {0o600}
    assert out.stat().st_mode & 0o777 == 0o700


def test_a_later_export_takes_the_place_of_the_one_before(tmp_path: Path, home: Path) -> None:
    write(tmp_path / "out", home, a="old", b="old")
    write(tmp_path / "out", home, a="new", c="new")
    assert content(tmp_path / "out") == {"a.txt": "new", "c.txt": "new"}


def test_an_interrupted_export_leaves_what_was_there(tmp_path: Path, home: Path) -> None:
    write(tmp_path / "out", home, a="old")
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "out", home)
    assert content(tmp_path / "out") == {"a.txt": "old"}


def test_what_a_power_cut_left_unfinished_is_removed_by_the_next_export(tmp_path: Path, home: Path) -> None:
    write(tmp_path / "out", home, a="old")
    (tmp_path / "out" / ".einmal-a.txt.part").write_text("half")
    write(tmp_path / "out", home, a="new")
    assert content(tmp_path / "out") == {"a.txt": "new"}


def test_a_directory_with_files_of_somebody_else_is_refused(tmp_path: Path, home: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(OperationError, match=r"thesis\.txt"):
        write(tmp_path / "out", home, a="new")
    assert content(tmp_path / "out") == {"thesis.txt": "mine"}


def test_another_agencys_export_is_somebody_elses(tmp_path: Path, home: Path) -> None:
    write(tmp_path / "out", home, a="old")
    with pytest.raises(OperationError, match="no earlier export of this agency"):
        write(tmp_path / "out", home, agency=OTHER, a="new")


def test_two_exports_do_not_write_to_one_directory_at_once(tmp_path: Path, home: Path) -> None:
    with filling(tmp_path / "out", home, ONE), pytest.raises(OperationError, match="another export is writing"):
        write(tmp_path / "out", home, a="new")


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", ".hidden", "", "a/b", "a\n", "x" * 121])
def test_an_adapter_cannot_name_a_file_elsewhere(tmp_path: Path, home: Path, name: str) -> None:
    with filling(tmp_path / "out", home, ONE) as folder, pytest.raises(OperationError, match="a name that is none"):
        folder.add(name, b"x")
    assert content(tmp_path / "out") == {}


def test_a_link_laid_beside_is_not_followed(tmp_path: Path, home: Path) -> None:
    (tmp_path / "victim").write_text("whole")
    with filling(tmp_path / "out", home, ONE) as folder:
        (tmp_path / "out" / ".einmal-a.txt.part").symlink_to(tmp_path / "victim")
        with pytest.raises(FileExistsError):
            folder.add("a.txt", b"x")
    assert (tmp_path / "victim").read_text() == "whole"


def office(number: int, name: str, kind: str, own: str | None) -> Agency:
    return Agency(id=UUID(int=number), name=name, kind=kind, number=own, status="active")


KNOWN = [
    office(1, "Jobcenter Köln", "jobcenter", "35702"),
    office(2, "Jobcenter Köln-Nord", "jobcenter", "35703"),
    office(3, "BAMF Nürnberg", "bamf", None),
]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (str(UUID(int=2)), [2]),
        ("35702", [1]),
        ("jobcenter köln", [1]),
        ("Nord", [2]),
        ("Köln", [1, 2]),
        ("jobcenter", [1, 2]),
        ("bamf", [3]),
        ("nobody", []),
        ("", []),
    ],
)
def test_an_agency_is_meant_by_id_number_or_name(asked: str, meant: list[int]) -> None:
    assert [one.id.int for one in found(KNOWN, asked)] == meant


def test_a_budget_has_room_for_those_who_come_meanwhile_and_an_end() -> None:
    assert budget_for(0) == 100
    assert budget_for(1000) == 1200
    assert budget_for(10**9) == 10_000_000

"""A log that was given up after a restore is told of until an export has what came since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registry.ops.supervision import given_up
from registry.ops.supervision.running import ONE_USER, Running

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_is_told_where_nothing_was_given_up(tmp_path: Path) -> None:
    given_up.exported(tmp_path, 0)
    assert given_up.words(tmp_path) is None


@pytest.mark.parametrize(("since", "is_told"), [(0, False), (41, False), (42, False), (43, True)])
def test_only_an_export_that_leaves_nothing_out_ends_the_warning(tmp_path: Path, since: int, *, is_told: bool) -> None:
    given_up.note(tmp_path, 42)
    assert "behind line 42" in (given_up.words(tmp_path) or "")
    given_up.exported(tmp_path, since)
    assert (given_up.words(tmp_path) is not None) is is_told


def test_a_start_tells_of_it_beside_its_other_warnings(tmp_path: Path) -> None:
    given_up.note(tmp_path, 42)
    words = given_up.words(tmp_path)
    started = Running(pid=1, created=0.0, dev=False, web="", api="", run_dir="", database="", shred="", given_up=words)
    assert started.warnings == [words, ONE_USER]

"""Every revision of both trees goes up, down and up again, with and without rows (style, section 9)."""

from __future__ import annotations

import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from registry.ops import migrate
from tests.migrations.shapes import TREES, count, fill, revisions, shape

if TYPE_CHECKING:
    from tests.conftest import DatabasePair

#: What a table is called after a revision that moved it.
MOVED = {("0018", "linkage_identity"): "linkage.identity", ("0018", "linkage_token"): "linkage.token"}
STEPS = [
    pytest.param(tree, before, revision, id=f"{tree} {revision}")
    for tree in TREES
    for before, revision in pairwise(["base", *revisions(tree)])
]


def url_of(pair: DatabasePair, tree: str) -> str:
    return pair.main_url() if tree == "main" else pair.shred_url()


def scripts(tree: str) -> ScriptDirectory:
    return ScriptDirectory.from_config(migrate.config(tree, "postgresql://"))


@pytest.mark.parametrize(("tree", "before", "revision"), STEPS)
def test_a_revision_taken_back_leaves_no_trace(empty_pair: DatabasePair, tree: str, before: str, revision: str) -> None:
    url = url_of(empty_pair, tree)
    config = migrate.config(tree, url)
    if before != "base":
        command.upgrade(config, before)
    shape_before = shape(url)
    command.upgrade(config, revision)
    shape_after = shape(url)
    assert shape_after != shape_before
    command.downgrade(config, before)
    assert shape(url) == shape_before
    command.upgrade(config, revision)
    assert shape(url) == shape_after


@pytest.mark.parametrize("tree", TREES)
def test_the_first_revision_taken_back_leaves_an_empty_database(empty_pair: DatabasePair, tree: str) -> None:
    url = url_of(empty_pair, tree)
    command.upgrade(migrate.config(tree, url), "head")
    command.downgrade(migrate.config(tree, url), "base")
    assert shape(url) == frozenset()


@pytest.mark.parametrize(("tree", "before", "revision"), [step for step in STEPS if step.values[1] != "base"])
def test_a_revision_keeps_the_rows_it_finds(empty_pair: DatabasePair, tree: str, before: str, revision: str) -> None:
    """Up with rows in every table, down, and up again."""
    url = url_of(empty_pair, tree)
    config = migrate.config(tree, url)
    command.upgrade(config, before)
    rows = fill(url)
    assert rows
    assert set(rows.values()) == {2}
    for step in (revision, before, revision):
        (command.downgrade if step == before else command.upgrade)(config, step)
        now = count(url)
        assert {name: now[name if name in now else MOVED[revision, name]] for name in rows} == rows


@pytest.mark.parametrize("tree", TREES)
def test_every_table_can_hold_rows_at_the_head(database_pair: DatabasePair, tree: str) -> None:
    """The filler of the tests before knows every type that revisions use."""
    assert set(fill(url_of(database_pair, tree)).values()) == {2}


@pytest.mark.parametrize("tree", TREES)
def test_migrating_what_is_migrated_changes_nothing(database_pair: DatabasePair, tree: str) -> None:
    url = url_of(database_pair, tree)
    shape_before = shape(url)
    migrate.upgrade(database_pair.main_url(), database_pair.shred_url())
    assert shape(url) == shape_before


@pytest.mark.parametrize("tree", TREES)
def test_there_is_one_head(tree: str) -> None:
    assert len(scripts(tree).get_heads()) == 1


@pytest.mark.parametrize("tree", TREES)
def test_revisions_are_numbered_without_gaps(tree: str) -> None:
    """Two branches that both add 0007 must be a conflict in git, not two heads."""
    assert revisions(tree) == [f"{number:04}" for number in range(1, len(revisions(tree)) + 1)]


@pytest.mark.parametrize("tree", TREES)
def test_a_revision_is_named_by_what_it_does_and_says_why_and_when(tree: str) -> None:
    for script in scripts(tree).walk_revisions():
        assert re.fullmatch(rf"{script.revision}_[a-z]+(_[a-z]+)+\.py", Path(script.path).name)
        assert re.search(r"\nWhy: \w", script.module.__doc__ or ""), script.path
        assert re.search(r"\nRuns (before|after) the new code\.", script.module.__doc__ or ""), script.path


def test_alembics_configuration_is_importable_from_our_folder() -> None:
    """Our folder of the same name must not shadow the library (style, section 9)."""
    library = Path(sys.modules["alembic.config"].__file__ or "")
    assert migrate.ROOT / "alembic" not in library.parents

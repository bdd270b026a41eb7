"""Copies that come back one by one, and lines that somebody made up or changed: what had ended stays ended."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from registry.audit import sequencer
from registry.casework.restoring import export_file, replaying
from registry.db import Sessions
from registry.keys.client import KeeperRefused
from registry.lines import COLUMNS, row_of
from registry.ops.copies import bringing_back
from registry.wire.rows import GrantRow, SealedRow, WrapRow
from tests.house import House, open_house
from tests.integration.test_restoring import MONTH, Story, closed
from tests.keeper_writer import Writer
from tests.restore_drill import LANGUAGES, Drill

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.conftest import DatabasePair


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as opened:
        yield opened


@pytest.fixture
def drill(house: House) -> Drill:
    return Drill(house, house.officer("Agentur"))


def _write_line(drill: Drill, said: Mapping[str, object], **instead: object) -> None:
    """Write a line as the web process can, with other columns than it was made with, where told."""
    row = row_of(said, drill.house.clock.now()) | instead
    places = ", ".join(f"%({name})s" for name in COLUMNS)
    with psycopg.connect(drill.house.pair.main_url("web"), autocommit=True) as connection:
        connection.execute(f"INSERT INTO audit_line ({', '.join(COLUMNS)}) VALUES ({places})", row)  # noqa: S608 - ours
        connection.execute("INSERT INTO audit_queue (line_id) VALUES (%(id)s)", row)


@pytest.mark.parametrize("order", [("main", "shred"), ("shred", "main")])
def test_copies_that_come_back_one_by_one_open_nothing_before_the_log_is_replayed(
    drill: Drill, tmp_path: Path, order: tuple[str, str]
) -> None:
    story = Story(drill, tmp_path / "copy")
    for name in order:
        drill.restore(tmp_path / "copy", name)
    assert closed(drill)
    assert drill.replay(story.export).erasures == 1
    assert not closed(drill)
    story.insist(rows_put_back=True)


def test_what_a_floor_kept_closed_stays_closed_when_the_shred_store_alone_comes_back(
    drill: Drill, tmp_path: Path
) -> None:
    """Its copy has lower floors: an old document and the wrap of a grant that lives are put back beside it."""
    hers = drill.create()
    ended = drill.give(hers, "Jobcenter Köln", lasts=MONTH)
    living = drill.give(hers, "Jobcenter Stuttgart", lasts=MONTH)
    drill.keep_old_rows(hers)
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    drill.withdraw(hers, ended)
    drill.restore(tmp_path / "copy", "shred")
    with Writer(drill.house.pair.main_url()) as writer:
        present = [
            *writer.fetch(SealedRow, appearance_id=hers.appearance.id),
            *writer.fetch(WrapRow, appearance_id=hers.appearance.id),
        ]
    drill.put_back(hers)
    office = drill.house.officer("Jobcenter Stuttgart")
    assert drill.by_grant(office, hers, living) == set()
    with Writer(drill.house.pair.main_url()) as writer:
        writer.put(*present)
    assert drill.by_grant(office, hers, living) == set(LANGUAGES)


def test_a_row_that_claims_a_high_epoch_raises_no_floor_when_the_shred_store_comes_back(
    drill: Drill, tmp_path: Path
) -> None:
    """Else whoever writes to the main database could lock everybody out for good."""
    hers = drill.create()
    grant = drill.give(hers, "Jobcenter Köln", lasts=MONTH)
    drill.order_lines()
    drill.keep_old_rows(hers)
    drill.back_up(tmp_path / "copy")
    with Writer(drill.house.pair.main_url()) as writer:
        forged = writer.connection.execute("UPDATE sealed_compartment SET epoch = 1000")
        assert forged.rowcount
    drill.restore(tmp_path / "copy", "shred")
    assert not closed(drill)
    drill.put_back(hers)
    assert drill.by_grant(drill.house.officer("Jobcenter Köln"), hers, grant) == set(LANGUAGES)


def test_a_grant_that_somebody_forged_holds_up_no_replay_and_is_counted(drill: Drill, tmp_path: Path) -> None:
    """Its row is left as it is; the shred store knows that it is over."""
    hers, other = drill.create(), drill.create()
    forged, ended = (drill.give(one, "Jobcenter Köln", lasts=MONTH) for one in (hers, other))
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    drill.withdraw(hers, forged)
    drill.withdraw(other, ended)
    export = drill.export(tmp_path / "log")
    drill.restore(tmp_path / "copy")
    with Writer(drill.house.pair.main_url()) as writer:
        writer.change(writer.one(GrantRow, id=forged.id), not_after=forged.not_after + MONTH)
    report = drill.replay(export)
    assert (report.grants, report.skipped) == (1, 1)
    with Writer(drill.house.pair.main_url()) as writer:
        writer.change(writer.one(GrantRow, id=forged.id), not_after=forged.not_after)
    assert drill.by_grant(drill.house.officer("Jobcenter Köln"), hers, forged) == set()


def test_a_store_that_was_closed_stays_closed_when_only_it_comes_back_once_more(drill: Drill, tmp_path: Path) -> None:
    Story(drill, tmp_path / "copy")
    drill.restore(tmp_path / "copy")
    drill.stop()
    drill.bring_back(tmp_path / "copy", "shred")
    drill.start()
    assert closed(drill)


def test_a_log_in_which_an_end_was_changed_into_something_else_keeps_a_restored_store_closed(
    drill: Drill, tmp_path: Path
) -> None:
    Story(drill, tmp_path / "copy")
    with Writer(drill.house.pair.main_url()) as writer:
        changed = writer.connection.execute("UPDATE audit_line SET event = 'log.read' WHERE event = 'grant.withdrawn'")
        assert changed.rowcount == 1
    drill.restore(tmp_path / "copy", "shred")
    assert closed(drill)
    assert drill.house.keeper.rooms.gate.closed == "log.broken"


@pytest.mark.parametrize("is_restored", [False, True])
def test_ends_that_the_web_process_made_up_end_nothing_at_a_start_nor_after_a_restore(
    drill: Drill, tmp_path: Path, *, is_restored: bool
) -> None:
    hers, other = drill.create(), drill.create()
    first = drill.give(hers, "Jobcenter Köln", lasts=MONTH)
    second = drill.give(other, "Jobcenter Köln", lasts=MONTH)
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    erased = {"event": "person.erased", "object_id": uuid4(), "appearances": [hers.appearance.id]}
    withdrawn = {"event": "grant.withdrawn", "grants": [second.id], "appearances": [other.appearance.id]}
    _write_line(drill, erased)
    drill.order_lines()
    _write_line(drill, withdrawn)
    if is_restored:
        drill.restore(tmp_path / "copy", "shred")
    else:
        drill.stop()
        drill.start()
    officer = drill.house.officer("Jobcenter Köln")
    assert drill.by_grant(officer, hers, first) == set(LANGUAGES)
    assert drill.by_grant(officer, other, second) == set(LANGUAGES)


@pytest.mark.parametrize("is_restored", [False, True])
def test_a_line_that_cannot_be_read_keeps_no_keeper_from_starting(
    drill: Drill, tmp_path: Path, *, is_restored: bool
) -> None:
    drill.create()
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    for at in ("infinity", "-infinity", "1999-12-31", "3000-01-01"):
        with pytest.raises(psycopg.errors.CheckViolation):
            _write_line(drill, {"event": "grant.withdrawn"}, at=at)
    with Writer(drill.house.pair.main_url()) as writer:
        writer.loosen("audit_line")  # one of before lines were checked
    _write_line(drill, {"event": "grant.withdrawn"}, at="infinity")
    _write_line(drill, {"event": "grant.withdrawn"}, grants=[None], appearances=[[uuid4()], [uuid4()]])
    if is_restored:
        drill.restore(tmp_path / "copy", "shred")
    else:
        drill.stop()
        drill.start()
    assert not closed(drill)
    drill.order_lines()
    drill.stop()
    drill.start()
    assert not closed(drill)


def test_a_line_with_another_leaf_or_without_end_gets_no_place_and_spoils_no_export(
    drill: Drill, tmp_path: Path
) -> None:
    hers = drill.create()
    grant = drill.give(hers, "Jobcenter Köln", lasts=MONTH)
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    _write_line(drill, {"event": "log.read"}, leaf=b"x" * 32)
    _write_line(drill, {"event": "log.read", "appearances": [uuid4() for _ in range(30_000)]})
    _write_line(drill, {"event": "log.read", "compartments": [""] * 200_000})
    _write_line(drill, {"event": "log.read", "session_id": b"s" * 300_000})
    drill.withdraw(hers, grant)
    export = drill.export(tmp_path / "log")
    with Sessions() as session, pytest.raises(ValueError, match="is not in the chain"):
        sequencer.verify(session)
    drill.restore(tmp_path / "copy", "shred")
    assert not closed(drill)
    drill.restore(tmp_path / "copy")
    assert drill.replay(export).grants == 1


def test_an_open_keeper_lifts_nothing_though_somebody_noted_that_no_newer_log_exists(drill: Drill) -> None:
    drill.create()
    drill.order_lines()
    with drill.at_the_command_line():
        size = bringing_back.accept_the_log(drill.owned)
        with pytest.raises(KeeperRefused, match=r"refused|replay\.not-closed"):
            replaying.open_without_log(drill.house.clock.now(), size=size)


def test_an_export_that_could_not_be_read_back_is_none(drill: Drill, tmp_path: Path) -> None:
    """Said when it is written, not when it is needed; no file with its name stays."""
    drill.create()
    drill.order_lines()
    with Writer(drill.house.pair.main_url()) as writer:
        assert writer.connection.execute("UPDATE audit_line SET event = 'log.read'").rowcount
    changed = pytest.raises(export_file.ExportRefused, match="it was changed")
    with drill.at_the_command_line() as head, Sessions() as session, changed:
        export_file.write(session, tmp_path / "log", head)
    assert not list(tmp_path.iterdir())

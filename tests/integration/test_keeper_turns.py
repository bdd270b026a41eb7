"""What a keeper does unasked: it looks for new offices, notes the log, forgets what is over, and is the only one."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from msgspec import structs

from registry import housekeeping
from registry.errors import OperationError
from registry.keeper.server import Keeper
from registry.wire.rows import AgencyRow
from registry.wire.sockets import places
from tests.keeper_machine import Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registry.keeper.store.noted import Note
    from registry.keeper.store.shred import ShredStore
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins


@pytest.fixture(scope="module")
def stage(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Stage]:
    with open_stage(clusters, template_pair, test_logins) as opened:
        yield opened


@contextmanager
def running(stage: Stage) -> Iterator[Keeper]:
    """Let another keeper run by itself in place of the stage's, which comes back afterwards."""
    stage.hang_up()
    stage.house.keeper.stop()
    stage.house.keeper = keeper = stage.house.another_keeper()
    thread = threading.Thread(target=keeper.run, args=(stage.house.settings,))
    thread.start()
    try:
        yield keeper
    finally:
        stage.hang_up()
        keeper.stop()
        thread.join(10)
        stage.house.start_keeper()
        assert not thread.is_alive()


def soon(happened: Callable[[], bool]) -> bool:
    """Say whether it happens within the time of several turns."""
    end = time.monotonic() + 10
    while not happened() and time.monotonic() < end:
        time.sleep(0.05)
    return happened()


def spent(store: ShredStore) -> int:
    return int(store.database.fetch("SELECT count(*) FROM spent WHERE what = 'jti'")[0][0])


def noted(keeper: Keeper) -> Note:
    return keeper.rooms.gate.noted.read()


def test_a_running_keeper_lets_new_offices_work_notes_the_log_and_tidies(stage: Stage) -> None:
    """Nobody restarts it because an office came; a log that goes on unseen could be cut back."""
    store = stage.house.keeper.rooms.store
    store.spend("jti", b"of long ago", stage.now())
    stage.pass_time(days=2)
    with running(stage) as keeper:
        assert soon(lambda: spent(keeper.rooms.store) == 0)
        before = noted(keeper).size
        assert soon(lambda: places.keeper(stage.house.settings.run_dir, "web").exists())
        agency = uuid4()
        row = stage.writer.one(AgencyRow, id=stage.agency("BAMF").id)
        stage.writer.put(stage.vouched(structs.replace(row, id=agency, name="A later office", number=None)))
        path = places.keeper(stage.house.settings.run_dir, "worker", agency)
        assert soon(path.exists)
        stage.house.speak_as("housekeeper")
        assert housekeeping.order_lines()
        stage.house.speak_as("web")
        assert soon(lambda: noted(keeper).size > before)
        keeper.rooms.store.spend("jti", b"of today", stage.now())
        stage.pass_time(hours=23)
        assert spent(keeper.rooms.store) == 1


def test_there_is_one_keeper_of_a_store_and_it_knows_when_it_is_none_any_more(stage: Stage) -> None:
    """Two would each remember only what they themselves have ended."""
    with pytest.raises(OperationError, match="Another keeper uses"):
        Keeper(stage.house.settings, now=stage.house.clock.now)
    store = stage.house.keeper.rooms.store
    assert store.holds()
    with psycopg.connect(stage.house.pair.shred_url(), autocommit=True) as owner:
        owner.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'")
    assert not store.holds()
    stage.restart()
    assert stage.house.keeper.rooms.store.holds()

"""What is hidden from a rotation: rows under another label or behind many others, approvers who left, old runs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from msgspec import structs

from registry.keeper.rotation.lying import PAGE
from registry.lines import GENESIS
from registry.wire import delivering, messages, rotating
from registry.wire.rows import OfficerRow, WrapRow
from tests.integration.test_rotation import Scene
from tests.keeper_machine import open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from tests.keeper_machine import Signed, Stage

_GARBAGE = """
    INSERT INTO sealed_compartment ({names}) SELECT {values} FROM sealed_compartment s, generate_series(1, %s) AS g
    WHERE s.appearance_id = %s AND s.compartment = 'identity.core'"""


@pytest.fixture
def scene(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Scene]:
    with open_stage(clusters, template_pair, test_logins, idle_minutes=600) as opened:
        yield Scene(opened, 1)


def bury(scene: Scene, many: int) -> None:
    """Put so many compartments that do not open before those of the first appearance."""
    names = scene.rows()[0].values()
    made = {"compartment": "'a' || lpad(g::text, 9, '0')", "custodian_wrap": "'\\x00'::bytea", "own_wrap": "NULL"}
    made["custodian_version"] = "1"
    values = [made.get(name, f"s.{name}") for name in names]
    with psycopg.connect(scene.stage.house.pair.main_url(), autocommit=True) as owner:
        statement = _GARBAGE.format(names=", ".join(names), values=", ".join(values))
        owner.execute(statement, [many, scene.hers[0].id])


def refused(scene: Scene, kind: str, scope: object = "") -> str:
    """Order that the first version be destroyed; return why it is not."""
    run = scene.order(kind, str(scope), operation="destroy", version=1)
    return scene.stage.refused(rotating.DestroyKey(run.id), role="cli")


def test_a_genuine_row_behind_more_than_a_page_of_others_keeps_its_key(scene: Scene) -> None:
    kept = scene.stage.sealed(scene.hers[0].id, "languages.core")
    scene.rotate("custodian")
    scene.stage.pass_time(hours=2)
    moved = scene.stage.sealed(kept.appearance_id, kept.compartment)
    bury(scene, PAGE + 10)
    scene.stage.writer.put(kept)
    assert refused(scene, "custodian") == "key.still-used"
    scene.stage.writer.put(moved)
    assert scene.destroy("custodian").tried


@pytest.mark.parametrize("whose", ["custodian", "source", "recipient"])
def test_a_row_that_names_another_version_than_it_lies_under_keeps_its_key(scene: Scene, whose: str) -> None:
    """Else whoever writes to the database could let the rotation pass a row over, and lose it with the old key."""
    stage, born = scene.stage, scene.hers[0]
    kind, scope = {
        "custodian": ("custodian", ""),
        "source": ("agency", str(scene.clerk.office)),
        "recipient": ("agency", str(scene.reader.office)),
    }[whose]
    row, (wrap,) = stage.sealed(born.id, "identity.core"), stage.writer.fetch(WrapRow, appearance_id=born.id)
    hidden = {
        "custodian": structs.replace(row, custodian_version=2),
        "source": structs.replace(row, own_version=2),
        "recipient": structs.replace(wrap, key_version=2),
    }[whose]
    stage.writer.put(hidden)
    scene.rotate(kind, scope)
    stage.pass_time(hours=2)
    assert scene.told(kind, scope)[1] == ("decrypt-only", 0)
    assert refused(scene, kind, scope) == "key.still-used"
    stage.writer.put(wrap if whose == "recipient" else row)
    scene.rotate(kind, scope)
    stage.pass_time(hours=2)
    assert scene.destroy(kind, scope).tried
    assert scene.all_read()


def test_new_appearances_wait_while_what_came_from_keys_is_forgotten(scene: Scene) -> None:
    """Else the walk through all that is remembered would break off, and a key be destroyed without its line."""
    store = scene.stage.house.keeper.rooms.store
    birth = threading.Thread(target=store.new_secrets, args=([uuid4()], scene.stage.now()))
    with store._lock:
        birth.start()
        birth.join(0.3)
        assert birth.is_alive()
    birth.join(10)
    assert not birth.is_alive()


@pytest.mark.parametrize("who", ["first", "second"])
def test_what_an_administrator_ordered_who_left_since_is_done_no_more(scene: Scene, who: str) -> None:
    run = scene.order("custodian")
    scene.stage.ask(rotating.Renew(run.id), rotating.KeyRenewed, role="cli")
    kept = scene.stage.writer.one(OfficerRow, id=getattr(scene, who).actor)
    changes = (({"status": "left"}, "officer.left"), ({"roles": ["auditor"]}, "officer.role"))
    for change, code in changes:
        scene.stage.writer.put(scene.stage.vouched(structs.replace(kept, **change)))
        assert scene.stage.refused(rotating.Renew(run.id), role="cli") == code
        assert scene.stage.refused(rotating.Rekey(run.id), role="housekeeper") == code
    scene.stage.writer.put(kept)
    scene.sweep()
    assert scene.progress(run.id).finished_at is not None


def test_a_run_of_before_the_store_was_brought_back_does_nothing_more(scene: Scene) -> None:
    """How much of its budget it has used is forgotten, and which versions its key has may be as well."""
    stage = scene.stage
    administrator = stage.officer("Agentur", "administrator")
    importing, exporting = (_opened(stage, administrator, operation) for operation in ("import", "export"))
    run = scene.order("custodian")
    stage.pass_time(minutes=1)
    with psycopg.connect(stage.house.pair.shred_url(), autocommit=True) as owner:
        owner.execute(
            "INSERT INTO gate (id, size, chain, restored_at) VALUES (1, 0, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET restored_at = excluded.restored_at",
            (GENESIS, stage.now()),
        )
    stage.restart()
    stage.house.keeper.open_worker_sockets()
    mine = f"worker-{administrator.office}"
    stage.house.speak_as("housekeeper")
    assert stage.refused(rotating.Renew(run.id), role="cli") == "run.ended"
    assert stage.refused(messages.Write([messages.WriteRecord({})], run=importing), role=mine) == "run.ended"
    assert stage.refused(messages.Open(stage.claim([scene.hers[0]]), run=exporting), role=mine) == "run.ended"
    assert stage.refused(delivering.NameGrants(exporting), role=mine) == "run.ended"


def _opened(stage: Stage, administrator: Signed, operation: str) -> UUID:
    run = stage.ask(messages.OpenRun(administrator.token, operation, 100), messages.RunOpened).run
    stage.writer.put(run)
    return run.id

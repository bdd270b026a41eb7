"""Root and agencies' keys rotated and destroyed where the root lies in OpenBao, or in a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from registry.crypto.errors import CryptoError
from registry.errors import OperationError
from registry.keeper.custody.choosing import custodian
from registry.keeper.custody.custodian import KeyName
from tests.custodians import SoftHsm, running_bao, soft_hsm
from tests.integration.test_rotation import Scene
from tests.keeper_machine import Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins


@pytest.fixture(params=["transit", "pkcs11"])
def scene(request: pytest.FixtureRequest, clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Scene]:
    if request.param == "transit":
        with running_bao() as bao:
            mount = bao.mount()
            settings = bao.settings(mount, bao.token(mount))
            with open_stage(clusters, template_pair, test_logins, custody=settings, idle_minutes=600) as stage:
                yield Scene(stage, 1)
    else:
        with pytest.MonkeyPatch.context() as patch, soft_hsm(patch) as hsm:
            settings = SoftHsm.settings(hsm.token())
            with open_stage(clusters, template_pair, test_logins, custody=settings, idle_minutes=600) as stage:
                yield Scene(stage, 1)
                stage.hang_up()
                stage.house.keeper.stop()


def wrapped(stage: Stage, name: KeyName) -> bytes:
    """Return a key as it lies in the shred store: what a back-up of it has."""
    with psycopg.connect(stage.house.pair.shred_url()) as owner:
        asked = "SELECT wrapped FROM key WHERE kind = %s AND scope = %s AND version = %s"
        (found,) = owner.execute(asked, (name.kind, name.scope, name.version)).fetchone() or (b"",)
        return bytes(found)


def opens(stage: Stage, copy: bytes, name: KeyName) -> bool:
    """Say whether the custodian opens a copy that somebody kept."""
    try:
        custodian(stage.house.settings).unwrap(copy, name)
    except (CryptoError, OperationError):
        return False
    return True


def test_a_rotated_root_opens_everything_and_a_destroyed_one_no_copy(scene: Scene) -> None:
    stage, rows = scene.stage, KeyName("rows", "", 1)
    copy = wrapped(stage, rows)
    scene.rotate("root")
    assert wrapped(stage, rows) != copy
    assert opens(stage, copy, rows)  # until the older root is destroyed
    stage.restart()
    stage.pass_time(minutes=1)
    assert scene.all_read()
    destroyed = scene.destroy("root")
    assert destroyed.are_copies_closed
    assert not opens(stage, copy, rows)
    stage.restart()
    stage.pass_time(minutes=1)
    assert scene.all_read()


def test_an_agencys_destroyed_key_opens_from_no_copy_where_it_has_a_root_of_its_own(scene: Scene) -> None:
    stage, scope = scene.stage, str(scene.reader.office)
    name = KeyName("agency", scope, 1)
    copy = wrapped(stage, name)
    scene.rotate("agency", scope)
    stage.pass_time(hours=2)
    destroyed = scene.destroy("agency", scope)
    has_own_root = stage.house.settings.custody.kind == "transit"
    assert destroyed.are_copies_closed is has_own_root
    assert opens(stage, copy, name) is not has_own_root
    for _ in range(2):
        assert scene.all_read()
        stage.restart()
        stage.pass_time(minutes=1)

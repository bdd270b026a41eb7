"""Keys are rotated on the word of two administrators, while everybody goes on reading, and destroyed for good."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from msgspec import structs

from registry.casework.rotation.sweeping import Sweeping
from registry.crypto.errors import CryptoError
from registry.db import Sessions
from registry.exchange import rotations
from registry.keeper.custody.custodian import KeyName
from registry.keeper.custody.key_file import KeyFile
from registry.keeper.rules import Refusal
from registry.wire import messages, rotating
from registry.wire.rows import RunRow, SealedRow, WrapRow
from tests.keeper_machine import Signed, Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.exchange.models import Rotation
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from registry.wire.rows import GrantRow

COLOGNE, ESSEN = "Jobcenter Köln", "Jobcenter Essen"
HOUR = timedelta(hours=1)


@pytest.fixture
def stage(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Stage]:
    with open_stage(clusters, template_pair, test_logins, idle_minutes=600) as opened:
        yield opened


class Scene:
    """Persons recorded at one office, whom another may read; two administrators of the registry."""

    def __init__(self, stage: Stage, count: int = 3) -> None:
        self.stage = stage
        self.first, self.second = map(stage.sign_in, stage.house.book.administrators)
        self.clerk, self.reader = stage.officer("Agentur"), stage.officer(COLOGNE)
        self.hers = stage.born(self.clerk, count)
        self.persons: list[Signed] = []
        self.grants: list[GrantRow] = []
        for born in self.hers:
            letter = stage.letter(self.clerk, born.person_id)
            self.persons.append(stage.person(letter))
            wish = stage.wish(born.person_id, self.reader.office, [born.id])
            self.grants.append(stage.give(wish, letter.proof(1), person=self.persons[-1]))
        stage.house.speak_as("housekeeper")

    def order(self, kind: str, scope: UUID | str = "", **more: object) -> RunRow:
        """Let both administrators order a run, and store it."""
        asked = rotating.OrderRun([self.first.token, self.second.token], "rekey", kind, str(scope))
        run = self.stage.ask(structs.replace(asked, **more), messages.RunOpened, role="cli").run
        self.stage.writer.put(run)
        return run

    def sweep(self) -> Sweeping:
        """Let the housekeeper work until everything is through."""
        sweeping = Sweeping()
        for _ in range(5):
            sweeping.carry_out(self.stage.now)
        return sweeping

    def rotate(self, kind: str, scope: UUID | str = "") -> Rotation:
        """Rotate a key from beginning to end."""
        run = self.order(kind, scope)
        self.sweep()
        return self.progress(run.id)

    def progress(self, run: UUID) -> Rotation:
        """Return how far a run is."""
        with Sessions() as session:
            found = rotations.of_run(session, run)
        assert found is not None
        return found

    def told(self, kind: str, scope: UUID | str = "") -> dict[int, tuple[str, int | None]]:
        """Return state, and how much lies under it, of each version of a key."""
        keys = self.stage.ask(rotating.TellKeys(), rotating.KeysTold, role="cli").keys
        return {one.version: (one.state, one.left) for one in keys if (one.kind, one.scope) == (kind, str(scope))}

    def destroy(self, kind: str, scope: UUID | str = "", version: int = 1) -> rotating.KeyDestroyed:
        """Destroy a version of a key."""
        run = self.order(kind, scope, operation="destroy", version=version)
        return self.stage.ask(rotating.DestroyKey(run.id), rotating.KeyDestroyed, role="cli")

    def all_read(self) -> bool:
        """Say that everybody reads what she may: the other office, the source, and the person herself."""
        for born, grant, person in zip(self.hers, self.grants, self.persons, strict=True):
            granted = self.stage.open(self.reader, self.stage.claim([born], grant))
            own = self.stage.open(self.clerk, self.stage.claim([born]))
            herself = self.stage.ask(self.stage.looking(person, [born.id]), messages.Plaintext).opened
            assert [one.compartment for one in granted] == ["languages.core"]
            assert len(own) == len(herself) > 1
        return True

    def rows(self) -> list[SealedRow]:
        """Return all sealed compartments."""
        return self.stage.writer.everything(SealedRow)

    def wraps(self) -> list[WrapRow]:
        """Return all grants' wraps."""
        return self.stage.writer.everything(WrapRow)


@pytest.fixture
def scene(stage: Stage) -> Scene:
    return Scene(stage)


@pytest.fixture(scope="module")
def calm(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Scene]:
    """One for tests that renew nothing; they share it."""
    with open_stage(clusters, template_pair, test_logins, idle_minutes=600) as opened:
        yield Scene(opened, 1)


def test_an_agencys_key_is_rotated_and_nothing_but_the_wraps_changes(scene: Scene) -> None:
    source, other = scene.clerk.office, scene.reader.office
    before = {(row.appearance_id, row.compartment): row for row in scene.rows()}
    done = scene.rotate("agency", source)
    assert (done.total, done.moved, done.skipped) == (len(before), len(before), 0)
    assert scene.told("agency", source) == {1: ("decrypt-only", 0), 2: ("active", len(before))}
    for row in scene.rows():
        old = before[row.appearance_id, row.compartment]
        assert (row.own_version, row.custodian_version) == (2, 1)
        assert row.own_wrap != old.own_wrap
        same = {"own_version": old.own_version, "own_wrap": old.own_wrap}
        assert structs.replace(row, **same) == old
    assert scene.all_read()
    done = scene.rotate("agency", other)
    assert done.moved == len(scene.wraps()) == len(scene.hers)
    assert {wrap.key_version for wrap in scene.wraps()} == {2}
    assert scene.all_read()
    scene.stage.restart()
    scene.stage.pass_time(minutes=1)
    assert scene.all_read()


@pytest.mark.parametrize("kind", ["custodian", "shred", "receipts", "root"])
def test_a_key_of_the_house_is_rotated_and_everybody_reads_on(scene: Scene, kind: str) -> None:
    key_file = scene.stage.house.settings.root_key_file
    before = key_file.read_bytes()
    run = scene.order(kind)
    scene.sweep()
    assert scene.progress(run.id).finished_at is not None
    states = {version: state for version, (state, _) in scene.told(kind).items()}
    assert states == {1: "decrypt-only", 2: "active"}
    assert (key_file.read_bytes() != before) is (kind == "root")
    assert [one.name for one in key_file.parent.iterdir() if one.name.endswith(".next")] == []
    for _ in range(2):
        assert scene.all_read()
        scene.stage.born(scene.clerk)
        scene.stage.restart()
        scene.stage.pass_time(minutes=1)


def test_what_is_written_while_a_key_is_rotated_lies_under_the_new_one(scene: Scene) -> None:
    run = scene.order("custodian")
    scene.stage.ask(rotating.Renew(run.id), rotating.KeyRenewed, role="cli")
    (born,) = scene.stage.born(scene.clerk)
    assert {row.custodian_version for row in scene.rows() if row.appearance_id == born.id} == {2}
    assert {row.custodian_version for row in scene.rows() if row.appearance_id != born.id} == {1}
    assert scene.all_read()
    scene.sweep()
    assert scene.progress(run.id).moved == len([row for row in scene.rows() if row.appearance_id != born.id])
    assert {row.custodian_version for row in scene.rows()} == {2}


def test_renewing_twice_makes_one_version(scene: Scene) -> None:
    run = scene.order("custodian")
    for _ in range(3):
        scene.stage.ask(rotating.Renew(run.id), rotating.KeyRenewed, role="cli")
    assert list(scene.told("custodian")) == [1, 2]


def test_a_keeper_that_ends_in_the_middle_loses_nothing_and_the_rest_is_resumed(scene: Scene) -> None:
    scene.stage.born(scene.clerk, 250)
    run = scene.order("agency", scene.clerk.office)
    assert Sweeping().step(run.id, scene.stage.now())
    under = {row.own_version for row in scene.rows()}
    assert under == {1, 2}
    scene.stage.restart()
    scene.stage.pass_time(minutes=1)
    assert scene.all_read()
    scene.sweep()  # another housekeeper: it remembers nothing
    done = scene.progress(run.id)
    assert done.moved == done.total == len(scene.rows())
    assert {row.own_version for row in scene.rows()} == {2}
    assert scene.all_read()


def test_a_row_that_changed_since_the_keeper_read_it_is_left_to_the_next_pass(scene: Scene) -> None:
    stage, (born, *_) = scene.stage, scene.hers
    run = scene.order("agency", scene.clerk.office)
    stage.ask(rotating.Renew(run.id), rotating.KeyRenewed, role="cli")
    answer = stage.ask(rotating.Rekey(run.id), rotating.Rekeyed, role="housekeeper")
    stage.end(scene.grants[0].id, scene.persons[0])  # a new epoch
    stage.rewrite(scene.clerk, stage.sealed(born.id, "identity.core"), text="newer")  # a new version
    ended, written = stage.sealed(born.id, "languages.core"), stage.sealed(born.id, "identity.core")
    with Sessions.begin() as session:
        assert rotations.hold(session, answer.held) == len(answer.held) - 2
    assert stage.sealed(born.id, "languages.core") == ended
    assert stage.sealed(born.id, "identity.core") == written
    scene.sweep()
    assert {row.own_version for row in scene.rows()} == {2}


def test_a_wrap_that_was_deleted_meanwhile_does_not_come_back(scene: Scene) -> None:
    stage = scene.stage
    run = scene.order("agency", scene.reader.office)
    stage.ask(rotating.Renew(run.id), rotating.KeyRenewed, role="cli")
    answer = stage.ask(rotating.Rekey(run.id), rotating.Rekeyed, role="housekeeper")
    stage.end(scene.grants[0].id, scene.persons[0])
    with Sessions.begin() as session:
        assert rotations.move(session, answer.wraps) == len(answer.wraps) - 1
    assert scene.grants[0].id not in {wrap.grant_id for wrap in scene.wraps()}
    assert stage.closed(scene.reader, stage.claim([scene.hers[0]], scene.grants[0]))


def test_a_row_that_somebody_holds_is_passed_over_and_waited_for_by_nobody(scene: Scene) -> None:
    run = scene.order("agency", scene.clerk.office)
    with psycopg.connect(scene.stage.house.pair.main_url()) as other:
        other.execute("SELECT 1 FROM sealed_compartment WHERE compartment = 'identity.core' FOR UPDATE")
        assert Sweeping().step(run.id, scene.stage.now())
        held = [row for row in scene.rows() if row.own_version == 1]
        assert {row.compartment for row in held} == {"identity.core"}
    scene.sweep()
    assert {row.own_version for row in scene.rows()} == {2}


def test_a_forged_wrap_is_passed_over_and_keeps_neither_the_others_nor_the_old_key(scene: Scene) -> None:
    stage, broken = scene.stage, scene.hers[0]
    row = stage.sealed(broken.id, "identity.core")
    stage.writer.put(structs.replace(row, own_wrap=bytes(60)))
    done = scene.rotate("agency", scene.clerk.office)
    assert (done.skipped, done.moved) == (1, len(scene.rows()) - 1)
    assert scene.told("agency", scene.clerk.office)[1] == ("decrypt-only", 1)
    stage.pass_time(hours=2)
    assert scene.destroy("agency", scene.clerk.office).tried


# Who may order


def test_one_administrator_alone_orders_nothing_whoever_else_agrees(calm: Scene) -> None:
    own_office = calm.stage.officer("Agentur", "administrator")
    for approvals in (
        [],
        [calm.first.token],
        [calm.first.token, calm.first.token],
        [calm.first.token, own_office.token],
        [calm.first.token, calm.clerk.token],
        [calm.first.token, bytes(32)],
    ):
        for operation in ("rekey", "destroy"):
            asked = rotating.OrderRun(approvals, operation, "custodian", version=1)
            why = calm.stage.refused(asked, role="cli")
            assert why in {"approval.two-administrators", "officer.role", "session.missing"}
    assert list(calm.told("custodian")) == [1]


def test_what_is_no_order_is_none(calm: Scene) -> None:
    both = [calm.first.token, calm.second.token]
    for kind, scope, operation in (
        ("rows", "", "rekey"),
        ("secrets", "", "rekey"),
        ("custodian", str(calm.clerk.office), "rekey"),
        ("agency", "", "rekey"),
        ("agency", "nobody", "rekey"),
        ("agency", str(calm.clerk.office).upper(), "rekey"),
        ("custodian", "", "import"),
    ):
        assert calm.stage.refused(rotating.OrderRun(both, operation, kind, scope), role="cli") == "run.form"
    assert calm.stage.refused(rotating.OrderRun(both, "rekey", "agency", str(uuid4())), role="cli") == "agency.missing"
    for version in (0, 1, 2):
        asked = rotating.OrderRun(both, "destroy", "custodian", version=version)
        assert calm.stage.refused(asked, role="cli") == "key.not-retired"


def test_an_order_to_destroy_names_the_version(scene: Scene) -> None:
    scene.rotate("custodian")
    asked = rotating.OrderRun([scene.first.token, scene.second.token], "destroy", "custodian")
    assert scene.stage.refused(asked, role="cli") == "key.not-retired"


@pytest.mark.parametrize("kind", ["shred", "custodian"])
def test_who_begins_a_rotation_hears_how_much_there_is_to_move(scene: Scene, kind: str) -> None:
    there = {"shred": len(scene.hers), "custodian": len(scene.rows())}[kind]
    renewed = [scene.stage.ask(rotating.Renew(scene.order(kind).id), rotating.KeyRenewed, role="housekeeper").left]
    scene.sweep()
    again = scene.order(kind, goes_on=True)
    renewed.append(scene.stage.ask(rotating.Renew(again.id), rotating.KeyRenewed, role="housekeeper").left)
    assert renewed == [there, 0]


def test_a_run_that_was_changed_in_any_column_or_is_over_moves_and_destroys_nothing(scene: Scene) -> None:
    run = scene.order("custodian")
    changes = {
        "operation": "destroy",
        "agency_id": scene.clerk.office,
        "opened_by": scene.second.actor,
        "budget": 1,
        "created_at": run.created_at - HOUR,
        "ends_at": run.ends_at + HOUR,
        "approved_by": scene.first.actor,
        "key_kind": "shred",
        "key_scope": str(scene.clerk.office),
        "from_version": 7,
        "to_version": 9,
    }
    assert set(changes) == set(RunRow.__struct_fields__) - {"id", "mac"}
    for column, value in changes.items():
        scene.stage.writer.put(structs.replace(run, **{column: value}))
        for question, role in ((rotating.Renew(run.id), "cli"), (rotating.Rekey(run.id), "housekeeper")):
            assert scene.stage.refused(question, role=role) == "run.forged", column
        assert scene.stage.refused(rotating.DestroyKey(run.id), role="cli") == "run.forged", column
    scene.stage.writer.put(run)
    assert scene.stage.refused(rotating.DestroyKey(run.id), role="cli") == "run.operation"
    assert scene.stage.refused(rotating.Renew(uuid4()), role="cli") == "run.missing"
    scene.stage.pass_time(hours=24)
    assert scene.stage.refused(rotating.Renew(run.id), role="cli") == "run.ended"
    assert scene.stage.refused(rotating.Rekey(run.id), role="housekeeper") == "run.ended"
    assert scene.sweep().passes == {}
    assert list(scene.told("custodian")) == [1]


def test_a_run_of_an_agency_renews_no_key_and_one_of_the_house_writes_nothing(calm: Scene) -> None:
    stage = calm.stage
    importing = stage.run(stage.officer("Agentur", "administrator"))
    assert stage.refused(rotating.Renew(importing), role="cli") == "run.operation"
    run = calm.order("agency", calm.clerk.office)
    stage.house.keeper.open_worker_sockets()
    asked = messages.Write([messages.WriteRecord({})], run=run.id)
    assert stage.refused(asked, role=f"worker-{calm.clerk.office}") == "agency.missing"


def test_only_command_line_and_housekeeper_have_these_operations(calm: Scene) -> None:
    run = calm.order("custodian")
    asked = (
        rotating.OrderRun([calm.first.token, calm.second.token], "rekey", "custodian"),
        rotating.Renew(run.id),
        rotating.Rekey(run.id),
        rotating.DestroyKey(run.id),
        rotating.TellKeys(),
    )
    calm.stage.house.keeper.open_worker_sockets()
    for question in asked:
        for role in ("web", f"worker-{calm.clerk.office}"):
            assert calm.stage.refused(question, role=role) == "operation.not-here"
    for question in (asked[0], asked[3], asked[4]):
        assert calm.stage.refused(question, role="housekeeper") == "operation.not-here"
    assert calm.stage.refused(asked[2], role="cli") == "operation.not-here"


def test_a_rotation_that_another_overtook_is_refused_and_the_newest_moves_everything(scene: Scene) -> None:
    older, newer = scene.order("custodian"), None
    scene.stage.ask(rotating.Renew(older.id), rotating.KeyRenewed, role="cli")
    newer = scene.order("custodian")
    scene.stage.ask(rotating.Renew(newer.id), rotating.KeyRenewed, role="cli")
    assert scene.stage.refused(rotating.Rekey(older.id), role="housekeeper") == "run.superseded"
    scene.sweep()
    assert {row.custodian_version for row in scene.rows()} == {3}


@pytest.mark.parametrize("kind", ["agency", "custodian", "lookup"])
def test_a_version_that_was_ordered_before_is_not_given_to_another_key(calm: Scene, kind: str) -> None:
    """After a store was brought back alone it would have the number of what rows lie under that nobody can read."""
    scope = calm.clerk.office if kind == "agency" else ""
    assert (calm.order(kind, scope).to_version or 0) + 1 == calm.order(kind, scope).to_version


def test_a_run_that_goes_on_makes_no_new_version(scene: Scene) -> None:
    first = scene.order("custodian")
    scene.stage.ask(rotating.Renew(first.id), rotating.KeyRenewed, role="cli")
    scene.stage.pass_time(hours=25)
    scene.first, scene.second = map(scene.stage.sign_in, scene.stage.house.book.administrators)
    scene.order("custodian", goes_on=True)
    scene.sweep()
    assert {row.custodian_version for row in scene.rows()} == {2}
    assert list(scene.told("custodian")) == [1, 2]


# Destroyed for good


def test_a_key_is_destroyed_only_when_nothing_lies_under_it_or_may_be_on_its_way_there(scene: Scene) -> None:
    stage, scope = scene.stage, scene.clerk.office
    run = scene.order("agency", scope)
    stage.ask(rotating.Renew(run.id), rotating.KeyRenewed, role="cli")
    stage.pass_time(hours=2)
    destroying = scene.order("agency", scope, operation="destroy", version=1)
    assert stage.refused(rotating.DestroyKey(destroying.id), role="cli") == "key.still-used"
    scene.sweep()
    fresh = scene.order("custodian")
    scene.sweep()
    destroying = scene.order("custodian", operation="destroy", version=1)
    assert stage.refused(rotating.DestroyKey(destroying.id), role="cli") == "key.retired-lately"
    assert scene.progress(fresh.id).finished_at is not None
    assert scene.all_read()


@pytest.mark.parametrize("kind", ["agency", "custodian", "shred"])
def test_after_a_key_is_destroyed_an_old_row_opens_nowhere(scene: Scene, kind: str) -> None:
    """What a back-up kept of before the rotation is put back, document, wraps and all."""
    stage, born, reader = scene.stage, scene.hers[0], scene.reader
    scope = reader.office if kind == "agency" else ""
    shred_row = _shred_row(stage, born.id)
    kept_row, (kept_wrap,) = stage.sealed(born.id, "languages.core"), stage.writer.fetch(WrapRow, appearance_id=born.id)
    scene.rotate(kind, scope)
    stage.pass_time(hours=2)
    claim = stage.claim([born], scene.grants[0])
    moved_row, (moved_wrap,) = (
        stage.sealed(born.id, "languages.core"),
        stage.writer.fetch(WrapRow, appearance_id=born.id),
    )
    stage.writer.put(kept_row, kept_wrap)
    assert stage.open(reader, claim)  # as long as the old key lives
    stage.writer.put(moved_row, moved_wrap)
    destroyed = scene.destroy(kind, scope)
    assert len(destroyed.tried) >= 2
    assert destroyed.are_copies_closed is False  # a key file opens what a back-up of the shred store kept
    assert scene.told(kind, scope)[1] == ("destroyed", 0)
    assert _wrapped_of(stage, kind, str(scope)) == b""
    assert scene.all_read()
    stage.writer.put(kept_row, kept_wrap)
    if kind == "shred":
        with psycopg.connect(stage.house.pair.shred_url()) as owner:
            owner.execute("UPDATE shred_secret SET wrapped = %s, key_version = 1 WHERE appearance_id = %s", shred_row)
    person = scene.persons[0]
    for _ in range(2):
        if kind != "custodian" and (kind == "agency" or _ == 1):
            assert stage.closed(reader, claim) == "crypto"
        if kind == "custodian":
            assert stage.refused(stage.looking(person, [born.id], compartments=["languages.core"])) == "crypto"
        stage.restart()
        stage.pass_time(minutes=1)


def test_destroying_may_be_repeated_and_a_destroyed_key_is_not_renewed_into_life(scene: Scene) -> None:
    scene.rotate("custodian")
    scene.stage.pass_time(hours=2)
    run = scene.order("custodian", operation="destroy", version=1)
    for _ in range(2):
        scene.stage.ask(rotating.DestroyKey(run.id), rotating.KeyDestroyed, role="cli")
    assert scene.told("custodian")[1] == ("destroyed", 0)
    with pytest.raises(CryptoError):
        scene.stage.house.keeper.rooms.store.keyring.get("custodian", "", 1)
    scene.rotate("custodian")
    assert {version: state for version, (state, _) in scene.told("custodian").items()} == {
        1: "destroyed",
        2: "decrypt-only",
        3: "active",
    }


def test_receipts_signed_before_verify_after_rotation_and_after_the_old_key_is_destroyed(scene: Scene) -> None:
    stage, grant = scene.stage, scene.grants[0]
    asked = messages.Sign(grant.id, stage.records[grant.id])
    before = stage.ask(asked, messages.Signature).jws
    scene.rotate("receipts")
    after = stage.ask(asked, messages.Signature).jws
    assert _verified(stage, before) == _verified(stage, after)
    assert _kid(before) != _kid(after)
    stage.pass_time(hours=2)
    scene.destroy("receipts")
    for _ in range(2):
        assert _verified(stage, before) == _verified(stage, after)
        assert _kid(stage.ask(asked, messages.Signature).jws) == _kid(after)
        stage.restart()
        stage.pass_time(minutes=1)


def test_a_signing_key_whose_public_half_was_exchanged_in_the_store_keeps_the_keeper_from_starting(
    scene: Scene,
) -> None:
    scene.rotate("receipts")
    scene.stage.pass_time(hours=2)
    scene.destroy("receipts")
    left = _wrapped_of(scene.stage, "receipts", "")
    with psycopg.connect(scene.stage.house.pair.shred_url()) as owner:
        forged = left[:-1] + bytes([left[-1] ^ 1])
        owner.execute("UPDATE key SET wrapped = %s WHERE kind = 'receipts' AND version = 1", (forged,))
    scene.stage.hang_up()
    with pytest.raises(Refusal, match=r"key\.forged"):
        scene.stage.house.keeper.rooms.store.keys.open(scene.stage.now())


def test_the_root_of_before_opens_nothing_of_the_store_once_it_is_rotated(scene: Scene) -> None:
    before = KeyFile(scene.stage.house.settings.root_key_file.read_bytes())
    scene.rotate("root")
    destroyed = scene.destroy("root")
    assert destroyed.are_copies_closed
    assert scene.told("root") == {1: ("destroyed", None), 2: ("active", None)}
    with pytest.raises(CryptoError):
        before.unwrap(_wrapped_of(scene.stage, "rows", ""), KeyName("rows", "", 1))
    scene.stage.restart()
    scene.stage.pass_time(minutes=1)
    assert scene.all_read()
    scene.rotate("root")
    assert scene.told("root")[3] == ("active", None)


def _wrapped_of(stage: Stage, kind: str, scope: str) -> bytes:
    with psycopg.connect(stage.house.pair.shred_url()) as owner:
        asked = "SELECT wrapped FROM key WHERE kind = %s AND scope = %s AND version = 1"
        (wrapped,) = owner.execute(asked, (kind, scope)).fetchone() or (b"",)
        return bytes(wrapped)


def _shred_row(stage: Stage, appearance: UUID) -> tuple[bytes, UUID]:
    with psycopg.connect(stage.house.pair.shred_url()) as owner:
        asked = "SELECT wrapped, appearance_id FROM shred_secret WHERE appearance_id = %s"
        wrapped, whose = owner.execute(asked, (appearance,)).fetchone() or (b"", appearance)
        return bytes(wrapped), whose


def _verified(stage: Stage, receipt: str) -> bytes:
    """Return what a receipt says, if one of the keys that are published signed it."""
    keys = stage.ask(messages.PublicKeys(), messages.Keys).keys
    jwks = KeySet.import_key_set({"keys": keys})  # type: ignore[typeddict-item]  # ours are of one kind
    return bytes(jws.deserialize_compact(receipt, jwks, algorithms=["Ed25519"]).payload)


def _kid(receipt: str) -> str:
    head = receipt.split(".", maxsplit=1)[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])

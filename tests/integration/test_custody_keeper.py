"""A whole keeper whose root key is elsewhere: it lives with it, starts with it, and does not start without it."""

from __future__ import annotations

import logging
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest
from pkcs11 import Attribute, ObjectClass

from registry.crypto.errors import CryptoError
from registry.errors import OperationError
from registry.keeper.custody.hardware import ROOT, Token
from registry.keeper.server import Keeper
from registry.keys.client import KeeperRefused
from registry.wire import admitting, rotating
from tests.custodians import Bao, SoftHsm, running_bao, secret_file, soft_hsm
from tests.keeper_machine import Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.config import CustodySettings, Settings
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from registry.wire.rows import AppearanceRow, GrantRow
    from tests.keeper_machine import Signed

    Pairs = tuple[Pair, str, Logins]

OF_ANOTHER_KIND = ("a wrapped key is not of Transit's length", "unknown form or algorithm of a sealed secret")
COLOGNE, ESSEN = "Jobcenter Köln", "Jobcenter Essen"


@pytest.fixture(scope="module")
def bao() -> Iterator[Bao]:
    with running_bao() as running:
        yield running


@pytest.fixture(scope="module")
def hsm() -> Iterator[SoftHsm]:
    with pytest.MonkeyPatch.context() as patch, soft_hsm(patch) as made:
        yield made


@dataclass(frozen=True, slots=True)
class Life:
    """A person recorded at an office, who let two others read."""

    stage: Stage
    clerk: Signed
    person: Signed
    hers: AppearanceRow
    readers: dict[str, Signed]
    grants: dict[str, GrantRow]

    @classmethod
    def begin(cls, stage: Stage) -> Life:
        """Enrol, write and grant."""
        clerk = stage.officer("Agentur")
        (hers,) = stage.born(clerk)
        letter = stage.letter(clerk, hers.person_id)
        person = stage.person(letter)
        readers = {name: stage.officer(name) for name in (COLOGNE, ESSEN)}
        grants = {
            name: stage.give(
                stage.wish(hers.person_id, reader.agency or UUID(int=0), [hers.id]), letter.proof(number), person=person
            )
            for number, (name, reader) in enumerate(readers.items(), start=1)
        }
        stage.pass_time(minutes=1)
        return cls(stage, clerk, person, hers, readers, grants)

    def reads(self, name: str) -> bool:
        """Say that what was granted opens for an office; whatever else opens or refuses is an error."""
        opened = self.stage.open(self.readers[name], self.stage.claim([self.hers], self.grants[name]))
        return [one.compartment for one in opened] == ["languages.core"]

    def closed(self, name: str) -> str:
        """Return why nothing opens for an office."""
        reader = self.readers[name]
        return self.stage.closed(reader, self.stage.claim([self.hers], self.grants[name]))

    def own_lane(self) -> int:
        """Return how many compartments the source re-reads."""
        return len(self.stage.open(self.clerk, self.stage.claim([self.hers])))

    def restart(self) -> None:
        """Let the next keeper begin, and a minute pass: lines from before it open nothing."""
        self.stage.restart()
        self.stage.pass_time(minutes=1)


def refuses_to_start(stage: Stage, settings: Settings | None = None) -> str:
    """End the keeper, and return why the next one does not start; another attempt can begin afterwards."""
    stage.hang_up()
    stage.house.keeper.stop()
    for _ in range(100):
        with pytest.raises((OperationError, CryptoError)) as refusal:
            Keeper(settings or stage.house.settings, now=stage.house.clock.now)
        if "Another keeper" not in str(refusal.value):
            return str(refusal.value)
        time.sleep(0.05)
    raise AssertionError("the keeper before did not let go of the store")


@contextmanager
def living(pairs: Pairs, custody: CustodySettings) -> Iterator[Stage]:
    with open_stage(*pairs, custody=custody) as stage:
        yield stage
        stage.hang_up()
        stage.house.keeper.stop()


@pytest.fixture(scope="module")
def pairs(clusters: Pair, template_pair: str, test_logins: Logins) -> Pairs:
    return clusters, template_pair, test_logins


@pytest.fixture(scope="module")
def stage_in_token(pairs: Pairs, hsm: SoftHsm) -> Iterator[Stage]:
    with living(pairs, SoftHsm.settings(hsm.token())) as stage:
        yield stage


@pytest.fixture(scope="module")
def mount(bao: Bao) -> str:
    return bao.mount()


@pytest.fixture(scope="module")
def stage_in_transit(pairs: Pairs, bao: Bao, mount: str) -> Iterator[Stage]:
    with living(pairs, bao.settings(mount, bao.token(mount))) as stage:
        yield stage


@pytest.fixture
def in_token(stage_in_token: Stage) -> Life:
    return Life.begin(stage_in_token)


@pytest.fixture
def in_transit(stage_in_transit: Stage) -> Life:
    return Life.begin(stage_in_transit)


@pytest.mark.parametrize("custody", ["in_token", "in_transit"])
def test_a_keeper_lives_with_its_root_key_elsewhere_and_starts_again(
    custody: str, request: pytest.FixtureRequest
) -> None:
    life: Life = request.getfixturevalue(custody)
    life.stage.house.settings.root_key_file.unlink(missing_ok=True)  # the house of tests makes one; nobody needs it
    for _ in range(2):
        assert life.reads(COLOGNE)
        assert life.reads(ESSEN)
        assert life.own_lane() > 1
        life.restart()
    life.stage.end(life.grants[ESSEN].id, life.person)
    assert life.closed(ESSEN)
    assert life.reads(COLOGNE)
    Life.begin(life.stage)  # an office, a person and grants after the restart


def test_a_changed_pin_keeps_the_keeper_from_starting_until_it_is_told(in_token: Life, hsm: SoftHsm) -> None:
    house = in_token.stage.house
    before = token_of(house.settings)
    with hsm.session(before) as session:
        session.set_pin(before.pin_file.read_text().strip(), "another-pin")
    assert "refuses the PIN" in refuses_to_start(in_token.stage)
    told = replace(house.settings.custody, pkcs11_pin_file=secret_file(hsm.home, "another-pin"))
    house.settings = replace(house.settings, custody=told)
    in_token.restart()
    assert in_token.reads(COLOGNE)


def test_a_deleted_key_of_the_token_keeps_the_keeper_from_starting_and_is_not_made_again(
    pairs: Pairs, hsm: SoftHsm
) -> None:
    token = hsm.token()
    with living(pairs, SoftHsm.settings(token)) as stage:
        life = Life.begin(stage)
        with hsm.session(token) as session:
            session.get_key(object_class=ObjectClass.SECRET_KEY, label=ROOT).destroy()
        assert life.reads(COLOGNE)  # the keys below it are in the keeper's memory until it ends
        for _ in range(2):
            assert f"has no keys {ROOT}" in refuses_to_start(stage)
        with hsm.session(token) as session:
            assert list(session.get_objects({Attribute.LABEL: ROOT})) == []
        token.make("")
        assert "does not belong to this token" in refuses_to_start(stage)


def a_key(folder: Path) -> Path:
    """Return a new root key in a file."""
    path = folder / "root.key"
    path.write_bytes(secrets.token_bytes(32))
    path.chmod(0o400)
    return path


def token_of(settings: Settings) -> Token:
    """Return the token that a keeper uses."""
    custody = settings.custody
    assert custody.pkcs11_module is not None
    assert custody.pkcs11_pin_file is not None
    return Token(custody.pkcs11_module, custody.pkcs11_token, custody.pkcs11_pin_file)


def test_a_custodian_of_another_kind_opens_no_store(in_token: Life, bao: Bao, mount: str, tmp_path: Path) -> None:
    settings = replace(in_token.stage.house.settings, root_key_file=a_key(tmp_path))
    in_bao: CustodySettings = bao.settings(mount, bao.token(mount))
    for other in (replace(settings, custody=in_bao), replace(settings, custody=replace(in_bao, kind="file"))):
        assert refuses_to_start(in_token.stage, other) in OF_ANOTHER_KIND
    in_token.restart()


def test_an_agency_that_was_cut_off_reads_nothing_after_the_next_start_and_the_others_go_on(
    in_transit: Life, bao: Bao, mount: str, caplog: pytest.LogCaptureFixture
) -> None:
    cologne = in_transit.readers[COLOGNE].agency
    bao.ask("DELETE", f"{mount}/keys/einmal-agency-{cologne}/soft-delete")
    assert in_transit.reads(COLOGNE)  # the key is in the keeper's memory until it ends
    with caplog.at_level(logging.WARNING, "registry.keeper"):
        in_transit.restart()
    told = [record for record in caplog.records if record.msg == "keeper.agency-cut-off"]
    assert [vars(record)["agency"] for record in told] == [str(cologne)]
    assert in_transit.closed(COLOGNE) == "crypto"
    assert in_transit.reads(ESSEN)
    assert in_transit.own_lane() > 1
    bao.ask("POST", f"{mount}/keys/einmal-agency-{cologne}/soft-delete-restore")
    in_transit.restart()
    assert in_transit.reads(COLOGNE)


def test_who_is_cut_off_holds_up_no_withdrawal_and_gets_no_key_made_meanwhile(
    in_transit: Life, bao: Bao, mount: str
) -> None:
    cologne = in_transit.readers[COLOGNE].agency
    bao.ask("DELETE", f"{mount}/keys/einmal-agency-{cologne}/soft-delete")
    in_transit.restart()
    in_transit.stage.end(in_transit.grants[ESSEN].id, in_transit.person)
    assert in_transit.closed(ESSEN)
    bao.ask("POST", f"{mount}/keys/einmal-agency-{cologne}/soft-delete-restore")
    in_transit.restart()
    assert in_transit.closed(COLOGNE)


def test_of_an_agency_that_is_cut_off_no_key_is_renewed(in_transit: Life, bao: Bao, mount: str) -> None:
    """What it reads lies under the one that was taken away: first that comes back, or nothing does."""
    cologne, stage = str(in_transit.readers[COLOGNE].agency), in_transit.stage
    run = stage.order("rekey", "agency", cologne)
    bao.ask("DELETE", f"{mount}/keys/einmal-agency-{cologne}/soft-delete")
    in_transit.restart()
    assert stage.refused(rotating.Renew(run.id), role="cli") == "crypto"
    bao.ask("POST", f"{mount}/keys/einmal-agency-{cologne}/soft-delete-restore")
    assert stage.refused(rotating.Renew(run.id), role="cli") == "crypto"
    assert stage.house.keeper.rooms.store.keys.active("agency", cologne) == 1
    in_transit.restart()
    assert in_transit.reads(COLOGNE)


def test_a_source_that_is_cut_off_holds_up_no_withdrawal(in_transit: Life, bao: Bao, mount: str) -> None:
    key = f"{mount}/keys/einmal-agency-{in_transit.clerk.agency}"
    bao.ask("DELETE", f"{key}/soft-delete")
    in_transit.restart()
    assert in_transit.stage.closed(in_transit.clerk, in_transit.stage.claim([in_transit.hers]))
    assert in_transit.reads(ESSEN)
    in_transit.stage.end(in_transit.grants[ESSEN].id, in_transit.person)
    assert in_transit.closed(ESSEN)
    in_transit.restart()
    assert in_transit.closed(ESSEN)
    assert in_transit.reads(COLOGNE)
    bao.ask("POST", f"{key}/soft-delete-restore")
    in_transit.restart()
    assert in_transit.own_lane() > 1


def test_a_sealed_or_refusing_transit_engine_keeps_the_keeper_from_starting(
    in_transit: Life, bao: Bao, mount: str, tmp_path: Path
) -> None:
    settings = in_transit.stage.house.settings
    bao.seal()
    try:
        assert "sealed" in refuses_to_start(in_transit.stage)
    finally:
        bao.unseal()
    lost = replace(settings.custody, transit_token_file=secret_file(tmp_path, "s.nobody"))
    end = time.monotonic() + 10
    while "sealed" in (why := refuses_to_start(in_transit.stage, replace(settings, custody=lost))):
        assert time.monotonic() < end
    assert "refuses the token" in why
    rootless = replace(
        settings.custody, transit_token_file=secret_file(tmp_path, bao.token(mount, without="einmal-root"))
    )
    assert "refuses the token" in refuses_to_start(in_transit.stage, replace(settings, custody=rootless))
    in_transit.restart()
    assert in_transit.reads(COLOGNE)


def test_while_the_custodian_is_away_offices_work_and_none_is_enrolled(in_transit: Life, bao: Bao) -> None:
    stage = in_transit.stage
    asked = admitting.EnrolAgency(
        [stage.sign_in(one).token for one in stage.house.book.administrators], "Jobcenter Ulm", "jobcenter", "84200"
    )
    keys = _stored_keys(stage)
    bao.seal()
    try:
        assert in_transit.reads(COLOGNE)
        assert stage.born(in_transit.clerk)
        assert stage.refused(asked) == "failed"
    finally:
        bao.unseal()
    assert _stored_keys(stage) == keys
    end = time.monotonic() + 10
    while (why := _refusal(stage, asked)) == "failed" and time.monotonic() < end:
        time.sleep(0.05)  # the engine answers a moment after it was unsealed
    assert why is None
    assert _stored_keys(stage) == keys + 1


def _refusal(stage: Stage, asked: admitting.EnrolAgency) -> str | None:
    try:
        stage.ask(asked, admitting.Enrolled)
    except KeeperRefused as refusal:
        return refusal.reason
    return None


def _stored_keys(stage: Stage) -> int:
    with psycopg.connect(stage.house.pair.shred_url()) as owner:
        (count,) = owner.execute("SELECT count(*) FROM key").fetchone() or (0,)
        return int(count)


def test_a_wrapped_key_that_was_changed_in_the_store_keeps_the_keeper_from_starting(in_transit: Life) -> None:
    """Also an agency's: only its custodian's word cuts an agency off, never a changed row."""
    stage = in_transit.stage
    cologne = str(in_transit.readers[COLOGNE].agency)
    for kind, scope in (("agency", cologne), ("rows", "")):
        where = (kind, scope)
        with psycopg.connect(stage.house.pair.shred_url(), autocommit=True) as owner:
            (kept,) = owner.execute("SELECT wrapped FROM key WHERE kind = %s AND scope = %s", where).fetchone() or ()
            changed = kept[:-1] + bytes([kept[-1] ^ 1])
            owner.execute("UPDATE key SET wrapped = %s WHERE kind = %s AND scope = %s", (changed, *where))
            assert "does not belong" in refuses_to_start(stage)
            owner.execute("UPDATE key SET wrapped = %s WHERE kind = %s AND scope = %s", (kept, *where))
    with psycopg.connect(stage.house.pair.shred_url(), autocommit=True) as owner:
        owner.execute("UPDATE key SET kind = 'gone' WHERE kind = 'receipts'")
        assert "lacks keys of the house: receipts" in refuses_to_start(stage)
        owner.execute("UPDATE key SET kind = 'receipts' WHERE kind = 'gone'")
    in_transit.restart()
    assert in_transit.reads(COLOGNE)


def test_a_custodian_that_fails_in_the_midst_of_the_first_keys_leaves_an_empty_store(
    pairs: Pairs, bao: Bao, mount: str
) -> None:
    with open_stage(*pairs, enrolled=False, custody=bao.settings(mount, bao.token(mount))) as stage:
        stage.hang_up()
        stage.house.keeper.stop()
        with psycopg.connect(stage.house.pair.shred_url(), autocommit=True) as owner:
            owner.execute("DELETE FROM key")
            only = f'path "{mount}/keys/*" {{ capabilities = ["create", "read", "update"] }}'
            bao.ask("PUT", "sys/policies/acl/half", {"policy": only})
            half = bao.ask("POST", "auth/token/create", {"policies": ["half"]})["auth"]["client_token"]
            custody = bao.settings(mount, half)
            assert "use einmal-root" in refuses_to_start(stage, replace(stage.house.settings, custody=custody))
            assert owner.execute("SELECT count(*) FROM key").fetchone() == (0,)
        stage.restart()
        stage.hang_up()
        stage.house.keeper.stop()


@pytest.mark.parametrize(("env", "said"), [("production", 1), ("test", 0)])
def test_a_start_in_production_says_that_no_agency_can_be_cut_off_where_that_is_so(
    stage_in_token: Stage, bao: Bao, env: str, said: int, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    event = "keeper.custody-level-2-does-not-hold"
    house = stage_in_token.house
    settings = replace(house.settings, env=env, root_key_file=a_key(tmp_path))  # type: ignore[arg-type]  # one of them
    for custody, times in (
        (settings.custody, said),
        (replace(settings.custody, kind="file"), said),
        (bao.settings("transit", "none"), 0),
    ):
        caplog.clear()
        nowhere = replace(settings, custody=custody, shred_database_url="host=/nowhere")
        with pytest.raises(psycopg.OperationalError):
            Keeper(nowhere, now=house.clock.now)
        assert [record.msg for record in caplog.records].count(event) == times

"""One suite for whoever holds the root key: a key file, OpenBao's Transit engine, a token of SoftHSM2."""

from __future__ import annotations

import secrets
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from registry.crypto.errors import CryptoError
from registry.errors import OperationError
from registry.keeper.custody.custodian import KeyName
from registry.keeper.custody.hardware import Token
from registry.keeper.custody.key_file import KeyFile
from registry.keeper.store.keyring import HOUSE_KEYS, Keyring, StoredKey, new_stored_key
from registry.keeper.store.shred import ShredStore
from tests.custodians import Bao, SoftHsm, running_bao, secret_file, shown, soft_hsm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registry.keeper.custody.custodian import Custody
    from tests.conftest import DatabasePair

NAME = KeyName("rows", "", 1)
AGENCY = str(UUID(int=7))


@dataclass(frozen=True, slots=True)
class Trial:
    """A custodian under test, and how to come by others of its kind."""

    custody: Custody
    again: Callable[[], Custody]  # another instance of the very same
    other: Callable[[], Custody]  # one of its kind with another root
    away: Callable[[], Custody]  # one that cannot be reached
    secrets: tuple[str, ...] = ()  # what must never be shown


@pytest.fixture(scope="module")
def bao() -> Iterator[Bao]:
    with running_bao() as running:
        yield running


@pytest.fixture(scope="module")
def hsm() -> Iterator[SoftHsm]:
    with pytest.MonkeyPatch.context() as patch, soft_hsm(patch) as made:
        yield made


def in_a_file(folder: Path) -> KeyFile:
    path = folder / f"{secrets.token_hex(4)}.key"
    path.write_bytes(secrets.token_bytes(32))
    path.chmod(0o400)
    return KeyFile.read(path)


def of_a_file(request: pytest.FixtureRequest) -> Trial:
    folder: Path = request.getfixturevalue("tmp_path")
    one = in_a_file(folder)
    return Trial(
        one,
        again=lambda: KeyFile(one.key),
        other=lambda: in_a_file(folder),
        away=lambda: KeyFile.read(folder / "none"),
        secrets=shown(one.key),
    )


def of_transit(request: pytest.FixtureRequest) -> Trial:
    bao: Bao = request.getfixturevalue("bao")
    mount = bao.mount()
    token = bao.token(mount)
    another = bao.mount()
    return Trial(
        bao.custodian(mount, token),
        again=lambda: bao.custodian(mount, bao.token(mount)),
        other=lambda: bao.custodian(another, bao.token(another)),
        away=lambda: bao.custodian(mount, token, url=f"unix:{bao.home}/nobody.sock"),
        secrets=(token,),
    )


def of_a_token(request: pytest.FixtureRequest) -> Trial:
    hsm: SoftHsm = request.getfixturevalue("hsm")
    one = hsm.token()
    return Trial(
        one,
        again=lambda: replace(one, pin_file=secret_file(hsm.home, one.pin_file.read_text())),
        other=hsm.token,
        away=lambda: Token(one.module, "nobody", one.pin_file),
        secrets=(one.pin_file.read_text().strip(),),
    )


KINDS = {"file": of_a_file, "transit": of_transit, "pkcs11": of_a_token}


@pytest.fixture(params=KINDS)
def trial(request: pytest.FixtureRequest) -> Trial:
    made = KINDS[request.param](request)
    made.custody.make("")
    made.custody.make(AGENCY)
    return made


def key() -> bytes:
    return secrets.token_bytes(32)


def closed(custody: Custody, wrapped: bytes, name: KeyName = NAME) -> bool:
    with pytest.raises(CryptoError):
        custody.unwrap(wrapped, name)
    return True


def test_what_was_wrapped_opens_under_its_name(trial: Trial) -> None:
    for name in (NAME, KeyName("agency", AGENCY, 1), KeyName("rows", "", 2**31)):
        secret = key()
        assert trial.custody.unwrap(trial.custody.wrap(secret, name), name) == secret


def test_it_opens_under_no_other_name(trial: Trial) -> None:
    wrapped = trial.custody.wrap(key(), NAME)
    for other in (
        KeyName("rows", "", 2),
        KeyName("shred", "", 1),
        KeyName("", "rows", 1),
        KeyName("rows", AGENCY, 1),
        KeyName("", "", 1),
    ):
        assert closed(trial.custody, wrapped, other)
    agency = trial.custody.wrap(key(), KeyName("agency", AGENCY, 1))
    trial.custody.make(another := str(uuid4()))
    assert closed(trial.custody, agency, KeyName("agency", another, 1))
    assert closed(trial.custody, agency, KeyName("agency", "", 1))


def test_a_changed_byte_at_any_place_closes_it(trial: Trial) -> None:
    wrapped = trial.custody.wrap(key(), NAME)
    for place in range(len(wrapped)):
        for change in (0x01, 0x80):
            altered = wrapped[:place] + bytes([wrapped[place] ^ change]) + wrapped[place + 1 :]
            assert closed(trial.custody, altered), (place, change)


def test_less_and_more_of_it_stay_closed(trial: Trial) -> None:
    wrapped = trial.custody.wrap(key(), NAME)
    for length in range(len(wrapped)):
        assert closed(trial.custody, wrapped[:length])
    for more in (b"\0", b"\n", b"=", wrapped, wrapped[-16:]):
        assert closed(trial.custody, wrapped + more)
        assert closed(trial.custody, more + wrapped)


def test_the_same_key_is_wrapped_differently_each_time(trial: Trial) -> None:
    secret = key()
    assert len({trial.custody.wrap(secret, NAME) for _ in range(8)}) == 8


def test_two_instances_of_one_custodian_understand_each_other(trial: Trial) -> None:
    again, secret = trial.again(), key()
    assert again.unwrap(trial.custody.wrap(secret, NAME), NAME) == secret
    assert trial.custody.unwrap(again.wrap(secret, NAME), NAME) == secret


def test_another_root_of_the_same_kind_opens_nothing(trial: Trial) -> None:
    other = trial.other()
    other.make("")
    assert closed(other, trial.custody.wrap(key(), NAME))


def test_making_again_changes_nothing(trial: Trial) -> None:
    secret, agency = key(), KeyName("agency", AGENCY, 1)
    wrapped, theirs = trial.custody.wrap(secret, NAME), trial.custody.wrap(secret, agency)
    trial.again().make("")
    trial.again().make(AGENCY)
    assert trial.custody.unwrap(wrapped, NAME) == trial.custody.unwrap(theirs, agency) == secret


def test_only_a_key_of_32_bytes_is_wrapped(trial: Trial) -> None:
    for wrong in (b"", b"k" * 16, b"k" * 31, b"k" * 33, b"k" * 64):
        with pytest.raises(CryptoError):
            trial.custody.wrap(wrong, NAME)


def test_one_that_is_away_is_told_as_that_and_makes_wraps_and_opens_nothing(trial: Trial) -> None:
    wrapped = trial.custody.wrap(key(), NAME)
    for act in (
        lambda: trial.away().unwrap(wrapped, NAME),
        lambda: trial.away().wrap(key(), NAME),
        lambda: trial.away().make(""),
    ):
        with pytest.raises(OperationError) as refusal:
            act()
        assert all(secret not in str(refusal.value) for secret in trial.secrets)


def test_no_secret_is_in_what_is_shown_or_logged(trial: Trial, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    secret = key()
    wrapped = trial.custody.wrap(secret, NAME)
    stored = StoredKey(NAME.kind, NAME.scope, NAME.version, "active", wrapped)
    ring = Keyring()
    ring.add(stored, trial.custody)
    with pytest.raises(CryptoError) as refusal:
        trial.custody.unwrap(wrapped, replace(NAME, version=2))
    texts = [repr(trial.custody), str(trial.custody), repr(stored), repr(ring), str(refusal.value), caplog.text]
    assert trial.secrets
    for hidden in (*trial.secrets, *shown(secret), *shown(wrapped)):
        assert [text for text in texts if hidden in text] == []


def test_a_ring_of_keys_opens_whole(trial: Trial) -> None:
    made = [new_stored_key(kind, "", 1, custody=trial.custody) for kind in HOUSE_KEYS]
    made.append(new_stored_key("agency", AGENCY, 1, custody=trial.custody))
    rings = [Keyring(), Keyring()]
    for ring, custody in zip(rings, (trial.custody, trial.again()), strict=True):
        for stored in made:
            ring.add(stored, custody)
    for stored in made:
        one, other = (ring.active(stored.kind, stored.scope) for ring in rings)
        assert one == other
        assert len(one[1]) == 32


def test_a_destroyed_key_is_not_even_asked_for(trial: Trial) -> None:
    ring = Keyring()
    ring.add(
        StoredKey("rows", "", 1, "destroyed", b"what is left of it"), trial.away() if _lazy(trial) else trial.custody
    )
    with pytest.raises(CryptoError):
        ring.get("rows", "", 1)


def _lazy(trial: Trial) -> bool:
    """Say whether a custodian of this kind can be away and yet be there to be asked: a key file is read at once."""
    return not isinstance(trial.custody, KeyFile)


def test_what_one_kind_of_custodian_wrapped_no_other_kind_opens(request: pytest.FixtureRequest) -> None:
    trials = {kind: make(request) for kind, make in KINDS.items()}
    for one in trials.values():
        one.custody.make("")
    wrapped = {kind: one.custody.wrap(key(), NAME) for kind, one in trials.items()}
    assert len({content[0] for content in wrapped.values()}) == len(KINDS)
    for kind, content in wrapped.items():
        for other in KINDS.keys() - {kind}:
            assert closed(trials[other].custody, content), (kind, other)
            swapped = wrapped[other][:2] + content[2:]
            assert closed(trials[other].custody, swapped), (kind, other)


def test_a_renewed_root_opens_what_it_wraps_and_until_then_what_was_wrapped_before(trial: Trial) -> None:
    secret, agency = key(), KeyName("agency", AGENCY, 1)
    before = {name: trial.custody.wrap(secret, name) for name in (NAME, agency)}
    newer = trial.custody.renewed(("", AGENCY))
    assert {trial.custody.unwrap(wrapped, name) for name, wrapped in before.items()} == {secret}
    after = {name: newer.wrap(trial.custody.unwrap(wrapped, name), name) for name, wrapped in before.items()}
    newer.take_over()
    found = trial.again() if not isinstance(newer, KeyFile) else KeyFile.read(newer.path or Path())
    for name, wrapped in after.items():
        assert newer.unwrap(wrapped, name) == found.unwrap(wrapped, name) == secret
        assert closed(newer, wrapped, replace(name, version=2))


def test_what_lay_under_an_older_root_opens_no_more_once_that_is_closed(trial: Trial) -> None:
    """Also a copy that somebody kept; a key file that was replaced is gone already."""
    before = trial.custody.wrap(key(), NAME)
    newer = trial.custody.renewed(("", AGENCY))
    secret = key()
    after = newer.wrap(secret, NAME)
    newer.take_over()
    lying = {"": [after], AGENCY: [newer.wrap(secret, KeyName("agency", AGENCY, 1))]}
    assert newer.close_older(lying) is not isinstance(newer, KeyFile)
    with pytest.raises((CryptoError, OperationError)):
        newer.unwrap(before, NAME)
    assert newer.unwrap(after, NAME) == secret
    thrice = newer.renewed(("", AGENCY))
    assert thrice.unwrap(thrice.wrap(secret, NAME), NAME) == secret


def test_closing_older_roots_spares_what_is_in_use_and_opens_nothing_that_was_closed(trial: Trial) -> None:
    first = trial.custody.wrap(secret := key(), NAME)
    second = trial.custody.renewed(("",))
    after = second.wrap(secret, NAME)
    second.take_over()
    third = second.renewed(("",))  # and broke off: nothing lies under it
    second.close_older({"": [after]})
    assert second.unwrap(after, NAME) == secret
    with pytest.raises((CryptoError, OperationError)):
        second.unwrap(first, NAME)
    last = third.wrap(secret, NAME)
    third.take_over()
    third.close_older({"": [last]})
    with suppress(OperationError):  # a token says that there is no such root
        third.close_older({"": [after]})
    with pytest.raises((CryptoError, OperationError)):
        third.unwrap(after, NAME)
    assert third.unwrap(last, NAME) == secret


def test_destroying_an_older_root_after_a_change_that_broke_off_loses_nothing(
    trial: Trial, database_pair: DatabasePair
) -> None:
    now = datetime.now(UTC)
    with closing(ShredStore(database_pair.shred_url(), trial.custody)) as store:
        store.open(now)
        store.add_key("agency", AGENCY, now)
        store.keys.renew("root", "", 2, now=now)
        kept = [store.keyring.get(name.kind, name.scope, name.version) for name in store.keyring.names()]
        _started_anew(trial).renewed(("", AGENCY))  # the next change of the root came no further than this
        assert store.keys.destroy("root", "", 1)
    with closing(ShredStore(database_pair.shred_url(), _started_anew(trial))) as store:
        store.open(now)
        assert [store.keyring.get(name.kind, name.scope, name.version) for name in store.keyring.names()] == kept
        store.keys.renew("root", "", 3, now=now)
        assert store.keys.destroy("root", "", 2)
        store.keys.opened_anew()


def test_a_store_opens_whenever_a_change_of_root_is_interrupted(trial: Trial) -> None:
    secret = key()
    before = trial.custody.wrap(secret, NAME)
    newer = trial.custody.renewed(("", AGENCY))  # and nothing lies under it yet
    again = _started_anew(trial).settled(before, NAME)
    assert again.unwrap(before, NAME) == secret
    newer = again.renewed(("", AGENCY))
    after = newer.wrap(secret, NAME)  # and now all does, but it has not taken over
    again = _started_anew(trial).settled(after, NAME)
    assert again.unwrap(after, NAME) == secret
    assert _started_anew(trial).settled(after, NAME).unwrap(after, NAME) == secret


def _started_anew(trial: Trial) -> Custody:
    """Return the custodian as the next keeper finds it."""
    return KeyFile.read(trial.custody.path or Path()) if isinstance(trial.custody, KeyFile) else trial.again()


def test_a_leftover_file_beside_the_root_key_goes_and_never_takes_its_place(tmp_path: Path) -> None:
    one = in_a_file(tmp_path)
    assert one.path is not None
    wrapped = one.wrap(secret := key(), NAME)
    beside = one.path.with_name(one.path.name + ".next")
    beside.write_bytes(b"half")
    assert KeyFile.read(one.path).settled(wrapped, NAME).unwrap(wrapped, NAME) == secret
    assert not beside.exists()
    one.renewed(("",))
    another = in_a_file(tmp_path).wrap(key(), NAME)
    assert closed(KeyFile.read(one.path).settled(another, NAME), another)
    assert beside.exists()  # of two that both do not open what lies there, none is thrown away


def test_a_copy_of_a_root_key_is_not_rotated(tmp_path: Path) -> None:
    """The supervisor makes it anew at each start: a key written beside it would be lost, and all with it."""
    path = tmp_path / "root_key_file.copy"
    path.write_bytes(key())
    path.chmod(0o400)
    with pytest.raises(OperationError, match="copy"):
        KeyFile.read(path).renewed(("",))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]

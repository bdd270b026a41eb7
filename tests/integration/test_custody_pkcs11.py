"""A PKCS#11 token as custodian, SoftHSM2's: which keys, tokens, modules and PINs are refused."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, MechanismFlag, ObjectClass, TokenFlag

from registry.crypto.errors import CryptoError
from registry.errors import OperationError
from registry.keeper.custody.custodian import KeyName
from registry.keeper.custody.hardware import ROOT, Token, insist_tries
from tests.custodians import SoftHsm, secret_file, soft_hsm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = KeyName("rows", "", 1)
SECRET = b"s" * 32
USES = MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT


@pytest.fixture(scope="module")
def hsm() -> Iterator[SoftHsm]:
    with pytest.MonkeyPatch.context() as patch, soft_hsm(patch) as made:
        yield made


@pytest.fixture
def token(hsm: SoftHsm) -> Token:
    made = hsm.token()
    made.make("")
    return made


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(OperationError) as refusal:
        act()
    return str(refusal.value)


def test_the_key_never_leaves_its_token(hsm: SoftHsm, token: Token) -> None:
    with hsm.session(token) as session:
        key = session.get_key(object_class=ObjectClass.SECRET_KEY, label=ROOT)
        kept = (Attribute.SENSITIVE, Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE)
        assert all(key[attribute] for attribute in kept)
        with pytest.raises(pkcs11.AttributeSensitive):
            key[Attribute.VALUE]
        with pytest.raises(pkcs11.PKCS11Error):
            key[Attribute.EXTRACTABLE] = True
        with pytest.raises(pkcs11.PKCS11Error):
            key[Attribute.SENSITIVE] = False
        wrapping = session.generate_key(KeyType.AES, 256, capabilities=MechanismFlag.WRAP)
        with pytest.raises(pkcs11.PKCS11Error):
            wrapping.wrap_key(key)  # type: ignore[attr-defined]  # the library gives it at run time


def test_nobody_stays_logged_in(token: Token) -> None:
    wrapped = token.wrap(SECRET, NAME)
    with pytest.raises(CryptoError):
        token.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]), NAME)
    refused(lambda: replace(token, pin_file=secret_file(token.pin_file.parent, "wrong-pin")).unwrap(wrapped, NAME))
    found = pkcs11.lib(str(token.module)).get_token(token_label=token.label)
    with found.open() as session:
        assert list(session.get_objects({Attribute.LABEL: ROOT})) == []


def test_many_threads_may_ask_at_once(token: Token) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(partial(there_and_back, token), range(1, 33)))


def there_and_back(token: Token, number: int) -> bool:
    name = KeyName("rows", "", number)
    return token.unwrap(token.wrap(SECRET, name), name) == SECRET


@pytest.mark.parametrize(
    ("bits", "properties"),
    [
        (256, {Attribute.EXTRACTABLE: True, Attribute.SENSITIVE: True}),
        (256, {Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: False}),
        (128, {Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True}),
    ],
)
def test_a_key_that_can_leave_its_token_or_is_weak_is_not_used(
    hsm: SoftHsm, bits: int, properties: dict[Attribute, Any]
) -> None:
    token = hsm.token()
    with hsm.session(token) as session:
        session.generate_key(KeyType.AES, bits, label=ROOT, store=True, capabilities=USES, template=properties)
    token.make("")
    assert "never leaves" in refused(lambda: token.wrap(SECRET, NAME))
    assert "never leaves" in refused(lambda: token.unwrap(bytes((3, 1)) + bytes(60), NAME))


def test_two_keys_of_one_label_are_one_too_many(hsm: SoftHsm, token: Token) -> None:
    wrapped = token.wrap(SECRET, NAME)
    with hsm.session(token) as session:
        session.generate_key(KeyType.AES, 256, label=ROOT, store=True, capabilities=USES)
    assert "has 2 keys" in refused(lambda: token.unwrap(wrapped, NAME))


def test_two_tokens_of_one_label_are_one_too_many(token: Token) -> None:
    command = ["softhsm2-util", "--init-token", "--free", "--label", token.label, "--so-pin", "12345678"]
    subprocess.run([*command, "--pin", "1234"], check=True, capture_output=True)
    pkcs11.lib(str(token.module)).reinitialize()
    assert "not one token" in refused(lambda: token.wrap(SECRET, NAME))


def test_a_module_that_is_none_is_refused(token: Token, tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("no library")
    no_module = next(
        Path(folder) / "libc.so.6" for folder in ("/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64")
    )
    for module in (tmp_path / "none.so", tmp_path / "text.so", no_module):
        assert "PKCS11_MODULE" in refused(lambda module=module: replace(token, module=module).wrap(SECRET, NAME))  # type: ignore[misc]  # bound at once


def test_a_pin_comes_from_a_file_that_is_nobody_elses(token: Token) -> None:
    token.pin_file.chmod(0o440)
    assert "open to others" in refused(lambda: token.wrap(SECRET, NAME))
    token.pin_file.chmod(0o600)
    pin = token.pin_file.read_text()
    for wrong in (f"{pin.strip()}x", "42", "9" * 64):
        token.pin_file.write_text(wrong)
        said = refused(lambda: token.wrap(SECRET, NAME))
        assert "refuses the PIN" in said
        assert wrong not in said
    token.pin_file.write_text("")
    assert "visible ASCII" in refused(lambda: token.wrap(SECRET, NAME))
    token.pin_file.write_text(pin)
    assert token.unwrap(token.wrap(SECRET, NAME), NAME) == SECRET


def test_a_token_that_is_not_initialised_is_refused(hsm: SoftHsm) -> None:
    assert "TokenNotRecognised" in refused(
        lambda: Token(hsm.module, "", secret_file(hsm.home, "1234")).wrap(SECRET, NAME)
    )


def test_an_agencys_turn_destroys_no_root_that_wraps_everybodys_keys(token: Token) -> None:
    before = token.wrap(SECRET, NAME)
    token.renewed(("",))
    agency = str(uuid4())
    after = token.wrap(SECRET, KeyName("agency", agency, 1))
    assert not token.close_older({agency: [after]})
    assert token.unwrap(before, NAME) == SECRET
    assert token.close_older({"": [token.wrap(SECRET, NAME)], agency: [after]})
    assert "no keys" in refused(lambda: token.unwrap(before, NAME))


@pytest.mark.parametrize("flag", [TokenFlag.USER_PIN_FINAL_TRY, TokenFlag.USER_PIN_LOCKED])
def test_a_token_whose_last_try_it_would_be_is_not_tried(flag: TokenFlag) -> None:
    """SoftHSM2 counts no tries, so its flags are given here."""
    usual = TokenFlag.LOGIN_REQUIRED | TokenFlag.USER_PIN_INITIALIZED
    insist_tries(usual | TokenFlag.USER_PIN_COUNT_LOW, "token")
    assert "no try to spare" in refused(lambda: insist_tries(usual | flag, "token"))

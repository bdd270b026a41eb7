"""The root key in a PKCS#11 token, a hardware security module for example: it never leaves it."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass, TokenFlag

from registry.crypto.derivation import KEY_BYTES, whole
from registry.crypto.errors import CryptoError
from registry.crypto.keyfiles import read_text
from registry.errors import OperationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.keeper.custody.custodian import KeyName

ROOT = "einmal-root"

_HEAD = bytes((3, 1))  #: form (3 is PKCS#11's), algorithm (AES-256-GCM); nonce, ciphertext and tag follow
_NONCE_BYTES = 12
_TAG_BITS = 128
_WRAPPED_BYTES = len(_HEAD) + _NONCE_BYTES + KEY_BYTES + _TAG_BITS // 8
#: One wrong PIN more, or none, and nobody gets in: a keeper that is started again and again must not be who locks it.
_NEARLY_LOCKED = TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_LOCKED
#: A module is one for the process, and so is who is logged in.
_ONE_AT_A_TIME = threading.Lock()
_KEPT = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
_PIN_REFUSED = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinExpired, pkcs11.PinLocked)
_ALTERED = (pkcs11.EncryptedDataInvalid, pkcs11.EncryptedDataLenRange)


class _Key(Protocol):
    """What a key of a token can do; the library gives it its methods at run time."""

    def __getitem__(self, attribute: Attribute) -> object: ...

    def encrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: GCMParams) -> bytes: ...

    def decrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: GCMParams) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Token:
    """A PKCS#11 token; between two questions nobody is logged in, and the PIN is in its file alone."""

    module: Path
    label: str
    pin_file: Path

    def make(self, scope: str) -> None:
        """Make the house's key, where there is none; it wraps the agencies' keys as well."""
        if scope:
            return
        with self._session(rw=True) as session:
            if not _keys(session):
                session.generate_key(
                    KeyType.AES,
                    KEY_BYTES * 8,
                    label=ROOT,
                    store=True,
                    capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
                    template={**_KEPT, Attribute.PRIVATE: True, Attribute.MODIFIABLE: False},
                )

    def wrap(self, secret: bytes, name: KeyName) -> bytes:
        """Return a key of 32 bytes under the token's, bound to its name."""
        nonce = os.urandom(_NONCE_BYTES)
        with self._key() as key:
            return _HEAD + nonce + _encrypt(key, whole(secret), nonce, context=name.context)

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        """Return the key; see `Custody.unwrap`."""
        if len(wrapped) != _WRAPPED_BYTES or not wrapped.startswith(_HEAD):
            raise CryptoError("unknown form or algorithm of a wrapped key")
        start = len(_HEAD) + _NONCE_BYTES
        nonce, sealed = wrapped[len(_HEAD) : start], wrapped[start:]
        with self._key() as key:
            try:
                return whole(_decrypt(key, sealed, nonce, context=name.context))
            except _ALTERED:
                pass
            except (pkcs11.GeneralError, pkcs11.FunctionFailed):
                _insist_works(key)  # some tokens say no more than this of an altered ciphertext
            raise CryptoError("a wrapped key does not belong to this token and name")

    @contextmanager
    def _key(self) -> Iterator[_Key]:
        with self._session() as session:
            keys = _keys(session)
            if len(keys) != 1:
                raise OperationError(
                    f"The token {self.label} has {len(keys) or 'no'} keys {ROOT}. Nothing opens without the one."
                )
            key = keys[0]
            _insist_kept(key)
            yield key

    @contextmanager
    def _session(self, *, rw: bool = False) -> Iterator[pkcs11.Session]:
        pin = read_text(self.pin_file, name="token's PIN", setting="PKCS11_PIN_FILE")
        try:
            with _ONE_AT_A_TIME, self._found().open(rw=rw, user_pin=pin) as session:
                yield session
        except _PIN_REFUSED:
            raise OperationError(f"The token {self.label} refuses the PIN. Set PKCS11_PIN_FILE.") from None
        except pkcs11.PKCS11Error as problem:
            raise OperationError(f"The token {self.label} failed: {type(problem).__name__}.") from None

    def _found(self) -> pkcs11.Token:
        try:
            token = pkcs11.lib(str(self.module)).get_token(token_label=self.label)
        except (pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned):
            raise OperationError(f"There is not one token {self.label}. Set PKCS11_TOKEN.") from None
        except pkcs11.PKCS11Error as problem:
            raise OperationError(
                f"The module {self.module} cannot be used: {type(problem).__name__}. Set PKCS11_MODULE."
            ) from None
        insist_tries(token.flags, self.label)
        return token


_WANTED = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: ROOT}


def _keys(session: pkcs11.Session) -> list[_Key]:
    """Return all keys with the root's label; a search that is not ended would outlive its session."""
    return cast("list[_Key]", list(session.get_objects(_WANTED)))


def insist_tries(flags: TokenFlag, label: str) -> None:
    """Refuse to try a PIN where a wrong one would lock the token."""
    if flags & _NEARLY_LOCKED:
        raise OperationError(f"The token {label} has no try to spare: log in by hand once, with the right PIN.")


def _insist_kept(key: _Key) -> None:
    """Insist that the key is of 256 bits and cannot leave the token."""
    wanted = {Attribute.KEY_TYPE: KeyType.AES, Attribute.VALUE_LEN: KEY_BYTES, **_KEPT}
    if any(key[attribute] != value for attribute, value in wanted.items()):
        raise OperationError(f"The key {ROOT} is not an AES-256 key that never leaves its token.")


def _insist_works(key: _Key) -> None:
    """Raise PKCS11Error unless the key opens what it has just sealed."""
    secret, nonce = os.urandom(KEY_BYTES), os.urandom(_NONCE_BYTES)
    if _decrypt(key, _encrypt(key, secret, nonce, context=b""), nonce, context=b"") != secret:
        raise pkcs11.GeneralError


def _encrypt(key: _Key, secret: bytes, nonce: bytes, *, context: bytes) -> bytes:
    mechanism = GCMParams(nonce, context, _TAG_BITS)
    return bytes(key.encrypt(secret, mechanism=Mechanism.AES_GCM, mechanism_param=mechanism))


def _decrypt(key: _Key, sealed: bytes, nonce: bytes, *, context: bytes) -> bytes:
    mechanism = GCMParams(nonce, context, _TAG_BITS)
    return bytes(key.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=mechanism))

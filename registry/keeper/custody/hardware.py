"""The root key in a PKCS#11 token, a hardware security module for example: it never leaves it.

The first is labelled `einmal-root`, each later one `einmal-root-2` and so on; the highest wraps.
"""

from __future__ import annotations

import os
import re
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, cast

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass, TokenFlag

from registry.crypto.derivation import KEY_BYTES, whole
from registry.crypto.errors import CryptoError
from registry.crypto.keyfiles import read_text
from registry.errors import OperationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from registry.keeper.custody.custodian import KeyName

ROOT = "einmal-root"

_HEAD = bytes((3, 1))  #: form (3 is PKCS#11's), algorithm (AES-256-GCM); nonce, ciphertext and tag follow
#: The same under a later root: form 4, algorithm, and which root it was.
_LATER = struct.Struct(">BBI")
_LATER_FORM, _ALG = 4, 1
_NONCE_BYTES = 12
_TAG_BITS = 128
_SEALED_BYTES = _NONCE_BYTES + KEY_BYTES + _TAG_BITS // 8
_LABEL = re.compile(rf"{ROOT}(?:-([1-9][0-9]{{0,8}}))?", re.ASCII)
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

    def destroy(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Token:
    """A PKCS#11 token; between two questions nobody is logged in, and the PIN is in its file alone."""

    ROOTS_OF_AGENCIES: ClassVar[bool] = False

    module: Path
    label: str
    pin_file: Path

    def make(self, scope: str) -> None:
        """Make the house's key, where there is none; it wraps the agencies' keys as well."""
        if scope:
            return
        with self._session(rw=True) as session:
            if not _versions(session):
                _generate(session, 1)

    def wrap(self, secret: bytes, name: KeyName) -> bytes:
        """Return a key of 32 bytes under the token's newest, bound to its name."""
        nonce = os.urandom(_NONCE_BYTES)
        with self._session() as session:
            newest = max(_versions(session), default=1)
            key = self._key(session, newest)
            return _head(newest) + nonce + _encrypt(key, whole(secret), nonce, context=name.context)

    def settled(self, wrapped: bytes, name: KeyName) -> Token:  # noqa: ARG002 - every root in the token opens its own
        """Return itself: a newer root that nothing lies under yet does no harm."""
        return self

    def renewed(self, scopes: Collection[str]) -> Token:  # noqa: ARG002 - one key wraps everybody's keys
        """Make a key under the next label; it wraps from now on."""
        with self._session(rw=True) as session:
            _generate(session, max(_versions(session), default=0) + 1)
        return self

    def take_over(self) -> None:
        """Do nothing: the newest key of the token is found by its label."""

    def close_older(self, lying: Mapping[str, Collection[bytes]]) -> bool:
        """Destroy the token's roots below the oldest in use, once it is the house's turn: they wrap everybody's keys.

        Raises:
            OperationError: what lies there opens under no root of this token; none is destroyed.
        """
        if "" not in lying:
            return False
        oldest = min(_unpacked(wrapped)[0] for of_scope in lying.values() for wrapped in of_scope)
        with self._session(rw=True) as session:
            self._key(session, oldest)
            for version in _versions(session):
                for key in _keys(session, version) if version < oldest else ():
                    key.destroy()
        return True

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        """Return the key; see `Custody.unwrap`."""
        version, rest = _unpacked(wrapped)
        nonce, sealed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        with self._session() as session:
            key = self._key(session, version)
            try:
                return whole(_decrypt(key, sealed, nonce, context=name.context))
            except _ALTERED:
                pass
            except (pkcs11.GeneralError, pkcs11.FunctionFailed):
                _insist_works(key)  # some tokens say no more than this of an altered ciphertext
            raise CryptoError("a wrapped key does not belong to this token and name")

    def _key(self, session: pkcs11.Session, version: int) -> _Key:
        keys = _keys(session, version)
        if len(keys) != 1:
            found = len(keys) or "no"
            raise OperationError(
                f"The token {self.label} has {found} keys {_label(version)}. Nothing opens without the one."
            )
        _insist_kept(keys[0])
        return keys[0]

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


def _label(version: int) -> str:
    return ROOT if version == 1 else f"{ROOT}-{version}"


def _head(version: int) -> bytes:
    return _HEAD if version == 1 else _LATER.pack(_LATER_FORM, _ALG, version)


def _unpacked(wrapped: bytes) -> tuple[int, bytes]:
    """Return under which root a key lies, and nonce, ciphertext and tag; each has one form only."""
    if len(wrapped) == len(_HEAD) + _SEALED_BYTES and wrapped.startswith(_HEAD):
        return 1, wrapped[len(_HEAD) :]
    if len(wrapped) == _LATER.size + _SEALED_BYTES:
        form, alg, version = _LATER.unpack_from(wrapped)
        if (form, alg) == (_LATER_FORM, _ALG) and version > 1:
            return version, wrapped[_LATER.size :]
    raise CryptoError("unknown form or algorithm of a wrapped key")


def _keys(session: pkcs11.Session, version: int) -> list[_Key]:
    """Return all keys with a root's label; a search that is not ended would outlive its session."""
    wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: _label(version)}
    return cast("list[_Key]", list(session.get_objects(wanted)))


def _versions(session: pkcs11.Session) -> set[int]:
    """Return which roots the token has."""
    found = list(session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY}))
    matches = (_LABEL.fullmatch(str(key[Attribute.LABEL])) for key in found)
    return {int(match[1] or 1) for match in matches if match}


def _generate(session: pkcs11.Session, version: int) -> None:
    session.generate_key(
        KeyType.AES,
        KEY_BYTES * 8,
        label=_label(version),
        store=True,
        capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
        template={**_KEPT, Attribute.PRIVATE: True, Attribute.MODIFIABLE: False},
    )


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

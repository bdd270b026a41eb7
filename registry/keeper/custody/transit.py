"""The root key in a Transit engine of OpenBao or HashiCorp Vault, and beside it a key for each agency.

Whoever takes the Transit key `einmal-agency-<id>` away cuts that agency off at the keeper's next start.
"""

from __future__ import annotations

import re
import struct
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar
from uuid import UUID

import msgspec

from registry.crypto.derivation import KEY_BYTES, whole
from registry.crypto.errors import CryptoError
from registry.errors import OperationError
from registry.keeper.custody.custodian import CutOff

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from registry.keeper.custody.custodian import KeyName
    from registry.keeper.custody.transit_server import Answer, Server

T = TypeVar("T")

ROOT = "einmal-root"
#: AES-256-GCM with a random nonce of 96 bits, as everywhere.
TYPE = "aes256-gcm96"

#: form (1 byte; 2 is Transit's), algorithm (1), version of the Transit key (4); nonce, ciphertext and tag follow.
_HEAD = struct.Struct(">BBI")
_FORM, _ALG = 2, 1
_SEALED_BYTES = 12 + KEY_BYTES + 16
_CIPHERTEXT = re.compile(r"vault:v([1-9][0-9]{0,8}):([A-Za-z0-9+/]+={0,2})", re.ASCII)


class _Reply(msgspec.Struct, Generic[T]):
    data: T


class _Encrypted(msgspec.Struct):
    ciphertext: str


class _Decrypted(msgspec.Struct):
    plaintext: str


class _Properties(msgspec.Struct):
    """What a Transit key is like; servers leave out what they do not know."""

    type: str
    min_decryption_version: int
    derived: bool = False
    exportable: bool = False
    allow_plaintext_backup: bool = False
    soft_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Transit:
    """Keys that stay in a Transit engine; wrapping and opening are questions to it."""

    ROOTS_OF_AGENCIES: ClassVar[bool] = True

    server: Server
    mount: str = "transit"

    def make(self, scope: str) -> None:
        """Make the Transit key of an agency or of the house; one that is there stays as it is."""
        key = _key_of(scope)
        _known(self._ask("POST", f"keys/{key}", {"type": TYPE}), f"make {key}", statuses=(200, 204))

    def wrap(self, secret: bytes, name: KeyName) -> bytes:
        """Return a key of 32 bytes under its Transit key, bound to its name.

        Raises:
            OperationError: besides what the protocol says, the Transit key could leave the engine, or the engine does
                not bind what it encrypts (before Vault 1.13).
        """
        key = _key_of(name.scope)
        self._insist_kept(key)
        asked = {"plaintext": _text(whole(secret)), "associated_data": _text(name.context)}
        said = _read(_known(self._ask("POST", f"encrypt/{key}", asked), f"use {key}"), _Encrypted)
        wrapped = _packed(said.ciphertext)
        if self.unwrap(wrapped, name) != secret or self._opens_elsewhere(key, wrapped, name):
            raise OperationError("The Transit engine does not bind keys to their names: it is too old.")
        return wrapped

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        """Return the key; see `Custody.unwrap`."""
        key = _key_of(name.scope)
        version, ciphertext = _unpacked(wrapped)
        answer = self._decrypt(key, ciphertext, name.context)
        if answer.status in {400, 403}:
            self._tell_apart(key, version, refused=answer.status == 403)
            raise CryptoError("a wrapped key does not belong to this Transit key and name")
        try:
            return whole(b64decode(_read(_known(answer, f"use {key}"), _Decrypted).plaintext, validate=True))
        except (ValueError, CryptoError):
            raise _nonsense() from None

    def settled(self, wrapped: bytes, name: KeyName) -> Transit:  # noqa: ARG002 - its engine opens every version
        """Return itself: a new version that nothing lies under yet does no harm."""
        return self

    def renewed(self, scopes: Collection[str]) -> Transit:
        """Let each of these Transit keys wrap with a new version from now on; the older ones go on opening."""
        for key in map(_key_of, scopes):
            _known(self._ask("POST", f"keys/{key}/rotate", {}), f"rotate {key}", statuses=(200, 204))
        return self

    def take_over(self) -> None:
        """Do nothing: the engine finds the newest version itself."""

    def close_older(self, lying: Mapping[str, Collection[bytes]]) -> bool:
        """Forbid the engine to open anything under versions below the oldest in use, also copies that somebody kept."""
        for scope, of_scope in lying.items():
            key = _key_of(scope)
            oldest = min(_unpacked(wrapped)[0] for wrapped in of_scope)
            known = _read(_known(self._ask("GET", f"keys/{key}"), f"see {key}"), _Properties)
            if oldest > known.min_decryption_version:  # what is closed already must not be opened again
                changed = self._ask("POST", f"keys/{key}/config", {"min_decryption_version": oldest})
                _known(changed, f"close older versions of {key}", statuses=(200, 204))
        return True

    def _tell_apart(self, key: str, version: int, *, refused: bool) -> None:
        """Raise what is the matter, unless it is the wrapped key itself.

        An agency counts as cut off only while the server lives and still lets us use what is the house's.
        """
        about = self._ask("GET", f"keys/{key}")
        gone = about.status == 404
        if about.status == 200:
            properties = _read(about, _Properties)
            gone = properties.soft_deleted or version < properties.min_decryption_version
        if not gone and not refused:
            return
        if key == ROOT or self._ask("GET", f"keys/{ROOT}").status != 200:
            what = "refuses the token" if refused else f"has no usable {key}"
            raise OperationError(f"The Transit engine {what}. Nothing opens without it.")
        raise CutOff(f"The Transit key {key} was taken away.")

    def _insist_kept(self, key: str) -> None:
        """A Transit key that can be exported or backed up in clear is not kept by anybody."""
        known = _read(_known(self._ask("GET", f"keys/{key}"), f"see {key}"), _Properties)
        if known.type != TYPE or known.derived or known.exportable or known.allow_plaintext_backup:
            raise OperationError(f"The Transit key {key} is not a plain {TYPE} key that never leaves the engine.")

    def _opens_elsewhere(self, key: str, wrapped: bytes, name: KeyName) -> bool:
        return self._decrypt(key, _unpacked(wrapped)[1], name.context + b"\0").status == 200

    def _decrypt(self, key: str, ciphertext: str, context: bytes) -> Answer:
        return self._ask("POST", f"decrypt/{key}", {"ciphertext": ciphertext, "associated_data": _text(context)})

    def _ask(self, method: str, path: str, body: object = None) -> Answer:
        return self.server.ask(method, f"{self.mount}/{path}", body)


def _key_of(scope: str) -> str:
    """Return the name of the Transit key; a scope that is no agency's id must not become part of an address."""
    if not scope:
        return ROOT
    try:
        return f"einmal-agency-{UUID(scope)}"
    except ValueError:
        raise CryptoError("the scope of a key is not an agency") from None


def _packed(ciphertext: str) -> bytes:
    """Return Transit's text as bytes of one form only: a text has several readings, and each bit of ours counts."""
    match = _CIPHERTEXT.fullmatch(ciphertext)
    sealed = b64decode(match[2]) if match else b""
    if match is None or len(sealed) != _SEALED_BYTES:
        raise _nonsense()
    return _HEAD.pack(_FORM, _ALG, int(match[1])) + sealed


def _unpacked(wrapped: bytes) -> tuple[int, str]:
    """Return version and text for Transit; it would read version 0 as 1."""
    if len(wrapped) != _HEAD.size + _SEALED_BYTES:
        raise CryptoError("a wrapped key is not of Transit's length")
    form, alg, version = _HEAD.unpack_from(wrapped)
    if (form, alg) != (_FORM, _ALG) or version == 0:
        raise CryptoError("unknown form or algorithm of a wrapped key")
    return version, f"vault:v{version}:{_text(wrapped[_HEAD.size :])}"


def _known(answer: Answer, what: str, *, statuses: tuple[int, ...] = (200,)) -> Answer:
    if answer.status not in statuses:
        raise OperationError(f"The Transit engine does not let us {what} ({answer.status}). Check its policy and keys.")
    return answer


def _read(answer: Answer, form: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=_Reply[form]).data  # type: ignore[valid-type]  # made at run time
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _nonsense() from None


def _nonsense() -> OperationError:
    return OperationError("The Transit server answers what no Transit engine answers. Check TRANSIT_URL.")


def _text(value: bytes) -> str:
    return b64encode(value).decode()

"""Sealing with AES-256-GCM: documents under a committed compartment key, wraps of keys, and small secrets."""

from __future__ import annotations

import hmac
import os
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry.crypto.derivation import KEY_BYTES, compartment_keys, whole
from registry.crypto.encoding import Field, encode, fixed, of_row
from registry.crypto.errors import CryptoError
from registry.crypto.padding import pad, unpad

if TYPE_CHECKING:
    from uuid import UUID

#: The one algorithm so far: AES-256-GCM with a random 96-bit nonce. Tables carry it in `alg`.
ALG = 1
_FORM = 1
_SCHEMA = "compartment/1"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_DOCUMENT_HEAD = struct.Struct(">BBII32s")
_SECRET_HEAD = bytes((_FORM, ALG))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document lies; it opens nowhere else.

    `epoch` counts the compartment's keys from 1, `version` the documents under this appearance and compartment from 1.
    """

    appearance: UUID
    compartment: str
    epoch: int
    version: int


def new_key() -> bytes:
    """Return 32 random bytes."""
    return os.urandom(KEY_BYTES)


def seal_document(plaintext: bytes, compartment_key: bytes, place: Place) -> bytes:
    """Encrypt one compartment's document so that it opens only in its own place and under one key.

    Args:
        compartment_key: G, 32 bytes; random nonces are safe for 2**32 seals (SP 800-38D, 8.3).

    Returns:
        form (1 byte), algorithm (1), epoch (4), version (4), commitment (32), nonce (12), padded ciphertext, tag (16).
    """
    encryption, commitment = _keys(compartment_key, place)
    nonce = os.urandom(_NONCE_BYTES)
    head = _DOCUMENT_HEAD.pack(_FORM, ALG, place.epoch, place.version, commitment)
    return head + nonce + AESGCM(encryption).encrypt(nonce, pad(plaintext), _document_context(place, commitment))


def open_document(envelope: bytes, compartment_key: bytes, place: Place) -> bytes:
    """Return the document, or raise.

    Raises:
        CryptoError: for an unknown form, another place, another key, or a single changed bit.
    """
    return Fitted.of(compartment_key, place).open(envelope)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A compartment's key made ready to open the one document that lies at a place, again and again."""

    place: Place
    _cipher: AESGCM = field(repr=False)
    _head: bytes = field(repr=False)  # as that document's envelope begins, up to the nonce
    _context: bytes = field(repr=False)

    @classmethod
    def of(cls, compartment_key: bytes, place: Place) -> Fitted:
        """Derive what opens a document at this place, or raise CryptoError where the key is none."""
        encryption, commitment = _keys(compartment_key, place)
        head = _DOCUMENT_HEAD.pack(_FORM, ALG, place.epoch, place.version, commitment)
        return cls(place, AESGCM(encryption), head, _document_context(place, commitment))

    def open(self, envelope: bytes) -> bytes:
        """Return the document; see `open_document`.

        The commitment is compared first: with AES-GCM alone one ciphertext can open under two crafted keys.
        """
        if not hmac.compare_digest(envelope[: _DOCUMENT_HEAD.size], self._head):
            raise CryptoError(self._why_not(envelope))
        start = _DOCUMENT_HEAD.size + _NONCE_BYTES
        if len(envelope) < start + _TAG_BYTES:
            raise CryptoError("a sealed document is cut short")
        nonce = envelope[_DOCUMENT_HEAD.size : start]
        return unpad(_decrypt(self._cipher, nonce, envelope[start:], context=self._context))

    def _why_not(self, envelope: bytes) -> str:
        if len(envelope) < _DOCUMENT_HEAD.size:
            return "a sealed document is cut short"
        form, alg, epoch, version, _ = _DOCUMENT_HEAD.unpack_from(envelope)
        if (form, alg) != (_FORM, ALG):
            return "unknown form or algorithm of a sealed document"
        if (epoch, version) != (self.place.epoch, self.place.version):
            return "a sealed document is of another epoch or version than its row"
        return "a sealed document was made under another key"


def seal_secret(secret: bytes, key: bytes, *context: Field) -> bytes:
    """Encrypt a key or another short secret, bound to a context that is authenticated and not stored.

    Returns:
        form (1 byte), algorithm (1), nonce (12), ciphertext and tag (secret + 16).
    """
    return Lock.of(key).seal(secret, encode(context))


def open_secret(sealed: bytes, key: bytes, *context: Field) -> bytes:
    """Return the secret, or raise CryptoError when form, key, context or a single bit differ."""
    return Lock.of(key).open(sealed, encode(context))


@dataclass(frozen=True, slots=True)
class Lock:
    """A key made ready to seal many secrets, each in a context that is encoded already."""

    _cipher: AESGCM = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> Lock:
        """Make a key ready, or raise CryptoError where it is none."""
        return cls(AESGCM(whole(key)))

    def seal(self, secret: bytes, context: bytes) -> bytes:
        """Encrypt a secret; see `seal_secret`."""
        nonce = os.urandom(_NONCE_BYTES)
        return _SECRET_HEAD + nonce + self._cipher.encrypt(nonce, secret, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Return the secret; see `open_secret`."""
        start = len(_SECRET_HEAD) + _NONCE_BYTES
        if len(sealed) < start + _TAG_BYTES or not sealed.startswith(_SECRET_HEAD):
            raise CryptoError("unknown form or algorithm of a sealed secret")
        return _decrypt(self._cipher, sealed[len(_SECRET_HEAD) : start], sealed[start:], context=context)


def _keys(compartment_key: bytes, place: Place) -> tuple[bytes, bytes]:
    return compartment_keys(
        compartment_key, appearance=place.appearance, compartment=place.compartment, epoch=place.epoch
    )


def _document_context(place: Place, commitment: bytes) -> bytes:
    where = fixed(place.compartment, place.epoch, place.version)
    return fixed(_SCHEMA) + of_row(place.appearance) + where + encode((commitment,))


def _decrypt(cipher: AESGCM, nonce: bytes, ciphertext: bytes, *, context: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, ciphertext, context)
    except InvalidTag:
        raise CryptoError("a ciphertext does not belong to this key and place") from None

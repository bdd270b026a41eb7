"""Keys from keys: HKDF with contexts that name what a key is for (RFC 5869)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registry.crypto.encoding import encode, fixed, of_row
from registry.crypto.errors import CryptoError

if TYPE_CHECKING:
    from uuid import UUID

    from registry.crypto.encoding import Field

KEY_BYTES = 32


def whole(key: bytes) -> bytes:
    """Return the key if it is one.

    HKDF and HMAC take anything, the empty key too, and AES takes 16 bytes for a weaker cipher: a lost key must refuse.

    Raises:
        CryptoError: it is not 32 bytes long.
    """
    if len(key) != KEY_BYTES:
        raise CryptoError("a key has 32 bytes")
    return key


def wrapping_key(shred_secret: bytes, holder_key: bytes, *, holder: str, purpose: str, appearance: UUID) -> bytes:
    """Return W: what one holder uses, for one purpose, on one appearance; it dies with the appearance's shred secret.

    Args:
        shred_secret: S, 32 bytes, of the appearance.
        holder_key: AK of an agency or CK, 32 bytes.
        holder: the agency's id, or "custodian".
    """
    info = encode(("wrap", holder, purpose, appearance))
    return HKDF(SHA256(), KEY_BYTES, whole(shred_secret), info).derive(whole(holder_key))


def compartment_keys(compartment_key: bytes, *, appearance: UUID, compartment: str, epoch: int) -> tuple[bytes, bytes]:
    """Return (Kenc, Kcom), 32 bytes each: the encryption key and the commitment stored beside the ciphertext."""
    info = fixed("compartment") + of_row(appearance) + fixed(compartment, epoch)
    both = HKDF(SHA512(), 2 * KEY_BYTES, None, info).derive(whole(compartment_key))
    return both[:KEY_BYTES], both[KEY_BYTES:]


def sub_key(key: bytes, *purpose: Field) -> bytes:
    """Return a key of its own for each purpose; knowing one tells nothing about another or about the key above."""
    return HKDF(SHA256(), KEY_BYTES, None, encode(("sub-key", *purpose))).derive(whole(key))

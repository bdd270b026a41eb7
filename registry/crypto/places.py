"""Places in a sequence as somebody may carry them who must not learn how long it is, nor how fast it grows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry.crypto.derivation import whole
from registry.crypto.encoding import Field, encode
from registry.crypto.errors import CryptoError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Of every masked place, whatever it is: nonce, eight bytes, tag.
MASKED_BYTES: Final = 12 + 8 + 16
_NONCE_BYTES, _PLACE_BYTES = 12, 8


def mask(place: int, key: bytes, context: Iterable[Field]) -> bytes:
    """Return a place in AES-256-GCM under a random nonce: the same one twice does not look the same.

    Args:
        place: from 0 to 2**64 - 1.
        key: 32 bytes; safe for 2**32 places (SP 800-38D, 8.3).
        context: for whom and for what; it is authenticated and not part of the result.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(whole(key)).encrypt(nonce, place.to_bytes(_PLACE_BYTES), encode(context))


def unmask(masked: bytes, key: bytes, context: Iterable[Field]) -> int:
    """Return the place, or raise CryptoError when key, context or a single bit differ."""
    if len(masked) != MASKED_BYTES:
        raise CryptoError("a masked place is cut short or too long")
    try:
        return int.from_bytes(AESGCM(whole(key)).decrypt(masked[:_NONCE_BYTES], masked[_NONCE_BYTES:], encode(context)))
    except InvalidTag:
        raise CryptoError("a masked place does not belong to this key and context") from None

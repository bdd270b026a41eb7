"""Keyed digests over fields: row MACs, look-up tokens, fingerprints."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING

from registry.crypto.derivation import whole
from registry.crypto.encoding import Field, encode

if TYPE_CHECKING:
    from collections.abc import Iterable

MAC_BYTES = 32


def mac(key: bytes, fields: Iterable[Field]) -> bytes:
    """Return HMAC-SHA256 over the encoded fields, 32 bytes."""
    return hmac.digest(whole(key), encode(fields), "sha256")


def same(left: bytes, right: bytes) -> bool:
    """Compare two digests in constant time."""
    return hmac.compare_digest(left, right)


def digest(data: bytes) -> bytes:
    """Return SHA-256, 32 bytes: for values that carry their own entropy, such as session tokens and 120-bit codes."""
    return sha256(data).digest()

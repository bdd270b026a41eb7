"""What primitives refuse; a caller never gets a value instead."""

from __future__ import annotations


class CryptoError(Exception):
    """A key, context or ciphertext does not belong together, or its form is unknown."""

    code = "crypto.refused"

"""Padmé (Nikitin et al., PETS 2019) over a floor, so that size says little and emptiness nothing."""

from __future__ import annotations

from registry.crypto.errors import CryptoError

#: Every document up to this many bytes looks the same size: an empty compartment like one with a few short entries.
FLOOR_BYTES = 512
_MARK = b"\x80"


def padded_size(size_bytes: int) -> int:
    """Return the size after padding, mark included: the floor, else at most 12 % more."""
    wanted = size_bytes + 1
    if wanted <= FLOOR_BYTES:
        return FLOOR_BYTES
    exponent = wanted.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (wanted + mask) & ~mask


def pad(plaintext: bytes) -> bytes:
    """Append the mark and zeros (ISO/IEC 7816-4) up to the padded size."""
    return (plaintext + _MARK).ljust(padded_size(len(plaintext)), b"\0")


def unpad(padded: bytes) -> bytes:
    """Remove the padding.

    Raises:
        CryptoError: when there is no mark; nothing is returned instead.
    """
    marked = padded.rstrip(b"\0")
    if not marked.endswith(_MARK):
        raise CryptoError("a sealed document has no padding mark")
    return marked[: -len(_MARK)]

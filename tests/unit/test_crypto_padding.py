"""Padmé: sizes say little, emptiness says nothing."""

from __future__ import annotations

import math

import pytest

from registry.crypto.errors import CryptoError
from registry.crypto.padding import FLOOR_BYTES, pad, padded_size, unpad

SIZES = [*range(5000), *(2**n + d for n in range(13, 33) for d in (-2, -1, 0, 1, 4097))]


def padme(size: int) -> int:
    """Algorithm 1 of the paper: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PETS 2019."""
    exponent = math.floor(math.log2(size))
    significant = math.floor(math.log2(exponent)) + 1
    unit = 1 << (exponent - significant)
    return math.ceil(size / unit) * unit


def test_sizes_above_the_floor_are_those_of_the_paper() -> None:
    for size in SIZES:
        assert padded_size(size) == max(FLOOR_BYTES, padme(max(size + 1, FLOOR_BYTES))), size


def test_padding_adds_at_most_twelve_per_cent_above_the_floor() -> None:
    """PETS 2019, section 4.3: 12 % at worst, less for larger files."""
    for size in SIZES:
        assert size < padded_size(size) <= max(FLOOR_BYTES, (size + 1) * 1.12), size


def test_an_empty_document_looks_like_a_short_one() -> None:
    assert len(pad(b"")) == len(pad(b'{"entries":[]}')) == len(pad(bytes(FLOOR_BYTES - 1))) == FLOOR_BYTES


@pytest.mark.parametrize("document", [b"", b"\x80", b"\x80\0\0", b"\0", b"a\x80", bytes(700)], ids=repr)
def test_a_document_comes_back_whatever_it_ends_with(document: bytes) -> None:
    assert unpad(pad(document)) == document


@pytest.mark.parametrize("padded", [b"", bytes(512), b"text", b"\x80text", b"text\x80\0\1"], ids=repr)
def test_what_has_no_mark_before_its_zeros_is_refused(padded: bytes) -> None:
    with pytest.raises(CryptoError):
        unpad(padded)


@pytest.mark.parametrize("byte", sorted({*range(1, 256)} - {0x80}))
def test_nothing_but_zeros_follows_the_mark(byte: int) -> None:
    with pytest.raises(CryptoError):
        unpad(b"text\x80" + bytes((0, byte, 0)))

"""Masked places: whoever carries one learns nothing, and cannot make another."""

from __future__ import annotations

import pytest

from registry.crypto import places
from registry.crypto.errors import CryptoError

KEY, CONTEXT = bytes(range(32)), ("feed", 7)


@pytest.mark.parametrize("place", [0, 1, 255, 2**62, 2**64 - 1])
def test_a_place_comes_back_under_its_key_and_context(place: int) -> None:
    assert places.unmask(places.mask(place, KEY, CONTEXT), KEY, CONTEXT) == place


def test_every_masked_place_has_one_length_and_the_same_one_twice_looks_different() -> None:
    masked = [places.mask(place, KEY, CONTEXT) for place in (0, 0, 2**64 - 1)]
    assert {len(one) for one in masked} == {places.MASKED_BYTES}
    assert len(set(masked)) == 3


def test_another_key_or_context_opens_nothing() -> None:
    masked = places.mask(5, KEY, CONTEXT)
    for key, context in ((bytes(32), CONTEXT), (KEY, ("feed", 8))):
        with pytest.raises(CryptoError):
            places.unmask(masked, key, context)


def test_a_changed_bit_or_another_length_is_refused() -> None:
    masked = places.mask(5, KEY, CONTEXT)
    changed = [masked[:at] + bytes((masked[at] ^ 1,)) + masked[at + 1 :] for at in range(len(masked))]
    for one in (*changed, b"", masked[:-1], masked + b"x"):
        with pytest.raises(CryptoError):
            places.unmask(one, KEY, CONTEXT)


def test_there_is_no_masking_without_a_whole_key() -> None:
    for lost in (b"", bytes(16)):
        with pytest.raises(CryptoError):
            places.mask(5, lost, CONTEXT)

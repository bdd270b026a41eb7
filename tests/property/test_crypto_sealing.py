"""Sealed things open in their own place under their own key, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.crypto.derivation import wrapping_key
from registry.crypto.encoding import encode
from registry.crypto.envelope import Place, open_document, open_secret, seal_document, seal_secret
from registry.crypto.errors import CryptoError
from registry.crypto.padding import pad, padded_size, unpad

if TYPE_CHECKING:
    from uuid import UUID

keys = st.binary(min_size=32, max_size=32)
counts = st.integers(1, 2**32 - 1)
places = st.builds(Place, st.uuids(), st.sampled_from(["identity", "languages", "unmapped"]), counts, counts)
documents = st.binary(max_size=3000)
contexts = st.lists(st.text(max_size=5) | st.integers() | st.uuids() | st.none(), max_size=4)


@given(documents, keys, places)
def test_a_document_comes_back(document: bytes, key: bytes, place: Place) -> None:
    assert open_document(seal_document(document, key, place), key, place) == document


@given(documents, keys, places, places, keys)
def test_a_document_opens_with_no_other_key_and_in_no_other_place(
    document: bytes, key: bytes, place: Place, other_place: Place, other_key: bytes
) -> None:
    assume(key != other_key and place != other_place)
    sealed = seal_document(document, key, place)
    mixed = [
        replace(place, appearance=other_place.appearance),
        replace(place, compartment=other_place.compartment),
        replace(place, epoch=other_place.epoch),
        replace(place, version=other_place.version),
        other_place,
    ]
    for tried_key, tried_place in [(other_key, place), *((key, one) for one in mixed if one != place)]:
        with pytest.raises(CryptoError):
            open_document(sealed, tried_key, tried_place)


@given(documents, keys, places, st.data())
def test_a_damaged_document_stays_closed(document: bytes, key: bytes, place: Place, data: st.DataObject) -> None:
    sealed = seal_document(document, key, place)
    start = data.draw(st.integers(0, len(sealed)))
    stop = data.draw(st.integers(start, len(sealed)))
    damaged = sealed[:start] + data.draw(st.binary(max_size=40)) + sealed[stop:]
    assume(damaged != sealed)
    with pytest.raises(CryptoError):
        open_document(damaged, key, place)


@given(st.binary(max_size=600))
def test_what_nobody_sealed_stays_closed(noise: bytes) -> None:
    with pytest.raises(CryptoError):
        open_secret(noise, bytes(32), "wrap")


@given(st.binary(max_size=64), keys, contexts, contexts)
def test_a_secret_opens_in_its_own_context_only(
    secret: bytes, key: bytes, context: list[str | int | None], other: list[str | int | None]
) -> None:
    sealed = seal_secret(secret, key, *context)
    assert open_secret(sealed, key, *context) == secret
    if encode(context) != encode(other):
        with pytest.raises(CryptoError):
            open_secret(sealed, key, *other)


@given(keys, keys, st.uuids(), st.uuids(), keys)
def test_no_wrap_opens_after_its_appearance_was_shredded(
    secret: bytes, holder: bytes, one: UUID, other: UUID, guess: bytes
) -> None:
    """The holder's key alone is worth nothing: another S, or another appearance's, does not open the wrap."""
    assume(secret != guess and one != other)
    wrapped = seal_secret(bytes(32), wrapping(secret, holder, one), "grant")
    for tried in (wrapping(guess, holder, one), wrapping(secret, holder, other)):
        with pytest.raises(CryptoError):
            open_secret(wrapped, tried, "grant")


@given(st.binary(max_size=5000))
def test_padding_comes_off_again(document: bytes) -> None:
    padded = pad(document)
    assert len(padded) == padded_size(len(document))
    assert unpad(padded) == document


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_a_longer_document_is_never_padded_to_less(one: int, other: int) -> None:
    shorter, longer = sorted((one, other))
    assert shorter < padded_size(shorter) <= padded_size(longer)


def wrapping(secret: bytes, holder: bytes, appearance: UUID) -> bytes:
    return wrapping_key(secret, holder, holder="custodian", purpose="self", appearance=appearance)

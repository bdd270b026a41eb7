"""Sealing: other implementations open what we seal and seal what we open; nothing opens elsewhere."""

from __future__ import annotations

import struct
from dataclasses import replace
from uuid import UUID

import pytest

from registry.crypto.encoding import Field, encode
from registry.crypto.envelope import (
    ALG,
    Fitted,
    Lock,
    Place,
    new_key,
    open_document,
    open_secret,
    seal_document,
    seal_secret,
)
from registry.crypto.errors import CryptoError
from registry.crypto.padding import FLOOR_BYTES
from tests import crypto_references as reference

G, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
PLACE = Place(UUID("8d8f4c5e-6f4f-4a0e-9a53-0d5f7a3d1c11"), "languages", 3, 7)
ELSEWHERE = {
    "another appearance": replace(PLACE, appearance=UUID("8d8f4c5e-6f4f-4a0e-9a53-0d5f7a3d1c12")),
    "another compartment": replace(PLACE, compartment="identity"),
    "an older epoch": replace(PLACE, epoch=2),
    "a newer epoch": replace(PLACE, epoch=4),
    "an older version": replace(PLACE, version=6),
    "a newer version": replace(PLACE, version=8),
}
DOCUMENT = b'{"entries":[]}'
HEAD_BYTES = 1 + 1 + 4 + 4 + 32 + 12


def reference_keys(place: Place) -> tuple[bytes, bytes]:
    info = encode(("compartment", place.appearance, place.compartment, place.epoch))
    both = reference.hkdf(G, 64, salt=b"", info=info, name="sha512")
    return both[:32], both[32:]


def reference_document(padded: bytes, place: Place = PLACE, nonce: bytes = bytes(12)) -> bytes:
    """Seal already padded bytes as design section 4 says, without a line of ours but the context's encoding."""
    key, commitment = reference_keys(place)
    context = encode(
        ("compartment/1", place.appearance, place.compartment, place.epoch, place.version, commitment),
    )
    head = struct.pack(">BBII", 1, 1, place.epoch, place.version) + commitment + nonce
    return head + reference.gcm_sealed(key, nonce, padded, context)


def test_we_open_a_document_that_another_implementation_sealed() -> None:
    padded = (DOCUMENT + b"\x80").ljust(512, b"\0")
    assert open_document(reference_document(padded), G, PLACE) == DOCUMENT


def test_another_implementation_makes_the_same_bytes_from_our_nonce() -> None:
    sealed = seal_document(DOCUMENT, G, PLACE)
    padded = (DOCUMENT + b"\x80").ljust(512, b"\0")
    assert sealed == reference_document(padded, nonce=sealed[HEAD_BYTES - 12 : HEAD_BYTES])


def test_an_authentic_document_without_padding_mark_is_refused() -> None:
    """Only who holds the key can make one; it is still not a document."""
    with pytest.raises(CryptoError):
        open_document(reference_document(bytes(512)), G, PLACE)


def test_a_document_says_its_form_algorithm_epoch_and_version() -> None:
    assert struct.unpack_from(">BBII", seal_document(DOCUMENT, G, PLACE)) == (1, ALG, 3, 7)


def test_an_empty_compartment_has_the_size_of_a_filled_one() -> None:
    sizes = {len(seal_document(document, G, PLACE)) for document in (b"", DOCUMENT, bytes(FLOOR_BYTES - 1))}
    assert sizes == {HEAD_BYTES + FLOOR_BYTES + 16}


def test_the_same_document_never_looks_the_same() -> None:
    assert len({seal_document(DOCUMENT, G, PLACE) for _ in range(50)}) == 50
    assert len({seal_secret(G, OTHER_KEY, "wrap") for _ in range(50)}) == 50


def test_keys_are_random() -> None:
    keys = {new_key() for _ in range(50)}
    assert len(keys) == 50
    assert {len(key) for key in keys} == {32}


@pytest.mark.parametrize("place", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_document_opens_in_no_other_place(place: Place) -> None:
    sealed = seal_document(DOCUMENT, G, PLACE)
    with pytest.raises(CryptoError):
        open_document(sealed, G, place)


@pytest.mark.parametrize("place", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_document_whose_head_was_made_to_fit_another_place_does_not_open_there(place: Place) -> None:
    """Epoch and version stand in the clear, so whoever moves a row can rewrite them."""
    sealed = seal_document(DOCUMENT, G, PLACE)
    moved = struct.pack(">BBII", 1, ALG, place.epoch, place.version) + sealed[10:]
    with pytest.raises(CryptoError):
        open_document(moved, G, place)
    recommitted = moved[:10] + reference_keys(place)[1] + moved[42:]
    with pytest.raises(CryptoError):
        open_document(recommitted, G, place)


@pytest.mark.parametrize("key", [OTHER_KEY, b"", G[:31], G[:16], G + b"\0"], ids=["other", "none", "31", "16", "33"])
def test_nothing_opens_with_another_key(key: bytes) -> None:
    with pytest.raises(CryptoError):
        open_document(seal_document(DOCUMENT, G, PLACE), key, PLACE)
    with pytest.raises(CryptoError):
        open_secret(seal_secret(DOCUMENT, G, "wrap"), key, "wrap")


@pytest.mark.parametrize("key", [b"", G[:16], G[:24], G + b"\0"], ids=len)
def test_nothing_is_sealed_with_a_key_that_is_not_whole(key: bytes) -> None:
    """AES would take 16 or 24 bytes and be a weaker cipher than the envelope says."""
    with pytest.raises(CryptoError):
        seal_document(DOCUMENT, key, PLACE)
    with pytest.raises(CryptoError):
        seal_secret(DOCUMENT, key, "wrap")


@pytest.mark.parametrize(("form", "alg"), [(0, 1), (2, 1), (1, 0), (1, 2), (255, 255)])
def test_an_unknown_form_or_algorithm_is_an_error(form: int, alg: int) -> None:
    with pytest.raises(CryptoError, match="unknown form"):
        open_document(bytes((form, alg)) + seal_document(DOCUMENT, G, PLACE)[2:], G, PLACE)
    with pytest.raises(CryptoError, match="unknown form"):
        open_secret(bytes((form, alg)) + seal_secret(DOCUMENT, G)[2:], G)


def test_a_changed_bit_anywhere_keeps_a_document_closed() -> None:
    sealed = seal_document(DOCUMENT, G, PLACE)
    for position in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(CryptoError):
            open_document(bytes(changed), G, PLACE)


def test_a_changed_bit_anywhere_keeps_a_secret_closed() -> None:
    sealed = seal_secret(OTHER_KEY, G, "wrap", PLACE.appearance)
    for position in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(CryptoError):
            open_secret(bytes(changed), G, "wrap", PLACE.appearance)


def test_a_document_cut_short_or_continued_stays_closed() -> None:
    sealed = seal_document(DOCUMENT, G, PLACE)
    for size in range(len(sealed)):
        with pytest.raises(CryptoError):
            open_document(sealed[:size], G, PLACE)
    for more in (b"\0", bytes(16), sealed):
        with pytest.raises(CryptoError):
            open_document(sealed + more, G, PLACE)


def test_a_secret_cut_short_or_continued_stays_closed() -> None:
    sealed = seal_secret(OTHER_KEY, G, "wrap")
    for size in range(len(sealed)):
        with pytest.raises(CryptoError):
            open_secret(sealed[:size], G, "wrap")
    for more in (b"\0", bytes(16), sealed):
        with pytest.raises(CryptoError):
            open_secret(sealed + more, G, "wrap")


@pytest.mark.parametrize("secret", [b"", OTHER_KEY, bytes(1000)], ids=len)
def test_a_secret_opens_in_its_own_context(secret: bytes) -> None:
    context: tuple[Field, ...] = ("wrap", PLACE.appearance, ["a", 1], None)
    assert open_secret(seal_secret(secret, G, *context), G, *context) == secret


@pytest.mark.parametrize("context", [(), ("wrap",), ("wrap", "ab", 1), ("wrap", "a", "b", 1), ("wrap", "a", "1")])
def test_a_secret_opens_in_no_other_context(context: tuple[str | int, ...]) -> None:
    sealed = seal_secret(OTHER_KEY, G, "wrap", "a", 1)
    with pytest.raises(CryptoError):
        open_secret(sealed, G, *context)


def test_secrets_agree_with_wycheproof_where_the_context_is_empty() -> None:
    """AES-256-GCM with a 96-bit nonce is our only algorithm; our contexts are fields, so only the empty one fits."""
    vectors = [
        one for one in reference.wycheproof("aes_gcm") if (one["keySize"], one["ivSize"], one["aad"]) == (256, 96, "")
    ]
    assert {one["result"] for one in vectors} == {"valid", "invalid"}
    for vector in vectors:
        key, message = bytes.fromhex(vector["key"]), bytes.fromhex(vector["msg"])
        sealed = bytes((1, ALG)) + bytes.fromhex(vector["iv"] + vector["ct"] + vector["tag"])
        if vector["result"] == "valid":
            assert open_secret(sealed, key) == message, vector["tcId"]
        else:
            with pytest.raises(CryptoError):
                open_secret(sealed, key)


def test_what_is_ready_to_open_shows_nothing_of_its_key() -> None:
    """Error reports and debuggers show values as they show themselves."""
    assert repr(Fitted.of(G, PLACE)) == f"Fitted(place={PLACE!r})"
    assert repr(Lock.of(G)) == "Lock()"


def test_a_head_alone_is_refused_for_what_it_says_and_not_for_its_length() -> None:
    sealed = seal_document(DOCUMENT, OTHER_KEY, PLACE)[: HEAD_BYTES - 12]
    with pytest.raises(CryptoError, match="another key"):
        open_document(sealed, G, PLACE)
    with pytest.raises(CryptoError, match="cut short"):
        open_document(sealed[:-1], OTHER_KEY, PLACE)
    with pytest.raises(CryptoError, match="another epoch or version"):
        open_document(sealed, OTHER_KEY, ELSEWHERE["an older epoch"])

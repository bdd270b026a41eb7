"""One ciphertext under two keys: AES-GCM accepts it, the commitment does not.

Dodis, Grubbs, Ristenpart, Woodage: "Fast Message Franking: From Invisible Salamanders to Encryptment" (CRYPTO 2018):
the tag is linear in the ciphertext, so one free block makes the tags of two keys meet.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry.crypto.derivation import compartment_keys
from registry.crypto.encoding import encode
from registry.crypto.envelope import ALG, Place, open_document
from registry.crypto.errors import CryptoError
from registry.crypto.padding import unpad
from tests import crypto_references as reference

PLACE = Place(UUID("8d8f4c5e-6f4f-4a0e-9a53-0d5f7a3d1c11"), "languages", 1, 1)
FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))
FREE_BLOCK = 20  # of the 32 blocks: where the two documents are noise
SHOWN = b"German B2, shown to the first office".ljust(511, b".") + b"\x80"


@dataclass(frozen=True, slots=True)
class Salamander:
    """A ciphertext with one tag that two keys accept in the same context."""

    nonce: bytes
    context: bytes
    sealed: bytes
    commitments: tuple[bytes, bytes]
    keys: tuple[bytes, bytes]

    def envelope(self, commitment: bytes) -> bytes:
        """Return it as a sealed document that commits to one of the keys."""
        return struct.pack(">BBII", 1, ALG, PLACE.epoch, PLACE.version) + commitment + self.nonce + self.sealed


def meeting_nonce(one: bytes, other: bytes) -> bytes:
    """Return a nonce with which both key streams end in the same byte, so that the padding mark survives."""
    for number in range(1 << 16):
        nonce = number.to_bytes(12, "big")
        last = nonce + (33).to_bytes(4, "big")  # the counter of block 32 of the message
        if reference.block_of(one, last)[-1] == reference.block_of(other, last)[-1]:
            return nonce
    raise AssertionError("one nonce in 256 should do")


def colliding(ciphertext: bytes, context: bytes, nonce: bytes, keys: tuple[bytes, bytes]) -> bytes:
    """Choose the free block so that both keys give the same tag; return ciphertext and tag."""
    at = slice(FREE_BLOCK * 16, FREE_BLOCK * 16 + 16)
    bare = ciphertext[: at.start] + bytes(16) + ciphertext[at.stop :]
    tags = [int.from_bytes(reference.gcm_tag(key, nonce, bare, context), "big") for key in keys]
    after = len(ciphertext) // 16 - FREE_BLOCK + 1  # blocks from the free one on, and the lengths
    powers = [reference.gf_power(reference.gcm_subkey(key), after) for key in keys]
    inverse = reference.gf_power(powers[0] ^ powers[1], 2**128 - 2)
    free = reference.gf_product(tags[0] ^ tags[1], inverse).to_bytes(16, "big")
    made = ciphertext[: at.start] + free + ciphertext[at.stop :]
    return made + reference.gcm_tag(keys[0], nonce, made, context)


@pytest.fixture(scope="module")
def salamander() -> Salamander:
    """Made by somebody who knows both compartment keys and wants two offices to read different things."""
    place = {"appearance": PLACE.appearance, "compartment": PLACE.compartment, "epoch": PLACE.epoch}
    (one, commitment), (other, other_commitment) = (compartment_keys(key, **place) for key in (FIRST, SECOND))  # type: ignore[arg-type]  # a dict of mixed values
    context = encode(("compartment/1", PLACE.appearance, "languages", 1, 1, commitment))
    nonce = meeting_nonce(one, other)
    ciphertext = reference.added(SHOWN, reference.gcm_stream(one, nonce, len(SHOWN)))
    sealed = colliding(ciphertext, context, nonce, (one, other))
    return Salamander(nonce, context, sealed, (commitment, other_commitment), (one, other))


def test_the_library_alone_accepts_one_ciphertext_under_both_keys(salamander: Salamander) -> None:
    """Without this the next tests would show nothing."""
    documents = [
        unpad(AESGCM(key).decrypt(salamander.nonce, salamander.sealed, salamander.context)) for key in salamander.keys
    ]
    assert documents[0].startswith(b"German B2, shown to the first office")
    assert documents[0] != documents[1]


def test_the_key_it_commits_to_opens_it(salamander: Salamander) -> None:
    """So it is the commitment alone that keeps the other key out."""
    assert open_document(salamander.envelope(salamander.commitments[0]), FIRST, PLACE).startswith(b"German B2")


def test_the_other_key_is_refused_by_the_commitment(salamander: Salamander) -> None:
    with pytest.raises(CryptoError, match="made under another key"):
        open_document(salamander.envelope(salamander.commitments[0]), SECOND, PLACE)


def test_the_commitment_cannot_be_exchanged(salamander: Salamander) -> None:
    """It is part of the authenticated context."""
    for key in (FIRST, SECOND):
        with pytest.raises(CryptoError):
            open_document(salamander.envelope(salamander.commitments[1]), key, PLACE)

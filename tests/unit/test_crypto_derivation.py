"""Keys from keys: the same as HKDF of another implementation, another key for every other use."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from registry.crypto.derivation import compartment_keys, sub_key, wrapping_key
from registry.crypto.errors import CryptoError
from tests import crypto_references as reference

if TYPE_CHECKING:
    from collections.abc import Callable

APPEARANCE = UUID("8d8f4c5e-6f4f-4a0e-9a53-0d5f7a3d1c11")
OTHER_APPEARANCE = UUID("8d8f4c5e-6f4f-4a0e-9a53-0d5f7a3d1c12")
AGENCY = "5b1c6f7e-0f8e-4d6e-8a55-7d2f0a1b2c3d"
S, AK, G = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))


def part(tag: bytes, body: bytes) -> bytes:
    return tag + struct.pack(">I", len(body)) + body


def wrapping(
    secret: bytes = S,
    key: bytes = AK,
    *,
    holder: str = AGENCY,
    purpose: str = "placement",
    appearance: UUID = APPEARANCE,
) -> bytes:
    return wrapping_key(secret, key, holder=holder, purpose=purpose, appearance=appearance)


def test_a_wrapping_key_is_hkdf_with_the_shred_secret_as_salt() -> None:
    """Design, section 4: W = HKDF-SHA256(salt=S, ikm=AK, info=(wrap, agency, purpose, appearance))."""
    info = part(b"s", b"wrap") + part(b"s", AGENCY.encode()) + part(b"s", b"placement") + part(b"u", APPEARANCE.bytes)
    assert wrapping() == reference.hkdf(AK, 32, salt=S, info=info)


def test_compartment_keys_are_the_two_halves_of_one_hkdf() -> None:
    """Design, section 4: Kenc, Kcom = HKDF-SHA512(G, info=(appearance, compartment, epoch))."""
    info = part(b"s", b"compartment") + part(b"u", APPEARANCE.bytes) + part(b"s", b"languages") + part(b"i", b"3")
    expected = reference.hkdf(G, 64, salt=b"", info=info, name="sha512")
    assert compartment_keys(G, appearance=APPEARANCE, compartment="languages", epoch=3) == (
        expected[:32],
        expected[32:],
    )


def test_a_sub_key_is_hkdf_that_names_its_purpose() -> None:
    """Golden: what was derived today must be derived in ten years."""
    info = part(b"s", b"sub-key") + part(b"s", b"linker") + part(b"i", b"1")
    assert sub_key(G, "linker", 1) == reference.hkdf(G, 32, salt=b"", info=info)
    assert len({sub_key(G, "linker", 1), sub_key(G, "linker"), sub_key(G, "linker", 2), sub_key(S, "linker", 1)}) == 4


def test_every_other_holder_purpose_appearance_or_secret_has_another_wrapping_key() -> None:
    others = [
        wrapping(secret=AK, key=S),
        wrapping(secret=G),
        wrapping(key=G),
        wrapping(holder="custodian"),
        wrapping(purpose="intake"),
        wrapping(appearance=OTHER_APPEARANCE),
    ]
    assert len({wrapping(), *others}) == 7


def test_every_other_place_has_other_compartment_keys() -> None:
    keys = [
        compartment_keys(G, appearance=APPEARANCE, compartment="languages", epoch=1),
        compartment_keys(G, appearance=APPEARANCE, compartment="languages", epoch=2),
        compartment_keys(G, appearance=APPEARANCE, compartment="identity", epoch=1),
        compartment_keys(G, appearance=OTHER_APPEARANCE, compartment="languages", epoch=1),
        compartment_keys(S, appearance=APPEARANCE, compartment="languages", epoch=1),
    ]
    assert len({half for pair in keys for half in pair}) == 10


@pytest.mark.parametrize("lost", [b"", bytes(16), bytes(31), bytes(33)], ids=len)
@pytest.mark.parametrize(
    "derive",
    [
        lambda lost: wrapping(secret=lost),
        lambda lost: wrapping(key=lost),
        lambda lost: compartment_keys(lost, appearance=APPEARANCE, compartment="languages", epoch=1),
    ],
    ids=["shred secret", "holder key", "compartment key"],
)
def test_nothing_is_derived_from_what_is_not_a_key(derive: Callable[[bytes], object], lost: bytes) -> None:
    """No key found refuses: HKDF itself would derive from the empty string as gladly."""
    with pytest.raises(CryptoError):
        derive(lost)

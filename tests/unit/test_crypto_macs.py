"""Keyed digests over fields."""

from __future__ import annotations

import struct

import pytest

from registry.crypto.errors import CryptoError
from registry.crypto.macs import MAC_BYTES, digest, mac, same
from tests import crypto_references as reference

KEY = bytes(range(32))


def test_a_mac_is_hmac_over_the_encoded_fields() -> None:
    message = b"s" + struct.pack(">I", 6) + b"agency" + b"i" + struct.pack(">I", 1) + b"7" + b"n" + bytes(4)
    assert mac(KEY, ("agency", 7, None)) == reference.hmac(KEY, message)


def test_a_mac_agrees_with_wycheproof_where_the_message_is_empty() -> None:
    """Ours has no empty fields to tell apart, so the vectors' other messages cannot be said in fields."""
    vectors = [one for one in reference.wycheproof("hmac_sha256") if one["keySize"] == 256 and not one["msg"]]
    assert vectors
    for vector in vectors:
        seen = mac(bytes.fromhex(vector["key"]), ())[: vector["tagSize"] // 8]
        assert same(seen, bytes.fromhex(vector["tag"])) == (vector["result"] == "valid"), vector["tcId"]


def test_fields_moved_across_a_border_have_another_mac() -> None:
    assert mac(KEY, ("ab", "c")) != mac(KEY, ("a", "bc"))


def test_another_key_gives_another_mac() -> None:
    assert mac(KEY, ("agency",)) != mac(bytes(32), ("agency",))


@pytest.mark.parametrize("lost", [b"", bytes(31), bytes(64)], ids=len)
def test_there_is_no_mac_without_a_key(lost: bytes) -> None:
    """HMAC takes the empty key; anyone could make that MAC."""
    with pytest.raises(CryptoError):
        mac(lost, ("agency",))


def test_digests_are_compared_whole() -> None:
    one = mac(KEY, ("agency",))
    assert len(one) == MAC_BYTES
    assert same(one, bytes(one))
    assert not same(one, one[:-1])
    assert not same(one, one[:-1] + bytes((one[-1] ^ 1,)))


def test_a_digest_is_sha_256() -> None:
    """FIPS 180-2, appendix B.1."""
    assert digest(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

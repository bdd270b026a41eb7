"""Signatures as compact JWS: two other implementations agree with ours."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import OKPKey

from registry.crypto.errors import CryptoError
from registry.crypto.signing import compact_jws, key_id, opened_jws, public_bytes, public_jwk
from tests import crypto_references as reference

#: RFC 8032, section 7.1: secret key, public key, message, signature.
RFC_8032 = {
    "TEST 1": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    "TEST 3": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
}
#: RFC 8037, appendix A.1: the same key as RFC 8032's TEST 1; and its thumbprint, appendix A.3.
SEED = bytes.fromhex(RFC_8032["TEST 1"][0])
THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def imported(seed: bytes) -> OKPKey:
    return OKPKey.import_key({**public_jwk(public_bytes(seed))})


@pytest.mark.parametrize("name", RFC_8032)
def test_public_keys_are_those_of_the_rfc(name: str) -> None:
    """RFC 8032, section 7.1; the reference the next tests lean on is right about them too."""
    seed, public, message, signature = map(bytes.fromhex, RFC_8032[name])
    assert public_bytes(seed) == reference.ed25519_public(seed) == public
    assert reference.ed25519_signature(seed, message) == signature


def test_a_key_is_named_by_its_thumbprint() -> None:
    """RFC 8037, appendix A.3."""
    assert key_id(public_bytes(SEED)) == THUMBPRINT


def test_a_public_key_as_jwk_says_what_it_is_for() -> None:
    assert public_jwk(public_bytes(SEED)) == {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "kid": THUMBPRINT,
        "alg": "Ed25519",
        "use": "sig",
    }
    assert imported(SEED).thumbprint() == THUMBPRINT


def test_public_keys_of_wycheproof_have_the_coordinate_it_says() -> None:
    for vector in reference.wycheproof("ed25519"):
        assert public_jwk(bytes.fromhex(vector["publicKey"]["pk"]))["x"] == vector["publicKeyJwk"]["x"]


def test_a_jws_is_its_three_parts() -> None:
    """RFC 7515, section 3.1; Ed25519 has no randomness, so the signature is the reference's to the bit."""
    token = compact_jws(b'{"a":1}', SEED, typ="receipt+jws")
    header, payload, signature = token.split(".")
    assert json.loads(raw(header)) == {"alg": "Ed25519", "kid": THUMBPRINT, "typ": "receipt+jws"}
    assert raw(payload) == b'{"a":1}'
    assert raw(signature) == reference.ed25519_signature(SEED, f"{header}.{payload}".encode())
    assert not set(token) & set("=+/")


@pytest.mark.parametrize("last", range(64))
def test_only_the_padding_is_cut_off_a_part(last: int) -> None:
    """RFC 7515, section 2: without the = at its end; the 64 letters stay, whichever is the last."""
    payload = bytes((0, 0, last))
    assert raw(compact_jws(payload, SEED, typ="receipt+jws").split(".")[1]) == payload


@pytest.mark.parametrize("payload", [b"", b'{"a":1}', bytes(range(256))], ids=["empty", "json", "all bytes"])
def test_another_library_verifies_a_jws(payload: bytes) -> None:
    key = imported(SEED)
    verified = jws.deserialize_compact(compact_jws(payload, SEED, typ="receipt+jws"), key, algorithms=["Ed25519"])
    assert verified.payload == payload


def test_another_library_refuses_another_key_or_another_payload() -> None:
    token = compact_jws(b"payload", SEED, typ="receipt+jws")
    other = imported(bytes(32))
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(token, other, algorithms=["Ed25519"])
    header, _, signature = token.split(".")
    own = imported(SEED)
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(f"{header}.cGF5bG9hZA0.{signature}", own, algorithms=["Ed25519"])


@pytest.mark.parametrize("lost", [b"", bytes(31), bytes(64)], ids=len)
def test_nothing_is_signed_without_a_key(lost: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        compact_jws(b"payload", lost, typ="receipt+jws")


OTHER = bytes.fromhex(RFC_8032["TEST 3"][0])


def test_what_was_signed_for_a_use_opens_for_that_use_whichever_key_signed_it() -> None:
    keys = [public_bytes(OTHER), public_bytes(SEED)]
    for seed in (SEED, OTHER):
        assert opened_jws(compact_jws(b"said", seed, typ="head+jws"), keys, typ="head+jws") == b"said"


@pytest.mark.parametrize(
    ("signed", "typ"),
    [
        (compact_jws(b"said", SEED, typ="head+jws"), "record+jws"),
        (compact_jws(b"said", OTHER, typ="head+jws"), "head+jws"),
        ("", "head+jws"),
        ("..", "head+jws"),
        ("e30.e30.e30", "head+jws"),
        ("\u00e9.\u00e9.\u00e9", "head+jws"),
    ],
)
def test_what_was_signed_for_another_use_by_another_key_or_not_at_all_does_not_open(signed: str, typ: str) -> None:
    with pytest.raises(CryptoError):
        opened_jws(signed, [public_bytes(SEED)], typ=typ)


def test_no_character_of_what_was_signed_can_be_exchanged() -> None:
    """Also not by one that base64 reads as the same bits."""
    signed = compact_jws(b"said", SEED, typ="head+jws")
    for at, letter in enumerate(signed):
        for other in "AB.=":
            if other != letter:
                with pytest.raises(CryptoError):
                    opened_jws(f"{signed[:at]}{other}{signed[at + 1 :]}", [public_bytes(SEED)], typ="head+jws")

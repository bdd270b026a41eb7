"""The vectors of Wycheproof through our own forms, not through the library underneath.

A vector is said in our form where it can be; where it cannot (a shorter key, another nonce, a message that is no list
of fields), our form refuses it, or the expected value comes from the reference that has just agreed with that vector.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import OKPKey

from registry.crypto.derivation import KEY_BYTES, compartment_keys, sub_key, wrapping_key
from registry.crypto.encoding import encode
from registry.crypto.envelope import ALG, Fitted, Lock, Place, open_document, open_secret, seal_document
from registry.crypto.errors import CryptoError
from registry.crypto.macs import MAC_BYTES, mac, same
from registry.crypto.signing import compact_jws, key_id, public_bytes, public_jwk
from tests import crypto_references as reference

if TYPE_CHECKING:
    from collections.abc import Callable

APPEARANCE = UUID("8d8f4c5e-6f4f-4a0e-9a53-0d5f7a3d1c11")
PLACE = Place(APPEARANCE, "languages.core", 3, 7)
NONCE_BITS, KEY_BITS = 96, 256


def said(vector: dict[str, Any], *parts: str) -> list[bytes]:
    """Return parts of a vector as bytes."""
    return [bytes.fromhex(vector[part]) for part in parts]


def refuses(act: Callable[..., object], *given: Any, **named: Any) -> bool:  # noqa: ANN401 - whatever the act takes
    """Say whether this raises CryptoError; any other error goes through."""
    try:
        act(*given, **named)
    except CryptoError:
        return True
    return False


def test_secrets_open_as_every_vector_of_aes_gcm_says() -> None:
    """Our form is AES-256 with a 96-bit nonce and a 128-bit tag, in any context; everything else is refused whole."""
    counted: Counter[str] = Counter()
    for vector in reference.wycheproof("aes_gcm"):
        key, nonce, message, context, ciphertext, tag = said(vector, "key", "iv", "msg", "aad", "ct", "tag")
        sealed = bytes((1, ALG)) + nonce + ciphertext + tag
        if vector["keySize"] != KEY_BITS:
            assert refuses(Lock.of, key), vector["tcId"]
            counted["another key size"] += 1
        elif vector["ivSize"] != NONCE_BITS:
            assert refuses(Lock.of(key).open, sealed, context), vector["tcId"]
            counted["another nonce size"] += 1
        elif vector["result"] == "valid":
            assert Lock.of(key).open(sealed, context) == message, vector["tcId"]
            counted["opened"] += 1
        else:
            assert refuses(Lock.of(key).open, sealed, context), vector["tcId"]
            counted["refused"] += 1
    assert counted == {"opened": 39, "refused": 27, "another key size": 211, "another nonce size": 39}


def test_what_we_seal_with_the_vectors_keys_is_gcm_and_opens_nowhere_else() -> None:
    """We draw our nonces: what comes out is compared with the reference, which agrees with the vector itself."""
    ran = 0
    for vector in reference.wycheproof("aes_gcm"):
        if (vector["keySize"], vector["ivSize"], vector["result"]) != (KEY_BITS, NONCE_BITS, "valid"):
            continue
        key, nonce, message, context, ciphertext, tag = said(vector, "key", "iv", "msg", "aad", "ct", "tag")
        assert reference.gcm_sealed(key, nonce, message, context) == ciphertext + tag
        sealed = Lock.of(key).seal(message, context)
        assert sealed[:2] == bytes((1, ALG))
        assert sealed[14:] == reference.gcm_sealed(key, sealed[2:14], message, context), vector["tcId"]
        assert refuses(Lock.of(key).open, sealed, context + b"\0")
        assert refuses(open_secret, sealed, key, "a word")
        ran += 1
    assert ran == 39


def test_documents_are_kept_as_the_vectors_say_of_their_messages() -> None:
    """A document's key is derived and its bytes padded, so no vector fits word for word: its key and message do."""
    ran = 0
    for vector in reference.wycheproof("aes_gcm"):
        key, message, tag = said(vector, "key", "msg", "tag")
        if vector["keySize"] != KEY_BITS:
            assert refuses(seal_document, message, key, PLACE)
            continue
        sealed = seal_document(message, key, PLACE)
        head, nonce, body = sealed[:42], sealed[42:54], sealed[54:]
        encryption, commitment = compartment_keys(key, appearance=APPEARANCE, compartment="languages.core", epoch=3)
        context = encode(("compartment/1", APPEARANCE, "languages.core", 3, 7, commitment))
        padded = (message + b"\x80").ljust(len(body) - 16, b"\0")
        assert body == reference.gcm_sealed(encryption, nonce, padded, context), vector["tcId"]
        assert open_document(sealed, key, PLACE) == Fitted.of(key, PLACE).open(sealed) == message
        if vector["flags"] == ["ModifiedTag"]:  # the change that the vector makes to its tag, made to ours
            right = reference.gcm_tag(key, *said(vector, "iv", "ct", "aad"))
            changed = bytes(a ^ b ^ c for a, b, c in zip(body[-16:], right, tag, strict=True))
            assert refuses(open_document, head + nonce + body[:-16] + changed, key, PLACE), vector["tcId"]
        ran += 1
    assert ran == 105


def test_macs_are_as_every_vector_of_hmac_says() -> None:
    """Ours cover lists of fields: the empty message is one, others are carried by the reference. No tag is cut."""
    counted: Counter[str] = Counter()
    for vector in reference.wycheproof("hmac_sha256"):
        key, message, tag = said(vector, "key", "msg", "tag")
        holds, whole = vector["result"] == "valid", len(tag) == MAC_BYTES
        right = reference.hmac(key, message)
        assert (right[: len(tag)] == tag) == holds, vector["tcId"]
        if len(key) != KEY_BYTES:
            assert refuses(mac, key, (message,)), vector["tcId"]
            counted["another key size"] += 1
            continue
        if message:
            ours = mac(key, (message,))
            assert ours == reference.hmac(key, encode((message,))), vector["tcId"]
            if whole:  # a change that the vector makes to its tag, made to ours
                changed = bytes(a ^ b ^ c for a, b, c in zip(ours, right, tag, strict=True))
                assert same(ours, changed) == holds, vector["tcId"]
            assert not same(ours, ours[: len(tag)]) or whole
            counted["carried by the reference"] += 1
        else:
            assert same(mac(key, ()), tag) == (holds and whole), vector["tcId"]
            counted["word for word" if whole else "cut tags refused"] += 1
    assert counted == {
        "word for word": 28,
        "cut tags refused": 28,
        "carried by the reference": 106,
        "another key size": 12,
    }


@pytest.mark.parametrize(("name", "carried", "other"), [("sha256", 37, 49), ("sha512", 23, 60)])
def test_keys_are_derived_as_every_vector_of_hkdf_says(name: str, carried: int, other: int) -> None:
    """Ours name their use first, so no vector's info fits: its keys, salts and infos go in, the reference expects."""
    counted: Counter[str] = Counter()
    for vector in reference.wycheproof(f"hkdf_{name}"):
        ikm, salt, info = said(vector, "ikm", "salt", "info")
        derived = reference.hkdf(ikm, vector["size"], salt=salt, info=info, name=name)
        assert (derived.hex() == vector["okm"]) == (vector["result"] == "valid"), vector["tcId"]
        if len(ikm) != KEY_BYTES:
            assert refuses(sub_key, ikm, info)
            assert refuses(compartment_keys, ikm, appearance=APPEARANCE, compartment="languages.core", epoch=1)
            counted["another key size"] += 1
            continue
        _insist_on_our_derivations(ikm, salt, info)
        counted["carried"] += 1
    assert counted == {"carried": carried, "another key size": other}


def _insist_on_our_derivations(ikm: bytes, salt: bytes, info: bytes) -> None:
    """Insist that all three derivations are HKDF of these inputs; a salt that is no key is refused."""
    assert sub_key(ikm, info) == reference.hkdf(ikm, 32, salt=b"", info=encode(("sub-key", info)))
    of_place = encode(("compartment", APPEARANCE, info.hex(), 1))
    both = reference.hkdf(ikm, 64, salt=b"", info=of_place, name="sha512")
    assert compartment_keys(ikm, appearance=APPEARANCE, compartment=info.hex(), epoch=1) == (both[:32], both[32:])
    wrap: dict[str, Any] = {"holder": info.hex(), "purpose": "intake", "appearance": APPEARANCE}
    if len(salt) != KEY_BYTES:
        assert refuses(wrapping_key, salt, ikm, **wrap)
        return
    named = encode(("wrap", info.hex(), "intake", APPEARANCE))
    assert wrapping_key(salt, ikm, **wrap) == reference.hkdf(ikm, 32, salt=salt, info=named)


def test_signatures_are_as_every_vector_of_ed25519_says() -> None:
    """We only sign and the vectors only verify, without their private keys: no vector fits word for word.

    Their keys are named as they say; their messages signed by us hold for the reference, which agrees with each vector
    first, and for another library; with the vector's signature in the place of ours that library refuses.
    """
    seed = bytes(range(32))
    counted: Counter[str] = Counter()
    key = OKPKey.import_key({**public_jwk(public_bytes(seed))})
    for vector in reference.wycheproof("ed25519"):
        theirs, message, signature = bytes.fromhex(vector["publicKey"]["pk"]), *said(vector, "msg", "sig")
        assert reference.ed25519_holds(theirs, message, signature) == (vector["result"] == "valid"), vector["tcId"]
        assert public_jwk(theirs)["x"] == vector["publicKeyJwk"]["x"], vector["tcId"]
        assert public_jwk(theirs)["kid"] == key_id(theirs)
        signed, _, ours = compact_jws(message, seed, typ="receipt+jws").rpartition(".")
        assert signed.partition(".")[2] == part_of(message), vector["tcId"]
        assert jws.deserialize_compact(f"{signed}.{ours}", key, algorithms=["Ed25519"]).payload == message
        assert part_of(reference.ed25519_signature(seed, signed.encode())) == ours, vector["tcId"]
        with pytest.raises(BadSignatureError):
            jws.deserialize_compact(f"{signed}.{part_of(signature)}", key, algorithms=["Ed25519"])
        counted[vector["result"]] += 1
    assert counted == {"valid": 88, "invalid": 63}


def part_of(data: bytes) -> str:
    """Return bytes as a part of a JWS."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()

"""Ed25519 signatures as compact JWS (RFC 7515, RFC 9864)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from json import dumps, loads
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.crypto.errors import CryptoError
from registry.crypto.macs import digest

if TYPE_CHECKING:
    from collections.abc import Iterable


def public_bytes(private_key: bytes) -> bytes:
    """Return the 32-byte public key of a 32-byte Ed25519 seed."""
    key = Ed25519PrivateKey.from_private_bytes(private_key).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id(public_key: bytes) -> str:
    """Return the RFC 7638 thumbprint of the public key, the `kid` of what it signs."""
    return base64url(digest(f'{{"crv":"Ed25519","kty":"OKP","x":"{base64url(public_key)}"}}'.encode()))


def public_jwk(public_key: bytes) -> dict[str, str]:
    """Return the public key as a JWK that names its use."""
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": base64url(public_key),
        "kid": key_id(public_key),
        "alg": "Ed25519",
        "use": "sig",
    }


def compact_jws(payload: bytes, private_key: bytes, *, typ: str) -> str:
    """Sign bytes as compact JWS with `alg` Ed25519; the payload is embedded as it is."""
    header = {"alg": "Ed25519", "kid": key_id(public_bytes(private_key)), "typ": typ}
    signed = f"{base64url(dumps(header, separators=(',', ':')).encode())}.{base64url(payload)}"
    signature = Ed25519PrivateKey.from_private_bytes(private_key).sign(signed.encode())
    return f"{signed}.{base64url(signature)}"


def opened_jws(signed: str, public_keys: Iterable[bytes], *, typ: str) -> bytes:
    """Return the payload of what `compact_jws` made with one of these keys for this use.

    Raises:
        CryptoError: it is of another use, of another key, or was changed in any bit.
    """
    try:
        said, _, signature = signed.rpartition(".")
        header, _, payload = said.partition(".")
        stated = loads(_decoded(header))
        key = next(key for key in public_keys if stated == {"alg": "Ed25519", "kid": key_id(key), "typ": typ})
        Ed25519PublicKey.from_public_bytes(key).verify(_decoded(signature), said.encode())
        return _decoded(payload)
    except (ValueError, StopIteration, InvalidSignature) as wrong:
        raise CryptoError("this was not signed here") from wrong


def base64url(data: bytes) -> str:
    """Return bytes as text without padding (RFC 7515, 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Return the bytes of a text that is written in the one way that `base64url` has."""
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(data) != text:
        raise ValueError("written in another way")
    return data

"""Other implementations of our primitives, written out from their standards, and the vectors that show they are right.

HMAC (RFC 2104), HKDF (RFC 5869), AES-GCM (SP 800-38D) over the bare block cipher, Ed25519 (RFC 8032, 5.1). Slow, not
constant in time, for comparison only.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Point: TypeAlias = tuple[int, int, int, int]

WYCHEPROOF = Path(__file__).parents[2] / "shared" / "data" / "wycheproof"


def wycheproof(name: str) -> list[dict[str, Any]]:
    """Return all vectors of a file, each with its group's properties; the test skips where the files are absent."""
    path = WYCHEPROOF / f"{name}_test.json"
    if not path.exists():
        pytest.skip("the Wycheproof vectors (../shared/data/wycheproof) are not here")
    groups = json.loads(path.read_text())["testGroups"]
    return [
        {key: value for key, value in group.items() if key != "tests"} | one
        for group in groups
        for one in group["tests"]
    ]


def hmac(key: bytes, message: bytes, name: str = "sha256") -> bytes:
    """RFC 2104, section 2."""
    block = hashlib.new(name).block_size
    padded = (hashlib.new(name, key).digest() if len(key) > block else key).ljust(block, b"\0")
    inner = hashlib.new(name, bytes(byte ^ 0x36 for byte in padded) + message).digest()
    return hashlib.new(name, bytes(byte ^ 0x5C for byte in padded) + inner).digest()


def hkdf(ikm: bytes, size_bytes: int, *, salt: bytes, info: bytes, name: str = "sha256") -> bytes:
    """RFC 5869, sections 2.2 and 2.3; an empty salt means zeros, which HMAC's padding gives anyway."""
    prk = hmac(salt, ikm, name)
    okm, last = b"", b""
    for counter in range(1, 256):
        if len(okm) >= size_bytes:
            break
        last = hmac(prk, last + info + bytes((counter,)), name)
        okm += last
    return okm[:size_bytes]


def block_of(key: bytes, block: bytes) -> bytes:
    """Encrypt one block of 16 bytes with AES alone."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - the bare cipher is what GCM is built of
    return encryptor.update(block)


def gf_product(x: int, y: int) -> int:
    """Multiply in GF(2^128), bits in GCM's order (SP 800-38D, 6.3)."""
    product = 0
    for bit in range(127, -1, -1):
        if y >> bit & 1:
            product ^= x
        x = x >> 1 ^ (0xE1 << 120 if x & 1 else 0)
    return product


def gf_power(x: int, exponent: int) -> int:
    """Raise to a power in GF(2^128); to 2**128 - 2 for the inverse."""
    result = 1 << 127
    for bit in f"{exponent:b}":
        result = gf_product(result, result)
        if bit == "1":
            result = gf_product(result, x)
    return result


def gcm_blocks(context: bytes, ciphertext: bytes) -> list[int]:
    """Return what GHASH sums over: context, ciphertext, lengths (SP 800-38D, 7.1 step 5)."""
    lengths = (len(context) * 8).to_bytes(8, "big") + (len(ciphertext) * 8).to_bytes(8, "big")
    whole = _filled(context) + _filled(ciphertext) + lengths
    return [int.from_bytes(whole[start : start + 16], "big") for start in range(0, len(whole), 16)]


def ghash(subkey: int, blocks: list[int]) -> int:
    """SP 800-38D, 6.4."""
    total = 0
    for block in blocks:
        total = gf_product(total ^ block, subkey)
    return total


def gcm_subkey(key: bytes) -> int:
    """Return H."""
    return int.from_bytes(block_of(key, bytes(16)), "big")


def gcm_counter(key: bytes, nonce: bytes) -> bytes:
    """Return the counter before the first block, J0 (SP 800-38D, 7.1 step 2)."""
    if len(nonce) == 12:
        return nonce + b"\0\0\0\1"
    return ghash(gcm_subkey(key), gcm_blocks(b"", nonce)).to_bytes(16, "big")


def gcm_stream(key: bytes, nonce: bytes, size_bytes: int) -> bytes:
    """Return the key stream a message is added to."""
    first = gcm_counter(key, nonce)
    start = int.from_bytes(first[12:], "big")
    numbers = range(start + 1, start + 1 + -(-size_bytes // 16))
    stream = b"".join(block_of(key, first[:12] + (number % 2**32).to_bytes(4, "big")) for number in numbers)
    return stream[:size_bytes]


def gcm_tag(key: bytes, nonce: bytes, ciphertext: bytes, context: bytes) -> bytes:
    """Return the 16-byte tag of a ciphertext."""
    total = ghash(gcm_subkey(key), gcm_blocks(context, ciphertext)).to_bytes(16, "big")
    return added(total, block_of(key, gcm_counter(key, nonce)))


def gcm_sealed(key: bytes, nonce: bytes, message: bytes, context: bytes) -> bytes:
    """Return ciphertext and tag."""
    ciphertext = added(message, gcm_stream(key, nonce, len(message)))
    return ciphertext + gcm_tag(key, nonce, ciphertext, context)


def added(left: bytes, right: bytes) -> bytes:
    """Add two strings of the same length bit by bit."""
    return bytes(one ^ other for one, other in zip(left, right, strict=True))


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


# Ed25519 in the extended coordinates of RFC 8032, 5.1.4: x = X/Z, y = Y/Z, x*y = T/Z.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, P) % P
_ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def ed25519_public(seed: bytes) -> bytes:
    """RFC 8032, 5.1.5."""
    return _compressed(_multiple(_secret(seed)[0], _base()))


def ed25519_signature(seed: bytes, message: bytes) -> bytes:
    """RFC 8032, 5.1.6."""
    scalar, prefix = _secret(seed)
    r = _reduced(prefix + message)
    commitment = _compressed(_multiple(r, _base()))
    challenge = _reduced(commitment + _compressed(_multiple(scalar, _base())) + message)
    return commitment + ((r + challenge * scalar) % ORDER).to_bytes(32, "little")


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """RFC 8032, 5.1.7, without the cofactor."""
    if len(signature) != 64:
        return False
    key, commitment = _decompressed(public), _decompressed(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or s >= ORDER:
        return False
    challenge = _reduced(signature[:32] + public + message)
    right = _sum(commitment, _multiple(challenge, key))
    return _compressed(_multiple(s, _base())) == _compressed(right)


def _secret(seed: bytes) -> tuple[int, bytes]:
    digest = hashlib.sha512(seed).digest()
    return int.from_bytes(digest[:32], "little") & (2**254 - 8) | 2**254, digest[32:]


def _reduced(data: bytes) -> int:
    return int.from_bytes(hashlib.sha512(data).digest(), "little") % ORDER


def _sum(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * _D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _multiple(factor: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = _sum(result, point)
        point = _sum(point, point)
        factor >>= 1
    return result


def _compressed(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decompressed(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if len(data) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * _ROOT_OF_MINUS_ONE % P
    if x * x % P != square or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


@cache
def _base() -> Point:
    point = _decompressed((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    assert point is not None
    return point

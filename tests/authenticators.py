"""Authenticators made of software: real CBOR, COSE and signatures, and whatever lie a test wants one to tell."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256

#: The house of tests is reached under this name (tests/house.py).
PARTY, ORIGIN = "einmal.example", "https://einmal.example"
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass(slots=True)
class Authenticator:
    """One passkey on one device, for one party."""

    party: str = PARTY
    origin: str = ORIGIN
    verifies: bool = True  #: it recognises its user, and says so
    counts: bool = False
    count: int = 0
    user: bytes = b""
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False)

    @classmethod
    def with_ed25519(cls) -> Authenticator:
        """Return one that signs with Ed25519."""
        return cls(key=ed25519.Ed25519PrivateKey.generate())

    def create(self, challenge: bytes, user: bytes = b"", **lies: Any) -> bytes:  # noqa: ANN401 - whatever a test tells
        """Return what `navigator.credentials.create()` gives, as JSON.

        Args:
            lies: parts of the client data, or `fmt`, `statement`, `flags`, that differ.
        """
        self.user = user
        client = self._client("webauthn.create", challenge, lies)
        held = len(self.credential_id).to_bytes(2) + self.credential_id + cbor2.dumps(self.cose())
        data = self._data(lies, extra=_ATTESTED) + bytes(16) + held
        made = {"fmt": lies.get("fmt", "none"), "attStmt": lies.get("statement", {}), "authData": data}
        return self._json({"clientDataJSON": client, "attestationObject": cbor2.dumps(made)}, lies)

    def get(self, challenge: bytes, **lies: Any) -> bytes:  # noqa: ANN401 - whatever a test tells
        """Return what `navigator.credentials.get()` gives, as JSON; lies as above, and `user`."""
        client, data = self._client("webauthn.get", challenge, lies), self._data(lies)
        signed = data + sha256(client).digest()
        signature = (
            self.key.sign(signed)
            if isinstance(self.key, ed25519.Ed25519PrivateKey)
            else self.key.sign(signed, ec.ECDSA(SHA256()))
        )
        response = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._json(response | {"userHandle": lies.get("user", self.user)}, lies)

    def cose(self) -> dict[int, Any]:
        """Return the public key as COSE has it (RFC 9053)."""
        public = self.key.public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            return {1: 1, 3: -8, -1: 6, -2: public.public_bytes_raw()}
        numbers = public.public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}

    def _client(self, kind: str, challenge: bytes, lies: dict[str, Any]) -> bytes:
        client = {"type": kind, "challenge": b64(challenge), "origin": self.origin, "crossOrigin": False}
        return json.dumps(client | {name: lies[name] for name in (*client, "topOrigin") if name in lies}).encode()

    def _data(self, lies: dict[str, Any], extra: int = 0) -> bytes:
        self.count += self.counts
        flags = lies.get("flags", _PRESENT | (_VERIFIED if self.verifies else 0)) | extra
        count = lies.get("count", self.count)
        return sha256(lies.get("party", self.party).encode()).digest() + bytes((flags,)) + int(count).to_bytes(4)

    def _json(self, response: dict[str, bytes], lies: dict[str, Any]) -> bytes:
        shown = {name: b64(value) for name, value in response.items() if value}
        name = b64(lies.get("credential_id", self.credential_id))
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": shown}).encode()


def b64(content: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Read base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

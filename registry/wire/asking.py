"""What every question to the keeper is made of, and the proofs that several of them carry."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="op"):
    """Base of everything on the keeper's sockets."""


class CodeProof(msgspec.Struct, frozen=True, tag="code"):
    """The person's PIN and one unused numbered code of her letter."""

    pin: str
    index: int
    code: str


class PasskeyProof(msgspec.Struct, frozen=True, tag="passkey"):
    """An assertion of one of her passkeys: JSON as a browser gives it; it signs what exactly is decided."""

    assertion: bytes


class PasswordProof(msgspec.Struct, frozen=True, tag="password"):
    """An officer's password and a one-time code that was not used yet."""

    password: str
    totp: str

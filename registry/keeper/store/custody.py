"""Who holds the root key, and the keys below it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from registry.crypto import envelope
from registry.crypto.errors import CryptoError
from registry.crypto.keyfiles import read_key

if TYPE_CHECKING:
    from pathlib import Path

    from registry.crypto.encoding import Field

#: Keys that every installation has exactly one line of; agencies' keys come when they are enrolled.
HOUSE_KEYS = ("custodian", "shred", "rows", "secrets", "lookup", "receipts")


class Custody(Protocol):
    """What a root key can do; the key itself stays where it is."""

    def wrap(self, secret: bytes, *context: Field) -> bytes:
        """Return the secret under the root key, bound to its context."""

    def unwrap(self, wrapped: bytes, *context: Field) -> bytes:
        """Return the secret, or raise CryptoError."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A root key of 32 raw bytes in a file: for development, and where the host itself is trusted."""

    key: bytes = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> KeyFile:
        """Read the root key.

        Raises:
            OperationError: there is no such file, others can read it, or it is not 32 bytes long.
        """
        return cls(read_key(path, name="root key", setting="ROOT_KEY_FILE"))

    def wrap(self, secret: bytes, *context: Field) -> bytes:
        """Return the secret under the root key, bound to its context."""
        return envelope.seal_secret(secret, self.key, "root", *context)

    def unwrap(self, wrapped: bytes, *context: Field) -> bytes:
        """Return the secret, or raise CryptoError."""
        return envelope.open_secret(wrapped, self.key, "root", *context)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as the shred store has it."""

    kind: str
    scope: str  #: an agency's id, or empty
    version: int
    state: str  #: active | decrypt-only | destroyed
    wrapped: bytes = field(repr=False)


class Keyring:
    """The keys below the root, open in this process's memory and nowhere else."""

    __slots__ = ("_active", "_keys")

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str, int], bytes] = {}
        self._active: dict[tuple[str, str], int] = {}

    def add(self, stored: StoredKey, custody: Custody) -> None:
        """Take in a key; a destroyed one is not opened."""
        if stored.state == "destroyed":
            return
        context = ("key", stored.kind, stored.scope, stored.version)
        self._keys[stored.kind, stored.scope, stored.version] = custody.unwrap(stored.wrapped, *context)
        if stored.state == "active":
            self._active[stored.kind, stored.scope] = stored.version

    def has_kind(self, kind: str) -> bool:
        """Say whether a key of this kind was ever made."""
        return any(known == kind for known, _, _ in self._keys)

    def active(self, kind: str, scope: str = "") -> tuple[int, bytes]:
        """Return (version, key) to make new things with, or raise CryptoError."""
        version = self._active.get((kind, scope))
        if version is None:
            raise CryptoError(f"there is no active {kind} key")
        return version, self._keys[kind, scope, version]

    def get(self, kind: str, scope: str, version: int) -> bytes:
        """Return a key to open old things with, or raise CryptoError."""
        key = self._keys.get((kind, scope, version))
        if key is None:
            raise CryptoError(f"{kind} key {version} is unknown or destroyed")
        return key


def new_stored_key(kind: str, scope: str, version: int, *, custody: Custody) -> StoredKey:
    """Make a fresh active key, wrapped by the root."""
    wrapped = custody.wrap(envelope.new_key(), "key", kind, scope, version)
    return StoredKey(kind=kind, scope=scope, version=version, state="active", wrapped=wrapped)

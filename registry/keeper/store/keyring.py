"""The keys below the root."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from registry.crypto import envelope
from registry.crypto.errors import CryptoError
from registry.keeper.custody.custodian import CutOff, KeyName

if TYPE_CHECKING:
    from registry.keeper.custody.custodian import Custody

log = logging.getLogger(__name__)

#: Keys that every installation has exactly one line of; agencies' keys come when they are enrolled.
HOUSE_KEYS = ("custodian", "shred", "rows", "secrets", "lookup", "receipts")


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as the shred store has it."""

    kind: str
    scope: str  #: an agency's id, or empty
    version: int
    state: str  #: active | decrypt-only | destroyed
    wrapped: bytes = field(repr=False)
    salted: bool = False  #: of the look-up key: whether tokens of names made under it are salted


class Keyring:
    """The keys below the root, open in this process's memory and nowhere else."""

    __slots__ = ("_active", "_cut_off", "_keys", "_salted")

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str, int], bytes] = {}
        self._active: dict[tuple[str, str], int] = {}
        self._cut_off: set[tuple[str, str, int]] = set()
        self._salted: set[int] = set()  #: versions of the look-up key

    def add(self, stored: StoredKey, custody: Custody) -> None:
        """Take in a key; a destroyed one is not opened.

        One that its custodian does not open any more is left out, so that whoever needs it is refused: its agency is
        cut off. Every other fault of the custodian is raised.
        """
        if stored.state == "destroyed":
            return
        try:
            key = custody.unwrap(stored.wrapped, KeyName(stored.kind, stored.scope, stored.version))
        except CutOff:
            log.warning("keeper.agency-cut-off", extra={"agency": stored.scope, "version": stored.version})
            self._cut_off.add((stored.kind, stored.scope, stored.version))
            return
        self._keys[stored.kind, stored.scope, stored.version] = key
        if stored.salted:
            self._salted.add(stored.version)
        if stored.state == "active":
            self._active[stored.kind, stored.scope] = stored.version

    def has_kind(self, kind: str) -> bool:
        """Say whether a key of this kind was ever made."""
        return any(known == kind for known, _, _ in (*self._keys, *self._cut_off))

    def has(self, kind: str, scope: str, version: int) -> bool:
        """Say whether a key is open."""
        return (kind, scope, version) in self._keys

    def names(self) -> list[KeyName]:
        """Return which keys are open."""
        return [KeyName(*name) for name in list(self._keys)]

    def all_of(self, kind: str) -> list[tuple[int, bytes]]:
        """Return (version, key) of the house's keys of a kind."""
        return [(version, key) for (known, _, version), key in list(self._keys.items()) if known == kind]

    def is_salted(self, version: int) -> bool:
        """Say whether names are salted under a version of the look-up key."""
        return version in self._salted

    def drop(self, kind: str, scope: str, version: int) -> None:
        """Forget a key; what it made opens no more."""
        self._keys.pop((kind, scope, version), None)

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
            raise CryptoError(f"{kind} key {version} is unknown, destroyed or cut off")
        return key


def new_stored_key(kind: str, scope: str, version: int, *, custody: Custody, salted: bool = False) -> StoredKey:
    """Make a fresh active key, wrapped by the root."""
    wrapped = custody.wrap(envelope.new_key(), KeyName(kind, scope, version))
    return StoredKey(kind=kind, scope=scope, version=version, state="active", wrapped=wrapped, salted=salted)

"""The root key in a file: for development, and where the keeper's host itself is trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from registry.crypto.derivation import whole
from registry.crypto.envelope import Lock
from registry.crypto.keyfiles import read_key

if TYPE_CHECKING:
    from pathlib import Path

    from registry.keeper.custody.custodian import KeyName


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A root key of 32 raw bytes, in the keeper's memory as long as the keeper lives."""

    key: bytes = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> KeyFile:
        """Read the root key.

        Raises:
            OperationError: there is no such file, others can read it, or it is not 32 bytes long.
        """
        return cls(read_key(path, name="root key", setting="ROOT_KEY_FILE"))

    def make(self, scope: str) -> None:
        """Make nothing: the one key in the file wraps all keys."""

    def wrap(self, secret: bytes, name: KeyName) -> bytes:
        """Return a key of 32 bytes under the root key, bound to its name."""
        return Lock.of(self.key).seal(whole(secret), name.context)

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        """Return the key, or raise CryptoError."""
        return whole(Lock.of(self.key).open(wrapped, name.context))

"""The root key in a file: for development, and where the keeper's host itself is trusted."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from registry.crypto.derivation import KEY_BYTES, whole
from registry.crypto.envelope import Lock
from registry.crypto.errors import CryptoError
from registry.crypto.keyfiles import read_key
from registry.errors import OperationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from registry.keeper.custody.custodian import KeyName

#: How a file is called that the supervisor made for the keeper's own user; the next start makes it anew.
COPY = ".copy"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A root key of 32 raw bytes, in the keeper's memory as long as the keeper lives.

    A new one is written beside it (`root.key.next`) and takes its place once all keys lie under it: whatever is
    interrupted in between, one of the two files opens all of them.
    """

    ROOTS_OF_AGENCIES: ClassVar[bool] = False

    key: bytes = field(repr=False)
    path: Path | None = None  #: where the keeper finds it at its start; None: it cannot be renewed

    @classmethod
    def read(cls, path: Path) -> KeyFile:
        """Read the root key.

        Raises:
            OperationError: there is no such file, others can read it, or it is not 32 bytes long.
        """
        return cls(read_key(path, name="root key", setting="ROOT_KEY_FILE"), path)

    def make(self, scope: str) -> None:
        """Make nothing: the one key in the file wraps all keys."""

    def wrap(self, secret: bytes, name: KeyName) -> bytes:
        """Return a key of 32 bytes under the root key, bound to its name."""
        return Lock.of(self.key).seal(whole(secret), name.context)

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        """Return the key, or raise CryptoError."""
        return whole(Lock.of(self.key).open(wrapped, name.context))

    def settled(self, wrapped: bytes, name: KeyName) -> KeyFile:
        """Return the file that opens this key; of two, the other one goes, but never the last that is readable."""
        if self.path is None or not _next(self.path).exists():
            return self
        if self._opens(wrapped, name):
            _next(self.path).unlink()
            return self
        newer = KeyFile(_read_next(self.path), self.path)
        if not newer._opens(wrapped, name):
            return self  # neither opens it: nothing is thrown away, and the start says what is wrong
        newer.take_over()
        return newer

    def renewed(self, scopes: Collection[str]) -> KeyFile:  # noqa: ARG002 - one file wraps everybody's keys
        """Write a new key into a file beside the present one.

        Raises:
            OperationError: the file is the supervisor's copy, or the directory is not to be written to.
        """
        if self.path is None or self.path.suffix == COPY:
            raise OperationError("This root key file is a copy: rotate where the keeper reads the file itself.")
        beside = _next(self.path)
        try:
            beside.unlink(missing_ok=True)  # of a rotation that was interrupted before anything lay under it
            _write(beside, os.urandom(KEY_BYTES))
        except OSError as problem:
            raise OperationError(f"No new root key can be written: {problem.strerror}.") from None
        return KeyFile(_read_next(self.path), self.path)

    def take_over(self) -> None:
        """Put the new file in the place of the old one, in one step."""
        if self.path is not None:
            _next(self.path).replace(self.path)
            _sync(self.path.parent)

    def close_older(self, lying: Mapping[str, Collection[bytes]]) -> bool:  # noqa: ARG002 - there is one file
        """Do nothing: a file that was replaced is gone already, and the present one cannot forget."""
        return False

    def _opens(self, wrapped: bytes, name: KeyName) -> bool:
        try:
            self.unwrap(wrapped, name)
        except CryptoError:
            return False
        return True


def _next(path: Path) -> Path:
    return path.with_name(path.name + ".next")


def _read_next(path: Path) -> bytes:
    return read_key(_next(path), name="new root key", setting="ROOT_KEY_FILE")


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, and see it on the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

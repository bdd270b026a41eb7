"""Keys that lie in files of their own: 32 raw bytes that nobody but their owner can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.crypto.derivation import KEY_BYTES
from registry.errors import OperationError

if TYPE_CHECKING:
    from pathlib import Path


def read_key(path: Path, *, name: str, setting: str) -> bytes:
    """Return the key.

    Args:
        name: what messages call it, for example "linker key".
        setting: the setting that says where it lies.

    Raises:
        OperationError: there is no such file, others can read it, or it is not 32 bytes long.
    """
    try:
        mode, key = path.stat().st_mode, path.read_bytes()
    except OSError as problem:
        raise OperationError(f"The {name} cannot be read: {problem.strerror}. Set {setting}.") from None
    if mode & 0o077:
        raise OperationError(f"The {name} file is open to others; make its mode 0400.")
    if len(key) != KEY_BYTES:
        raise OperationError(f"The {name} file does not hold exactly 32 bytes.")
    return key

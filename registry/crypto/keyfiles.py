"""Keys, tokens and PINs that lie in files of their own, which nobody but their owner can read."""

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
    key = _read(path, name, setting)
    if len(key) != KEY_BYTES:
        raise OperationError(f"The {name} file does not hold exactly 32 bytes.")
    return key


def read_text(path: Path, *, name: str, setting: str) -> str:
    """Return a token or PIN: one line of visible ASCII characters.

    Raises:
        OperationError: there is no such file, others can read it, or it holds something else.
    """
    words = _read(path, name, setting).split()
    if len(words) != 1 or not all(0x20 < byte < 0x7F for byte in words[0]):
        raise OperationError(f"The {name} file does not hold one word in visible ASCII characters.")
    return words[0].decode()


def _read(path: Path, name: str, setting: str) -> bytes:
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError as problem:
        raise OperationError(f"The {name} cannot be read: {problem.strerror}. Set {setting}.") from None
    if mode & 0o077:
        raise OperationError(f"The {name} file is open to others; make its mode 0400.")
    return content

"""A key file is read only if it is a key, and nobody else's to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registry.crypto.derivation import sub_key
from registry.crypto.errors import CryptoError
from registry.crypto.keyfiles import read_key
from registry.errors import OperationError

if TYPE_CHECKING:
    from pathlib import Path


def refused(path: Path) -> str:
    with pytest.raises(OperationError) as refusal:
        read_key(path, name="linker key", setting="LINKER_KEY_FILE")
    return str(refusal.value)


def test_a_private_file_of_32_bytes_is_a_key(tmp_path: Path) -> None:
    path = _written(tmp_path, b"k" * 32, 0o400)
    assert read_key(path, name="linker key", setting="LINKER_KEY_FILE") == b"k" * 32


def test_what_is_missing_open_to_others_or_of_another_length_is_refused(tmp_path: Path) -> None:
    assert "LINKER_KEY_FILE" in refused(tmp_path / "none")
    assert "open to others" in refused(_written(tmp_path, b"k" * 32, 0o440))
    assert "32 bytes" in refused(_written(tmp_path, b"k" * 31, 0o400))


def test_each_purpose_has_a_key_of_its_own() -> None:
    purposes = [(), ("a",), ("b",), ("a", 1), ("a", "1"), ("a", 1, "b"), ("a1b",)]
    keys = {sub_key(b"k" * 32, *purpose) for purpose in purposes} | {sub_key(b"x" * 32, "a")}
    assert len(keys) == len(purposes) + 1
    assert {len(key) for key in keys} == {32}
    assert sub_key(b"k" * 32, "a") == sub_key(b"k" * 32, "a")


def test_a_sub_key_of_no_key_is_refused() -> None:
    with pytest.raises(CryptoError):
        sub_key(b"", "a")


def _written(folder: Path, content: bytes, mode: int) -> Path:
    path = folder / f"{len(content)}-{mode:o}.key"
    path.write_bytes(content)
    path.chmod(mode)
    return path

"""A folder in which a long run keeps what is finished, so that a broken-off one goes on there.

It holds the run's keys and its tokens, is readable by its owner alone, and goes with the end of the run.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from registry.errors import RegistryError
from registry.linkage.batch.lists.encoding import Piece, Secrets
from registry.linkage.batch.lists.packing import People, Tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_MANIFEST, _LOCK, _KEYS = "run.json", "lock", "keys.json"
_OWNER_ALONE: Final = 0o700


class WorkRefused(RegistryError):  # noqa: N818 - the name says what is the case
    """The folder cannot be used for this run; nothing was changed. The message says what to do."""

    code = "link.work-refused"


@dataclass(frozen=True, slots=True)
class Work:
    """What is finished of a run."""

    folder: Path
    secrets: Secrets

    def piece(self, side: str, number: int) -> Piece | None:
        """Return a piece of a list that was encoded already."""
        path = self.folder / f"{side}-{number:06}.npz"
        if not path.exists():
            return None
        with np.load(path, allow_pickle=False) as kept:
            return Piece(
                json.loads(kept["ids"].tobytes()),
                People(*(kept[f"people-{column}"] for column in People.__slots__)),
                Tables(*(kept[f"tables-{table}"] for table in Tables.__slots__)),
                kept["keys"],
                kept["owners"],
            )

    def keep_piece(self, side: str, number: int, piece: Piece) -> None:
        """Keep an encoded piece of a list."""
        arrays: dict[str, NDArray[Any]] = {
            "ids": np.frombuffer(json.dumps(piece.ids).encode(), np.uint8),
            "keys": piece.keys,
            "owners": piece.owners,
        }
        arrays |= {f"people-{column}": getattr(piece.people, column) for column in People.__slots__}
        arrays |= {f"tables-{table}": getattr(piece.tables, table) for table in Tables.__slots__}
        part = self.folder / "piece.part"
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        part.replace(self.folder / f"{side}-{number:06}.npz")

    def pairs(self, block: int) -> Path | None:
        """Return the file of a block of pairs that was finished already."""
        path = self._pairs(block)
        return path if path.exists() else None

    def keep_pairs(self, block: int, text: str) -> Path:
        """Keep the lines of a block of pairs; return their file."""
        part = self.folder / "pairs.part"
        part.write_text(text, encoding="utf-8", newline="")
        return part.replace(self._pairs(block))

    def _pairs(self, block: int) -> Path:
        return self.folder / f"pairs-{block:06}.csv"

    def forget(self) -> None:
        """Remove all of it, the keys first."""
        (self.folder / _KEYS).unlink(missing_ok=True)
        shutil.rmtree(self.folder)


@contextmanager
def opened(folder: Path, claim: Mapping[str, str], *, salted: bool = False) -> Iterator[Work]:
    """Give the folder of a run, as it was left or new; nobody else works in it meanwhile.

    Args:
        claim: what the run is about; a folder of a run about something else is refused.
        salted: whether a new run salts names.

    Raises:
        WorkRefused: somebody works in it, or it belongs to another run or to something else.
    """
    fresh = _made(folder)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkRefused(f"{folder}: another run works there; wait for it, or name another with --work") from None
        if fresh or not (folder / _MANIFEST).exists():
            _begun(folder, claim, Secrets.fresh(salted=salted))
        elif json.loads((folder / _MANIFEST).read_text("utf-8")) != dict(claim):
            raise WorkRefused(
                f"{folder}: a run over other lists or with other settings was broken off there; delete it,"
                " or name another with --work"
            )
        yield Work(folder, Secrets.loaded((folder / _KEYS).read_text("utf-8")))
    finally:
        os.close(descriptor)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _made(folder: Path) -> bool:
    """Make the folder; say whether it was not there.

    Raises:
        WorkRefused: it holds something that is no run's.
    """
    try:
        folder.mkdir(_OWNER_ALONE)
    except FileExistsError:
        if not folder.is_dir() or not _is_of_a_run(folder):
            raise WorkRefused(f"{folder}: is no folder of a run; name another with --work") from None
        return False
    except OSError as fault:
        raise WorkRefused(f"{folder}: cannot be made: {fault.strerror}") from None
    return True


def _is_of_a_run(folder: Path) -> bool:
    """Say whether a run made this folder; one that was killed at once left no more than lock and keys."""
    names = {path.name for path in folder.iterdir()}
    return _MANIFEST in names or names <= {_LOCK, _KEYS, f"{_MANIFEST}.part"}


def _begun(folder: Path, claim: Mapping[str, str], secrets: Secrets) -> None:
    """Write the keys, then what the run is about, which makes the folder a run's."""
    keys, part = folder / _KEYS, folder / f"{_MANIFEST}.part"
    keys.unlink(missing_ok=True)
    keys.touch(0o600, exist_ok=False)
    keys.write_text(secrets.dumped(), encoding="utf-8")
    part.write_text(json.dumps(dict(claim)), encoding="utf-8")
    part.replace(folder / _MANIFEST)

"""A folder in which a long run keeps what is finished, so that a broken-off one goes on there.

It holds the run's keys and its tokens, is its owner's alone, and goes with the end of the run. A folder that others
could have filled is refused: keys that somebody put there would be keys that somebody knows.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import shutil
import stat
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
    from typing import BinaryIO

    from numpy.typing import NDArray

_MANIFEST, _LOCK, _KEYS = "run.json", "lock", "keys.json"
_OWNER_ALONE, _OTHERS = 0o700, 0o077
#: Whatever a run makes in its folder; the last are the database's, which a killed run leaves behind.
_OURS: Final = re.compile(
    r"lock|keys\.json|run\.json|(run\.json|piece|pairs)\.part|(found|asked)-\d{6,}\.npz|pairs-\d{6,}\.csv|registry-link-\w+"
)


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
        with _private(part) as file:
            np.savez(file, allow_pickle=False, **arrays)
        part.replace(self.folder / f"{side}-{number:06}.npz")

    def pairs(self, block: int) -> Path | None:
        """Return the file of a block of pairs that was finished already."""
        path = self._pairs(block)
        return path if path.exists() else None

    def keep_pairs(self, block: int, text: str) -> Path:
        """Keep the lines of a block of pairs; return their file."""
        part = self.folder / "pairs.part"
        with _private(part) as file:
            file.write(text.encode())
        return part.replace(self._pairs(block))

    def _pairs(self, block: int) -> Path:
        return self.folder / f"pairs-{block:06}.csv"

    def forget(self) -> None:
        """Remove what runs made there, the keys first, and the folder if nothing else is in it."""
        (self.folder / _KEYS).unlink(missing_ok=True)
        for path in list(self.folder.iterdir()):
            if _OURS.fullmatch(path.name) is None:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()


@contextmanager
def opened(folder: Path, claim: Mapping[str, str], *, salted: bool = False) -> Iterator[Work]:
    """Give the folder of a run, as it was left or new; nobody else works in it meanwhile.

    Args:
        claim: what the run is about; a folder of a run about something else is refused.
        salted: whether a new run salts names.

    Raises:
        WorkRefused: somebody works in it, it belongs to another run or to something else, others could have written in
            it, or what is in it cannot be read.
    """
    fresh = _made(folder)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkRefused(f"{folder}: another run works there; wait for it, or name another with --work") from None
        if fresh or not (folder / _MANIFEST).exists():
            _begun(folder, claim, Secrets.fresh(salted=salted))
        secrets = _secrets(folder / _KEYS)
        if _read(folder / _MANIFEST) != _sealed(claim, secrets):
            raise WorkRefused(
                f"{folder}: a run over other lists, with other settings or of another version was broken off there;"
                " delete it, or name another with --work"
            )
        yield Work(folder, secrets)
    finally:
        os.close(descriptor)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _made(folder: Path) -> bool:
    """Make the folder; say whether it was not there.

    Raises:
        WorkRefused: it holds something that is no run's, or is not this user's alone.
    """
    try:
        folder.mkdir(_OWNER_ALONE)
    except FileExistsError:
        _check_owner(folder)
        if not _is_of_a_run(folder):
            raise WorkRefused(f"{folder}: is no folder of a run; name another with --work") from None
        return False
    except OSError as fault:
        raise WorkRefused(f"{folder}: cannot be made: {fault.strerror}") from None
    return True


def _check_owner(folder: Path) -> None:
    """Refuse what others may have made, or may change.

    Raises:
        WorkRefused: it is a link or a file, another's, or open to others.
    """
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise WorkRefused(f"{folder}: is no folder of a run but a link or a file; name another with --work") from None
    if status.st_uid != os.geteuid():
        raise WorkRefused(f"{folder}: belongs to another user; name another with --work") from None
    if status.st_mode & _OTHERS:
        raise WorkRefused(
            f"{folder}: is open to others, who could put keys there; name another with --work, or, if you alone have"
            " written in it, chmod 700 it"
        ) from None


def _is_of_a_run(folder: Path) -> bool:
    """Say whether a run made this folder; one that was killed at once left no more than lock and keys."""
    names = {path.name for path in folder.iterdir()}
    return _MANIFEST in names or names <= {_LOCK, _KEYS, f"{_MANIFEST}.part"}


def _begun(folder: Path, claim: Mapping[str, str], secrets: Secrets) -> None:
    """Write the keys, then what the run is about, which makes the folder a run's."""
    keys, part = folder / _KEYS, folder / f"{_MANIFEST}.part"
    for path, text in ((keys, secrets.dumped()), (part, json.dumps(_sealed(claim, secrets)))):
        with _private(path) as file:
            file.write(text.encode())
    part.replace(folder / _MANIFEST)


def _sealed(claim: Mapping[str, str], secrets: Secrets) -> dict[str, str]:
    """Return what a run is about under its own key: a digest alone would tell who has the same list."""
    return {"run": hmac.new(secrets.tokens, json.dumps(dict(claim), sort_keys=True).encode(), "sha256").hexdigest()}


def _private(path: Path) -> BinaryIO:
    """Make a file anew that its owner alone can read, whatever was there."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb")


def _secrets(path: Path) -> Secrets:
    try:
        return Secrets.loaded(path.read_text("utf-8"))
    except (OSError, ValueError, TypeError, AttributeError):
        raise _unreadable(path) from None


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise _unreadable(path) from None


def _unreadable(path: Path) -> WorkRefused:
    return WorkRefused(f"{path}: cannot be read; delete {path.parent}, or name another with --work")

"""The directory an export is written to: whole new files in the place of those of an earlier export, or nothing."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from registry.errors import OperationError
from registry.ops.files import private_directory, read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,119}")
#: What is not whole yet; left behind by a power cut it is removed by the next export.
_UNFINISHED = re.compile(r"\.einmal-.*\.part")


@contextmanager
def filling(path: Path, home: Path, agency: UUID) -> Iterator[Folder]:
    """Give a directory to write an export to; what is not finished in it when this ends is removed.

    Which files an export made is noted under REGISTRY_HOME, not beside them: the directory holds nothing else.

    Raises:
        OperationError: it holds files that no earlier export of this agency made, or another export writes to it.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = hashlib.sha256(str(path.resolve()).encode()).hexdigest()
    folder = Folder(path, private_directory(home / "exports") / f"{place}.json", str(agency))
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise OperationError(f"another export is writing to {path}") from taken
        folder.tidy()
        folder.insist_on_own()
        yield folder
    finally:
        folder.tidy()
        os.close(descriptor)


@dataclass(slots=True)
class Folder:
    """A locked directory and what is being written into it."""

    path: Path
    note: Path
    agency: str
    sizes: dict[str, int] = field(default_factory=dict)  #: bytes of each new file so far

    def insist_on_own(self) -> None:
        """Refuse a directory with files of somebody else.

        Raises:
            OperationError: there is one.
        """
        foreign = sorted({one.name for one in self.path.iterdir()} - self._known())
        if foreign:
            shown = ", ".join(foreign[:3]) + (" …" if len(foreign) > 3 else "")
            raise OperationError(
                f"{self.path} holds what no earlier export of this agency made ({shown}); take an empty directory"
            )

    def add(self, name: str, content: bytes) -> None:
        """Append to a new file.

        Raises:
            OperationError: an adapter named it as no file may be named.
        """
        if not _NAME.fullmatch(name):
            raise OperationError("the adapter gave a file a name that is none")
        fresh = os.O_EXCL if name not in self.sizes else 0
        descriptor = os.open(self._unfinished(name), os.O_WRONLY | os.O_APPEND | os.O_CREAT | fresh, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(content)
        self.sizes[name] = self.sizes.get(name, 0) + len(content)

    def finish(self) -> dict[Path, int]:
        """Put the new files in the place of those of the export before; return their sizes in bytes."""
        before = self._known()
        for name in self.sizes:
            _sync(self._unfinished(name))
        self._note(before | set(self.sizes))
        for name in self.sizes:
            self._unfinished(name).replace(self.path / name)
        for name in before - set(self.sizes):
            (self.path / name).unlink(missing_ok=True)
        _sync(self.path)
        self._note(set(self.sizes))
        return {self.path / name: size for name, size in sorted(self.sizes.items())}

    def tidy(self) -> None:
        """Remove what was begun and not finished."""
        for one in self.path.iterdir():
            if _UNFINISHED.fullmatch(one.name):
                with suppress(FileNotFoundError):
                    one.unlink()

    def _unfinished(self, name: str) -> Path:
        return self.path / f".einmal-{name}.part"

    def _known(self) -> set[str]:
        note = read_json(self.note) or {}
        return set(note["files"]) if note.get("agency") == self.agency else set()

    def _note(self, names: set[str]) -> None:
        write_json(self.note, {"agency": self.agency, "directory": str(self.path.resolve()), "files": sorted(names)})


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Imports one official download: reads it whole, then stores it whole."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from registry.errors import NotFound
from registry.vocabulary.concepts import MalformedFileError
from registry.vocabulary.downloads.catalogue import READERS
from registry.vocabulary.downloads.sheet import Asked
from registry.vocabulary.storing import Counts, store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from registry.vocabulary.concepts import Contents

NAMES = tuple(READERS)


@dataclass(frozen=True, slots=True)
class Report:
    """What an import read and changed; `language` is None for relations, several are joined by commas."""

    name: str
    language: str | None
    read: int
    counts: Counts

    def document(self) -> dict[str, object]:
        """Return the report in the form that stays stable."""
        return {"name": self.name, "language": self.language, "read": self.read, **asdict(self.counts)}


def read(
    name: str,
    files: Sequence[Path],
    *,
    language: str | None = None,
    edition: str | None = None,
    seen: Callable[[int], None] | None = None,
) -> Contents:
    """Read a download's files, each whole.

    Args:
        language: of all files, where their names do not say it.
        edition: e.g. 1.2.0; default: as far as the files tell.
        seen: told how many more bytes have been read.

    Raises:
        MalformedFileError: a file is not what its publisher writes.
        NotFound: no import has this name.
    """
    if name not in READERS:
        raise NotFound(f"there is no vocabulary {name}; there are: {', '.join(NAMES)}")
    asked = Asked(language) if seen is None else Asked(language, seen)
    contents = READERS[name](files, asked)
    if not (list(contents.concepts) or contents.broader or contents.steps):
        raise MalformedFileError(files[0].name, 0, f"It holds nothing of {name}.")
    return replace(contents, edition=edition or contents.edition)


def bring_in(session: Session, contents: Contents, *, may_retire_many: bool = False) -> Report:
    """Store what was read; the caller commits. Errors as `storing.store`."""
    counts = store(session, contents, may_retire_many=may_retire_many)
    return Report(contents.name, ",".join(contents.languages) or None, contents.read, counts)

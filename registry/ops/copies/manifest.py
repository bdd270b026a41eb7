"""What a copy of one database says about itself; written last, so that a copy without it is half a copy."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from registry.errors import OperationError
from registry.ops.files import read_json, write_json
from schemas.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMAT: Final = "einmal/copy/2"
_NAME: Final = "manifest.json"
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Table:
    """One file: a table in PostgreSQL's own binary form, with the columns it has."""

    name: str
    columns: list[str]
    rows: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key below the root, and how many rows of the main database lie under it."""

    kind: str
    scope: str  #: an agency's id, or empty
    version: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A copy of the main database or of the shred store."""

    format: str
    database: str  #: main | shred
    backup: str  #: the same in both copies that were taken together
    installation: str
    taken_at: str
    revision: str  #: of the tree in alembic/
    size: int  #: lines of the log in the main database's copy
    chain: str  #: after the last of them, hexadecimal
    heal_from: int  #: from this line on an erasure may not have reached the shred store's copy
    first_line: str  #: the chain after the log's first line, hexadecimal: no other installation has it
    founded: str  #: when the house's first keys were made
    keys: list[KeyUse]  #: of main: those that rows lie under; of shred: those that it has
    tables: list[Table]


def write(folder: Path, manifest: Manifest) -> None:
    """Write a manifest, whole or not at all."""
    content = asdict(manifest)
    write_json(folder / _NAME, content | {"sha256": _digest(content)})


def read(folder: Path, database: str) -> Manifest:
    """Read the manifest of one database's copy.

    Raises:
        OperationError: there is none, it was changed, or it is of something else.
    """
    content = read_json(folder / database / _NAME)
    if content is None:
        raise OperationError(f"{folder / database} has no manifest: there is no copy here, or only a half of one")
    stated = content.pop("sha256", None)
    changed = f"{folder / database / _NAME} was changed, or is of something else"
    if (stated, content.get("format"), content.get("database")) != (_digest(content), FORMAT, database):
        raise OperationError(changed)
    try:
        listed = {
            "tables": [Table(**one) for one in content["tables"]],
            "keys": [KeyUse(**one) for one in content["keys"]],
        }
        return Manifest(**{**content, **listed})
    except (KeyError, TypeError) as error:
        raise OperationError(changed) from error


def verify(folder: Path, manifest: Manifest, told: Callable[[str], None]) -> None:
    """Read every file of a copy once and compare it with the manifest.

    Raises:
        OperationError: a file is missing or another one; the message says which.
    """
    for table in manifest.tables:
        path = folder / manifest.database / f"{table.name}.copy"
        told(f"checking {manifest.database}/{table.name}")
        if not path.is_file() or (path.stat().st_size, digest_of(path)) != (table.size_bytes, table.sha256):
            raise OperationError(f"{path} is missing or damaged: this copy is not whole, nothing was restored")


def digest_of(path: Path) -> str:
    """Return a file's SHA-256, hexadecimal."""
    digest = sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _digest(content: dict[str, Any]) -> str:
    return sha256(canonical(content)).hexdigest()

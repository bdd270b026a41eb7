"""Taking a back-up: one consistent look at each database, the main one first, copied table by table.

First the main database, then the shred store: a row whose secret is made is never without it in the copies, because
the secret was committed before the row; and no secret stays in the copy of the shred store that was destroyed when the
main database's was looked at. What happens between the two looks is in the log behind the copy's head.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import psycopg

from registry.errors import OperationError
from registry.ops import migrate
from registry.ops.copies import fitting, manifest, tables
from registry.ops.copies.manifest import FORMAT, Manifest
from registry.ops.files import private_directory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from registry.ops.copies.databases import Owned

_LOOK: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_HEAD: Final = "SELECT number + 1, chain FROM audit_leaf ORDER BY number DESC LIMIT 1"
_UNDONE: Final = """
    SELECT min(f.number) FROM erasure e JOIN audit_line l ON l.object_id = e.id AND l.event = 'person.erased'
    JOIN audit_leaf f ON f.line_id = l.id WHERE e.done_at IS NULL"""


def take(owned: Owned, folder: Path, told: Callable[[str], None]) -> tuple[Manifest, Manifest]:
    """Copy both databases into `main` and `shred` below a folder; return their manifests.

    Raises:
        OperationError: there is something in the folder, or a database is not ours.
    """
    if folder.exists() and any(folder.iterdir()):
        raise OperationError(f"{folder} is not empty: a back-up has a directory of its own")
    private_directory(folder)
    with ExitStack() as ending:
        looks = {name: ending.enter_context(_look(url)) for name, url in owned.urls().items()}
        size, chain, heal_from = _log_of(looks["main"])
        common = {
            "format": FORMAT,
            "backup": secrets.token_hex(16),
            "installation": owned.installation,
            "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "size": size,
            "chain": chain,
            "heal_from": heal_from,
            "first_line": fitting.first_line_of(looks["main"]),
            "founded": fitting.founded_of(looks["shred"]),
        }
        made = {name: _copy(look, folder, name, common=common, told=told) for name, look in looks.items()}
    for name, one in made.items():
        manifest.write(folder / name, one)
    return made["main"], made["shred"]


def _look(url: str) -> psycopg.Connection:
    """Return a connection that sees its database as it is now; without a right to all rows it fails, not skips."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET row_security = off")
    connection.execute(_LOOK)
    connection.execute("SELECT 1 FROM pg_class LIMIT 1")  # this is the moment
    return connection


def _log_of(main: psycopg.Connection) -> tuple[int, str, int]:
    row = main.execute(_HEAD).fetchone()
    size, chain = (int(row[0]), bytes(row[1]).hex()) if row else (0, "")
    undone = main.execute(_UNDONE).fetchone()
    return size, chain, size if undone is None or undone[0] is None else min(size, int(undone[0]))


def _copy(
    look: psycopg.Connection, folder: Path, name: str, *, common: dict[str, object], told: Callable[[str], None]
) -> Manifest:
    revision = tables.revision(look)
    if revision is None:
        raise OperationError(f"the {name} database has no tables of ours")
    if revision != migrate.revisions(name)[-1]:
        raise OperationError(f"the {name} database has revision {revision}: back it up with the version that made it")
    private_directory(folder / name)
    copied = []
    for table in tables.names(look):
        copied.append(tables.write_out(look, table, folder / name / f"{table}.copy"))
        told(f"{name}/{table}: {copied[-1].rows} rows")
    keys = fitting.keys_of(look, name)
    return Manifest(database=name, revision=revision, keys=keys, tables=copied, **common)  # type: ignore[arg-type]  # as listed

"""Restoring: a copy is read through before anything is touched; then each database changes in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, LiteralString

import psycopg

from registry.errors import OperationError
from registry.lines import GENESIS
from registry.ops import migrate, roles
from registry.ops.copies import fitting, manifest, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from registry.ops.copies.databases import Owned
    from registry.ops.copies.fitting import Gap
    from registry.ops.copies.manifest import Manifest

BOTH: Final = ("shred", "main")  #: in this order: whatever breaks off between, the keeper is closed
# What counted before the copy may have been voided since: nothing of it counts, and replacing it takes two officers.
_VOIDING: Final = (
    "UPDATE letter SET credential_id = gen_random_uuid()",
    "UPDATE living_credential SET credential_id = gen_random_uuid()",
    "UPDATE budget SET used = 1000000000",
)
# What the store that is replaced saw last counts on: it saw more than its copy, and knows better whether it is closed.
_CLOSING: Final = """
    INSERT INTO gate (id, size, chain, heal_from, closed, restored_at)
    VALUES (1, %(size)s, %(chain)s, %(heal_from)s, %(closed)s, now())
    ON CONFLICT (id) DO UPDATE
    SET size = greatest(gate.size, excluded.size),
        chain = CASE WHEN excluded.size > gate.size THEN excluded.chain ELSE gate.chain END,
        heal_from = excluded.heal_from, closed = excluded.closed, restored_at = excluded.restored_at"""
_SEEN: Final = "SELECT size, chain, closed FROM gate WHERE id = 1"
_CHAIN: Final = "SELECT chain FROM audit_leaf WHERE number = %s"
_AS_THE_LOG_IS: Final = """
    INSERT INTO gate (id, size, chain, closed) VALUES (1, %(size)s, %(chain)s, 'no-newer-log')
    ON CONFLICT (id) DO UPDATE SET size = excluded.size, chain = excluded.chain, closed = excluded.closed"""
_HEAD: Final = "SELECT number + 1, chain FROM audit_leaf ORDER BY number DESC LIMIT 1"


def checked(folder: Path, which: Collection[str], told: Callable[[str], None]) -> dict[str, Manifest]:
    """Read the copies of these databases through.

    Raises:
        OperationError: one is not whole, or they were not taken together.
    """
    found = {name: manifest.read(folder, name) for name in BOTH if name in which}
    if len({one.backup for one in found.values()}) > 1:
        raise OperationError(f"the two copies in {folder} were not taken together: restore them one by one")
    known = {name: migrate.revisions(name) for name in found}
    for name, one in found.items():
        if one.revision not in known[name]:
            raise OperationError(f"the copy of {name} is of a newer version: it has revision {one.revision}")
        manifest.verify(folder, one, told)
    return found


def restore(
    owned: Owned,
    folder: Path,
    copies: dict[str, Manifest],
    *,
    may_replace: bool,
    told: Callable[[str], None],
    agreed: Callable[[Gap], bool],
) -> None:
    """Put checked copies in the place of what the databases hold.

    Args:
        agreed: says whether to go on although this would open no more.

    Raises:
        OperationError: somebody works in a database, it holds something that may not be replaced, the copies are of
            another installation, or nobody agreed to what would be lost; nothing was done.
    """
    urls = owned.urls()
    for name in copies:
        _insist_on_room(urls[name], name, may_replace=may_replace)
    fitting.insist_on_same(owned, copies.values())
    found = fitting.gap(owned, folder, copies)
    if found is not None and not agreed(found):
        raise OperationError(" ".join(one.strip() for one in found.words()) + " Nothing was restored.")
    roles.install(owned.main_url, owned.shred_url, owned.logins)  # revisions grant to groups
    noted = _noted(owned, copies)
    for name in (one for one in BOTH if one in copies):
        _bring_back(urls[name], folder, copies[name], noted=noted, told=told)


def accept_the_log(owned: Owned) -> int:
    """Note at the shred store that nobody has a newer log than the main database's; return how many lines that has."""
    with psycopg.connect(owned.main_url) as main:
        row = main.execute(_HEAD).fetchone()
    size, chain = (row[0], row[1]) if row else (0, GENESIS)
    with psycopg.connect(owned.shred_url) as shred:
        shred.execute(_AS_THE_LOG_IS, {"size": size, "chain": chain})
    return int(size)


def _insist_on_room(url: str, name: str, *, may_replace: bool) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        tables.insist_on_nobody(connection, name)
        filled = tables.filled(connection)
    if filled and not may_replace:
        raise OperationError(f"the {name} database is not empty ({filled[0]} …): --replace puts the copy in its place")


def _bring_back(
    url: str, folder: Path, copy: Manifest, *, noted: dict[str, object], told: Callable[[str], None]
) -> None:
    name = copy.database
    with psycopg.connect(url, autocommit=True) as connection:
        present = tables.revision(connection)
        if present not in {None, copy.revision}:
            tables.empty(connection)
    migrate.bring_to(name, url, copy.revision, present=present)
    with psycopg.connect(url) as connection:
        connection.execute("SET row_security = off")
        tables.empty(connection)
        for table in copy.tables:
            rows = tables.read_in(connection, table, folder / name / f"{table.name}.copy")
            if rows != table.rows:
                raise OperationError(f"{name}/{table.name} has {rows} rows, not {table.rows}: nothing was restored")
            told(f"{name}/{table.name}: {rows} rows")
        if name == "shred":
            for statement in _VOIDING:
                connection.execute(statement)
            connection.execute(_CLOSING, noted)
    migrate.bring_to(name, url, "head", present=copy.revision)


def _noted(owned: Owned, copies: dict[str, Manifest]) -> dict[str, object]:
    """Return what the restored store is to remember of the log.

    Beside a main database that was not brought back, and that still has every line the store saw, the keeper ends
    again what those lines say, and opens. Where the store was closed, or knows nothing, or the main database lacks
    what it saw, this is one half of a restore: then the log must be replayed.
    """
    copy = copies.get("shred", next(iter(copies.values())))
    chain = bytes.fromhex(copy.chain) if copy.size else GENESIS
    noted = {"size": copy.size, "chain": chain, "heal_from": copy.heal_from, "closed": "restored"}
    seen = _one(owned.shred_url, "gate", _SEEN)
    if len(copies) > 1 or seen is None:
        return noted
    size, chain, closed = seen
    if size > copy.size:
        noted |= {"size": size, "chain": chain}
    if closed is None and _has(owned, size, chain) and _has(owned, copy.size, bytes.fromhex(copy.chain)):
        noted["closed"] = None
    return noted


def _has(owned: Owned, size: int, chain: bytes) -> bool:
    """Say whether the main database's log has this chain after so many lines."""
    return size == 0 or _one(owned.main_url, "audit_leaf", _CHAIN, size - 1) == (chain,)


def _one(url: str, table: str, statement: LiteralString, *values: object) -> tuple[Any, ...] | None:
    """Return the first row; None where there is none, or no such table yet."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT to_regclass(%s)", (f"public.{table}",)).fetchone() == (None,):
            return None
        return connection.execute(statement, values).fetchone()

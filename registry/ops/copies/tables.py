"""The tables of a database of ours: which there are, in which order they can be filled, and their rows in and out."""

from __future__ import annotations

import os
from graphlib import TopologicalSorter
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from psycopg import sql

from registry.errors import OperationError
from registry.ops.copies.manifest import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import psycopg

_NAMES: Final = """
    SELECT c.oid::regclass::text FROM pg_class c
    WHERE c.relnamespace::regnamespace::text IN ('public', 'linkage') AND c.relkind = 'r'
    AND c.relname <> 'alembic_version' ORDER BY 1"""
_COLUMNS: Final = """
    SELECT a.attname FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0
    AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum"""
_POINTING: Final = """
    SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND conrelid <> confrelid AND connamespace::regnamespace::text IN ('public', 'linkage')"""
_OTHERS: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
#: Every start plants them anew; a database with nothing else is empty.
PLANTED: Final = frozenset({"term", "term_label", "term_broader", "crosswalk"})
_BLOCK: Final = 1 << 20
#: Before the first row (PostgreSQL's manual, COPY, binary format): signature, flags, and an extension of no length.
_HEADER_BYTES: Final = 11 + 4 + 4
_NO_MORE_ROWS: Final = -1


def names(connection: psycopg.Connection) -> list[str]:
    """Return all tables, those that others point at first."""
    order: TopologicalSorter[str] = TopologicalSorter({name: () for (name,) in connection.execute(_NAMES)})
    for pointing, target in connection.execute(_POINTING):
        order.add(pointing, target)
    return list(order.static_order())


def insist_on_nobody(connection: psycopg.Connection, name: str) -> None:
    """Refuse where anybody else is connected to this database.

    Raises:
        OperationError: somebody is.
    """
    others = connection.execute(_OTHERS).fetchone()
    if others and others[0]:
        raise OperationError(f"somebody works in the {name} database ({others[0]} connections): stop them first")


def filled(connection: psycopg.Connection) -> list[str]:
    """Return the tables that hold something which nobody could plant anew."""
    found = []
    for name in set(names(connection)) - PLANTED:
        statement = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(_identifier(name))
        if connection.execute(statement).fetchone() is not None:
            found.append(name)
    return sorted(found)


def revision(connection: psycopg.Connection) -> str | None:
    """Return the revision of this database; None for one without tables of ours."""
    if connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def write_out(connection: psycopg.Connection, name: str, path: Path) -> Table:
    """Copy one table, as this transaction sees it, to a file that only its owner reads."""
    columns = [str(column) for (column,) in connection.execute(_COLUMNS, (name,))]
    statement = sql.SQL("COPY {} ({}) TO STDOUT (FORMAT binary)").format(*_called(name, columns))
    digest, size = sha256(), 0
    with (
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream,
        connection.cursor() as cursor,
    ):
        with cursor.copy(statement) as copy:
            for block in copy:
                stream.write(block)
                digest.update(block)
                size += len(block)
        stream.flush()
        os.fsync(stream.fileno())
        return Table(name, columns, cursor.rowcount, size, digest.hexdigest())


def read_in(connection: psycopg.Connection, table: Table, path: Path) -> int:
    """Fill an empty table from its file; return how many rows it got."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(*_called(table.name, table.columns))
    with path.open("rb") as stream, connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            while block := stream.read(_BLOCK):
                copy.write(block)
        return cursor.rowcount


def column(path: Path, table: Table, name: str) -> Iterator[bytes]:
    """Yield one column of a copied table, each value as PostgreSQL sends it; those that are NULL are left out."""
    at = table.columns.index(name)
    with path.open("rb") as stream:
        stream.seek(_HEADER_BYTES)
        while (count := int.from_bytes(stream.read(2), signed=True)) != _NO_MORE_ROWS:
            for place in range(count):
                length = int.from_bytes(stream.read(4), signed=True)
                value = stream.read(max(length, 0))
                if place == at and length >= 0:
                    yield value


def empty(connection: psycopg.Connection) -> None:
    """Delete every row of every table."""
    found = names(connection)
    if found:
        every = sql.SQL(", ").join(map(_identifier, found))
        connection.execute(sql.SQL("TRUNCATE {}").format(every))


def _called(name: str, columns: Sequence[str]) -> tuple[sql.Composable, sql.Composable]:
    return _identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))


def _identifier(name: str) -> sql.Identifier:
    """Return a table's name as a statement has it; those of the linker carry their schema."""
    return sql.Identifier(*name.split("."))

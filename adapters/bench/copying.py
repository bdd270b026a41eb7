"""The baseline of importing: the finished rows once more, by COPY, into an empty copy of the tables."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg import Connection
    from psycopg.rows import TupleRow

_SCHEMA = "bench_copy"
#: Tables that hold anything, those first that others refer to.
_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relnamespace::regnamespace::text IN ('public', 'linkage') AND c.relkind = 'r' AND c.relname <> 'alembic_version'
ORDER BY (SELECT count(*) FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f'), c.relname
"""
_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND connamespace::regnamespace::text IN ('public', 'linkage')
"""
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one table, in the binary form of COPY."""

    table: str
    path: Path


def seconds(database: str, directory: Path) -> float:
    """Return how long it takes to copy all rows that there are into an empty copy of their tables, and to commit.

    The copies have the same keys, indexes, checks and references. They are removed again.

    Args:
        database: the owner's address.
        directory: does not exist yet; holds the rows for the time of the measurement.
    """
    directory.mkdir()
    with psycopg.connect(database, autocommit=True) as connection:
        taken = [_taken(connection, table, directory) for (table,) in connection.execute(_TABLES).fetchall()]
        _make_copies(connection, [rows.table for rows in taken])
        try:
            return _timed(connection, taken)
        finally:
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(_SCHEMA)))
            for rows in taken:
                rows.path.unlink()
            directory.rmdir()


def _taken(connection: Connection[TupleRow], table: str, directory: Path) -> _Rows:
    rows = _Rows(table, directory / table)
    statement = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(_original(table))
    with rows.path.open("wb") as file, connection.cursor().copy(statement) as copy:
        for piece in copy:
            file.write(piece)
    return rows


def _make_copies(connection: Connection[TupleRow], tables: list[str]) -> None:
    foreign_keys = connection.execute(_FOREIGN_KEYS).fetchall()
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(_SCHEMA)))
    for table in tables:
        connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(_copy_of(table), _original(table)))
    connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(_SCHEMA)))
    for table, definition in foreign_keys:
        connection.execute(sql.SQL("ALTER TABLE {} ADD ").format(_copy_of(table)) + sql.SQL(definition))


def _timed(connection: Connection[TupleRow], taken: list[_Rows]) -> float:
    began = time.monotonic()
    with connection.transaction():
        for rows in taken:
            statement = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(_copy_of(rows.table))
            with rows.path.open("rb") as file, connection.cursor().copy(statement) as copy:
                while piece := file.read(_PIECE_BYTES):
                    copy.write(piece)
    return time.monotonic() - began


def _copy_of(table: str) -> sql.Identifier:
    return sql.Identifier(_SCHEMA, table.rpartition(".")[2])


def _original(table: str) -> sql.Identifier:
    """Return a table's name as a statement has it; the linker's carry their schema."""
    return sql.Identifier(*table.split("."))

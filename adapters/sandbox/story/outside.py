"""What somebody sees, and can do, who has the databases and nothing else."""

from __future__ import annotations

import base64
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from registry.audit import sequencer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TABLES = (
    "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') "
    "ORDER BY schemaname, tablename"
)
#: Fewer characters of base64 stand somewhere by chance.
_TELLING_CHARACTERS = 7


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy of some rows of a table, as bytes."""

    table: str
    column: str
    values: tuple[str, ...]
    rows: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Database:
    """One database, with its owner's rights: row-level security does not hold this reader."""

    url: str = field(repr=False)

    def rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def count(self, statement: str, *parameters: object) -> int:
        """Return the number that a statement counts."""
        return int(self.rows(statement, *parameters)[0][0])

    def keep(self, table: str, column: str, *values: str) -> Kept:
        """Copy the rows in which a column has one of these values."""
        chosen = sql.SQL("COPY (SELECT * FROM {} WHERE {}) TO STDOUT (FORMAT binary)")
        with psycopg.connect(self.url) as connection:
            rows = _copied(connection, chosen.format(sql.Identifier(table), _among(column, values)))
        return Kept(table, column, values, rows)

    def put_back(self, copies: Iterable[Kept]) -> None:
        """Let a database writer turn the clock back: what stands in the place of copied rows gives way to them."""
        with psycopg.connect(self.url) as connection:
            for kept in copies:
                table = sql.Identifier(kept.table)
                connection.execute(sql.SQL("DELETE FROM {} WHERE {}").format(table, _among(kept.column, kept.values)))
                into = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(table)
                with connection.cursor().copy(into) as copy:
                    copy.write(kept.rows)

    def dump(self) -> dict[str, bytes]:
        """Return every table's rows; in the binary form bytes stand as they are, not as digits."""
        with psycopg.connect(self.url) as connection:
            return _dump(connection)

    def dump_with(self, statement: str, *parameters: object) -> dict[str, bytes]:
        """Return the dump as it would be after a change, which is then undone."""
        with psycopg.connect(self.url) as connection:
            connection.execute(statement.encode(), parameters)
            dump = _dump(connection)
            connection.rollback()
            return dump

    def chain(self, change: str = "", **parameters: object) -> str:
        """Recompute the log's chain, after a change that is then undone; return what an auditor would say."""
        engine = create_engine(self.url.replace("postgresql://", "postgresql+psycopg://", 1), hide_parameters=True)
        with closing(engine.connect()) as connection, Session(connection) as session:
            if change:
                session.execute(text(change), parameters)
            try:
                verdict = f"{sequencer.verify(session)} lines, whole"
            except ValueError as found:
                verdict = str(found)
            session.rollback()
        engine.dispose()
        return verdict


def traces(dump: Mapping[str, bytes], words: Mapping[str, str]) -> list[str]:
    """Return in which table which word stands, in any form it could hide in.

    Args:
        words: label -> word; only labels are told.
    """
    return [
        f"{table}: {label}"
        for label, word in words.items()
        for table, rows in dump.items()
        if any(form in rows for form in set(_forms(word)))
    ]


def _forms(word: str) -> Iterator[bytes]:
    """Yield a word as text of either width and case, as digits, and in base64 wherever it may begin there."""
    for spelling in (word, word.upper(), word.lower()):
        for plain in (spelling.encode(), spelling.encode("utf-16-le")):
            yield plain
            yield plain.hex().encode()
            yield plain.hex().upper().encode()
            for shift in range(3):
                yield from _in_base64(plain, shift)


def _in_base64(plain: bytes, shift: int) -> Iterator[bytes]:
    """Yield the characters that are the word's alone where it begins so many bytes after a group of three."""
    coded = base64.b64encode(bytes(shift) + plain)[-(-8 * shift // 6) : 8 * (shift + len(plain)) // 6]
    if len(coded) >= _TELLING_CHARACTERS:
        yield coded
        yield coded.translate(bytes.maketrans(b"+/", b"-_"))


def _copied(connection: psycopg.Connection, statement: sql.Composed) -> bytes:
    with connection.cursor().copy(statement) as copy:
        return b"".join(bytes(part) for part in copy)


def _dump(connection: psycopg.Connection) -> dict[str, bytes]:
    tables = connection.execute(_TABLES).fetchall()
    whole = sql.SQL("COPY {} TO STDOUT (FORMAT binary)")
    return {name: _copied(connection, whole.format(sql.Identifier(schema, name))) for schema, name in tables}


def _among(column: str, values: tuple[str, ...]) -> sql.Composed:
    return sql.SQL("{}::text = ANY({})").format(sql.Identifier(column), sql.Literal(list(values)))

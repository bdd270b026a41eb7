"""The owner of the main database, as an attacker: writes any row, and lines that claim anything."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from registry.keeper.rows import TABLES
from registry.models import TABLES as STORED
from registry.wire.rows import Row, SealedRow, WrapRow
from schemas.compartments import Compartment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from registry.wire import messages

R = TypeVar("R", bound=Row)

COMPARTMENTS = tuple(compartment.value for compartment in Compartment)
TABLE_OF: Mapping[type[Row], str] = {**TABLES, SealedRow: "sealed_compartment", WrapRow: "wrap"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a line says; any part of it may be a lie."""

    persons: Sequence[UUID]
    appearances: Sequence[UUID]
    compartments: Sequence[str] = COMPARTMENTS
    grants: Sequence[UUID] = ()
    purpose: str | None = "placement"
    basis: str | None = "consent"
    session_id: bytes | None = None
    agency_id: UUID | None = None
    officer_id: UUID | None = None
    run_id: UUID | None = None
    event: str = "profile.opened"
    outcome: str = "permitted"
    at: datetime | None = None


class Writer:
    """The owner of the main database; foreign keys and row-level security do not hold it."""

    def __init__(self, url: str) -> None:
        options = "-c timezone=UTC -c session_replication_role=replica"
        self.connection = psycopg.connect(url, autocommit=True, options=options)

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def put(self, *stored: Row) -> None:
        """Write rows in place of those with the same keys."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            for row_type in {type(row): None for row in stored}:
                found = [row for row in stored if type(row) is row_type]
                cursor.executemany(_upsert(row_type), [list(row.values().values()) for row in found])

    def fetch(self, row_type: type[R], **where: object) -> list[R]:
        """Read rows by equality; of a sequence any value will do."""
        query = sql.SQL("SELECT {} FROM {} WHERE {}").format(
            sql.SQL(", ").join(map(sql.Identifier, row_type.__struct_fields__)),
            sql.Identifier(TABLE_OF[row_type]),
            _equal(where),
        )
        return [row_type(*values) for values in self.connection.execute(query, list(where.values()))]

    def everything(self, row_type: type[R]) -> list[R]:
        """Read all rows of a table."""
        columns = sql.SQL(", ").join(map(sql.Identifier, row_type.__struct_fields__))
        query = sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(TABLE_OF[row_type]))
        return [row_type(*values) for values in self.connection.execute(query)]

    def one(self, row_type: type[R], **where: object) -> R:
        """Read the only row."""
        (row,) = self.fetch(row_type, **where)
        return row

    def change(self, row: Row, **columns: object) -> None:
        """Change some columns of a row that is stored, keys too."""
        keys = {key: getattr(row, key) for key in _keys(type(row))}
        statement = sql.SQL("UPDATE {} SET {} WHERE {}").format(
            sql.Identifier(TABLE_OF[type(row)]),
            sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in columns),
            _equal(keys),
        )
        assert self.connection.execute(statement, [*columns.values(), *keys.values()]).rowcount == 1

    def loosen(self, table: str) -> None:
        """Drop the checks of a table, as an owner can."""
        found = self.connection.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'", (table,)
        ).fetchall()
        for (name,) in found:
            statement = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
            self.connection.execute(statement.format(sql.Identifier(table), sql.Identifier(name)))

    def drop(self, row_type: type[Row], **where: object) -> None:
        """Delete rows by equality; of a sequence any value will do."""
        statement = sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(TABLE_OF[row_type]), _equal(where))
        self.connection.execute(statement, list(where.values()))

    def line(self, claim: Claim, at: datetime) -> UUID:
        """Commit a line, its place in the queue and its index entries."""
        line = uuid4()
        said = {one.name: getattr(claim, one.name) for one in fields(claim) if one.name not in {"persons", "at"}}
        said |= {name: list(said[name]) for name in ("grants", "appearances", "compartments")}
        said |= {"id": line, "at": claim.at or at, "leaf": b""}
        with self.connection.transaction():
            self.connection.execute(
                sql.SQL("INSERT INTO audit_line ({}) VALUES ({})").format(
                    sql.SQL(", ").join(map(sql.Identifier, said)), sql.SQL(", ").join([sql.Placeholder()] * len(said))
                ),
                list(said.values()),
            )
            self.connection.execute("INSERT INTO audit_queue (line_id) VALUES (%s)", (line,))
            for person in set(claim.persons):
                self.connection.execute(
                    "INSERT INTO audit_index (bucket, person_id, line_id) VALUES (%s, %s, %s)",
                    (person.bytes[0], person, line),
                )
        return line


def store_ended(writer: Writer, rotated: messages.Rotated) -> None:
    """Store an ended grant, the new epochs and the wraps that live on, all at once."""
    with writer.connection.transaction():
        writer.drop(
            WrapRow,
            appearance_id=[row.appearance_id for row in rotated.sealed],
            compartment=[row.compartment for row in rotated.sealed],
        )
        writer.put(rotated.grant, *rotated.sealed, *rotated.wraps)


def _equal(where: Mapping[str, object]) -> sql.Composed:
    """Return a condition; a list means any of its values."""
    return sql.SQL(" AND ").join(
        sql.SQL("{} = ANY(%s)" if isinstance(value, list) else "{} = %s").format(sql.Identifier(column))
        for column, value in where.items()
    )


@cache
def _keys(row_type: type[Row]) -> tuple[str, ...]:
    return tuple(column.name for column in STORED[TABLE_OF[row_type]].primary_key)


@cache
def _upsert(row_type: type[Row]) -> sql.Composed:
    names = row_type.__struct_fields__
    return sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}").format(
        sql.Identifier(TABLE_OF[row_type]),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join([sql.Placeholder()] * len(names)),
        sql.SQL(", ").join(map(sql.Identifier, _keys(row_type))),
        sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names),
    )

"""The ground of all tables, and the one place where a process gets its sessions."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import DateTime, LargeBinary, MetaData, SmallInteger, Uuid, create_engine, event, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from registry.statements import Database

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from psycopg.rows import TupleRow
    from sqlalchemy import Connection, Engine

#: What using a session raises while the database cannot be reached, for edges that must not know SQLAlchemy.
DatabaseAway = OperationalError
#: The sessions of this process; `configure` binds them once, at start.
Sessions: sessionmaker[Session] = sessionmaker(expire_on_commit=False)


class _Statements:
    """As `Sessions`, for single statements: each commits by itself, which spares a session and two round trips."""

    def __init__(self) -> None:
        self._engine: Engine | None = None

    def configure(self, engine: Engine) -> None:
        """Use this engine's pool."""
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    def __call__(self) -> Connection:
        """Return a connection for a `with` block."""
        if self._engine is None:
            raise RuntimeError("which database? call registry.db.configure first")
        return self._engine.connect()


class _Plain:
    """As `Statements`, past SQLAlchemy: for the few statements that every opening of a profile waits for."""

    def __init__(self) -> None:
        self._database: Database | None = None

    def configure(self, url: str, engine: Engine) -> None:
        """Use this database until its engine is disposed of."""
        database = Database(url)
        event.listen(engine, "engine_disposed", lambda _: database.close())
        self._database = database

    def fetch(self, statement: str, parameters: Mapping[str, object]) -> list[TupleRow]:
        """Run one statement, which commits, and return its rows.

        Args:
            statement: as psycopg writes it, with %(name)s; always the same text, so that it is prepared once.

        Raises:
            DBAPIError: as from SQLAlchemy, so that who waits for one of both need not know which it is.
        """
        if self._database is None:
            raise RuntimeError("which database? call registry.db.configure first")
        try:
            return self._database.fetch(statement, parameters)
        except psycopg.Error as failure:
            raise DBAPIError.instance(statement, None, failure, psycopg.Error, hide_parameters=True) from failure


Statements = _Statements()
Plain = _Plain()


class Base(DeclarativeBase):
    """All tables of the main database; the shred store has a metadata of its own."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a plain dict here
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        bytes: LargeBinary(),
    }


#: The column type of `bucket`: first byte of the random id in the table's key, 0 to 255.
Bucket = SmallInteger


def bucket_of(random_id: UUID) -> int:
    """Return the bucket of a random id, 0 to 255; workers lease by it and partitions split by it."""
    return random_id.bytes[0]


def configure(url: str, *, pool_size: int = 8) -> Engine:
    """Bind this process's sessions to its own database login.

    Args:
        pool_size: connections held at most; one per thread that serves requests.
    """
    engine = engine_for(url, pool_size=pool_size)
    Sessions.configure(bind=engine)
    Statements.configure(engine)
    Plain.configure(url, engine)
    return engine


def engine_for(url: str, *, pool_size: int) -> Engine:
    """Return an engine as all our processes use it; a process that shares its memory with others keeps its own."""
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=False,
        hide_parameters=True,
        connect_args={"options": "-c timezone=UTC"},
    )


def on(session: Session | Connection) -> Connection:
    """Return the connection to run a plain statement on, inside the caller's transaction if there is one."""
    return session.connection() if isinstance(session, Session) else session


def copy_in(session: Session | Connection, table: type[Base], rows: Iterable[Mapping[str, object]]) -> None:
    """Append many rows to a table, inside the caller's transaction: COPY costs a fraction of INSERT.

    Args:
        rows: column -> value, all with the same columns; what is left out gets the column's default.

    Raises:
        DBAPIError: as from a statement.
    """
    listed = list(rows)
    if listed:
        names = tuple(listed[0])
        copy_rows(session, table, names, rows=([row[name] for name in names] for row in listed))


def copy_rows(
    session: Session | Connection, table: type[Base], names: tuple[str, ...], *, rows: Iterable[Sequence[object]]
) -> None:
    """Append rows whose values stand in the order of these columns; otherwise as `copy_in`."""
    statement, types = _copying(table, names)
    connection = on(session)
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as failure:
        if driver.closed:
            connection.invalidate()
        raise DBAPIError.instance(
            "COPY", None, failure, psycopg.Error, hide_parameters=True, connection_invalidated=driver.closed
        ) from failure


@cache
def _copying(table: type[Base], names: tuple[str, ...]) -> tuple[sql.Composed, tuple[str, ...]]:
    """Return the statement, and the columns' types, without which their binary form would be guessed."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    columns = table.__table__.columns
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(*str(table.__table__).split(".")), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    return statement, tuple(columns[name].type.compile(dialect).lower() for name in names)


_LOCK = text("""
    SELECT 1 FROM person
    WHERE (bucket, id) IN (SELECT get_byte(uuid_send(id), 0), id FROM unnest(cast(:persons AS uuid[])) AS wanted (id))
    ORDER BY bucket, id FOR UPDATE
""")


def act_for(session: Session, *, agency: UUID | None = None, person: UUID | None = None) -> None:
    """Say for whom this transaction works; row-level security compares it, so a slip in a WHERE shows nothing.

    It guards against slips, not attackers: whoever can run SQL can say it too.
    """
    session.execute(
        text("SELECT set_config('app.agency', :agency, true), set_config('app.person', :person, true)"),
        {"agency": str(agency) if agency else "", "person": str(person) if person else ""},
    )


def take_turns(session: Session, *persons: UUID) -> None:
    """Wait until no other transaction changes who may see these persons' data; hold that place until the commit.

    Call it before the keeper is asked: what the keeper then reads stays true until this transaction stores its answer.
    It locks their rows, always in one order, so that no two wait for each other; an advisory lock could be held by
    anybody who can log in.
    """
    session.execute(_LOCK, {"persons": list(persons)})

"""Plain psycopg connections: one per thread, statements prepared, each committed by itself."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection
    from psycopg.rows import TupleRow


class Database:
    """A database as one login sees it; a lost connection is made again, once, and the statement repeated.

    A repeated statement that counts or spends counts or spends at most once too often, which refuses more, never less.
    """

    __slots__ = ("_local", "_lock", "_open", "_url")

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: set[Connection[TupleRow]] = set()

    def fetch(self, statement: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> list[TupleRow]:
        """Run one statement and return its rows; none for a statement that returns nothing.

        Raises:
            psycopg.Error: the database refuses or is away.
        """
        try:
            return self._run(self._connection(), statement, parameters)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            self.release()
            return self._run(self._connection(), statement, parameters)

    def release(self) -> None:
        """Close this thread's connection, if it has one."""
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def close(self) -> None:
        """Close all connections of all threads."""
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()

    def _connection(self) -> Connection[TupleRow]:
        connection: Connection[TupleRow] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = psycopg.connect(self._url, autocommit=True, prepare_threshold=1, options="-c timezone=UTC")
            self._local.connection = connection
            with self._lock:
                self._open.add(connection)
        return connection

    @staticmethod
    def _run(
        connection: Connection[TupleRow], statement: str, parameters: Mapping[str, Any] | Sequence[Any]
    ) -> list[TupleRow]:
        with connection.cursor(binary=True) as cursor:
            cursor.execute(statement.encode(), parameters)
            # `description` would build an object per column; this only asks whether there are columns.
            return cursor.fetchall() if cursor.pgresult is not None and cursor.pgresult.nfields else []

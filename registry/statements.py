"""Plain connections of libpq: statements prepared, each committed by itself."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection, abc
    from psycopg.pq.abc import PGresult
    from psycopg.rows import TupleRow

#: A connection prepares so many statements; what comes after them is parsed each time.
_PREPARED_LIMIT = 256
# All statements here look rows up by key. A plan that is kept for long must not read a table from end to end because it
# was small, or not counted yet, when the plan was made: the queue of lines is empty whenever it is counted.
_OPTIONS = "-c timezone=UTC -c enable_seqscan=off"
_PLACE = re.compile(r"%(?:\((\w+)\)s|s)")
#: Types of arrays, as the server numbers them: uuid[] and text[]; and words that need no quotes there.
_UUIDS, _TEXTS = 2951, 1009
_WORDS = re.compile(r"(?!null\b)[a-z][a-z.-]*(?:,(?!null\b)[a-z][a-z.-]*)*")
_DONE = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})


class Database:
    """A database as one login sees it; a lost connection is made again, once, and the statement repeated.

    Only a lost connection: what the server refused, it was heard to refuse.

    A repeated statement that counts or spends counts or spends at most once too often, which refuses more, never less.
    Each statement takes the connection that was given back last: a few servers that are always awake work twice as
    fast as one for each thread.
    """

    __slots__ = ("_closings", "_idle", "_lock", "_url")

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._idle: list[_Line] = []
        self._closings = 0

    def fetch(self, statement: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> list[TupleRow]:
        """Run one statement and return its rows; none for a statement that returns nothing.

        Args:
            statement: with %(name)s for a mapping or %s for a sequence of parameters.

        Raises:
            psycopg.Error: the database refuses or is away.
        """
        line = self._taken()
        try:
            return line.run(statement, parameters)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            if not line.connection.closed:
                raise
            line.close()
            self._close_idle()  # what lost this one lost them too
            line = self._connected()
            return line.run(statement, parameters)
        finally:
            self._give_back(line)

    def release(self) -> None:
        """Close one connection that nobody uses: whoever asked for a thread's work has left."""
        with self._lock:
            line = self._idle.pop(0) if self._idle else None
        if line is not None:
            line.close()

    def close(self) -> None:
        """Close all connections: at once those that nobody uses, the others when their statement is over."""
        self._closings += 1
        self._close_idle()

    def _close_idle(self) -> None:
        with self._lock:
            lines, self._idle = self._idle, []
        for line in lines:
            line.close()

    def _taken(self) -> _Line:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connected()

    def _connected(self) -> _Line:
        closings = self._closings
        return _Line(psycopg.connect(self._url, autocommit=True, options=_OPTIONS), closings)

    def _give_back(self, line: _Line) -> None:
        with self._lock:
            if line.closings == self._closings and not line.connection.closed:
                self._idle.append(line)
                return
        line.close()


@dataclass(slots=True, eq=False)
class _Line:
    """One connection; a cursor would cost more than a short statement, and give up the interpreter several times."""

    connection: Connection[TupleRow]
    closings: int  #: how often its database had been closed before it was made
    _names: dict[tuple[bytes, tuple[int, ...]], bytes] = field(default_factory=dict)
    _transformer: abc.Transformer = field(init=False)  #: what it found out about types serves every statement

    def __post_init__(self) -> None:
        self._transformer = Transformer(self.connection)

    def run(self, statement: str, parameters: Mapping[str, Any] | Sequence[Any]) -> list[TupleRow]:
        sql, names = _compiled(statement)
        values = [parameters[name] for name in names]  # type: ignore[index]  # names of a mapping, places of a list
        arrays = {at: array for at, value in enumerate(values) if type(value) is list and (array := _array(value))}
        for at in arrays:
            values[at] = None
        transformer = self._transformer
        dumped = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = transformer.types or (), transformer.formats
        if arrays:
            dumped, types, formats = _completed(arrays, dumped, types, formats=formats)
        result = self._result(sql, dumped, types, formats=formats)
        if result.status not in _DONE:
            raise self._error(result)
        if not result.nfields:
            return []
        transformer.set_pgresult(result)
        try:
            return transformer.load_rows(0, result.ntuples, tuple)
        finally:
            transformer.set_pgresult(None, set_loaders=False)  # what was read is the caller's alone

    def close(self) -> None:
        self.connection.close()

    def _result(
        self, sql: bytes, values: Sequence[Any], types: tuple[int, ...], *, formats: Sequence[Format] | None
    ) -> PGresult:
        pgconn = self.connection.pgconn
        name = self._names.get((sql, types))
        if name is None:
            if len(self._names) >= _PREPARED_LIMIT:
                return pgconn.exec_params(sql, values, types, formats, Format.BINARY)
            name = b"s%d" % len(self._names)
            prepared = pgconn.prepare(name, sql, types)
            if prepared.status not in _DONE:
                return prepared
            self._names[sql, types] = name
        return pgconn.exec_prepared(name, values, formats, Format.BINARY)

    def _error(self, result: PGresult) -> psycopg.Error:
        if self.connection.closed:
            return psycopg.OperationalError("the connection was lost")
        return error_from_result(result)


def _completed(
    arrays: Mapping[int, tuple[int, bytes]],
    values: Sequence[Any],
    types: Sequence[int],
    *,
    formats: Any,  # noqa: ANN401 - of psycopg
) -> tuple[list[Any], tuple[int, ...], list[Format]]:
    """Return values, types and formats with the arrays in their places."""
    values, kinds, formats = list(values), list(types), list(formats)
    for at, (oid, literal) in arrays.items():
        values[at], kinds[at], formats[at] = literal, oid, Format.TEXT
    return values, tuple(kinds), formats


def _array(values: list[Any]) -> tuple[int, bytes] | None:
    """Return type and literal of an array of ids or plain words, which psycopg makes in many more steps; else None."""
    kinds = set(map(type, values))
    if kinds == {UUID}:
        return _UUIDS, f"{{{','.join([value.hex for value in values])}}}".encode()
    if kinds == {str}:
        words = ",".join(values)
        if words.count(",") == len(values) - 1 and _WORDS.fullmatch(words):
            return _TEXTS, f"{{{words}}}".encode()
    return None


@cache
def _compiled(statement: str) -> tuple[bytes, tuple[str | int, ...]]:
    """Return a statement with $1 and so on, as the server wants it, and which parameter goes to each place."""
    names: list[str | int] = []
    parts = _PLACE.split(statement)
    sql = parts[0]
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        wanted = len(names) if name is None else name
        if wanted not in names:
            names.append(wanted)
        sql += f"${names.index(wanted) + 1}{text}"
    return sql.encode(), tuple(names)

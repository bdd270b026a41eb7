"""`registry bench vocabulary`: lists of the official sizes read, checked and stored, beside COPY of finished rows."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from registry import db
from registry.bench.figures import Figure, alternate
from registry.bench.words import lists
from registry.db import Sessions
from registry.ops.own_house import own_house
from registry.vocabulary import importing, lookup
from schemas.vocabularies.terms import Scheme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.bench.words.publishing import Download
    from registry.config import Settings

RUNS = 3
_TABLES = ("term_label", "term", "term_broader", "crosswalk")
#: What a clerk types, letter by letter.
_TYPED = ("b", "ba", "bae", "baeck", "kfz", "kfz-mech", "pfleg", "schlosser", "verkauf", "lehrer")


def run(settings: Settings) -> list[Figure]:
    """Measure the whole load of made-up lists of the official sizes, in a stack of its own.

    The figure is seconds, so more than 1 means slower than COPY into the same tables without any reading or checking.
    """
    with own_house(settings.home / "bench") as stack, tempfile.TemporaryDirectory(prefix="einmal-bench-") as folder:
        files = lists.write_all(Path(folder))
        engine = db.configure(stack.database, pool_size=1)
        try:
            _load(stack.database, files)
            finished = _finished(stack.database)
            seconds, base = alternate(
                lambda: _load(stack.database, files), lambda: _copy(stack.database, finished), runs=RUNS
            )
            again = _import(files)
            notes = {"again s": again, "look-up ms": _look_up(), "rows": float(_count(stack.database))}
        finally:
            engine.dispose()
    return [Figure("vocabulary", seconds, base, "s", RUNS, notes)]


def _load(database: str, files: Sequence[Download]) -> float:
    """Return the seconds of the whole load into empty tables."""
    _empty(database)
    return _import(files)


def _import(files: Sequence[Download]) -> float:
    begun = time.monotonic()
    for download in files:
        contents = importing.read(download.name, download.files)
        with Sessions.begin() as session:
            importing.bring_in(session, contents)
    return time.monotonic() - begun


def _copy(database: str, finished: dict[str, bytes]) -> float:
    """Return the seconds of COPY alone, with the same keys, indexes and references."""
    _empty(database)
    begun = time.monotonic()
    with psycopg.connect(database) as connection:
        for table in reversed(_TABLES[:2]):
            _copy_in(connection, table, finished[table])
        for table in _TABLES[2:]:
            _copy_in(connection, table, finished[table])
    return time.monotonic() - begun


def _copy_in(connection: psycopg.Connection, table: str, rows: bytes) -> None:
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(table))) as copy:
            copy.write(rows)
        # References are checked row by row: the planner must know the rows they refer to, for us as for the imports.
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def _finished(database: str) -> dict[str, bytes]:
    rows: dict[str, bytes] = {}
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        for table in _TABLES:
            with cursor.copy(sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))) as copy:
                rows[table] = b"".join(map(bytes, copy))
    return rows


def _empty(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("TRUNCATE term_label, term, term_broader, crosswalk")


def _count(database: str) -> int:
    with psycopg.connect(database) as connection:
        counts = [
            connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
            for table in _TABLES
        ]
    return sum(row[0] for row in counts if row)


def _look_up() -> float:
    """Return milliseconds for one search while somebody types, on average."""
    begun = time.monotonic()
    with Sessions() as session:
        for typed in _TYPED:
            lookup.find(session, Scheme.KLDB, typed, language="de")
    return (time.monotonic() - begun) / len(_TYPED) * 1000

"""Plain statements: what comes back, what becomes of a connection that is gone, and of one that is closed in use."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from adapters.engine.patience import is_away
from registry import db
from registry.statements import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DatabasePair

_DRAW = "INSERT INTO anonymous_refusal (minute, reason, count) VALUES (%(at)s, %(why)s, 1)"
_AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def database(database_pair: DatabasePair) -> Iterator[Database]:
    opened = Database(database_pair.main_url("web"))
    yield opened
    opened.close()


def _terminate(pair: DatabasePair) -> None:
    with psycopg.connect(pair.main_url("owner"), autocommit=True) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_values_come_back_as_they_went_in(database: Database) -> None:
    sent = (uuid4(), "wörter", b"\0\1", _AT, [uuid4(), uuid4()], ["a", "b"], None, 7)
    casts = ("uuid", "text", "bytea", "timestamptz", "uuid[]", "text[]", "text", "int")
    statement = "SELECT " + ", ".join(f"%s::{cast}" for cast in casts)
    for _ in range(3):
        assert database.fetch(statement, sent) == [sent]


@pytest.mark.parametrize(
    "values",
    [
        ["languages.core", "identifiers.ba-customer", "unmapped"],
        ["null", "a"],
        ["", "a"],
        ["a,b", "c"],
        ['a"b', "c\\d", "{e}"],
        ["Core", "ä", " a "],
        ["a\n"],
        ["a", None],
        [],
        [uuid4(), uuid4()],
        [uuid4(), None],
        [1, 2],
    ],
)
def test_lists_come_back_as_they_went_in(database: Database, values: list[object]) -> None:
    kind = "uuid" if values and isinstance(values[0], UUID) else "int" if values and values[0] == 1 else "text"
    ((back, first),) = database.fetch(f"SELECT %s::{kind}[], (%s::{kind}[])[1]", (values, values))
    assert back == values
    assert first == (values[0] if values else None)


def test_a_named_value_may_stand_in_several_places(database: Database) -> None:
    statement = "SELECT %(one)s::int, %(two)s::text, %(one)s::int + 1"
    assert database.fetch(statement, {"two": "b", "one": 1, "more": "unused"}) == [(1, "b", 2)]


def test_the_same_statement_takes_values_of_other_types(database: Database) -> None:
    for value in (1, 70_000, 5_000_000_000, None, 1):
        assert database.fetch("SELECT %s::bigint", (value,)) == [(value,)]


def test_a_statement_without_rows_returns_none(database: Database) -> None:
    assert database.fetch("SET application_name = 'tried'") == []
    assert database.fetch("SELECT 1 WHERE false") == []


def test_a_statement_commits_by_itself(database: Database, database_pair: DatabasePair) -> None:
    database.fetch(_DRAW, {"at": _AT, "why": "tried"})
    with psycopg.connect(database_pair.main_url("owner")) as owner:
        assert owner.execute("SELECT reason FROM anonymous_refusal").fetchall() == [("tried",)]


def test_what_the_database_refuses_is_raised_and_not_tried_again(database: Database) -> None:
    database.fetch(_DRAW, {"at": _AT, "why": "tried"})
    (before,) = database.fetch("SELECT pg_backend_pid()")
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.fetch(_DRAW, {"at": _AT, "why": "tried"})
    with pytest.raises(psycopg.errors.UndefinedTable):
        database.fetch("SELECT * FROM there_is_none")
    assert database.fetch("SELECT pg_backend_pid()") == [before]


def test_a_statement_that_took_too_long_is_not_repeated(database: Database) -> None:
    database.fetch("SET statement_timeout = '50ms'")
    with pytest.raises(psycopg.errors.QueryCanceled):
        database.fetch("SELECT pg_sleep(1)")
    assert database.fetch("SHOW statement_timeout") == [("50ms",)]  # on the same connection: nothing was lost


def test_a_lost_connection_is_made_again_and_the_statement_repeated(
    database: Database, database_pair: DatabasePair
) -> None:
    (before,) = database.fetch("SELECT pg_backend_pid()")
    _terminate(database_pair)
    (after,) = database.fetch("SELECT pg_backend_pid()")
    assert after != before


def test_all_connections_that_were_lost_together_are_noticed_at_once(
    database: Database, database_pair: DatabasePair
) -> None:
    with ThreadPoolExecutor(4) as others:
        list(others.map(database.fetch, ["SELECT pg_sleep(0.3)"] * 4))
    _terminate(database_pair)
    for _ in range(4):
        assert database.fetch("SELECT 1") == [(1,)]
    assert len(_pids(database_pair)) == 1


def test_more_statements_than_a_connection_prepares_work_all_the_same(database: Database) -> None:
    for number in range(300):
        assert database.fetch(f"SELECT {number}::int + %s", (1,)) == [(number + 1,)]
    assert database.fetch("SELECT count(*)::int FROM pg_prepared_statements") == [(256,)]


def _pids(pair: DatabasePair) -> set[int]:
    with psycopg.connect(pair.main_url("owner"), autocommit=True) as owner:
        rows = owner.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return {row[0] for row in rows}


def test_a_statement_under_way_ends_before_its_connection_is_closed(
    database: Database, database_pair: DatabasePair
) -> None:
    with ThreadPoolExecutor(1) as others:
        slow = others.submit(database.fetch, "SELECT pg_backend_pid() FROM pg_sleep(0.5)")
        while not _pids(database_pair):
            time.sleep(0.01)
        database.close()
        ((pid,),) = slow.result()
    end = time.monotonic() + 10
    while pid in _pids(database_pair) and time.monotonic() < end:
        time.sleep(0.01)
    assert not _pids(database_pair)
    assert database.fetch("SELECT 1") == [(1,)]


def test_as_few_connections_are_used_as_do(database: Database, database_pair: DatabasePair) -> None:
    with ThreadPoolExecutor(4) as others:
        for _ in range(3):
            assert len({others.submit(database.fetch, "SELECT pg_backend_pid()").result()[0] for _ in range(8)}) == 1
        at_once = [others.submit(database.fetch, "SELECT pg_backend_pid() FROM pg_sleep(0.3)") for _ in range(4)]
        assert {one.result()[0][0] for one in at_once} == _pids(database_pair)
    assert len(_pids(database_pair)) == 4
    database.release()
    end = time.monotonic() + 10
    while len(_pids(database_pair)) == 4 and time.monotonic() < end:
        time.sleep(0.01)
    assert len(_pids(database_pair)) == 3


@pytest.fixture
def configured(database_pair: DatabasePair) -> Iterator[None]:
    engine = db.configure(database_pair.main_url("web"), pool_size=1)
    yield
    engine.dispose()


@pytest.mark.usefixtures("configured")
def test_who_waits_for_errors_of_the_engine_meets_them_here_too() -> None:
    db.Plain.fetch(_DRAW, {"at": _AT, "why": "tried"})
    with pytest.raises(IntegrityError) as refused:
        db.Plain.fetch(_DRAW, {"at": _AT, "why": "tried"})
    assert not is_away(refused.value)
    assert "tried" not in str(refused.value.params)


def test_a_database_that_is_gone_is_said_to_be_away(database_pair: DatabasePair) -> None:
    address = database_pair.main_url("web").replace(database_pair.name, f"gone_{UUID(int=7).hex}")
    engine = db.configure(address, pool_size=1)
    with pytest.raises(DBAPIError) as away:
        db.Plain.fetch("SELECT 1", {})
    assert is_away(away.value)
    engine.dispose()


@pytest.mark.usefixtures("configured")
def test_disposing_of_the_engine_closes_plain_connections_too(database_pair: DatabasePair) -> None:
    db.Plain.fetch("SELECT 1", {})
    engine = db.configure(database_pair.main_url("web"), pool_size=1)
    db.Plain.fetch("SELECT 1", {})
    engine.dispose()
    assert len(_pids(database_pair)) == 1  # of the engine before

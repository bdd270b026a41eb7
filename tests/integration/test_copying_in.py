"""Many rows at once: what COPY stores, what it refuses, and what becomes of a connection that is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from adapters.engine.patience import is_away
from registry import clock, db
from registry.actors import RunActor
from registry.audit import log
from registry.audit.events import Event
from registry.audit.models import AuditIndex, AuditLine, AuditQueue
from registry.db import Sessions, bucket_of, copy_in
from registry.lines import leaf_of
from registry.profiles.models import Person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DatabasePair


@pytest.fixture
def worker(database_pair: DatabasePair) -> Iterator[None]:
    engine = db.configure(database_pair.main_url("worker"), pool_size=2)
    yield
    engine.dispose()


def _person() -> dict[str, Any]:
    person = uuid4()
    return {"bucket": bucket_of(person), "id": person, "created_on": clock.now().date()}


@pytest.mark.usefixtures("worker")
def test_all_rows_are_stored_with_their_transaction() -> None:
    rows = [_person() for _ in range(300)]
    with Sessions.begin() as session:
        copy_in(session, Person, rows)
    with Sessions() as session:
        assert set(session.scalars(select(Person.id))) == {row["id"] for row in rows}


@pytest.mark.usefixtures("worker")
def test_no_row_is_stored_where_one_is_refused() -> None:
    rows = [_person() for _ in range(20)]
    rows[-1]["bucket"] = (rows[-1]["bucket"] + 1) % 256
    with pytest.raises(IntegrityError) as refused, Sessions.begin() as session:
        copy_in(session, Person, rows)
    assert not is_away(refused.value)
    with Sessions() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0


@pytest.mark.usefixtures("worker")
def test_a_lost_connection_is_told_as_such_and_the_next_transaction_gets_another(database_pair: DatabasePair) -> None:
    with Sessions() as session:
        own = session.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(database_pair.main_url(), autocommit=True) as owner:
            owner.execute("SELECT pg_terminate_backend(%s, 5000)", (own,))
        with pytest.raises(DBAPIError) as lost:
            copy_in(session, Person, [_person()])
    assert is_away(lost.value)
    with Sessions.begin() as session:
        copy_in(session, Person, [_person()])


@pytest.mark.usefixtures("worker")
def test_lines_written_together_are_the_lines_that_single_ones_would_be() -> None:
    """The leaf covers every column: read back, it must come out the same whichever way the line was written."""
    actor = RunActor(id=uuid4(), agency_id=uuid4())
    said = [
        log.Line(event=Event.PERSON_CREATED, appearances=(uuid4(),), persons=(uuid4(), uuid4())),
        log.Line(event=Event.ENTRIES_RECORDED, compartments=("work.core", "unmapped"), persons=(uuid4(),)),
        log.Line(event=Event.ENTRIES_RECORDED, grants=(uuid4(), uuid4()), results=7),
    ]
    with Sessions.begin() as session:
        ids = log.record_all(session, said, actor, now=clock.now())
        ids += [log.record(session, line, actor, now=clock.now()) for line in said]
    with Sessions() as session:
        lines = {line.id: line for line in session.scalars(select(AuditLine))}
        for at, line_id in enumerate(ids):
            row = {column.name: getattr(lines[line_id], column.name) for column in AuditLine.__table__.columns}
            assert leaf_of(row) == row["leaf"]
            about = session.scalars(select(AuditIndex.person_id).where(AuditIndex.line_id == line_id))
            assert set(about) == set(said[at % 3].persons)
    assert len(lines) == 6


@pytest.mark.usefixtures("worker")
def test_every_line_waits_for_its_place_in_the_chain(database_pair: DatabasePair) -> None:
    said = [log.Line(event=Event.PERSON_CREATED) for _ in range(4)]
    with Sessions.begin() as session:
        ids = log.record_all(session, said, None, now=clock.now())
    with psycopg.connect(database_pair.main_url()) as owner:
        waiting = owner.execute(f"SELECT line_id FROM {AuditQueue.__tablename__}").fetchall()  # noqa: S608 - our own name
    assert {row[0] for row in waiting} == set(ids)

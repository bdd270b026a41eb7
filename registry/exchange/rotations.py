"""Runs that renew keys, how far each is, and the wraps that one moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, text

from registry.exchange.models import Rotation, Run
from registry.wire.rotating import RENEWING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from msgspec import Struct
    from sqlalchemy import TextClause
    from sqlalchemy.orm import Session

    from registry.wire.rotating import HeldRow, MovedRecord, MovedWrap

_TYPES = {
    "bucket": "smallint",
    "appearance_id": "uuid",
    "agency_id": "uuid",
    "grant_id": "uuid",
    "compartment": "text",
    "purpose": "text",
    "custodian_wrap": "bytea",
    "own_wrap": "bytea",
    "wrapped": "bytea",
}


def _replacing(table: str, keys: tuple[str, ...], same: dict[str, str], *, new: tuple[str, ...]) -> TextClause:
    """Return the statement that stores new wraps only in rows that nobody changed, or is changing, meanwhile.

    It waits for no row, so nobody waits in a circle with it; what it passes over, the next pass finds.

    Args:
        keys: which row; same: its columns that must be as the answer has them in the other column; new: what changes.
    """
    columns = list(dict.fromkeys((*keys, *same.values(), *new)))
    given = ", ".join(f"cast(:{name} AS {_TYPES.get(name, 'int')}[])" for name in columns)
    found = f"unnest({given}) AS n ({', '.join(columns)})"
    as_it_was = " AND ".join(
        [f"{{at}}.{name} = n.{name}" for name in keys]
        + [f"{{at}}.{name} IS NOT DISTINCT FROM n.{before}" for name, before in same.items()]
    )
    free = f"SELECT n.* FROM {found} JOIN {table} u ON {as_it_was.format(at='u')} FOR UPDATE OF u SKIP LOCKED"  # noqa: S608 - our own words
    changes = ", ".join(f"{name} = n.{name}" for name in new)
    return text(f"UPDATE {table} t SET {changes} FROM ({free}) AS n WHERE {as_it_was.format(at='t')}")  # noqa: S608 - as above


_HOLD = _replacing(
    "sealed_compartment",
    ("bucket", "appearance_id", "compartment"),
    {
        "epoch": "epoch",
        "version": "version",
        "custodian_version": "was_custodian_version",
        "own_version": "was_own_version",
    },
    new=("custodian_wrap", "custodian_version", "own_wrap", "own_version"),
)
_MOVE = _replacing(
    "wrap",
    ("bucket", "appearance_id", "compartment", "agency_id", "purpose", "grant_id"),
    {"epoch": "epoch", "key_version": "was_key_version"},
    new=("wrapped", "key_version"),
)


_RECORD = ("agency_id", "was_token", "token", "was_key_version", "key_version")
_RECORDS = (
    "unnest(cast(:agency_id AS uuid[]), cast(:was_token AS bytea[]), cast(:token AS bytea[]),"
    f" cast(:was_key_version AS int[]), cast(:key_version AS int[])) AS n ({', '.join(_RECORD)})"
)
_DROP_OLDER = text(
    f"DELETE FROM inbox i USING {_RECORDS} WHERE i.agency_id = n.agency_id AND i.token = n.was_token"  # noqa: S608 - our own words
    " AND i.key_version = n.was_key_version AND n.token <> n.was_token"
    " AND EXISTS (SELECT FROM inbox newer WHERE newer.agency_id = n.agency_id AND newer.token = n.token)"
)
_CALL_ANEW = text(
    "UPDATE inbox t SET token = n.token, key_version = n.key_version"  # noqa: S608 - as above
    f" FROM (SELECT n.* FROM {_RECORDS} JOIN inbox u ON u.agency_id = n.agency_id AND u.token = n.was_token"
    " AND u.key_version = n.was_key_version FOR UPDATE OF u SKIP LOCKED) AS n"
    " WHERE t.agency_id = n.agency_id AND t.token = n.was_token"
)


def unfinished(session: Session, now: datetime) -> Sequence[Run]:
    """Return runs that renew keys and are neither through nor over, the oldest first."""
    return session.scalars(
        select(Run)
        .outerjoin(Rotation, Rotation.run_id == Run.id)
        .where(
            Run.operation.in_(RENEWING),
            Run.agency_id.is_(None),
            Run.ends_at > now,
            Rotation.finished_at.is_(None),
        )
        .order_by(Run.created_at)
    ).all()


def of_run(session: Session, run: UUID) -> Rotation | None:
    """Return how far a run is."""
    return session.get(Rotation, run)


def begin(session: Session, run: UUID, *, total: int, now: datetime) -> Rotation:
    """Note that a run begins."""
    row = Rotation(run_id=run, total=total, moved=0, skipped=0, after=None, started_at=now, finished_at=None)
    session.add(row)
    return row


def hold(session: Session, rows: Sequence[HeldRow]) -> int:
    """Store wraps for custodian and source, each where its row is as it was; return how many."""
    return _stored(session, _HOLD, rows)


def move(session: Session, wraps: Sequence[MovedWrap]) -> int:
    """Store grants' wraps in the same way; return how many."""
    return _stored(session, _MOVE, wraps)


def call_anew(session: Session, records: Sequence[MovedRecord]) -> int:
    """Store records' new tokens, each where nobody changed its row; return how many.

    A record that is there under both, because two imports were faster than each other, keeps the newer row.
    """
    if not records:
        return 0
    columns = {name: [getattr(one, name) for one in records] for name in _RECORD}
    session.execute(_DROP_OLDER, columns)
    return int(session.execute(_CALL_ANEW, columns).rowcount)  # type: ignore[attr-defined]  # an UPDATE has one


def _stored(session: Session, statement: TextClause, rows: Sequence[Struct]) -> int:
    if not rows:
        return 0
    columns = {name: [getattr(row, name) for row in rows] for name in rows[0].__struct_fields__}
    return int(session.execute(statement, columns).rowcount)  # type: ignore[attr-defined]  # an UPDATE has one

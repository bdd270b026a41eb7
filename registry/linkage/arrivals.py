"""Telling the linker of appearances, in the same transaction that stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import TextClause
    from sqlalchemy.orm import Session

_STORE = """
    INSERT INTO linkage_arrival (bucket, appearance_id, sealed)
    SELECT get_byte(uuid_send(id), 0), id, sealed
    FROM unnest(cast(:ids AS uuid[]), cast(:sealed AS bytea[])) AS arrived (id, sealed)
    ON CONFLICT (bucket, appearance_id) DO
"""
_ANNOUNCE, _OFFER = text(f"{_STORE} UPDATE SET sealed = excluded.sealed"), text(f"{_STORE} NOTHING")


def offer(session: Session, identities: Iterable[tuple[UUID, bytes]]) -> int:
    """Let the linker know the same anew, where nothing is waiting for it; return of how many."""
    return _stored(session, _OFFER, identities)


def announce(session: Session, identities: Iterable[tuple[UUID, bytes]]) -> None:
    """Let the linker know who these appearances are; it takes them in once the caller's transaction is committed.

    Args:
        identities: appearance and what the keeper sealed for it; the appearance's row must be stored before. An
            identity announced again, because it changed, takes the place of the one before.
    """
    _stored(session, _ANNOUNCE, identities)


def _stored(session: Session, statement: TextClause, identities: Iterable[tuple[UUID, bytes]]) -> int:
    """Store the last of each in the order of their ids, in which nobody waits in a circle; return how many."""
    latest = dict(identities)
    if not latest:
        return 0
    ids = sorted(latest)
    told = session.execute(statement, {"ids": ids, "sealed": [latest[one] for one in ids]})
    return int(told.rowcount)  # type: ignore[attr-defined]  # an INSERT has one

"""Telling the linker of appearances, in the same transaction that stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy.orm import Session

_ANNOUNCE = text("""
    INSERT INTO linkage_arrival (bucket, appearance_id, sealed)
    SELECT get_byte(uuid_send(id), 0), id, sealed
    FROM unnest(cast(:ids AS uuid[]), cast(:sealed AS bytea[])) AS arrived (id, sealed)
    ON CONFLICT (bucket, appearance_id) DO UPDATE SET sealed = excluded.sealed
""")


_OFFER = text(_ANNOUNCE.text.split("DO UPDATE")[0] + "DO NOTHING")


def offer(session: Session, identities: Iterable[tuple[UUID, bytes]]) -> int:
    """Let the linker know the same anew, where nothing is waiting for it; return of how many."""
    offered = dict(sorted(identities))
    if not offered:
        return 0
    told = session.execute(_OFFER, {"ids": list(offered), "sealed": list(offered.values())})
    return int(told.rowcount)  # type: ignore[attr-defined]  # an INSERT has one


def announce(session: Session, identities: Iterable[tuple[UUID, bytes]]) -> None:
    """Let the linker know who these appearances are; it takes them in once the caller's transaction is committed.

    Args:
        identities: appearance and what the keeper sealed for it; the appearance's row must be stored before. An
            identity announced again, because it changed, takes the place of the one before.
    """
    latest = dict(identities)
    if latest:
        session.execute(_ANNOUNCE, {"ids": list(latest), "sealed": list(latest.values())})

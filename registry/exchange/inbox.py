"""What came from agencies: which appearance each record became; and runs, the authority to take in many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.exchange.models import Inbox, Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.wire.messages import Written
    from registry.wire.rows import RunRow


def keep_run(session: Session, run: RunRow) -> None:
    """Store a run as the keeper authorised it."""
    session.execute(insert(Run).values(**run.values()))


def run_of(session: Session, run: UUID) -> Run | None:
    """Return a run, if there is one."""
    return session.get(Run, run)


def note(session: Session, agency: UUID, results: Sequence[Written], *, now: datetime) -> None:
    """Remember what became of records that carry a token, so that the same again changes nothing."""
    rows = [
        {
            "agency_id": agency,
            "token": one.token,
            "appearance_id": one.appearance_id,
            "fingerprint": one.fingerprint,
            "received_at": now,
        }
        for one in results
        if one.token is not None and one.status in {"created", "sealed"}
    ]
    if rows:
        statement = upsert(Inbox).values(rows)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["agency_id", "token"],
                set_={"fingerprint": statement.excluded.fingerprint, "received_at": now},
                where=Inbox.appearance_id == statement.excluded.appearance_id,
            )
        )


def claim(session: Session, agency: UUID, written: Written, *, now: datetime) -> bool:
    """Remember what became of one record; False where somebody else remembered the same record first."""
    row = {
        "agency_id": agency,
        "token": written.token,
        "appearance_id": written.appearance_id,
        "fingerprint": written.fingerprint,
        "received_at": now,
    }
    statement = upsert(Inbox).values(row).on_conflict_do_nothing(index_elements=["agency_id", "token"])
    return session.execute(statement.returning(Inbox.token)).first() is not None


def forget(session: Session, appearances: Sequence[UUID]) -> None:
    """Delete what ties a source's own ids to appearances that are forgotten."""
    session.execute(delete(Inbox).where(Inbox.appearance_id.in_(appearances)))

"""Recalls: the message that a grant ended, written in the transaction that ended it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.db import bucket_of
from registry.exchange.models import Recall

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session


def write(session: Session, *, person: UUID, grant: UUID, agency: UUID, now: datetime) -> None:
    """Write the recall of a grant that ends, or lost a part; its agency's worker delivers it.

    One grant can lose a part and end later: the agency is to acknowledge the last word.
    """
    row = {
        "bucket": bucket_of(person),
        "person_id": person,
        "grant_id": grant,
        "agency_id": agency,
        "written_at": now,
        "acknowledged_at": None,
    }
    statement = upsert(Recall).values(row)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["bucket", "person_id", "grant_id"], set_={"written_at": now, "acknowledged_at": None}
        )
    )


def recalls_of(session: Session, person: UUID) -> Sequence[Recall]:
    """Return a person's recalls, so that she sees which are acknowledged."""
    return session.scalars(select(Recall).where(Recall.bucket == bucket_of(person), Recall.person_id == person)).all()

"""Recalls: the message that a grant ended, written in the transaction that ended it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from registry.db import bucket_of
from registry.exchange.models import Recall

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session


def write(session: Session, *, person: UUID, grant: UUID, agency: UUID, now: datetime) -> None:
    """Write the recall of a grant that ends; its agency's worker delivers it."""
    session.execute(
        insert(Recall).values(
            bucket=bucket_of(person),
            person_id=person,
            grant_id=grant,
            agency_id=agency,
            written_at=now,
            acknowledged_at=None,
        )
    )


def recalls_of(session: Session, person: UUID) -> Sequence[Recall]:
    """Return a person's recalls, so that she sees which are acknowledged."""
    return session.scalars(select(Recall).where(Recall.bucket == bucket_of(person), Recall.person_id == person)).all()

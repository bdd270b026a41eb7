"""Looking up offices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from registry.auth.models import Agency, Credential, Officer
from registry.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.wire.admitting import Enrolled


def by_id(session: Session, agency: UUID) -> Agency:
    """Return an active agency, or raise NotFound."""
    found = session.get(Agency, agency)
    if found is None or found.status != "active":
        raise NotFound("There is no such agency.")
    return found


def by_number(session: Session, number: str) -> Agency | None:
    """Return the active agency that names itself so in its files, if there is one."""
    return session.scalar(select(Agency).where(Agency.number == number, Agency.status == "active"))


def all_active(session: Session) -> Sequence[Agency]:
    """Return the active agencies by name."""
    return session.scalars(select(Agency).where(Agency.status == "active").order_by(Agency.name)).all()


def names_of(session: Session, agencies: Collection[UUID]) -> dict[UUID, str]:
    """Return what these agencies are called, also those that are closed."""
    rows = session.execute(select(Agency.id, Agency.name).where(Agency.id.in_(agencies))) if agencies else ()
    return {row.id: row.name for row in rows}


def officer_by_login(session: Session, login: str) -> UUID:
    """Return the id of the officer with this login, or raise NotFound."""
    found = session.scalar(select(Officer.id).where(Officer.login == login))
    if found is None:
        raise NotFound("There is no such officer.")
    return found


def keep(session: Session, enrolled: Enrolled) -> None:
    """Store the rows of an enrolment as the keeper made them."""
    for table, row in ((Agency, enrolled.agency), (Officer, enrolled.officer), (Credential, enrolled.credential)):
        if row is not None:
            session.execute(insert(table).values(**row.values()))

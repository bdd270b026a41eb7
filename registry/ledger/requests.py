"""What offices ask persons for, as it is kept; at most one open request for each person, office and purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, or_, select, tuple_, update
from sqlalchemy.orm.attributes import set_committed_value

from registry.db import act_for, bucket_of
from registry.errors import NotFound
from registry.ledger.models import GrantRequest
from schemas.vocabularies.access import RequestStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


def keep(session: Session, request: GrantRequest) -> None:
    """Store a new request of the agency that this transaction works for."""
    columns = GrantRequest.__table__.columns.keys()
    session.execute(insert(GrantRequest).values(**{name: getattr(request, name) for name in columns}))


def between(session: Session, *, person: UUID, agency: UUID) -> Sequence[GrantRequest]:
    """Return what an agency ever asked a person for, the newest first."""
    act_for(session, agency=agency)
    asked = select(GrantRequest).where(*_of(person), GrantRequest.agency_id == agency)
    return session.scalars(asked.order_by(GrantRequest.asked_at.desc(), GrantRequest.id.desc())).all()


def of_person(
    session: Session, person: UUID, *, limit: int | None = None, before: tuple[datetime, UUID] | None = None
) -> Sequence[GrantRequest]:
    """Return what a person was ever asked for, newest first; without a limit all of it.

    Args:
        before: moment and id of a request; only what comes after it in this order is returned.
    """
    act_for(session, person=person)
    hers = select(GrantRequest).where(*_of(person))
    if before is not None:
        hers = hers.where(tuple_(GrantRequest.asked_at, GrantRequest.id) < before)
    return session.scalars(hers.order_by(GrantRequest.asked_at.desc(), GrantRequest.id.desc()).limit(limit)).all()


def of_agency(
    session: Session, agency: UUID, *, limit: int, before: tuple[datetime, UUID] | None = None
) -> Sequence[GrantRequest]:
    """Return what an agency ever asked for, newest first.

    Args:
        before: as for `of_person`.
    """
    act_for(session, agency=agency)
    its = select(GrantRequest).where(GrantRequest.agency_id == agency)
    if before is not None:
        its = its.where(tuple_(GrantRequest.asked_at, GrantRequest.id) < before)
    return session.scalars(its.order_by(GrantRequest.asked_at.desc(), GrantRequest.id.desc()).limit(limit)).all()


def of_agency_by_id(session: Session, agency: UUID, request: UUID) -> GrantRequest:
    """Return one request of this agency, or raise NotFound; another's is not found either."""
    act_for(session, agency=agency)
    return _found(
        session.scalar(select(GrantRequest).where(GrantRequest.agency_id == agency, GrantRequest.id == request))
    )


def of_person_by_id(session: Session, person: UUID, request: UUID) -> GrantRequest:
    """Return one request to this person, or raise NotFound; another's is not found either."""
    act_for(session, person=person)
    return _found(session.get(GrantRequest, (bucket_of(person), person, request)))


def end(
    session: Session, request: GrantRequest, status: RequestStatus, *, now: datetime, grant: UUID | None = None
) -> bool:
    """Store what became of an open request, also in the row handed in; False where something became of it already."""
    values: dict[str, object] = {"status": status.value, "ended_at": now}
    if grant is not None:
        values["grant_id"] = grant  # which the housekeeper may not write
    ended = session.execute(
        update(GrantRequest)
        .where(*_of(request.person_id), GrantRequest.id == request.id, GrantRequest.status == RequestStatus.OPEN.value)
        .values(**values)
        .returning(GrantRequest.id)
        .execution_options(synchronize_session=False)
    ).first()
    if ended is not None:
        for name, value in values.items():
            set_committed_value(request, name, value)
    return ended is not None


def due(session: Session, now: datetime, *, limit: int, without: Collection[UUID] = ()) -> Sequence[GrantRequest]:
    """Return open requests whose time has passed, the oldest first."""
    over = select(GrantRequest).where(GrantRequest.status == RequestStatus.OPEN.value, GrantRequest.ends_at <= now)
    if without:
        over = over.where(GrantRequest.id.not_in(without))
    return session.scalars(over.order_by(GrantRequest.ends_at).limit(limit)).all()


def forget(session: Session, person: UUID, appearances: Collection[UUID]) -> list[UUID]:
    """Delete what a person was asked for; return which requests that were.

    Args:
        appearances: what is forgotten of her; a request that came with another, and is not answered, stays with that.
    """
    act_for(session, person=person)
    goes = or_(
        GrantRequest.came_with.is_(None), GrantRequest.came_with.in_(appearances), GrantRequest.grant_id.is_not(None)
    )
    return list(session.scalars(delete(GrantRequest).where(*_of(person), goes).returning(GrantRequest.id)))


def _of(person: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return GrantRequest.bucket == bucket_of(person), GrantRequest.person_id == person


def _found(row: GrantRequest | None) -> GrantRequest:
    if row is None:
        raise NotFound("There is no such request.")
    return row

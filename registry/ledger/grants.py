"""Grants as they are kept, with the wraps that make them keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, insert, not_, select, text, tuple_, update

from consent.grants import Grant
from registry.db import Plain, act_for, bucket_of, on
from registry.errors import NotFound
from registry.ledger.models import AccessGrant, ConsentRecord, Wrap
from schemas.compartments import Section
from schemas.vocabularies.access import Basis, GrantStatus, Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Connection, Select
    from sqlalchemy.orm import Session

    from registry.wire.messages import Rotated, Wrapped
    from registry.wire.rows import GrantRow, SealedRow, WrapRow

#: The columns of a grant that the policy knows.
KNOWN = (
    "id", "person_id", "agency_id", "purpose", "basis", "norm", "sections", "appearances", "not_before", "not_after",
    "status",
)  # fmt: skip
_SECTIONS = {section.value: section for section in Section}
# Row-level security compares a setting; the inner select depends on the outer one, so the setting is there before it
# reads, and the door needs one round trip instead of two.
_BETWEEN = (
    "SELECT g.* FROM set_config('app.agency', {agency}, true) AS who(agency), LATERAL"  # noqa: S608 - our own words
    f" (SELECT {', '.join(KNOWN)}"
    " FROM access_grant WHERE agency_id = CAST(who.agency AS uuid) AND person_id = {person}) AS g"
)
_BETWEEN_IN_SESSION = text(_BETWEEN.format(agency=":agency", person=":person"))
_BETWEEN_AT_ONCE = _BETWEEN.format(agency="%(agency)s", person="%(person)s")


def grants_between(session: Session | Connection, *, person: UUID, agency: UUID) -> list[Grant]:
    """Return what this person ever granted this agency; for a person who does not exist the same nothing."""
    rows = on(session).execute(_BETWEEN_IN_SESSION, {"person": person, "agency": str(agency)})
    return [granted(row) for row in rows]


def held_between(*, person: UUID, agency: UUID) -> list[Grant]:
    """Return the same as `grants_between`, by a statement of its own: every opening of a profile waits for it."""
    rows = Plain.fetch(_BETWEEN_AT_ONCE, {"person": person, "agency": str(agency)})
    return [granted(row) for row in rows]


def grants_of(
    session: Session, person: UUID, *, limit: int | None = None, before: tuple[datetime, UUID] | None = None
) -> Sequence[AccessGrant]:
    """Return grants of a person for herself, newest first; without a limit all of them.

    Args:
        before: moment and id of a grant; only what comes after it in this order is returned.
    """
    act_for(session, person=person)
    return session.scalars(_newest(person, before).limit(limit)).all()


def living_of(
    session: Session, person: UUID, now: datetime, *, limit: int, before: tuple[datetime, UUID] | None = None
) -> Sequence[AccessGrant]:
    """Return those of her grants that hold now, in the order of `grants_of`."""
    act_for(session, person=person)
    return session.scalars(_newest(person, before).where(_holds(now)).limit(limit)).all()


def ended_of(
    session: Session, person: UUID, now: datetime, *, limit: int, before: tuple[datetime, UUID] | None = None
) -> Sequence[AccessGrant]:
    """Return those of her grants that hold no more, in the order of `grants_of`."""
    act_for(session, person=person)
    return session.scalars(_newest(person, before).where(not_(_holds(now))).limit(limit)).all()


def grant_of(session: Session, person: UUID, grant: UUID) -> AccessGrant:
    """Return one grant of this person, or raise NotFound; another's grant is not found either."""
    act_for(session, person=person)
    row = session.get(AccessGrant, (bucket_of(person), person, grant))
    if row is None:
        raise NotFound("There is no such grant.")
    return row


def keep(session: Session, wrapped: Wrapped, record: bytes) -> None:
    """Store a grant as proved, its wraps and its record."""
    grant = wrapped.grant
    act_for(session, agency=grant.agency_id)
    session.execute(insert(AccessGrant).values(**grant.values()))
    session.execute(insert(Wrap), [wrap.values() for wrap in wrapped.wraps])
    session.execute(
        insert(ConsentRecord).values(
            bucket=grant.bucket,
            person_id=grant.person_id,
            grant_id=grant.id,
            record=record,
            receipt=None,
            at=grant.given_at,
        )
    )


def end(session: Session, grant: GrantRow) -> None:
    """Store a grant as ended.

    Raises:
        NotFound: somebody else ended it meanwhile.
    """
    act_for(session, person=grant.person_id)
    changed = session.execute(
        update(AccessGrant)
        .where(
            AccessGrant.bucket == grant.bucket,
            AccessGrant.person_id == grant.person_id,
            AccessGrant.id == grant.id,
            AccessGrant.status == GrantStatus.ACTIVE.value,
        )
        .values(status=grant.status, ended_at=grant.ended_at, mac=grant.mac)
        .returning(AccessGrant.id)
    ).first()
    if changed is None:
        raise NotFound("This grant has ended already.")


def replace_wraps(session: Session, rotated: Rotated) -> None:
    """Delete the ended grant's wraps and all of the compartments under new keys; store those that live on."""
    ended = rotated.grant
    act_for(session, agency=ended.agency_id)
    session.execute(delete(Wrap).where(Wrap.appearance_id.in_(ended.appearances), Wrap.grant_id == ended.id))
    appearances = {row.appearance_id for row in rotated.sealed}
    compartments = {row.compartment for row in rotated.sealed}
    for agency in rotated.agencies:
        act_for(session, agency=agency)
        its = (Wrap.agency_id == agency, Wrap.appearance_id.in_(appearances), Wrap.compartment.in_(compartments))
        session.execute(delete(Wrap).where(*its))  # the housekeeper and the owner see those of others too
        kept = [wrap.values() for wrap in rotated.wraps if wrap.agency_id == agency]
        if kept:
            session.execute(insert(Wrap), kept)


def rewrap(session: Session, sealed: Sequence[SealedRow], wraps: Sequence[WrapRow]) -> None:
    """Replace everybody's wraps of compartments under new keys; only the housekeeper sees them all at once."""
    if not sealed:
        return
    places = [(row.bucket, row.appearance_id, row.compartment) for row in sealed]
    session.execute(delete(Wrap).where(tuple_(Wrap.bucket, Wrap.appearance_id, Wrap.compartment).in_(places)))
    if wraps:
        session.execute(insert(Wrap), [wrap.values() for wrap in wraps])


def cut(session: Session, wraps: Sequence[WrapRow]) -> None:
    """Delete these wraps; only the housekeeper sees everybody's."""
    keys = (Wrap.bucket, Wrap.appearance_id, Wrap.compartment, Wrap.agency_id, Wrap.purpose, Wrap.grant_id)
    named = [tuple(getattr(wrap, key.key) for key in keys) for wrap in wraps]
    session.execute(delete(Wrap).where(tuple_(*keys).in_(named)))


def shrink(session: Session, shrunk: Sequence[GrantRow], gone: Sequence[UUID], *, agencies: Sequence[UUID]) -> None:
    """Store grants without appearances that are no longer hers, and delete the wraps of them."""
    for grant in shrunk:
        act_for(session, person=grant.person_id)
        session.execute(
            update(AccessGrant)
            .where(
                AccessGrant.bucket == grant.bucket,
                AccessGrant.person_id == grant.person_id,
                AccessGrant.id == grant.id,
            )
            .values(appearances=grant.appearances, status=grant.status, ended_at=grant.ended_at, mac=grant.mac)
        )
    for agency in agencies:
        act_for(session, agency=agency)
        session.execute(delete(Wrap).where(Wrap.appearance_id.in_(gone)))


def forget(session: Session, person: UUID, appearances: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Delete all grants, wraps and records of a person who is forgotten.

    Returns:
        (grant, agency) of the grants that still held, so that their agencies are told.
    """
    held = [(row.id, row.agency_id, row.status) for row in grants_of(session, person)]
    for agency in {agency for _, agency, _ in held}:
        act_for(session, agency=agency)
        session.execute(delete(Wrap).where(Wrap.appearance_id.in_(appearances)))
    act_for(session, person=person)
    for table in (ConsentRecord, AccessGrant):
        session.execute(delete(table).where(table.bucket == bucket_of(person), table.person_id == person))
    return [(grant, agency) for grant, agency, status in held if status == GrantStatus.ACTIVE]


def record_of(session: Session, person: UUID, grant: UUID) -> ConsentRecord:
    """Return the consent record of a grant of this person, or raise NotFound."""
    row = session.get(ConsentRecord, (bucket_of(person), person, grant))
    if row is None:
        raise NotFound("There is no such grant.")
    return row


def persons_granting(session: Session, agency: UUID) -> int:
    """Return how many persons have active grants to an agency, for which this transaction acts."""
    active = select(func.count(AccessGrant.person_id.distinct())).where(
        AccessGrant.agency_id == agency, AccessGrant.status == GrantStatus.ACTIVE.value
    )
    return int(session.scalar(active) or 0)


def ended_since(session: Session, moment: datetime) -> Sequence[AccessGrant]:
    """Return grants that ended since."""
    return session.scalars(select(AccessGrant).where(AccessGrant.ended_at >= moment)).all()


def due(session: Session, now: datetime, *, limit: int = 100) -> Sequence[AccessGrant]:
    """Return active grants whose time has passed, the oldest first."""
    return session.scalars(
        select(AccessGrant)
        .where(AccessGrant.status == GrantStatus.ACTIVE.value, AccessGrant.not_after <= now)
        .order_by(AccessGrant.not_after)
        .limit(limit)
    ).all()


def _newest(person: UUID, before: tuple[datetime, UUID] | None) -> Select[AccessGrant]:
    hers = select(AccessGrant).where(AccessGrant.bucket == bucket_of(person), AccessGrant.person_id == person)
    if before is not None:
        hers = hers.where(tuple_(AccessGrant.given_at, AccessGrant.id) < before)
    return hers.order_by(AccessGrant.given_at.desc(), AccessGrant.id.desc())


def _holds(now: datetime) -> ColumnElement[bool]:
    """Say whether a grant holds; one whose time has passed does not, also before the housekeeper ends it."""
    return and_(AccessGrant.status == GrantStatus.ACTIVE.value, AccessGrant.not_after > now)


def as_grant(row: GrantRow) -> Grant:
    """Return a grant as the policy knows it."""
    return granted([getattr(row, name) for name in KNOWN])


def granted(values: Sequence[Any]) -> Grant:
    """Return a grant from the values of the columns `KNOWN`, in their order."""
    id_, person, agency, purpose, basis, norm, sections, appearances, not_before, not_after, status = values
    return Grant(
        id=id_,
        person_id=person,
        agency_id=agency,
        purpose=Purpose(purpose),
        basis=Basis(basis),
        norm=norm,
        sections=frozenset(map(_SECTIONS.__getitem__, sections)),
        appearances=tuple(appearances),
        not_before=not_before,
        not_after=not_after,
        status=GrantStatus(status),
    )

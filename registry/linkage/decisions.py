"""The decisions about who is who, as the keeper made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.db import bucket_of
from registry.errors import NotFound
from registry.ledger.moving import Move, go_along
from registry.linkage.models import Link, LinkUncompared
from registry.profiles.models import Appearance, Person

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.ledger.moving import Moved
    from registry.wire.decisions import LinkMade
    from registry.wire.rows import AppearanceRow

#: Any number; whoever decides who is who holds this lock, so that no two decide past each other.
_LOCK = 0x6C696E6B
_AWAIT = text("""
    INSERT INTO link_uncompared (bucket, appearance_id, source_id)
    SELECT get_byte(uuid_send(id), 0), id, :source FROM unnest(cast(:appearances AS uuid[])) AS waiting (id)
    ON CONFLICT DO NOTHING
""")
_COMPARED = text("""
    DELETE FROM link_uncompared WHERE (bucket, appearance_id) IN
        (SELECT get_byte(uuid_send(id), 0), id FROM unnest(cast(:appearances AS uuid[])) AS compared (id))
""")
_SETTLED_AGAINST = ("rejected", "undone")


def take_turns(session: Session) -> None:
    """Wait until no other transaction decides who is who; hold that place until the commit."""
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def keep(session: Session, made: LinkMade) -> Sequence[Moved]:
    """Store a new proposal or decision with the appearances that it moved; return as `move` does."""
    session.execute(insert(Link).values(**made.link.values()))
    return move(session, made.appearances, leaving=made.link.from_person, now=made.link.decided_at)


def settle(session: Session, made: LinkMade) -> Sequence[Moved]:
    """Store what became of a proposal or decision, with the appearances that it moved; return as `move` does."""
    row = made.link
    found = {"id", "grade", "reasons", "differences"}  # what the linker said stays as it was
    settled = {name: value for name, value in row.values().items() if name not in found}
    session.execute(update(Link).where(Link.id == row.id).values(**settled))
    return move(session, made.appearances, leaving=row.from_person, now=row.decided_at)


def move(
    session: Session, appearances: Sequence[AppearanceRow], *, leaving: UUID, now: datetime, back: bool = False
) -> Sequence[Moved]:
    """Store whose these appearances are now, and drop the person they leave if nothing is left of her.

    Args:
        back: whether they go back to whose they were: then only those requests go that came with them.

    Returns:
        what she was asked for and went along; `asking.noting.follow` notes it.
    """
    if not appearances:
        return ()
    hers = _of(session, leaving)
    for row in appearances:
        owner = {"bucket": bucket_of(row.person_id), "id": row.person_id, "created_on": row.created_on}
        session.execute(upsert(Person).values(**owner).on_conflict_do_nothing())
        session.execute(
            update(Appearance)
            .where(Appearance.bucket == row.bucket, Appearance.id == row.id)
            .values(person_id=row.person_id, basis=row.basis, mac=row.mac)
        )
    left = select(Appearance.id).where(Appearance.person_id == leaving).exists()
    going = [row for row in appearances if row.id in hers and row.person_id != leaving]
    sources = _of(session, leaving).values() if going else ()
    moves = [
        Move(
            appearance=row.id,
            giver=leaving,
            taker=row.person_id,
            source=None if back or row.source_id in sources else row.source_id,
            is_last=not sources,
        )
        for row in going
    ]
    moved = [go_along(session, one, now=now) for one in moves]
    session.execute(delete(Person).where(Person.bucket == bucket_of(leaving), Person.id == leaving, ~left))
    return moved


def await_comparison(session: Session, appearances: Collection[UUID], source: UUID) -> None:
    """Remember that these appearances are still to be compared with the others."""
    if appearances:
        session.execute(_AWAIT, {"appearances": list(appearances), "source": source})


def compared(session: Session, appearances: Collection[UUID]) -> None:
    """Note that these appearances were compared."""
    session.execute(_COMPARED, {"appearances": list(appearances)})


def uncompared(session: Session, source: UUID, *, limit: int) -> list[UUID]:
    """Return appearances of an agency that wait for their comparison."""
    found = select(LinkUncompared.appearance_id).where(LinkUncompared.source_id == source)
    return list(session.scalars(found.order_by(LinkUncompared.appearance_id).limit(limit)))


def rejected_before(session: Session, pairs: Collection[tuple[UUID, UUID]]) -> set[frozenset[UUID]]:
    """Return those pairs of appearances of which somebody said that they are different people, or not hers."""
    if not pairs:
        return set()
    named = {one for pair in pairs for one in pair}
    rows = session.execute(
        select(Link.appearance_id, Link.other_id).where(
            Link.status.in_(_SETTLED_AGAINST), or_(Link.appearance_id.in_(named), Link.other_id.in_(named))
        )
    )
    return {frozenset(row) for row in rows} & {frozenset(pair) for pair in pairs}


def proposed_for(
    session: Session, agency: UUID, *, limit: int, before: tuple[datetime, UUID] | None = None
) -> Sequence[Link]:
    """Return proposals that an agency can settle, the newest first: it is the source of one of the two appearances."""
    kept = select(Appearance.id).where(Appearance.source_kind == "agency", Appearance.source_id == agency).cte("kept")
    own = select(kept.c.id)
    found = select(Link).where(Link.status == "proposed", or_(Link.appearance_id.in_(own), Link.other_id.in_(own)))
    if before is not None:
        at, last = before
        found = found.where(or_(Link.decided_at < at, (Link.decided_at == at) & (Link.id < last)))
    return session.scalars(found.order_by(Link.decided_at.desc(), Link.id.desc()).limit(limit)).all()


def statuses(session: Session, appearance: UUID, others: Collection[UUID]) -> dict[UUID, str]:
    """Return what was last decided or proposed about an appearance and each of these others; nothing yet: left out."""
    rows = session.execute(
        select(Link.appearance_id, Link.other_id, Link.status)
        .where(
            or_(
                (Link.appearance_id == appearance) & Link.other_id.in_(others),
                (Link.other_id == appearance) & Link.appearance_id.in_(others),
            )
        )
        .order_by(Link.decided_at)
    )
    return {other if one == appearance else one: status for one, other, status in rows}


def persons_of(session: Session, appearances: Collection[UUID]) -> set[UUID]:
    """Return whose these appearances are, and whose they were."""
    now = session.scalars(select(Appearance.person_id).where(Appearance.id.in_(appearances)))
    before = session.scalars(select(Link.from_person).where(Link.appearance_id.in_(appearances)))
    return {*now, *before}


def standing_for(session: Session, person: UUID) -> dict[UUID, Link]:
    """Return for each appearance that was linked to a person the decision that did it."""
    rows = session.scalars(
        select(Link)
        .where(Link.to_person == person, Link.status.in_(("decided", "confirmed")))
        .order_by(Link.decided_at)
    )
    return {row.appearance_id: row for row in rows}


def find(session: Session, link: UUID) -> Link | None:
    """Return a proposal or decision, if there is one with this id."""
    return session.scalar(select(Link).where(Link.id == link))


def by_id(session: Session, link: UUID) -> Link:
    """Return a proposal or decision, or raise NotFound."""
    found = find(session, link)
    if found is None:
        raise NotFound("There is no such proposal.")
    return found


def _of(session: Session, person: UUID) -> dict[UUID, UUID]:
    """Return the appearances of a person, each with its source."""
    found = session.execute(select(Appearance.id, Appearance.source_id).where(Appearance.person_id == person))
    return dict(found.all())

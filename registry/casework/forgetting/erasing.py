"""Forgetting a person: the order and its line are committed, then the keys are destroyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from registry.audit import log
from registry.audit.events import Event
from registry.auth import sessions
from registry.db import Sessions, take_turns
from registry.exchange import inbox, recalls
from registry.keys.client import KEEPER
from registry.ledger import grants, requests
from registry.profiles import appearances
from registry.profiles.models import Erasure
from registry.wire import messages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.actors import PersonActor
    from registry.wire.rows import ErasureRow


def order(session: Session, *, actor: PersonActor, now: datetime) -> UUID:
    """Order that the person is forgotten, and delete what is hers; `carry_out` destroys the keys after the commit."""
    take_turns(session, actor.id)
    ordered = KEEPER.ask(messages.OrderErasure(actor.token), messages.ErasureOrdered).erasure
    session.execute(insert(Erasure).values(**ordered.values(), done_at=None))
    log.record(session, _line(ordered), None, now=now)
    forget(session, ordered, now=now)
    return ordered.id


def forget(session: Session, ordered: ErasureRow, *, now: datetime) -> None:
    """Delete everything that an order is about, and tell who had a grant."""
    for grant, agency in grants.forget(session, ordered.person_id, ordered.appearances):
        recalls.write(session, person=ordered.person_id, grant=grant, agency=agency, now=now)
    asked = requests.forget(session, ordered.person_id, ordered.appearances)
    inbox.forget(session, ordered.appearances)
    appearances.forget(session, ordered.person_id, ordered.appearances)
    sessions.forget_person(session, ordered.person_id)
    log.forget_person(session, ordered.person_id, ordered.appearances, requests=asked)


def carry_out(erasure: UUID, *, now: datetime) -> None:
    """Destroy the shred secrets of a committed order; repeating it is harmless."""
    KEEPER.ask(messages.Erase(erasure), messages.Done)
    with Sessions.begin() as session:
        session.execute(update(Erasure).where(Erasure.id == erasure).values(done_at=now))


def unfinished(session: Session) -> Sequence[UUID]:
    """Return orders whose keys may still be alive, the oldest first."""
    waiting = select(Erasure.id).where(Erasure.done_at.is_(None)).order_by(Erasure.requested_at, Erasure.id)
    return session.scalars(waiting).all()


def _line(ordered: ErasureRow) -> log.Line:
    """Return the line that lets a restore erase again: random ids in clear, nobody named."""
    return log.Line(event=Event.PERSON_ERASED, object_id=ordered.id, appearances=tuple(ordered.appearances))

"""Refusals of those who are signed in: each is a line, in a statement of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.actors import PersonActor
from registry.audit import log
from registry.audit.events import Event, Outcome
from registry.db import Statements
from registry.ledger import grants
from registry.profiles import appearances

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from registry.actors import Machine, Officer


def note(actor: Officer | PersonActor | Machine, reason: str, *, person: UUID | None, now: datetime) -> None:
    """Append the line of a refusal; what was refused undid its own transaction.

    A person sees in her log what she was refused herself, and what was refused to an office that has to do with her.
    An office that has not gets the same line without her: nobody is told of guesses, and guessing finds nobody out.

    Args:
        reason: the code of the refusal, for the log alone.
        person: about whom an officer asked, should the request name somebody.
    """
    with Statements() as connection:
        persons = _concerned(connection, actor, person)
        line = log.Line(event=Event.REQUEST_REFUSED, outcome=Outcome.REFUSED, reason=reason, persons=persons)
        log.record(connection, line, actor, now=now)


def _concerned(connection: Connection, actor: Officer | PersonActor | Machine, person: UUID | None) -> tuple[UUID, ...]:
    if isinstance(actor, PersonActor):
        return (actor.id,)
    if person is None or actor.agency_id is None:
        return ()
    # Both are asked whatever the first says: the work tells nothing about who exists.
    own = appearances.of_source(connection, person, actor.agency_id)
    held = grants.grants_between(connection, person=person, agency=actor.agency_id)
    return (person,) if own or held else ()

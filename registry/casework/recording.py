"""Recording: new persons at the counter, and a source's further word about its own appearance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registry.audit import log
from registry.audit.events import Event
from registry.keys.client import KEEPER
from registry.profiles import appearances, entries
from registry.wire import messages
from registry.wire.messages import WriteRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.actors import Officer, PersonActor
    from registry.profiles.reading import OpenedCompartment
    from registry.wire.rows import AppearanceRow


def create(session: Session, stated: Sequence[Mapping[str, Any]], *, actor: Officer, now: datetime) -> AppearanceRow:
    """Record a person at the counter; the agency becomes the source of a new appearance.

    Args:
        stated: entries as EntryIn loads them.
    """
    made = entries.made(stated, provenance_of(actor, now))
    question = messages.Write([WriteRecord(entries.documents(made))], session=actor.token)
    written = KEEPER.ask(question, messages.Sealed).results[0]
    if written.appearance is None:
        raise RuntimeError("the keeper sealed a new record without an appearance")
    appearances.keep_births(session, [written.appearance], written.sealed)
    line = log.Line(
        event=Event.PERSON_CREATED, appearances=(written.appearance_id,), persons=(written.appearance.person_id,)
    )
    log.record(session, line, actor, now=now)
    return written.appearance


def rewrite(
    session: Session,
    person: UUID,
    changed: Sequence[OpenedCompartment],
    *,
    actor: Officer | PersonActor,
    now: datetime,
) -> dict[str, int]:
    """Store what a source now says in compartments of its own appearance; return their new versions.

    Raises:
        Conflict: one of them was changed since it was opened; nothing is stored.
    """
    documents = {one.compartment.value: entries.document(one.entries, one.version) for one in changed}
    appearance = changed[0].appearance_id
    question = messages.Write([WriteRecord(documents, appearance_id=appearance)], session=actor.token)
    written = KEEPER.ask(question, messages.Sealed).results[0]
    appearances.replace(session, written.sealed, new_epoch=False)
    line = log.Line(
        event=Event.ENTRIES_RECORDED,
        appearances=(appearance,),
        compartments=tuple(sorted(documents)),
        persons=(person,),
    )
    log.record(session, line, actor, now=now)
    return {row.compartment: row.version for row in written.sealed}


def provenance_of(actor: Officer | PersonActor, now: datetime) -> entries.Provenance:
    """Return what new entries of this actor carry."""
    agency = getattr(actor, "agency_id", None)
    if agency is None:
        return entries.Provenance("person", "person", now)
    return entries.Provenance(agency, str(actor.id), now)

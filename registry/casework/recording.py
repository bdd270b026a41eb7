"""Recording: new persons at the counter, and a source's further word about its own appearance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registry.audit import log
from registry.audit.events import Event
from registry.casework import linking
from registry.db import Sessions, take_turns
from registry.errors import RegistryError
from registry.exchange import inbox
from registry.keys.client import KEEPER, KeeperRefused
from registry.linkage import arrivals
from registry.linkage.client import LinkerAway
from registry.profiles import appearances, entries
from registry.wire import messages
from registry.wire.messages import WriteRecord
from registry.wire.rows import AppearanceRow
from schemas.vocabularies.access import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.actors import Officer, PersonActor
    from registry.casework.linking import Choice
    from registry.profiles.reading import OpenedCompartment
    from registry.wire.messages import Written


class KeyReused(RegistryError):  # noqa: N818 - what is the case
    """The same request key came with another content; nothing was recorded."""

    code = "idempotency-key-reused"


class InProgress(RegistryError):  # noqa: N818 - what is the case
    """The same request is being worked on; repeated in a moment it finds what that one made."""

    code = "in-progress"


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a repeated request recognisable: the sender's key of it, and SHA-256 of what it said."""

    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came of recording a person at the counter."""

    person: UUID  #: of a linked appearance whose it is now
    appearance: UUID
    is_linked: bool  #: with the one that the officer chose
    is_kept: bool  #: what she said of who was found, whatever it was


def take_in(
    stated: Sequence[Mapping[str, Any]],
    *,
    actor: Officer,
    now: datetime,
    once: Once | None = None,
    choice: Choice | None = None,
) -> TakenIn:
    """Record a person at the counter, and keep what the officer said of those who were found.

    She is recorded all the same where the match is too old or the linker away.

    Args:
        stated: entries as EntryIn loads them.

    Raises:
        KeyReused: this key came before with another content.
        InProgress: the same request is being worked on at this moment.
    """
    with Sessions.begin() as session:
        born = create(session, stated, actor=actor, now=now, once=once)
    is_kept = choice is not None and _kept(born.id, choice, actor=actor, now=now)
    is_linked = is_kept and choice is not None and choice.verdict is Verdict.SAME
    with Sessions() as session:
        person = appearances.by_id(session, born.id).person_id if is_linked else born.person_id
    return TakenIn(person, born.id, is_linked, is_kept)


def create(
    session: Session,
    stated: Sequence[Mapping[str, Any]],
    *,
    actor: Officer,
    now: datetime,
    once: Once | None = None,
) -> AppearanceRow:
    """Record a person at the counter; the agency becomes the source of a new appearance.

    Args:
        stated: entries as EntryIn loads them.
        once: with it the same request again finds what it made before.

    Raises:
        KeyReused: this key came before with another content.
        InProgress: the same request is being worked on at this moment.
    """
    made = entries.documents(entries.made(stated, provenance_of(actor, now)))
    record = WriteRecord(made, key=f"request:{once.key}", digest=once.digest) if once else WriteRecord(made)
    written = KEEPER.ask(messages.Write([record], session=actor.token), messages.Sealed).results[0]
    if written.status == "changed":
        raise KeyReused("This Idempotency-Key was used for another request. Take a new one.")
    if written.appearance is None:
        known = appearances.by_id(session, written.appearance_id)
        return AppearanceRow(**{name: getattr(known, name) for name in AppearanceRow.__struct_fields__})
    appearances.keep_births(session, [written.appearance], written.sealed)
    _announce(session, written)
    if written.token is not None and not inbox.claim(session, written.appearance.source_id, written, now=now):
        raise InProgress("The same request is being worked on. Repeat it in a moment.")
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
    take_turns(session, person)
    documents = {one.compartment.value: entries.document(one.entries, one.version) for one in changed}
    appearance = changed[0].appearance_id
    question = messages.Write([WriteRecord(documents, appearance_id=appearance)], session=actor.token)
    written = KEEPER.ask(question, messages.Sealed).results[0]
    appearances.replace(session, written.sealed, new_epoch=False)
    _announce(session, written)
    line = log.Line(
        event=Event.ENTRIES_RECORDED,
        appearances=(appearance,),
        compartments=tuple(sorted(documents)),
        persons=(person,),
    )
    log.record(session, line, actor, now=now)
    return {row.compartment: row.version for row in written.sealed}


def _kept(appearance: UUID, choice: Choice, *, actor: Officer, now: datetime) -> bool:
    try:
        return linking.keep_choice(appearance, choice, actor=actor, now=now)
    except LinkerAway:
        return False
    except KeeperRefused as refused:
        if refused.reason.startswith("finding."):
            return False
        raise


def _announce(session: Session, written: Written) -> None:
    if written.query is not None:
        arrivals.announce(session, [(written.appearance_id, written.query)])


def provenance_of(actor: Officer | PersonActor, now: datetime) -> entries.Provenance:
    """Return what new entries of this actor carry."""
    agency = getattr(actor, "agency_id", None)
    if agency is None:
        return entries.Provenance("person", "person", now)
    return entries.Provenance(agency, str(actor.id), now)

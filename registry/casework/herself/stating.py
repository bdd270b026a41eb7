"""What she states herself, in an appearance of her own: added, corrected, taken back; each is a line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from marshmallow import ValidationError

from registry.audit import log
from registry.audit.events import Event
from registry.casework import recording
from registry.db import take_turns
from registry.errors import NotFound, RegistryError
from registry.keys.client import KEEPER
from registry.ledger import grants
from registry.profiles import appearances, entries, reading
from registry.profiles.entries import exact_words, stands
from registry.profiles.subjects import SUBJECTS
from registry.wire import messages
from registry.wire.messages import WriteRecord
from schemas.compartments import compartment_of
from schemas.herself import statable_compartments
from schemas.vocabularies.evidence import EndReason, EvidenceType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from registry.actors import PersonActor
    from registry.ledger.models import AccessGrant
    from registry.profiles.reading import OpenedCompartment
    from schemas.entries import Entry

#: Changes within 24 hours: more than anybody has to say, and few enough that nobody fills the log.
CHANGES_A_DAY: Final = 300
#: Standing entries of one compartment; what an office may say in one request is 500 of all.
MOST_ENTRIES: Final = 100
_DAY: Final = timedelta(days=1)
_MOST_GRANTS: Final = 100
_SELF_REPORT: Final = {"evidence": {"type": EvidenceType.SELF_REPORT.value}}


class TooManyChanges(RegistryError):  # noqa: N818 - what is the case
    """She changed her entries very often today."""

    code = "too-many-changes"


class SectionFull(RegistryError):  # noqa: N818 - what is the case
    """There are many entries of hers in this section already."""

    code = "section-full"


@dataclass(frozen=True, slots=True)
class Stated:
    """An entry of hers as it is now, and where it lies; `version` is what her next change of it must name."""

    entry: Entry
    appearance: UUID
    version: int


def own_words(session: Session, actor: PersonActor) -> list[OpenedCompartment]:
    """Return all that she said herself; nothing before she said anything."""
    wanted = statable_compartments()
    opened = reading.open_own_word(actor, appearances.of_herself(session, actor.id), wanted)
    return sorted(opened, key=lambda one: wanted.index(one.compartment))


def find(session: Session, entry: UUID, *, actor: PersonActor) -> Stated:
    """Return a standing entry of hers.

    Raises:
        NotFound: there is none, it stands no more, or somebody else said it.
    """
    held, found = _standing(own_words(session, actor), entry)
    return Stated(found, held.appearance_id, held.version)


def state(
    session: Session, stated: Mapping[str, Any], *, actor: PersonActor, now: datetime, key: str | None = None
) -> Stated:
    """Add an entry; the first one makes an appearance of her own.

    What can be said of a person once, such as her address, takes the place of what she said before.

    Args:
        stated: an entry as OwnEntryIn loads it.
        key: with it the same request again finds what it made before.

    Raises:
        KeyReused: this key came before with another content.
        TooManyChanges, SectionFull: it is too much.
    """
    take_turns(session, actor.id)
    (fresh,) = entries.made([{**stated, **_SELF_REPORT}], recording.provenance_of(actor, now))
    opened = own_words(session, actor)
    if key is not None:
        fresh = replace(fresh, id=_id_of(actor.id, key))
        known = _anywhere(opened, fresh.id)
        if known is not None:
            if exact_words(known.entry) != exact_words(fresh):
                raise recording.KeyReused("This Idempotency-Key was used for another request. Take a new one.")
            return known
    _insist_few(session, actor, now)
    if not opened:
        return _begun(session, fresh, actor=actor, now=now)
    held = _place_of(fresh, opened)
    return _stored(session, held, _beside(fresh, held.current), about=fresh, actor=actor, now=now)


def correct(
    session: Session, entry: UUID, stated: Mapping[str, Any], *, version: int, actor: PersonActor, now: datetime
) -> Stated:
    """Say something else in the place of an entry; what was said before stays as history.

    Raises:
        NotFound: as for `find`.
        ValidationError: it is of another kind.
        Conflict: it is not in the state that the change was made from.
        TooManyChanges: it is too much.
    """
    take_turns(session, actor.id)
    held, old = _insisted(own_words(session, actor), entry, version=version)
    if stated["kind"] != old.kind:
        raise ValidationError({"kind": ["A correction is of the kind of what it corrects."]})
    (fresh,) = entries.made([{**stated, **_SELF_REPORT}], recording.provenance_of(actor, now))
    if exact_words(fresh) == exact_words(old):
        return Stated(old, held.appearance_id, held.version)
    _insist_few(session, actor, now)
    return _stored(session, held, [_replaced(old, fresh), fresh], about=fresh, actor=actor, now=now)


def exchange(
    session: Session, entry: UUID, stated: Mapping[str, Any], *, version: int, actor: PersonActor, now: datetime
) -> Stated:
    """Say something of another kind in the place of an entry: both change, or neither.

    Raises:
        NotFound, Conflict, TooManyChanges: as for `correct`.
        SectionFull: as for `state`.
    """
    take_turns(session, actor.id)
    opened = own_words(session, actor)
    held, old = _insisted(opened, entry, version=version)
    (fresh,) = entries.made([{**stated, **_SELF_REPORT}], recording.provenance_of(actor, now))
    _insist_few(session, actor, now)
    there = _place_of(fresh, opened)
    made = [_replaced(old, fresh), *_beside(fresh, [one for one in there.current if one.id != old.id])]
    changed = [(there, made)] if there is held else [(held, made[:1]), (there, made[1:])]
    versions = stored(session, changed, actor=actor, now=now)
    return Stated(fresh, there.appearance_id, versions[there.compartment.value])


def take_back(session: Session, entry: UUID, *, version: int, actor: PersonActor, now: datetime) -> Stated:
    """End an entry: it counts no more, and stays as history.

    Raises:
        NotFound, Conflict: as for `correct`.
    """
    take_turns(session, actor.id)
    held, old = _insisted(own_words(session, actor), entry, version=version)
    ended = over(old, now)
    return _stored(session, held, [ended], about=ended, actor=actor, now=now)


def over(old: Entry, now: datetime) -> Entry:
    """Return an entry that she took back."""
    return replace(old, ended_at=now, end_reason=EndReason.WITHDRAWN.value)


def unseen_by(session: Session, actor: PersonActor, *, now: datetime) -> Sequence[AccessGrant]:
    """Return the grants that hold and open nothing of what she says herself: they were given before she said anything.

    A grant opens what it was signed for. So that an office sees this too she gives it another one.
    """
    own = set(appearances.of_herself(session, actor.id))
    said = {one.value for one in statable_compartments()}
    living = grants.living_of(session, actor.id, now, limit=_MOST_GRANTS) if own else ()
    seen: dict[tuple[UUID, str], set[str]] = {}
    for one in living:
        if own <= set(one.appearances):
            seen.setdefault((one.agency_id, one.purpose), set()).update(one.compartments)
    return [one for one in living if said & set(one.compartments) - seen.get((one.agency_id, one.purpose), set())]


def stored(
    session: Session,
    changed: Iterable[tuple[OpenedCompartment, Iterable[Entry]]],
    *,
    actor: PersonActor,
    now: datetime,
) -> dict[str, int]:
    """Store what became of entries of hers, and new ones; return the versions of the compartments."""
    after = [replace(held, entries=_merged(held.entries, some)) for held, some in changed]
    return recording.rewrite(session, actor.id, after, actor=actor, now=now)


def _stored(
    session: Session,
    held: OpenedCompartment,
    some: Iterable[Entry],
    *,
    about: Entry,
    actor: PersonActor,
    now: datetime,
) -> Stated:
    versions = stored(session, [(held, some)], actor=actor, now=now)
    return Stated(about, held.appearance_id, versions[held.compartment.value])


def _begun(session: Session, fresh: Entry, *, actor: PersonActor, now: datetime) -> Stated:
    """Make her own appearance; every compartment of it is there from then on."""
    record = WriteRecord(entries.documents([fresh]))
    written = KEEPER.ask(messages.Write([record], session=actor.token), messages.Sealed).results[0]
    if written.appearance is None:
        raise TypeError("the keeper made no appearance of a new record")
    appearances.keep_births(session, [written.appearance], written.sealed)
    line = log.Line(
        event=Event.ENTRIES_RECORDED,
        appearances=(written.appearance_id,),
        compartments=(compartment_of(fresh.kind).value,),
        persons=(actor.id,),
    )
    log.record(session, line, actor, now=now)
    return Stated(fresh, written.appearance_id, 1)


def _place_of(fresh: Entry, opened: Iterable[OpenedCompartment]) -> OpenedCompartment:
    """Return where a new entry goes."""
    return next(one for one in opened if one.compartment is compartment_of(fresh.kind))


def _beside(fresh: Entry, standing: Iterable[Entry]) -> list[Entry]:
    """Return a new entry with those that stand, replaced where such a thing can be said of a person once.

    Raises:
        SectionFull: more would stand than may.
    """
    again = fresh.kind not in SUBJECTS
    made = [*(_replaced(one, fresh) if again and one.kind == fresh.kind else one for one in standing), fresh]
    if sum(map(stands, made)) > MOST_ENTRIES:
        raise SectionFull("There are many entries of yours here already. Take back what counts no more.")
    return made


def _insisted(opened: Iterable[OpenedCompartment], entry: UUID, *, version: int) -> tuple[OpenedCompartment, Entry]:
    held, old = _standing(opened, entry)
    if held.version != version:
        raise appearances.Conflict("This was changed meanwhile. Load it again.")
    return held, old


def _standing(opened: Iterable[OpenedCompartment], entry: UUID) -> tuple[OpenedCompartment, Entry]:
    for held in opened:
        for one in held.current:
            if one.id == entry:
                return held, one
    raise NotFound("There is no such entry.")


def _anywhere(opened: Iterable[OpenedCompartment], entry: UUID) -> Stated | None:
    found = ((held, one) for held in opened for one in held.entries if one.id == entry)
    return next((Stated(one, held.appearance_id, held.version) for held, one in found), None)


def _insist_few(session: Session, actor: PersonActor, now: datetime) -> None:
    if log.count_of_hers(session, actor.id, Event.ENTRIES_RECORDED, since=now - _DAY) >= CHANGES_A_DAY:
        raise TooManyChanges("You changed your entries very often today. Go on tomorrow.")


def _replaced(old: Entry, fresh: Entry) -> Entry:
    if not stands(old):
        return old
    return replace(old, superseded_by=fresh.id, end_reason=EndReason.CHANGED.value)


def _merged(held: Sequence[Entry], some: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return all entries in their order in their new state, and those that are new at the end."""
    present = {one.id: one for one in some}
    known = {one.id for one in held}
    return (*(present.get(one.id, one) for one in held), *(one for one in present.values() if one.id not in known))


def _id_of(person: UUID, key: str) -> UUID:
    """Return the id of what this key makes; it is sealed with the entry and kept nowhere else."""
    return UUID(bytes=sha256(b"own-entry" + person.bytes + key.encode()).digest()[:16], version=4)

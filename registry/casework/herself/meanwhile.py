"""When a link ends: what she said herself while it stood, and whether it still counts.

The question is nowhere kept: links, lines and her own entries say that it is open, and one more line that she answered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from marshmallow import ValidationError
from sqlalchemy import select

from registry.audit import log
from registry.audit.events import Event
from registry.audit.models import AuditIndex, AuditLine
from registry.casework import linking
from registry.casework.herself import stating
from registry.db import bucket_of, take_turns
from registry.errors import NotFound
from registry.linkage import decisions
from registry.linkage.models import Link
from registry.profiles import appearances
from registry.profiles.models import Appearance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.actors import PersonActor
    from registry.profiles.reading import OpenedCompartment
    from schemas.entries import Entry

_TOLD = (Event.LINK_DECIDED, Event.LINK_CONFIRMED, Event.LINK_UNDONE, Event.LINK_ANSWERED, Event.ENTRIES_RECORDED)


@dataclass(frozen=True, slots=True)
class Linked:
    """A record that was, or is, taken for hers: since when, and until when."""

    link: UUID
    appearance: UUID
    source: UUID  #: the office that keeps it
    since: datetime  #: she confirmed it; where she never did, an office linked it
    until: datetime | None = None  #: none while it stands
    by: str | None = None  #: who ended it: person | officer


@dataclass(frozen=True, slots=True)
class Question:
    """A link that ended, and what she said herself while it stood and still says."""

    linked: Linked
    entries: tuple[Entry, ...]


def standing(session: Session, person: UUID, appearance: UUID) -> Linked:
    """Return since when a record is taken for hers.

    Raises:
        NotFound: nothing of that sort is linked to her.
    """
    link = decisions.standing_for(session, person).get(appearance)
    if link is None or appearances.by_id(session, appearance).person_id != person:
        raise NotFound("There is no such record.")
    lines = _lines(session, person)
    source = appearances.by_id(session, appearance).source_id
    return Linked(link.id, appearance, source, _since(link, lines))


def said_during(session: Session, linked: Linked, *, actor: PersonActor) -> tuple[Entry, ...]:
    """Return what she said herself while a link stood, and still says."""
    return tuple(entry for _, entry in _made(stating.own_words(session, actor), linked))


def waiting(session: Session, actor: PersonActor) -> list[Question]:
    """Return what she was not asked yet, the oldest first; nothing of hers is opened where nothing can be open."""
    found = _ended(session, actor.id)
    if not found:
        return []
    opened = stating.own_words(session, actor)
    asked = [Question(one, tuple(entry for _, entry in _made(opened, one))) for one in found]
    return [one for one in asked if one.entries]


def answer(session: Session, link: UUID, taking_back: Collection[UUID], *, actor: PersonActor, now: datetime) -> None:
    """Take back what she said while a link stood, and keep the rest; she is not asked again.

    Args:
        taking_back: ids of entries; what stood in their place before the link stands again.

    Raises:
        NotFound: nothing is asked about such a link, or about one of these entries.
    """
    take_turns(session, actor.id)
    linked = next((one for one in _ended(session, actor.id) if one.link == link), None)
    if linked is None:
        raise NotFound("There is nothing to answer.")
    _answered(session, linked, taking_back, opened=stating.own_words(session, actor), actor=actor, now=now)
    _note(session, linked, taking_back, actor=actor, now=now)


def part(
    session: Session, appearance: UUID, taking_back: Collection[UUID] | None, *, actor: PersonActor, now: datetime
) -> tuple[UUID, list[UUID]]:
    """Say "this is not me" and, in the same transaction, what still counts of what she said meanwhile.

    Returns as `linking.undo` does.

    Args:
        taking_back: ids of entries; None where she says nothing of them, so that she is asked later.

    Raises:
        NotFound: nothing of that sort is linked to her, or nothing is asked about one of these entries.
        ValidationError: her letter rests on this record, and her words go with it; she takes them back first.
        KeeperRefused: as for `linking.undo`.
    """
    linking.take_turns_about(session, [appearance])
    linked = standing(session, actor.id, appearance)
    opened = stating.own_words(session, actor)
    hers = [one for one in appearances.appearances_of(session, actor.id) if one.basis != "decided"]
    is_proof = any(one.id == appearance for one in hers)
    rests_on_it = is_proof and all(one.id == appearance or one.source_kind == "person" for one in hers)
    if rests_on_it and any(one.current for one in opened):
        raise ValidationError({"take_back": ["Your letter rests on this record. Take your entries back first."]})
    asked = 0 if taking_back is None else _answered(session, linked, taking_back, opened=opened, actor=actor, now=now)
    undone = linking.undo(session, appearance, actor=actor, now=now)
    if asked:
        _note(session, linked, taking_back or (), actor=actor, now=now)
    return undone


def _answered(
    session: Session,
    linked: Linked,
    taking_back: Collection[UUID],
    *,
    opened: Sequence[OpenedCompartment],
    actor: PersonActor,
    now: datetime,
) -> int:
    """Take entries back; return about how many she was asked."""
    asked = _made(opened, linked)
    back = set(taking_back)
    if not back <= {entry.id for _, entry in asked}:
        raise NotFound("There is no such entry.")
    everything = [(held, one) for held in opened for one in held.entries]
    changed: dict[str, tuple[OpenedCompartment, list[Entry]]] = {}
    for held, entry in asked:
        if entry.id in back:
            for place, one in ((held, stating.over(entry, now)), *_before(everything, entry, linked.since)):
                changed.setdefault(place.compartment, (place, []))[1].append(one)
    if changed:
        stating.stored(session, changed.values(), actor=actor, now=now)
    return len(asked)


def _before(
    everything: Sequence[tuple[OpenedCompartment, Entry]], entry: Entry, since: datetime
) -> Iterator[tuple[OpenedCompartment, Entry]]:
    """Yield what she had said, before the link, of which this took the place: it stands again."""
    for held, old in everything:
        if old.superseded_by != entry.id:
            continue
        if old.recorded_at < since:
            yield held, replace(old, superseded_by=None, end_reason=None)
        else:
            yield from _before(everything, old, since)


def _made(opened: Iterable[OpenedCompartment], linked: Linked) -> list[tuple[OpenedCompartment, Entry]]:
    return [
        (held, entry)
        for held in opened
        for entry in held.current
        if linked.since <= entry.recorded_at and (linked.until is None or entry.recorded_at <= linked.until)
    ]


def _ended(session: Session, person: UUID) -> list[Linked]:
    """Return links that ended and that she was not asked about, where she said anything while they stood."""
    rows = session.execute(
        select(Link, Appearance.source_id)
        .join(Appearance, (Appearance.bucket == Link.bucket) & (Appearance.id == Link.appearance_id))
        .where(Link.to_person == person, Link.status == "undone")
        .order_by(Link.decided_at)
    ).all()
    if not rows:
        return []
    lines = _lines(session, person)
    answered = {line.object_id for line in lines if line.event == Event.LINK_ANSWERED}
    spoken = [line.at for line in lines if line.event == Event.ENTRIES_RECORDED and line.agency_id is None]
    found = [
        Linked(link.id, link.appearance_id, source, _since(link, lines), _until(link, lines), link.decided_kind)
        for link, source in rows
        if link.id not in answered
    ]
    return [one for one in found if any(one.since <= at and (one.until is None or at <= one.until) for at in spoken)]


def _lines(session: Session, person: UUID) -> Sequence[AuditLine]:
    """Return the lines about her that say when a link began and ended, and when something was said."""
    about = (
        select(AuditLine)
        .join(AuditIndex, AuditIndex.line_id == AuditLine.id)
        .where(AuditIndex.bucket == bucket_of(person), AuditIndex.person_id == person, AuditLine.event.in_(_TOLD))
        .order_by(AuditLine.at)
    )
    return session.scalars(about).all()


def _since(link: Link, lines: Iterable[AuditLine]) -> datetime:
    told = {line.event: line.at for line in lines if line.object_id == link.id}
    return told.get(Event.LINK_CONFIRMED) or told.get(Event.LINK_DECIDED) or link.decided_at


def _until(link: Link, lines: Iterable[AuditLine]) -> datetime:
    """Return when it ended: by the keeper's word, which comes after whatever was waited for."""
    told = [line.at for line in lines if line.object_id == link.id and line.event == Event.LINK_UNDONE]
    return max([link.decided_at, *told])


def _note(session: Session, linked: Linked, taken_back: Collection[UUID], *, actor: PersonActor, now: datetime) -> None:
    line = log.Line(
        event=Event.LINK_ANSWERED,
        object_id=linked.link,
        appearances=appearances.of_herself(session, actor.id),
        results=len(set(taken_back)),
        persons=(actor.id,),
    )
    log.record(session, line, actor, now=now)

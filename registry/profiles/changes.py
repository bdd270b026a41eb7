"""What a source reports about single statements of its own: added, updated, corrected, deleted, retracted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from registry.profiles.entries import exact_words, restated, stands, words
from registry.profiles.subjects import heirs
from schemas.vocabularies.evidence import EndReason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from schemas.entries import Entry

E = TypeVar("E")

_UNMAPPED = "unmapped.path"


class Act(StrEnum):
    """What is reported about statements that the source names by its own reference."""

    ADD = "add"
    UPDATE = "update"  # what they said has changed since
    DELETE = "delete"  # what they said holds no more
    CORRECT = "correct"  # what they said never was so, and this is right
    RETRACT = "retract"  # what they said never was so


#: With these the source says nothing in the place of what it takes back.
TAKING_BACK = frozenset({Act.DELETE, Act.RETRACT})
_REASONS = {
    Act.UPDATE: EndReason.CHANGED.value,
    Act.CORRECT: EndReason.WRONG.value,
    Act.DELETE: EndReason.WITHDRAWN.value,
    Act.RETRACT: EndReason.WRONG.value,
}


@dataclass(frozen=True, slots=True)
class Change(Generic[E]):
    """One change, with what is stated now: as EntryIn loaded it, later as entries."""

    act: Act
    reference: str | None  #: the source's own id of the statements it is about; only an addition can do without
    stated: tuple[E, ...] = ()


def after(
    held: Sequence[Entry], stated: Sequence[Entry], *, changes: Sequence[Change[Entry]], now: datetime
) -> tuple[Entry, ...]:
    """Return an appearance's entries after one record of its source; the same record again changes nothing.

    Without changes the record is the source's whole present view. With changes it restates only the kinds that
    `stated` has, and everything else stands but what the changes name. What no mapping took is only added: it tells of
    this one message, such as which statement it deletes, and says nothing about the messages before. A change of
    something unknown adds what it states, and takes back nothing. What a record states and takes back itself was
    never stated.
    """
    if not changes:
        return restated(held, stated, now)
    whole = [entry for entry in stated if entry.kind != _UNMAPPED]
    kinds = {entry.kind for entry in whole}
    some = restated([old for old in held if old.kind in kinds], whole, now)
    said = {words(old) for old in held if old.kind == _UNMAPPED and stands(old)}
    added = [entry for entry in stated if entry.kind == _UNMAPPED and words(entry) not in said]
    state = (*_merged(held, some), *added)
    for change in changes:
        state = _changed(state, change, now)
    return _net(held, state, now)


def _merged(held: Sequence[Entry], some: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return all entries in their order with the present state of some, and those that are new at the end."""
    present, known = {entry.id: entry for entry in some}, {entry.id for entry in held}
    return (*(present.get(old.id, old) for old in held), *(entry for entry in some if entry.id not in known))


def _changed(held: Sequence[Entry], change: Change[Entry], now: datetime) -> tuple[Entry, ...]:
    """Apply one change; only where it names old statements does another date alone make a new one."""
    standing = [entry for entry in held if stands(entry)]
    named = [] if change.act is Act.ADD else [old for old in standing if old.reference == change.reference]
    again = {exact_words(entry) for entry in change.stated}
    gone = [old for old in named if exact_words(old) not in again]
    staying = {entry.id for entry in standing} - {old.id for old in gone}
    said = {words(entry) for entry in standing if entry.id in staying}
    fresh = []
    for entry in change.stated:
        if words(entry) not in said:
            said.add(words(entry))
            fresh.append(entry)
    reason, heir_of = _REASONS.get(change.act), _successors(gone, fresh)
    ended = [_over(old, heir_of[old.id].id if old.id in heir_of else None, reason=reason, now=now) for old in gone]
    return (*_merged(held, ended), *fresh)


def _successors(gone: Sequence[Entry], fresh: Sequence[Entry]) -> dict[UUID, Entry]:
    """Pair by subject first, then kind by kind in order: that these replace those is the source's own word."""
    pairs = heirs(gone, fresh)
    taken = {new.id for new in pairs.values()}
    for kind in {entry.kind for entry in gone}:
        olds = [old for old in gone if old.kind == kind and old.id not in pairs]
        news = [new for new in fresh if new.kind == kind and new.id not in taken]
        pairs |= {old.id: new for old, new in zip(olds, news, strict=False)}
    return pairs


def _net(before: Sequence[Entry], state: Sequence[Entry], now: datetime) -> tuple[Entry, ...]:
    """Return the state without what one record did and undid: old entries said again stand as they stood."""
    stood = {entry.id: entry for entry in before if stands(entry)}
    known = {entry.id for entry in before}
    passing = {entry.id: entry.superseded_by for entry in state if entry.id not in known and not stands(entry)}
    new = [entry for entry in state if entry.id not in known and stands(entry)]
    instead: dict[UUID, UUID] = {}
    for old in state:
        if old.id in stood and not stands(old):
            same = next((one for one in new if exact_words(one) == exact_words(old) and one.id not in instead), None)
            if same is not None:
                instead[same.id] = old.id
    back = set(instead.values())
    kept: list[Entry] = []
    for old in state:
        if old.id in back:
            kept.append(stood[old.id])
        elif old.id in stood and not stands(old):
            heir = _last(old.superseded_by, passing)
            kept.append(_over(stood[old.id], instead.get(heir, heir) if heir else None, reason=old.end_reason, now=now))
        elif old.id in known:
            kept.append(old)
    return (*kept, *(one for one in new if one.id not in instead))


def _last(heir: UUID | None, passing: dict[UUID, UUID | None]) -> UUID | None:
    while heir is not None and heir in passing:
        heir = passing[heir]
    return heir


def _over(old: Entry, heir: UUID | None, *, reason: str | None, now: datetime) -> Entry:
    if heir is None:
        return replace(old, ended_at=now, superseded_by=None, end_reason=reason)
    return replace(old, superseded_by=heir, end_reason=reason)

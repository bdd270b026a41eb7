"""What an office hears without asking: that something happened which concerns it, in the order of the log.

Only facts that it may know: of its own grants and requests, of what its live grants open, of ids that it knows. What
was said is read at the one door.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import ARRAY, Uuid, any_, literal, select, text, tuple_

from registry.audit import following
from registry.audit.events import Event
from registry.audit.models import AuditIndex
from registry.db import Sessions, act_for, bucket_of
from registry.exchange.cursors import CursorRefused
from registry.exchange.models import Recall
from registry.ledger.models import AccessGrant, GrantRequest
from registry.linkage.models import Link
from registry.profiles.models import Appearance, Erasure
from schemas.compartments import Compartment, Section, section_of
from schemas.vocabularies.access import GrantStatus, Purpose

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from registry.audit.following import Placed

#: Lines of the log that one answer looks through at most.
WINDOW = 1000
_GRANTS = frozenset({Event.GRANT_GIVEN, Event.GRANT_WITHDRAWN, Event.GRANT_EXPIRED})
# Taken back too: where who is who was decided anew, nobody of the office did it.
_REQUESTS = frozenset({Event.REQUEST_ANSWERED, Event.REQUEST_DECLINED, Event.REQUEST_WITHDRAWN, Event.REQUEST_EXPIRED})
_ENTRIES = frozenset({Event.ENTRIES_RECORDED, Event.ENTRIES_DELETED})
_LINKS = frozenset({Event.LINK_DECIDED, Event.LINK_UNDONE})
# Through the index by person: one look-up for each, however many there are.
_GIVEN = text(
    "SELECT f.number, l.grants FROM unnest(CAST(:persons AS uuid[])) AS hers (id)"
    " JOIN audit_index i ON i.bucket = get_byte(uuid_send(hers.id), 0) AND i.person_id = hers.id"
    " JOIN audit_line l ON l.id = i.line_id AND l.event = 'grant.given' JOIN audit_leaf f ON f.line_id = l.id"
)
EVENTS = _GRANTS | _REQUESTS | _ENTRIES | _LINKS | {Event.PERSON_ERASED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that happened."""

    at: datetime
    event: str
    person: UUID
    becomes: UUID | None = None  # her id from now on, where it changed for this office
    purpose: Purpose | None = None
    sections: frozenset[Section] = frozenset()
    grants: tuple[UUID, ...] = ()
    request: UUID | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the feed, the oldest first."""

    items: Sequence[Item]
    seen: int  #: where the next piece begins: lines of the log before it
    more: bool
    behind_seconds: int  #: age of the oldest line that was not looked at yet; 0 where there is none


def read(agency: UUID, *, seen: int, limit: int, now: datetime, looked_through: int = WINDOW) -> Piece:
    """Return what concerns an agency after a place in the log.

    A grant or request that was deleted with its person is not told any more; that she was erased is.

    Args:
        seen: lines of the log that were looked at before: `seen` of the piece before, or 0.
        limit: items at most.
        looked_through: lines of the log to look through at most.

    Raises:
        CursorRefused: the log does not reach there.
    """
    with Sessions() as session:
        act_for(session, agency=agency)
        window = following.window(session, EVENTS, seen=seen, size=looked_through)
        if seen > window.length:
            raise CursorRefused("The log does not reach there. Begin without one.")
        told = _Telling(session, agency, now).items(window.placed)
        shown = list(told.items())[: limit + 1]
        through = shown.pop()[0] if len(shown) > limit else window.through
        oldest = following.oldest_after(session, through)
    behind = 0 if oldest is None else max(0, int((now - oldest).total_seconds()))
    return Piece([item for _, item in shown], through, through < window.length, behind)


@dataclass(frozen=True, slots=True)
class _Held:
    """What of a grant of the agency matters here."""

    id: UUID
    person_id: UUID
    purpose: str
    sections: Sequence[str]
    compartments: Sequence[str]
    appearances: Sequence[UUID]
    status: str
    not_before: datetime
    not_after: datetime

    def holds_at(self, now: datetime) -> bool:
        """Say whether it opens anything at this moment."""
        return self.status == GrantStatus.ACTIVE and self.not_before <= now < self.not_after


_OF_GRANTS = [getattr(AccessGrant, part.name) for part in fields(_Held)]


@dataclass(frozen=True, slots=True)
class _Telling:
    """What lines mean for one agency; each question goes to the database once for all lines."""

    session: Session
    agency: UUID
    now: datetime

    def items(self, placed: Sequence[Placed]) -> dict[int, Item]:
        """Return by place what is told of these lines, in order; of what does not concern the agency nothing."""
        found = self._of_grants(placed) | self._of_requests(placed) | self._of_links(placed) | self._of_erasures(placed)
        return dict(sorted(found.items()))

    def _of_grants(self, placed: Sequence[Placed]) -> dict[int, Item]:
        about = [one for one in placed if one.event in _GRANTS | _ENTRIES]
        if not about:
            return {}
        concerned = tuple_(AccessGrant.bucket, AccessGrant.person_id).in_(_persons(about))
        own = select(*_OF_GRANTS).where(AccessGrant.agency_id == self.agency, concerned)
        held = [_Held(*row) for row in self.session.execute(own)]
        by_id = {grant.id: grant for grant in held}
        lives = {
            one.number: _item(one, by_id[grant], grants=(grant,))
            for one in about
            if one.event in _GRANTS
            for grant in one.grants
            if grant in by_id
        }
        return lives | self._of_entries(about, [grant for grant in held if grant.holds_at(self.now)])

    def _of_entries(self, placed: Sequence[Placed], live: Iterable[_Held]) -> dict[int, Item]:
        named: dict[UUID, list[_Held]] = {}
        for grant in live:
            for appearance in grant.appearances:
                named.setdefault(appearance, []).append(grant)
        opening = [
            (one, [grant for appearance in one.appearances for grant in named.get(appearance, ())])
            for one in placed
            if one.event in _ENTRIES
        ]
        given = self._given({grant.person_id for _, held in opening for grant in held})
        items = ((one.number, _changed(one, held, given)) for one, held in opening)
        return {number: item for number, item in items if item is not None}

    def _given(self, persons: Collection[UUID]) -> dict[UUID, int]:
        """Return the place of the line by which each grant was given; not of one whose line waits for its place."""
        if not persons:
            return {}
        lines = self.session.execute(_GIVEN, {"persons": list(persons)})
        return {grant: number for number, grants in lines for grant in grants}

    def _of_requests(self, placed: Sequence[Placed]) -> dict[int, Item]:
        about = [one for one in placed if one.event in _REQUESTS]
        if not about:
            return {}
        concerned = tuple_(GrantRequest.bucket, GrantRequest.person_id).in_(_persons(about))
        own = self.session.scalars(select(GrantRequest).where(GrantRequest.agency_id == self.agency, concerned))
        by_id = {request.id: request for request in own}
        return {
            one.number: _item(one, request, grants=tuple(one.grants), request=request.id)
            for one in about
            if one.object_id is not None and (request := by_id.get(one.object_id)) is not None
        }

    def _of_links(self, placed: Sequence[Placed]) -> dict[int, Item]:
        """Return moves of the agency's own appearances, and which of its grants lost one that was given back."""
        about = [one for one in placed if one.event in _LINKS]
        if not about:
            return {}
        rows = self.session.execute(
            select(Link, Appearance)
            .join(Appearance, (Appearance.bucket == Link.bucket) & (Appearance.id == Link.appearance_id))
            .where(Link.id.in_({one.object_id for one in about}))
        )
        own = {link.id: link for link, moved in rows if (moved.source_kind, moved.source_id) == ("agency", self.agency)}
        holders = self._holders(about)
        items = (
            (one.number, _relinked(one, own.get(one.object_id) if one.object_id else None, holders)) for one in about
        )
        return {number: item for number, item in items if item is not None}

    def _holders(self, placed: Sequence[Placed]) -> dict[UUID, UUID]:
        """Return who gave each of the agency's grants that these lines name."""
        named = {grant for one in placed for grant in one.grants}
        if not named:
            return {}
        concerned = tuple_(AccessGrant.bucket, AccessGrant.person_id).in_(_persons(placed))
        own = select(AccessGrant.id, AccessGrant.person_id).where(
            AccessGrant.agency_id == self.agency, AccessGrant.id.in_(named), concerned
        )
        return dict(self.session.execute(own).all())

    def _of_erasures(self, placed: Sequence[Placed]) -> dict[int, Item]:
        about = {one.object_id: one for one in placed if one.event == Event.PERSON_ERASED}
        if not about:
            return {}
        orders = select(Erasure.id, Erasure.person_id).where(Erasure.id.in_(about))
        erased = self.session.execute(orders).all()
        recalled = self._recalled({person for _, person in erased})
        return {
            about[erasure].number: Item(
                at=about[erasure].at,
                event=about[erasure].event,
                person=person,
                grants=tuple(recall.grant_id for recall in recalled[person]),
            )
            for erasure, person in erased
            if person in recalled
        }

    def _recalled(self, persons: Collection[UUID]) -> dict[UUID, list[Recall]]:
        """Return by person the recalls of this agency's grants; they stay when the grants are gone."""
        keys = {(bucket_of(person), person) for person in persons}
        if not keys:
            return {}
        rows = self.session.scalars(
            select(Recall).where(Recall.agency_id == self.agency, tuple_(Recall.bucket, Recall.person_id).in_(keys))
        )
        found: dict[UUID, list[Recall]] = {}
        for row in rows:
            found.setdefault(row.person_id, []).append(row)
        return found


def _persons(placed: Iterable[Placed]) -> Select[int, UUID]:
    """Return who lines are about, as a condition."""
    lines = [one.id for one in placed]
    return select(AuditIndex.bucket, AuditIndex.person_id).where(
        AuditIndex.line_id == any_(literal(lines, ARRAY(Uuid())))
    )


def _item(
    placed: Placed, about: _Held | GrantRequest, *, grants: tuple[UUID, ...], request: UUID | None = None
) -> Item:
    return Item(
        at=placed.at,
        event=placed.event,
        person=about.person_id,
        purpose=Purpose(about.purpose),
        sections=frozenset(map(Section, about.sections)),
        grants=grants,
        request=request,
    )


def _relinked(placed: Placed, own: Link | None, holders: Mapping[UUID, UUID]) -> Item | None:
    """Return what is told of a link: that an appearance of the agency's own moved, and which of its grants lost one.

    Args:
        own: the link, if it moved an appearance of the agency's own.
        holders: who gave each grant of the agency's.
    """
    lost = [grant for grant in placed.grants if grant in holders]
    if own is None and not lost:
        return None
    before, after = (holders[lost[0]], None) if own is None else (own.from_person, own.to_person)
    if own is not None and placed.event == Event.LINK_UNDONE:
        before, after = own.to_person, own.from_person
    return Item(at=placed.at, event=placed.event, person=before, becomes=after, grants=tuple(lost))


def _changed(placed: Placed, held: Iterable[_Held], given: Mapping[UUID, int]) -> Item | None:
    """Return what is told of changed entries to whoever holds these grants of their appearance, if anything.

    What came before a grant is part of what the grant opened, and its own item stands behind it.
    """
    known = [grant for grant in held if given.get(grant.id, placed.number) < placed.number]
    opening = {grant.id: grant for grant in known if not set(grant.compartments).isdisjoint(placed.compartments)}
    if not opening:
        return None
    compartments = set().union(*(grant.compartments for grant in opening.values())).intersection(placed.compartments)
    return Item(
        at=placed.at,
        event=placed.event,
        person=next(iter(opening.values())).person_id,
        sections=_sections(compartments),
        grants=tuple(opening),
    )


def _sections(compartments: Iterable[str]) -> frozenset[Section]:
    found = {section_of(Compartment(compartment)) for compartment in compartments}
    return frozenset(section for section in found if section is not None)

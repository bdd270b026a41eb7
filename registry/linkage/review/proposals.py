"""One proposal before a reviewer: which of the two records are her own office's, and what was said of them before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text, tuple_

from registry.audit.events import Event
from registry.audit.models import AuditIndex, AuditLine
from registry.db import bucket_of
from registry.linkage.models import Link
from registry.profiles.models import Appearance

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

_EVENTS = (
    Event.LINK_PROPOSED,
    Event.LINK_LEFT,
    Event.LINK_DECIDED,
    Event.LINK_REJECTED,
    Event.LINK_CONFIRMED,
    Event.LINK_UNDONE,
)
_MOST_TURNS = 50
#: Written out, because only so the index of such lines is used by every plan.
IS_LEFT = text(f"audit_line.event = '{Event.LINK_LEFT.value}'")


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that was said of two records, and by what kind of actor; never by whom."""

    at: datetime
    event: str
    by: str | None  #: run | officer | person
    reason: str | None  #: as the line has it


def own_records(session: Session, link: Link, agency: UUID) -> dict[UUID, UUID]:
    """Return those of the two records that an agency keeps itself, each with whose it is."""
    pair = [(bucket_of(one), one) for one in (link.appearance_id, link.other_id)]
    found = session.execute(
        select(Appearance.id, Appearance.person_id).where(
            tuple_(Appearance.bucket, Appearance.id).in_(pair),
            Appearance.source_kind == "agency",
            Appearance.source_id == agency,
        )
    )
    return dict(found.all())


def turns_of(session: Session, link: Link) -> list[Turn]:
    """Return what was said of these two records, the newest first; found through whoever they belong or belonged to."""
    pair = [link.appearance_id, link.other_id]
    lines = (
        select(AuditLine.at, AuditLine.event, AuditLine.basis, AuditLine.reason)
        .where(
            AuditLine.id.in_(_lines_about(_persons(session, pair))),
            AuditLine.event.in_(_EVENTS),
            AuditLine.appearances.bool_op("@>")(pair),
        )
        .order_by(AuditLine.at.desc())
        .limit(_MOST_TURNS)
    )
    return [Turn(*row) for row in session.execute(lines)]


def left(session: Session, links: Collection[UUID]) -> set[UUID]:
    """Return those of these proposals that somebody looked at before and left to be decided."""
    lines = select(AuditLine.object_id).where(IS_LEFT, AuditLine.object_id.in_(links))
    return {one for one in session.scalars(lines) if one is not None}


def left_by(session: Session, link: UUID, officer: UUID) -> bool:
    """Say whether this officer looked at this proposal before and left it."""
    lines = select(AuditLine.id).where(IS_LEFT, AuditLine.object_id == link, AuditLine.officer_id == officer)
    return session.scalar(lines.limit(1)) is not None


def _persons(session: Session, pair: list[UUID]) -> set[UUID]:
    now = session.scalars(select(Appearance.person_id).where(Appearance.id.in_(pair)))
    between = select(Link.from_person, Link.to_person).where(Link.appearance_id.in_(pair), Link.other_id.in_(pair))
    return {*now, *(one for row in session.execute(between) for one in row)}


def _lines_about(persons: Collection[UUID]) -> Select[UUID]:
    keys = [(bucket_of(one), one) for one in persons]
    return select(AuditIndex.line_id).where(tuple_(AuditIndex.bucket, AuditIndex.person_id).in_(keys))

"""Writing and reading lines; a line is written in the transaction of what it tells."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import delete, func, literal, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.actors import House, Machine, Officer, PersonActor, RunActor
from registry.audit.events import Event, Outcome
from registry.audit.models import AnonymousRefusal, AuditIndex, AuditLine, AuditQueue
from registry.db import Plain, bucket_of, copy_in, on
from registry.lines import APPEND, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection, TextClause
    from sqlalchemy.orm import Session


Actor: TypeAlias = Officer | PersonActor | Machine | RunActor | House

#: Any number; whoever gives lines their place holds this lock.
_LOCK = 0x6C6F67
_APPEND = text(re.sub(r"%\((\w+)\)s", r":\1", APPEND))


_OF_GIVER = " AND i.bucket = get_byte(uuid_send(CAST(:giver AS uuid)), 0) AND i.person_id = :giver"
_NAMING = " AND l.appearances @> ARRAY[CAST(:appearance AS uuid)]"
_ABOUT_IT_ALONE = " AND l.appearances = ARRAY[CAST(:appearance AS uuid)]"
_ABOUT_THESE = " AND l.object_id = ANY(CAST(:objects AS uuid[]))"


def _sharing(which: str) -> TextClause:
    return text(
        "INSERT INTO audit_index (bucket, person_id, line_id)"  # noqa: S608 - our own condition
        " SELECT get_byte(uuid_send(CAST(:taker AS uuid)), 0), :taker, i.line_id FROM audit_index i,"
        f" audit_line l WHERE l.id = i.line_id{_OF_GIVER}{which} ON CONFLICT DO NOTHING"
    )


def _parting(which: str) -> TextClause:
    return text(
        "DELETE FROM audit_index i USING audit_line l"  # noqa: S608 - as above
        f" WHERE l.id = i.line_id{_OF_GIVER}{which}"
    )


_SHARE, _PART = _sharing(_NAMING), _parting(_ABOUT_IT_ALONE)
_SHARE_THESE, _PART_THESE = _sharing(_ABOUT_THESE), _parting(_ABOUT_THESE)
_FORGET = text(
    "DELETE FROM audit_index i USING audit_line l WHERE l.id = i.line_id"
    " AND (l.appearances && CAST(:gone AS uuid[]) OR l.object_id = ANY(CAST(:objects AS uuid[])))"
    " AND NOT EXISTS (SELECT 1 FROM person p WHERE p.id = i.person_id)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a line says beside who and when; `persons` go to the index, never into the line."""

    event: Event
    outcome: Outcome = Outcome.DONE
    reason: str | None = None  # code of a refusal; of a request or a link: why
    responsible_id: UUID | None = None  # who approved, or in whose name it was done
    object_id: UUID | None = None  # what was enrolled, linked, asked for or ordered
    purpose: str | None = None
    basis: str | None = None
    grants: tuple[UUID, ...] = ()
    appearances: tuple[UUID, ...] = ()
    compartments: tuple[str, ...] = ()
    results: int | None = None
    persons: tuple[UUID, ...] = ()


_SAID = [field.name for field in fields(Line) if field.name != "persons"]


def record(
    session: Session | Connection,
    line: Line,
    actor: Actor | None,
    *,
    now: datetime,
) -> UUID:
    """Append a line to this transaction and return its id."""
    return record_all(session, [line], actor, now=now)[0]


def record_all(
    session: Session | Connection,
    lines: Sequence[Line],
    actor: Actor | None,
    *,
    now: datetime,
) -> list[UUID]:
    """Append several lines of one actor at once and return their ids, in order."""
    who = _who(actor)
    rows = [_row(line, who, now) for line in lines]
    if len(lines) == 1:
        on(session).execute(_APPEND, rows[0] | {"persons": list(lines[0].persons)})
    else:
        _append_many(session, rows, lines)
    return [row["id"] for row in rows]


def commit(line: Line, actor: Officer | PersonActor | RunActor, *, now: datetime) -> UUID:
    """Append a line by a statement of its own and return its id; after this it is committed."""
    row = _row(line, _who(actor), now)
    Plain.fetch(APPEND, row | {"persons": list(line.persons)})
    line_id: UUID = row["id"]
    return line_id


def _row(line: Line, who: dict[str, Any], now: datetime) -> dict[str, Any]:
    said = {field: getattr(line, field) for field in _SAID}
    said |= {name: list(said[name]) for name in ("grants", "appearances", "compartments")}
    return row_of(said | who, now)


def _append_many(session: Session | Connection, rows: Sequence[dict[str, object]], lines: Sequence[Line]) -> None:
    copy_in(session, AuditLine, rows)
    copy_in(session, AuditQueue, [{"line_id": row["id"]} for row in rows])
    about = [
        {"bucket": bucket_of(person), "person_id": person, "line_id": row["id"]}
        for row, line in zip(rows, lines, strict=True)
        for person in line.persons
    ]
    copy_in(session, AuditIndex, about)


def count_anonymous(session: Session, reason: str, now: datetime) -> None:
    """Count a refusal of somebody who has not signed in."""
    row = {"minute": now.replace(second=0, microsecond=0), "reason": reason, "count": 1}
    statement = upsert(AnonymousRefusal).values(**row)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["minute", "reason"], set_={"count": AnonymousRefusal.count + literal(1)}
        )
    )


def lines_about(
    session: Session, person: UUID, *, limit: int = 200, before: tuple[datetime, UUID] | None = None
) -> Sequence[AuditLine]:
    """Return lines about a person, newest first.

    Args:
        before: moment and id of a line; only what comes after it in this order is returned.
    """
    about = (
        select(AuditLine)
        .join(AuditIndex, AuditIndex.line_id == AuditLine.id)
        .where(AuditIndex.bucket == bucket_of(person), AuditIndex.person_id == person)
    )
    if before is not None:
        about = about.where(tuple_(AuditLine.at, AuditLine.id) < before)
    return session.scalars(about.order_by(AuditLine.at.desc(), AuditLine.id.desc()).limit(limit)).all()


def first_about(session: Session, person: UUID) -> datetime | None:
    """Return the moment of the oldest line about a person: so far back goes what she can see."""
    about = (
        select(func.min(AuditLine.at))
        .join(AuditIndex, AuditIndex.line_id == AuditLine.id)
        .where(AuditIndex.bucket == bucket_of(person), AuditIndex.person_id == person)
    )
    return session.scalar(about)


def count_of_hers(session: Session, person: UUID, event: Event, *, since: datetime) -> int:
    """Return how often a person did something herself since a moment: lines about her that name no office."""
    about = (
        select(func.count())
        .select_from(AuditLine)
        .join(AuditIndex, AuditIndex.line_id == AuditLine.id)
        .where(
            AuditIndex.bucket == bucket_of(person),
            AuditIndex.person_id == person,
            AuditLine.event == event.value,
            AuditLine.at >= since,
            AuditLine.agency_id.is_(None),
            AuditLine.session_id.is_not(None),
        )
    )
    return int(session.scalar(about) or 0)


def forget_person(
    session: Session, person: UUID, appearances: Sequence[UUID], *, requests: Sequence[UUID] = ()
) -> None:
    """Delete which lines were about a person; the lines themselves stay and name nobody.

    Args:
        appearances: what is erased; who they belonged to before is forgotten with them.
        requests: what she was asked for, in the same way.
    """
    session.execute(delete(AuditIndex).where(AuditIndex.bucket == bucket_of(person), AuditIndex.person_id == person))
    session.execute(_FORGET, {"gone": list(appearances), "objects": list(requests)})


def share_index(session: Session, appearance: UUID, *, giver: UUID, taker: UUID) -> None:
    """Let one person's list show, too, what was noted about an appearance while it was another's."""
    session.execute(_SHARE, {"giver": giver, "taker": taker, "appearance": appearance})


def part_index(session: Session, appearance: UUID, *, giver: UUID, taker: UUID) -> None:
    """Put lines that name an appearance into the list of whom it goes to; about others too, they stay in both."""
    session.execute(_SHARE, {"giver": giver, "taker": taker, "appearance": appearance})
    session.execute(_PART, {"giver": giver, "appearance": appearance})


def forget_in_index(session: Session, appearance: UUID, *, person: UUID) -> None:
    """Take lines that name an appearance out of a person's list: what it said was another's who is gone."""
    session.execute(_PART, {"giver": person, "appearance": appearance})


def pass_on(session: Session, objects: Sequence[UUID], *, giver: UUID, taker: UUID, keeping: bool) -> None:
    """Put lines about requests into the list of whom these go to.

    Args:
        objects: ids of the requests.
        keeping: whether they stay in the giver's list too.
    """
    session.execute(_SHARE_THESE, {"giver": giver, "taker": taker, "objects": list(objects)})
    if not keeping:
        session.execute(_PART_THESE, {"giver": giver, "objects": list(objects)})


def try_sequencer_lock(session: Session) -> bool:
    """Say whether this transaction is the one sequencer."""
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": _LOCK}))


def _who(actor: Actor | None) -> dict[str, object]:
    who: dict[str, object] = dict.fromkeys(("session_id", "agency_id", "officer_id", "run_id"))
    match actor:
        case RunActor():
            return who | {"agency_id": actor.agency_id, "run_id": actor.id}
        case Machine():
            return who | {"session_id": actor.session_id, "agency_id": actor.agency_id}
        case Officer():
            return who | {"session_id": actor.session_id, "agency_id": actor.agency_id, "officer_id": actor.id}
        case PersonActor():
            return who | {"session_id": actor.session_id}
        case House():
            return who | {"agency_id": actor.agency_id}
    return who

"""Alarms of unusual questions: a line for each officer and day, told until somebody who protects data has seen it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from registry.actors import House
from registry.audit import log
from registry.audit.events import Event
from registry.audit.watching import counters, lists
from registry.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.actors import Officer
    from registry.audit.watching.counters import Asked
    from registry.audit.watching.lists import Listed

#: By what it was asked.
COUNTER: Final = "counter"
LISTS: Final = "lists"
#: Nobody reads more at once; those not seen come first.
_MOST = 200
#: Officers looked at by one statement: after a standstill there are days of all of them.
_AT_ONCE = 100
_LOCK = 0x77617463
#: The office of each officer who is alarmed about, where the housekeeper may not see more of them.
_OFFICES = text("SELECT id, agency_id FROM officer WHERE id = ANY(:officers)")
_RAISED = text("""
    SELECT object_id, reason FROM audit_line
    WHERE event = 'questions.alarmed' AND agency_id = ANY(:agencies) AND object_id = ANY(:officers)
""")
_ONE = text("""
    SELECT line.object_id AS officer, EXISTS (
        SELECT FROM audit_line AS seen WHERE seen.event = 'questions.seen' AND seen.object_id = line.id) AS is_seen
    FROM audit_line AS line
    WHERE line.event = 'questions.alarmed' AND line.agency_id = :agency AND line.id = :alarm
""")
_TOLD = text("""
    SELECT line.id, line.object_id, line.reason, line.at, (
        SELECT min(at) FROM audit_line AS seen WHERE seen.event = 'questions.seen' AND seen.object_id = line.id) AS seen
    FROM audit_line AS line
    WHERE line.event = 'questions.alarmed' AND line.agency_id = :agency
""")
_STILL = text(f"""
    WITH told AS ({_TOLD.text})
    SELECT told.*, officer.name FROM told LEFT JOIN officer ON officer.id = told.object_id
    WHERE seen IS NULL OR seen >= :since ORDER BY seen IS NOT NULL, at DESC LIMIT {_MOST}
""")  # noqa: S608 - our own statement and number
_UNSEEN = text(f"SELECT count(*) FROM ({_TOLD.text}) AS told WHERE seen IS NULL")  # noqa: S608 - as above
_NAMES = text("SELECT id, name FROM officer WHERE id = ANY(:officers)")


@dataclass(frozen=True, slots=True)
class Alarm:
    """That the questions of one officer, or the runs she opened, looked like fishing on one day."""

    kind: str  #: counter | lists
    officer: UUID
    day: date  #: on which the 24 hours began (UTC)
    figures: Mapping[str, int]
    id: UUID | None = None  #: of its line; none: it has none yet
    name: str = ""
    seen_at: datetime | None = None

    @property
    def key(self) -> tuple[str, UUID, date]:
        """Return of what there is one alarm."""
        return self.kind, self.officer, self.day


def raise_new(session: Session, *, since: datetime, lately: datetime, now: datetime) -> list[tuple[UUID, Alarm]]:
    """Write a line for each alarm that has none yet; return them, each with its agency.

    However often, and however many do it at once: there is one line for each officer, day and kind.

    Args:
        since: so far back is looked for questions.
        lately: whoever asked nothing at a counter since then was looked at before.
    """
    busy = counters.busy(session, since=since, lately=lately)
    found: list[Alarm] = []
    for start in range(0, len(busy), _AT_ONCE):
        some = counters.unusual(session, busy[start : start + _AT_ONCE], since=since)
        found += [_of_counter(one) for one in some]
    for agency in lists.agencies(session, since=since):
        found += [_of_lists(one) for one in lists.unusual(session, agency, since=since, now=now)]
    if not found:
        return []
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    officers = [one.officer for one in found]
    offices: dict[UUID, UUID] = dict(session.execute(_OFFICES, {"officers": officers}).all())
    raised = session.execute(_RAISED, {"agencies": list(set(offices.values())), "officers": officers})
    known = {(*read[:2], officer) for officer, reason in raised if (read := _read(reason)) is not None}
    new = [one for one in found if one.officer in offices and (one.kind, one.day, one.officer) not in known]
    for one in new:
        log.record(session, _line(one), House(agency_id=offices[one.officer]), now=now)
    return [(offices[one.officer], one) for one in new]


def of_agency(session: Session, agency: UUID, *, now: datetime) -> Sequence[Alarm]:
    """Return what is to be told to whoever watches over an agency: not seen yet first, then what was seen lately.

    Figures are those of now, where it is unusual still, else those of the line. What has no line yet is told too.
    """
    since = now - counters.BACK
    found = [_of_counter(one) for one in counters.unusual(session, counters.of_agency(session, agency), since=since)]
    found += [_of_lists(one) for one in lists.unusual(session, agency, since=since, now=now)]
    live = {one.key: one for one in found}
    told = []
    for row in session.execute(_STILL, {"agency": agency, "since": since}):
        read = _read(row.reason)
        if read is None:
            continue
        kind, day, figures = read
        present = live.pop((kind, row.object_id, day), None)
        shown = present.figures if present else figures
        told.append(Alarm(kind, row.object_id, day, shown, row.id, row.name or "", row.seen))
    officers = [one.officer for one in live.values()]
    names: dict[UUID, str] = dict(session.execute(_NAMES, {"officers": officers}).all())
    fresh = [replace(one, name=names.get(one.officer, "")) for one in live.values()]
    return [*fresh, *told]


def unseen(session: Session, agency: UUID) -> int:
    """Return how many alarms of an agency nobody has seen who should."""
    return int(session.scalar(_UNSEEN, {"agency": agency}) or 0)


def see(session: Session, alarm: UUID, *, actor: Officer, now: datetime) -> None:
    """Note that whoever protects data at an agency knows of an alarm; once, and never of one about herself.

    Raises:
        NotFound: there is no such alarm of this officer's agency, or it is about her.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    found = session.execute(_ONE, {"agency": actor.agency_id, "alarm": alarm}).one_or_none()
    if found is None or found.officer == actor.id:
        raise NotFound("There is no such alarm.")
    if not found.is_seen:
        log.record(session, log.Line(event=Event.QUESTIONS_SEEN, object_id=alarm), actor, now=now)


def _of_counter(one: Asked) -> Alarm:
    return _alarm(COUNTER, one)


def _of_lists(one: Listed) -> Alarm:
    return _alarm(LISTS, one)


def _alarm(kind: str, one: Asked | Listed) -> Alarm:
    figures = asdict(one)
    return Alarm(
        kind, figures.pop("officer"), figures.pop("day"), {name: int(count) for name, count in figures.items()}
    )


def _line(alarm: Alarm) -> log.Line:
    """Return the line of an alarm: kind, day and counts, for reading it again."""
    said = [alarm.kind, alarm.day.isoformat(), *(f"{name}:{count}" for name, count in alarm.figures.items())]
    return log.Line(event=Event.QUESTIONS_ALARMED, object_id=alarm.officer, reason=" ".join(said))


def _read(reason: str | None) -> tuple[str, date, dict[str, int]] | None:
    """Return kind, day and counts out of what `_line` wrote; None of what somebody else did."""
    try:
        kind, day, *figures = (reason or "").split()
        counts = (one.partition(":") for one in figures)
        return kind, date.fromisoformat(day), {name: int(count) for name, _, count in counts}
    except ValueError:
        return None

"""Questions by lists that look like fishing: many people found whom the agency neither had nor takes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

#: From so many found elsewhere in 24 hours on it is looked at what became of them, as at the counter. Of 5,000
#: strangers, a day's most, some four are called known by mistake (6 of 8,100 were).
MANY = 20
#: Of so many found elsewhere one at least is taken in, as at the counter.
ONE_OF = 4
#: Only like somebody elsewhere are some of each list; where one in so many is, something else is looked for.
ONE_LIKE_OF = 10
#: Time to take in whom a list was about, from its first question: a day after the last of its 24 hours.
GRACE = timedelta(days=2)
#: So many found elsewhere are told at once, whatever follows: a tenth of what an agency may ask in a day, and as much
#: as sixteen officers may ask about in an hour.
AT_ONCE = 500
#: So many questions beyond ten of one name, more than one in `ONE_OF`, are told at once: that is trying, not a list.
TRIED = 20
#: What the line of a question says of its answer: the grade, and that the own records have everybody it means.
ANSWERED: Final = "answered:"
OWN: Final = " own"

_AGENCIES = text("""
    SELECT DISTINCT agency_id FROM audit_line
    WHERE run_id IS NOT NULL AND event IN ('match.asked', 'list.asked') AND at >= :since AND agency_id IS NOT NULL
""")
_ASKED = text("""
    WITH said AS (
        SELECT line.id, run.opened_by AS officer, line.agency_id AS agency, line.at, line.event, line.results,
            line.event = 'match.asked' AND line.reason IN ('answered:known', 'answered:look') AS is_elsewhere,
            line.event = 'match.asked' AND line.reason LIKE 'answered:known%' AS is_known,
            coalesce(substring(line.reason FROM 'too-often:([0-9]+)')::int, 0) AS too_often
        FROM audit_line AS line JOIN run ON run.id = line.run_id
        WHERE line.run_id IS NOT NULL AND line.event IN ('match.asked', 'list.asked')
            AND line.agency_id = :agency AND line.at >= :since
    ), taken AS ( -- who is kept there and here by now; each person for one question only
        SELECT DISTINCT ON (officer, person_id) said.id FROM said JOIN audit_index AS about ON line_id = said.id
        WHERE is_elsewhere
            AND EXISTS (SELECT FROM appearance WHERE appearance.person_id = about.person_id
                AND source_kind = 'agency' AND source_id = agency)
            AND EXISTS (SELECT FROM appearance WHERE appearance.person_id = about.person_id
                AND source_kind = 'agency' AND source_id <> agency)
        ORDER BY officer, person_id, at, said.id
    ), counted AS (
        SELECT officer, at, event,
            coalesce(sum(results) FILTER (WHERE event = 'list.asked') OVER following, 0) AS asked,
            count(*) FILTER (WHERE event = 'match.asked') OVER following AS found,
            count(*) FILTER (WHERE is_known) OVER following AS known,
            count(*) FILTER (WHERE is_elsewhere) OVER following AS elsewhere,
            count(*) FILTER (WHERE is_elsewhere AND id IN (SELECT id FROM taken)) OVER following AS taken,
            count(*) FILTER (WHERE is_elsewhere AND is_known) OVER following AS surely,
            count(*) FILTER (WHERE is_elsewhere AND is_known AND id IN (SELECT id FROM taken)) OVER following
                AS surely_taken,
            coalesce(sum(too_often) OVER following, 0) AS refused
        FROM said
        WINDOW following AS (PARTITION BY officer ORDER BY at RANGE BETWEEN CURRENT ROW AND :day FOLLOWING)
    )
    SELECT DISTINCT ON (day, officer) officer, (at AT TIME ZONE 'UTC')::date AS day,
        asked, found, known, elsewhere, taken, refused
    FROM counted
    WHERE elsewhere >= :at_once
        OR refused >= :tried AND refused > asked / :one_of
        OR at < :settled AND (
            surely >= :many AND surely_taken < surely / :one_of
            OR elsewhere >= :many AND elsewhere >= asked / :one_like_of AND taken < elsewhere / :one_of)
    ORDER BY day DESC, officer, elsewhere DESC, asked DESC, refused DESC
""").bindparams(day=timedelta(days=1), many=MANY, one_of=ONE_OF, one_like_of=ONE_LIKE_OF, at_once=AT_ONCE, tried=TRIED)


@dataclass(frozen=True, slots=True)
class Listed:
    """What was asked by lists within a day, under runs that one officer opened, and what became of it."""

    officer: UUID
    day: date  #: on which those 24 hours began (UTC)
    asked: int  #: people of whom it was asked whether they are known
    found: int  #: those that somebody was found for
    known: int  #: those of them that were answered with "known"
    elsewhere: int  #: those for whom no record of the agency's own was found
    taken: int  #: those of them of whom the agency keeps a record by now
    refused: int  #: not answered, because the name was asked too often


def agencies(session: Session, *, since: datetime) -> list[UUID]:
    """Return the agencies that asked by lists since then."""
    return list(session.scalars(_AGENCIES, {"since": since}))


def unusual(session: Session, agency: UUID, *, since: datetime, now: datetime) -> Sequence[Listed]:
    """Return who of an agency opened runs that asked unusually, and on which days, the newest first."""
    values = {"agency": agency, "since": since, "settled": now - GRACE}
    return [Listed(*row) for row in session.execute(_ASKED, values)]

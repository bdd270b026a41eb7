"""Questions that look like fishing: who of an office asks about many people and goes on with few of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

#: So far back is looked.
BACK = timedelta(days=14)
#: From so many questions within 24 hours on it is looked at what became of them: fewer are asked at every counter.
MANY = 20
#: Of so many questions one at least leads on at a counter that works: a name is asked for again when it was misheard.
ONE_OF = 4
#: So often refused within a day: who is told to wait an hour and goes on asking is not serving a queue.
REFUSED = 3

# By the index of lines by officer and moment. From each question on it is looked at the day that follows it, whatever
# the calendar says: a window that begins at midnight would halve what is asked around it.
_ASKED = text("""
    WITH said AS (
        SELECT line.id, officer.id AS officer, officer.name, line.at, line.event, line.outcome
        FROM officer JOIN audit_line AS line ON line.officer_id = officer.id AND line.at >= :since
        WHERE officer.agency_id = :agency AND (
            event IN ('match.asked', 'person.created', 'profile.opened')
            OR event = 'request.refused' AND reason = 'rate.identities')
    ), nothing_opened AS (
        SELECT object_id FROM audit_line AS line JOIN officer ON line.officer_id = officer.id
        WHERE officer.agency_id = :agency AND line.at >= :since AND event = 'opening.refused'
    ), about AS (
        SELECT said.*, person_id FROM said JOIN audit_index ON line_id = said.id
        WHERE event IN ('match.asked', 'profile.opened') AND said.id NOT IN (SELECT object_id FROM nothing_opened)
    ), opened AS (
        SELECT id, at, lag(at) OVER (PARTITION BY officer, person_id ORDER BY at) AS opened_before
        FROM about AS one WHERE event = 'profile.opened' AND outcome = 'permitted' AND EXISTS (
            SELECT FROM about AS asked WHERE asked.event = 'match.asked' AND asked.officer = one.officer
            AND asked.person_id = one.person_id AND asked.at BETWEEN one.at - :day AND one.at)
    ), counted AS (
        SELECT officer, name, at, event,
            count(*) FILTER (WHERE event = 'match.asked') OVER following AS questions,
            count(*) FILTER (WHERE event = 'person.created' AND outcome <> 'refused' OR id IN (
                SELECT id FROM opened WHERE opened_before IS NULL OR opened_before < at - :day
            )) OVER following AS followed,
            count(*) FILTER (WHERE event = 'request.refused') OVER following AS refused
        FROM said
        WINDOW following AS (PARTITION BY officer ORDER BY at RANGE BETWEEN CURRENT ROW AND :day FOLLOWING)
    ), told AS (
        SELECT DISTINCT ON (officer, (at AT TIME ZONE 'UTC')::date)
            officer, name, (at AT TIME ZONE 'UTC')::date AS day, questions, followed, refused
        FROM counted
        WHERE event IN ('match.asked', 'request.refused')
            AND (refused >= :refused OR questions >= :many AND followed < questions / :one_of)
        ORDER BY officer, (at AT TIME ZONE 'UTC')::date, questions DESC, refused DESC
    )
    SELECT * FROM told ORDER BY day DESC, questions DESC, officer
""").bindparams(day=timedelta(days=1), many=MANY, one_of=ONE_OF, refused=REFUSED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one officer asked within a day, and what became of it."""

    officer: UUID
    name: str
    day: date  #: on which those 24 hours began (UTC)
    questions: int  #: whether somebody is known
    followed: int  #: records made, and people whom a question had found and whose profile was then opened
    refused: int  #: questions beyond the limit of different people in an hour


def unusual(session: Session, agency: UUID, *, now: datetime) -> Sequence[Asked]:
    """Return which officers of an agency asked unusually, and on which days, the newest first.

    Opening somebody whom no question found leads nowhere, nor does opening her again, or what the keeper refused.
    """
    return [Asked(*row) for row in session.execute(_ASKED, {"agency": agency, "since": now - BACK})]

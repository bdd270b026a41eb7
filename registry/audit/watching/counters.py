"""Questions at the counter that look like fishing: who asks about many people and goes on with few of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
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

_OF_AGENCY = text("SELECT id FROM officer WHERE agency_id = :agency")
# By an index of its own: whoever asked that often since then, on however many days, and lately, is worth a look.
_BUSY = text("""
    SELECT officer_id FROM audit_line
    WHERE at >= :since AND officer_id IS NOT NULL
        AND (event = 'match.asked' OR event = 'request.refused' AND reason = 'rate.identities')
    GROUP BY officer_id
    HAVING max(at) >= :lately AND (count(*) FILTER (WHERE event = 'match.asked') >= :many
        OR count(*) FILTER (WHERE event = 'request.refused') >= :refused)
""").bindparams(many=MANY, refused=REFUSED)
# By the index of lines by officer and moment. From each question on it is looked at the day that follows it, whatever
# the calendar says: a window that begins at midnight would halve what is asked around it.
_ASKED = text("""
    WITH said AS (
        SELECT line.id, officer.id AS officer, officer.agency_id AS agency, line.at, line.event, line.outcome
        FROM officer JOIN audit_line AS line ON line.officer_id = officer.id AND line.at >= :since
        WHERE officer.id = ANY(:officers) AND (
            event IN ('match.asked', 'person.created', 'profile.opened')
            OR event IN ('link.decided', 'link.rejected', 'link.proposed')
            OR event = 'request.refused' AND reason = 'rate.identities')
    ), nothing_opened AS (
        SELECT object_id FROM audit_line
        WHERE officer_id = ANY(:officers) AND at >= :since AND event = 'opening.refused' AND object_id IS NOT NULL
    ), about AS MATERIALIZED (
        SELECT said.*, person_id FROM said JOIN audit_index ON line_id = said.id
        WHERE said.id NOT IN (SELECT object_id FROM nothing_opened)
    ), found AS MATERIALIZED ( -- whom a question found, but not of whom its officer then said that it is another
        SELECT id, officer, agency, at, person_id FROM about AS asked
        WHERE event = 'match.asked' AND NOT EXISTS (
            SELECT FROM about AS other WHERE other.officer = asked.officer AND other.person_id = asked.person_id
            AND other.event IN ('link.rejected', 'link.proposed') AND other.at BETWEEN asked.at AND asked.at + :day)
    ), elsewhere AS ( -- those of them of whom another office keeps a record
        SELECT id, person_id FROM found WHERE EXISTS (
            SELECT FROM appearance WHERE appearance.person_id = found.person_id
            AND source_kind = 'agency' AND source_id <> agency)
    ), followed AS ( -- each person once a day, and for the question that found her just before
        SELECT question, person_id, lag(at) OVER (PARTITION BY officer, person_id ORDER BY at) AS before, at FROM (
            SELECT DISTINCT ON (done.id, done.person_id) done.officer, done.person_id, done.at, found.id AS question
            FROM about AS done JOIN found ON found.officer = done.officer AND found.person_id = done.person_id
                AND found.at BETWEEN done.at - :day AND done.at
            WHERE event = 'link.decided' OR event = 'profile.opened' AND outcome = 'permitted'
            ORDER BY done.id, done.person_id, found.at DESC
        ) AS each
    ), led AS (
        SELECT question, person_id FROM followed WHERE before IS NULL OR before < at - :day
    ), newcomer AS ( -- recorded, and not as somebody who was found
        SELECT id FROM about WHERE event = 'person.created' AND outcome <> 'refused'
            AND (officer, person_id) NOT IN (SELECT officer, person_id FROM about WHERE event = 'link.decided')
    ), judged AS (
        SELECT officer, at, event, event = 'match.asked' AS asked, event = 'request.refused' AS too_many,
            id IN (SELECT id FROM found) AS is_found, id IN (SELECT id FROM elsewhere) AS is_elsewhere,
            id IN (SELECT question FROM led) AS is_led,
            (id IN (SELECT id FROM elsewhere JOIN led ON question = id AND led.person_id = elsewhere.person_id))
                AS is_led_there,
            id IN (SELECT id FROM newcomer) AS is_new
        FROM said
    ), counted AS (
        SELECT officer, at, event,
            count(*) FILTER (WHERE asked) OVER following AS questions,
            count(*) FILTER (WHERE is_led) OVER following + least(
                count(*) FILTER (WHERE asked AND NOT is_found) OVER following,
                count(*) FILTER (WHERE is_new) OVER following) AS followed,
            count(*) FILTER (WHERE is_elsewhere) OVER following AS elsewhere,
            count(*) FILTER (WHERE is_led_there) OVER following AS followed_elsewhere,
            count(*) FILTER (WHERE too_many) OVER following AS refused
        FROM judged
        WINDOW following AS (PARTITION BY officer ORDER BY at RANGE BETWEEN CURRENT ROW AND :day FOLLOWING)
    )
    SELECT DISTINCT ON (day, officer) officer, (at AT TIME ZONE 'UTC')::date AS day,
        questions, followed, elsewhere, followed_elsewhere, refused
    FROM counted
    WHERE event IN ('match.asked', 'request.refused') AND (
        refused >= :refused
        OR questions >= :many AND followed < questions / :one_of
        OR elsewhere >= :many AND followed_elsewhere < elsewhere / :one_of)
    ORDER BY day DESC, officer, questions DESC, elsewhere DESC, refused DESC
""").bindparams(day=timedelta(days=1), many=MANY, one_of=ONE_OF, refused=REFUSED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one officer asked within a day, and what became of it."""

    officer: UUID
    day: date  #: on which those 24 hours began (UTC)
    questions: int  #: whether somebody is known
    followed: int  #: those that led to whom they found, and newcomers, for as many as found nobody
    elsewhere: int  #: those that found somebody of whom another office keeps a record
    followed_elsewhere: int  #: those of them that led to her
    refused: int  #: questions beyond the limit of different people in an hour


def of_agency(session: Session, agency: UUID) -> list[UUID]:
    """Return the officers of an agency."""
    return list(session.scalars(_OF_AGENCY, {"agency": agency}))


def busy(session: Session, *, since: datetime, lately: datetime) -> list[UUID]:
    """Return all officers who asked so often since then that it may be unusual, and asked something lately.

    What was not unusual becomes so mostly by a further question; by what is undone later only the page tells it.
    """
    return list(session.scalars(_BUSY, {"since": since, "lately": lately}))


def unusual(session: Session, officers: Collection[UUID], *, since: datetime) -> Sequence[Asked]:
    """Return which of these officers asked unusually, and on which days, the newest first.

    A question leads on where somebody whom it found is opened or linked within a day, by whoever asked; each person
    once a day. To record somebody else says nothing of whom it found: newcomers count for questions that found nobody,
    or only those of whom the officer said that they are other people. Questions about people of other offices are
    judged apart as well, so that no work on people of the own one covers them.
    """
    return [Asked(*row) for row in session.execute(_ASKED, {"officers": list(officers), "since": since})]

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
#: From so many questions a day on it is looked at what became of them: fewer are asked at every counter.
MANY = 20
#: Of so many questions one at least leads on at a counter that works: a name is asked for again when it was misheard.
ONE_OF = 4
#: So often refused within a day: who is told to wait an hour and goes on asking is not serving a queue.
REFUSED = 3

# By the index of lines by officer and moment.
_ASKED = text("""
    SELECT officer.id, officer.name, (line.at AT TIME ZONE 'UTC')::date AS day,
        count(*) FILTER (WHERE event = 'match.asked') AS questions,
        count(*) FILTER (WHERE event IN ('person.created', 'profile.opened')) AS followed,
        count(*) FILTER (WHERE event = 'request.refused' AND reason = 'rate.identities') AS refused
    FROM officer JOIN audit_line AS line ON line.officer_id = officer.id AND line.at >= :since
    WHERE officer.agency_id = :agency
        AND event IN ('match.asked', 'person.created', 'profile.opened', 'request.refused')
    GROUP BY officer.id, officer.name, day
    HAVING count(*) FILTER (WHERE event = 'match.asked') >= :many
        OR count(*) FILTER (WHERE event = 'request.refused' AND reason = 'rate.identities') >= :refused
    ORDER BY day DESC, questions DESC, officer.id
""")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one officer asked on one day (UTC), and what became of it."""

    officer: UUID
    name: str
    day: date
    questions: int  #: whether somebody is known
    followed: int  #: records made and profiles opened
    refused: int  #: questions beyond the limit of different people in an hour

    @property
    def is_unusual(self) -> bool:
        """Say whether somebody who watches over the office should ask why."""
        return self.refused >= REFUSED or (self.questions >= MANY and self.followed * ONE_OF < self.questions)


def unusual(session: Session, agency: UUID, *, now: datetime) -> Sequence[Asked]:
    """Return which officers of an agency asked unusually, day by day, the newest first."""
    rows = session.execute(_ASKED, {"agency": agency, "since": now - BACK, "many": MANY, "refused": REFUSED})
    return [asked for asked in (Asked(*row) for row in rows) if asked.is_unusual]

"""Decisions on who is who, without persons: the newest of them for figures, all of them for fitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from registry.linkage.review.figures import Counted, Decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

#: The newest decisions of people, and the newest links of all, that figures are made of, however many there are.
DECISIONS, LINKS = 20_000, 100_000
_COLUMNS = "grade, status, decided_kind, reasons, differences"
_NEWEST = text(
    f"SELECT {_COLUMNS} FROM link WHERE decided_kind <> 'run'"  # noqa: S608 - a constant
    " ORDER BY decided_at DESC LIMIT :most"
)
# In the order of what they say: that tells nothing of when, and so of whom.
_ALL = text(
    f"SELECT {_COLUMNS} FROM link WHERE decided_kind <> 'run' OR (status = 'proposed' AND EXISTS"  # noqa: S608 - as above
    " (SELECT FROM audit_line WHERE audit_line.event = 'link.left' AND audit_line.object_id = link.id))"
    " ORDER BY grade, reasons, differences, status"
)
_LINKS = """
    WITH newest AS (
        SELECT bucket, appearance_id, other_id, grade, status, decided_at
        FROM link ORDER BY decided_at DESC LIMIT :most
    ), told AS (
        SELECT grade, status, status IN ('decided', 'confirmed') AS stands,
            greatest(moved.created_on, other.created_on) AS met_on,
            -- When what she confirmed was decided, nothing says any more: it counts as decided at once.
            status = 'decided'
                AND (decided_at AT TIME ZONE 'UTC')::date > greatest(moved.created_on, other.created_on) + 1 AS later
        FROM newest
        JOIN appearance AS moved ON moved.bucket = newest.bucket AND moved.id = appearance_id
        LEFT JOIN appearance AS other ON other.bucket = get_byte(uuid_send(other_id), 0) AND other.id = other_id
    )
"""
_COUNTED = text(f"""{_LINKS}
    SELECT count(*) FILTER (WHERE stands AND grade = 'known' AND NOT later),
        count(*) FILTER (WHERE stands AND grade = 'known' AND later),
        count(*) FILTER (WHERE stands AND grade = 'look'),
        count(*) FILTER (WHERE status = 'proposed' AND grade = 'look')
    FROM told
""")  # noqa: S608 - constants
_MONTHS = text(f"""{_LINKS}
    SELECT date_trunc('month', met_on)::date, count(*) FROM told WHERE stands AND NOT later AND met_on >= :since
    GROUP BY 1 ORDER BY 1 DESC
""")  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Month:
    """How many records were linked with another one when they came: so many interviews were not held again."""

    begins: date
    linked: int


def newest(session: Session, most: int = DECISIONS) -> list[Decision]:
    """Return what people said last of proposals and links, the newest first."""
    return [Decision(*row) for row in session.execute(_NEWEST, {"most": most})]


def everything(session: Session) -> Iterator[Decision]:
    """Return everything that people ever said, also that they could not tell; in the order of what they say."""
    for row in session.execute(_ALL.execution_options(yield_per=2000)):
        yield Decision(*row)


def counted(session: Session, most: int = LINKS) -> Counted:
    """Count the newest links and proposals, those of imports included."""
    return Counted(*session.execute(_COUNTED, {"most": most}).one())


def months(session: Session, *, since: date, most: int = LINKS) -> Sequence[Month]:
    """Return how many of the newest links each month brought, the newest first."""
    return [Month(*row) for row in session.execute(_MONTHS, {"most": most, "since": since})]

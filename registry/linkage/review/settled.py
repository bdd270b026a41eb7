"""Decisions on who is who, without persons: the newest of them for figures, all of them for fitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from registry.linkage.review.figures import Decision, Sort

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

#: The newest decisions of people, and the newest links of all, that figures are made of, however many there are.
DECISIONS, LINKS = 5_000, 50_000
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
# From the moment of the last of them on, instead of sorting them all: with the rows at hand PostgreSQL sees that a link
# has one record, and joins all at once. Days are counted first, because there are few of them.
_SORTS = text("""
    WITH days AS (
        SELECT greatest(moved.created_on, other.created_on) AS met_on, grade, status,
            -- When what she confirmed was decided, nothing says any more: it counts as decided at once.
            status = 'decided' AND (decided_at AT TIME ZONE 'UTC')::date
                > greatest(moved.created_on, other.created_on) + 1 AS is_late,
            count(*) AS links
        FROM link
        JOIN appearance AS moved ON moved.bucket = link.bucket AND moved.id = appearance_id
        LEFT JOIN appearance AS other ON other.bucket = get_byte(uuid_send(other_id), 0) AND other.id = other_id
        WHERE decided_at >= coalesce(
            (SELECT decided_at FROM link ORDER BY decided_at DESC OFFSET :most - 1 LIMIT 1), '-infinity')
        GROUP BY 1, 2, 3, 4
    )
    SELECT date_trunc('month', met_on)::date, grade, status, is_late, sum(links)::int FROM days GROUP BY 1, 2, 3, 4
""")


def newest(session: Session, most: int = DECISIONS) -> list[Decision]:
    """Return what people said last of proposals and links, the newest first."""
    return [Decision(*row) for row in session.execute(_NEWEST, {"most": most})]


def everything(session: Session) -> Iterator[Decision]:
    """Return everything that people ever said, also that they could not tell; in the order of what they say."""
    for row in session.execute(_ALL.execution_options(yield_per=2000)):
        yield Decision(*row)


def sorts(session: Session, most: int = LINKS) -> list[Sort]:
    """Count the newest links and proposals by their sorts, those of imports included.

    Args:
        most: so many, at least one, and those of the same moment as the last.
    """
    return [Sort(*row) for row in session.execute(_SORTS, {"most": most})]

"""What came from agencies: which appearance each record became; and runs, the authority to take in many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, text
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.exchange.models import Inbox, Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.wire.messages import Written
    from registry.wire.rows import RunRow


# One statement for a whole batch: with as many parameters as rows it would be written and planned anew each time.
_NOTE = text(
    "INSERT INTO inbox (agency_id, token, appearance_id, fingerprint, received_at, stated_at)"
    " SELECT :agency, token, appearance_id, fingerprint, :now, stated_at"
    " FROM unnest(cast(:tokens AS bytea[]), cast(:appearances AS uuid[]), cast(:fingerprints AS bytea[]),"
    " cast(:stated AS text[])) AS noted (token, appearance_id, fingerprint, stated_at)"
    " ON CONFLICT (agency_id, token) DO UPDATE"
    " SET fingerprint = excluded.fingerprint, received_at = excluded.received_at,"
    # a month does not take the place of a day in it, and no time not that of a time
    " stated_at = CASE WHEN starts_with(inbox.stated_at, excluded.stated_at) THEN inbox.stated_at"
    " ELSE coalesce(excluded.stated_at, inbox.stated_at) END"
    " WHERE inbox.appearance_id = excluded.appearance_id"
)
_KEEP_SEEN = text(
    "INSERT INTO inbox_seen (agency_id, token, fingerprint) SELECT agency_id, token, fingerprint FROM inbox"
    " WHERE agency_id = :agency AND token = ANY(cast(:tokens AS bytea[])) ON CONFLICT DO NOTHING"
)


def keep_run(session: Session, run: RunRow) -> None:
    """Store a run as the keeper authorised it."""
    session.execute(insert(Run).values(**run.values()))


def run_of(session: Session, run: UUID) -> Run | None:
    """Return a run, if there is one."""
    return session.get(Run, run)


def note(session: Session, agency: UUID, results: Sequence[Written], *, now: datetime) -> None:
    """Remember what became of records that carry a token, so that the same again changes nothing, now or later."""
    done = [one for one in results if one.token is not None and one.status in {"created", "sealed"}]
    again = [one.token for one in done if one.status == "sealed"]
    if again:
        session.execute(_KEEP_SEEN, {"agency": agency, "tokens": again})
    if done:
        rows = {
            "agency": agency,
            "now": now,
            "tokens": [one.token for one in done],
            "appearances": [one.appearance_id for one in done],
            "fingerprints": [one.fingerprint for one in done],
            "stated": [one.stated_at for one in done],
        }
        session.execute(_NOTE, rows)


def claim(session: Session, agency: UUID, written: Written, *, now: datetime) -> bool:
    """Remember what became of one record; False where somebody else remembered the same record first."""
    row = {
        "agency_id": agency,
        "token": written.token,
        "appearance_id": written.appearance_id,
        "fingerprint": written.fingerprint,
        "received_at": now,
        "stated_at": written.stated_at,
    }
    statement = upsert(Inbox).values(row).on_conflict_do_nothing(index_elements=["agency_id", "token"])
    return session.execute(statement.returning(Inbox.token)).first() is not None


def forget(session: Session, appearances: Sequence[UUID]) -> None:
    """Delete what ties a source's own ids to appearances that are forgotten."""
    session.execute(delete(Inbox).where(Inbox.appearance_id.in_(appearances)))

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
_NOTED = (
    " FROM unnest(cast(:tokens AS bytea[]), cast(:versions AS int[]), cast(:kept AS bytea[]),"
    " cast(:appearances AS uuid[]), cast(:fingerprints AS bytea[]), cast(:stated AS text[]))"
    " AS noted (token, key_version, kept, appearance_id, fingerprint, stated_at)"
)
_NOTE = text(
    "INSERT INTO inbox (agency_id, token, key_version, kept, appearance_id, fingerprint, received_at, stated_at)"
    f" SELECT :agency, token, key_version, kept, appearance_id, fingerprint, :now, stated_at{_NOTED}"
    " ON CONFLICT (agency_id, token) DO NOTHING"
)
# Its token may have been made anew meanwhile: then it lies under a later version.
_SAME = (
    " inbox.agency_id = :agency AND inbox.appearance_id = noted.appearance_id"
    " AND (inbox.token = noted.token OR inbox.key_version > noted.key_version)"
)
_NOTE_AGAIN = text(
    "UPDATE inbox SET fingerprint = noted.fingerprint, kept = noted.kept, received_at = :now,"  # noqa: S608 - as above
    # a month does not take the place of a day in it, and no time not that of a time
    " stated_at = CASE WHEN starts_with(inbox.stated_at, noted.stated_at) THEN inbox.stated_at"
    f" ELSE coalesce(noted.stated_at, inbox.stated_at) END{_NOTED}"
    f" WHERE{_SAME}"
)
_KEEP_SEEN = text(
    "INSERT INTO inbox_seen (agency_id, token, fingerprint)"
    f" SELECT inbox.agency_id, inbox.token, inbox.fingerprint{_NOTED} JOIN inbox ON{_SAME} ON CONFLICT DO NOTHING"
)


def keep_run(session: Session, run: RunRow) -> None:
    """Store a run as the keeper authorised it."""
    session.execute(insert(Run).values(**run.values()))


def run_of(session: Session, run: UUID) -> Run | None:
    """Return a run, if there is one."""
    return session.get(Run, run)


def note(session: Session, agency: UUID, results: Sequence[Written], *, now: datetime) -> None:
    """Remember what became of records that carry a token, so that the same again changes nothing, now or later."""
    new = [one for one in results if one.token is not None and one.status == "created"]
    again = [one for one in results if one.token is not None and one.status == "sealed"]
    if again:
        session.execute(_KEEP_SEEN, _columns(again) | {"agency": agency})
        session.execute(_NOTE_AGAIN, _columns(again) | {"agency": agency, "now": now})
    if new:
        session.execute(_NOTE, _columns(new) | {"agency": agency, "now": now})


def claim(session: Session, agency: UUID, written: Written, *, now: datetime) -> bool:
    """Remember what became of one record; False where somebody else remembered the same record first."""
    row = {
        "agency_id": agency,
        "token": written.token,
        "key_version": written.key_version,
        "kept": written.kept,
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


def _columns(written: Sequence[Written]) -> dict[str, object]:
    return {
        "tokens": [one.token for one in written],
        "versions": [one.key_version for one in written],
        "kept": [one.kept for one in written],
        "appearances": [one.appearance_id for one in written],
        "fingerprints": [one.fingerprint for one in written],
        "stated": [one.stated_at for one in written],
    }

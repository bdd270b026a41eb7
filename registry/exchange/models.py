"""What has come from agencies and what must go to them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, Bucket


class Run(Base):
    """Authorised bulk work; made by the keeper, carries its MAC."""

    __tablename__ = "run"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    operation: Mapped[str]  #: import | export | match; the house's: rekey | destroy
    agency_id: Mapped[UUID | None]  #: none: the house's, which two administrators ordered
    opened_by: Mapped[UUID]
    approved_by: Mapped[UUID | None]
    key_kind: Mapped[str | None]
    key_scope: Mapped[str | None]
    from_version: Mapped[int | None]
    to_version: Mapped[int | None]
    budget: Mapped[int]  #: records it may write, or persons it may read
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    mac: Mapped[bytes]


class Rotation(Base):
    """How far a run that renews a key is; it proves nothing: what is left under a key the keeper counts itself."""

    __tablename__ = "rotation"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("run.id"), primary_key=True)
    total: Mapped[int] = mapped_column(BigInteger)  #: rows that lay under older versions when it began
    moved: Mapped[int] = mapped_column(BigInteger)
    skipped: Mapped[int] = mapped_column(BigInteger)  #: rows of the last pass that do not open: damaged or forged
    after: Mapped[UUID | None]  #: the last appearance that was looked at in this pass; none: it begins
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Inbox(Base):
    """Which appearance a source's own record became; the source's id of it only as a keyed token."""

    __tablename__ = "inbox"
    __table_args__ = (Index("ix_inbox_appearance_id", "appearance_id"),)

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    token: Mapped[bytes] = mapped_column(primary_key=True)  #: HMAC of the source's id under the look-up key
    appearance_id: Mapped[UUID]
    key_version: Mapped[int]  #: of the look-up key, under which the token lies
    #: the source's id, sealed under the secret of the appearance, so that its token can be made anew
    kept: Mapped[bytes | None]
    fingerprint: Mapped[bytes]  #: HMAC of the content under that secret, so that the same again changes nothing
    received_at: Mapped[datetime]
    #: when the source wrote it, as far as known; in clear like the line above: it tells of a message, not of her
    stated_at: Mapped[str | None]


class InboxSeen(Base):
    """What came of a record before the last of it: sent again, even after others, it changes nothing."""

    __tablename__ = "inbox_seen"
    __table_args__ = (
        ForeignKeyConstraint(
            ("agency_id", "token"), ("inbox.agency_id", "inbox.token"), ondelete="CASCADE", onupdate="CASCADE"
        ),
    )

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    token: Mapped[bytes] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(primary_key=True)


class CursorKey(Base):
    """Under which an agency's cursors in the feed are masked; it opens nothing else. Row-level security by agency."""

    __tablename__ = "cursor_key"

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[bytes]  #: 32 random bytes


class Recall(Base):
    """The message that a grant ended, and its acknowledgement."""

    __tablename__ = "recall"
    __table_args__ = (
        CheckConstraint("bucket = get_byte(uuid_send(person_id), 0)", name="bucket"),
        Index("ix_recall_agency_id", "agency_id", postgresql_where="acknowledged_at IS NULL"),
    )

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID]
    written_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]

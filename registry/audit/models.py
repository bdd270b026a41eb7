"""The log that tells people who saw what: lines, their order, and the index by person beside it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, Bucket

#: Lines by which unusual questions are looked for.
_ASKED = "event = 'match.asked' OR event = 'request.refused' AND reason = 'rate.identities'"
_LISTED = "run_id IS NOT NULL AND event IN ('match.asked', 'list.asked')"


class AuditLine(Base):
    """One thing that happened or was refused; appended, never changed, without a person's id."""

    __tablename__ = "audit_line"
    __table_args__ = (
        Index("ix_audit_line_officer_id_at", "officer_id", "at"),
        Index("ix_audit_line_erasures", "at", postgresql_where=text("event = 'person.erased'")),
        Index("ix_audit_line_asked", "at", postgresql_where=text(_ASKED)),
        Index("ix_audit_line_listed", "agency_id", "at", postgresql_where=text(_LISTED)),
        Index("ix_audit_line_alarmed", "agency_id", postgresql_where=text("event = 'questions.alarmed'")),
        Index("ix_audit_line_seen", "object_id", postgresql_where=text("event = 'questions.seen'")),
        Index("ix_audit_line_left", "object_id", postgresql_where=text("event = 'link.left'")),
        CheckConstraint("at >= '2000-01-01 00:00:00+00' AND at < '3000-01-01 00:00:00+00'", name="at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    event: Mapped[str]  #: one of registry.audit.events
    outcome: Mapped[str]  #: done | permitted | refused
    reason: Mapped[str | None]  #: code of a refusal; of a request or a link: why; of a list: what was answered
    session_id: Mapped[bytes | None]  #: SHA-256 of the token it was done with
    agency_id: Mapped[UUID | None]
    officer_id: Mapped[UUID | None]  #: pseudonymous: the random id of the officer's row
    responsible_id: Mapped[UUID | None]  #: the officer in whose name it was done, where another acted, or who approved
    run_id: Mapped[UUID | None]
    #: the random id of what it is about: an agency, officer or letter that was enrolled, a link, a request, an erasure
    object_id: Mapped[UUID | None]
    purpose: Mapped[str | None]
    basis: Mapped[str | None]  #: consent | statute | own | self
    grants: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    appearances: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    compartments: Mapped[list[str]] = mapped_column(ARRAY(Text))
    results: Mapped[int | None]  #: how many records or hits
    leaf: Mapped[bytes]  #: SHA-256 over all columns above


class AuditIndex(Base):
    """Which lines are about which person; outside the chain, deleted at erasure."""

    __tablename__ = "audit_index"
    __table_args__ = (
        CheckConstraint("bucket = get_byte(uuid_send(person_id), 0)", name="bucket"),
        Index("ix_audit_index_line_id", "line_id"),
    )

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(primary_key=True)


class AuditQueue(Base):
    """Lines that have no place in the chain yet; written with the line, emptied by the sequencer."""

    __tablename__ = "audit_queue"

    line_id: Mapped[UUID] = mapped_column(primary_key=True)


class AuditLeaf(Base):
    """The order of lines and the chain over it; written by the sequencer alone."""

    __tablename__ = "audit_leaf"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  #: from 0, no gaps
    line_id: Mapped[UUID] = mapped_column(unique=True)
    chain: Mapped[bytes]  #: SHA-256 over the chain before and this leaf


class AnonymousRefusal(Base):
    """Refusals before anyone signed in, counted by the minute instead of written one by one."""

    __tablename__ = "anonymous_refusal"

    minute: Mapped[datetime] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]

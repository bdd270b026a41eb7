"""Grants, the wraps that make them keys, and the consent records behind them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, Bucket


class AccessGrant(Base):
    """Permission for agency, purpose, sections over named appearances. Row-level security by agency or person."""

    __tablename__ = "access_grant"
    __table_args__ = (
        CheckConstraint("bucket = get_byte(uuid_send(person_id), 0)", name="bucket"),
        CheckConstraint("not_after > not_before", name="ends_after_it_begins"),
        Index("ix_access_grant_agency_id_person_id", "agency_id", "person_id"),
        Index("ix_access_grant_ended_at", "ended_at", postgresql_where="ended_at IS NOT NULL"),
        Index("ix_access_grant_not_after", "not_after", postgresql_where="status = 'active'"),
    )

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID]
    purpose: Mapped[str]
    basis: Mapped[str]  #: consent | statute
    norm: Mapped[str | None]
    sections: Mapped[list[str]] = mapped_column(ARRAY(Text))
    compartments: Mapped[list[str]] = mapped_column(ARRAY(Text))
    appearances: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    status: Mapped[str]  #: active | withdrawn | expired
    proof: Mapped[str]  #: letter-code | two-officers
    record_digest: Mapped[bytes]  #: SHA-256 of the consent record that was proved
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    mac: Mapped[bytes]


class Wrap(Base):
    """A compartment's key for one grant; gone when the grant ends. Row-level security by agency."""

    __tablename__ = "wrap"
    __table_args__ = (
        CheckConstraint("bucket = get_byte(uuid_send(appearance_id), 0)", name="bucket"),
        Index("ix_wrap_grant_id", "grant_id"),
    )

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    appearance_id: Mapped[UUID] = mapped_column(primary_key=True)
    compartment: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    basis: Mapped[str]
    epoch: Mapped[int]
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    key_version: Mapped[int]
    alg: Mapped[int] = mapped_column(SmallInteger)
    wrapped: Mapped[bytes]


class ConsentRecord(Base):
    """What was agreed or withdrawn, as signed; appended, never changed."""

    __tablename__ = "consent_record"
    __table_args__ = (CheckConstraint("bucket = get_byte(uuid_send(person_id), 0)", name="bucket"),)

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    record: Mapped[bytes]  #: canonical JSON, as its digest was proved
    receipt: Mapped[str | None]  #: compact JWS over the record
    at: Mapped[datetime]


class GrantRequest(Base):
    """That an office asks a person for sections. Row-level security by agency or person.

    It opens nothing, so the keeper does not vouch for it: whoever took over the web process could ask in an office's
    name, which shows in her log, or answer "no" for somebody; a grant still takes her proof.
    """

    __tablename__ = "grant_request"
    __table_args__ = (
        CheckConstraint("bucket = get_byte(uuid_send(person_id), 0)", name="bucket"),
        # Gone with her; where she turns out to be somebody else, it has gone there before (registry.ledger.moving).
        ForeignKeyConstraint(("bucket", "person_id"), ("person.bucket", "person.id"), ondelete="CASCADE"),
        Index(
            "uq_grant_request_open",
            "bucket",
            "person_id",
            "agency_id",
            "purpose",
            unique=True,
            postgresql_where="status = 'open'",
        ),
        Index("ix_grant_request_agency_id_asked_at_id", "agency_id", "asked_at", "id"),
        Index("ix_grant_request_ends_at", "ends_at", postgresql_where="status = 'open'"),
    )

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID]
    purpose: Mapped[str]
    sections: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reason: Mapped[str]  #: one of schemas.vocabularies.access.RequestReason
    asked_by: Mapped[UUID]  #: pseudonymous: the random id of the officer's row; only her own office sees it
    asked_at: Mapped[datetime]
    ends_at: Mapped[datetime]  #: the first moment at which it can no longer be answered
    status: Mapped[str]  #: open | answered | declined | withdrawn | expired
    ended_at: Mapped[datetime | None]
    grant_id: Mapped[UUID | None]  #: what answered it
    came_with: Mapped[UUID | None]  #: the appearance it goes with, where it was another's when it was asked
    once: Mapped[bytes | None]  #: SHA-256 of the sender's key of the request, so that it repeated asks nothing more
    content: Mapped[bytes | None]  #: SHA-256 of what that request said

"""Persons, their appearances and the sealed compartments; no personal value is in clear here."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, Bucket


def _bucket_check(column: str) -> CheckConstraint:
    return CheckConstraint(f"bucket = get_byte(uuid_send({column}), 0)", name="bucket")


class Person(Base):
    """A human being as the registry knows them: nothing but a random id and a day."""

    __tablename__ = "person"
    __table_args__ = (_bucket_check("id"),)

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_on: Mapped[date]


class Appearance(Base):
    """One source's copy of a person, and whose it is; the keeper vouches for the link by its MAC."""

    __tablename__ = "appearance"
    __table_args__ = (_bucket_check("id"),)

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(index=True)
    source_kind: Mapped[str]  #: agency | person
    source_id: Mapped[UUID] = mapped_column(index=True)
    basis: Mapped[str]  #: birth | own | confirmed | decided
    created_on: Mapped[date]
    mac: Mapped[bytes]


class SealedCompartment(Base):
    """One ciphertext per appearance and compartment; every appearance has all of them from birth."""

    __tablename__ = "sealed_compartment"
    __table_args__ = (
        _bucket_check("appearance_id"),
        ForeignKeyConstraint(("bucket", "appearance_id"), ("appearance.bucket", "appearance.id"), ondelete="CASCADE"),
        Index("ix_sealed_compartment_delete_on", "delete_on", postgresql_where="delete_on IS NOT NULL"),
    )

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    appearance_id: Mapped[UUID] = mapped_column(primary_key=True)
    compartment: Mapped[str] = mapped_column(primary_key=True)
    epoch: Mapped[int]  #: which key, counted from 1; never goes back
    version: Mapped[int]  #: which document, counted from 1; compared on every write
    alg: Mapped[int] = mapped_column(SmallInteger)
    envelope: Mapped[bytes]
    custodian_wrap: Mapped[bytes]  #: the compartment's key for the person's own view, corrections, grants, rotation
    custodian_version: Mapped[int]
    own_wrap: Mapped[bytes | None]  #: the same key for the source itself; none where the person is the source
    own_version: Mapped[int | None]
    delete_on: Mapped[date | None]  #: the earliest day an entry in it is due for deletion


class Erasure(Base):
    """An order to forget a person; `done_at` stays empty until the shred secrets are destroyed."""

    __tablename__ = "erasure"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(index=True)
    appearances: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    requested_at: Mapped[datetime]
    mac: Mapped[bytes]
    done_at: Mapped[datetime | None]

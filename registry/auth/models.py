"""Who can act: offices, officers, credentials and sessions. Every row is made by the keeper and carries its MAC."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class Agency(Base):
    """An office with a kind."""

    __tablename__ = "agency"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    number: Mapped[str | None] = mapped_column(unique=True)  #: how it names itself in its own files
    status: Mapped[str]  #: active | closed
    created_at: Mapped[datetime]
    mac: Mapped[bytes]


class Officer(Base):
    """Someone working at an agency; without agency an administrator of the registry."""

    __tablename__ = "officer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID | None] = mapped_column(index=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str]  #: active | left
    created_at: Mapped[datetime]
    mac: Mapped[bytes]


class Credential(Base):
    """What somebody signs in with; only the keeper opens `secret`."""

    __tablename__ = "credential"
    #: Within a kind only: which id a passkey has its maker says, and may say the digest of another kind's key.
    __table_args__ = (UniqueConstraint("kind", "lookup"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_kind: Mapped[str]  #: officer | person | agency
    owner_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str]  #: password-totp | letter | passkey | certificate | id-token
    lookup: Mapped[bytes | None]  #: SHA-256 of a letter's 120-bit code, a passkey's id, a public key, or an identity
    secret: Mapped[bytes]
    issued_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    mac: Mapped[bytes]


class SignIn(Base):
    """A session; the token itself is nowhere but with its bearer."""

    __tablename__ = "session"

    id: Mapped[bytes] = mapped_column(primary_key=True)  #: SHA-256 of the token
    kind: Mapped[str]  #: officer | person
    actor_id: Mapped[UUID]
    agency_id: Mapped[UUID | None]
    credential_id: Mapped[UUID]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    mac: Mapped[bytes]

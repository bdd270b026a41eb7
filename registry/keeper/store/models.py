"""Tables of the shred store: a PostgreSQL cluster of its own, with short-lived back-ups, that only the keeper reads."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, LargeBinary, MetaData, SmallInteger, Text, Uuid, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class ShredBase(DeclarativeBase):
    """What must be destroyable, or must not roll back with the main database."""

    metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"})
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a plain dict here
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        bytes: LargeBinary(),
    }


class Key(ShredBase):
    """Every key below the root, wrapped by it."""

    __tablename__ = "key"

    kind: Mapped[str] = mapped_column(
        primary_key=True
    )  #: agency | custodian | shred | rows | secrets | lookup | receipts; root: only which one wraps the others
    scope: Mapped[str] = mapped_column(primary_key=True)  #: the agency's id, or empty
    version: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]  #: active | decrypt-only | destroyed
    wrapped: Mapped[bytes]  #: nothing once destroyed; of a receipts' key then its public half, with a MAC
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]  #: since when it makes nothing new
    vouched: Mapped[str | None] = mapped_column(Text)  #: of a receipts' key: that the one before it signed for it
    salted: Mapped[bool] = mapped_column(server_default=false())  #: of the look-up key: whether names are salted


class ShredSecret(ShredBase):
    """S of one appearance; without it no wrap of that appearance opens, in no copy of the database."""

    __tablename__ = "shred_secret"

    appearance_id: Mapped[UUID] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes]
    key_version: Mapped[int]  #: of the key "shred"
    created_at: Mapped[datetime] = mapped_column(index=True)  #: how old an orphan of a failed write is
    speaker: Mapped[UUID | None] = mapped_column(index=True)  #: the person whose own words lie under it


class Floor(ShredBase):
    """The lowest epoch of a compartment that may still open; no row means 1."""

    __tablename__ = "floor"

    appearance_id: Mapped[UUID] = mapped_column(primary_key=True)
    compartment: Mapped[str] = mapped_column(primary_key=True)
    epoch: Mapped[int]


class EndedGrant(ShredBase):
    """A grant that ended with proof; its wraps open nothing, whatever the main database says later.

    Likewise a link that was undone, and the person by whom an appearance was given back, each by its id.
    """

    __tablename__ = "ended_grant"

    appearance_id: Mapped[UUID] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(primary_key=True)


class Spent(ShredBase):
    """What can be used once, and was: numbered codes, TOTP steps, challenges, sessions."""

    __tablename__ = "spent"

    what: Mapped[str] = mapped_column(primary_key=True)  #: code | totp | challenge | jti | session | credential
    id: Mapped[bytes] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Tries(ShredBase):
    """Wrong tries at one credential since the last right one."""

    __tablename__ = "tries"

    credential_id: Mapped[UUID] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime]


class Letter(ShredBase):
    """The one letter of a person that counts; issuing another voids it."""

    __tablename__ = "letter"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    credential_id: Mapped[UUID]
    expires_at: Mapped[datetime]  #: until then replacing it needs its code or a second officer


class LivingCredential(ShredBase):
    """A passkey, certificate or identity that counts; one without a row opens nothing."""

    __tablename__ = "living_credential"

    credential_id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(index=True)
    count: Mapped[int] = mapped_column(BigInteger)  #: how far its authenticator has counted; most never do
    used: Mapped[bool]  #: by its owner, ever: then the main database has its row, or has lost it


class Rate(ShredBase):
    """Which profiles an officer opened lately."""

    __tablename__ = "rate"

    officer_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class Budget(ShredBase):
    """Records a run has written."""

    __tablename__ = "budget"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    used: Mapped[int]


class Gate(ShredBase):
    """How far the keeper saw the log committed, and why it stays closed; the only row has the key 1."""

    __tablename__ = "gate"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)  #: so many lines had their place
    chain: Mapped[bytes]  #: after the last of them
    heal_from: Mapped[int | None] = mapped_column(BigInteger)  #: from this line on, ends are repeated at the next start
    closed: Mapped[str | None] = mapped_column(Text)  #: restored | no-newer-log; none: open, if the log agrees
    restored_at: Mapped[datetime | None]  #: sessions and letters of before count no more

"""What the linker keeps: identities sealed for it, and the tokens it looks them up by."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, Bucket

#: The schema that the linker alone can use.
SCHEMA = "linkage"


def _of_appearance() -> tuple[CheckConstraint, ForeignKeyConstraint]:
    return (
        CheckConstraint("bucket = get_byte(uuid_send(appearance_id), 0)", name="bucket"),
        ForeignKeyConstraint(("bucket", "appearance_id"), ("appearance.bucket", "appearance.id"), ondelete="CASCADE"),
    )


class LinkageArrival(Base):
    """An identity that the linker has not taken in yet; one for each appearance, the last one counts."""

    __tablename__ = "linkage_arrival"
    __table_args__ = _of_appearance()

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    appearance_id: Mapped[UUID] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]  #: a query, sealed by the keeper for the linker


class LinkageHandle(Base):
    """Under which random handle the linker keeps an appearance: the one table that joins its schema to profiles."""

    __tablename__ = "linkage_handle"
    __table_args__ = _of_appearance()

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    appearance_id: Mapped[UUID] = mapped_column(primary_key=True)
    handle: Mapped[int] = mapped_column(BigInteger, unique=True)  #: 64 random bits; a trigger lets the identity go too


class LinkageIdentity(Base):
    """An identity that can be found; keyed tokens, sealed under the linker's own key."""

    __tablename__ = "identity"
    __table_args__ = (
        CheckConstraint("at >= '2000-01-01 00:00:00+00' AND at < '3000-01-01 00:00:00+00'", name="at"),
        {"schema": SCHEMA},
    )

    handle: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]  #: when the keeper sealed it; an older one never replaces a newer one
    key_version: Mapped[int]  #: of the look-up key, under which its tokens lie
    sealed: Mapped[bytes]


class LinkageToken(Base):
    """A key to look identities up by: a digest of two pieces of evidence, or of one number.

    Keyed by token, not by bucket: a question has tokens, and the index alone answers it.
    """

    __tablename__ = "token"
    __table_args__ = (
        ForeignKeyConstraint(("handle",), (f"{SCHEMA}.identity.handle",), ondelete="CASCADE"),
        {"schema": SCHEMA},
    )

    token: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    handle: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, index=True)


class Link(Base):
    """A proposal or decision that two appearances are one person; the keeper vouches for it by its MAC."""

    __tablename__ = "link"
    __table_args__ = (
        *_of_appearance(),
        Index("ix_link_decided_at", "decided_at"),
        Index("ix_link_proposed", "decided_at", "id", postgresql_where=text("status = 'proposed'")),
        Index("ix_link_said", "decided_at", postgresql_where=text("decided_kind <> 'run'")),
    )

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    appearance_id: Mapped[UUID] = mapped_column(primary_key=True)  #: the one that moved, or would
    id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    other_id: Mapped[UUID] = mapped_column(index=True)  #: the one it was found to be like
    from_person: Mapped[UUID]  #: whose it was; a link undone gives it back
    to_person: Mapped[UUID] = mapped_column(index=True)
    status: Mapped[str]  #: proposed | decided | confirmed | rejected | undone
    grade: Mapped[str]  #: known | look
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text))  #: code:attribute:level, then weighs:name:bits; no values
    differences: Mapped[list[str]] = mapped_column(ARRAY(Text))
    decided_kind: Mapped[str]  #: run | officer | person
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime]
    mac: Mapped[bytes]


class LinkUncompared(Base):
    """An imported appearance that nobody has compared with the others yet; its agency's next import catches up."""

    __tablename__ = "link_uncompared"
    __table_args__ = _of_appearance()

    bucket: Mapped[int] = mapped_column(Bucket, primary_key=True)
    appearance_id: Mapped[UUID] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(index=True)

"""Devices that somebody signs in with, as the owner sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from registry.auth.models import Credential
from registry.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

_KIND = "passkey"


@dataclass(frozen=True, slots=True)
class Passkey:
    """A device; of what make it is nobody asked."""

    id: UUID
    added_at: datetime


def owned(session: Session, owner: UUID) -> Sequence[Passkey]:
    """Return somebody's devices, the newest first; one that two officers voided has no row either."""
    asked = select(Credential.id, Credential.created_at).where(Credential.owner_id == owner, Credential.kind == _KIND)
    return [Passkey(*row) for row in session.execute(asked.order_by(Credential.created_at.desc()))]


def insist_owned(session: Session, credential: UUID, owner: UUID) -> None:
    """Raise NotFound unless this device is the owner's."""
    if credential not in {one.id for one in owned(session, owner)}:
        raise NotFound("There is no such device.")


def drop(session: Session, credential: UUID) -> None:
    """Delete a credential's row: the keeper lets it count no more."""
    session.execute(delete(Credential).where(Credential.id == credential))


def drop_all(session: Session, owner: UUID) -> None:
    """Delete all devices of somebody: the keeper voided them."""
    session.execute(delete(Credential).where(Credential.owner_id == owner, Credential.kind == _KIND))

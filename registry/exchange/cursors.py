"""Where an office's system is in what it follows: a cursor that is the office's own and tells it nothing else.

Plain, it would say how long the log is, and two of them how much all other offices did in between.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.crypto import places
from registry.crypto.derivation import KEY_BYTES
from registry.crypto.errors import CryptoError
from registry.db import act_for
from registry.errors import RegistryError
from registry.exchange.models import CursorKey

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.crypto.encoding import Field

_FORM = "feed/1"


class CursorRefused(RegistryError):  # noqa: N818 - what was decided
    """This cursor was never given to this office, or leads beyond what there is; beginning without one helps."""

    code = "cursor.refused"


def key_of(session: Session, agency: UUID) -> bytes:
    """Return the key of an agency's cursors; the first time it is made, and the caller commits it.

    It opens nothing that is anybody's. Should it be lost, all cursors under it are refused.
    """
    act_for(session, agency=agency)
    own = select(CursorKey.key).where(CursorKey.agency_id == agency)
    known = session.scalar(own)
    if known is None:
        made = upsert(CursorKey).values(agency_id=agency, key=os.urandom(KEY_BYTES))
        session.execute(made.on_conflict_do_nothing())
        known = session.scalars(own).one()  # perhaps of who was faster
    return known


def written(place: int, key: bytes, agency: UUID) -> str:
    """Return the cursor of a place: 48 letters, digits, - and _, others each time."""
    return _text(places.mask(place, key, _context(agency)))


def place_of(cursor: str, key: bytes, agency: UUID) -> int:
    """Return the place that a cursor leads to.

    Raises:
        CursorRefused: it was not written for this agency, or a part of it was changed.
    """
    refused = CursorRefused("This is no cursor of your feed. Begin without one.")
    try:
        masked = urlsafe_b64decode(cursor)
        if _text(masked) != cursor:  # reading overlooks letters, and takes + for -
            raise refused
        return places.unmask(masked, key, _context(agency))
    except (ValueError, CryptoError):
        raise refused from None


def _text(masked: bytes) -> str:
    return urlsafe_b64encode(masked).decode()


def _context(agency: UUID) -> tuple[Field, ...]:
    return (_FORM, agency)

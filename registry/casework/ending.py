"""What a person ends herself: each commits first, then the keeper is told, and it holds even where that fails."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from registry.casework import granting, linking
from registry.casework.forgetting import erasing
from registry.casework.herself import meanwhile
from registry.db import Sessions
from registry.keys.client import KeeperAway, KeeperRefused
from registry.profiles.appearances import Conflict

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from registry.actors import Officer, PersonActor
    from registry.wire.rows import GrantRow

log = logging.getLogger(__name__)


def withdraw(grant: UUID, *, actor: PersonActor, now: datetime) -> GrantRow:
    """Withdraw a grant; it takes effect with the office's next request.

    Raises:
        NotFound: she has no such active grant.
    """
    ended = _withdrawn(grant, actor, now)
    try:
        granting.settle(ended.appearances)
    except (KeeperAway, KeeperRefused):
        # It is withdrawn all the same; the keeper raises its floor when it next opens one of these compartments.
        log.warning("grant.unsettled", extra={"grant": grant})
    return ended


def give_back(appearance: UUID, *, actor: Officer | PersonActor, now: datetime, second: bytes | None = None) -> UUID:
    """Undo that an appearance was linked, as linking.undo does; return whose it is now.

    Whether what she said herself meanwhile still counts she is asked at her next visit.
    """
    with Sessions.begin() as session:
        person, moved = linking.undo(session, appearance, actor=actor, now=now, second=second)
    _settle(moved)
    return person


def disown(appearance: UUID, taking_back: Collection[UUID] | None, *, actor: PersonActor, now: datetime) -> None:
    """Say "this is not me", and what still counts of what she said herself meanwhile, as meanwhile.part does."""
    with Sessions.begin() as session:
        _, moved = meanwhile.part(session, appearance, taking_back, actor=actor, now=now)
    _settle(moved)


def be_forgotten(actor: PersonActor, *, now: datetime) -> bool:
    """Destroy the keys of everything kept about her; False where it is ordered and still under way."""
    with Sessions.begin() as session:
        order = erasing.order(session, actor=actor, now=now)
    try:
        erasing.carry_out(order, now=now)
    except (KeeperAway, KeeperRefused):
        log.warning("erasure.unfinished")  # ordered and committed: the housekeeper repeats it until it is done
        return False
    return True


def _settle(moved: list[UUID]) -> None:
    try:
        granting.settle(moved)
    except (KeeperAway, KeeperRefused):
        log.warning("link.unsettled", extra={"appearances": len(moved)})


def _withdrawn(grant: UUID, actor: PersonActor, now: datetime) -> GrantRow:
    """Withdraw; an import that changes her data at this moment must not make her ask twice."""
    for last in (False, False, True):
        try:
            with Sessions.begin() as session:
                return granting.revoke(session, grant, actor=actor, now=now)
        except Conflict:
            if last:
                raise
    raise AssertionError("the last try returns or raises")

"""Tries again what database or keeper could not do while they were being restarted, or while somebody was faster."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError

from registry.keys.client import KeeperAway
from registry.linkage.client import LinkerAway
from registry.profiles.appearances import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: Seconds to wait before each further try.
PAUSES = (0.2, 1.0, 3.0, 6.0)


def patiently(act: Callable[[], T], on_wait: Callable[[str], None] | None = None) -> T:
    """Do something that may be done twice, and again after a pause where only the moment was wrong.

    Args:
        on_wait: is told the reason's code before each pause.

    Raises:
        RegistryError: what was refused; KeeperAway, LinkerAway or Conflict where all tries met the same.
        DBAPIError: the database stays away, or refuses.
    """
    for pause in PAUSES:
        try:
            return act()
        except (KeeperAway, LinkerAway, Conflict) as meanwhile:
            code = meanwhile.code
        except DBAPIError as failure:
            if not is_away(failure):
                raise
            code = "database.away"
        if on_wait is not None:
            on_wait(code)
        time.sleep(pause)
    return act()


def is_away(failure: DBAPIError) -> bool:
    """Say whether the database could not be reached, rather than refused what it was asked."""
    return failure.connection_invalidated or isinstance(failure, OperationalError)

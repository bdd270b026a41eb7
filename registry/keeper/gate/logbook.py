"""The log as the keeper reads it, in the order of its chain."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from registry.keeper.rows import columns
from registry.lines import GENESIS, leaf_of
from registry.wire.upkeep.restoring import LineRow

if TYPE_CHECKING:
    from registry.statements import Database

log = logging.getLogger(__name__)

#: What can end, and must not begin again when a database is brought back.
ENDS: Final = frozenset({"grant.withdrawn", "grant.expired", "person.erased", "link.undone"})
AT_ONCE: Final = 1000

_LENGTH = "SELECT number FROM keeper_log ORDER BY number DESC LIMIT 1"
_CHAIN = "SELECT chain FROM keeper_log WHERE number = %s"
_PLACED = "SELECT number, chain, leaf FROM keeper_log WHERE number >= %(first)s AND number < %(past)s ORDER BY number"
# A moment that no line of ours has, and that cannot be read, is none: then the line is not whole.
_AT = "CASE WHEN l.at >= '2000-01-01' AND l.at < '3000-01-01' THEN l.at END"
_SAID = columns(LineRow, "l").replace("l.at,", f"{_AT},")
_LINES = f"SELECT {_SAID} FROM keeper_log l WHERE number >= %(first)s AND number < %(past)s ORDER BY number"  # noqa: S608 - as below
_WAITING = f"SELECT {_SAID} FROM keeper_waiting l WHERE event = ANY(%(ends)s)"  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Logbook:
    """Reads lines that have their place; a line that was changed is none."""

    database: Database

    def length(self) -> int:
        """Return how many lines have their place."""
        rows = self.database.fetch(_LENGTH)
        return int(rows[0][0]) + 1 if rows else 0

    def chain_at(self, size: int) -> bytes | None:
        """Return the chain after so many lines; None where the log is shorter."""
        if size == 0:
            return GENESIS
        rows = self.database.fetch(_CHAIN, (size - 1,))
        return rows[0][0] if rows else None

    def placed(self, first: int) -> list[tuple[int, bytes, bytes]]:
        """Return (number, chain, leaf) of the next lines from this number on, `AT_ONCE` at the most."""
        return [tuple(row) for row in self.database.fetch(_PLACED, {"first": first, "past": first + AT_ONCE})]

    def lines(self, first: int) -> list[LineRow]:
        """Return the same lines whole; which of them are ends is for who has checked them to say."""
        return [LineRow(*row) for row in self.database.fetch(_LINES, {"first": first, "past": first + AT_ONCE})]

    def waiting(self) -> list[LineRow]:
        """Return the ends that wait for their place and are whole; whoever wrote another one has said nothing."""
        found = [LineRow(*row) for row in self.database.fetch(_WAITING, {"ends": list(ENDS)})]
        whole = [line for line in found if is_whole(line)]
        if len(whole) < len(found):
            log.warning("keeper.line-unreadable", extra={"count": len(found) - len(whole)})
        return whole


def is_whole(line: LineRow) -> bool:
    """Say whether a line says what it was written with."""
    if not all(isinstance(one, UUID) for one in (*line.grants, *line.appearances)):
        return False  # a list of lists, or of nothing
    try:
        return line.leaf == leaf_of({name: value for name, value in line.values().items() if name != "leaf"})
    except (TypeError, ValueError):
        return False

"""The log as the keeper reads it, in the order of its chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from registry.keeper.rows import columns
from registry.lines import GENESIS, leaf_of
from registry.wire.upkeep.restoring import LineRow

if TYPE_CHECKING:
    from registry.statements import Database

#: What can end, and must not begin again when a database is brought back.
ENDS: Final = frozenset({"grant.withdrawn", "grant.expired", "person.erased", "link.undone"})
AT_ONCE: Final = 1000

_LENGTH = "SELECT number FROM keeper_log ORDER BY number DESC LIMIT 1"
_CHAIN = "SELECT chain FROM keeper_log WHERE number = %s"
_PLACED = "SELECT number, chain, leaf FROM keeper_log WHERE number >= %(first)s AND number < %(past)s ORDER BY number"
_SAID = columns(LineRow, "l")
_ENDED = (
    f"SELECT {_SAID} FROM keeper_log l WHERE number >= %(first)s AND number < %(past)s AND event = ANY(%(ends)s)"  # noqa: S608 - as below
    " ORDER BY number"
)
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

    def ended(self, first: int) -> list[LineRow]:
        """Return the ends among the same lines."""
        asked = {"first": first, "past": first + AT_ONCE, "ends": list(ENDS)}
        return [LineRow(*row) for row in self.database.fetch(_ENDED, asked)]

    def waiting(self) -> list[LineRow]:
        """Return the ends that wait for their place."""
        return [LineRow(*row) for row in self.database.fetch(_WAITING, {"ends": list(ENDS)})]


def is_whole(line: LineRow) -> bool:
    """Say whether a line says what it was written with."""
    return line.leaf == leaf_of({name: value for name, value in line.values().items() if name != "leaf"})

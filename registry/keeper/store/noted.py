"""How far the log was seen, noted where it does not roll back with the main database; and why the keeper is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from registry.lines import GENESIS

if TYPE_CHECKING:
    from datetime import datetime

    from registry.statements import Database

_READ = "SELECT size, chain, heal_from, closed, restored_at FROM gate WHERE id = 1"
_NOTE = (
    "INSERT INTO gate (id, size, chain) VALUES (1, %(size)s, %(chain)s) ON CONFLICT (id) DO UPDATE"
    " SET size = excluded.size, chain = excluded.chain"
)
_OPEN = "UPDATE gate SET closed = NULL WHERE id = 1"
_HEALED = "UPDATE gate SET heal_from = NULL WHERE id = 1"
_FLOORS = (
    "SELECT appearance_id, compartment, epoch FROM floor WHERE appearance_id IN"
    " (SELECT DISTINCT appearance_id FROM floor WHERE appearance_id > %s ORDER BY appearance_id LIMIT %s)"
    " ORDER BY appearance_id"
)


@dataclass(frozen=True, slots=True)
class Note:
    """The gate's only row."""

    size: int = 0
    chain: bytes = GENESIS
    heal_from: int | None = None
    closed: str | None = None
    restored_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """The gate as the shred store has it."""

    database: Database

    def read(self) -> Note:
        """Return what was noted last; a new store has seen nothing."""
        rows = self.database.fetch(_READ)
        return Note(*rows[0]) if rows else Note()

    def note(self, size: int, chain: bytes) -> None:
        """Note how far the log was seen committed."""
        self.database.fetch(_NOTE, {"size": size, "chain": chain})

    def healed(self) -> None:
        """Note that what ended before was ended again."""
        self.database.fetch(_HEALED)

    def reopened(self) -> None:
        """Note that nothing keeps the keeper closed any more."""
        self.database.fetch(_OPEN)

    def floors_after(self, appearance: UUID | None, limit: int) -> list[tuple[UUID, str, int]]:
        """Return the floors of the next so many appearances that have any."""
        rows = self.database.fetch(_FLOORS, (appearance or UUID(int=0), limit))
        return [(row[0], row[1], row[2]) for row in rows]

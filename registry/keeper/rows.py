"""Rows the keeper vouches for: each carries a MAC over its table's name and all its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from registry.crypto import macs
from registry.crypto.errors import CryptoError
from registry.keeper.rules import Refusal
from registry.wire import rows as wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from registry.keeper.store.keyring import Keyring

R = TypeVar("R", bound=wire.Row)

#: Table of each vouched row. The database's name stays out, so that a pair of cloned databases stays valid.
TABLES: dict[type[wire.Row], str] = {
    wire.AgencyRow: "agency",
    wire.OfficerRow: "officer",
    wire.CredentialRow: "credential",
    wire.SessionRow: "session",
    wire.RunRow: "run",
    wire.AppearanceRow: "appearance",
    wire.LinkRow: "link",
    wire.GrantRow: "access_grant",
    wire.ErasureRow: "erasure",
}


#: The rows that every opening reads again, and how many of them are remembered as genuine, at some 500 bytes each.
_COMES_AGAIN = frozenset({wire.SessionRow, wire.OfficerRow, wire.AgencyRow, wire.AppearanceRow})
_MEMORY_SIZE = 10_000


class Memory:
    """Rows that were found genuine, as they were then, by their MAC."""

    __slots__ = ("_rows", "_sessions")

    def __init__(self) -> None:
        self._rows: dict[bytes, wire.Row] = {}
        self._sessions: dict[bytes, wire.SessionRow] = {}

    def same(self, row_type: type[R], values: Sequence[object]) -> R | None:
        """Return the row that was read, if it is the same to its last column as one that was found genuine."""
        known = self._rows.get(values[-1])  # type: ignore[call-overload]  # every vouched row ends with its MAC
        return known if type(known) is row_type and known == row_type(*values) else None

    def session(self, session: bytes) -> wire.SessionRow | None:
        """Return whose session this was when it was read last; whether it still counts is another question."""
        return self._sessions.get(session)

    def keep(self, row: wire.Row) -> None:
        """Remember a genuine row, if it is of those that come again."""
        if type(row) in _COMES_AGAIN:
            if len(self._rows) >= _MEMORY_SIZE:
                self._rows.clear()
                self._sessions.clear()
            self._rows[row.mac] = row  # type: ignore[attr-defined]  # as above
        if isinstance(row, wire.SessionRow):
            self._sessions[row.id] = row

    def forget(self, person: UUID, appearances: Iterable[UUID]) -> None:
        """Forget someone who is erased: what was linked to her, and that she signed in."""
        gone = {person, *appearances}
        for mac, row in list(self._rows.items()):
            about = {row.id, row.person_id} if isinstance(row, wire.AppearanceRow) else {getattr(row, "actor_id", None)}
            if not gone.isdisjoint(about):
                self._rows.pop(mac, None)
                self._sessions.pop(getattr(row, "id", b""), None)


def columns(row_type: type[wire.Row], alias: str) -> str:
    """Return the column list of a row for a SELECT, in the order of its fields."""
    return ", ".join(f"{alias}.{name}" for name in row_type.__struct_fields__)


def gathered(row_type: type[wire.Row], alias: str, *, of: slice = slice(None)) -> str:
    """Return the same, or some of it, each column of many rows as one list."""
    return ", ".join(f"array_agg({alias}.{name}) AS {alias}_{name}" for name in row_type.__struct_fields__[of])


def width(row_type: type[wire.Row]) -> int:
    """Return how many columns a row has."""
    return len(row_type.__struct_fields__)


def vouch(row: R, keyring: Keyring) -> R:
    """Return the row with its MAC: the key's version (1 byte), then HMAC-SHA256."""
    version, key = keyring.active("rows")
    values = {name: getattr(row, name) for name in row.__struct_fields__ if name != "mac"}
    return type(row)(**values, mac=bytes((version,)) + _mac(row, key))


def checked(row_type: type[R], values: Sequence[object], keyring: Keyring) -> R:
    """Return the row that was read, if the keeper made it just so.

    Raises:
        Refusal: the row is missing, or a column was changed by someone else.
    """
    row = row_type(*values)
    stored = row.mac  # type: ignore[attr-defined]  # every vouched row has one
    if not stored:
        raise Refusal(f"{TABLES[row_type]}.missing")
    try:
        expected = _mac(row, keyring.get("rows", "", stored[0]))
    except CryptoError:
        raise Refusal(f"{TABLES[row_type]}.forged") from None
    if not macs.same(stored[1:], expected):
        raise Refusal(f"{TABLES[row_type]}.forged")
    return row


def _mac(row: wire.Row, key: bytes) -> bytes:
    fields = [getattr(row, name) for name in row.__struct_fields__ if name != "mac"]
    return macs.mac(key, (TABLES[type(row)], *fields))

"""Deleting what is due: entries leave their compartment for good, and its old key dies with its old ciphertext."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from registry.crypto.errors import CryptoError
from registry.keeper.rules import Refusal, insist
from registry.keeper.tokens import COMPARTMENTS as COMPARTMENTS_OF_IDENTITY
from registry.wire import documents, messages
from schemas.compartments import Compartment
from schemas.retention import day_of, due_days

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID

    from registry.keeper.reading import Found, Reader
    from registry.keeper.sealing import Sealer
    from registry.keeper.store.shred import Shred, ShredStore
    from registry.keeper.tokens import Linking
    from registry.wire.rows import SealedRow, WrapRow

log = logging.getLogger(__name__)

_ALL = [compartment.value for compartment in Compartment]
#: An answer with all their compartments must fit into a frame, so whoever asks looks at their size as well.
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class _Pruned:
    """One compartment as it is from now on."""

    row: SealedRow
    wraps: list[WrapRow]
    content: bytes


@dataclass(frozen=True, slots=True)
class Pruner:
    """Takes out what is due on its own calendar; nobody can make it delete a day too early."""

    reader: Reader
    store: ShredStore
    sealer: Sealer
    tokens: Linking

    def prune(self, asked: messages.Prune, now: datetime) -> messages.Pruned:
        """Seal what remains of every due compartment, under a new key that is wrapped for all who could open it.

        A new key, and not only a new version: no copy of the old row opens with what is wrapped from now on, and none
        opens at all once the new epoch is settled. A row that cannot be pruned must not keep the others: it is skipped.
        """
        insist(that=0 < len(asked.appearances) <= _AT_ONCE, code="prune.form")
        rows = self.reader.sealed(asked.appearances, _ALL)
        due = [one for one in rows if _is_due(one.sealed.delete_on, day_of(now))]
        insist(that=bool(due), code="prune.not-due")
        wraps = self.reader.wraps(asked.appearances, {one.sealed.compartment for one in due})
        shreds = self.store.secrets_of({one.sealed.appearance_id for one in due})
        pruned: dict[tuple[UUID, str], _Pruned] = {}
        for one in due:
            try:
                done = self._pruned(one, wraps, shreds.get(one.sealed.appearance_id), now=now)
            except (CryptoError, Refusal, msgspec.DecodeError):
                log.warning("keeper.row-skipped", extra={"operation": "prune"})
            else:
                pruned[_place(one)] = done
        return messages.Pruned(
            [done.row for done in pruned.values()],
            [wrap for done in pruned.values() for wrap in done.wraps],
            self._identities(rows, pruned, shreds, now=now),
            len(due) - len(pruned),
        )

    def _pruned(self, one: Found, wraps: list[WrapRow], shred: Shred | None, *, now: datetime) -> _Pruned:
        if shred is None:
            raise Refusal("appearance.erased")
        old_key = self.sealer.custodian_key(one.sealed, shred)
        kind = self.reader.agency(one.appearance.source_id).kind if one.appearance.source_kind == "agency" else None
        content, next_due = without_due(self.sealer.open(one.sealed, old_key, shred), kind, day_of(now))
        row, new_key = self.sealer.renew(one.appearance, one.sealed, content, shred=shred, delete_on=next_due)
        living = self.sealer.carried_over(wraps, one.sealed, row, keys=(old_key, new_key), shred=shred, now=now)
        return _Pruned(row, living, content)

    def _identities(
        self,
        rows: list[Found],
        pruned: dict[tuple[UUID, str], _Pruned],
        shreds: dict[UUID, Shred],
        *,
        now: datetime,
    ) -> dict[UUID, bytes]:
        """Return who those are from now on who lost something of it, so that the linker forgets it too."""
        of_identity = [
            one
            for one in rows
            if one.appearance.source_kind == "agency" and one.sealed.compartment in COMPARTMENTS_OF_IDENTITY
        ]
        changed = [place[0] for one in of_identity if (place := _place(one)) in pruned]
        said: dict[UUID, list[bytes]] = {appearance: [] for appearance in changed}
        for one in of_identity:
            place = _place(one)
            if place in pruned:
                said[place[0]].append(pruned[place].content)
            elif place[0] in said:
                said[place[0]] += self._readable(one, shreds[place[0]])
        return {one: self.tokens.seal(documents, asker=b"", subject=one, at=now) for one, documents in said.items()}

    def _readable(self, one: Found, shred: Shred) -> list[bytes]:
        """Return a document that stays as it is; of one that opens for nobody the linker must know nothing either."""
        try:
            return [self.sealer.open(one.sealed, self.sealer.custodian_key(one.sealed, shred), shred)]
        except (CryptoError, Refusal):
            return []


def without_due(content: bytes, agency: str | None, today: date) -> tuple[bytes, date | None]:
    """Return a document without the entries that are due, standing or history; what stays keeps its very bytes.

    Args:
        agency: the kind of the document's source; None for the person herself.

    Returns:
        the document, and the earliest day on which something left in it is due.

    Raises:
        Refusal: nothing in it is due, whatever its row says.
        msgspec.DecodeError: it is no such document.
    """
    entries = documents.dated(content)
    days = due_days([one for _, one in entries], agency)
    left = [(piece, day) for (piece, _), day in zip(entries, days, strict=True) if not _is_due(day, today)]
    insist(that=len(left) < len(entries), code="prune.nothing-due")
    return documents.written([piece for piece, _ in left]), earliest(day for _, day in left)


def earliest(days: Iterable[date | None]) -> date | None:
    """Return the first of the days that are set."""
    return min((day for day in days if day is not None), default=None)


def _is_due(day: date | None, today: date) -> bool:
    return day is not None and day <= today


def _place(one: Found) -> tuple[UUID, str]:
    return one.sealed.appearance_id, one.sealed.compartment

"""Wraps moved from older versions of a key to the present one, in chunks, while everybody goes on reading."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from registry.crypto.errors import CryptoError
from registry.keeper.rotation.ordering import AGENCY
from registry.keeper.rules import Refusal, insist
from registry.keeper.tokens import LOOKUP
from registry.wire import rotating
from registry.wire.rotating import RENEWING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from typing import TypeVar

    from registry.keeper.rotation.lying import Lying
    from registry.keeper.rotation.ordering import Ordered, Orders
    from registry.keeper.rotation.retokening import Retokener
    from registry.keeper.sealing import Sealer
    from registry.keeper.store.shred import Shred, ShredStore
    from registry.wire.rows import SealedRow, WrapRow

    R = TypeVar("R", SealedRow, WrapRow)
    M = TypeVar("M")

log = logging.getLogger(__name__)

#: Appearances in one chunk: a chunk is some 100 ms of work, and whoever reads meanwhile waits for no part of it.
CHUNK = 100
_SECRETS = 2_000


@dataclass(frozen=True, slots=True)
class Mover:
    """Reads what lies under older versions, in an order of its own, and wraps it anew; stores none of it."""

    lying: Lying
    store: ShredStore
    sealer: Sealer
    orders: Orders
    retokener: Retokener

    def renew(self, asked: rotating.Renew, now: datetime) -> rotating.KeyRenewed:
        """Make the version that a run orders; from now on it makes everything new."""
        run = self.orders.live(asked.run, RENEWING, now)
        # As it was when this was ordered, not as it is now: of two orders to salt the second takes nothing back.
        salted = run.kind == LOOKUP and self.store.keyring.is_salted(run.before) != run.resalts
        self.store.keys.renew(run.kind, run.scope, run.then, now=now, salted=salted)
        return rotating.KeyRenewed(self._left(run))

    def rekey(self, asked: rotating.Rekey, now: datetime) -> rotating.Rekeyed:
        """Move the next chunk.

        The keys stay the same, and so do documents, epochs and grants: only under what they lie changes. What cannot be
        opened is left as it is, and keeps no other from being moved.
        """
        run = self.orders.live(asked.run, RENEWING, now)
        insist(that=self.store.keys.active(run.kind, run.scope) == run.then, code="run.superseded")
        match run.kind:
            case "custodian":
                return self._custodians(run, asked.after)
            case "agency":
                return self._agencies(run, asked.after)
            case "shred":
                moved, last = self.store.move_secrets(asked.after or UUID(int=0), run.then, limit=_SECRETS)
                return rotating.Rekeyed([], [], last, moved=moved)
            case "lookup":
                return self.retokener.next(run.then, asked.after)
            case _:
                return rotating.Rekeyed([], [], None)

    def _custodians(self, run: Ordered, after: UUID | None) -> rotating.Rekeyed:
        ids = self.lying.next_appearances(after, limit=CHUNK)
        shreds = self.store.in_passing(ids)
        rows = self.lying.held(ids, run.then)
        held, skipped = _each(
            rows, shreds, lambda row, shred: _held(row, self.sealer.hold_anew(row, shred, source=None))
        )
        return rotating.Rekeyed(held, [], ids[-1] if ids else None, skipped=skipped)

    def _agencies(self, run: Ordered, after: UUID | None) -> rotating.Rekeyed:
        ids = self.lying.next_of_agency(run.agency, after, run.then, limit=CHUNK)
        shreds = self.store.in_passing(ids)
        held, not_held = _each(
            self.lying.own(ids, run.agency, run.then),
            shreds,
            lambda row, shred: _held(row, self.sealer.hold_anew(row, shred, source=run.agency)),
        )
        wraps, not_moved = _each(
            self.lying.wraps(ids, run.agency, run.then),
            shreds,
            lambda wrap, shred: _moved(wrap, self.sealer.wrap_anew(wrap, shred)),
        )
        return rotating.Rekeyed(held, wraps, ids[-1] if ids else None, skipped=not_held + not_moved)

    def _left(self, run: Ordered) -> int:
        """Count what lies under other versions than the one that shall be."""
        if run.kind == "shred":
            versions = [one.version for one in self.store.keys.told() if one.kind == "shred"]
            return sum(self.store.lying_under(version) for version in versions if version != run.then)
        if run.kind == LOOKUP:
            return sum(count for version, count in self.retokener.lying_under().items() if version != run.then)
        if run.kind not in {AGENCY, "custodian"}:
            return 0
        custodian, agencies = self.lying.counts()
        if run.kind == "custodian":
            return sum(count for version, count in custodian.items() if version != run.then)
        return sum(
            count for (agency, version), count in agencies.items() if (agency, version != run.then) == (run.scope, True)
        )


def _each(rows: Iterable[R], shreds: Mapping[UUID, Shred], move: Callable[[R, Shred], M]) -> tuple[list[M], int]:
    """Move rows one by one; return them, and how many do not open."""
    moved, skipped = [], 0
    for row in rows:
        shred = shreds.get(row.appearance_id)
        if shred is None:
            continue  # erased: the row goes as well
        try:
            moved.append(move(row, shred))
        except (CryptoError, Refusal):
            skipped += 1
    if skipped:
        log.warning("keeper.rows-skipped", extra={"operation": "rekey", "count": skipped})
    return moved, skipped


def _held(before: SealedRow, row: SealedRow) -> rotating.HeldRow:
    return rotating.HeldRow(
        bucket=row.bucket,
        appearance_id=row.appearance_id,
        compartment=row.compartment,
        epoch=row.epoch,
        version=row.version,
        custodian_wrap=row.custodian_wrap,
        custodian_version=row.custodian_version,
        own_wrap=row.own_wrap,
        own_version=row.own_version,
        was_custodian_version=before.custodian_version,
        was_own_version=before.own_version,
    )


def _moved(before: WrapRow, wrap: WrapRow) -> rotating.MovedWrap:
    return rotating.MovedWrap(
        bucket=wrap.bucket,
        appearance_id=wrap.appearance_id,
        compartment=wrap.compartment,
        agency_id=wrap.agency_id,
        purpose=wrap.purpose,
        grant_id=wrap.grant_id,
        epoch=wrap.epoch,
        key_version=wrap.key_version,
        wrapped=wrap.wrapped,
        was_key_version=before.key_version,
    )

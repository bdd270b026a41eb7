"""Grants cut down to what the rules allow by now: what is above the ceiling loses its wraps and its key."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.crypto.errors import CryptoError
from registry.keeper.rules import Refusal, ceiling, insist
from registry.wire import messages
from schemas.compartments import Compartment

if TYPE_CHECKING:
    from datetime import datetime

    from registry.keeper.reading import Reader
    from registry.keeper.sealing import Sealer
    from registry.keeper.store.shred import ShredStore
    from registry.wire.rows import SealedRow, WrapRow

log = logging.getLogger(__name__)

_ALL = [compartment.value for compartment in Compartment]
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Trimmer:
    """Finds by its own ceilings what no grant may hold; whoever asks only says where to look."""

    reader: Reader
    store: ShredStore
    sealer: Sealer

    def trim(self, asked: messages.Trim, now: datetime) -> messages.Trimmed:
        """Give every compartment with a wrap above the ceiling a new key, wrapped again for all that are within it.

        As when a grant ends, and for the same reason: whoever had a key of it may have kept that key.
        """
        insist(that=0 < len(asked.appearances) <= _AT_ONCE, code="trim.form")
        wraps = self.reader.wraps(asked.appearances, _ALL)
        cut = [wrap for wrap in wraps if self._is_above(wrap)]
        insist(that=bool(cut), code="trim.nothing-above")
        places = {(wrap.appearance_id, wrap.compartment) for wrap in cut}
        within = [wrap for wrap in wraps if wrap not in cut]
        shreds = self.store.secrets_of({appearance for appearance, _ in places})
        sealed: list[SealedRow] = []
        kept: list[WrapRow] = []
        for one in self.reader.sealed(asked.appearances, {compartment for _, compartment in places}):
            row, shred = one.sealed, shreds.get(one.sealed.appearance_id)
            if shred is None or (row.appearance_id, row.compartment) not in places:
                continue
            try:
                renewed, old_key, new_key = self.sealer.rekey(one.appearance, row, shred)
            except (CryptoError, Refusal):
                log.warning("keeper.row-skipped", extra={"operation": "trim"})
                continue
            sealed.append(renewed)
            keys = (old_key, new_key)
            kept += self.sealer.carried_over(within, row, renewed, keys=keys, shred=shred, now=now)
        return messages.Trimmed(sealed, kept, cut)

    def _is_above(self, wrap: WrapRow) -> bool:
        """Say whether the rules allow this kind of agency less; for one whose row is forged nothing opens anyway."""
        try:
            kind = self.reader.agency(wrap.agency_id).kind
        except Refusal:
            return False
        return wrap.compartment not in ceiling(kind, wrap.purpose)

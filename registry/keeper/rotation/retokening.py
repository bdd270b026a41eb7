"""Tokens made anew under the present version of the look-up key, out of what lies sealed."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.crypto.errors import CryptoError
from registry.keeper.rules import Refusal
from registry.keeper.tokens import COMPARTMENTS, LOOKUP
from registry.wire import rotating

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from registry.keeper.acts.records import Records
    from registry.keeper.reading import Reader
    from registry.keeper.rotation.lying import Lying, RecordRow
    from registry.keeper.sealing import Sealer
    from registry.keeper.store.shred import ShredStore
    from registry.keeper.tokens import Linking

log = logging.getLogger(__name__)

#: Appearances in one chunk: each is opened, folded and made tokens of, some milliseconds.
CHUNK = 50


@dataclass(frozen=True, slots=True)
class Retokener:
    """Makes identities' tokens for the linker, and records' tokens for the inbox; stores none of them."""

    lying: Lying
    reader: Reader
    store: ShredStore
    sealer: Sealer
    tokens: Linking
    records: Records

    def next(self, then: int, after: UUID | None) -> rotating.Rekeyed:
        """Make the tokens of the next appearances that lie under another version than this one.

        An identity is sealed as of the moment of the one before: whatever its source has said since outranks it.
        """
        ids = self.lying.next_appearances(after, limit=CHUNK)
        waiting, outdated = self.lying.identities(ids, then)
        identities, unread = self._identities(outdated)
        records, unkept = self._records(self.lying.records(ids, then), then)
        if unread + unkept:
            log.warning("keeper.rows-skipped", extra={"operation": "rekey", "count": unread + unkept})
        return rotating.Rekeyed(
            [], [], ids[-1] if ids else None,
            identities=identities, records=records, waiting=waiting, skipped=unread + unkept,
        )  # fmt: skip

    def lying_under(self) -> Counter[int]:
        """Count by version whose tokens lie under it: identities and records."""
        return self.lying.tokens()

    def can_renew(self, before: int) -> bool:
        """Say whether anything lies under a version, or is on its way there, whose tokens could be made anew.

        What cannot be opened is not found any more once the version is destroyed, and must not keep it alive.
        """
        if self.lying.any_waits():
            return True
        if not self.lying_under()[before]:
            return False
        then, _ = self.records.keyring.active(LOOKUP)
        after = None
        while True:
            made = self.next(then, after)
            if made.identities or made.records or made.waiting:
                return True
            after = made.after
            if after is None:
                return False

    def forget(self) -> None:
        """Forget what was derived from the look-up key."""
        self.tokens.forget()

    def _identities(self, outdated: dict[UUID, datetime]) -> tuple[list[rotating.Identified], int]:
        """Return identities for the linker, and how many cannot be read whole; a part of one would hide somebody.

        A person's own word finds nobody, so it is left out.
        """
        shreds = self.store.in_passing(outdated)
        said: dict[UUID, dict[str, bytes]] = {one: {} for one in outdated if one in shreds}
        own = set()
        for one in self.reader.sealed(said, COMPARTMENTS):
            row = one.sealed
            if one.appearance.source_kind != "agency":
                own.add(row.appearance_id)
            with suppress(CryptoError, Refusal):
                key = self.sealer.custodian_key(row, shreds[row.appearance_id])
                said[row.appearance_id][row.compartment] = self.sealer.open(row, key, shreds[row.appearance_id])
        whole = {one: documents for one, documents in said.items() if len(documents) == len(COMPARTMENTS)}
        made = [
            rotating.Identified(one, self.tokens.seal(documents.values(), asker=b"", subject=one, at=outdated[one]))
            for one, documents in whole.items()
            if one not in own
        ]
        return made, len(said.keys() - whole.keys() - own)

    def _records(self, rows: Iterable[RecordRow], then: int) -> tuple[list[rotating.MovedRecord], int]:
        """Return records' new tokens, and how many cannot be made: what came before its id was kept, or was changed."""
        found = list(rows)
        shreds = self.store.in_passing({row.appearance_id for row in found})
        moved: dict[tuple[UUID, bytes], rotating.MovedRecord] = {}
        unkept = 0
        for row in found:
            shred = shreds.get(row.appearance_id)
            if shred is None:
                continue  # erased: the row goes as well
            try:
                key = self.records.kept(shred, row.agency_id, row.appearance_id, sealed=row.kept or b"")
            except CryptoError:
                unkept += 1
                continue
            version, token = self.records.token(row.agency_id, key)
            if version == then:
                record = rotating.MovedRecord(row.agency_id, row.token, token, row.key_version, version)
                moved.setdefault((row.agency_id, token), record)  # a row that was copied stays where it is
        return list(moved.values()), unkept

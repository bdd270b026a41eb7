"""What a line says has ended is ended again, in a store that may have forgotten it; repeating it is harmless."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from registry.keeper.rows import checked
from registry.keeper.rules import HERS, Refusal
from registry.wire.rows import ErasureRow
from schemas.compartments import Compartment
from schemas.vocabularies.access import GrantStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.keeper.acts.granting import Granter
    from registry.keeper.reading import Reader
    from registry.keeper.store.shred import ShredStore
    from registry.wire.upkeep.restoring import LineRow

log = logging.getLogger(__name__)

_AT_ONCE = 200
_RENEWED = (
    "SELECT DISTINCT d.bucket, d.appearance_id FROM keeper_sealed d WHERE d.epoch > 1"
    " AND (d.bucket, d.appearance_id) > (get_byte(uuid_send(%(after)s::uuid), 0), %(after)s::uuid)"
    " ORDER BY 1, 2 LIMIT %(limit)s"
)

#: A floor above every epoch: closed, and not destroyed.
BARRED: Final = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Ender:
    """Ends grants, links and persons on the word of a line."""

    reader: Reader
    store: ShredStore
    granter: Granter

    def raise_floors(self) -> None:
        """Raise all floors to what genuine rows of the main database show: a store that came back has older ones."""
        after, forged = UUID(int=0), 0
        while rows := self.reader.database.fetch(_RENEWED, {"after": after, "limit": _AT_ONCE}):
            forged += self.granter.raise_floors([row[1] for row in rows])
            after = rows[-1][1]
        if forged:
            log.warning("keeper.rows-skipped", extra={"operation": "raise-floors", "count": forged})

    def end_again(self, line: LineRow, erasure: ErasureRow | None = None, *, is_behind: bool) -> None:
        """Repeat in the shred store what a line ended.

        A line that no keeper signed can be anybody's: then only what genuine rows of the main database say as well is
        ended, so that no writer of lines closes or destroys anything; of her own words those go that a genuine parting
        may have ended and that have no row any more.

        Args:
            erasure: the order as an export has it; else it is looked for in the main database.
            is_behind: whether the main database is older than the line, which is then one of a signed export.
        """
        if line.event == "person.erased":
            self._erase(line, erasure, is_signed=is_behind)
        elif line.event == "link.undone":
            self._separate(line, is_behind=is_behind)
        else:
            for grant in line.grants:
                self._end(grant, line, is_signed=is_behind)

    def forget(self, order: ErasureRow) -> None:
        """Destroy the secrets that an order names, and with all of hers her letter too."""
        linked = self.reader.appearances_of(order.person_id)
        gone = self.store.given_back(order.person_id, [one.id for one in linked])
        self.store.destroy(order.appearances)
        if all(one.id in {*order.appearances, *gone} for one in linked if one.basis in HERS):
            self.store.void_letter(order.person_id)
        self.reader.memory.forget(order.person_id, order.appearances)

    def _end(self, grant: UUID, line: LineRow, *, is_signed: bool) -> None:
        """End a grant on the word of a signed line, or where its genuine row says that it is over."""
        if is_signed:
            self.store.end_grant(grant, line.appearances)
            return
        try:
            row = self.reader.grant(grant)
        except Refusal:
            return  # hers who was erased since, or nobody's
        if row.status == GrantStatus.ACTIVE:
            log.warning("keeper.end-unproved", extra={"line": str(line.id)})
            return
        self.store.end_grant(grant, row.appearances)

    def _erase(self, line: LineRow, given: ErasureRow | None, *, is_signed: bool) -> None:
        """Destroy on a genuine order only; without one what a signed line says is closed, and no other."""
        order = self._order(line, given)
        if order is not None and set(order.appearances) == set(line.appearances):
            self.forget(order)
            return
        log.warning("keeper.erasure-unproved", extra={"count": len(line.appearances)})
        if is_signed:
            self._bar(line.appearances)

    def _order(self, line: LineRow, given: ErasureRow | None) -> ErasureRow | None:
        try:
            if given is not None:
                row = checked(ErasureRow, list(given.values().values()), self.store.keyring)
                return row if row.id == line.object_id else None
            return self.reader.erasure(line.object_id) if line.object_id else None
        except Refusal:
            return None

    def _bar(self, appearances: Sequence[UUID]) -> None:
        self.store.raise_floors([(one, part.value, BARRED) for one in appearances for part in Compartment])

    def _separate(self, line: LineRow, *, is_behind: bool) -> None:
        """Let an appearance that was given back be hers no more, and no grant of hers open it.

        Where the main database is older, every grant that it has over it is over; else those over it were given since,
        and one that is hers again she took back.
        """
        try:
            link = self.reader.link(line.object_id) if line.object_id else None
        except Refusal:
            link = None  # made and undone since, or forged: then nothing was granted over it here
        if link is None or not (is_behind or link.status == "undone"):
            return
        row = self.reader.appearances([link.appearance_id]).get(link.appearance_id)
        if is_behind or row is None or row.person_id != link.to_person:
            self.store.give_back(link.appearance_id, link=link.id, person=link.to_person)
        if not is_behind and link.decided_at:  # where words went with her letter then, their rows went with them
            words = self.store.words_of(link.to_person, until=link.decided_at)
            left = self.reader.appearances(words)
            self.store.destroy([one for one in words if one not in left])
        for grant in self.reader.grants_of(link.to_person):
            if is_behind or link.appearance_id not in grant.appearances:
                self.store.end_grant(grant.id, [link.appearance_id])

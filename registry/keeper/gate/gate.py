"""The gate: whether this keeper opens anything, over this main database and this shred store as they are now."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from registry.crypto import signing
from registry.keeper.gate.logbook import AT_ONCE, ENDS, is_whole
from registry.lines import link
from registry.wire.upkeep import restoring
from schemas.canonical import canonical

if TYPE_CHECKING:
    from registry.keeper.gate.ending import Ender
    from registry.keeper.gate.logbook import Logbook
    from registry.keeper.store.noted import Note, Noted
    from registry.keeper.store.shred import ShredStore

log = logging.getLogger(__name__)

HEAD_TYPE = "log-head+jws"
#: Why a keeper is closed. The first two are noted by a restore, the others found by looking at the log.
RESTORED = "restored"
NO_NEWER_LOG = "no-newer-log"
BEHIND = "log.behind"  # the main database lacks lines that were seen committed
OTHER = "log.other"  # it has others in their place
BROKEN = "log.broken"  # its chain does not hold
NOT_YET = "log.not-read"


@dataclass(slots=True)
class Gate:
    """Notes how far the log was seen committed; closed, the keeper opens nothing and takes nothing in."""

    logbook: Logbook
    noted: Noted
    ender: Ender
    store: ShredStore
    closed: str | None = NOT_YET
    size: int = 0
    chain: bytes = b""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> None:
        """Compare the log with what was noted, end again what it says has ended, and open where both agree."""
        with self._turn:
            note = self.noted.read()
            self.size, self.chain = note.size, note.chain
            self.closed = NOT_YET  # until nothing can fail any more: sockets may be open already
            self.closed = self._compared(note) or self._healed(note) or note.closed
            if self.closed:
                log.error("keeper.closed", extra={"code": self.closed})

    def follow(self) -> None:
        """Note the lines that got their place meanwhile; where the chain does not hold, close."""
        with self._turn:
            if self.closed is not None:
                return
            before = self.size
            if self.logbook.chain_at(self.size) != self.chain:
                self.closed = BEHIND if self.logbook.length() < self.size else OTHER
            elif not self._advance(self.size, self.chain, is_healing=False):
                self.closed = BROKEN
            if self.closed:
                log.error("keeper.closed", extra={"code": self.closed})
            elif self.size != before:
                self.noted.note(self.size, self.chain)

    def head(self) -> restoring.Head:
        """Say how far the log was seen; open, the keeper signs it."""
        self.follow()
        with self._turn:
            signed = None if self.closed else signing.compact_jws(self._said(), self._key(), typ=HEAD_TYPE)
            return restoring.Head(self.size, self.chain, self.closed, signed, self.store.keys.successions())

    def reopen(self) -> None:
        """Look again, with nothing that a restore noted in the way."""
        self.noted.reopened()
        self.look()

    def _compared(self, note: Note) -> str | None:
        """Return why the main database is not the one that the store remembers; None where it goes on from there."""
        chain = self.logbook.chain_at(note.size)
        if chain is None:
            return BEHIND
        return None if chain == note.chain else OTHER

    def _healed(self, note: Note) -> str | None:
        """Go on to the end of the log; return why it cannot be believed, or None.

        A store that came from a copy repeats every end since then first. Its floors are those of the copy too, and
        rise to what genuine rows show. A store that was never away knows every end by itself: for it no line counts.
        """
        is_healing = note.heal_from is not None
        first = note.size if note.heal_from is None else min(note.heal_from, note.size)
        chain = self.logbook.chain_at(first)
        if chain is None or not self._advance(first, chain, is_healing=is_healing):
            return BROKEN
        if first < note.size and self.logbook.chain_at(note.size) != note.chain:
            return OTHER
        if is_healing:
            for line in self.logbook.waiting():
                self.ender.end_again(line, is_behind=False)
            self.ender.raise_floors()
        self.noted.note(self.size, self.chain)
        self.noted.healed()
        return None

    def _advance(self, size: int, chain: bytes, *, is_healing: bool) -> bool:
        """Go on to the end of the log; False where the chain does not hold, then nothing is gone on."""
        while placed := self.logbook.placed(size):
            first = size
            for number, stored, leaf in placed:
                chain = link(chain, leaf)
                if number != size or stored != chain:
                    return False
                size += 1
            if is_healing and not self._end_again(first, [leaf for _, _, leaf in placed]):
                return False
            if len(placed) < AT_ONCE:
                break
        self.size, self.chain = size, chain
        return True

    def _end_again(self, first: int, leaves: list[bytes]) -> bool:
        """Repeat the ends among these lines; False where any line is not what it was, for it may have been an end."""
        lines = self.logbook.lines(first)[: len(leaves)]
        if [line.leaf for line in lines] != leaves:
            return False
        for number, line in enumerate(lines, start=first):
            if not is_whole(line):
                log.error("keeper.line-changed", extra={"line": str(line.id), "count": number})
                return False
        for line in lines:
            if line.event in ENDS:
                self.ender.end_again(line, is_behind=False)
        return True

    def _said(self) -> bytes:
        return said_of(self.size, self.chain)

    def _key(self) -> bytes:
        return self.store.keyring.active("receipts")[1]


def said_of(size: int, chain: bytes) -> bytes:
    """Return what is signed of a log: how long it is, and the chain after its last line."""
    return canonical({"log": "einmal/log/1", "size": size, "chain": chain.hex()})

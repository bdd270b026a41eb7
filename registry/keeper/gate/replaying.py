"""Replaying an export of the log over databases that were brought back: all of it holds, or none of it counts."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from registry.crypto import signing
from registry.crypto.errors import CryptoError
from registry.keeper.gate.ending import BARRED
from registry.keeper.gate.gate import BEHIND, HEAD_TYPE, NO_NEWER_LOG, RESTORED, said_of
from registry.keeper.gate.logbook import ENDS, is_whole
from registry.keeper.rows import vouch
from registry.keeper.rules import Refusal, insist
from registry.keeper.store.keys import RECEIPTS
from registry.keeper.store.shred import Shred
from registry.keeper.store.succession import followed
from registry.lines import link
from registry.wire import decisions, messages
from registry.wire.upkeep import restoring
from schemas.vocabularies.access import GrantStatus

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from registry.keeper.acts.granting import Granter
    from registry.keeper.acts.linking import Matcher
    from registry.keeper.gate.gate import Gate
    from registry.keeper.reading import Found
    from registry.keeper.store.noted import Note
    from registry.wire.rows import SealedRow, WrapRow

log = logging.getLogger(__name__)

_LIFTED_AT_ONCE = 50


@dataclass(slots=True)
class _Progress:
    """How far the pieces of one export went, and what ends in them."""

    first: int
    size: int
    chain: bytes
    noted: Note
    ends: list[restoring.Step] = field(default_factory=list)
    grants: set[UUID] = field(default_factory=set)  #: that ended; those of links are not over
    undone: dict[UUID, restoring.LineRow] = field(default_factory=dict)  #: links
    over: bool = False

    def take(self, step: restoring.Step) -> None:
        """Go one line on."""
        line = step.line
        if line is not None:
            insist(that=line.leaf == step.leaf and is_whole(line), code="replay.line")
            if line.event in ENDS:
                self.ends.append(step)
            if line.event.startswith("grant."):
                self.grants.update(line.grants)
            elif line.event == "link.undone" and line.object_id is not None:
                self.undone[line.object_id] = line
        self.size, self.chain = self.size + 1, link(self.chain, step.leaf)
        if self.size == self.noted.size:
            insist(that=self.chain == self.noted.chain, code="replay.other-log")


@dataclass(slots=True)
class Replayer:
    """What a closed keeper does, and nobody but a closed one."""

    gate: Gate
    granter: Granter
    matcher: Matcher
    _progress: _Progress | None = None

    def answer(
        self,
        asked: restoring.TellHead
        | restoring.Replay
        | restoring.EndAgain
        | restoring.SeparateAgain
        | restoring.LiftSunken
        | restoring.Reopen,
        now: datetime,
    ) -> messages.Answer:
        """Do what was asked."""
        match asked:
            case restoring.TellHead():
                return self.gate.head()
            case restoring.Replay():
                return self.replay(asked)
            case restoring.EndAgain():
                return self.end_again(asked, now)
            case restoring.SeparateAgain():
                return self.separate_again(asked, now)
            case restoring.LiftSunken():
                return self.lift(asked, now)
            case restoring.Reopen():
                return self.reopen()

    def replay(self, asked: restoring.Replay) -> messages.Done:
        """Take in the next piece; with the last one all ends of all pieces count, before that none does.

        Raises:
            Refusal: the pieces do not go on from the main database's log, nor from each other, or end elsewhere than
                where this registry's keeper signed; then none of them counts.
        """
        insist(that=self.gate.closed in {RESTORED, BEHIND}, code="replay.not-closed")
        progress = self._begun(asked.first)
        try:
            for step in asked.steps:
                progress.take(step)
            if asked.head is not None:
                self._insist_on_head(asked.head, asked.keys, progress)
        except Refusal:
            self._progress = None
            raise
        if asked.head is not None:
            for step in progress.ends:
                if step.line is not None:
                    self.gate.ender.end_again(step.line, step.erasure, is_behind=True)
            progress.over = True
        return messages.Done()

    def end_again(self, asked: restoring.EndAgain, now: datetime) -> messages.Rotated:
        """Return what ending a replayed grant changes in the main database."""
        insist(that=asked.grant_id in self._believed().grants, code="replay.other-grant")
        grant = self.granter.reader.grant(asked.grant_id)
        insist(that=grant.status == GrantStatus.ACTIVE, code="grant.ended")
        return self.granter.ended(grant, now)

    def separate_again(self, asked: restoring.SeparateAgain, now: datetime) -> decisions.Unlinked:
        """Return what undoing a replayed link changes in the main database: of one that moved nothing, its row."""
        line = self._believed().undone.get(asked.link_id)
        if line is None:
            raise Refusal("replay.other-link")
        reader = self.granter.reader
        known = reader.link(asked.link_id)
        insist(that=known.status != "undone", code="link.settled")
        by = (line.basis or "person", line.officer_id or known.to_person)
        undone = replace(known, status="undone", decided_kind=by[0], decided_by=by[1], decided_at=line.at)
        row = reader.appearances([known.appearance_id]).get(known.appearance_id)
        if known.status in {"decided", "confirmed"} and row is not None and row.person_id == known.to_person:
            return self.matcher.separated(row, undone, now=now)
        return decisions.Unlinked(vouch(undone, self.granter.store.keyring), [], [], [], [])

    def lift(self, asked: restoring.LiftSunken, now: datetime) -> restoring.Lifted:
        """Seal anew what lies under an older key than the store remembers: the newer rows are lost.

        What was withdrawn since stays closed: its grants are ended by now, so no wrap of theirs lives on.
        """
        self._insist_on_over()
        floors = self.gate.noted.floors_after(asked.after, _LIFTED_AT_ONCE)
        epochs = {(one, compartment): epoch for one, compartment, epoch in floors if epoch != BARRED}
        appearances = list(dict.fromkeys(one for one, _, _ in floors))
        reader = self.granter.reader
        found = reader.sealed(appearances, sorted({compartment for _, compartment in epochs}))
        sunken = [one for one in found if one.sealed.epoch < epochs.get(_place(one.sealed), 1)]
        wraps = reader.wraps(appearances, sorted({one.sealed.compartment for one in sunken})) if sunken else []
        sealed: list[SealedRow] = []
        kept: list[WrapRow] = []
        for one in sunken:
            try:
                row, living = self._lifted(one, wraps, epochs[_place(one.sealed)], now=now)
            except (CryptoError, Refusal):
                log.warning("keeper.row-skipped", extra={"operation": "lift"})
                continue
            sealed.append(row)
            kept += living
        last = appearances[-1] if appearances else None
        return restoring.Lifted(sealed, kept, last, skipped=len(sunken) - len(sealed))

    def reopen(self) -> restoring.Head:
        """Open, if the log now goes on from what was noted."""
        self._insist_on_over()
        progress = self._progress
        if progress is not None:
            insist(that=self.gate.logbook.chain_at(progress.size) == progress.chain, code="replay.not-stored")
        self._progress = None
        self.gate.reopen()
        return self.gate.head()

    def _believed(self) -> _Progress:
        """Return what was replayed to its end, by a keeper that is still closed."""
        insist(that=self.gate.closed is not None, code="replay.not-closed")
        progress = self._progress
        if progress is None or not progress.over:
            raise Refusal("replay.none")
        return progress

    def _insist_on_over(self) -> None:
        if self.gate.noted.read().closed != NO_NEWER_LOG or self.gate.closed is None:
            self._believed()

    def _begun(self, first: int) -> _Progress:
        """Return the progress that a piece goes on from; one that begins where the database ends begins anew."""
        length = self.gate.logbook.length()
        if first == length:
            chain = self.gate.logbook.chain_at(length)
            self._progress = _Progress(length, length, chain or b"", self.gate.noted.read())
        progress = self._progress
        if progress is None or progress.over or progress.size != first:
            raise Refusal("replay.order")
        return progress

    def _insist_on_head(self, head: str, words: tuple[str, ...], progress: _Progress) -> None:
        """The last line is where a keeper of this registry signed, and not before what this store saw committed."""
        insist(that=progress.size >= progress.noted.size, code="replay.short")
        said = said_of(progress.size, progress.chain)
        known = self.gate.store.keys.public_halves()
        keys = [*known, *followed(known[0], words, version=self.gate.store.keys.newest(RECEIPTS))]
        try:
            insist(that=signing.opened_jws(head, keys, typ=HEAD_TYPE) == said, code="replay.head")
        except CryptoError:
            raise Refusal("replay.head") from None

    def _lifted(
        self, one: Found, wraps: list[WrapRow], floor: int, *, now: datetime
    ) -> tuple[SealedRow, list[WrapRow]]:
        known = self.granter.store.secrets_of([one.sealed.appearance_id]).get(one.sealed.appearance_id)
        if known is None:
            raise Refusal("appearance.erased")
        below = Shred(known.secret, ended=known.ended)  # the same secret, without the floor that keeps the row closed
        sealer = self.granter.sealer
        row, old_key, new_key = sealer.rekey(one.appearance, one.sealed, below, above=floor)
        return row, sealer.carried_over(wraps, one.sealed, row, keys=(old_key, new_key), shred=below, now=now)


def _place(row: SealedRow) -> tuple[UUID, str]:
    return row.appearance_id, row.compartment

"""Keys rotated and destroyed, in the world of the keeper's tests: what is granted goes on, and old copies end."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from msgspec import structs

from registry.keys.client import KeeperRefused
from registry.wire import rotating
from registry.wire.rows import SealedRow, WrapRow
from tests.keeper_world import LeakError, Person, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random
    from uuid import UUID


_KINDS = ("agency", "agency", "custodian", "shred", "root")


@dataclass(slots=True)
class Keys:
    """Runs of the house: what the housekeeper stores is stored here as it stores it, or is left for later."""

    world: World
    retired: list[tuple[str, str, int]] = field(default_factory=list)

    def rotate(self, rng: Random) -> None:
        """Renew a key; its rows are moved now, in part, or later."""
        kind = rng.choice(_KINDS)
        scope = str(rng.choice(self.world.offices).id) if kind == "agency" else ""
        for person in self._alive():
            self.world.keep(person)
        run = self.world.stage.order("rekey", kind, scope)
        self._renew(run.id)
        self.retired.append((kind, scope, run.from_version or 0))
        self._move(run.id, most=rng.choice((None, None, 0, 1)))

    def destroy(self, rng: Random) -> None:
        """Destroy a key that was rotated away; whatever lay under it opens no more."""
        kind, scope, version = self.retired.pop(rng.randrange(len(self.retired)))
        self.world.stage.pass_time(hours=2)
        run = self.world.stage.order("rekey", kind, scope, goes_on=True)
        self._renew(run.id)
        self._move(run.id)
        run = self.world.stage.order("destroy", kind, scope, version=version)
        try:
            self.world.stage.ask(rotating.DestroyKey(run.id), rotating.KeyDestroyed, role="cli")
        except KeeperRefused as refusal:
            raise LeakError(f"a key that nothing lies under was not destroyed: {refusal.reason}") from refusal
        for person in self._alive():
            self._try_copies(person, kind, scope, version=version)

    def everything_opens(self, persons: Iterable[Person]) -> None:
        """Everybody reads exactly what she may, whatever was done to keys."""
        for person in persons:
            self.world.must_see(person)
            self.world.must_open(person.office, self.world.honest(person.office, person, ()))
            for grant in self.world.grants_of(person, live=True)[-3:]:
                office = self.world.office(grant.agency_id)
                self.world.must_open(office, self.world.honest(office, person, [grant]))

    def _alive(self) -> list[Person]:
        return [person for person in self.world.persons if not person.erased]

    def _renew(self, run: UUID) -> None:
        self.world.stage.ask(rotating.Renew(run), rotating.KeyRenewed, role="housekeeper")

    def _move(self, run: UUID, *, most: int | None = None) -> None:
        """Move what lies under older versions, or the first chunks of it; a later run finds the rest."""
        after = None
        for _ in count() if most is None else range(most):
            moved = self.world.stage.ask(rotating.Rekey(run, after), rotating.Rekeyed, role="housekeeper")
            self.world.stage.writer.put(*self._held(moved.held), *self._wraps(moved.wraps))
            after = moved.after
            if after is None:
                return

    def _held(self, held: Sequence[rotating.HeldRow]) -> list[SealedRow]:
        """Return the rows with their new wraps, but for those that changed meanwhile."""
        stored = self.world.stage.writer.fetch(SealedRow, appearance_id=[one.appearance_id for one in held])
        present = {
            (row.appearance_id, row.compartment, row.epoch, row.version, row.custodian_version, row.own_version): row
            for row in stored
        }
        moved = []
        for one in held:
            state = (one.epoch, one.version, one.was_custodian_version, one.was_own_version)
            row = present.get((one.appearance_id, one.compartment, *state))
            if row is not None:
                names = ("custodian_wrap", "custodian_version", "own_wrap", "own_version")
                moved.append(structs.replace(row, **{name: getattr(one, name) for name in names}))
        return moved

    def _wraps(self, wraps: Sequence[rotating.MovedWrap]) -> list[WrapRow]:
        stored = self.world.stage.writer.fetch(WrapRow, appearance_id=[one.appearance_id for one in wraps])
        present = {(w.appearance_id, w.compartment, w.grant_id, w.epoch, w.key_version): w for w in stored}
        moved = []
        for one in wraps:
            wrap = present.get((one.appearance_id, one.compartment, one.grant_id, one.epoch, one.was_key_version))
            if wrap is not None:
                moved.append(structs.replace(wrap, key_version=one.key_version, wrapped=one.wrapped))
        return moved

    def _try_copies(self, person: Person, kind: str, scope: str, *, version: int) -> None:
        """Put rows back that lay under a key which is destroyed: none of them opens for whom they were."""
        present = self.world.rows(person)
        copied = [row for copy in person.copies for row in copy]
        held = [row for row in copied if isinstance(row, SealedRow) and self._lay_under(row, kind, scope) == version]
        wraps = [row for row in copied if isinstance(row, WrapRow) and kind == "agency"]
        wraps = [wrap for wrap in wraps if (str(wrap.agency_id), wrap.key_version) == (scope, version)]
        self.world.stage.writer.put(*held)
        if held and kind == "custodian":
            self._insist_closed(self.world.looks(person, {row.appearance_id for row in held}), held)
        elif held:
            office = self.world.office(self.world.source[held[0].appearance_id])
            self._insist_closed(self.world.opens(office, self.world.claiming(office, person, ())), held)
        self.world.restore(person, present)
        self.world.stage.writer.put(*wraps)
        for grant in self.world.grants_of(person, live=True):
            of_it = [wrap for wrap in wraps if wrap.grant_id == grant.id]
            if of_it:
                office = self.world.office(grant.agency_id)
                self._insist_closed(self.world.opens(office, self.world.honest(office, person, [grant])), of_it)
        self.world.restore(person, present)

    def _lay_under(self, row: SealedRow, kind: str, scope: str) -> int | None:
        """Return the version under which a row lies of this key; None where it lies under none of it."""
        if kind == "custodian":
            return row.custodian_version
        return row.own_version if kind == "agency" and str(self.world.source[row.appearance_id]) == scope else None

    @staticmethod
    def _insist_closed(opened: set[tuple[UUID, str]], rows: Sequence[SealedRow | WrapRow]) -> None:
        if opened & {(row.appearance_id, row.compartment) for row in rows}:
            raise LeakError("what lay under a destroyed key opened")

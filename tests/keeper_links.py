"""Links as the linker, offices and persons make, settle, confirm and undo them, in the world of the keeper's tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import structs

from registry.keys.client import KeeperRefused
from registry.wire import decisions, messages
from registry.wire.rows import AppearanceRow, GrantRow, LinkRow, SealedRow, WrapRow
from tests.keeper_world import PARTS, LeakError, Office, Person, World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random
    from uuid import UUID

    from registry.wire.rows import Row

#: What somebody with copies puts back of an appearance that was given back.
_PUT_BACK: tuple[Sequence[type[Row]], ...] = (
    PARTS,
    (AppearanceRow, LinkRow),
    (WrapRow, GrantRow),
    (SealedRow, WrapRow, GrantRow),
    (AppearanceRow, WrapRow, GrantRow),
)


@dataclass(frozen=True, slots=True)
class Links:
    """Acts on links; the world's truth follows what people did, never what the keeper answered."""

    world: World

    def link(self, person: Person, office: Office, rng: Random) -> None:
        """Record her at another office, which takes her for whom the linker found; she has not said so yet."""
        self.world.keep(person)
        born = self.world.born(office.clerk)
        other = rng.choice(person.appearances)
        made = self._found(born, other, office, rng)
        if made is None:
            return
        if [(one.id, one.person_id, one.basis) for one in made.appearances] != [(born.id, person.id, "decided")]:
            raise LeakError("a link moved what it was not about")
        person.appearances.append(made.appearances[0])

    def confirm(self, person: Person, rng: Random) -> None:
        """Let her say "this is me", with a code or by showing her letter at that office."""
        waiting = self._waiting(person)
        if not waiting:
            self.link(person, rng.choice(self.world.offices), rng)
            waiting = self._waiting(person)
        if waiting:
            self._say_this_is_me(person, rng.choice(waiting), rng)

    def _waiting(self, person: Person) -> list[AppearanceRow]:
        return [one for one in person.appearances if not self.world.hers(person, one.id)]

    def _say_this_is_me(self, person: Person, one: AppearanceRow, rng: Random) -> None:
        self.world.keep(person)
        source = self.world.office(one.source_id)
        if rng.random() < 0.2:
            self.world.renew_letter(person, source, approved=False)
            shown = [each for each in person.ids if self.world.source[each] == source.id]
            self.world.proved |= dict.fromkeys(shown, person.id)
        elif self._confirmed(person, one.id, may=person.approved or person.office is source):
            self.world.proved[one.id] = person.id
        for grant in self.world.grants_of(person, live=True):
            office = self.world.office(grant.agency_id)
            self.world.opens(
                office, structs.replace(self.world.honest(office, person, [grant]), appearances=person.ids)
            )

    def unlink(self, person: Person, rng: Random) -> None:
        """Let her, or an office, say that a linked appearance is not hers, though she may have granted from it."""
        if not _linked(person) or rng.random() < 0.5:
            self.confirm(person, rng)
        linked = _linked(person)
        if not linked:
            return
        one = rng.choice(linked)
        if self.world.hers(person, one.id) and rng.random() < 0.8:
            self.world.give(person, rng.choice(self.world.offices), rng, lasts=timedelta(days=30), over=[one.id])
        self._give_back(person, one, rng)

    def _give_back(self, person: Person, one: AppearanceRow, rng: Random) -> None:
        self.world.keep(person)
        source = self.world.office(one.source_id)
        by, second = rng.choice(((person.signed, None), (source.clerk, source.approver)))
        self.world.ended |= {(grant.id, one.id) for grant in self.world.grants_of(person)}
        self.world.proved.pop(one.id, None)
        undone = self.world.stage.unlink(one.id, by, second)
        person.appearances = [each for each in person.appearances if each.id != one.id]
        person.once.add(one.id)
        self._haunt(person, one, rng)
        if rng.random() < 0.8:
            self.world.stage.ask(messages.Settle([one.id]), messages.Done)
            self._haunt(person, one, rng)
        if undone.appearances[0].person_id == person.id:
            raise LeakError("what was given back stayed where it was")
        keeping = [one for one in person.appearances if one.source_kind == "agency" and self.world.hers(person, one.id)]
        if person.office.id not in {each.source_id for each in keeping}:
            self.world.renew_letter(person, self.world.office(keeping[0].source_id), approved=True)
        self.world.meet(undone.appearances[0], source)

    def _found(
        self, born: AppearanceRow, other: AppearanceRow, office: Office, rng: Random
    ) -> decisions.LinkMade | None:
        """Let the linker find her: for the clerk at the counter, or for an import, for sure or as a proposal."""
        stage = self.world.stage
        grade = rng.choice(("counter", "known", "look"))
        if grade == "counter":
            return stage.link(office.clerk, born.id, other.id)
        run = stage.run(office.administrator)
        finding = stage.finding(run.bytes, other.id, subject=born.id, grade=grade)
        asked = decisions.Link([finding], run=run)
        (made,) = stage.ask(asked, decisions.Linked, role=f"worker-{office.id}").results
        if made is None:
            raise LeakError("what was found is lost")
        stage.store_link(made)
        return made if grade == "known" else self._settled(made, other, office, rng)

    def _settled(
        self, made: decisions.LinkMade, other: AppearanceRow, office: Office, rng: Random
    ) -> decisions.LinkMade | None:
        """Let an officer of one of the two sources settle a proposal; None where nothing is linked with it."""
        if made.link.status != "proposed" or made.appearances:
            raise LeakError("an import decided what only may be")
        stage, same = self.world.stage, rng.random() < 0.8
        sources = [office.id, other.source_id] if other.source_kind == "agency" else [office.id]
        decider = self.world.office(rng.choice(sources))
        question = decisions.Decide(decider.clerk.token, made.link.id, same)
        try:
            (settled,) = stage.ask(question, decisions.Linked).results
        except KeeperRefused as refusal:
            if refusal.reason != "link.both-claimed" or decider is office:
                raise
            return None
        if same and decider is not office:
            raise LeakError("an office moved what somebody proved to be hers")
        if settled is None:
            raise LeakError("a proposal was not settled")
        stage.store_link(settled)
        return settled if same else None

    def _confirmed(self, person: Person, appearance: UUID, *, may: bool) -> bool:
        proof = self.world.code(person)
        try:
            question = decisions.Confirm(person.signed.token, appearance, proof)
            (made,) = self.world.stage.ask(question, decisions.Linked).results
        except KeeperRefused as refusal:
            if may or refusal.reason != "link.needs-approval":
                raise
            return False
        if not may or made is None:
            raise LeakError("one officer's letter made hers what another office keeps")
        self.world.stage.store_link(made)
        person.appearances = [*(one for one in person.appearances if one.id != appearance), *made.appearances]
        return True

    def _haunt(self, person: Person, gone: AppearanceRow, rng: Random) -> None:
        """Put back what there was before: neither she nor any office opens by it what was given back."""
        present, before = self.world.rows(person), person.copies[-1]
        parts = rng.choice(_PUT_BACK)
        self.world.stage.writer.put(*(row for row in before if type(row) in parts))
        for grant in self.world.grants_of(person):
            if gone.id in grant.appearances:
                office = self.world.office(grant.agency_id)
                claim = self.world.claiming(office, person, [grant])
                self.world.opens(office, claim)
                self.world.opens(office, self.world.stage.claim([gone], grant))
        self.world.looks(person, [gone.id])
        self.world.restore(person, present)


def _linked(person: Person) -> list[AppearanceRow]:
    """Return what can be given back."""
    return [one for one in person.appearances if one.source_kind == "agency" and one.basis != "birth"]

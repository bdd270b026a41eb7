"""Offices and persons as they really are, with the rule of who may see what; the keeper is measured against it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from msgspec import structs

from consent.ceilings import allowed_compartments, allowed_sections
from registry.keys.client import KeeperRefused
from registry.wire import asking, messages
from registry.wire.rows import AppearanceRow, GrantRow, LinkRow, Row, SealedRow, WrapRow
from schemas.compartments import Section
from schemas.vocabularies.access import AgencyKind, Purpose
from tests.keeper_writer import COMPARTMENTS, Claim, store_ended

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta
    from random import Random

    from consent.grants import Grant
    from registry.wire.messages import Opened, Said
    from tests.house import Letter
    from tests.keeper_machine import Signed, Stage

PURPOSES = tuple(purpose.value for purpose in Purpose)
PARTS: tuple[type[Row], ...] = (AppearanceRow, SealedRow, WrapRow, GrantRow, LinkRow)

#: Why nothing is granted over what was never proved to be hers.
UNPROVED = frozenset({"appearance.unconfirmed", "grant.foreign"})


class LeakError(AssertionError):
    """Something opened that must not, or stayed closed that must open."""


@dataclass(frozen=True, slots=True)
class Office:
    """An agency with two officers at their desks, and who orders its imports."""

    id: UUID
    kind: AgencyKind
    clerk: Signed
    approver: Signed
    administrator: Signed


@dataclass(slots=True)
class Person:
    """Somebody, her letter, and every copy that was ever made of her rows."""

    id: UUID
    office: Office  #: whose counter handed over her letter
    letter: Letter
    signed: Signed
    appearances: list[AppearanceRow]
    once: set[UUID] = field(default_factory=set)  #: what was hers and was given back
    copies: list[list[Row]] = field(default_factory=list)
    codes: int = 0
    approved: bool = False  #: whether two officers handed over the letter
    erased: bool = False

    @property
    def ids(self) -> list[UUID]:
        """Return the ids of her appearances."""
        return [one.id for one in self.appearances]


@dataclass(slots=True)
class World:
    """What really happened: the truth that the keeper must match and never exceed."""

    stage: Stage
    offices: Sequence[Office]
    counts: Counter[str] = field(default_factory=Counter)
    persons: list[Person] = field(default_factory=list)
    grants: list[GrantRow] = field(default_factory=list)
    ended: set[tuple[UUID, UUID]] = field(default_factory=set)  #: grant and appearance
    erased: set[UUID] = field(default_factory=set)
    source: dict[UUID, UUID] = field(default_factory=dict)
    proved: dict[UUID, UUID] = field(default_factory=dict)  #: by appearance, whose it is beyond doubt
    marks: dict[UUID, str] = field(default_factory=dict)

    # The oracle: design, sections 4 and 5, said once more without looking at the keeper.

    def granted(self, office: Office, appearance: UUID, compartment: str, *, purpose: str, now: datetime) -> bool:
        """Say whether a live grant lets an office see this."""
        return compartment in allowed_compartments(office.kind, Purpose(purpose)) and any(
            (grant.agency_id, grant.purpose) == (office.id, purpose)
            and appearance in grant.appearances
            and compartment.partition(".")[0] in grant.sections
            and grant.not_before <= now < grant.not_after
            and (grant.id, appearance) not in self.ended
            and appearance not in self.erased
            for grant in self.grants
        )

    def owned(self, office: Office, appearance: UUID, *, purpose: str) -> bool:
        """Say whether an office re-reads what it recorded itself."""
        return purpose == "intake" and self.source[appearance] == office.id and appearance not in self.erased

    def hers(self, person: Person, appearance: UUID) -> bool:
        """Say whether she sees this: it was proved to be hers, and not given back since."""
        return self.proved.get(appearance) == person.id and appearance not in self.erased

    # Asking

    def opens(self, office: Office, claim: Said) -> set[tuple[UUID, str]]:
        """Open with a line of its own; whatever opens must be allowed, and be what was sealed in just this place."""
        now = self.stage.now()
        try:
            opened = self.stage.open(office.clerk, claim)
        except KeeperRefused as refusal:
            if refusal.reason == "failed":
                raise LeakError("the keeper stumbled instead of refusing") from refusal
            self.counts["refused"] += 1
            return set()
        for one in opened:
            self._check(office, claim, one, now)
        self.counts["opened"] += len(opened)
        return {(one.appearance_id, one.compartment) for one in opened}

    def must_open(self, office: Office, claim: Said) -> None:
        """Open with a line that is true; exactly what is allowed must open."""
        now, purpose = self.stage.now(), claim.purpose or ""
        allowed = {
            (appearance, compartment)
            for appearance in claim.appearances
            for compartment in claim.compartments
            if (
                self.owned(office, appearance, purpose=purpose)
                if claim.basis == "own"
                else self.granted(office, appearance, compartment, purpose=purpose, now=now)
            )
        }
        if self.opens(office, claim) != allowed:
            raise LeakError("what was granted did not open")
        self.counts["allowed"] += len(allowed)

    def _check(self, office: Office, claim: Said, one: Opened, now: datetime) -> None:
        purpose = claim.purpose or ""
        allowed = purpose in PURPOSES and (
            self.owned(office, one.appearance_id, purpose=purpose)
            or self.granted(office, one.appearance_id, one.compartment, purpose=purpose, now=now)
        )
        if not allowed:
            raise LeakError(f"{one.compartment} opened for {office.kind} and {purpose}: {claim.basis}")
        self._compare(one)

    def looks(self, person: Person, appearances: Iterable[UUID]) -> set[tuple[UUID, str]]:
        """Let a person look at appearances in one question; whatever opens must be hers."""
        try:
            opened = self.stage.ask(self.stage.looking(person.signed, list(appearances)), messages.Plaintext).opened
        except KeeperRefused as refusal:
            if refusal.reason == "failed":
                raise LeakError("the keeper stumbled instead of refusing") from refusal
            self.counts["refused"] += 1
            return set()
        for one in opened:
            if not self.hers(person, one.appearance_id):
                raise LeakError("a person saw what was not proved to be hers")
            self._compare(one)
        self.counts["opened"] += len(opened)
        return {(one.appearance_id, one.compartment) for one in opened}

    def must_see(self, person: Person) -> None:
        """Let a person look at everything that was proved to be hers: exactly that opens, and nothing beside it."""
        hers = [one for one in person.ids if self.hers(person, one)]
        if self.looks(person, hers) != {(one, compartment) for one in hers for compartment in COMPARTMENTS}:
            raise LeakError("a person does not see exactly what is hers")
        self.counts["allowed"] += len(hers) * len(COMPARTMENTS)
        for one in {*person.ids, *person.once}.difference(hers):
            self.looks(person, [one])
            self.looks(person, [*hers, one])

    def _compare(self, one: Opened) -> None:
        said = json.loads(one.content)["entries"][0]["value"]["said"]
        if not said.startswith(self.marks[one.appearance_id]) or not said.endswith(f"/{one.compartment}"):
            raise LeakError(f"{one.compartment} opened with what belongs elsewhere")

    # Acting

    def create(self, office: Office, *, approved: bool = False) -> Person:
        """Record somebody at an office, who gets a letter and signs in with it."""
        born = self.born(office.clerk)
        return self.meet(born, office, approved=approved)

    def meet(self, born: AppearanceRow, office: Office, *, approved: bool = False) -> Person:
        """Hand over a letter to the person of an appearance, who signs in with it."""
        self.proved[born.id] = born.person_id
        letter = self.stage.letter(office.clerk, born.person_id, second=office.approver if approved else None)
        person = Person(born.person_id, office, letter, self.stage.person(letter), [born], approved=approved)
        self.persons.append(person)
        return person

    def speak_up(self, person: Person) -> None:
        """Let the person record something herself."""
        self.keep(person)
        own = self.born(person.signed)
        self.proved[own.id] = person.id
        person.appearances.append(own)

    def rewrite(self, person: Person, rng: Random) -> None:
        """Let a source of hers say something new."""
        self.keep(person)
        one = rng.choice(person.appearances)
        source = person.signed if one.source_kind == "person" else self.office(one.source_id).clerk
        sealed = self.stage.sealed(one.id, rng.choice(COMPARTMENTS))
        self.stage.rewrite(source, sealed, text=f"{self.marks[one.id]}#{sealed.version}")

    def give(
        self, person: Person, office: Office, rng: Random, *, lasts: timedelta, over: Sequence[UUID] = ()
    ) -> GrantRow | None:
        """Let her grant some sections of some appearances, alone or with officers; None where nothing can be given."""
        purpose = rng.choice(list(Purpose))
        possible = sorted(allowed_sections(office.kind, purpose))
        if not possible:
            return None
        self.keep(person)
        sections: list[Section] = rng.sample(possible, rng.randint(1, len(possible)))
        named = over or rng.sample(person.ids, rng.randint(1, len(person.ids)))
        wish = self.stage.wish(person.id, office.id, named, sections=sections, purpose=purpose, lasts=lasts)
        return self.wrap(person, wish, rng)

    def wrap(self, person: Person, wish: Grant, rng: Random) -> GrantRow | None:
        """Prove a grant alone or with officers; None where it names what was never proved to be hers."""
        by_code = person.codes < len(person.letter.codes) and rng.random() < 0.3
        proof: asking.CodeProof | messages.OfficersProof = messages.OfficersProof(
            person.office.clerk.token, person.office.approver.token, person.letter.code
        )
        if by_code:
            proof = self.code(person)
        unproved = [one for one in wish.appearances if not self.hers(person, one)]
        try:
            grant = self.stage.give(wish, proof, person=person.signed)
        except KeeperRefused as refusal:
            if refusal.reason not in UNPROVED or not unproved:
                raise
            return None
        if unproved:
            raise LeakError("a grant was made over an appearance that she never confirmed")
        self.grants.append(grant)
        return grant

    def narrow(self, person: Person, wide: GrantRow, rng: Random) -> GrantRow | None:
        """Give less in place of a grant, and end it; None where it is of one section or cannot be given again."""
        over = [one for one in wide.appearances if self.hers(person, one) and (wide.id, one) not in self.ended]
        if len(wide.sections) < 2 or not over:
            return None
        kept = [Section(one) for one in rng.sample(wide.sections, rng.randint(1, len(wide.sections) - 1))]
        left = wide.not_after - self.stage.now().replace(microsecond=0)
        purpose = Purpose(wide.purpose)
        wish = self.stage.wish(person.id, wide.agency_id, over, sections=kept, purpose=purpose, lasts=left)
        narrower = self.wrap(person, wish, rng)
        self.store_end(self.end(person, wide, by_her=True))
        return narrower

    def code(self, person: Person) -> asking.CodeProof:
        """Return the proof with the next code of her letter; a letter without any is replaced by two officers."""
        if person.codes == len(person.letter.codes):
            self.renew_letter(person, person.office, approved=True)
        person.codes += 1
        return person.letter.proof(person.codes)

    def renew_letter(self, person: Person, office: Office, *, approved: bool) -> None:
        """Hand over another letter, in exchange for hers or as two officers; she signs in with it."""
        person.letter = self.stage.letter(office.clerk, person.id, second=office.approver if approved else None)
        person.signed = self.stage.person(person.letter)
        person.office, person.approved, person.codes = office, approved, 0

    def end(self, person: Person, grant: GrantRow, *, by_her: bool) -> messages.Rotated:
        """Withdraw a grant, or end one whose time has passed; it is over, whatever becomes of the answer."""
        self.keep(person)
        asked = messages.Rotate(grant.id, session=person.signed.token if by_her else None)
        self.ended |= {(grant.id, one) for one in grant.appearances}
        return self.stage.ask(asked, messages.Rotated)

    def store_end(self, rotated: messages.Rotated, *, settled: bool = True) -> None:
        """Store what ending a grant changes; perhaps whoever should settle dies before."""
        store_ended(self.stage.writer, rotated)
        if settled:
            self.stage.ask(messages.Settle(list(rotated.grant.appearances)), messages.Done)

    def erase(self, person: Person) -> None:
        """Forget her: order, line, rows, then keys; what was only decided to be hers is its source's, and stays."""
        self.keep(person)
        order = self.stage.ask(messages.OrderErasure(person.signed.token), messages.ErasureOrdered).erasure
        self.stage.writer.put(order)
        told = Claim(persons=(), appearances=order.appearances, event="person.erased", outcome="done")
        self.stage.writer.line(told, self.stage.now())
        for part in PARTS:
            self.stage.writer.drop(part, **_hers(part, person, order.appearances))
        self.stage.ask(messages.Erase(order.id), messages.Done)
        person.erased = True
        if set(order.appearances) != {one for one in person.ids if self.hers(person, one)}:
            raise LeakError("not exactly what is hers was forgotten")
        self.erased |= set(order.appearances)

    # Copies, as a writer of the database keeps them

    def rows(self, person: Person, parts: Iterable[type[Row]] = PARTS) -> list[Row]:
        """Return everything that is stored about a person."""
        return [row for part in parts for row in self.stage.writer.fetch(part, **_hers(part, person))]

    def keep(self, person: Person) -> None:
        """Keep a copy of everything that is stored about a person."""
        person.copies.append(self.rows(person))

    def restore(self, person: Person, rows: Sequence[Row]) -> None:
        """Let these rows be everything that is stored about a person."""
        self.clear(person)
        self.stage.writer.put(*rows)

    def clear(self, person: Person, parts: Iterable[type[Row]] = PARTS) -> None:
        """Delete what is stored about a person."""
        for part in parts:
            self.stage.writer.drop(part, **_hers(part, person))

    def leave(self) -> None:
        """Delete whatever this world left behind."""
        everybody = list(self.source)
        for part in (SealedRow, WrapRow, LinkRow):
            self.stage.writer.drop(part, appearance_id=everybody)
        self.stage.writer.drop(AppearanceRow, id=everybody)

    # Looking up

    def office(self, agency: UUID) -> Office:
        """Return an office by its id."""
        return next(one for one in self.offices if one.id == agency)

    def grants_of(self, person: Person, *, live: bool = False) -> list[GrantRow]:
        """Return all grants she ever gave, or those that hold now."""
        now = self.stage.now()
        return [
            grant
            for grant in self.grants
            if grant.person_id == person.id
            and not (live and (self.over(grant) or person.erased or not grant.not_before <= now < grant.not_after))
        ]

    def over(self, grant: GrantRow) -> bool:
        """Say whether a grant was ended for everything that it named."""
        return all((grant.id, one) in self.ended for one in grant.appearances)

    def honest(self, office: Office, person: Person, grants: Sequence[GrantRow]) -> Said:
        """Return the line that names all of these grants of one office, purpose and basis, as far as they hold."""
        claim = self.claiming(office, person, grants)
        return structs.replace(claim, appearances=[one for one in claim.appearances if one in person.ids])

    def claiming(self, office: Office, person: Person, grants: Sequence[GrantRow]) -> Said:
        """Return the line that names all that these grants ever named; without one, all that was ever the source's."""
        claim = self.stage.claim(person.appearances, *grants)
        if not grants:
            mine = [one for one in {*person.ids, *person.once} if self.source[one] == office.id]
            return structs.replace(claim, appearances=sorted(mine))
        over = {appearance for grant in grants for appearance in grant.appearances}
        named = {compartment for grant in grants for compartment in grant.compartments}
        return structs.replace(claim, appearances=sorted(over), compartments=sorted(named))

    def born(self, source: Signed) -> AppearanceRow:
        """Record somebody new; of a person: an appearance of her own."""
        mark = str(uuid4())
        (born,) = self.stage.born(source, text=mark)
        self.source[born.id] = born.source_id
        self.marks[born.id] = mark
        return born


def _hers(part: type[Row], person: Person, appearances: Sequence[UUID] | None = None) -> dict[str, object]:
    if part is GrantRow:
        return {"person_id": person.id}
    ids = [*person.ids, *person.once] if appearances is None else list(appearances)
    return {"id" if part is AppearanceRow else "appearance_id": ids}

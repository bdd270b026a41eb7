"""Persons live, and a writer of the database tries to read them: the steps of the keeper's state machine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from msgspec import structs

from registry.wire.rows import GrantRow, Row, SealedRow, WrapRow
from tests.keeper_links import Links
from tests.keeper_rotations import Keys
from tests.keeper_world import PARTS, PURPOSES, Office, Person, World
from tests.keeper_writer import COMPARTMENTS

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence
    from random import Random

    from tests.keeper_machine import Stage

PERSONS_EACH = 4
RANDOMS = st.randoms(use_true_random=True)


class Attack(RuleBasedStateMachine):
    """Persons live, and a writer of the database tries to read them."""

    def __init__(self, stage: Stage, offices: Sequence[Office], counts: Counter[str], *, spares: int = 2) -> None:
        """So many times a key is spared before one is destroyed: every row there is gets tried with it first."""
        super().__init__()
        self.spares, self.spared = spares, 0
        self.world = World(stage, offices, counts)
        self.links = Links(self.world)
        self.keys = Keys(self.world)
        self.backup: dict[UUID, list[Row]] = {}

    @initialize(rng=RANDOMS)
    def begin(self, rng: Random) -> None:
        """Let two persons live, a day after those before: an officer reads at most sixty an hour."""
        self.world.stage.pass_time(hours=25)
        for office in rng.sample(list(self.world.offices), 2):
            person = self.world.create(office, approved=True)
            self.world.give(person, rng.choice(self.world.offices), rng, lasts=timedelta(days=30))
        self.backup = self._everything()

    def teardown(self) -> None:
        """Clear the stage, which is everybody's: whoever rotates a key moves all that lies there."""
        self.world.leave()

    # Life

    @precondition(lambda self: len(self.world.persons) < 2 * PERSONS_EACH)
    @rule(rng=RANDOMS)
    def someone_is_recorded(self, rng: Random) -> None:
        """Somebody comes to an office."""
        self._count("create")
        self.world.create(rng.choice(self.world.offices))

    @rule(rng=RANDOMS)
    def another_source_says_something(self, rng: Random) -> None:
        """She writes something herself, or a source says something new."""
        person = self._alive(rng)
        self._count("write")
        if all(one.source_kind == "agency" for one in person.appearances) and rng.random() < 0.3:
            self.world.speak_up(person)
        else:
            self.world.rewrite(person, rng)

    @rule(rng=RANDOMS)
    def someone_is_known_elsewhere(self, rng: Random) -> None:
        """Another office takes somebody at its counter, or in its file, for her."""
        person = self._alive(rng)
        if len(person.appearances) < 4:
            self._count("link")
            self.links.link(person, rng.choice(self.world.offices), rng)

    @rule(rng=RANDOMS)
    def someone_says_this_is_me(self, rng: Random) -> None:
        """From now on it is hers to see and to grant; what she granted before does not grow by it."""
        self._count("confirm")
        self.links.confirm(self._alive(rng), rng)

    @precondition(lambda self: len(self.world.persons) < 3 * PERSONS_EACH)
    @rule(rng=RANDOMS)
    def someone_says_this_is_not_me(self, rng: Random) -> None:
        """Exactly what was granted of it ends; whose it is now gets a letter of her own."""
        self._count("unlink")
        self.links.unlink(self._alive(rng), rng)

    @rule(rng=RANDOMS, hours=st.integers(1, 1500))
    def someone_grants(self, rng: Random, hours: int) -> None:
        """She lets an office see something, alone or with the help of two officers."""
        self._count("give")
        self.world.give(self._alive(rng), rng.choice(self.world.offices), rng, lasts=timedelta(hours=hours))

    @rule(rng=RANDOMS, haunted=st.booleans())
    def someone_withdraws(self, rng: Random, haunted: bool) -> None:  # noqa: FBT001 - drawn by name
        """She ends a grant; perhaps old wraps lie among those that are to live on."""
        person = self._alive(rng)
        held = self._held(person, rng)
        if held:
            self._count("withdraw")
            if haunted:
                self._haunt(person)
            grant = rng.choice(held)
            rotated = self.world.end(person, grant, by_her=True)
            if rng.random() < 0.2:  # her transaction is rolled back: the keeper has heard her all the same
                self._rewind(person, [grant])
            if rng.random() < 0.9:
                self.world.store_end(rotated, settled=rng.random() < 0.8)
                self._rewind(person, [grant])

    @rule(rng=RANDOMS)
    def someone_narrows(self, rng: Random) -> None:
        """She gives less in place of a grant: what was left out opens nowhere."""
        person = self._alive(rng)
        wide = [grant for grant in self._held(person, rng) if len(grant.sections) > 1]
        if wide:
            self._count("narrow")
            grant = rng.choice(wide)
            narrower = self.world.narrow(person, grant, rng)
            self._rewind(person, [grant])
            if narrower is not None:
                office = self.world.office(grant.agency_id)
                self.world.must_open(office, self.world.honest(office, person, [narrower]))

    @rule(rng=RANDOMS)
    def a_key_is_rotated(self, rng: Random) -> None:
        """Everything granted goes on, also where only a part was moved yet."""
        self._count("rotate")
        self.keys.rotate(rng)
        self.keys.everything_opens([self._alive(rng)])

    @rule(rng=RANDOMS)
    def a_key_is_destroyed(self, rng: Random) -> None:
        """What was granted goes on; old copies of what lay under it open nowhere."""
        self.spared += 1
        if self.spared % (self.spares + 1):
            return
        if not self.keys.retired:
            self.keys.rotate(rng)
        self._count("destroy")
        self.keys.destroy(rng)
        self.keys.everything_opens({person.id: person for person in (self._alive(rng), self._alive(rng))}.values())

    @rule(hours=st.integers(1, 400), sweep=st.booleans())
    def time_passes(self, hours: int, sweep: bool) -> None:  # noqa: FBT001 - drawn by name
        """Grants run out; perhaps the housekeeper has seen it already."""
        self._count("expire")
        self.world.stage.pass_time(hours=hours)
        for person in self.world.persons:
            for grant in self.world.grants_of(person):
                over = grant.not_after <= self.world.stage.now()
                if over and not person.erased and not self.world.over(grant):
                    office = self.world.office(grant.agency_id)
                    self.world.opens(office, self.world.claiming(office, person, [grant]))
                    if sweep:
                        self.world.store_end(self.world.end(person, grant, by_her=False))

    @precondition(lambda self: sum(not person.erased for person in self.world.persons) >= PERSONS_EACH)
    @rule(rng=RANDOMS)
    def someone_is_forgotten(self, rng: Random) -> None:
        """She orders that everything is destroyed."""
        self._count("erase")
        person = self._alive(rng)
        live = self._held(person, rng)
        self.world.erase(person)
        self._rewind(person, live[:1])

    # Reading

    @rule(rng=RANDOMS)
    def an_office_reads_with_a_true_line(self, rng: Random) -> None:
        """Exactly what is granted opens."""
        person = self._alive(rng)
        live = self._held(person, rng)
        if not live:
            return
        self._count("read")
        one = rng.choice(live)
        together = [
            grant for grant in live
            if (grant.agency_id, grant.purpose, grant.basis) == (one.agency_id, one.purpose, one.basis)
        ]  # fmt: skip
        office = self.world.office(one.agency_id)
        line = self.world.honest(office, person, together)
        self.world.must_open(office, line)
        self.world.opens(office, structs.replace(line, appearances=person.ids))
        for purpose in PURPOSES:
            self.world.opens(office, structs.replace(line, purpose=purpose))

    @rule(rng=RANDOMS)
    def a_source_reads_its_own(self, rng: Random) -> None:
        """Every compartment of its own appearance opens."""
        person = rng.choice(self.world.persons)
        self._count("read own")
        theirs = [one for one in person.appearances if one.source_kind == "agency"]
        office = self.world.office(rng.choice(theirs).source_id)
        self.world.must_open(office, self.world.honest(office, person, ()))

    @rule(rng=RANDOMS)
    def someone_reads_herself(self, rng: Random) -> None:
        """All of hers opens that she confirmed."""
        self._count("read self")
        self.world.must_see(self._alive(rng))

    @rule(rng=RANDOMS)
    def a_line_lies(self, rng: Random) -> None:
        """Whatever it claims, nothing opens but what is allowed."""
        self._count("lie")
        self._read_lying(rng.choice(self.world.persons), rng)

    @rule(rng=RANDOMS)
    def lines_lie_again(self, rng: Random) -> None:
        """As above: most steps shall be lies."""
        self._count("lie")
        self._read_lying(rng.choice(self.world.persons), rng)

    @rule(rng=RANDOMS)
    def old_rows_come_back(self, rng: Random) -> None:
        """Who keeps copies of all rows opens nothing that has ended."""
        touched = [person for person in self.world.persons if person.copies]
        if not touched:
            return
        self._count("put back")
        person = rng.choice(touched)
        present = self.world.rows(person)
        old = rng.choice(person.copies)
        parts = PARTS if person.erased or rng.random() < 0.3 else rng.sample(PARTS, rng.randint(1, 3))
        if rng.random() < 0.5:
            self.world.clear(person, parts)
        self.world.stage.writer.put(*(row for row in old if type(row) in parts))
        grants = self.world.grants_of(person)
        if grants:
            grant = rng.choice(grants)
            office = self.world.office(grant.agency_id)
            self.world.opens(office, self.world.claiming(office, person, [grant]))
        self._look_around(person)
        self._read_lying(person, rng)
        self.world.restore(person, present)

    @rule(rng=RANDOMS)
    def the_database_is_backed_up(self, rng: Random) -> None:  # noqa: ARG002 - as all rules
        """Everything that is stored about everybody is copied."""
        self._count("back up")
        self.backup = self._everything()

    @rule(rng=RANDOMS)
    def the_database_is_restored(self, rng: Random) -> None:
        """The main database is as it was then, and the shred store is not: nothing opens that has ended since."""
        self._count("restore")
        present = self._everything()
        self._put_everything(self.backup)
        for person in rng.sample(self.world.persons, min(3, len(self.world.persons))):
            self._look_around(person)
            for grant in self.world.grants_of(person):
                office = self.world.office(grant.agency_id)
                self.world.opens(office, self.world.claiming(office, person, [grant]))
            self._read_lying(person, rng)
        self._put_everything(present)

    @rule(rng=RANDOMS)
    def a_wrap_is_moved_or_altered(self, rng: Random) -> None:
        """A wrap opens for its own grant, agency, purpose, place and time only."""
        person = rng.choice(self.world.persons)
        if not person.erased:
            self._held(person, rng)
        wraps = [wrap for rows in (*person.copies, self.world.rows(person)) for wrap in _wraps(rows)]
        if not wraps:
            return
        self._count("alter")
        present = self.world.rows(person)
        office = rng.choice(self.world.offices)
        altered = self._altered(rng.choice(wraps), office, person, rng)
        self.world.stage.writer.put(altered)
        claim = self.world.stage.claim(
            person.appearances, basis=altered.basis, purpose=altered.purpose, grants=[altered.grant_id]
        )
        self.world.opens(office, claim)
        self.world.opens(office, structs.replace(claim, compartments=[altered.compartment]))
        self.world.restore(person, present)

    @rule(rng=RANDOMS)
    def a_ciphertext_is_moved(self, rng: Random) -> None:
        """What was sealed in one place opens in no other."""
        self._count("move")
        person = self._alive(rng)
        target = rng.choice(self.world.rows(person, [SealedRow]))
        taken = rng.choice(self.world.rows(self._alive(rng), [SealedRow]))
        assert isinstance(target, SealedRow)
        assert isinstance(taken, SealedRow)
        columns = ("envelope", "custodian_wrap", "own_wrap", "own_version", "epoch", "version")
        chosen = rng.sample(columns, rng.randint(1, len(columns)))
        moved = structs.replace(target, **{name: getattr(taken, name) for name in chosen})
        self.world.stage.writer.put(moved)
        for grant in self.world.grants_of(person):
            office = self.world.office(grant.agency_id)
            self.world.opens(office, self.world.honest(office, person, [grant]))
        self.world.opens(person.office, self.world.honest(person.office, person, ()))
        self.world.stage.writer.put(target)

    # How it is done

    def _count(self, step: str) -> None:
        self.world.counts["steps"] += 1
        self.world.counts[f"step: {step}"] += 1

    def _alive(self, rng: Random) -> Person:
        """Return somebody who is not forgotten; there always is, because only one of four is."""
        return rng.choice([person for person in self.world.persons if not person.erased])

    def _held(self, person: Person, rng: Random) -> list[GrantRow]:
        """Return the grants that hold now; where there is none she gives one, if the office drawn may get anything."""
        if not self.world.grants_of(person, live=True):
            self.world.give(person, rng.choice(self.world.offices), rng, lasts=timedelta(days=30))
        return self.world.grants_of(person, live=True)

    def _rewind(self, person: Person, grants: Sequence[GrantRow]) -> None:
        """Put everything back as it was before the last change, and read it with what held then."""
        present = self.world.rows(person)
        self.world.stage.writer.put(*person.copies[-1])
        for grant in grants:
            office = self.world.office(grant.agency_id)
            self.world.opens(office, self.world.claiming(office, person, [grant]))
        self._look_around(person)
        self.world.restore(person, present)

    def _look_around(self, person: Person) -> None:
        """Read what lies there as her sources, and as herself."""
        self.world.opens(person.office, self.world.claiming(person.office, person, ()))
        for one in {*person.ids, *person.once}:
            self.world.looks(person, [one])

    def _everything(self) -> dict[UUID, list[Row]]:
        return {person.id: self.world.rows(person) for person in self.world.persons}

    def _put_everything(self, rows: Mapping[UUID, Sequence[Row]]) -> None:
        for person in self.world.persons:
            self.world.clear(person)
        for some in rows.values():
            self.world.stage.writer.put(*some)

    def _haunt(self, person: Person) -> None:
        """Put all old wraps back whose place is free."""
        present = {
            (w.appearance_id, w.compartment, w.grant_id) for w in self._wraps(self.world.rows(person, [WrapRow]))
        }
        for copy in person.copies:
            old = [w for w in self._wraps(copy) if (w.appearance_id, w.compartment, w.grant_id) not in present]
            self.world.stage.writer.put(*old)

    @staticmethod
    def _wraps(rows: Sequence[Row]) -> list[WrapRow]:
        return [row for row in rows if isinstance(row, WrapRow)]

    def _read_lying(self, person: Person, rng: Random) -> None:
        grants = self.world.grants_of(person)
        grant = rng.choice(grants) if grants and rng.random() < 0.8 else None
        office = self.world.office(grant.agency_id) if grant and rng.random() < 0.7 else rng.choice(self.world.offices)
        claim = self.world.stage.claim(person.appearances, *([grant] if grant else []))
        for _ in range(rng.randint(1, 4)):
            claim = structs.replace(claim, **self._lie(rng, person))
        self.world.opens(office, claim)

    def _lie(self, rng: Random, person: Person) -> dict[str, object]:
        """Return one claim about something, true or not."""
        other = rng.choice(self.world.persons)
        lies: tuple[dict[str, object], ...] = (
            {"purpose": rng.choice((*PURPOSES, "custodian", None))},
            {"basis": rng.choice(("consent", "statute", "own", "self", "custodian", None))},
            {"basis": "own", "purpose": "intake"},
            {"grants": [one.id for one in self.world.grants]},
            {"grants": [one.id for one in self.world.grants_of(rng.choice((person, other)))]},
            {"grants": [uuid4()]},
            {"appearances": other.ids, "person": other.id},
            {"appearances": rng.choice((person, other)).ids + other.ids},
            {"appearances": rng.sample(person.ids, 1)},
            {"compartments": list(COMPARTMENTS)},
            {"compartments": rng.sample(COMPARTMENTS, 3)},
            {"person": rng.choice((other.id, uuid4()))},
        )
        return rng.choice(lies)

    def _altered(self, wrap: WrapRow, office: Office, person: Person, rng: Random) -> WrapRow:
        """Return a wrap with some columns as an attacker wants them."""
        to = rng.choice(person.appearances)
        ours = [grant.id for grant in self.world.grants if grant.agency_id == office.id]
        changes: tuple[dict[str, Any], ...] = (
            {"agency_id": office.id},
            {"purpose": rng.choice(PURPOSES)},
            {"compartment": rng.choice(COMPARTMENTS)},
            {"appearance_id": to.id, "bucket": to.bucket},
            {"not_after": wrap.not_after + timedelta(days=9999)},
            {"not_before": wrap.not_before - timedelta(days=9999)},
            {"epoch": wrap.epoch + rng.choice((-1, 1, 2))},
            {"grant_id": rng.choice([*ours, uuid4()])},
            {"basis": rng.choice(("consent", "statute", "own"))},
            {"key_version": rng.choice((0, 2))},
        )
        for columns in rng.sample(changes, rng.randint(1, 3)):
            wrap = structs.replace(wrap, **columns)
        return wrap


def _wraps(rows: Sequence[Row]) -> list[WrapRow]:
    return [row for row in rows if isinstance(row, WrapRow)]


def _place(wrap: WrapRow) -> tuple[UUID, str, UUID]:
    return wrap.appearance_id, wrap.compartment, wrap.grant_id

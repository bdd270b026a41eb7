"""The keeper against whoever writes its database: no policy is asked, and nothing opens that was not granted.

Every step commits its own line and asks the keeper's socket directly. The lines claim anything; rows come back from
copies, or are moved and altered. What may open is said once more in `tests/keeper_world.py`, and measured against it.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import FlakyFailure
from hypothesis.stateful import run_state_machine_as_test

from registry.keeper.acts.granting import Granter
from registry.keeper.acts.opening import Opener
from registry.keeper.rules import Refusal
from registry.keeper.sealing import Sealer
from registry.wire import messages
from schemas.vocabularies.access import AgencyKind
from tests.keeper_attack import Attack
from tests.keeper_machine import Stage, open_stage
from tests.keeper_world import LeakError, Office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from uuid import UUID

    from registry.keeper.reading import Found
    from registry.keeper.server import Rooms
    from registry.keeper.store.shred import Shred
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from registry.wire.messages import Said
    from registry.wire.rows import AgencyRow, SealedRow, WrapRow

#: The clock runs centuries ahead; nobody is to be signed out by that.
AGES = {"idle_minutes": 2**29, "session_hours": 15_000_000, "letter_days": 200_000}
STEPS_EACH = 50
#: Once, on a busy machine, hypothesis's own callback of the garbage collector was interrupted; it only measures time.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <function gc_cumulative_time:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module")
def stage(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Stage]:
    with open_stage(clusters, template_pair, test_logins, **AGES) as opened:
        yield opened


@pytest.fixture(scope="module")
def offices(stage: Stage) -> list[Office]:
    return [
        Office(clerk.office, AgencyKind(agency.kind), clerk, approver, administrator)
        for agency in stage.house.book.agencies
        for clerk, approver, administrator in [
            [stage.officer(agency.name, role) for role in ("clerk", "approver", "administrator")]
        ]
    ]


def attack(stage: Stage, offices: list[Office], *, lives: int, always_the_same: bool) -> Counter[str]:
    """Let persons live and be attacked, so many lives of fifty steps; return what was counted."""
    counts: Counter[str] = Counter()
    machine = cast("type[Attack]", partial(Attack, stage, offices, counts))  # any factory does, its types say less
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS_EACH,
            deadline=None,
            database=None,
            derandomize=always_the_same,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    return counts


@pytest.mark.timeout(900)
def test_nothing_opens_that_was_not_granted_and_everything_that_was(
    stage: Stage, offices: list[Office], capsys: pytest.CaptureFixture[str]
) -> None:
    """research/security.md, goals 1, 5, 6 and 8."""
    counts = attack(stage, offices, lives=80, always_the_same=True)
    with capsys.disabled():
        print("", dict(sorted(counts.items())))
    assert counts["steps"] >= 3000
    assert counts["allowed"] >= 1000
    assert counts["refused"] >= 1000
    assert min(counts[step] for step in counts if step.startswith("step: ")) >= 10


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_nothing_opens_that_was_not_granted_in_a_long_life(
    stage: Stage, offices: list[Office], capsys: pytest.CaptureFixture[str]
) -> None:
    counts = attack(stage, offices, lives=1000, always_the_same=False)
    with capsys.disabled():
        print("", dict(sorted(counts.items())))
    assert counts["steps"] >= 30_000


class OpensWithoutWrap(Opener):
    """Forgets the rule that only a wrap opens: takes the custodian's for whatever the line names."""

    def _allowed(self, found: list[Found], said: Said, who: AgencyRow) -> list[Found]:  # noqa: ARG002 - that is the fault
        return self.reader.sealed({one.appearance.id for one in found}, said.compartments)

    def _open_one(self, one: Found, agency: UUID | None, shred: Shred, *, now: datetime) -> bytes:  # noqa: ARG002 - as above
        return self.sealer.open(one.sealed, self.sealer.custodian_key(one.sealed, shred), shred)


class ForgetsTime(Opener):
    """Forgets the rule that a wrap ends."""

    def _open_one(self, one: Found, agency: UUID | None, shred: Shred, *, now: datetime) -> bytes:
        return super()._open_one(one, agency, shred, now=one.wrap.not_before if one.wrap else now)


class ForgetsWithdrawals(Opener):
    """Forgets both rules that close what has ended: by the grant, and by the epoch."""

    def _open_one(self, one: Found, agency: UUID | None, shred: Shred, *, now: datetime) -> bytes:
        return super()._open_one(one, agency, replace(shred, floors={}, ended=set()), now=now)


class ForgetsToDestroy(Granter):
    """Forgets to destroy what was ordered to be destroyed."""

    def erase(self, asked: messages.Erase) -> messages.Done:  # noqa: ARG002 - that is the fault
        """Do nothing."""
        return messages.Done()


class ReadsEverybodysOwn(Opener):
    """Forgets the rule that the own lane is for the source."""

    def _open_one(self, one: Found, agency: UUID | None, shred: Shred, *, now: datetime) -> bytes:
        source = one.appearance.source_id if agency and one.wrap is None else agency
        return super()._open_one(one, source, shred, now=now)

    def _allowed(self, found: list[Found], said: Said, who: AgencyRow) -> list[Found]:
        return found if said.basis == "own" else super()._allowed(found, said, who)


class ConfusesPlaces(Sealer):
    """Opens a compartment with what lies in it, whatever it was sealed for."""

    def open(self, row: SealedRow, key: bytes, shred: Shred) -> bytes:
        """Say the same for every place."""
        super().open(row, key, shred)
        return b'{"entries":[{"value":{"said":"something"}}]}'

    def open_granted(self, row: SealedRow, wrap: WrapRow, shred: Shred) -> bytes:
        """Say it under a grant too."""
        super().open_granted(row, wrap, shred)
        return b'{"entries":[{"value":{"said":"something"}}]}'


class RemembersTooMuch(Opener):
    """Opens with what it remembers of a compartment, whichever wrap is there now, or none."""

    def _allowed(self, found: list[Found], said: Said, who: AgencyRow) -> list[Found]:
        known = [replace(one, wrap=self._seen(one, said, who)) for one in found]
        return super()._allowed(known, said, who)

    def _seen(self, one: Found, said: Said, who: AgencyRow) -> WrapRow | None:
        if one.wrap is not None or said.basis == "own":
            return one.wrap
        shred = self.store.secrets_of([one.appearance.id]).get(one.appearance.id)
        remembered = shred.fitted if shred else ()
        place = (one.sealed.compartment, one.sealed.epoch, who.id)
        return next((wrap for wrap in remembered if (wrap.compartment, wrap.epoch, wrap.agency_id) == place), None)


class RefusesTooMuch(Opener):
    """Opens nothing under a grant: a check that only ever sees refusals would not notice."""

    def open(self, asked: messages.Open, now: datetime, *, agency: UUID | None = None) -> messages.Plaintext:
        """Open, but for grants."""
        if asked.said.basis != "own":
            raise Refusal("tired")
        return super().open(asked, now, agency=agency)


def _opener(rooms: Rooms, kind: type[Opener], sealer: Sealer | None = None) -> Rooms:
    old = rooms.opener
    return replace(rooms, opener=kind(old.reader, old.store, old.desk, sealer or old.sealer, old.rates))


def _destroyer(rooms: Rooms) -> Rooms:
    old = rooms.granter
    return replace(rooms, granter=ForgetsToDestroy(old.reader, old.store, old.desk, old.sealer))


BROKEN: dict[str, Callable[[Rooms], Rooms]] = {
    "opens without a wrap": lambda rooms: _opener(rooms, OpensWithoutWrap),
    "forgets the time": lambda rooms: _opener(rooms, ForgetsTime),
    "forgets withdrawals": lambda rooms: _opener(rooms, ForgetsWithdrawals),
    "forgets to destroy": _destroyer,
    "reads everybody's own": lambda rooms: _opener(rooms, ReadsEverybodysOwn),
    "confuses places": lambda rooms: _opener(rooms, Opener, ConfusesPlaces(rooms.store.keyring)),
    "remembers too much": lambda rooms: _opener(rooms, RemembersTooMuch),
    "refuses too much": lambda rooms: _opener(rooms, RefusesTooMuch),
}


@contextmanager
def broken(stage: Stage, by: Callable[[Rooms], Rooms]) -> Iterator[None]:
    """Let the keeper forget a rule for a while."""
    whole = stage.house.keeper.rooms
    stage.house.keeper.rooms = by(whole)
    try:
        yield
    finally:
        stage.house.keeper.rooms = whole


@pytest.mark.parametrize("by", BROKEN.values(), ids=BROKEN)
def test_a_keeper_that_forgets_one_rule_is_found_out(
    stage: Stage, offices: list[Office], by: Callable[[Rooms], Rooms]
) -> None:
    """The check can fail, both ways: by what leaks and by what stays closed."""
    with broken(stage, by), pytest.raises((LeakError, FlakyFailure)):
        attack(stage, offices, lives=80, always_the_same=True)

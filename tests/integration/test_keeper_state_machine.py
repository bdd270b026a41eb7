"""The keeper against whoever writes its database: no policy is asked, and nothing opens that was not granted.

Every step commits its own line and asks the keeper's socket directly. The lines claim anything; rows come back from
copies, or are moved and altered. What may open is said once more in `tests/keeper_world.py`, and measured against it.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import FlakyFailure
from hypothesis.stateful import run_state_machine_as_test

from schemas.vocabularies.access import AgencyKind
from tests.keeper_attack import Attack
from tests.keeper_faults import BROKEN
from tests.keeper_machine import Stage, open_stage
from tests.keeper_world import LeakError, Office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registry.keeper.server import Rooms
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

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


def attack(stage: Stage, offices: list[Office], *, lives: int, always_the_same: bool, spares: int = 2) -> Counter[str]:
    """Let persons live and be attacked, so many lives of fifty steps; return what was counted."""
    counts: Counter[str] = Counter()
    machine = cast(
        "type[Attack]", partial(Attack, stage, offices, counts, spares=spares)
    )  # any factory does, its types say less
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
    counts = attack(stage, offices, lives=85, always_the_same=True, spares=1)
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
        attack(stage, offices, lives=80, always_the_same=True, spares=0)

"""Whatever is said to the keeper: a refusal, or a legal answer to who has the right; never a stumble."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from registry.wire import messages
from tests.keeper_machine import open_stage
from tests.second import fuzzing, keeper_target
from tests.second.targets import Broken
from tests.second.test_fuzzing import MINUTES, SEED, SHORT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from tests.keeper_machine import Stage


@pytest.fixture
def stage(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Stage]:
    with open_stage(clusters, template_pair, test_logins, idle_minutes=600) as opened:
        yield opened


def fuzzed(stage: Stage, folder: Path, *, seconds: int) -> fuzzing.Ran:
    """Let a fuzzer ask a keeper with this stage's databases; the stage's own keeper waits meanwhile."""
    rights = keeper_target.furnished(stage)
    told = keeper_target.written(stage, rights)
    stage.hang_up()
    stage.house.keeper.stop()
    target = "tests.second.keeper_target:keeper"
    ran = fuzzing.run(target, folder, seeds=rights.seeds, seconds=seconds, seed=SEED, more=[str(told)])
    stage.restart()
    return ran


def test_who_has_the_right_gets_an_answer_and_the_trial_knows_whose_right_it_is(stage: Stage) -> None:
    """Else a keeper that refuses everything would pass, and a trial that allows everything."""
    rights = keeper_target.furnished(stage)
    got: dict[str, bytes] = {}
    for seed in rights.seeds:
        trial = keeper_target.Trial(stage.house.keeper, rights)
        got |= {type(answer).__name__: seed for answer in [trial(seed)] if answer is not None}
    assert set(got) >= {"Plaintext", "SignedIn", "RunOpened", "Enrolled", "Sealed", "Wrapped", "Signature"}
    nothing = structs.replace(rights, tokens=[], opening=[], signing_in=[], runs=[], records={})
    for name in ("SignedIn", "RunOpened", "Signature"):
        with pytest.raises(Broken, match="without a right"):
            keeper_target.Trial(stage.house.keeper, nothing)(got[name])


def test_a_moment_of_fuzzing_gets_nothing_out_of_the_keeper(stage: Stage, tmp_path: Path) -> None:
    ran = fuzzed(stage, tmp_path, seconds=SHORT_SECONDS)
    assert ran.fault is None
    assert ran.executions > 100
    assert stage.ask(messages.Ping(), messages.Done)


@pytest.mark.long
def test_minutes_of_fuzzing_get_nothing_out_of_the_keeper(stage: Stage, tmp_path: Path) -> None:
    seconds = max(1, round(60 * MINUTES))
    ran = fuzzed(stage, tmp_path, seconds=seconds)
    print(f" keeper: {ran.executions} executions, {ran.executions / seconds:.0f}/s", end="")
    assert ran.fault is None
    assert stage.ask(messages.Ping(), messages.Done)

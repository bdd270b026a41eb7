"""No bytes of anybody get a value out of our readers that was not put in; see `targets` for what each promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import Flask

from registry import config
from registry.web.signed import ForeignForm, insist_own_form
from tests.second import fuzzing, targets

if TYPE_CHECKING:
    from pathlib import Path

SHORT_SECONDS = 4
MINUTES = float(config.inherited(("FUZZ_MINUTES",)).get("FUZZ_MINUTES", "1"))
SEED = 1


def test_a_moment_of_fuzzing_breaks_no_promise(tmp_path: Path) -> None:
    """All targets in one process: it takes longer to start than a short run may."""
    ran = fuzzing.run(
        "tests.second.targets:each", tmp_path, seeds=targets.SEEDS_OF_EACH, seconds=SHORT_SECONDS, seed=SEED
    )
    assert ran.fault is None
    assert ran.executions > 1000


def test_a_fuzzer_that_finds_something_says_what(tmp_path: Path) -> None:
    """Else silence would prove nothing: this target is broken on purpose."""
    ran = fuzzing.run("tests.second.targets:broken", tmp_path, seeds=(b"ab",), seconds=20, seed=SEED)
    assert ran.fault is not None
    assert "begins with a question mark" in ran.fault


def test_a_form_from_an_origin_that_is_no_address_is_foreign() -> None:
    with (
        Flask("fuzzed").test_request_context("/", method="POST", headers={"Origin": "http://["}),
        pytest.raises(ForeignForm),
    ):
        insist_own_form()


@pytest.mark.long
@pytest.mark.parametrize("name", targets.TARGETS)
def test_minutes_of_fuzzing_break_no_promise(name: str, tmp_path: Path) -> None:
    seconds = max(1, round(60 * MINUTES))
    ran = fuzzing.run(f"tests.second.targets:{name}", tmp_path, seeds=targets.SEEDS[name], seconds=seconds, seed=SEED)
    print(f" {name}: {ran.executions} executions, {ran.executions / seconds:.0f}/s", end="")
    assert ran.fault is None

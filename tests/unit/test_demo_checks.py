"""What `registry demo` reports: a claim that does not hold is never called ok."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters.sandbox.story.checks import Chapter, Check, Step, report, tell, told
from adapters.sandbox.story.outside import traces
from adapters.sandbox.story.world import World, leaves
from registry.ops.own_house import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLDS = Check("the sun rises", "yes", "yes")
FAILS = Check("the moon is cheese", "yes", "no")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world in which nothing runs."""
    return World(Stack(tmp_path, "http://127.0.0.1:1/api/v1", "", "", {}, ()))


def one_holds(_world: World) -> Iterator[Check]:
    yield HOLDS


def one_of_two_fails(_world: World) -> Iterator[Check]:
    yield HOLDS
    yield FAILS


def breaks_off(_world: World) -> Iterator[Check]:
    yield HOLDS
    raise ConnectionError("nobody answers")


def test_a_story_in_which_everything_holds_is_ok(world: World) -> None:
    document = report(list(tell([Chapter("morning", one_holds)], world)))
    check = {"what": "the sun rises", "expected": "yes", "seen": "yes", "ok": True}
    assert document == {"ok": True, "steps": [{"name": "morning", "ok": True, "checks": [check]}]}


def test_one_failing_check_fails_its_step_and_the_story_but_not_the_next_step(world: World) -> None:
    document = report(list(tell([Chapter("night", one_of_two_fails), Chapter("morning", one_holds)], world)))
    assert document["ok"] is False
    assert [step["ok"] for step in document["steps"]] == [False, True]


def test_a_step_that_breaks_off_keeps_its_checks_and_ends_the_story(world: World) -> None:
    steps = list(tell([Chapter("night", breaks_off), Chapter("morning", one_holds)], world))
    assert [step.ok for step in steps] == [False, False]
    assert [check.ok for check in steps[0].checks] == [True, False]
    assert steps[0].checks[1].seen == "ConnectionError: nobody answers"
    assert [check.what for check in steps[1].checks] == ["the step is reached"]


def test_a_step_or_story_that_checked_nothing_proves_nothing() -> None:
    assert not Step("empty", ()).ok
    assert report([])["ok"] is False


@pytest.mark.parametrize(("expected", "seen"), [(1, True), ("1", 1), ([], None), (["a"], ["a", "b"])])
def test_what_only_resembles_the_expected_is_not_ok(expected: object, seen: object) -> None:
    assert not Check("it is the same", expected, seen).ok


def test_people_read_which_check_failed_and_how() -> None:
    lines = told(3, Step("night", (HOLDS, FAILS)))
    assert lines[0] == " 3 night: FAILED (2 checks)"
    assert [line.strip() for line in lines[1:]] == ["the moon is cheese", "expected 'yes'", "seen     'no'"]


@pytest.mark.parametrize(
    "hidden",
    [
        "…Shevchuk…".encode(),
        b"\x00SHEVCHUK\xff",
        "shevchuk".encode("utf-16-le"),
        b"536865766368756b",
        b"U2hldmNodWs=",
        b"eFNoZXZjaHVr",
        b"eHhTaGV2Y2h1ay4=",
    ],
    ids=["as it is", "shouted", "wide", "in digits", "in base64", "one byte later", "two bytes later"],
)
def test_a_word_is_found_in_every_form_it_could_hide_in(hidden: bytes) -> None:
    assert traces({"table": hidden, "other": b"nothing"}, {"surname": "Shevchuk"}) == ["table: surname"]


def test_a_word_that_is_not_there_is_not_found() -> None:
    assert traces({"table": b"Sevcuk"}, {"surname": "Shevchuk"}) == []


def test_every_value_of_a_document_has_a_pointer() -> None:
    assert leaves({"a/b": [1, {"c~d": None}], "e": {}}) == {"/a~1b/0": 1, "/a~1b/1/c~0d": None}

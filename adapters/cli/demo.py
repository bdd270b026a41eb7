"""`registry demo`: tells the story in a registry of its own and reports what held."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from adapters.sandbox.story import arriving, ending, knowing, looking, sharing
from adapters.sandbox.story.checks import Chapter, Step, report, tell, told
from adapters.sandbox.story.world import World
from registry import config
from registry.ops.own_house import own_house

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

CHAPTERS = (
    Chapter("the house stands, its doors are closed", arriving.house_stands),
    Chapter("three profiles of BA come in", arriving.file_comes_in),
    Chapter("the counter hands over a letter", arriving.letter_goes_out),
    Chapter("the person signs in and sees everything", arriving.person_signs_in),
    Chapter("before a grant the Jobcenter finds nobody", sharing.nothing_before),
    Chapter("she grants her languages to the Jobcenter", sharing.she_grants),
    Chapter("the officer reads what was granted", sharing.officer_reads),
    Chapter("for others she does not exist", sharing.others_see_nobody),
    Chapter("the receipt verifies", sharing.receipt_holds),
    Chapter("the Jobcenter asks for more, she says no", sharing.office_asks),
    Chapter("the same on her phone, in Arabic", sharing.on_her_phone),
    Chapter("she withdraws: the next request finds nothing", sharing.she_withdraws),
    Chapter("she sees who looked", looking.she_looks),
    Chapter("three offices' files become five people", knowing.three_offices_are_one_record),
    Chapter("another office asks: known already?", knowing.known_already),
    Chapter("she says: this is me", knowing.this_is_me),
    Chapter("BA's share goes out in BA's format", knowing.share_goes_out),
    Chapter("the log's chain verifies, a changed line is found", looking.log_holds),
    Chapter("a dump of both databases tells nothing about anybody", looking.thief_finds_nothing),
    Chapter("old keys put back open nothing", ending.clock_turned_back),
    Chapter("she is erased: nothing opens, whatever is put back", ending.she_is_forgotten),
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--artifacts",
    type=click.Path(file_okay=False, path_type=Path),
    help="Leave the receipt and the keys it verifies with in this directory.",
)
def demo(*, as_json: bool, artifacts: Path | None) -> None:
    """Tell the story that must always work, in databases and processes of its own under REGISTRY_HOME/demo.

    Exit status 1 when any check fails.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    if artifacts is not None:
        artifacts.mkdir(parents=True, exist_ok=True)
    steps: list[Step] = []
    with own_house(config.load("owner").home / "demo") as stack:
        world = World(stack)
        for step in tell(CHAPTERS, world):
            steps.append(step)
            if not as_json:
                click.echo("\n".join(told(len(steps), step)))
    if artifacts is not None:
        for name, content in world.artifacts.items():
            (artifacts / name).write_bytes(content)
    outcome = report(steps)
    click.echo(json.dumps(outcome, ensure_ascii=False) if as_json else _sum(steps))
    if not outcome["ok"]:
        sys.exit(1)


def _sum(steps: Sequence[Step]) -> str:
    checks = [check for step in steps for check in step.checks]
    return f"{sum(check.ok for check in checks)} of {len(checks)} checks hold."


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does: what was started is stopped."""
    raise KeyboardInterrupt

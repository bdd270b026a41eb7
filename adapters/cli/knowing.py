"""`registry known`: asks the registry who of a list is known already; nothing of the list is recorded."""

from __future__ import annotations

import csv
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from marshmallow import ValidationError

from adapters.cli.authority import Operator
from adapters.cli.beside import beside_the_registry
from adapters.cli.exporting import budget_for, office_of
from adapters.engine import client
from adapters.engine.messages import AskWho
from registry import config, db
from registry.keys import client as keys
from registry.linkage.batch.lists.reading import ListRefused, read
from registry.linkage.batch.lists.stating import is_enough, stated
from registry.linkage.batch.output import check_output, whole
from registry.ops.supervision import running
from registry.wire.decisions import LISTED_A_DAY
from registry.wire.sockets import places
from schemas.entries import EntryIn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from registry.config import Settings

HEADER: Final = ("rec_id", "grade")
#: Of whom too little is said to ask.
TOO_LITTLE: Final = "too-little"
#: People asked about at once.
_AT_ONCE: Final = 50

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command("known")
@click.argument("people", metavar="LIST.csv", type=_FILE)
@click.argument("agency", metavar="AGENCY")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The answers, as CSV.")
def known(people: Path, agency: str, *, out: Path) -> None:
    """Ask the registry, in the name of AGENCY, who of LIST.csv is known already. Nothing is recorded.

    Columns: rec_id, given_name, family_name, sex, birth_date, birth_place, nationality, azr; further ones are ignored.
    Written are rec_id and grade: known, look for a human, or new; too-little without surname, given name and birth
    date or a number; too-often for a name that this agency asked about ten times today. What agrees, and whom it means,
    is not said. Everybody who is found sees each question in her log. At most 5,000 identities a day; AGENCY is an id,
    a number or a name; its administrator signs in.
    """
    check_output(out, (people,))
    lines = list(_stated(people))
    if (count := sum(map(_identities, lines))) > LISTED_A_DAY:
        raise ListRefused(f"{people}: {count} identities (names, numbers); {LISTED_A_DAY} may be asked about in a day")
    with ExitStack() as open_things:
        settings = open_things.enter_context(beside_the_registry(config.load("cli"), "question"))
        open_things.callback(db.configure(settings.database_url, pool_size=2).dispose)
        keys.configure(settings)
        answers = _asked(lines, office_of(agency).id, settings)
    with whole(out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(answers)
    counts = {grade: sum(1 for answer in answers if answer[1] == grade) for grade in ("known", "look", "new")}
    told = ", ".join(f"{count} {grade}" for grade, count in counts.items())
    click.echo(f"{len(lines)} lines: {told}, {len(lines) - sum(counts.values())} not asked; written to {out}")


def _identities(line: tuple[str, list[dict[str, Any]]]) -> int:
    """Return as how many identities a line is counted: its names are one, each number is another."""
    _, entries = line
    numbers = sum(1 for entry in entries if entry["kind"].startswith("identifiers."))
    return (numbers + (numbers < len(entries))) if is_enough(entries) else 0


def _stated(people: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each line's rec_id with what it says; every line is looked at before anybody is asked about.

    Raises:
        ListRefused: one of them says what cannot be; the message names it.
    """
    schema = EntryIn()
    for piece in read(people):
        for line in piece:
            entries = stated(line)
            for entry in entries:
                try:
                    schema.load(entry)
                except ValidationError:
                    what = entry["kind"].partition(".")[2].replace("-", " ")
                    raise ListRefused(f"{people}, rec_id {line['rec_id']}: cannot be read: {what}") from None
            yield line["rec_id"], entries


def _asked(lines: list[tuple[str, list[dict[str, Any]]]], agency: UUID, settings: Settings) -> list[tuple[str, str]]:
    """Have the agency's worker ask, under a run of its own; return the rows to write, in the order of the list."""
    here = running.find(settings.home)
    told = [(at, entries) for at, (_, entries) in enumerate(lines) if is_enough(entries)]
    rows = [(rec_id, TOO_LITTLE) for rec_id, _ in lines]
    if not told:
        return rows
    operator = Operator(settings.home, is_dev=here is not None and here.dev)
    run = operator.open_run(agency, budget_for(sum(map(_identities, lines))), operation="match")
    with client.at_the_desk(places.worker(settings.run_dir, agency), _say_waiting) as desk:  # noqa: SIM117 - in turn
        with click.progressbar(length=len(told), label="asking", file=sys.stderr) as bar:
            for start in range(0, len(told), _AT_ONCE):
                some = told[start : start + _AT_ONCE]
                found = client.ask_who(desk, AskWho(run, [entries for _, entries in some]))
                for (at, _), grade in zip(some, found, strict=True):
                    rows[at] = (lines[at][0], grade)
                bar.update(len(some))
    return rows


def _say_waiting() -> None:
    click.echo("An import or export of this agency goes first; waiting.", err=True)

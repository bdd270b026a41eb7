"""`registry import`: hands agencies' files to those agencies' workers and reports what became of them."""

from __future__ import annotations

import json
import os
import stat
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adapters import catalogue
from adapters.cli.authority import Operator
from adapters.cli.beside import beside_the_registry
from adapters.cli.reports import shown, told
from adapters.contract import Refused, RefusedFileError, Survey
from adapters.engine import client
from adapters.engine.child import BATCH_RECORDS
from adapters.engine.messages import FileReport, Progress
from adapters.engine.patience import PAUSES, patiently
from adapters.engine.reading import Source, survey
from registry import config, db
from registry.auth import agencies
from registry.casework import receiving
from registry.db import Sessions
from registry.keys import client as keys
from registry.ops.supervision import running
from registry.wire.sockets import places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from registry.config import Settings

#: The keeper opens no run for more.
MOST_BUDGET = 10_000_000


@dataclass(frozen=True, slots=True)
class Parcel:
    """A readable file, and whose it is."""

    place: int  #: on the command line
    path: Path
    records: int
    agency: UUID


@click.command("import")
@click.argument("kind", metavar="AGENCY-KIND")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
)
@click.option("--agency", type=click.UUID, help="Whose files these are; default: the sender named in each file.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_files(kind: str, files: tuple[Path, ...], *, agency: UUID | None, as_json: bool) -> None:
    """Take in files as an agency of this kind sends them.

    A malformed file is refused whole. The same file twice changes nothing. Exit status 1 when a file was refused.
    """
    if kind not in catalogue.names():
        raise click.BadParameter(f"no adapter {kind!r}; installed are: {', '.join(catalogue.names())}")
    settings = config.load("cli")
    with ExitStack() as open_things:
        running_settings = open_things.enter_context(beside_the_registry(settings, "import"))
        open_things.callback(db.configure(running_settings.database_url, pool_size=2).dispose)
        keys.configure(running_settings)
        reports, parcels = _sorted_out(files, kind, agency, settings=running_settings)
        for office, group in groupby(sorted(parcels, key=lambda one: str(one.agency)), key=lambda one: one.agency):
            reports |= _hand_over(office, list(group), kind, settings=running_settings)
        _print([reports[place] for place in sorted(reports)], patiently(receiving.persons_count), as_json=as_json)
    if not all(report.is_whole for report in reports.values()):
        sys.exit(1)


def _sorted_out(
    files: Sequence[Path], kind: str, agency: UUID | None, *, settings: Settings
) -> tuple[dict[int, FileReport], list[Parcel]]:
    """Survey every file and find whose it is; files that are refused already have their report."""
    reports: dict[int, FileReport] = {}
    parcels: list[Parcel] = []
    for place, path in enumerate(files):
        try:
            held = _surveyed(path, kind, settings)
            parcels.append(Parcel(place, path, held.records, _agency_of(held.sender, agency)))
        except RefusedFileError as refusal:
            line = Refused(refusal.line, refusal.reason_code, refusal.reason)
            reports[place] = FileReport(str(path), refused=[line], is_whole=False)
    return reports, parcels


def _surveyed(path: Path, kind: str, settings: Settings) -> Survey:
    with path.open("rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise RefusedFileError("It is not a regular file; save it first.", line=0, code="file.kind")
        return survey(Source(str(path), file.fileno(), kind, settings.env != "production"))


def _agency_of(sender: str | None, chosen: UUID | None) -> UUID:
    """Return whose file it is.

    Raises:
        NotFound: the operator chose an agency that does not exist.
        RefusedFileError: nothing was chosen, and the file names no sender, or one nobody knows.
    """
    with Sessions() as session:
        if chosen is not None:
            return agencies.by_id(session, chosen).id
        if sender is None:
            raise RefusedFileError(
                "It names no sender; say whose it is with --agency ID.", line=0, code="sender.missing"
            )
        found = agencies.by_number(session, sender)
    if found is None:
        raise RefusedFileError(
            f"Its sender has the number {sender}, and no agency here has it. Say whose it is with --agency ID.",
            line=0,
            code="sender.unknown",
        )
    return found.id


def _hand_over(agency: UUID, parcels: Sequence[Parcel], kind: str, *, settings: Settings) -> dict[int, FileReport]:
    """Have one agency's worker take in its files, under one run; return the reports by place."""
    found = running.find(settings.home)
    operator = Operator(settings.home, is_dev=found is not None and found.dev)
    total = sum(parcel.records for parcel in parcels)
    run = operator.open_run(agency, budget_for(total))
    with client.at_the_desk(places.worker(settings.run_dir, agency), _say_waiting) as desk:  # noqa: SIM117 - in turn
        with click.progressbar(length=total, label="importing", file=sys.stderr) as bar:
            watched = _Bar(bar)
            reports = list(client.hand_over(desk, run, _opened(parcels, kind, settings), on_progress=watched.show))
    return {parcel.place: report for parcel, report in zip(parcels, reports, strict=True)}


def budget_for(records: int) -> int:
    """Return how many records a run may write that takes in so many.

    The keeper counts when it seals; an answer or a commit that gets lost afterwards makes the worker ask again.
    So each batch may come twice, and one as often as the worker tries.
    """
    return min(2 * records + len(PAUSES) * BATCH_RECORDS, MOST_BUDGET)


def _opened(parcels: Sequence[Parcel], kind: str, settings: Settings) -> Iterator[Source]:
    for parcel in parcels:
        with parcel.path.open("rb") as file:
            yield Source(str(parcel.path), file.fileno(), kind, settings.env != "production")


def _say_waiting() -> None:
    click.echo("Another import or export of this agency goes first; waiting.", err=True)


@dataclass(slots=True)
class _Bar:
    """Adds up the progress of one file after the other."""

    bar: Any  # click names the type only in a private module
    done: int = 0  #: of the present file

    def show(self, progress: Progress) -> None:
        before = self.done if progress.done >= self.done else 0
        self.bar.update(progress.done - before)
        self.done = progress.done


def _print(reports: Sequence[FileReport], profiles: int, *, as_json: bool) -> None:
    if as_json:
        click.echo(
            json.dumps({"files": [shown(report) for report in reports], "profiles": profiles}, ensure_ascii=False)
        )
        return
    for report in reports:
        click.echo("\n".join(told(report)))
    click.echo(f"Persons in the registry: {profiles}")

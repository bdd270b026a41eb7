"""`registry backup`, `restore`, `replay` and `audit export`: copies of the databases, and what must not come back."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry import clock, config, db
from registry.audit import log
from registry.audit.events import Event
from registry.casework.restoring import export_file, replaying
from registry.cli.enrolling import beside_the_stack
from registry.db import Sessions
from registry.errors import OperationError
from registry.keys import client
from registry.keys.client import KEEPER
from registry.ops.copies import alone, bringing_back, databases, taking
from registry.ops.supervision import given_up, running
from registry.wire.upkeep import restoring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.casework.restoring.replaying import Report
    from registry.config import Settings
    from registry.ops.copies.databases import Owned
    from registry.ops.copies.fitting import Gap

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NO_LOG = "nobody has a newer log"
_LOST = "what is lost is lost"
_LOUD = (
    "Whatever was withdrawn, run out or erased after this back-up will open again, and nobody will hear of it."
    " This is right only where nothing happened since, or where every export of the log is lost."
)


@click.command()
@click.argument("folder", metavar="DIR", type=_FOLDER)
def backup(folder: Path) -> None:
    """Copy both databases into DIR/main and DIR/shred, while everything runs or while nothing does."""
    with databases.as_it_runs(config.load("owner")) as owned:
        main, _ = taking.take(owned, folder, _progress)
    click.echo(f"Both databases are in {folder}, with the log's first {main.size} lines.")
    click.echo(f"{folder / 'main'}: keep it for 35 days. It opens nothing without the other one.")
    click.echo(
        f"{folder / 'shred'}: keep it somewhere else and for 30 days at the most. As long as a copy of it lives,"
    )
    click.echo(
        "whom the registry forgot could be opened again. Root key and linker key are in neither: keep them apart."
    )
    click.echo("Export the log often: `registry audit export`. Without it a restore forgets what ended since.")


@click.command()
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--only", type=click.Choice(("main", "shred")), help="One of the two; the other stays as it is.")
@click.option("--replace", "may_replace", is_flag=True, help="Put it in the place of what is there.")
@click.option(
    "--log", "export", type=_FILE, help="An export of the log from after the back-up; it is replayed at once."
)
@click.option("--no-newer-log", is_flag=True, help="There is no such export; asks for it in words.")
def restore(folder: Path, *, only: str | None, may_replace: bool, export: Path | None, no_newer_log: bool) -> None:
    """Bring both databases back from DIR; the registry must not run."""
    if export is not None and no_newer_log:
        raise click.UsageError("--log and --no-newer-log contradict each other.")
    settings = config.load("owner")
    read = export_file.check(export) if export is not None else None
    if no_newer_log:
        _insist_on_words()
    which = (only,) if only else bringing_back.BOTH
    with databases.stopped(settings) as owned:
        copies = bringing_back.checked(folder, which, _progress)
        for one in copies.values():
            click.echo(f"{one.database}: of {one.taken_at}, {one.size} lines of the log")
        bringing_back.restore(owned, folder, copies, may_replace=may_replace, told=_progress, agreed=_agreed)
        click.echo(
            "Restored. All sessions ended; letters, passkeys, certificates and identities of before count no more"
        )
        click.echo("where the shred store was brought back: two officers hand over new letters.")
        if read is not None or no_newer_log:
            with _with_a_keeper(settings, owned):
                _open(read, owned, settings.home)
        elif only != "shred":
            click.echo("The keeper stays closed until `registry replay EXPORT` has ended again what ended since.")
        else:
            click.echo("Where the main database has every line that this store saw, the keeper opens by itself.")
            click.echo("Else it stays closed until `registry replay EXPORT` has ended again what ended since.")


@click.command()
@click.argument("export", metavar="[EXPORT]", required=False, type=_FILE)
@click.option("--no-newer-log", is_flag=True, help="There is no export; asks for it in words.")
def replay(export: Path | None, *, no_newer_log: bool) -> None:
    """End again what ended after the back-up, as an export of the log says, and let the keeper open."""
    if (export is None) == (not no_newer_log):
        raise click.UsageError("Name an export of the log, or say --no-newer-log.")
    settings = config.load("owner")
    read = export_file.check(export) if export is not None else None
    if no_newer_log:
        _insist_on_words()
    found = running.find(settings.home)
    if found is None:
        with databases.stopped(settings) as owned, _with_a_keeper(settings, owned):
            _open(read, owned, settings.home)
        return
    with databases.as_it_runs(settings) as owned:
        beside = replace(settings, process="cli", run_dir=Path(found.run_dir), database_url=owned.main_url)
        with _working(beside):
            _open(read, owned, settings.home)


@click.group()
def audit() -> None:
    """The log."""


@audit.command("export")
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--since", type=click.IntRange(min=0), default=0, help="The number of the first line; the first is 0.")
def export_log(path: Path, *, since: int) -> None:
    """Write the log to FILE, as the running keeper signs it; a restore replays it."""
    if path.exists():
        raise click.UsageError(f"{path} exists.")
    with beside_the_stack():
        head = KEEPER.ask(restoring.TellHead(), restoring.Head)
        with Sessions() as session:
            count = export_file.write(session, path, head, since=since)
        with Sessions.begin() as session:
            log.record(session, log.Line(event=Event.LOG_READ, results=count), None, now=clock.now())
    given_up.exported(config.load("cli").home, since)
    click.echo(f"{count} lines, up to line {head.size - 1}. It names nobody, but keep it where the back-ups are not.")


def _open(read: export_file.Export | None, owned: Owned, home: Path) -> None:
    if read is not None:
        ended = f"{read.ended_at:%Y-%m-%d %H:%M:%S} UTC" if read.ended_at else "before its first line"
        click.echo(f"The export ends with line {read.size - 1}, {ended}. What ended later is not in it.")
        _tell(replaying.replay(read, now=clock.now(), told=_progress))
        return
    if KEEPER.ask(restoring.TellHead(), restoring.Head).closed is None:
        raise OperationError("the keeper is open: there is nothing to accept")
    size = bringing_back.accept_the_log(owned)
    given_up.note(home, size)
    report = replaying.open_without_log(clock.now(), size=size)
    click.echo(
        f"The keeper is open, as if nothing had ended since the back-up. {report.lifted} compartments have new keys."
    )
    click.echo(f"Lines behind {size} are given up; the log says so, and so does each start until it is exported.")
    _tell_skipped(report)


def _tell(report: Report) -> None:
    click.echo(
        f"{report.lines} lines replayed: {report.grants} grants ended again, {report.links} links undone again,"
        f" {report.erasures} persons erased again, {report.lifted} compartments under new keys. The keeper is open."
    )
    if report.unproved:
        click.echo(f"{report.unproved} erasures came without their order: closed, not destroyed. Look into the log.")
    _tell_skipped(report)
    for event, count in sorted(report.lost.items()):
        click.echo(f"  not done again: {count} × {event}")


def _tell_skipped(report: Report) -> None:
    if report.skipped:
        click.echo(f"{report.skipped} rows were left as they are: they are forged, or open under no key there is.")


@contextmanager
def _with_a_keeper(settings: Settings, owned: Owned) -> Iterator[None]:
    with alone.keeper(settings, owned) as beside, _working(beside):
        yield


@contextmanager
def _working(settings: Settings) -> Iterator[None]:
    engine = db.configure(settings.database_url, pool_size=2)
    client.configure(settings)
    try:
        yield
    finally:
        client.KEEPER.close()
        engine.dispose()


def _insist_on_words() -> None:
    click.echo(_LOUD, err=True)
    if click.prompt(f"Type “{_NO_LOG}” to go on", err=True) != _NO_LOG:
        raise OperationError("nothing was done")


def _agreed(gap: Gap) -> bool:
    for line in gap.words():
        click.echo(line, err=True)
    return bool(click.prompt(f"Type “{_LOST}” to go on without it", err=True) == _LOST)


def _progress(step: str) -> None:
    click.echo(f"  {step}", err=True)

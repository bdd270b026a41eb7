"""`registry export`: has an agency's worker write what the agency may have, in the agency's own format."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from uuid import UUID

import click

from adapters import catalogue
from adapters.cli.authority import Operator
from adapters.cli.beside import beside_the_registry
from adapters.cli.folder import filling
from adapters.engine import client
from adapters.engine.messages import Export
from registry import config, db
from registry.auth import agencies
from registry.db import Sessions
from registry.errors import NotFound
from registry.keys import client as keys
from registry.ops.supervision import running
from registry.profiles import sharing
from registry.wire.sockets import places

if TYPE_CHECKING:
    from types import FrameType

    from adapters.cli.folder import Folder
    from adapters.engine.messages import Exported
    from registry.auth.models import Agency
    from registry.config import Settings

#: The keeper opens no run for more.
MOST_BUDGET = 10_000_000


@click.command("export")
@click.argument("agency", metavar="AGENCY")
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="An empty directory, a new one, or that of this agency's export before, which is replaced.",
)
@click.option(
    "--adapter",
    type=click.Choice(catalogue.names()),
    help="Whose format the agency's system reads; default: that of its kind. Joint Jobcenters use BA's.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def export(agency: str, *, out: Path, adapter: str | None, as_json: bool) -> None:
    """Write what an agency may have, in its own format: its own, and what others said and live grants open to it.

    AGENCY is an id, a number or a name. Every person of whom something is written sees that in her log.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with ExitStack() as open_things:
        settings = open_things.enter_context(beside_the_registry(config.load("cli"), "export"))
        open_things.callback(db.configure(settings.database_url, pool_size=2).dispose)
        keys.configure(settings)
        office = office_of(agency)
        if adapter is None and office.kind not in catalogue.names():
            raise click.UsageError(f"no adapter for {office.kind!r}; installed are: {', '.join(catalogue.names())}")
        folder = open_things.enter_context(filling(out, settings.home, office.id))
        exported = _fetch(office.id, adapter or office.kind, folder, settings=settings)
        files = folder.finish()
    _print(files, exported, as_json=as_json)


def budget_for(persons: int) -> int:
    """Return how many persons a run may open that expects so many: some come meanwhile, some are opened twice."""
    return min(persons + persons // 10 + 100, MOST_BUDGET)


def found(known: list[Agency], asked: str) -> list[Agency]:
    """Return the agencies meant by an id, a number, a name, a part of a name, or a kind; the surest reading counts."""
    wanted = asked.strip().casefold()
    readings = (
        [one for one in known if _is_id(wanted) and one.id == UUID(wanted)],
        [one for one in known if one.number == asked.strip()],
        [one for one in known if one.name.casefold() == wanted],
        [one for one in known if wanted and wanted in one.name.casefold()],
        [one for one in known if one.kind == wanted],
    )
    return next((reading for reading in readings if reading), [])


def office_of(asked: str) -> Agency:
    """Return the one agency that is meant.

    Raises:
        NotFound: there is none.
        click.UsageError: there are several.
    """
    with Sessions() as session:
        known = list(agencies.all_active(session))
    meant = found(known, asked)
    if not meant:
        raise NotFound(f"There is no agency {asked!r}.")
    if len(meant) > 1:
        listed = "\n".join(f"  {one.id}  {one.name} ({one.number or 'no number'})" for one in meant)
        raise click.UsageError(f"{asked!r} is ambiguous; say which by its id:\n{listed}")
    return meant[0]


def _fetch(agency: UUID, adapter: str, folder: Folder, *, settings: Settings) -> Exported:
    """Have the agency's worker write under a run of its own, and keep the parts as they come."""
    here = running.find(settings.home)
    persons = sharing.expected(agency)
    operator = Operator(settings.home, is_dev=here is not None and here.dev)
    run = operator.open_run(agency, budget_for(persons), operation="export")
    with client.at_the_desk(places.worker(settings.run_dir, agency), _say_waiting) as desk:  # noqa: SIM117 - in turn
        with click.progressbar(length=persons, label="exporting", file=sys.stderr) as bar:
            return client.fetch(
                desk,
                Export(run, adapter, persons),
                on_part=lambda part: folder.add(part.name, part.content),
                on_progress=lambda progress: bar.update(progress.done - bar.pos),
            )


def _say_waiting() -> None:
    click.echo("Another import or export of this agency goes first; waiting.", err=True)


def _print(files: dict[Path, int], exported: Exported, *, as_json: bool) -> None:
    if as_json:
        listed = [{"file": str(path), "bytes": size_bytes} for path, size_bytes in files.items()]
        report = {"files": listed, "persons": exported.persons, "granted": exported.granted}
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    for path, size_bytes in files.items():
        click.echo(f"{path}: {size_bytes} bytes")
    click.echo(f"Persons: {exported.persons}; what others recorded was granted by {exported.granted} of them.")


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does: what was begun is removed."""
    raise KeyboardInterrupt

"""`registry vocabulary`: brings in official downloads of ESCO, KldB 2010 and ISCO-08."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry import config, db
from registry.db import Sessions
from registry.errors import OperationError
from registry.ops import migrate, roles, stack
from registry.ops.postgres import Pair
from registry.ops.supervision import running
from registry.vocabulary import importing
from registry.vocabulary.seeds import planting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.config import Settings
    from registry.vocabulary.importing import Report


@click.group()
def vocabulary() -> None:
    """Occupations and skills: official lists, their names and crosswalks."""


@vocabulary.command("import")
@click.argument("name", metavar="NAME", type=click.Choice(importing.NAMES))
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
)
@click.option("--language", help="Of the files, where their names do not end in it (_de.csv).")
@click.option("--edition", help="Of the list, e.g. 1.2.0; default: as far as the files tell.")
@click.option("--retire-many", is_flag=True, help="More than a tenth of the concepts may be gone in this edition.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def bring_in(
    name: str,
    files: tuple[Path, ...],
    *,
    language: str | None,
    edition: str | None,
    retire_many: bool,
    as_json: bool,
) -> None:
    """Load an official download in its publisher's own format (CSV).

    NAME is one of: esco-skills, esco-skill-groups, esco-skill-relations, esco-occupations, esco-occupation-relations,
    esco-occupation-skill, esco-isco-groups, isco-08, kldb-2010, kldb-2010-titles, kldb-isco-crosswalk.

    A malformed file is refused whole. The same file twice changes nothing. Concepts that a newer edition no longer
    has are retired, never deleted.
    """
    with click.progressbar(length=sum(file.stat().st_size for file in files), label="reading", file=sys.stderr) as bar:
        contents = importing.read(name, files, language=language, edition=edition, seen=bar.update)
    click.echo("storing", err=True)
    with _as_owner(config.load("owner")), Sessions.begin() as session:
        report = importing.bring_in(session, contents, may_retire_many=retire_many)
    click.echo(json.dumps(report.document()) if as_json else _told(report))


@vocabulary.command("seed")
def seed() -> None:
    """Add the names that come with the registry, where they are missing; each start does the same."""
    with _database(config.load("owner")) as url:
        added = planting.plant_into(url)
    click.echo(f"{added} names added.")


def _told(report: Report) -> str:
    counts = report.counts
    return (
        f"{report.name}{f' ({report.language})' if report.language else ''}: {report.read} rows,"
        f" {counts.added} added, {counts.changed} changed, {counts.unchanged} unchanged, {counts.retired} retired"
    )


@contextmanager
def _as_owner(settings: Settings) -> Iterator[None]:
    """Work as the database's owner: offices read vocabularies, nobody but the operator writes them.

    In the database of the setting, else in the embedded one of this home, which is started where nothing runs.
    """
    with _database(settings) as url:
        engine = db.configure(url, pool_size=1)
        try:
            yield
        finally:
            engine.dispose()


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    if settings.database_url:
        yield settings.database_url
        return
    found = running.find(settings.home)
    if found is not None:
        if "postgres-main" not in found.processes:
            raise OperationError("the registry of this home works in a database of its own: set DATABASE_URL")
        run_dir = Path(found.run_dir)
        yield Pair(settings.home, run_dir=run_dir, bindir=settings.pg_bindir).main.url(stack.DATABASE)
        return
    settings.home.mkdir(parents=True, exist_ok=True)
    with running.lock(settings.home) as free:
        if not free:
            raise OperationError(f"a registry is starting or stopping in {settings.home}: try again in a moment")
        running.clear(settings.home)
        pair = Pair(settings.home, run_dir=settings.run_dir, bindir=settings.pg_bindir)
        try:
            with pair:
                yield _migrated(pair, settings)
        finally:
            pair.tidy()


def _migrated(pair: Pair, settings: Settings) -> str:
    """Return the main database's address, brought to the newest revision as a start would."""
    pair.ensure_database_pair(stack.DATABASE)
    main, shred = pair.main.url(stack.DATABASE), pair.shred.url(stack.DATABASE)
    roles.install(main, shred, roles.logins(settings.home / "secrets" / "roles.json"))
    migrate.upgrade(main, shred)
    return main

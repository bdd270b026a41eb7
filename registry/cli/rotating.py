"""`registry keys status`, `rotate` and `destroy`: what there is, and what two administrators order."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import UUID

import click
from msgspec.structs import replace

from registry import clock, config
from registry.auth import agencies as offices
from registry.casework.rotation import ordering
from registry.cli.enrolling import beside_the_stack, two_administrators
from registry.db import Sessions
from registry.errors import OperationError
from registry.ops.supervision import given_up
from registry.wire import rotating

if TYPE_CHECKING:
    from registry.actors import Officer
    from registry.exchange.models import Rotation

KINDS = ("root", "agency", "custodian", "shred", "receipts", "lookup")
#: How often progress is looked at, and how long the housekeeper may take to begin.
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 60.0
_FILE_BEFORE = (
    "If the root key is in a file, that file is replaced, and no old one is kept: back-ups of the shred store made so\n"
    "far open only with the file as it is now. Keep a copy of it with them, or make a new back-up afterwards."
)
_FILE_AFTER = (
    "If the root key is in a file: older back-ups of the shred store open no more with it. Make a new one now, and\n"
    "copy the new file."
)
_UNDER_WAY = (
    "The key lookup is being renewed already: the same command without --salted or --plain looks on, and when that is"
    " over, this one says how names are made from then on."
)
_OF_AGENCY = click.option("--agency", type=click.UUID, help="Whose key; of kind `agency` only.")


@click.command()
def status() -> None:
    """Show every key: version, state, how much lies under it, and what is being rotated."""
    with beside_the_stack(), Sessions() as session:
        told = ordering.tell()
        found = offices.names_of(session, {UUID(one.scope) for one in told if one.scope})
        names = {str(agency): name for agency, name in found.items()}
        for one in told:
            whose = f" {names.get(one.scope, '')} {one.scope}" if one.scope else ""
            click.echo(f"{one.kind}{whose}  version {one.version}  {one.state}{_manner(one)}  {_lying(one.left)}")
        for run in ordering.all_under_way(session, clock.now()):
            whose = f" {names.get(run.key_scope or '', '')}" if run.key_scope else ""
            row = ordering.progress(session, run.id)
            click.echo(f"rotating {run.key_kind}{whose} to version {run.to_version}: {_words(row)}")
    if warning := given_up.words(config.load("cli").home):
        click.echo(warning)


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@_OF_AGENCY
@click.option("--anew", is_flag=True, help="Make one more version although something lies under older ones.")
@click.option("--salted/--plain", default=None, help="Of kind `lookup`: salt tokens of names from now on, or no more.")
def rotate(kind: str, agency: UUID | None, *, anew: bool, salted: bool | None) -> None:
    """Renew a key; two administrators sign in.

    The new version makes everything new at once, the housekeeper moves what lies under older ones. Ctrl-C only stops
    looking on. The same command again looks on, or goes on with what an earlier one left.
    """
    scope = _scope(kind, agency)
    if salted is not None and kind != "lookup":
        raise OperationError("Only the tokens of the key lookup can be salted.")
    if kind == "root":
        click.echo(_FILE_BEFORE)
    with beside_the_stack():
        with Sessions() as session:
            known = ordering.under_way(session, kind, scope, now=clock.now())
        if known is not None:
            if salted is not None:
                raise OperationError(_UNDER_WAY)
            run = known.id
        else:
            resalts = salted is not None and salted != _is_salted()
            goes_on = not (anew or resalts) and _is_left(kind, scope)
            run = _ordered(rotating.OrderRun([], "resalt" if resalts else "rekey", kind, scope, goes_on=goes_on))
        ordering.renew(run)
        try:
            row = _watched(run)
        except KeyboardInterrupt:
            click.echo("\nThe housekeeper goes on; `registry keys status` says how far it is.")
            return
    click.echo(f"{kind} is rotated: {row.moved} wraps were moved.")
    if row.skipped:
        click.echo(f"{row.skipped} do not open, damaged or forged; they were left as they are.")
    if kind == "root":
        click.echo(_FILE_AFTER)


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("version", type=int)
@_OF_AGENCY
def destroy(kind: str, version: int, agency: UUID | None) -> None:
    """Destroy a version of a key under which nothing lies any more; two administrators sign in."""
    scope = _scope(kind, agency)
    asked = rotating.OrderRun([], "destroy", kind, scope, version=version)
    with beside_the_stack(), two_administrators() as approvers:
        run = _order(asked, approvers)
        with Sessions.begin() as session:
            destroyed = ordering.destroy(session, run, actor=approvers[0], now=clock.now())
    click.echo(f"Version {version} of {kind} is destroyed. Tried with it, and refused:")
    for words in destroyed.tried:
        click.echo(f"  {words}")
    if not destroyed.are_copies_closed:
        click.echo("Whoever has both the root and a back-up of the shred store from before can still open what they")
        click.echo("kept. That ends with those back-ups, or when the root is rotated and its older version destroyed.")
    else:
        click.echo("Back-ups of the shred store from before open no more in this: make a new one now.")


def _scope(kind: str, agency: UUID | None) -> str:
    if (kind == "agency") is (agency is None):
        raise OperationError("A key of kind agency needs --agency, and no other takes one.")
    return str(agency) if agency else ""


def _is_left(kind: str, scope: str) -> bool:
    """Say whether something still lies under older versions of a key."""
    versions = [one for one in ordering.tell() if (one.kind, one.scope) == (kind, scope)]
    return any(one.left for one in versions if one.state != "active")


def _is_salted() -> bool:
    """Say whether tokens of names are salted at present."""
    return any(one.salted for one in ordering.tell() if (one.kind, one.state) == ("lookup", "active"))


def _ordered(asked: rotating.OrderRun) -> UUID:
    with two_administrators() as approvers:
        return _order(asked, approvers)


def _order(asked: rotating.OrderRun, approvers: list[Officer]) -> UUID:
    approved = replace(asked, approvals=[one.token for one in approvers])
    with Sessions.begin() as session:
        return ordering.order(session, approved, actor=approvers[0], now=clock.now()).id


def _watched(run: UUID) -> Rotation:
    """Look on until a run is through, and say how far it is.

    Raises:
        OperationError: nobody begins it, or its time is over before it is through.
    """
    began, said = time.monotonic(), ""
    while True:
        with Sessions() as session:
            row, is_live = ordering.progress(session, run), ordering.is_live(session, run, clock.now())
        if row is not None and row.finished_at is not None:
            return row
        if not is_live:
            raise OperationError("The run is over before it is through: order it again, it goes on where it was.")
        if row is None and time.monotonic() - began > _PATIENCE_SECONDS:
            raise OperationError("No housekeeper begins it. It will, as soon as one runs: see `registry keys status`.")
        if (words := _words(row)) != said:
            said = words
            click.echo(f"  {words}", err=True)
        time.sleep(_LOOK_SECONDS)


def _words(row: Rotation | None) -> str:
    return "waits for the housekeeper" if row is None else f"{row.moved} of {row.total} moved"


def _manner(one: rotating.KeyTold) -> str:
    return "  salted" if one.salted else ""


def _lying(left: int | None) -> str:
    return "" if left is None else f"{left} under it"

"""What two administrators order about a key: each order is a run with a line, before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.audit import log
from registry.audit.events import Event
from registry.exchange import inbox, rotations
from registry.keys.client import KEEPER
from registry.wire import messages, rotating

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.actors import Officer
    from registry.exchange.models import Rotation, Run
    from registry.wire.rows import RunRow


def order(session: Session, asked: rotating.OrderRun, *, actor: Officer, now: datetime) -> RunRow:
    """Let the keeper authorise a run of the house, and store it with its line.

    Raises:
        KeeperRefused: not two different administrators, or there is no such key.
    """
    run = KEEPER.ask(asked, messages.RunOpened).run
    inbox.keep_run(session, run)
    line = log.Line(
        event=Event.RUN_OPENED,
        object_id=run.id,
        responsible_id=run.approved_by,
        reason=f"{run.operation}:{run.key_kind}",
    )
    log.record(session, line, actor, now=now)
    return run


def under_way(session: Session, kind: str, scope: str, *, now: datetime) -> Run | None:
    """Return the run that is renewing a key at present, so that nobody has to order it twice."""
    runs = (run for run in rotations.unfinished(session, now) if (run.key_kind, run.key_scope) == (kind, scope))
    return next(runs, None)


def all_under_way(session: Session, now: datetime) -> Sequence[Run]:
    """Return the runs that renew keys at present, the oldest first."""
    return rotations.unfinished(session, now)


def is_live(session: Session, run: UUID, now: datetime) -> bool:
    """Say whether a run may still go on."""
    row = inbox.run_of(session, run)
    return row is not None and now < row.ends_at


def progress(session: Session, run: UUID) -> Rotation | None:
    """Return how far a run is; None while the housekeeper has not begun."""
    return rotations.of_run(session, run)


def renew(run: UUID) -> None:
    """Let a committed run begin: from now on the new version of its key makes everything new."""
    KEEPER.ask(rotating.Renew(run), rotating.KeyRenewed)


def destroy(session: Session, run: UUID, *, actor: Officer, now: datetime) -> rotating.KeyDestroyed:
    """Destroy the key that a committed run names, with a line; may be repeated.

    Raises:
        KeeperRefused: something still lies under it, or may be on its way there.
    """
    destroyed = KEEPER.ask(rotating.DestroyKey(run), rotating.KeyDestroyed)
    log.record(
        session, log.Line(event=Event.KEY_DESTROYED, object_id=run, results=len(destroyed.tried)), actor, now=now
    )
    return destroyed


def tell() -> list[rotating.KeyTold]:
    """Return all keys with what lies under each."""
    return KEEPER.ask(rotating.TellKeys(), rotating.KeysTold).keys

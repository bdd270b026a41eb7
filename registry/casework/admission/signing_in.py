"""Signing in and out, and opening runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.audit import log
from registry.audit.events import Event
from registry.auth import sessions
from registry.exchange import inbox
from registry.keys.client import KEEPER
from registry.wire import admitting, messages
from schemas.vocabularies.access import ActorKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from registry.actors import Machine, Officer, PersonActor
    from registry.wire.rows import RunRow


def sign_in(session: Session, asked: admitting.SignIn, *, now: datetime) -> admitting.SignedIn:
    """Issue a session for a right credential.

    Raises:
        SignInRefused: it is wrong, used up or locked.
    """
    signed_in = sessions.sign_in(session, asked)
    actor = sessions.actor_of(session, signed_in.token, now)
    persons = (actor.id,) if signed_in.session.kind == "person" else ()
    log.record(session, log.Line(event=Event.SESSION_STARTED, persons=persons), actor, now=now)
    return signed_in


def sign_out(session: Session, actor: Officer | PersonActor | Machine, *, now: datetime) -> None:
    """End the session that this request came with."""
    sessions.sign_out(session, actor)
    persons = (actor.id,) if actor.kind is ActorKind.PERSON else ()
    log.record(session, log.Line(event=Event.SESSION_ENDED, persons=persons), actor, now=now)


def open_run(session: Session, actor: Officer, *, operation: str, budget: int, now: datetime) -> RunRow:
    """Authorise bulk work for the administrator's own agency.

    Args:
        budget: how many records it may write at most.
    """
    run = KEEPER.ask(messages.OpenRun(actor.token, operation, budget), messages.RunOpened).run
    inbox.keep_run(session, run)
    log.record(session, log.Line(event=Event.RUN_OPENED, results=budget), actor, now=now)
    return run

"""Passkeys of whoever is signed in: what to sign next, added, listed, removed; each change with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.actors import PersonActor
from registry.audit import log
from registry.audit.events import Event
from registry.auth import agencies, passkeys
from registry.keys.client import KEEPER
from registry.wire import admitting, messages

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.actors import Officer
    from registry.wire.asking import CodeProof, PasskeyProof, PasswordProof


def ask(purpose: str, about: bytes = b"", *, actor: Officer | PersonActor | None = None) -> admitting.Challenge:
    """Have the keeper make what shall be signed next.

    Args:
        purpose: sign-in or id-token of strangers; add, confirm, remove or consent in a session.
        about: what the purpose is about, as `AskChallenge` says.

    Raises:
        KeeperRefused: the session counts no more, or the purpose is none for it.
    """
    asked = admitting.AskChallenge(purpose, about, actor.token if actor else None)
    return KEEPER.ask(asked, admitting.Challenge)


def add(
    session: Session,
    attestation: bytes,
    proof: CodeProof | PasswordProof,
    *,
    actor: Officer | PersonActor,
    now: datetime,
) -> UUID:
    """Add a device of whoever is signed in, who proves it again; return the credential's id.

    Raises:
        KeeperRefused: the proof does not hold, or the device signed something else.
    """
    enrolled = KEEPER.ask(admitting.EnrolPasskey(actor.token, attestation, proof), admitting.Enrolled)
    if enrolled.credential is None:
        raise TypeError("the keeper enrolled nothing")
    agencies.keep(session, enrolled)
    log.record(session, _line(Event.PASSKEY_ADDED, enrolled.credential.id, actor), actor, now=now)
    return enrolled.credential.id


def remove(
    session: Session,
    credential: UUID,
    proof: CodeProof | PasskeyProof | PasswordProof,
    *,
    actor: Officer | PersonActor,
    now: datetime,
) -> None:
    """Let a device count no more; what it had opened ends.

    Raises:
        NotFound: it is none of the actor's.
        KeeperRefused: the proof does not hold.
    """
    passkeys.insist_owned(session, credential, actor.id)
    KEEPER.ask(admitting.RemovePasskey(actor.token, credential, proof), messages.Done)
    passkeys.drop(session, credential)
    log.record(session, _line(Event.PASSKEY_REMOVED, credential, actor), actor, now=now)


def _line(event: Event, credential: UUID, actor: Officer | PersonActor) -> log.Line:
    persons = (actor.id,) if isinstance(actor, PersonActor) else ()
    return log.Line(event=event, object_id=credential, persons=persons)

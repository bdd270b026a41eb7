"""From a token to an actor, and from a credential to a token."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, text

from registry.actors import Machine, PersonActor
from registry.actors import Officer as OfficerActor
from registry.auth.models import Credential, SignIn
from registry.crypto import macs
from registry.crypto.signing import base64url
from registry.db import Plain, on
from registry.errors import RegistryError
from registry.keys.client import KEEPER, KeeperRefused
from registry.wire import admitting, messages
from schemas.vocabularies.access import AgencyKind, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session


#: The columns that tell who asks, and the tables they come from, for statements that ask more in one go.
WHO = ("s.kind", "s.actor_id", "s.agency_id", "s.ends_at", "o.roles", "a.kind")
FROM_WHOM = "session s LEFT JOIN officer o ON o.id = s.actor_id LEFT JOIN agency a ON a.id = s.agency_id"
_WHO = f"SELECT {', '.join(WHO)} FROM {FROM_WHOM} WHERE s.id = "  # noqa: S608 - our own words
_WHO_IN_SESSION, _WHO_AT_ONCE = text(f"{_WHO}:session"), f"{_WHO}%(session)s"


class NotSignedIn(RegistryError):  # noqa: N818 - what is the case
    """There is no live session behind this token; signing in again helps."""

    code = "not-signed-in"


class SignInRefused(RegistryError):  # noqa: N818 - what was decided
    """The credential is wrong, used up or locked; which of these is not told."""

    code = "sign-in.refused"


def sign_in(session: Session, asked: admitting.SignIn) -> admitting.SignedIn:
    """Let the keeper check a credential and store the session it issues.

    Raises:
        SignInRefused: the keeper said no.
    """
    try:
        signed_in = KEEPER.ask(asked, admitting.SignedIn)
    except KeeperRefused as refused:
        raise SignInRefused("Signing in was refused. Check what you typed; after five wrong tries wait.") from refused
    session.execute(insert(SignIn).values(**signed_in.session.values()))
    return signed_in


def actor_of(session: Session | Connection, token: bytes, now: datetime) -> OfficerActor | PersonActor | Machine:
    """Return who a token belongs to, as the tables say; the keeper checks for itself before it opens anything.

    Raises:
        NotSignedIn: there is no such session, or it has run out.
    """
    session_id = macs.digest(token)
    row = on(session).execute(_WHO_IN_SESSION, {"session": session_id}).first()
    return told_of(row, session_id, token=token, now=now)


def asker(token: bytes, now: datetime) -> OfficerActor | PersonActor | Machine:
    """Return the same as `actor_of`, by a statement of its own: every request waits for it.

    Raises:
        NotSignedIn: there is no such session, or it has run out.
    """
    session_id = macs.digest(token)
    rows = Plain.fetch(_WHO_AT_ONCE, {"session": session_id})
    return told_of(rows[0] if rows else None, session_id, token=token, now=now)


def insist_alive(actor: OfficerActor | PersonActor | Machine) -> None:
    """Let the keeper say whether this session still counts; the tables of the web process do not know.

    Raises:
        NotSignedIn: it was ended, has run out, was idle for too long, or its letter, officer or agency counts no more.
    """
    try:
        KEEPER.ask(admitting.Touch(actor.token), messages.Done)
    except KeeperRefused as refused:
        raise NotSignedIn("Sign in first.") from refused


def sign_out(session: Session, actor: OfficerActor | PersonActor | Machine) -> None:
    """End a session for good, at the keeper first."""
    KEEPER.ask(admitting.SignOut(actor.token), messages.Done)
    row = session.get(SignIn, actor.session_id)
    if row is not None:
        session.delete(row)


def forget_person(session: Session, person: UUID) -> None:
    """Delete a person's credentials and sessions."""
    session.execute(delete(Credential).where(Credential.owner_id == person))
    session.execute(delete(SignIn).where(SignIn.actor_id == person))


def drop_ended_before(session: Session, moment: datetime) -> int:
    """Delete sessions that ran out before this moment; return how many."""
    gone = session.execute(delete(SignIn).where(SignIn.ends_at < moment).returning(SignIn.id)).all()
    return len(gone)


def bearer(token: bytes) -> str:
    """Return the form in which a token travels in a header."""
    return base64url(token)


def token_of(bearer: str) -> bytes:
    """Read a token from its header form.

    Raises:
        NotSignedIn: it is not in that form.
    """
    try:
        return urlsafe_b64decode(bearer + "=" * (-len(bearer) % 4))
    except ValueError:
        raise NotSignedIn("Sign in first.") from None


def told_of(
    row: Sequence[Any] | None, session_id: bytes, *, token: bytes, now: datetime
) -> OfficerActor | PersonActor | Machine:
    """Return whom the columns `WHO` tell of.

    Raises:
        NotSignedIn: there is no such session, or it has run out.
    """
    if row is None:
        raise NotSignedIn("Sign in first.")
    kind, actor_id, agency_id, ends_at, roles, agency_kind = row
    if now >= ends_at:
        raise NotSignedIn("Sign in first.")
    if kind == "person":
        return PersonActor(id=actor_id, session_id=session_id, token=token)
    if kind == "machine":
        return Machine(id=actor_id, session_id=session_id, token=token)
    return OfficerActor(
        id=actor_id,
        agency_id=agency_id,
        agency_kind=AgencyKind(agency_kind) if agency_kind else None,
        roles=frozenset(Role(role) for role in roles or ()),
        session_id=session_id,
        token=token,
    )

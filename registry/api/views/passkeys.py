"""Passkeys: what to sign next, and those of whoever is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry import clock
from registry.api.bodies import answer, incoming, nothing, proof
from registry.auth import passkeys as kept
from registry.casework.admission import passkeys
from registry.db import Sessions
from registry.edge import guards
from registry.edge.challenges import told
from registry.wire.asking import PasskeyProof
from schemas.resources.sessions import (
    ChallengeIn,
    ChallengeOut,
    PasskeyIn,
    PasskeyOut,
    PasskeysOut,
    RemovalIn,
    SignInChallengeIn,
)

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response

_STRANGERS, _ASKED, _TOLD = SignInChallengeIn(), ChallengeIn(), ChallengeOut()
_ADDED, _ONE, _LISTED, _REMOVED = PasskeyIn(), PasskeyOut(), PasskeysOut(), RemovalIn()


def welcome() -> Response:
    """Ask what a passkey shall sign to sign in, or which nonce an ID token of an issuer shall carry."""
    issuer = incoming(_STRANGERS).get("issuer")
    asked = passkeys.ask("sign-in") if issuer is None else passkeys.ask("id-token", issuer.encode())
    return answer(_TOLD.dump(told(asked)), 201)


def ask() -> Response:
    """Ask what a passkey shall sign to be added or removed, or to confirm a record as mine."""
    body = incoming(_ASKED)
    about = body["about"].bytes if "about" in body else b""
    return answer(_TOLD.dump(told(passkeys.ask(body["purpose"], about, actor=guards.actor()))), 201)


def owned() -> Response:
    """List my passkeys."""
    with Sessions() as session:
        found = kept.owned(session, guards.actor().id)
    return answer(_LISTED.dump({"passkeys": found}))


def add() -> Response:
    """Add a passkey, proved with the letter or, by an officer, with password and code."""
    body = incoming(_ADDED)
    given = proof(body)
    if isinstance(given, PasskeyProof):
        raise TypeError("the schema lets no passkey prove a passkey")
    now = clock.now()
    with Sessions.begin() as session:
        made = passkeys.add(session, body["credential"].encode(), given, actor=guards.actor(), now=now)
    return answer(_ONE.dump({"id": made, "added_at": now}), 201)


def remove(passkey_id: UUID) -> Response:
    """Remove a passkey of mine; what it had opened ends."""
    given = proof({"proof": incoming(_REMOVED)})
    with Sessions.begin() as session:
        passkeys.remove(session, passkey_id, given, actor=guards.actor(), now=clock.now())
    return nothing()

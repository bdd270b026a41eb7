"""Signing in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry import clock
from registry.actors import Officer
from registry.api.bodies import answer, incoming, nothing
from registry.auth import agencies
from registry.auth.sessions import bearer
from registry.casework.admission import signing_in
from registry.db import Sessions
from registry.edge import guards
from registry.wire.admitting import SignIn
from schemas.resources.me import AgenciesOut, MeOut
from schemas.resources.sessions import SessionIn, SessionOut
from schemas.vocabularies.access import ActorKind, AgencyKind, Role

if TYPE_CHECKING:
    from flask import Response

    from registry.auth.models import Agency

_AGENCIES, _ME = AgenciesOut(), MeOut()
_SESSION_IN, _SESSION_OUT = SessionIn(), SessionOut()


def start() -> Response:
    """Sign in: with password and one-time code, letter and PIN, a passkey, or a signed token."""
    said = incoming(_SESSION_IN)
    asked = SignIn(**said | {"passkey": said["passkey"].encode()} if "passkey" in said else said)
    with Sessions.begin() as session:
        signed_in = signing_in.sign_in(session, asked, now=clock.now())
    row = signed_in.session
    document = {
        "token": bearer(signed_in.token),
        "kind": ActorKind(row.kind),
        "actor": row.actor_id,
        "agency": row.agency_id,
        "ends_at": row.ends_at,
    }
    return answer(_SESSION_OUT.dump(document), 201)


def end() -> Response:
    """Sign out: this session opens nothing any more."""
    with Sessions.begin() as session:
        signing_in.sign_out(session, guards.whoever(), now=clock.now())
    return nothing()


def me() -> Response:
    """Say who is signed in."""
    actor = guards.actor()
    agency: dict[str, object] | None = None
    roles: list[Role] = []
    if isinstance(actor, Officer):
        roles = sorted(actor.roles)
        if actor.agency_id is not None:
            with Sessions() as session:
                agency = _office(agencies.by_id(session, actor.agency_id))
    return answer(_ME.dump({"kind": actor.kind, "actor": actor.id, "agency": agency, "roles": roles}))


def offices() -> Response:
    """List the offices that something can be granted to."""
    with Sessions() as session:
        found = [_office(agency) for agency in agencies.all_active(session)]
    return answer(_AGENCIES.dump({"agencies": found}))


def _office(agency: Agency) -> dict[str, object]:
    return {"id": agency.id, "name": agency.name, "kind": AgencyKind(agency.kind)}

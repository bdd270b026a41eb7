"""Who may come in: every route names one of these guards on the open list in `routes`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from flask import g, request

from registry import access, clock
from registry.actors import Machine, Officer, PersonActor
from registry.auth import sessions
from registry.casework.admission import refusing
from registry.errors import RegistryError
from schemas.vocabularies.access import ActorKind, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from consent.grants import Grant
    from schemas.vocabularies.access import AgencyKind


class NotForYou(RegistryError):  # noqa: N818 - what is the case
    """Somebody is signed in whose kind or role has no business here."""

    code = "not-for-you"


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets in actors of these kinds; officers only with one of these roles and an agency. No kind: everybody."""

    name: str
    kinds: frozenset[ActorKind] = frozenset()
    roles: frozenset[Role] = frozenset()

    def admit(self, token: Callable[[], bytes], *, asks_keeper: bool = False) -> None:
        """Find out who asks, unless nobody needs to.

        Args:
            token: finds the session's token in the request.
            asks_keeper: the view itself shows the session to the keeper before it tells anything.

        Raises:
            NotSignedIn: no session stands behind the request, or one that the keeper no longer accepts.
            NotForYou: the session is of another kind, or without the role.
        """
        if not self.kinds:
            return
        about = (request.view_args or {}).get("person_id")
        held = None
        if asks_keeper and isinstance(about, UUID):
            actor, held = access.asked(token(), clock.now(), about=about)
        else:
            actor = sessions.asker(token(), clock.now())
        if not asks_keeper:
            sessions.insist_alive(actor)
        if actor.kind not in self.kinds:
            refusing.note(actor, NotForYou.code, person=None, now=clock.now())
            raise NotForYou("This is not for you. Sign in as somebody else.")
        if isinstance(actor, Officer) and self.roles and not (actor.agency_id and self.roles & actor.roles):
            refusing.note(actor, NotForYou.code, person=None, now=clock.now())
            raise NotForYou("Your role does not allow this.")
        g.actor, g.held = actor, held


ANYBODY = Guard("anybody")
SIGNED_IN = Guard("signed in", frozenset({ActorKind.OFFICER, ActorKind.PERSON}))
PERSON = Guard("the person herself", frozenset({ActorKind.PERSON}))
ANY_SESSION = Guard("whoever is signed in", frozenset({ActorKind.OFFICER, ActorKind.PERSON, ActorKind.MACHINE}))
CASE_WORK = Guard("clerk or case officer", frozenset({ActorKind.OFFICER}), frozenset({Role.CLERK, Role.CASE_OFFICER}))
#: Whoever watches over how others work: the registry tells them of questions that look like fishing.
WATCH = Guard(
    "data protection officer or approver",
    frozenset({ActorKind.OFFICER}),
    frozenset({Role.DATA_PROTECTION_OFFICER, Role.APPROVER}),
)
#: Whoever answers for it that data are protected: what she has seen, nobody is reminded of.
PROTECT = Guard("data protection officer", frozenset({ActorKind.OFFICER}), frozenset({Role.DATA_PROTECTION_OFFICER}))
REVIEW = Guard("whoever decides or watches", frozenset({ActorKind.OFFICER}), CASE_WORK.roles | WATCH.roles)
OFFICE = Guard(
    "clerk, case officer, or the office's own system",
    frozenset({ActorKind.OFFICER, ActorKind.MACHINE}),
    frozenset({Role.CLERK, Role.CASE_OFFICER}),
)


def admitted() -> Officer | PersonActor | None:
    """Return who asks, if a guard let somebody in."""
    found = g.get("actor")
    return found if isinstance(found, Officer | PersonActor) else None


def actor() -> Officer | PersonActor:
    """Return who asks; only behind a guard that wants to know."""
    found = g.actor
    if not isinstance(found, Officer | PersonActor):
        raise TypeError("no guard admitted anybody")
    return found


def officer() -> tuple[Officer, UUID, AgencyKind]:
    """Return the officer who asks, with her agency and its kind."""
    found = actor()
    if not isinstance(found, Officer) or found.agency_id is None or found.agency_kind is None:
        raise TypeError("this guard admits no officer of an agency")
    return found, found.agency_id, found.agency_kind


def office() -> UUID:
    """Return the agency for which an officer or the agency's own system asks."""
    found = g.actor
    return found.agency_id if isinstance(found, Machine) else officer()[1]


def whoever() -> Officer | PersonActor | Machine:
    """Return who asks, should it be a machine."""
    found = g.actor
    return found if isinstance(found, Machine) else actor()


def person() -> PersonActor:
    """Return the person who asks."""
    found = actor()
    if not isinstance(found, PersonActor):
        raise TypeError("this guard admits no person")
    return found


def held() -> Sequence[Grant] | None:
    """Return what the person whom the address names ever granted the agency that asks, if the guard read it."""
    found: Sequence[Grant] | None = g.get("held")
    return found

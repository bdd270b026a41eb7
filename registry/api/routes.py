"""The open list: every address, its guard, its view, and what goes in and out. What is not here does not exist."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import request

from registry.api import pages
from registry.api.views import links, me, own, passkeys, persons, requests, service, sessions, terms
from registry.auth import sessions as tokens
from registry.edge.guards import ANY_SESSION, ANYBODY, CASE_WORK, OFFICE, PERSON, SIGNED_IN, Guard
from schemas.resources.grants import DraftIn, DraftOut, GrantIn, GrantOut, NoticeOut
from schemas.resources.links import (
    AnswerIn,
    ConfirmationIn,
    DecisionIn,
    GivenBackOut,
    HintIn,
    HintOut,
    MatchesOut,
    MatchIn,
    MeanwhileOut,
    OwnAppearancesOut,
    ProposalsOut,
    QuestionsOut,
    SeparationIn,
)
from schemas.resources.me import (
    AgenciesOut,
    GrantsOut,
    LogOut,
    MeOut,
    OwnEntriesOut,
    OwnEntryIn,
    OwnEntryOut,
    OwnProfileOut,
)
from schemas.resources.persons import CompartmentIn, CompartmentOut, LetterIn, LetterOut, PersonIn, PersonOut
from schemas.resources.problems import ProblemOut
from schemas.resources.profiles import ProfileOut
from schemas.resources.requests import (
    FeedOut,
    OfficeRequestOut,
    OfficeRequestsOut,
    RequestIn,
    RequestOut,
    RequestsOut,
)
from schemas.resources.sessions import (
    ChallengeIn,
    ChallengeOut,
    PasskeyIn,
    PasskeyOut,
    PasskeysOut,
    RemovalIn,
    SessionIn,
    SessionOut,
    SignInChallengeIn,
)
from schemas.resources.terms import CrossingsOut, NamesOut, TermsOut
from schemas.vocabularies.access import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flask import Flask, Response
    from marshmallow import Schema

Shape: TypeAlias = "type[Schema] | dict[str, Any] | None"

_VARIABLE = re.compile(r"<(uuid:)?(\w+)>")
_PURPOSE = {
    "name": "purpose",
    "in": "query",
    "required": True,
    "schema": {"type": "string", "enum": [purpose.value for purpose in Purpose]},
}
_ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same body again finds what it made before.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the state that the change was made from.",
    "schema": {"type": "string"},
}
_SCHEME = "bearer "
_ANY_OBJECT: Shape = {"type": "object"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address and what is known about it from outside."""

    method: str
    rule: str
    guard: Guard
    view: Callable[..., Response]
    body: Shape = None
    answer: Shape = None
    statuses: tuple[int, ...] = (200,)
    form: str = "application/json"
    more: tuple[dict[str, Any], ...] = ()
    #: The view shows the session to the keeper before it tells anything, so the guard need not; all others do.
    asks_keeper: bool = False

    @property
    def name(self) -> str:
        """Return the endpoint's name: module and function of the view."""
        return f"{self.view.__module__.rpartition('.')[2]}.{self.view.__name__}"

    @property
    def template(self) -> str:
        """Return the address with OpenAPI's variables."""
        return _VARIABLE.sub(r"{\2}", self.rule)

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """Return the parameters of path, query and header as OpenAPI has them."""
        return [*map(_in_path, _VARIABLE.findall(self.rule)), *self.more]


def _in_path(found: tuple[str, str]) -> dict[str, Any]:
    converter, name = found
    schema = {"type": "string", "format": "uuid"} if converter else {"type": "string"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _linking(api: str, person: str) -> Iterator[Route]:
    get, post, delete = "GET", "POST", "DELETE"
    mine = f"{api}/me/appearances"
    yield Route(
        method=post, rule=f"{api}/matches", guard=CASE_WORK, view=links.ask,
        body=MatchIn, answer=MatchesOut, asks_keeper=True,
    )  # fmt: skip
    yield Route(
        method=post, rule=f"{api}/matches/hints", guard=CASE_WORK, view=links.hint, body=HintIn, answer=HintOut,
    )  # fmt: skip
    yield Route(
        method=get, rule=f"{api}/links", guard=CASE_WORK, view=links.proposed,
        answer=ProposalsOut, more=pages.PARAMETERS,
    )  # fmt: skip
    yield Route(
        method=post, rule=f"{api}/links/<uuid:link_id>/decision", guard=CASE_WORK, view=links.decide,
        body=DecisionIn, statuses=(204,),
    )  # fmt: skip
    yield Route(
        method=post, rule=f"{person}/appearances/<uuid:appearance_id>/separation", guard=CASE_WORK, view=links.undo,
        body=SeparationIn, answer=GivenBackOut,
    )  # fmt: skip
    yield Route(method=get, rule=mine, guard=PERSON, view=links.own, answer=OwnAppearancesOut)
    yield Route(
        method=post, rule=f"{mine}/<uuid:appearance_id>/confirmation", guard=PERSON, view=links.confirm,
        body=ConfirmationIn, statuses=(204,),
    )  # fmt: skip
    yield Route(
        method=delete, rule=f"{mine}/<uuid:appearance_id>", guard=PERSON, view=links.disown, statuses=(204,),
    )  # fmt: skip


def _requesting(api: str, person: str) -> Iterator[Route]:
    get, post, delete = "GET", "POST", "DELETE"
    yield Route(
        method=post, rule=f"{person}/requests", guard=CASE_WORK, view=requests.ask,
        body=RequestIn, answer=OfficeRequestOut, statuses=(201,), more=(_ONCE,),
    )  # fmt: skip
    yield Route(
        method=get, rule=f"{api}/requests", guard=CASE_WORK, view=requests.asked,
        answer=OfficeRequestsOut, more=pages.PARAMETERS,
    )  # fmt: skip
    yield Route(
        method=delete, rule=f"{api}/requests/<uuid:request_id>", guard=CASE_WORK, view=requests.take_back,
        answer=OfficeRequestOut,
    )  # fmt: skip
    yield Route(
        method=get, rule=f"{api}/me/requests", guard=PERSON, view=requests.mine,
        answer=RequestsOut, more=pages.PARAMETERS,
    )  # fmt: skip
    yield Route(
        method=post, rule=f"{api}/me/requests/<uuid:request_id>/decline", guard=PERSON, view=requests.decline,
        answer=RequestOut,
    )  # fmt: skip
    yield Route(
        method=get, rule=f"{api}/feed", guard=OFFICE, view=requests.follow, answer=FeedOut, more=requests.FEEDING,
    )  # fmt: skip


def _wording(api: str) -> Iterator[Route]:
    yield Route(
        method="GET", rule=f"{api}/terms", guard=SIGNED_IN, view=terms.find, answer=TermsOut, more=terms.FINDING,
    )  # fmt: skip
    yield Route(
        method="GET", rule=f"{api}/terms/crossings", guard=SIGNED_IN, view=terms.cross,
        answer=CrossingsOut, more=terms.CROSSING,
    )  # fmt: skip
    yield Route(
        method="GET", rule=f"{api}/names", guard=SIGNED_IN, view=terms.call, answer=NamesOut, more=terms.NAMING,
    )  # fmt: skip


def _proving(api: str) -> Iterator[Route]:
    get, post, mine = "GET", "POST", f"{api}/me/passkeys"
    yield Route(
        method=post, rule=f"{api}/sessions/challenges", guard=ANYBODY, view=passkeys.welcome,
        body=SignInChallengeIn, answer=ChallengeOut, statuses=(201,),
    )  # fmt: skip
    yield Route(
        method=post, rule=f"{api}/me/challenges", guard=SIGNED_IN, view=passkeys.ask,
        body=ChallengeIn, answer=ChallengeOut, statuses=(201,),
    )  # fmt: skip
    yield Route(method=get, rule=mine, guard=SIGNED_IN, view=passkeys.owned, answer=PasskeysOut)
    yield Route(
        method=post, rule=mine, guard=SIGNED_IN, view=passkeys.add,
        body=PasskeyIn, answer=PasskeyOut, statuses=(201,),
    )  # fmt: skip
    yield Route(
        method=post, rule=f"{mine}/<uuid:passkey_id>/removal", guard=SIGNED_IN, view=passkeys.remove,
        body=RemovalIn, statuses=(204,),
    )  # fmt: skip


def _granting(api: str) -> Iterator[Route]:
    get, post, delete = "GET", "POST", "DELETE"
    grant = f"{api}/me/grants/<uuid:grant_id>"
    yield Route(
        method=get, rule=f"{api}/me/grants", guard=PERSON, view=me.given, answer=GrantsOut, more=pages.PARAMETERS,
    )  # fmt: skip
    yield Route(
        method=post, rule=f"{api}/me/grants", guard=PERSON, view=me.give,
        body=GrantIn, answer=GrantOut, statuses=(201,),
    )  # fmt: skip
    yield Route(
        method=post, rule=f"{api}/me/grants/drafts", guard=PERSON, view=me.draft, body=DraftIn, answer=DraftOut,
    )  # fmt: skip
    yield Route(method=delete, rule=grant, guard=PERSON, view=me.withdraw, answer=GrantOut)
    yield Route(
        method=get, rule=f"{grant}/receipt", guard=PERSON, view=me.receipt,
        answer={"type": "string"}, form="application/jose",
    )  # fmt: skip


def _stating(api: str) -> Iterator[Route]:
    get, post, put, delete = "GET", "POST", "PUT", "DELETE"
    mine, one = f"{api}/me/entries", f"{api}/me/entries/<uuid:entry_id>"
    yield Route(method=get, rule=mine, guard=PERSON, view=own.stated, answer=OwnEntriesOut)
    yield Route(
        method=post, rule=mine, guard=PERSON, view=own.state,
        body=OwnEntryIn, answer=OwnEntryOut, statuses=(201,), more=(_ONCE,),
    )  # fmt: skip
    yield Route(method=get, rule=one, guard=PERSON, view=own.one, answer=OwnEntryOut)
    yield Route(
        method=put, rule=one, guard=PERSON, view=own.correct, body=OwnEntryIn, answer=OwnEntryOut, more=(_IF_MATCH,),
    )  # fmt: skip
    yield Route(
        method=delete, rule=one, guard=PERSON, view=own.take_back, statuses=(204,), more=(_IF_MATCH,),
    )  # fmt: skip
    parted, ended = f"{api}/me/appearances/<uuid:appearance_id>", f"{api}/me/meanwhile"
    yield Route(method=get, rule=f"{parted}/meanwhile", guard=PERSON, view=own.meanwhile, answer=MeanwhileOut)
    yield Route(
        method=post, rule=f"{parted}/separation", guard=PERSON, view=own.part, body=AnswerIn, statuses=(204,),
    )  # fmt: skip
    yield Route(method=get, rule=ended, guard=PERSON, view=own.questions, answer=QuestionsOut)
    yield Route(
        method=post, rule=f"{ended}/<uuid:link_id>", guard=PERSON, view=own.settle, body=AnswerIn, statuses=(204,),
    )  # fmt: skip


def _routes() -> Iterator[Route]:
    get, post, put, delete = "GET", "POST", "PUT", "DELETE"
    api = "/api/v1"
    person = f"{api}/persons/<uuid:person_id>"
    compartment = f"{person}/appearances/<uuid:appearance_id>/<compartment>"
    yield Route(method=get, rule="/healthz", guard=ANYBODY, view=service.alive, answer=_ANY_OBJECT)
    yield Route(method=get, rule="/readyz", guard=ANYBODY, view=service.ready, answer=_ANY_OBJECT)
    yield Route(method=get, rule=f"{api}/openapi.json", guard=ANYBODY, view=service.described, answer=_ANY_OBJECT)
    yield Route(method=get, rule=f"{api}/jwks.json", guard=ANYBODY, view=service.keys, answer=_ANY_OBJECT)
    yield Route(
        method=get, rule=f"{api}/notices/current", guard=ANYBODY, view=service.notice, answer=NoticeOut,
        more=(service.LANGUAGE,),
    )  # fmt: skip
    yield Route(
        method=post, rule=f"{api}/sessions", guard=ANYBODY, view=sessions.start,
        body=SessionIn, answer=SessionOut, statuses=(201,),
    )  # fmt: skip
    yield Route(
        method=delete, rule=f"{api}/sessions/current", guard=ANY_SESSION, view=sessions.end, statuses=(204,),
        asks_keeper=True,
    )  # fmt: skip
    yield Route(method=get, rule=f"{api}/agencies", guard=SIGNED_IN, view=sessions.offices, answer=AgenciesOut)
    yield Route(
        method=post, rule=f"{api}/persons", guard=CASE_WORK, view=persons.create,
        body=PersonIn, answer=PersonOut, statuses=(201,), more=(_ONCE,),
    )  # fmt: skip
    yield Route(
        method=get, rule=f"{person}/profile", guard=CASE_WORK, view=persons.profile,
        answer=ProfileOut, more=(_PURPOSE,), asks_keeper=True,
    )  # fmt: skip
    yield Route(
        method=post, rule=f"{person}/letters", guard=CASE_WORK, view=persons.letter,
        body=LetterIn, answer=LetterOut, statuses=(201,),
    )  # fmt: skip
    yield Route(method=get, rule=compartment, guard=CASE_WORK, view=persons.own, answer=CompartmentOut)
    yield Route(
        method=put, rule=compartment, guard=CASE_WORK, view=persons.restate,
        body=CompartmentIn, answer=CompartmentOut, more=(_IF_MATCH,),
    )  # fmt: skip
    yield from _proving(api)
    yield from _wording(api)
    yield from _linking(api, person)
    yield from _requesting(api, person)
    yield Route(method=get, rule=f"{api}/me", guard=SIGNED_IN, view=sessions.me, answer=MeOut)
    yield Route(method=delete, rule=f"{api}/me", guard=PERSON, view=me.erase, statuses=(204, 202))
    yield Route(method=get, rule=f"{api}/me/profile", guard=PERSON, view=me.profile, answer=OwnProfileOut)
    yield Route(
        method=get, rule=f"{api}/me/log", guard=PERSON, view=me.lines, answer=LogOut, more=pages.PARAMETERS,
    )  # fmt: skip
    yield from _granting(api)
    yield from _stating(api)


ROUTES: tuple[Route, ...] = tuple(_routes())
GUARDS: dict[str, Guard] = {route.name: route.guard for route in ROUTES}
ASKING = frozenset(route.name for route in ROUTES if route.asks_keeper)


def install(app: Flask) -> None:
    """Open every address of the list, each behind its guard."""
    for route in ROUTES:
        app.add_url_rule(route.rule, route.name, route.view, methods=[route.method], provide_automatic_options=False)
    app.extensions[service.DOCUMENT] = openapi(ROUTES)
    app.before_request(admit)


def admit() -> None:
    """Let the guard of the asked address decide; an address of somebody else's list has a guard of its own.

    Raises:
        NotSignedIn, NotForYou: as the guard says.
    """
    endpoint = request.endpoint or ""
    guard = GUARDS.get(endpoint)
    if guard is not None:
        guard.admit(_bearer, asks_keeper=endpoint in ASKING)


def _bearer() -> bytes:
    """Return the session's token as the request's header carries it; raises NotSignedIn."""
    header = request.headers.get("Authorization", "")
    if not header.lower().startswith(_SCHEME):
        raise tokens.NotSignedIn("Sign in first.")
    return tokens.token_of(header[len(_SCHEME) :].strip())


def openapi(routes: Iterable[Route]) -> dict[str, Any]:
    """Describe all routes as OpenAPI 3.1."""
    spec = APISpec(
        "Einmal", "1", "3.1.0", plugins=[MarshmallowPlugin()], info={"description": "Asked once, shared as granted."}
    )
    spec.components.security_scheme("session", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", schema=ProblemOut)
    for route in routes:
        spec.path(route.template, operations={route.method.lower(): _operation(route)})
    return spec.to_dict()


def _operation(route: Route) -> dict[str, Any]:
    answers: dict[str, Any] = {str(status): {"description": "Done."} for status in route.statuses}
    if route.answer is not None:
        answers[str(route.statuses[0])]["content"] = {route.form: {"schema": route.answer}}
    answers["default"] = {
        "description": "Refused; `code` says why and never changes its meaning (RFC 9457).",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": (route.view.__doc__ or "").partition("\n")[0],
        "description": f"Open to: {route.guard.name}.",
        "parameters": route.parameters,
        "responses": answers,
        "security": [{"session": []}] if route.guard.kinds else [],
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": route.body}}}
    return operation

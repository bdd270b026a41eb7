"""About the service itself: is it there, can it work, what does it offer, which keys sign its receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import current_app

from registry.api.bodies import answer
from registry.auth import agencies
from registry.db import Sessions
from registry.keys.client import KEEPER
from registry.wire import messages
from schemas.resources.problems import ProblemOut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Response

    from registry.api.routes import Route

#: Under this name the application keeps the document.
DOCUMENT = "einmal.openapi"


def alive() -> Response:
    """Say that this process answers."""
    return answer({"ok": True})


def ready() -> Response:
    """Say whether database and keeper answer as well."""
    KEEPER.ask(messages.Ping(), messages.Done)
    with Sessions() as session:
        agencies.by_number(session, "")
    return answer({"ok": True})


def keys() -> Response:
    """Return the public keys of receipts as a JWK set (RFC 7517)."""
    return answer({"keys": KEEPER.ask(messages.PublicKeys(), messages.Keys).keys})


def described() -> Response:
    """Return this description."""
    document: dict[str, Any] = current_app.extensions[DOCUMENT]
    return answer(document)


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

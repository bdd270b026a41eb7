"""Refusals as RFC 9457 problem documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from registry.api import bodies
from registry.edge.problems import met

if TYPE_CHECKING:
    from flask import Response

    from registry.edge.problems import Problem


def answer(error: Exception) -> Response:
    """Return the problem document for an error."""
    return tell(met(error), error)


def tell(problem: Problem, error: Exception) -> Response:
    """Return a problem document, with the error's own words where the problem has none."""
    document: dict[str, Any] = {
        "type": f"urn:einmal:problem:{problem.code}",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "code": problem.code,
        "detail": str(error) if problem.detail is None else problem.detail,
    }
    if isinstance(error, ValidationError):
        document["errors"] = error.messages if isinstance(error.messages, dict) else {"_schema": error.messages}
    response = bodies.answer(document, problem.status)
    response.content_type = "application/problem+json"
    response.headers.extend(problem.headers)
    return response

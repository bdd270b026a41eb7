"""Speaking to the API as somebody: each answer is compared with what was promised."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]  # the library ships no types

from registry.api.routes import ROUTES, openapi
from registry.app import ENGINE, HEADERS, create_app
from registry.auth.sessions import bearer
from registry.casework import notices
from tests.house import PIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from registry.api.routes import Route
    from tests.house import House

DESCRIPTION = openapi(ROUTES)
DARI = {
    "kind": "languages.language",
    "value": {
        "language": "prs",
        "as_said": "Dari",
        "levels": [{"skill": "overall", "scale": "native", "code": "native"}],
    },
}
NAME = {"kind": "identity.name", "value": {"family": "Karimi", "given": "Zahra", "form": "current", "script": "Latn"}}


@dataclass(frozen=True, slots=True)
class Person:
    """A person as these tests know her: her id, and the letter in her hand."""

    id: str
    appearance: str
    letter_code: str
    codes: list[str]

    def proof(self, index: int) -> dict[str, object]:
        """Return what proves a decision: the PIN and the numbered code, counted from 1."""
        return {"pin": PIN, "code_index": index, "code": self.codes[index - 1]}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a session, or without."""

    client: FlaskClient
    token: str | None = None

    def ask(self, method: str, address: str, body: object = None, **headers: str) -> TestResponse:
        """Send a request; whatever comes back keeps the promises of its address."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.open(address, method=method, json=body, headers={**own, **said})
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        check(answer, method)
        return answer

    def get(self, address: str) -> TestResponse:
        """GET."""
        return self.ask("GET", address)

    def post(self, address: str, body: object, **headers: str) -> TestResponse:
        """POST."""
        return self.ask("POST", address, body, **headers)

    def delete(self, address: str) -> TestResponse:
        """DELETE."""
        return self.ask("DELETE", address)

    def signed_in(self, body: dict[str, str]) -> Caller:
        """Return the same caller with a session."""
        answer = self.post("/api/v1/sessions", body)
        assert answer.status_code == 201, answer.get_json()
        return replace(self, token=answer.get_json()["token"])


@dataclass(slots=True)
class Api:
    """The application over a running house."""

    app: Flask
    house: House

    def nobody(self) -> Caller:
        """Return a caller without a session."""
        return Caller(self.app.test_client())

    def officer(self, agency: str, role: str = "clerk") -> Caller:
        """Return a caller signed in as an officer, once per office and role: a one-time code works once."""
        return Caller(self.app.test_client(), bearer(self.house.officer(agency, role).token))

    def person(self, person: Person) -> Caller:
        """Return the person herself, signed in with her letter."""
        return self.nobody().signed_in({"letter_code": person.letter_code, "pin": PIN})

    def recorded(self, clerk: Caller, *entries: dict[str, Any]) -> Person:
        """Record a person at the counter and hand over her letter."""
        born = clerk.post("/api/v1/persons", {"entries": list(entries)})
        assert born.status_code == 201, born.get_json()
        person, appearance = born.get_json()["id"], born.get_json()["appearance"]
        letter = clerk.post(f"/api/v1/persons/{person}/letters", {"pin": PIN}).get_json()
        return Person(person, appearance, letter["letter_code"], letter["codes"])

    def agency(self, name: str) -> str:
        """Return an office's id by a part of its name."""
        return self.house.agency(name).id


def opened(house: House) -> Iterator[Api]:
    """Put the application over a house; it reaches keeper and database as web."""
    app = create_app(replace(house.settings, process="web", database_url=house.pair.main_url("web")))
    yield Api(app, house)
    app.extensions[ENGINE].dispose()


def shown(channel: str = "own-device") -> dict[str, str]:
    """Return what a client says that shows the present text."""
    notice = notices.current()
    return {"version": notice.version, "language": notice.language, "sha256": notice.sha256, "channel": channel}


def wish(agency: str, proof: dict[str, object], *sections: str, until: str = "") -> dict[str, object]:
    """Return the body that grants sections for placement."""
    return {
        "agency": agency,
        "purpose": "placement",
        "sections": sections or ["languages"],
        "until": until or (datetime.now(UTC) + timedelta(days=300)).date().isoformat(),
        "notice": shown(),
        "proof": proof,
    }


def profile(person: str | UUID, purpose: str = "placement") -> str:
    """Return the address of a person's profile for a purpose."""
    return f"/api/v1/persons/{person}/profile?purpose={purpose}"


def check(answer: TestResponse, method: str) -> None:
    """Compare an answer with the published description of its address."""
    document = answer.get_json(silent=True)
    description = DESCRIPTION
    if answer.status_code >= 400:
        assert answer.content_type == "application/problem+json"
        schema: dict[str, Any] = {"$ref": "#/components/schemas/Problem"}
    else:
        route = next(route for route in ROUTES if route.method == method and _leads_to(route, answer.request.path))
        assert answer.status_code in route.statuses
        if route.answer is None:
            assert answer.data == b""
            return
        assert answer.content_type == route.form
        if route.form != "application/json":
            return
        promised = description["paths"][route.template][method.lower()]["responses"][str(answer.status_code)]
        schema = promised["content"]["application/json"]["schema"]
    jsonschema.validate(document, {**schema, "components": description["components"]})


def _leads_to(route: Route, path: str) -> bool:
    return (
        re.fullmatch(re.sub(r"<\w+>", "[a-z.-]+", re.sub(r"<uuid:\w+>", "[0-9a-f-]{36}", route.rule)), path) is not None
    )

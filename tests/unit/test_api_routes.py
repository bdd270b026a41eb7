"""The open list: every address has a guard, a description and a body that nobody stores; no database is needed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from registry.api import answers, routes
from registry.api.routes import GUARDS, ROUTES
from registry.app import HEADERS, Hardened
from registry.auth.sessions import NotSignedIn

#: Who may come in where. A new address is added here, on purpose.
OPEN_LIST = {
    "GET /healthz": "anybody",
    "GET /readyz": "anybody",
    "GET /api/v1/openapi.json": "anybody",
    "GET /api/v1/jwks.json": "anybody",
    "GET /api/v1/notices/current": "anybody",
    "POST /api/v1/sessions": "anybody",
    "POST /api/v1/sessions/challenges": "anybody",
    "DELETE /api/v1/sessions/current": "whoever is signed in",
    "GET /api/v1/agencies": "signed in",
    "GET /api/v1/me": "signed in",
    "GET /api/v1/terms": "signed in",
    "GET /api/v1/terms/crossings": "signed in",
    "GET /api/v1/names": "signed in",
    "POST /api/v1/persons": "clerk or case officer",
    "GET /api/v1/persons/<uuid:person_id>/profile": "clerk or case officer",
    "POST /api/v1/persons/<uuid:person_id>/letters": "clerk or case officer",
    "GET /api/v1/persons/<uuid:person_id>/appearances/<uuid:appearance_id>/<compartment>": "clerk or case officer",
    "PUT /api/v1/persons/<uuid:person_id>/appearances/<uuid:appearance_id>/<compartment>": "clerk or case officer",
    "POST /api/v1/matches": "clerk or case officer",
    "POST /api/v1/matches/hints": "clerk or case officer",
    "GET /api/v1/links": "clerk or case officer",
    "POST /api/v1/links/<uuid:link_id>/decision": "clerk or case officer",
    "POST /api/v1/persons/<uuid:person_id>/appearances/<uuid:appearance_id>/separation": "clerk or case officer",
    "POST /api/v1/persons/<uuid:person_id>/requests": "clerk or case officer",
    "GET /api/v1/requests": "clerk or case officer",
    "DELETE /api/v1/requests/<uuid:request_id>": "clerk or case officer",
    "GET /api/v1/feed": "clerk, case officer, or the office's own system",
    "POST /api/v1/me/challenges": "signed in",
    "GET /api/v1/me/passkeys": "signed in",
    "POST /api/v1/me/passkeys": "signed in",
    "POST /api/v1/me/passkeys/<uuid:passkey_id>/removal": "signed in",
    "GET /api/v1/me/requests": "the person herself",
    "POST /api/v1/me/requests/<uuid:request_id>/decline": "the person herself",
    "GET /api/v1/me/appearances": "the person herself",
    "POST /api/v1/me/appearances/<uuid:appearance_id>/confirmation": "the person herself",
    "DELETE /api/v1/me/appearances/<uuid:appearance_id>": "the person herself",
    "GET /api/v1/me/entries": "the person herself",
    "POST /api/v1/me/entries": "the person herself",
    "GET /api/v1/me/entries/<uuid:entry_id>": "the person herself",
    "PUT /api/v1/me/entries/<uuid:entry_id>": "the person herself",
    "DELETE /api/v1/me/entries/<uuid:entry_id>": "the person herself",
    "GET /api/v1/me/appearances/<uuid:appearance_id>/meanwhile": "the person herself",
    "POST /api/v1/me/appearances/<uuid:appearance_id>/separation": "the person herself",
    "GET /api/v1/me/meanwhile": "the person herself",
    "POST /api/v1/me/meanwhile/<uuid:link_id>": "the person herself",
    "DELETE /api/v1/me": "the person herself",
    "GET /api/v1/me/profile": "the person herself",
    "GET /api/v1/me/log": "the person herself",
    "GET /api/v1/me/grants": "the person herself",
    "POST /api/v1/me/grants": "the person herself",
    "POST /api/v1/me/grants/drafts": "the person herself",
    "DELETE /api/v1/me/grants/<uuid:grant_id>": "the person herself",
    "GET /api/v1/me/grants/<uuid:grant_id>/receipt": "the person herself",
}
#: Where no guard asks the keeper whether the session counts, because the view does before it tells anything.
ASKING = {
    "DELETE /api/v1/sessions/current",
    "GET /api/v1/persons/<uuid:person_id>/profile",
    "POST /api/v1/matches",
}


VARIABLE = re.compile(r"<(?:uuid:)?(\w+)>")


@pytest.fixture(scope="module")
def app() -> Flask:
    """The API alone: what it answers before it asks a database or a keeper."""
    app = Flask("api", static_folder=None)
    app.register_error_handler(Exception, answers.answer)
    routes.install(app)
    app.wsgi_app = Hardened(app.wsgi_app)  # type: ignore[method-assign]  # as `create_app` does
    return app


def test_every_address_has_the_guard_of_the_open_list(app: Flask) -> None:
    served = {
        f"{method} {rule.rule}": GUARDS[rule.endpoint].name
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert served == OPEN_LIST


def test_every_guard_asks_the_keeper_but_where_the_view_does() -> None:
    assert {f"{route.method} {route.rule}" for route in ROUTES if route.asks_keeper} == ASKING


@pytest.mark.parametrize("route", [route for route in ROUTES if route.guard.kinds], ids=lambda route: route.name)
@pytest.mark.parametrize("header", [None, "", "Basic Zm9v", "Bearer", "Bearer ä"])
def test_a_guarded_address_opens_for_nobody_without_a_session(
    app: Flask, route: routes.Route, header: str | None
) -> None:
    """Refused before any database is asked; what would be counted there is not reachable here."""
    address = VARIABLE.sub("00000000-0000-4000-8000-000000000000", route.rule)
    headers = {} if header is None else {"Authorization": header}
    with (
        app.test_request_context(address, method=route.method, headers=headers),
        pytest.raises(NotSignedIn),
    ):
        routes.admit()


def test_the_description_names_every_address_and_no_other(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    described = {f"{method.upper()} {path}" for path, operations in document["paths"].items() for method in operations}
    assert described == {VARIABLE.sub(r"{\1}", address) for address in OPEN_LIST}


def test_every_reference_of_the_description_leads_somewhere() -> None:
    document = routes.openapi(ROUTES)
    found = set(references(document))
    assert found
    for reference in found:
        part: Any = document
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]


def references(part: Any) -> list[str]:  # noqa: ANN401 - a JSON tree
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [one for value in part.values() for one in references(value)]
    if isinstance(part, list):
        return [one for value in part for one in references(value)]
    return []


def test_every_operation_says_what_it_is_for_and_who_may(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["summary"].endswith(".")
            assert operation["description"].startswith("Open to: ")
            assert "default" in operation["responses"]


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/api/v1/persons/not-a-uuid/profile", 404, "not-found"),
        ("PUT", "/healthz", 405, "method-not-allowed"),
        ("OPTIONS", "/api/v1/sessions", 405, "method-not-allowed"),
    ],
)
def test_what_does_not_exist_is_told_as_a_problem(
    app: Flask, method: str, address: str, status: int, code: str
) -> None:
    """RFC 9457."""
    answer = app.test_client().open(address, method=method)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert (answer.get_json()["status"], answer.get_json()["code"]) == (status, code)


@pytest.mark.parametrize("address", ["/healthz", "/nowhere", "/api/v1/openapi.json"])
def test_no_answer_may_be_stored_framed_or_run(app: Flask, address: str) -> None:
    answer = app.test_client().get(address)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{}", "text/plain", 415, "not-json"),
        (b"{}", "application/x-www-form-urlencoded", 415, "not-json"),
        (b"", "application/json", 400, "malformed"),
        (b"[]", "application/json", 400, "malformed"),
        (b'{"login": "a", "login": "b"}', "application/json", 400, "malformed"),
        (b'{"login": NaN}', "application/json", 400, "malformed"),
        (b"\xff", "application/json", 400, "malformed"),
        (b"[" * 100_000, "application/json", 400, "malformed"),
        (b"{}", "application/json", 422, "invalid"),
        (b'{"login": "a", "password": "b", "totp": "123456", "pin": "123456"}', "application/json", 422, "invalid"),
        (b'{"nobody": "knows this"}', "application/json", 422, "invalid"),
    ],
)
def test_a_body_that_cannot_be_read_in_one_way_is_refused(
    app: Flask, body: bytes, kind: str, status: int, code: str
) -> None:
    answer = app.test_client().post("/api/v1/sessions", data=body, content_type=kind)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_what_is_in_no_table_is_a_fault_without_detail(caplog: pytest.LogCaptureFixture) -> None:
    """The error's own words can carry what a person said; the log gets its class and place."""
    app = Flask("faulty", static_folder=None)
    app.register_error_handler(Exception, answers.answer)
    with app.test_request_context("/"):
        answer = answers.answer(RuntimeError("Zahra Karimi"))
    assert answer.status_code == 500
    assert b"Karimi" not in answer.data
    assert [record.msg for record in caplog.records] == ["web.fault"]

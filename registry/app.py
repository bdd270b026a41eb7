"""Puts the web application together."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import SecurityError

from registry import db, issuers
from registry.api import answers, routes
from registry.auth import issuing
from registry.keys import client
from registry.linkage import client as linker
from registry.web import addresses, telling
from registry.web.views import signing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from registry.config import Settings

#: An entry has at most a few kilobytes; files go to the worker, never through here.
BODY_BYTES = 1024 * 1024
#: Nothing that is answered here may be stored, framed, sniffed or run.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ADDED = [(name.lower(), (name, value)) for name, value in HEADERS.items()]
#: By these names a machine reaches itself.
_LOOPBACK = ("localhost", "127.0.0.1")
#: Under this name the application keeps its database engine, for who started it to dispose of.
ENGINE = "einmal.engine"


class Application(Flask):
    """Flask without asynchronous views: nobody has to look, in front of each call, whether there is one."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func


class Hardened:
    """Adds the headers that no view has to think of; one that was set stays."""

    __slots__ = ("_app",)

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the application answer."""
        return self._app(environ, partial(_started, start_response))


def create_app(settings: Settings) -> Flask:
    """Return the application of the web process."""
    app = Application(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    # Whoever sends another name than ours must not decide where a letter or a link leads.
    public = urlsplit(settings.public_url).hostname
    app.config["TRUSTED_HOSTS"] = [*_LOOPBACK, public] if public else list(_LOOPBACK)
    app.config["PUBLIC_URL"] = settings.public_url
    app.extensions[ENGINE] = db.configure(settings.database_url, pool_size=settings.web_threads)
    client.configure(settings)
    linker.configure(settings)
    app.register_error_handler(Exception, tell)
    app.extensions[signing.ISSUERS] = known = issuers.load(settings.oidc_issuers_file)
    issuing.insist_ready(known.values())
    routes.install(app)
    addresses.install(app)
    app.wsgi_app = Hardened(app.wsgi_app)  # type: ignore[method-assign]  # as Flask's documentation has it
    return app


def tell(error: Exception) -> Response:
    """Answer an error as whoever asked can read it: the API with a document, a browser with a page."""
    if isinstance(error, SecurityError):  # a page has links, and they would lead to that host
        return Response("There is no such site here.", HTTPStatus.BAD_REQUEST, content_type="text/plain")
    return telling.tell(error) if addresses.is_page(request.path) else answers.answer(error)


def _started(
    start_response: StartResponse,
    status: str,
    headers: list[tuple[str, str]],
    *error: Any,  # noqa: ANN401 - of WSGI
) -> Callable[[bytes], object]:
    said = {name.lower() for name, _ in headers}
    more = [header for name, header in _ADDED if name not in said]
    return start_response(status, headers + more, *error)

"""Puts the web application together."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
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
#: By these names a machine reaches itself.
_LOOPBACK = ("localhost", "127.0.0.1")
#: Under this name the application keeps its database engine, for who started it to dispose of.
ENGINE = "einmal.engine"


def create_app(settings: Settings) -> Flask:
    """Return the application of the web process."""
    app = Flask(__name__, static_folder=None)
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
    app.after_request(harden)
    return app


def tell(error: Exception) -> Response:
    """Answer an error as whoever asked can read it: the API with a document, a browser with a page."""
    if isinstance(error, SecurityError):  # a page has links, and they would lead to that host
        return Response("There is no such site here.", HTTPStatus.BAD_REQUEST, content_type="text/plain")
    return telling.tell(error) if addresses.is_page(request.path) else answers.answer(error)


def harden(response: Response) -> Response:
    """Add the headers that no view has to think of; one that it set itself stays."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response

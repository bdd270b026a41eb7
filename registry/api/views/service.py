"""About the service itself: is it there, can it work, what does it offer, which keys sign its receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, request

from registry.api.bodies import answer
from registry.auth import agencies
from registry.casework import notices
from registry.db import Sessions
from registry.keys.client import KEEPER
from registry.wire import messages
from schemas.resources.grants import NoticeOut

if TYPE_CHECKING:
    from flask import Response

_NOTICE = NoticeOut()
LANGUAGE: dict[str, Any] = {
    "name": "language",
    "in": "query",
    "required": False,
    "description": "BCP 47; where there is no text in it, the German original is answered.",
    "schema": {"type": "string", "default": notices.ORIGINAL},
}
#: Under this name the application keeps the document.
DOCUMENT = "einmal.openapi"


def alive() -> Response:
    """Say that this process answers."""
    return answer({"ok": True})


def ready() -> Response:
    """Say whether database and keeper answer as well, and the keeper is open; else nobody should be sent here.

    Raises:
        KeeperClosed: the registry is being brought back from a back-up.
    """
    KEEPER.ask(messages.Ready(), messages.Done)
    with Sessions() as session:
        agencies.by_number(session, "")
    return answer({"ok": True})


def keys() -> Response:
    """Return the public keys of receipts as a JWK set (RFC 7517)."""
    return answer({"keys": KEEPER.ask(messages.PublicKeys(), messages.Keys).keys})


def notice() -> Response:
    """Return the text to show a person before she grants; a grant names it by version, language and digest."""
    return answer(_NOTICE.dump(notices.current(request.args.get("language", notices.ORIGINAL))))


def described() -> Response:
    """Return this description."""
    document: dict[str, Any] = current_app.extensions[DOCUMENT]
    return answer(document)

"""Who sits before the browser: the session's token in a cookie, and proof that a form came from one of our pages."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from flask import request

from registry.auth import sessions
from registry.auth.sessions import NotSignedIn
from registry.edge import guards
from registry.errors import RegistryError

if TYPE_CHECKING:
    from flask import Response

#: The prefix makes browsers insist on HTTPS (or this machine), this host alone and the whole of it (RFC 6265bis).
COOKIE: Final = "__Host-einmal"
#: The field of every form that somebody who is signed in sends.
FIELD: Final = "from-our-page"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignForm(RegistryError):  # noqa: N818 - what is the case
    """A form did not come from a page of ours, or from one of a session that has ended."""

    code = "foreign-form"


def token() -> bytes:
    """Return the session's token; raises NotSignedIn where the browser has none."""
    carried = request.cookies.get(COOKIE)
    if carried is None:
        raise NotSignedIn("Sign in first.")
    return sessions.token_of(carried)


def keep(response: Response, session_token: bytes) -> Response:
    """Let the browser keep a session until it is closed; no script can read it, no other site can send it."""
    response.set_cookie(COOKIE, sessions.bearer(session_token), secure=True, httponly=True, samesite="Strict", path="/")
    return response


def forget(response: Response) -> Response:
    """Have the browser forget its session."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Strict", path="/")
    return response


def form_token() -> str:
    """Return what proves that a form was made for this session; empty where nobody is signed in."""
    actor = guards.admitted()
    return "" if actor is None else _form_token(actor.token)


def insist_own_form() -> None:
    """Let through what one of our pages sent.

    Raises:
        ForeignForm: another site sent it, or it was made for another session.
    """
    if request.method in _SAFE:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    is_foreign = site not in {None, "same-origin"} or (
        site is None and origin is not None and origin.partition("://")[2] != request.host
    )
    actor = guards.admitted()
    if is_foreign or (
        actor is not None and not hmac.compare_digest(request.form.get(FIELD, "").encode(), form_token().encode())
    ):
        raise ForeignForm("This form did not come from here. Load the page again.")


def _form_token(session_token: bytes) -> str:
    return hmac.new(session_token, b"einmal form", sha256).hexdigest()

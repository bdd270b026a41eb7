"""What a page says when something is refused: the same table as the API's, in words for whoever reads."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import redirect, request

from registry.auth.sessions import NotSignedIn
from registry.edge import problems
from registry.web import rendering, signed
from registry.web.signed import ForeignForm
from registry.web.texts import mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

#: By the problem's code, else by its status: what is told.
WORDS: Final[Mapping[str, str]] = {
    "not-found": mark("There is nothing here, or nothing for you."),
    "not-for-you": mark("This is not for you. Sign in as somebody else."),
    "sign-in.refused": mark("Signing in was refused. Begin again."),
    "foreign-form": mark("This form was made for another session. Load the page again; nothing was changed."),
    "changed-meanwhile": mark("Somebody changed this meanwhile. Load it again; nothing was changed."),
    "unavailable": mark("The registry is away for a moment. Trying again is safe."),
    "restoring": mark(
        "The registry is being brought back from a back-up. Until it is certain that what was withdrawn stays"
        " withdrawn, nothing opens. Come back later."
    ),
    "too-many-profiles": mark("You opened many different profiles. Wait an hour."),
    "too-many-identities": mark("You asked about many different people. Wait an hour."),
    "proof.refused": mark("PIN and code do not prove it. Each code works once."),
    "letter-needs-approval": mark("Her letter still counts. Enter its code, or let a second officer approve."),
    "letter-expired": mark("Your letter has run out. Ask for a new one."),
    "needs-approval": mark("A second officer has to approve this."),
    "ask-first": mark(
        "Look first whether this person is known already, and again after each change of name, birth or number."
    ),
    "idempotency-key-reused": mark("This person was recorded already. To record more, open the profile."),
    "in-progress": mark("This is being recorded at this moment. Send it again in a few seconds."),
    "ask-again": mark("This match is too old. Ask again."),
    "both-claimed": mark("Both have a letter already. Let her say herself that both are she."),
    "grant-too-long": mark("A permission holds two years at most."),
    "grant-ended": mark("This permission has ended already."),
    "link-settled": mark("This was settled already."),
    "request-not-askable": mark("Your kind of office never gets all of this for this purpose. Ask for less."),
    "request-open": mark("You asked for this purpose already. Wait for the answer, or take the request back."),
    "request-granted": mark("You may see all of this already."),
    "request-declined-lately": mark("The person said no. Ask again after 30 days, or talk about it."),
    "request-settled": mark("Something else became of this request already. Look at it again."),
    "request-mismatch": mark("This request asked for something else. Look at it again."),
    "invalid": mark("Some fields are missing or wrong."),
}
_FAULT: Final = mark("Something failed here. Trying again later is safe.")
FOREIGN: Final = problems.Problem(HTTPStatus.FORBIDDEN, ForeignForm.code)


def tell(error: Exception) -> Response:
    """Return the page for an error; who is not signed in is led to where that is done."""
    problem = problems.met(error) if not isinstance(error, ForeignForm) else FOREIGN
    if isinstance(error, NotSignedIn) or problem.code == NotSignedIn.code:
        return _to_sign_in()
    words = words_for(problem.code)
    return rendering.page("problem.html", problem.status.value, words=words, code=problem.code)


def words_for(code: str) -> str:
    """Return what is told about a problem, to be translated."""
    return WORDS.get(code, _FAULT)


def _to_sign_in() -> Response:
    """Lead to the sign-in of whoever this page is for; the session in the browser is worth nothing any more."""
    is_hers = "/me" in request.path
    target = rendering.address("signing.person" if is_hers else "signing.officer")
    had_one = signed.COOKIE in request.cookies
    answer = redirect(f"{target}?ended=1" if had_one else target, HTTPStatus.SEE_OTHER)
    if rendering.is_part():  # a part of a page cannot be a sign-in page: the whole one is loaded
        answer.headers["HX-Redirect"] = answer.headers.pop("Location")
        answer.status_code = HTTPStatus.OK
    return signed.forget(answer)  # type: ignore[arg-type] # flask's redirect is a werkzeug response

"""Signing in at the two doors, and out."""

from __future__ import annotations

import hmac
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from flask import current_app, redirect, request
from wtforms import Form, StringField
from wtforms.validators import InputRequired, Length

from registry import clock
from registry.actors import Officer
from registry.auth import issuing
from registry.auth.issuing import Begun
from registry.auth.sessions import SignInRefused
from registry.casework.admission import passkeys, signing_in
from registry.db import Sessions
from registry.edge import guards, problems
from registry.edge.guards import CASE_WORK, WATCH
from registry.errors import NotFound
from registry.keys.client import KeeperRefused
from registry.web import signed, texts
from registry.web.forms.typed import Code, Password
from registry.web.rendering import address, page
from registry.web.texts import mark
from registry.wire.admitting import SignIn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from registry.issuers import Issuer
    from registry.wire.admitting import SignedIn

_MOST = 200
#: Under this name the application keeps who may issue ID tokens.
ISSUERS: Final = "einmal.issuers"
#: Where issuers send officers; the application leads on from there to the page in the officer's language.
BACK: Final = "/signed-in"
_BEGUN: Final = "__Host-einmal-begun"


#: What is told where nobody is let in: of what was typed, of a device, and of an issuer.
_LETTER_REFUSED: Final = mark(
    "Signing in was refused. Check code and PIN; after five wrong tries your letter is locked for good: then go to an"
    " office for a new one."
)
_PASSWORD_REFUSED: Final = mark(
    "Signing in was refused. Check what you typed; after five wrong tries wait a quarter of an hour."
)
_DEVICE_REFUSED: Final = mark("The device did not prove that it is you. Try again, or sign in as before.")
_ISSUER_REFUSED: Final = mark("Signing in was refused. Your office's sign-in did not confirm it. Begin again.")


class LetterForm(Form):
    """What a person has: a letter with a code, and a PIN in her head."""

    code = Code(mark("Code of your letter"), [InputRequired(mark("Enter the code of your letter.")), Length(max=_MOST)])
    pin = Code(mark("PIN"), [InputRequired(mark("Enter your PIN.")), Length(max=_MOST)])


class OfficerForm(Form):
    """What an officer has."""

    login = StringField(mark("Login"), [InputRequired(mark("Enter your login.")), Length(max=_MOST)])
    password = Password(mark("Password"), [InputRequired(mark("Enter your password.")), Length(max=_MOST)])
    totp = Code(mark("Code of your authenticator"), [InputRequired(mark("Enter the six digits.")), Length(max=_MOST)])


def person() -> Response:
    """Ask a person for her letter's code and her PIN."""
    return page("signing/person.html", form=LetterForm(), ended="ended" in request.args)


def officer() -> Response:
    """Ask an officer for login, password and one-time code."""
    return _asked_again(OfficerForm(), ended="ended" in request.args)


def officer_again() -> Response:
    """Show an officer's form as it was typed."""
    return _asked_again(OfficerForm(request.form))


def let_person_in() -> Response:
    """Sign a person in."""
    form = LetterForm(request.form)
    if not form.validate():
        return page("signing/person.html", 422, form=form)
    asked = SignIn(letter_code=form.code.data, pin=form.pin.data)
    return _let_in("signing/person.html", form, asked, words=_LETTER_REFUSED)


def let_officer_in() -> Response:
    """Sign an officer in."""
    form = OfficerForm(request.form)
    if not form.validate():
        return _asked_again(form, 422)
    asked = SignIn(login=form.login.data, password=form.password.data, totp=form.totp.data)
    return _let_in("signing/officer.html", form, asked, words=_PASSWORD_REFUSED)


def let_device_in() -> Response:
    """Sign a person in with a device that she added."""
    asked = SignIn(passkey=request.form.get("credential", "").encode())
    return _let_in("signing/person.html", LetterForm(), asked, words=_DEVICE_REFUSED)


def let_officers_device_in() -> Response:
    """Sign an officer in with a device that she added."""
    asked = SignIn(passkey=request.form.get("credential", "").encode())
    return _let_in("signing/officer.html", OfficerForm(), asked, words=_DEVICE_REFUSED)


def go_to_issuer() -> Response:
    """Lead an officer to the identity provider of her office; what the browser keeps meanwhile is good for minutes."""
    issuer = _issuers().get(request.args.get("issuer", ""))
    if issuer is None:
        raise NotFound("There is no such issuer.")
    begun = Begun.new(issuer, texts.spoken().code)
    nonce = passkeys.ask("id-token", issuer.issuer.encode()).challenge
    _end_before()  # now: with what comes from the issuer's site the session's cookie does not come
    answer = redirect(begun.address(issuer, nonce=nonce, back=_back()), 303)
    # Lax: the issuer's answer is a navigation from its site, with which a stricter one would not come.
    answer.set_cookie(_BEGUN, begun.text, max_age=300, secure=True, httponly=True, samesite="Lax", path="/")
    return signed.forget(answer)  # type: ignore[arg-type] # flask's redirect is a werkzeug response


def spoken_before() -> str:
    """Return the code of the language in which an officer left for an issuer; empty where none did."""
    with suppress(SignInRefused):
        return Begun.read(request.cookies.get(_BEGUN, "")).language
    return ""


def back_from_issuer() -> Response:
    """Take an officer back from her identity provider, and let the keeper judge what that says.

    The page that follows is loaded by one of ours: with a redirect from elsewhere the session's cookie would not come.
    """
    try:
        token = _fetched()
        with Sessions.begin() as session:
            signed_in = signing_in.sign_in(session, SignIn(id_token=token), now=clock.now())
    except SignInRefused as refused:
        answer = _asked_again(OfficerForm(), problems.met(refused).status.value, refused=_ISSUER_REFUSED)
    else:
        answer = signed.keep(page("signing/entered.html", inside=address(_inside(signed_in))), signed_in.token)
    answer.delete_cookie(_BEGUN, secure=True, httponly=True, samesite="Lax", path="/")
    return answer


def out() -> Response:
    """Sign out: this session opens nothing any more."""
    with Sessions.begin() as session:
        signing_in.sign_out(session, guards.actor(), now=clock.now())
    is_officer = isinstance(guards.actor(), Officer)
    return signed.forget(redirect(address("signing.officer" if is_officer else "signing.person"), 303))  # type: ignore[arg-type] # flask's redirect is a werkzeug response


def _end_before() -> None:
    """End the session that the browser had until now: its cookie is about to be replaced, and nobody could end it."""
    before = guards.admitted()
    if before is None:
        return
    with suppress(KeeperRefused), Sessions.begin() as session:  # it ended by itself
        signing_in.sign_out(session, before, now=clock.now())


def _let_in(template: str, form: Form, asked: SignIn, *, words: str) -> Response:
    try:
        with Sessions.begin() as session:
            signed_in = signing_in.sign_in(session, asked, now=clock.now())
    except SignInRefused as refused:
        return page(template, problems.met(refused).status.value, form=form, refused=words, issuers=_issuers())
    _end_before()
    return signed.keep(redirect(address(_inside(signed_in)), 303), signed_in.token)  # type: ignore[arg-type] # as above


def _asked_again(form: OfficerForm, status: int = 200, **context: object) -> Response:
    return page("signing/officer.html", status, form=form, issuers=_issuers(), **context)


def _inside(signed_in: SignedIn) -> str:
    """Return the page where somebody who just signed in begins."""
    if signed_in.session.kind == "person":
        return "me.requests"
    inside = ((CASE_WORK, "office.find"), (WATCH, "questions.listed"))
    return next((page_ for guard, page_ in inside if guard.roles & set(signed_in.roles)), "start.welcome")


def _fetched() -> str:
    """Return the ID token for the code that an issuer sent along; raises SignInRefused."""
    begun = Begun.read(request.cookies.get(_BEGUN, ""))
    issuer = _issuers().get(begun.issuer)
    is_ours = hmac.compare_digest(begun.state.encode(), request.args.get("state", "").encode())
    if issuer is None or not is_ours or "code" not in request.args:
        raise SignInRefused("This sign-in did not begin here. Begin again.")
    return issuing.fetched(issuer, request.args["code"], verifier=begun.verifier, back=_back())


def _issuers() -> Mapping[str, Issuer]:
    found: Mapping[str, Issuer] = current_app.extensions[ISSUERS]
    return found


def _back() -> str:
    """Return where issuers send officers: one address, without a language, because each is registered there."""
    return f"{current_app.config['PUBLIC_URL'] or request.host_url}{BACK.lstrip('/')}"

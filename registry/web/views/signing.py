"""Signing in at the two doors, and out."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from flask import redirect, request
from wtforms import Form, StringField
from wtforms.validators import InputRequired, Length

from registry import clock
from registry.actors import Officer
from registry.auth.sessions import SignInRefused
from registry.casework.admission import signing_in
from registry.db import Sessions
from registry.edge import guards, problems
from registry.edge.guards import CASE_WORK
from registry.keys.client import KeeperRefused
from registry.web import signed, telling
from registry.web.forms.typed import Code, Password
from registry.web.rendering import address, page
from registry.web.texts import mark
from registry.wire.admitting import SignIn

if TYPE_CHECKING:
    from flask import Response

    from registry.actors import PersonActor

_MOST = 200


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
    return page("signing/officer.html", form=OfficerForm(), ended="ended" in request.args)


def officer_again() -> Response:
    """Show an officer's form as it was typed."""
    return page("signing/officer.html", form=OfficerForm(request.form))


def let_person_in() -> Response:
    """Sign a person in."""
    form = LetterForm(request.form)
    if not form.validate():
        return page("signing/person.html", 422, form=form)
    return _let_in("signing/person.html", form, SignIn(letter_code=form.code.data, pin=form.pin.data))


def let_officer_in() -> Response:
    """Sign an officer in."""
    form = OfficerForm(request.form)
    if not form.validate():
        return page("signing/officer.html", 422, form=form)
    asked = SignIn(login=form.login.data, password=form.password.data, totp=form.totp.data)
    return _let_in("signing/officer.html", form, asked)


def let_device_in() -> Response:
    """Sign a person in with a device that she added."""
    asked = SignIn(passkey=request.form.get("credential", "").encode())
    return _let_in("signing/person.html", LetterForm(), asked)


def let_officers_device_in() -> Response:
    """Sign an officer in with a device that she added."""
    asked = SignIn(passkey=request.form.get("credential", "").encode())
    return _let_in("signing/officer.html", OfficerForm(), asked)


def out() -> Response:
    """Sign out: this session opens nothing any more."""
    with Sessions.begin() as session:
        signing_in.sign_out(session, guards.actor(), now=clock.now())
    is_officer = isinstance(guards.actor(), Officer)
    return signed.forget(redirect(address("signing.officer" if is_officer else "signing.person"), 303))  # type: ignore[arg-type] # flask's redirect is a werkzeug response


def _end(before: Officer | PersonActor) -> None:
    """End the session that the browser had until now: its cookie is about to be replaced, and nobody could end it."""
    with suppress(KeeperRefused), Sessions.begin() as session:  # it ended by itself
        signing_in.sign_out(session, before, now=clock.now())


def _let_in(template: str, form: Form, asked: SignIn) -> Response:
    try:
        with Sessions.begin() as session:
            signed_in = signing_in.sign_in(session, asked, now=clock.now())
    except SignInRefused as refused:
        problem = problems.met(refused)
        return page(template, problem.status.value, form=form, refused=telling.words_for(problem.code))
    before = guards.admitted()
    if before is not None:
        _end(before)
    case_work = CASE_WORK.roles & set(signed_in.roles)
    inside = "me.requests" if signed_in.session.kind == "person" else "office.find" if case_work else "start.welcome"
    return signed.keep(redirect(address(inside), 303), signed_in.token)  # type: ignore[arg-type] # as above

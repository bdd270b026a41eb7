"""The letter at the counter: she chooses a PIN, and the PDF is printed; it exists in this answer and nowhere else."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from flask import Response, current_app, request

from registry import clock
from registry.auth import agencies, sessions
from registry.auth.sessions import NotSignedIn, SignInRefused
from registry.casework import opening
from registry.casework.admission import enrolling, signing_in
from registry.casework.admission.enrolling import Instead, NeedsApproval
from registry.db import DatabaseAway, Sessions
from registry.edge import guards, problems
from registry.keys.client import KeeperAway, KeeperRefused
from registry.letters import wording
from registry.letters.letter import LetterContent, Office, letter_pdf
from registry.web import telling
from registry.web.assets.places import FONTS
from registry.web.forms.intake.letter import LetterForm
from registry.web.rendering import page
from registry.web.texts import mark
from registry.web.views.intake import insist_ours

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from registry.wire.admitting import Enrolled, SignIn

log = logging.getLogger(__name__)
_NOT_IN: Final = mark(
    "The second officer could not be signed in. Check login, password and code; after five wrong tries wait a while."
)
_NO_SECOND: Final = mark(
    "This officer cannot approve it. It takes another officer of your office, and one of you two must be an approver."
)


def letter(person_id: UUID) -> Response:
    """Let her choose a PIN."""
    insist_ours(person_id)
    return page("intake/letter.html", form=LetterForm(), person=person_id)


def letter_again(person_id: UUID) -> Response:
    """Show the form as it was filled in, without the PINs."""
    insist_ours(person_id)
    return page("intake/letter.html", form=LetterForm(request.form), person=person_id)


def hand_over(person_id: UUID) -> Response:
    """Make the letter and answer it as a PDF; what was not accepted is said above the form, without the PINs."""
    form = LetterForm(request.form)
    if not form.validate():
        return page("intake/letter.html", 422, form=form, person=person_id)
    try:
        with _approved(form.second()) as approval:
            pdf = _made(person_id, form, Instead(old_code=form.old_code.data or None, approval=approval))
    except (SignInRefused, NeedsApproval, KeeperAway, DatabaseAway) as problem:
        return _refused(form, person_id, problem)
    except KeeperRefused as refused:
        raise opening.as_if_nobody(refused) from refused
    answer = Response(pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = "inline; filename=einmal.pdf"
    return answer


@contextmanager
def _approved(asked: SignIn | None) -> Iterator[bytes | None]:
    """Sign the second officer in for this one letter, if there is one; that session is over with it, whatever happens.

    Raises:
        SignInRefused: that is no officer, or not her password and code.
    """
    if asked is None:
        yield None
        return
    with Sessions.begin() as session:
        token = signing_in.sign_in(session, asked, now=clock.now()).token
    try:
        yield token
    finally:
        _end(token)


def _end(token: bytes) -> None:
    """End the second officer's session; a letter that was made is handed over even where this fails.

    Then the session idles out, and nobody holds its token.
    """
    try:
        with Sessions.begin() as session:
            now = clock.now()
            signing_in.sign_out(session, sessions.actor_of(session, token, now), now=now)
    except (NotSignedIn, KeeperRefused, KeeperAway, DatabaseAway):
        log.exception("letter.approval-not-ended")


def _made(person: UUID, form: LetterForm, instead: Instead) -> bytes:
    officer, agency, _ = guards.officer()
    with Sessions.begin() as session:
        made = enrolling.hand_over_letter(
            session, person, form.pin.data or "", actor=officer, now=clock.now(), instead=instead
        )
        return _pdf(made, agencies.by_id(session, agency).name, form.language.data)


def _pdf(made: Enrolled, office: str, language: str) -> bytes:
    if made.letter_code is None or made.credential is None:
        raise TypeError("the keeper made no letter")
    content = LetterContent(
        letter_code=made.letter_code,
        codes=tuple(made.codes),
        base=current_app.config["PUBLIC_URL"] or request.host_url,
        issued_at=made.credential.created_at,
        expires_at=made.credential.expires_at,
        office=Office(office),
    )
    return letter_pdf(content, wording.beside_german([language]), fonts=FONTS)


def _refused(form: LetterForm, person: UUID, problem: Exception) -> Response:
    told = problems.met(problem)
    refused = telling.words_for(told.code)
    if form.has_second and isinstance(problem, SignInRefused | NeedsApproval):
        refused = _NOT_IN if isinstance(problem, SignInRefused) else _NO_SECOND
    is_held = isinstance(problem, NeedsApproval)
    return page("intake/letter.html", told.status.value, form=form, person=person, refused=refused, is_held=is_held)

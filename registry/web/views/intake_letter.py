"""The letter at the counter: she chooses a PIN, and the PDF is printed; it exists in this answer and nowhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from flask import Response, current_app, request
from wtforms import Field, Form
from wtforms.validators import InputRequired, StopValidation

from registry import clock
from registry.auth import agencies
from registry.casework import opening
from registry.casework.admission import enrolling
from registry.casework.admission.enrolling import Instead, NeedsApproval
from registry.db import DatabaseAway, Sessions
from registry.edge import guards, problems
from registry.keys.client import KeeperAway, KeeperRefused
from registry.letters import wording
from registry.letters.letter import LetterContent, Office, letter_pdf
from registry.web import telling
from registry.web.assets.places import FONTS
from registry.web.forms.intake.fields import Choice, Clean, one_of
from registry.web.forms.typed import Code
from registry.web.languages import LANGUAGES
from registry.web.rendering import page
from registry.web.texts import mark
from registry.web.views.intake import insist_ours

if TYPE_CHECKING:
    from uuid import UUID

    from registry.wire.messages import Enrolled

_PIN: Final = re.compile(r"[0-9]{6,12}")
_GERMAN: Final = "de"


def _is_pin(_form: Form, field: Field) -> None:
    if not _PIN.fullmatch(field.data or ""):
        raise StopValidation(mark("A PIN has 6 to 12 digits."))


def _is_same(form: Form, field: Field) -> None:
    if field.data != form["pin"].data:
        raise StopValidation(mark("The two PINs are not the same. Let the person type them again."))


class LetterForm(Form):
    """What the person types at the counter, and in which language she gets her letter."""

    language = Choice(mark("Language of the letter, beside German"))
    pin = Code(mark("PIN"), [InputRequired(mark("Let the person type a PIN.")), _is_pin])
    repeated = Code(mark("PIN once more"), [_is_same])
    old_code = Code(mark("Code of the present letter"), [Clean(60)])

    def __init__(self, *filled: Any, **settings: Any) -> None:  # noqa: ANN401 - wtforms' own arguments pass through
        """Offer the languages that letters can be written in."""
        super().__init__(*filled, **settings)
        known = sorted(wording.languages() - {_GERMAN})
        self.language.choices = one_of({_GERMAN: mark("German only"), **{tag: _name(tag) for tag in known}})

    def validate(self, *settings: Any, **named: Any) -> bool:  # noqa: ANN401 - as above
        """See that a language was chosen, beside what each field says."""
        super().validate(*settings, **named)
        if not self.language.data:
            self.language.errors = [mark("Choose the language of the letter.")]
        return not self.errors


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
    officer, agency, _ = guards.officer()
    instead = Instead(old_code=form.old_code.data or None)
    now = clock.now()
    try:
        with Sessions.begin() as session:
            made = enrolling.hand_over_letter(
                session, person_id, form.pin.data or "", actor=officer, now=now, instead=instead
            )
            pdf = _pdf(made, agencies.by_id(session, agency).name, form.language.data)
    except (NeedsApproval, KeeperAway, DatabaseAway) as problem:
        return _refused(form, person_id, problem)
    except KeeperRefused as refused:
        raise opening.as_if_nobody(refused) from refused
    answer = Response(pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = "inline; filename=einmal.pdf"
    return answer


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
    is_held = isinstance(problem, NeedsApproval)
    refused = telling.words_for(told.code)
    return page("intake/letter.html", told.status.value, form=form, person=person, refused=refused, is_held=is_held)


def _name(tag: str) -> str:
    """Return a language's name in itself, as people look for theirs."""
    return LANGUAGES[tag].name if tag in LANGUAGES else tag

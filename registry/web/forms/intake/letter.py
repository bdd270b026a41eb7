"""What is filled in for a letter: her PIN and language, and what lets it replace one that still counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from wtforms import Form
from wtforms.validators import InputRequired, StopValidation

from registry.letters import wording
from registry.web.forms.intake.fields import Choice, Clean, Line, one_of
from registry.web.forms.typed import Code, Password
from registry.web.languages import LANGUAGES
from registry.web.texts import mark
from registry.wire.admitting import SignIn

if TYPE_CHECKING:
    from wtforms import Field

_PIN: Final = re.compile(r"[0-9]{6,12}")
_GERMAN: Final = "de"
#: What the second officer types, each with what is said where only it is missing.
_SECOND: Final = {
    "second_login": mark("Enter the login of the second officer."),
    "second_password": mark("Let the second officer type the password."),
    "second_totp": mark("Let the second officer type the six digits."),
}


def _is_pin(_form: Form, field: Field) -> None:
    if not _PIN.fullmatch(field.data or ""):
        raise StopValidation(mark("A PIN has 6 to 12 digits."))


def _is_same(form: Form, field: Field) -> None:
    if field.data != form["pin"].data:
        raise StopValidation(mark("The two PINs are not the same. Let the person type them again."))


class LetterForm(Form):
    """What the person types at the counter, in which language she gets her letter, and who approves it."""

    language = Choice(mark("Language of the letter, beside German"))
    pin = Code(mark("PIN"), [InputRequired(mark("Let the person type a PIN.")), _is_pin])
    repeated = Code(mark("PIN once more"), [_is_same])
    old_code = Code(mark("Code of the present letter"), [Clean(60)])
    second_login = Line(mark("Login of the second officer"))
    second_password = Password(mark("Password of the second officer"), [Clean(200)])
    second_totp = Code(mark("Authenticator code of the second officer"), [Clean(60)])

    def __init__(self, *filled: Any, **settings: Any) -> None:  # noqa: ANN401 - wtforms' own arguments pass through
        """Offer the languages that letters can be written in."""
        super().__init__(*filled, **settings)
        known = sorted(wording.languages() - {_GERMAN})
        self.language.choices = one_of({_GERMAN: mark("German only"), **{tag: _name(tag) for tag in known}})

    def validate(self, *settings: Any, **named: Any) -> bool:  # noqa: ANN401 - as above
        """See that a language was chosen and a second officer is named whole, beside what each field says."""
        super().validate(*settings, **named)
        if not self.language.data:
            self.language.errors = [mark("Choose the language of the letter.")]
        if self.has_second:
            for name, words in _SECOND.items():
                if not self[name].data and not self[name].errors:
                    self[name].errors = [words]
        return not self.errors

    @property
    def has_second(self) -> bool:
        """Say whether anything was typed of a second officer."""
        return any(self[name].data for name in _SECOND)

    @property
    def replaces(self) -> bool:
        """Say whether anything is filled in, or wrong, about a letter that still counts."""
        return any(self[name].data or self[name].errors for name in ("old_code", *_SECOND))

    def second(self) -> SignIn | None:
        """Return with what the second officer signs in; none where nobody approves. The form is valid."""
        if not self.has_second:
            return None
        return SignIn(login=self.second_login.data, password=self.second_password.data, totp=self.second_totp.data)


def _name(tag: str) -> str:
    """Return a language's name in itself, as people look for theirs."""
    return LANGUAGES[tag].name if tag in LANGUAGES else tag

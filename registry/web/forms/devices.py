"""What somebody fills in to add or remove a device: her letter's proof, or an officer's password and code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wtforms import Form
from wtforms.validators import InputRequired, Length

from registry.actors import PersonActor
from registry.web.forms.me_giving import ProofForm
from registry.web.forms.typed import Code, Password
from registry.web.texts import mark
from registry.wire.asking import PasswordProof

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from registry.actors import Officer

_MOST = 200


class PasswordForm(Form):
    """What an officer has: password and authenticator."""

    password = Password(mark("Password"), [InputRequired(mark("Enter your password.")), Length(max=_MOST)])
    totp = Code(mark("Code of your authenticator"), [InputRequired(mark("Enter the six digits.")), Length(max=_MOST)])

    def proof(self) -> PasswordProof:
        """Return what the keeper checks; of a form that was found right."""
        return PasswordProof(self.password.data or "", self.totp.data or "")


def proving(actor: Officer | PersonActor, sent: MultiDict[str, str] | None = None) -> ProofForm | PasswordForm:
    """Return the form by which whoever is signed in proves it again."""
    return ProofForm(sent) if isinstance(actor, PersonActor) else PasswordForm(sent)

"""Fields of the office: whose profile to open and why, and what to ask a person for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from wtforms import Form, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from consent.ceilings import allowed_compartments, allowed_sections
from registry.web import words
from registry.web.forms.intake.fields import Line, Number, PartialDate
from registry.web.forms.intake.identity import script_of
from registry.web.texts import mark
from schemas.compartments import Section
from schemas.vocabularies.access import REASONS, AgencyKind, Purpose
from schemas.vocabularies.names import NameForm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The profile's own number, which is no identifier of any office.
PROFILE: Final = "profile"
#: What a number can be; how it is asked for.
NUMBERS: Final[Mapping[str, str]] = {
    "identifiers.ba-customer": mark("Customer number (Employment Agency, Jobcenter)"),
    "identifiers.jobcenter-case": mark("Case number of the Jobcenter"),
    "identifiers.bamf": mark("BAMF file number"),
    "identifiers.azr": mark("AZR number"),
    PROFILE: mark("Profile number of this registry"),
}
_WHY: Final = mark("Choose why you open this profile.")
_TOO_LITTLE: Final = mark("Enter a number, or family name, given names and birth date.")
_BOTH: Final = mark("Enter either a number or a name, not both.")
_NO_PROFILE: Final = mark("This is no profile number. It has 32 letters and digits.")
_WHAT: Final = mark("Choose at least one part.")
_REASON: Final = mark("Choose a reason.")
_ONCE_CHARACTERS: Final = 36


class FindForm(Form):
    """Whose profile, by a number or by name and birth date, and why."""

    purpose = RadioField(mark("Why do you open this profile?"), [InputRequired(_WHY)], choices={})
    number_kind = SelectField(mark("Kind of number"), choices=dict(NUMBERS), default="identifiers.ba-customer")
    number = Number(mark("Number"), most=60)
    family = Line(mark("Family name"))
    given = Line(mark("Given names"))
    birth_date = PartialDate(mark("Birth date"))

    def __init__(self, *filled: Any, kind: AgencyKind) -> None:  # noqa: ANN401 - wtforms' own argument passes through
        """Offer the purposes that this kind of office has."""
        super().__init__(*filled)
        offered = purposes(kind)
        self.purpose.choices = {one.value: words.PURPOSES[one] for one in offered}
        if not any(filled) and len(offered) == 1:
            self.purpose.data = offered[0].value

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """See that exactly one person is described, one way or the other."""
        if not super().validate(extra_validators):
            return False
        named = [field for field in (self.family, self.given, self.birth_date) if field.data]
        if self.number.data and named:
            self.number.errors = [_BOTH]
        elif not self.number.data and len(named) < len(("family", "given", "birth_date")):
            (self.number if not named else self._missing()).errors = [_TOO_LITTLE]
        elif self.number.data and self.number_kind.data == PROFILE and self.profile is None:
            self.number.errors = [_NO_PROFILE]
        return not self.errors

    @property
    def profile(self) -> UUID | None:
        """Return the profile's own number, where it was entered."""
        if self.number_kind.data != PROFILE:
            return None
        try:
            return UUID((self.number.data or "").strip())
        except ValueError:
            return None

    def stated(self) -> list[dict[str, Any]]:
        """Return the entries to ask by; the form is valid and names no profile."""
        if self.number.data:
            return [{"kind": self.number_kind.data, "value": {"number": self.number.data}}]
        family, given = self.family.data or "", self.given.data or ""
        name = {"family": family, "given": given, "form": NameForm.CURRENT.value, "script": script_of(family + given)}
        birth = {"date": self.birth_date.partial, "placeholder_suspected": False}
        return [{"kind": "identity.name", "value": name}, {"kind": "identity.birth-date", "value": birth}]

    def _missing(self) -> Line:
        return next(field for field in (self.family, self.given, self.birth_date) if not field.data)


class AskForm(Form):
    """Which parts a person is asked for, and why."""

    sections = SelectMultipleField(mark("Which parts do you need?"), [InputRequired(_WHAT)], choices={})
    reason = RadioField(
        mark("Why do you need them? The person reads this reason."), [InputRequired(_REASON)], choices={}
    )
    once = HiddenField()

    def __init__(self, *filled: Any, kind: AgencyKind, purpose: Purpose, wanted: Sequence[str] = ()) -> None:  # noqa: ANN401 - as above
        """Offer what this kind of office may ever get for the purpose, and the reasons that fit it."""
        super().__init__(*filled)
        within = allowed_sections(kind, purpose)
        self.sections.choices = {one.value: words.SECTIONS[one] for one in Section if one in within}
        reasons = [one for one, fits in REASONS.items() if purpose in fits]
        self.reason.choices = {one.value: words.REASONS[one] for one in reasons}
        if not any(filled):
            self.sections.data = [one for one in wanted if one in within]
            self.reason.data = reasons[0].value if len(reasons) == 1 else None
        if not self.once.data or len(self.once.data) > _ONCE_CHARACTERS:
            self.once.data = str(uuid4())


def purposes(kind: AgencyKind) -> list[Purpose]:
    """Return for what an office of this kind can open a profile at all."""
    return [one for one in Purpose if allowed_compartments(kind, one)]

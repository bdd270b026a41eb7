"""What a person fills in to give a permission: which sections, until when, and the proof that it is her."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from wtforms import Form, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the types of the library
from wtforms.validators import DataRequired, Length, StopValidation

from registry.web.forms.typed import Code, western
from registry.web.texts import mark
from registry.web.words import SECTIONS
from registry.wire.asking import CodeProof
from schemas.compartments import Section

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.datastructures import MultiDict

_ON_A_DAY: Final = "day"
_WRITTEN: Final = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", re.ASCII),
    re.compile(r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4})", re.ASCII),
)
_NO_DAY: Final = mark("Enter a day such as 31.12.2027.")
_PAST: Final = mark("Choose a day that is still to come.")
_TOO_FAR: Final = mark("A permission holds two years at most. Choose an earlier day.")
_MOST_YEARS: Final = 2
_LAST_CODE: Final = 99


@dataclass(frozen=True, slots=True)
class Wanted:
    """What she chose: which sections, and the last day on which the office may see them."""

    sections: frozenset[Section]
    until: date


class ChoiceForm(Form):
    """Which sections, and until when."""

    sections = SelectMultipleField(
        mark("What may this office see?"),
        [DataRequired(mark("Choose at least one part."))],
        validate_choice=False,
    )
    until = RadioField(
        mark("Until when?"),
        [DataRequired(mark("Choose until when."))],
        choices=[
            SelectChoice("3", mark("3 months")),
            SelectChoice("6", mark("6 months")),
            SelectChoice("12", mark("12 months")),
            SelectChoice(_ON_A_DAY, mark("Until another day")),
        ],
        default="6",
        validate_choice=False,
    )
    day = StringField(mark("Until which day?"), [Length(max=20)], filters=[western])

    def validate_sections(self, field: SelectMultipleField) -> None:
        """Refuse what was not offered."""
        if not set(field.data or ()) <= _offered(field):
            raise StopValidation(mark("Choose among the parts that are listed."))

    def validate_until(self, field: RadioField) -> None:
        """Refuse what was not offered."""
        if field.data not in _offered(field):
            raise StopValidation(mark("Choose until when."))


class ProofForm(Form):
    """What only she has: the PIN in her head and one unused code of the letter in her hand."""

    pin = Code(mark("PIN"), [DataRequired(mark("Enter your PIN.")), Length(max=50)])
    number = StringField(
        mark("Number of the code"),
        [DataRequired(mark("Enter the number that stands beside the code.")), Length(max=10)],
        filters=[western],
    )
    code = Code(mark("Code"), [DataRequired(mark("Enter a code from the back of your letter.")), Length(max=50)])

    def validate_number(self, field: StringField) -> None:
        """Refuse what is no number of a code."""
        said = (field.data or "").rstrip(".")
        if not (said.isascii() and said.isdigit() and 1 <= int(said) <= _LAST_CODE):
            raise StopValidation(mark("This is the small number beside the code, such as 3."))

    def proof(self) -> CodeProof:
        """Return what the keeper checks; of a form that was found right."""
        return CodeProof(self.pin.data or "", int((self.number.data or "0").rstrip(".")), self.code.data or "")


def choice(
    offered: Iterable[Section],
    sent: MultiDict[str, str] | None = None,
    *,
    chosen: Iterable[Section] = (),
) -> ChoiceForm:
    """Return the form for these sections, in the order in which people read them.

    Args:
        sent: what a page sent back.
        chosen: what is ticked before she looked at it.
    """
    form = ChoiceForm(sent, data={"sections": [one.value for one in chosen]})
    allowed = set(offered)
    form.sections.choices = [SelectChoice(one.value, SECTIONS[one]) for one in Section if one in allowed]
    return form


def wanted(form: ChoiceForm, today: date) -> Wanted | None:
    """Return what she chose; None where something is missing or wrong, which the form then says."""
    if not form.validate():
        return None
    until = form.until.data
    last = _day_of(form.day.data or "") if until == _ON_A_DAY else months_after(today, int(until))
    wrong = _NO_DAY if last is None else _PAST if last < today else _TOO_FAR if last >= _limit(today) else None
    if last is None or wrong is not None:
        form.day.errors = [wrong or _NO_DAY]
        return None
    return Wanted(frozenset(Section(one) for one in form.sections.data or ()), last)


def carried(what: Wanted) -> list[tuple[str, str]]:
    """Return the fields that carry a choice to the next page, where its day is fixed."""
    sections = [("sections", one.value) for one in Section if one in what.sections]
    return [*sections, ("until", _ON_A_DAY), ("day", what.until.isoformat())]


def months_after(day: date, months: int) -> date:
    """Return the same day some months later, or the last one of a month that is too short for it."""
    year, month = divmod(day.month - 1 + months, 12)
    length = calendar.monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, length))


def _offered(field: RadioField | SelectMultipleField) -> set[str]:
    return {value for value, *_ in field.iter_choices()}


def _limit(today: date) -> date:
    """Return the first day that is too late as a last one."""
    return months_after(today, 12 * _MOST_YEARS)


def _day_of(written: str) -> date | None:
    for form in _WRITTEN:
        found = form.fullmatch(written)
        if found:
            try:
                return date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                return None
    return None

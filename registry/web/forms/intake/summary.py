"""What was filled in, as it is shown to be checked: the answers in the words of the form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wtforms import BooleanField, FieldList, HiddenField, SelectField, SelectMultipleField

from registry.web.forms.intake.details import DetailsForm, filled_rows
from registry.web.wording import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wtforms import Field
    from wtforms.form import BaseForm

    from registry.web.forms.intake.identity import IdentityForm


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; label and chosen words are still to be translated."""

    label: str
    words: tuple[str, ...]
    is_ours: bool  #: words of a list of ours, not what somebody typed


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one form or list, row by row."""

    name: str  #: of the list; empty for what stands in none
    rows: tuple[tuple[Answer, ...], ...]


def summary(form: IdentityForm | DetailsForm) -> list[Answers]:
    """Return all that was filled in, in the order of the form."""
    found: list[Answers] = []
    loose: list[Answer] = []
    for field in form:
        if isinstance(form, DetailsForm) and isinstance(field, FieldList):
            rows = tuple(tuple(_answers(row)) for row in filled_rows(form, field.short_name))
            found.append(Answers(field.short_name, rows))
        else:
            loose += _answer(field)
    return [Answers("", (tuple(loose),)), *found]


def _answers(form: BaseForm) -> Iterator[Answer]:
    for field in form:
        yield from _answer(field)


def _answer(field: Field) -> Iterator[Answer]:
    if not field.data or isinstance(field, HiddenField):
        return
    if isinstance(field, BooleanField):
        yield Answer(field.label.text, (codes.YES,), is_ours=True)
    elif isinstance(field, SelectField | SelectMultipleField):
        yield Answer(
            field.label.text, tuple(label for _, label, chosen, _ in field.iter_choices() if chosen), is_ours=True
        )
    else:
        yield Answer(field.label.text, (field.data,), is_ours=False)

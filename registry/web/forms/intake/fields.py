"""Fields of the counter: a line of text without tricks, and a date as far as it is known."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from marshmallow import ValidationError as NotAccepted
from wtforms import Field, FieldList, Form, SelectField, SelectMultipleField, StringField
from wtforms.validators import StopValidation

from registry.web.forms.intake.names import country_code, language_tag
from registry.web.forms.typed import western
from registry.web.texts import mark
from schemas.fields import checked_text, precision_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wtforms.form import BaseForm

#: As registers write it, and as people in Germany do.
_WRITTEN: Final = (
    re.compile(r"(?P<year>\d{4})(-(?P<month>\d{1,2})(-(?P<day>\d{1,2}))?)?", re.ASCII),
    re.compile(r"((?P<day>\d{1,2})[./])?(?P<month>\d{1,2})[./](?P<year>\d{4})", re.ASCII),
)
NO_DATE: Final = mark("Enter a date such as 31.12.1990, 12.1990 or 1990.")
_TRICKS: Final = mark("This text holds characters that cannot be seen or that change the direction of writing.")
_TOO_LONG: Final = mark("This text is too long.")


#: The choice of who chooses nothing.
NOTHING: Final[Mapping[str, str]] = MappingProxyType({"": ""})


class Line(StringField):
    """A line of text as people write it; blanks around it do not count."""

    def __init__(self, label: str, validators: Sequence[object] = (), *, most: int = 200, **settings: Any) -> None:  # noqa: ANN401 - wtforms' own keyword arguments pass through
        """Allow at most `most` characters."""
        super().__init__(label, [*validators, Clean(most)], **settings)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was typed."""
        super().process_formdata([valuelist[0].strip()] if valuelist else [])


class Number(Line):
    """A number of an office, in the digits that offices write."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was typed."""
        super().process_formdata([western(one) or "" for one in valuelist])


class Choice(SelectField):
    """One of several; what a page does not carry was not chosen."""

    def __init__(self, label: str, *, choices: Mapping[str, str] = NOTHING, **settings: Any) -> None:  # noqa: ANN401 - as above
        """Offer codes with their words."""
        super().__init__(label, choices=dict(choices), **{"default": ""} | settings)


class PartialDate(Line):
    """A date as far as it is known; it stays in the field as it was typed."""

    def __init__(self, label: str, **settings: Any) -> None:  # noqa: ANN401 - as above
        """Refuse what is no date."""
        super().__init__(label, [_is_date], most=20, **settings)

    @property
    def partial(self) -> str | None:
        """Return the date as it is recorded, such as "1990-05"; None where nothing was typed, or no date."""
        return partial_date(self.data or "")


class LanguageName(Line):
    """A language by its name; one that nobody can tell is kept in the words it was said in."""

    @property
    def tag(self) -> str | None:
        """Return its BCP 47 tag; None where the words do not decide."""
        return language_tag(self.data or "")


class CountryName(Line):
    """A country by its name in any language of the pages."""

    def __init__(self, label: str, **settings: Any) -> None:  # noqa: ANN401 - as above
        """Refuse what is no country."""
        super().__init__(label, [_is_country], most=100, **settings)

    @property
    def code(self) -> str | None:
        """Return its code (ISO 3166-1 alpha-2)."""
        return country_code(self.data or "")


class Clean:
    """Refuses a text that is too long, or holds what hides or reorders it (as schemas.fields.Text does)."""

    def __init__(self, most: int) -> None:
        """Allow at most `most` characters."""
        self.field_flags = {"maxlength": most}
        self._most = most

    def __call__(self, _form: Form, field: Field) -> None:
        """Look at a field."""
        if not field.data:
            return
        if len(field.data) > self._most:
            raise StopValidation(_TOO_LONG)
        try:
            checked_text(field.data, max_length=self._most)
        except NotAccepted:
            raise StopValidation(_TRICKS) from None


def partial_date(typed: str) -> str | None:
    """Return a date as far as it is known, such as "1990-05"; None for text that is none.

    Args:
        typed: "1990", "1990-05", "1990-05-31", "31.5.1990", "05/1990"; Arabic and Persian digits too.
    """
    text = "".join((western(typed) or "").split())
    for form in _WRITTEN:
        found = form.fullmatch(text)
        if found:
            parts = [found["year"], *(f"{int(found[part]):02}" for part in ("month", "day") if found[part])]
            try:
                precision_of("-".join(parts))
            except NotAccepted:
                return None
            return "-".join(parts)
    return None


def carried(form: BaseForm) -> Iterator[tuple[str, str]]:
    """Yield name and value of everything that was filled in, to be carried through another page."""
    for field in form:
        if isinstance(field, FieldList):
            for one in field:
                yield from carried(one.form)
        elif isinstance(field, SelectMultipleField):
            yield from ((field.name, value) for value in field.data or ())
        elif field.data:
            yield field.name, "y" if field.data is True else str(field.data)


def one_of(words: Mapping[str, str]) -> dict[str, str]:
    """Return a list's codes with their words as the choices of a field, behind an empty one."""
    return {"": "", **{str(code): text for code, text in words.items()}}


def is_filled(form: BaseForm) -> bool:
    """Say whether anything was filled in."""
    return any(True for _ in carried(form))


def _is_country(_form: Form, field: Field) -> None:
    if field.data and country_code(field.data) is None:
        raise StopValidation(mark("Choose a country of the list."))


def _is_date(_form: Form, field: Field) -> None:
    if field.data and partial_date(field.data) is None:
        raise StopValidation(NO_DATE)

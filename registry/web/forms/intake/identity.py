"""Who sits at the counter: what is asked first, because it decides whether somebody is known already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from unicodedata import name as name_of

from wtforms import BooleanField, Form

from registry.web import texts
from registry.web.forms.intake.fields import Choice, Line, Number, PartialDate, one_of
from registry.web.forms.intake.names import countries
from registry.web.texts import mark
from registry.web.wording import codes
from schemas.vocabularies.names import NameForm, NationalityStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Field -> scheme of identifiers; only the first of them help to recognise somebody.
NUMBERS: Final = {
    "azr": "identifiers.azr",
    "bamf": "identifiers.bamf",
    "ba_customer": "identifiers.ba-customer",
    "jobcenter_case": "identifiers.jobcenter-case",
    "insurance": "identifiers.insurance",
}
_NO_QUESTION: Final = "identifiers.insurance"
#: First word of a letter's Unicode name -> script (ISO 15924); another one is told as such.
_SCRIPTS: Final = {
    "LATIN": "Latn", "ARABIC": "Arab", "CYRILLIC": "Cyrl", "ETHIOPIC": "Ethi", "ARMENIAN": "Armn", "GEORGIAN": "Geor",
    "GREEK": "Grek", "HEBREW": "Hebr", "SYRIAC": "Syrc", "DEVANAGARI": "Deva", "BENGALI": "Beng", "GURMUKHI": "Guru",
    "TAMIL": "Taml", "CJK": "Hani",
}  # fmt: skip
_UNKNOWN_SCRIPT: Final = "Zzzz"
_TOO_LITTLE: Final = mark("Enter family name, given name and birth date. Where one is not known, enter a number.")
_NO_NAME: Final = mark("Enter a name: one is enough where there is a number.")


class IdentityForm(Form):
    """Names, birth date and numbers; no health, no grounds, no route."""

    family = Line(mark("Family name"))
    given = Line(mark("Given name"))
    birth_date = PartialDate(mark("Birth date"))
    is_estimated = BooleanField(mark("Day and month are estimated"))
    family_native = Line(mark("Family name in another script"))
    given_native = Line(mark("Given name in another script"))
    sex = Choice(
        mark("Sex"),
        choices=one_of(codes.SEXES),
    )
    nationality = Choice(mark("Nationality"))
    azr = Number(mark("AZR number"), most=60)
    bamf = Number(mark("BAMF file number"), most=60)
    ba_customer = Number(mark("Customer number of BA or Jobcenter"), most=60)
    jobcenter_case = Number(mark("Case number of the Jobcenter"), most=60)
    insurance = Number(mark("Pension insurance number"), most=60)

    def __init__(self, *filled: Any, **settings: Any) -> None:  # noqa: ANN401 - wtforms' own arguments pass through
        """Offer the countries in the language of the page."""
        super().__init__(*filled, **settings)
        known = countries(texts.spoken().code)
        unknown = (NationalityStatus.STATELESS, NationalityStatus.UNCLEAR)
        self.nationality.choices = one_of({**{one: codes.NATIONALITIES[one] for one in unknown}, **known})

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """See that somebody is described well enough to be looked for."""
        if not super().validate(extra_validators):
            return False
        has_number = any(self[field].data for field in NUMBERS if NUMBERS[field] != _NO_QUESTION)
        missing = next((one for one in (self.family, self.given, self.birth_date) if not one.data), None)
        if missing is not None and not has_number:
            missing.errors = [_TOO_LITTLE]
        elif not (self.family.data or self.given.data):
            self.family.errors = [_NO_NAME]
        return not self.errors


def stated(form: IdentityForm) -> list[dict[str, Any]]:
    """Return entries of identity and identifiers, ready for EntryIn; the form is valid."""
    names = [_name(form.family.data, form.given.data, NameForm.CURRENT)]
    if form.family_native.data or form.given_native.data:
        names.append(_name(form.family_native.data, form.given_native.data, NameForm.NATIVE))
    made = [_entry("identity.name", one) for one in names]
    if form.birth_date.partial:
        born = {"date": form.birth_date.partial, "placeholder_suspected": bool(form.is_estimated.data)}
        made.append(_entry("identity.birth-date", born))
    if form.sex.data:
        made.append(_entry("identity.sex", {"code": form.sex.data}))
    if form.nationality.data in {NationalityStatus.STATELESS, NationalityStatus.UNCLEAR}:
        made.append(_entry("identity.nationality", {"status": form.nationality.data}))
    elif form.nationality.data:
        known = {"status": NationalityStatus.KNOWN.value, "country": form.nationality.data}
        made.append(_entry("identity.nationality", known))
    return made + [_entry(kind, {"number": form[field].data}) for field, kind in NUMBERS.items() if form[field].data]


def question(entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return those entries by which somebody can be recognised."""
    return [one for one in entries if one["kind"] != _NO_QUESTION]


def script_of(text: str) -> str:
    """Return the script in which most of a text's letters are written (ISO 15924)."""
    found = [_SCRIPTS.get(name_of(one, "").partition(" ")[0], _UNKNOWN_SCRIPT) for one in text if one.isalpha()]
    return max(found, key=found.count, default=_UNKNOWN_SCRIPT)


def _name(family: str | None, given: str | None, form: NameForm) -> dict[str, str]:
    parts = {part: text for part, text in (("family", family), ("given", given)) if text}
    return parts | {"form": form.value, "script": script_of("".join(parts.values()))}


def _entry(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "value": value}

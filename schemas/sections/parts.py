"""Parts that values of several sections share."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.fields import PartialDate, StrictSchema, Text
from schemas.sections.value import ValueSchema
from schemas.vocabularies.countries import COUNTRIES
from schemas.vocabularies.names import SCRIPTS

_ESCO = r"^http://data\.europa\.eu/esco/(occupation|skill|isced-f)/[0-9A-Za-z-]{1,60}\Z"
_KLDB, _ISCO, _DKZ = r"^[0-9]{1,5}\Z", r"^[0-9]{1,4}\Z", r"^[0-9]{5}(-[0-9]{3})?\Z"


class ReportedCode(StrictSchema):
    """A code of a source's own list, kept beside what it means to us, so that nothing said is lost."""

    scheme = fields.String(
        required=True, validate=validate.Regexp(r"^[a-z0-9][a-z0-9.-]{0,59}\Z", error="Not the name of a code list.")
    )
    code = Text(required=True, max_length=100)
    label = Text(max_length=300)


class OccupationTerm(StrictSchema):
    """An occupation: the title as said, the codes that the source gave with it."""

    title = Text(max_length=300)
    kldb = fields.String(validate=validate.Regexp(_KLDB, error="Not a KldB 2010 code."))
    dkz = fields.String(validate=validate.Regexp(_DKZ, error="Not a DKZ code of BA."))
    isco = fields.String(validate=validate.Regexp(_ISCO, error="Not an ISCO-08 code."))
    esco = fields.String(validate=validate.Regexp(_ESCO, error="Not an ESCO URI."))

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        if not data:
            raise ValidationError("An occupation needs a title or a code.")


class SpanValue(ValueSchema):
    """A value that lasted for a time, as far as its days are known."""

    start = PartialDate()
    end = PartialDate()

    @validates_schema
    def _in_order(self, data: Mapping[str, Any], **_: object) -> None:
        start, end = data.get("start", ""), data.get("end", "")
        known = min(len(start), len(end))
        if start[:known] > end[:known]:
            raise ValidationError("It ends before it starts.", "end")


def code(of: type[StrEnum], *, required: bool = False) -> fields.String:
    """Return a field for one code of a closed list."""
    return fields.String(required=required, validate=_one_of(of))


def code_or_null(of: type[StrEnum], *, required: bool = False) -> fields.String:
    """Return a field for one code of a closed list or null; null where it is missing, unless required."""
    if required:
        return fields.String(required=True, allow_none=True, validate=_one_of(of))
    return fields.String(load_default=None, allow_none=True, validate=_one_of(of))


def script() -> fields.String:
    """Return a field for the script in which something is written."""
    known = validate.OneOf(sorted(SCRIPTS), error="Not a script code (ISO 15924).")
    return fields.String(required=True, validate=known)


def country() -> fields.String:
    """Return a field for a country code."""
    return fields.String(validate=validate.OneOf(sorted(COUNTRIES), error="Not a country code (ISO 3166-1 alpha-2)."))


def esco() -> fields.String:
    """Return a field for an ESCO concept."""
    return fields.String(validate=validate.Regexp(_ESCO, error="Not an ESCO URI."))


def reported() -> fields.List[Any]:
    """Return a field for the codes a source gave."""
    return fields.List(fields.Nested(ReportedCode), validate=validate.Length(min=1, max=20, error="1 to 20 codes."))


def whole(least: int, most: int) -> fields.Integer:
    """Return a field for a whole number between two limits; text and fractions are refused."""
    return fields.Integer(strict=True, validate=validate.Range(least, most))


def flag() -> fields.Boolean:
    """Return a field for yes or no; a missing one says that nobody said."""
    return fields.Boolean(truthy={True}, falsy={False})


def insist_on_one(data: Mapping[str, Any], *names: str) -> None:
    """Refuse a value in which none of these fields is filled.

    Raises:
        ValidationError: none is.
    """
    if not any(name in data for name in names):
        raise ValidationError(f"One of these is needed: {', '.join(names)}.")


def _one_of(words: type[StrEnum]) -> validate.OneOf:
    return validate.OneOf([word.value for word in words])

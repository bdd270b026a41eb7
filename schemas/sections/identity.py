"""Who somebody is: names in all their forms, birth, sex, nationality."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validates_schema

from schemas.fields import PartialDate, Text
from schemas.sections.parts import code, country, script
from schemas.sections.value import ValueSchema
from schemas.vocabularies.names import NameForm, NationalityStatus, Sex


class NameValue(ValueSchema):
    """One form of a name, in one script, as one source writes it."""

    kind: ClassVar[str] = "identity.name"

    family = Text(max_length=200)
    given = Text(max_length=200)
    form = code(NameForm, required=True)
    script = script()

    @validates_schema
    def _one_part(self, data: Mapping[str, Any], **_: object) -> None:
        if "family" not in data and "given" not in data:
            raise ValidationError("A name needs a family or a given name.")


class BirthDateValue(ValueSchema):
    """A birth date as far as it is known; 1 January is often a stand-in for an unknown day."""

    kind: ClassVar[str] = "identity.birth-date"

    date = PartialDate(required=True)
    placeholder_suspected = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class SexValue(ValueSchema):
    """The sex a register or a person states."""

    kind: ClassVar[str] = "identity.sex"

    code = code(Sex, required=True)


class NationalityValue(ValueSchema):
    """One nationality, or the statement that there is none or that it is unclear."""

    kind: ClassVar[str] = "identity.nationality"

    status = code(NationalityStatus, required=True)
    country = country()

    @validates_schema
    def _country_when_known(self, data: Mapping[str, Any], **_: object) -> None:
        if (data["status"] == NationalityStatus.KNOWN) != ("country" in data):
            raise ValidationError("A country belongs to a known nationality, and only there.", "country")


class BirthPlaceValue(ValueSchema):
    """Where somebody was born, as said."""

    kind: ClassVar[str] = "identity.birth-place"

    place = Text(max_length=200)
    country = country()

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        if not data:
            raise ValidationError("A birth place needs a place or a country.")

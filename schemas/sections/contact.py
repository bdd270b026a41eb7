"""Where and how somebody can be reached."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import fields, validate, validates_schema

from schemas.fields import Text
from schemas.sections.parts import code, country, flag, insist_on_one
from schemas.sections.value import ValueSchema
from schemas.vocabularies.languages import TAG
from schemas.vocabularies.working import PhoneKind


class AddressValue(ValueSchema):
    """A postal address, as far as it was told."""

    kind: ClassVar[str] = "contact.address"

    street = Text(max_length=200)
    house_number = Text(max_length=30)
    addition = Text(max_length=200)
    postcode = Text(max_length=20)
    place = Text(max_length=200)
    country = country()

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        insist_on_one(data, "street", "postcode", "place")


class PhoneValue(ValueSchema):
    """A telephone number as written."""

    kind: ClassVar[str] = "contact.phone"

    number = Text(required=True, max_length=60)
    type = code(PhoneKind)


class EmailValue(ValueSchema):
    """An e-mail address."""

    kind: ClassVar[str] = "contact.email"

    address = fields.Email(required=True, validate=validate.Length(max=254))


class ContactLanguageValue(ValueSchema):
    """In which language somebody wants to be spoken or written to."""

    kind: ClassVar[str] = "contact.language"

    language = fields.String(required=True, validate=validate.Regexp(TAG, error="Not a language tag (BCP 47)."))
    interpreter_needed = flag()
    reads_it = flag()

"""Recording a person, and the letter that lets her in."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.compartments import Compartment
from schemas.entries import EntryIn, EntryOut
from schemas.fields import StrictSchema, Text
from schemas.resources.sessions import PIN

_WARNINGS = {"description": "what looks unusual and was recorded all the same; words without the value"}


class PersonIn(StrictSchema):
    """A new person as the own agency knows her; entries can also follow later."""

    entries = fields.List(fields.Nested(EntryIn), required=True, validate=validate.Length(max=500))
    #: the match that the clerk chose: "the same"
    same_as = Text(max_length=4000)
    #: what she said instead: none of these matches, or that she cannot tell; then offices decide later
    different_from = fields.List(Text(max_length=4000), validate=validate.Length(min=1, max=5))
    unsure_of = fields.List(Text(max_length=4000), validate=validate.Length(min=1, max=5))

    @validates_schema
    def _one_verdict(self, data: dict[str, Any], **_: object) -> None:
        if len(data.keys() & {"same_as", "different_from", "unsure_of"}) > 1:
            raise ValidationError("Say the same, different or unsure, and only one of them.")


class PersonOut(StrictSchema):
    """The ids of a person and of the agency's own appearance of her, and what to look at again."""

    id = fields.UUID(required=True)
    appearance = fields.UUID(required=True)
    warnings = fields.List(fields.String(), required=True, metadata=_WARNINGS)
    linked = fields.Boolean(
        required=True, metadata={"description": "whether she was linked with the chosen match; id is that person then"}
    )


class CompartmentIn(StrictSchema):
    """All that the own agency says now in one compartment; what it does not repeat ends and stays as history."""

    entries = fields.List(fields.Nested(EntryIn), required=True, validate=validate.Length(max=500))


class CompartmentOut(StrictSchema):
    """One compartment of the own agency's appearance, with everything it ever said there."""

    person = fields.UUID(required=True)
    appearance = fields.UUID(required=True)
    compartment = fields.Enum(Compartment, by_value=True, required=True)
    entries = fields.List(fields.Nested(EntryOut), required=True)
    warnings = fields.List(fields.String(), required=True, metadata=_WARNINGS)


class LetterIn(StrictSchema):
    """The PIN the person chooses at the counter; it is never printed on the letter.

    While a letter of hers counts, another one takes its code (`old_code`), or the session of a second officer of the
    same agency, one of them an approver (`approval`).
    """

    pin = fields.String(required=True, validate=PIN, load_only=True)
    old_code = Text(max_length=60, load_only=True)
    approval = Text(max_length=100, load_only=True)


class LetterOut(StrictSchema):
    """What is printed once: the code to sign in and the numbered codes that confirm decisions."""

    letter_code = fields.String(required=True)
    codes = fields.List(fields.String(), required=True)

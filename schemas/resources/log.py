"""The log as a person reads it."""

from marshmallow import fields

from schemas.compartments import Section
from schemas.fields import Instant, SortedEnums, StrictSchema
from schemas.vocabularies.access import Basis, Purpose


class LogLineOut(StrictSchema):
    """Who did what with the person's data, when and why; officers stay unnamed."""

    at = Instant(required=True)
    event = fields.String(required=True)
    agency = fields.UUID(required=True, allow_none=True)
    purpose = fields.Enum(Purpose, by_value=True, required=True, allow_none=True)
    sections = SortedEnums(fields.Enum(Section, by_value=True), required=True)
    basis = fields.Enum(Basis, by_value=True, required=True, allow_none=True)
    outcome = fields.String(required=True)

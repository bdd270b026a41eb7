"""A profile as one reader may see it: granted sections with their entries, and placeholders for the rest."""

from enum import StrEnum

from marshmallow import fields

from schemas.compartments import Section
from schemas.entries import EntryOut
from schemas.fields import StrictSchema
from schemas.resources.links import ContradictionOut
from schemas.vocabularies.access import Purpose


class SectionStatus(StrEnum):
    """Whether a section is open to the reader; not-shared says nothing about whether anything is there."""

    GRANTED = "granted"
    NOT_SHARED = "not-shared"


class SectionOut(StrictSchema):
    """One section; entries are empty where it is not shared."""

    section = fields.Enum(Section, by_value=True, required=True)
    status = fields.Enum(SectionStatus, by_value=True, required=True)
    entries = fields.List(fields.Nested(EntryOut), required=True)


class ProfileOut(StrictSchema):
    """What one agency sees of a person for one purpose; the sections listed come from its ceiling, never from data."""

    person = fields.UUID(required=True)
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    sections = fields.List(fields.Nested(SectionOut), required=True)
    contradictions = fields.List(fields.Nested(ContradictionOut), required=True)

"""Work: jobs with the title as said and the codes given, and what somebody does at present."""

from typing import ClassVar

from marshmallow import fields, validate

from schemas.fields import PartialDate, Text
from schemas.sections.parts import OccupationTerm, SpanValue, code, country, flag, reported, whole
from schemas.sections.value import ValueSchema
from schemas.vocabularies.working import EmploymentStatus


class ExperienceValue(SpanValue):
    """One job. An employer in the country of origin is only recorded where the person wants it."""

    kind: ClassVar[str] = "work.experience"

    occupation = fields.Nested(OccupationTerm, required=True)
    employer = Text(max_length=300)
    country = country()
    place = Text(max_length=200)
    #: BA's level of requirement: 1 helper, 2 skilled, 3 specialist, 4 expert
    requirement_level = whole(1, 4)
    hours_per_week = whole(1, 80)
    tasks = fields.List(Text(max_length=500), validate=validate.Length(max=50, error="At most 50 tasks."))
    is_last = flag()
    reported = reported()


class WorkStatusValue(ValueSchema):
    """What somebody does at present, as one office records it."""

    kind: ClassVar[str] = "work.status"

    status = code(EmploymentStatus, required=True)
    since = PartialDate()
    reported = reported()

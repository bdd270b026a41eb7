"""Courses, tests, measures and placements with their outcomes."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import fields, validate, validates_schema

from schemas.fields import PartialDate, StrictSchema, Text
from schemas.sections.parts import OccupationTerm, SpanValue, code, flag, insist_on_one, reported, whole
from schemas.sections.value import ValueSchema
from schemas.vocabularies.languages import Cefr
from schemas.vocabularies.pathways import CourseKind, LegalCircle, ParticipationStatus


class CourseSection(StrictSchema):
    """One section of a course."""

    number = whole(1, 50)
    start = PartialDate()
    end = PartialDate()
    lessons = whole(0, 5000)


class CourseValue(SpanValue):
    """A course somebody takes or took; its test results per skill stand with the language."""

    kind: ClassVar[str] = "pathway.course"

    type = code(CourseKind, required=True)
    as_said = Text(max_length=300)
    provider = Text(max_length=300)
    status = code(ParticipationStatus)
    registered_on = PartialDate()
    #: the level the course leads to
    target_level = code(Cefr)
    #: the level an office reports as its result, without saying by which test
    result_level = code(Cefr)
    result_on = PartialDate()
    sections = fields.List(
        fields.Nested(CourseSection), validate=validate.Length(min=1, max=50, error="1 to 50 sections.")
    )
    reported = reported()


class EntitlementValue(ValueSchema):
    """The right or the duty to take a course."""

    kind: ClassVar[str] = "pathway.entitlement"

    type = code(CourseKind, required=True)
    #: entitled or obliged; missing where the source's code says neither in words we know
    status = code(ParticipationStatus)
    target_level = code(Cefr)
    valid_until = PartialDate()
    is_repeater = flag()
    legal_circle = code(LegalCircle)
    reported = reported()


class PlacementTestValue(ValueSchema):
    """A test before a course, and what it recommends."""

    kind: ClassVar[str] = "pathway.placement-test"

    date = PartialDate()
    recommendation = Text(max_length=500)
    level = code(Cefr)

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        insist_on_one(data, "date", "recommendation", "level")


class MeasureValue(SpanValue):
    """A measure of active labour market policy."""

    kind: ClassVar[str] = "pathway.measure"

    name = Text(required=True, max_length=300)
    provider = Text(max_length=300)
    status = code(ParticipationStatus)
    reported = reported()


class PlacementValue(SpanValue):
    """A placement into work or training."""

    kind: ClassVar[str] = "pathway.placement"

    occupation = fields.Nested(OccupationTerm)
    employer = Text(max_length=300)
    status = code(ParticipationStatus)

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        insist_on_one(data, "occupation", "employer", "status")


class OutcomeValue(ValueSchema):
    """What came of a course, measure or placement."""

    kind: ClassVar[str] = "pathway.outcome"

    subject = Text(required=True, max_length=300)
    result = Text(required=True, max_length=500)
    date = PartialDate()


class LegalCircleValue(ValueSchema):
    """Which law benefits and placement follow at present, and how an office profiles the person."""

    kind: ClassVar[str] = "pathway.legal-circle"

    circle = code(LegalCircle)
    since = PartialDate()
    #: BA's profile position, for example FOERDERPROFIL
    profile_position = Text(max_length=100)
    reported = reported()

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        insist_on_one(data, "circle", "profile_position", "reported")

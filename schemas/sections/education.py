"""School, university, vocational and further education: levels by ISCED, German equals only where certified."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import fields, validate, validates_schema

from schemas.fields import Text
from schemas.sections.parts import OccupationTerm, SpanValue, code, country, flag, insist_on_one, reported, whole
from schemas.vocabularies.qualifications import AnabinRating, Completion, Degree, GermanLeaving, IscedLevel


class EducationValue(SpanValue):
    """What every kind of education can say."""

    as_said = Text(max_length=300)
    institution = Text(max_length=300)
    country = country()
    isced_level = code(IscedLevel)
    isced_field = fields.String(validate=validate.Regexp(r"^[0-9]{2,4}\Z", error="Not an ISCED-F 2013 code."))
    completion = code(Completion)
    recognised_in_germany = flag()
    reported = reported()


class SchoolValue(EducationValue):
    """Attendance of a school."""

    kind: ClassVar[str] = "education.school"

    years = whole(0, 25)
    last_class = whole(1, 14)
    german_leaving = code(GermanLeaving)

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        insist_on_one(
            data, "as_said", "institution", "years", "last_class", "german_leaving", "isced_level", "reported"
        )


class UniversityValue(EducationValue):
    """Studies."""

    kind: ClassVar[str] = "education.university"

    subject = Text(max_length=300)
    degree = code(Degree)
    anabin = code(AnabinRating)

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        insist_on_one(data, "as_said", "institution", "subject", "degree", "isced_level", "reported")


class VocationalValue(EducationValue):
    """Vocational training, or the statement that there is none."""

    kind: ClassVar[str] = "education.vocational"

    occupation = fields.Nested(OccupationTerm)
    duration_months = whole(0, 240)
    #: whether there is a vocational qualification at all, in this source's eyes
    has_qualification = flag()

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        insist_on_one(data, "as_said", "institution", "occupation", "has_qualification", "isced_level", "reported")


class FurtherValue(EducationValue):
    """A course, certificate or training beside school, university and vocational training."""

    kind: ClassVar[str] = "education.further"

    duration_hours = whole(0, 20_000)

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        insist_on_one(data, "as_said", "institution", "reported")

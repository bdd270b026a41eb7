"""Skills, strengths, licences and assessments; grades stay on the scale they were given on."""

from typing import ClassVar

from marshmallow import fields, validate

from schemas.fields import PartialDate, StrictSchema, Text
from schemas.sections.parts import OccupationTerm, code, country, esco, flag, reported
from schemas.sections.value import ValueSchema
from schemas.vocabularies.working import LicenceKind, SkillScale


class SkillGrade(StrictSchema):
    """A grade on one scale."""

    scale = code(SkillScale, required=True)
    code = Text(required=True, max_length=60)


class SkillValue(ValueSchema):
    """Something a person can do, in the words it was said in."""

    kind: ClassVar[str] = "skills.skill"

    name = Text(required=True, max_length=300)
    group = Text(max_length=200)
    esco = esco()
    grade = fields.Nested(SkillGrade)
    reported = reported()


class StrengthValue(ValueSchema):
    """A personal strength, in the words it was said in."""

    kind: ClassVar[str] = "skills.strength"

    name = Text(required=True, max_length=300)
    esco = esco()


class LicenceValue(ValueSchema):
    """A licence, or the statement that there is none of this kind."""

    kind: ClassVar[str] = "skills.licence"

    type = code(LicenceKind, required=True)
    code = Text(max_length=20)
    name = Text(max_length=200)
    holds = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    country = country()
    valid_in_germany = flag()
    valid_until = PartialDate()


class AssessedField(StrictSchema):
    """One field of action with its grade."""

    name = Text(required=True, max_length=300)
    grade = fields.Nested(SkillGrade, required=True)


class AssessmentValue(ValueSchema):
    """A test of what somebody can do in an occupation, for example MYSKILLS."""

    kind: ClassVar[str] = "skills.assessment"

    instrument = Text(required=True, max_length=200)
    occupation = fields.Nested(OccupationTerm)
    date = PartialDate()
    issuer = Text(max_length=300)
    fields_of_action = fields.List(
        fields.Nested(AssessedField), load_default=list, validate=validate.Length(max=50, error="At most 50 fields.")
    )

"""Recognition of what was learned elsewhere: procedures with their state, statements of comparability."""

from typing import ClassVar

from marshmallow import fields

from schemas.fields import PartialDate, Text
from schemas.sections.parts import OccupationTerm, code, country, reported
from schemas.sections.value import ValueSchema
from schemas.vocabularies.qualifications import AnabinRating, RecognitionState


class ProcedureValue(ValueSchema):
    """A procedure, or what an office says about recognition of one qualification."""

    kind: ClassVar[str] = "recognition.procedure"

    state = code(RecognitionState, required=True)
    #: what is to be recognised, as said: a degree, a training, an occupation
    subject = Text(max_length=300)
    occupation = fields.Nested(OccupationTerm)
    reference_occupation = fields.Nested(OccupationTerm)
    country = country()
    authority = Text(max_length=300)
    applied_on = PartialDate()
    decided_on = PartialDate()
    reported = reported()


class ComparabilityValue(ValueSchema):
    """A statement of comparability for a university degree (ZAB), or a rating of the university."""

    kind: ClassVar[str] = "recognition.comparability"

    subject = Text(required=True, max_length=300)
    issuer = Text(max_length=300)
    date = PartialDate()
    result = Text(max_length=300)
    anabin = code(AnabinRating)

"""What somebody needs to get on, with target and next step; never health."""

from typing import ClassVar

from marshmallow import fields

from schemas.fields import PartialDate, Text
from schemas.sections.parts import OccupationTerm, code, flag, reported, whole
from schemas.sections.value import ValueSchema
from schemas.vocabularies.languages import Cefr
from schemas.vocabularies.pathways import NeedStatus


class NeedValue(ValueSchema):
    """What every need can say."""

    text = Text(required=True, max_length=1000, lines=True)
    #: the office's own heading, for example QUALIFIKATION
    group = Text(max_length=100)
    target = Text(max_length=300)
    next_step = Text(max_length=500)
    due = PartialDate()
    status = code(NeedStatus)
    reported = reported()


class TrainingNeedValue(NeedValue):
    """A need of training."""

    kind: ClassVar[str] = "needs.training"

    occupation = fields.Nested(OccupationTerm)


class LanguageNeedValue(NeedValue):
    """A need of a language level."""

    kind: ClassVar[str] = "needs.language"

    target_level = code(Cefr)


class RecognitionNeedValue(NeedValue):
    """A need of recognition."""

    kind: ClassVar[str] = "needs.recognition"

    occupation = fields.Nested(OccupationTerm)


class SupportNeedValue(NeedValue):
    """A need of other support, such as a bicycle, a computer or a quiet place to learn."""

    kind: ClassVar[str] = "needs.support"


class ChildcareNeedValue(NeedValue):
    """A need of childcare: how many children and which hours, nothing about the children."""

    kind: ClassVar[str] = "needs.childcare"

    children = whole(1, 20)
    is_arranged = flag()

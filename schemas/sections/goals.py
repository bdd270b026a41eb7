"""What somebody wants: occupation, training, working time, places within reach."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import fields, validate, validates_schema

from schemas.fields import PartialDate, Text
from schemas.sections.parts import OccupationTerm, code, flag, insist_on_one, whole
from schemas.sections.value import ValueSchema
from schemas.vocabularies.working import WorkingTime


class OccupationGoalValue(ValueSchema):
    """An occupation somebody wants to work in."""

    kind: ClassVar[str] = "goals.occupation"

    occupation = fields.Nested(OccupationTerm, required=True)
    priority = whole(1, 20)


class TrainingGoalValue(ValueSchema):
    """A training somebody wants to take."""

    kind: ClassVar[str] = "goals.training"

    occupation = fields.Nested(OccupationTerm)
    text = Text(max_length=500)
    start = PartialDate()

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        insist_on_one(data, "occupation", "text")


class WorkingTimeValue(ValueSchema):
    """How much and when somebody can work."""

    kind: ClassVar[str] = "goals.working-time"

    models = fields.List(
        code(WorkingTime), required=True, validate=validate.Length(min=1, max=10, error="1 to 10 models.")
    )
    hours_per_week = whole(1, 80)
    from_date = PartialDate()


class MobilityValue(ValueSchema):
    """How far somebody can travel or move for work."""

    kind: ClassVar[str] = "goals.mobility"

    radius_km = whole(0, 1000)
    would_move = flag()
    has_vehicle = flag()
    text = Text(max_length=500)

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        insist_on_one(data, "radius_km", "would_move", "has_vehicle", "text")

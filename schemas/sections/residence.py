"""Residence, as far as work and courses depend on it; never grounds of asylum, never a route."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import validates_schema

from schemas.fields import PartialDate, Text
from schemas.sections.parts import code, insist_on_one, reported
from schemas.sections.value import ValueSchema
from schemas.vocabularies.working import ResidenceCategory, WorkPermission


class TitleValue(ValueSchema):
    """The category of a residence title or status, as an office names it."""

    kind: ClassVar[str] = "residence.title"

    title = Text(max_length=200)
    category = code(ResidenceCategory)
    norm = Text(max_length=100)
    valid_until = PartialDate()
    reported = reported()

    @validates_schema
    def _something(self, data: Mapping[str, Any], **_: object) -> None:
        insist_on_one(data, "title", "category", "norm", "reported")


class ArrivalValue(ValueSchema):
    """When somebody came to Germany."""

    kind: ClassVar[str] = "residence.arrival"

    date = PartialDate(required=True)


class EmploymentPermissionValue(ValueSchema):
    """Whether a residence document allows employment."""

    kind: ClassVar[str] = "residence.employment-permission"

    permission = code(WorkPermission, required=True)
    valid_until = PartialDate()
    conditions = Text(max_length=500, lines=True)


class PlaceObligationValue(ValueSchema):
    """An obligation to live in one place (section 12a AufenthG)."""

    kind: ClassVar[str] = "residence.place-obligation"

    place = Text(required=True, max_length=200)
    valid_until = PartialDate()

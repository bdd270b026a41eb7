"""What offices ask persons for, and the feed that tells an office what became of it and of what it may see."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.compartments import Section
from schemas.fields import Instant, SortedEnums, StrictSchema
from schemas.vocabularies.access import REASONS, Purpose, RequestReason, RequestStatus

_one_or_more = validate.Length(min=1, max=len(Section), error="Name at least one section.")


class RequestIn(StrictSchema):
    """What an office asks a person for: sections, one purpose, and the reason she reads."""

    purpose = fields.Enum(Purpose, by_value=True, required=True)
    sections = fields.List(fields.Enum(Section, by_value=True), required=True, validate=_one_or_more)
    reason = fields.Enum(RequestReason, by_value=True, required=True)

    @validates_schema
    def _fits(self, data: Mapping[str, Any], **_: object) -> None:
        if len(set(data["sections"])) != len(data["sections"]):
            raise ValidationError("Name each section once.", "sections")
        if data["purpose"] not in REASONS[data["reason"]]:
            raise ValidationError("This is no reason for that purpose.", "reason")


class RequestOut(StrictSchema):
    """A request as the person sees it; `grant` is her answer where she gave one, `ends_at` until when she can."""

    id = fields.UUID(required=True)
    agency = fields.UUID(required=True, attribute="agency_id")
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    sections = SortedEnums(fields.Enum(Section, by_value=True), required=True)
    reason = fields.Enum(RequestReason, by_value=True, required=True)
    status = fields.Enum(RequestStatus, by_value=True, required=True)
    asked_at = Instant(required=True)
    ends_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)
    grant = fields.UUID(required=True, allow_none=True, attribute="grant_id")


class OfficeRequestOut(RequestOut):
    """The same for the office that asked: of whom, and which of its officers did; she is not told the officer."""

    person = fields.UUID(required=True, attribute="person_id")
    asked_by = fields.UUID(required=True)


class RequestsOut(StrictSchema):
    """A piece of what a person was ever asked for, the newest first; `next` is the cursor of the piece after it."""

    requests = fields.List(fields.Nested(RequestOut), required=True)
    next = fields.String(required=True, allow_none=True)


class OfficeRequestsOut(StrictSchema):
    """A piece of what an office ever asked for, the newest first; `next` is the cursor of the piece after it."""

    requests = fields.List(fields.Nested(OfficeRequestOut), required=True)
    next = fields.String(required=True, allow_none=True)


class FeedItemOut(StrictSchema):
    """That something happened which concerns the office; never what was said, which is read with a permit."""

    at = Instant(required=True)
    event = fields.String(required=True, metadata={"description": "as the log names it"})
    person = fields.UUID(required=True)
    becomes = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "the id of her from now on, where who is who was decided anew"},
    )
    purpose = fields.Enum(Purpose, by_value=True, required=True, allow_none=True)
    sections = SortedEnums(fields.Enum(Section, by_value=True), required=True)
    grants = fields.List(fields.UUID(), required=True)
    request = fields.UUID(required=True, allow_none=True)


class FeedOut(StrictSchema):
    """A piece of the feed, the oldest first; the same `cursor` again tells what was told after it.

    `behind_seconds` is the age of the oldest line of the log that this answer did not look at, 0 where there is none.
    """

    items = fields.List(fields.Nested(FeedItemOut), required=True)
    cursor = fields.String(required=True, metadata={"description": "where the next piece begins; keep it"})
    more = fields.Boolean(required=True, metadata={"description": "true: ask again at once"})
    behind_seconds = fields.Integer(required=True)

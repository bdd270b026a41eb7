"""Giving and showing grants."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.compartments import Section
from schemas.fields import Instant, SortedEnums, StrictSchema, Text
from schemas.resources.sessions import PIN
from schemas.vocabularies.access import Basis, Channel, GrantStatus, Purpose

_one_or_more = validate.Length(min=1, max=len(Section), error="Name at least one section.")
_DIGEST = validate.Regexp(r"[0-9a-f]{64}\Z", error="A SHA-256 digest has 64 hex digits.")


class ProofIn(StrictSchema):
    """What only the person has: the PIN and one unused code of the letter."""

    pin = fields.String(required=True, validate=PIN, load_only=True)
    code_index = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=100))
    code = Text(required=True, max_length=40, load_only=True)


class NoticeIn(StrictSchema):
    """Which text reached the person before she decided, and how: as whoever shows it can tell."""

    version = Text(required=True, max_length=20)
    language = Text(required=True, max_length=35)
    sha256 = fields.String(required=True, validate=_DIGEST)
    channel = fields.Enum(Channel, by_value=True, required=True)


class NoticeOut(StrictSchema):
    """The text to show before a decision; `sha256` is the digest of its UTF-8 bytes, in hex.

    Where `is_approved` is false nobody has compared it with the German original yet, which then belongs beside it.
    """

    version = fields.String(required=True)
    language = fields.String(required=True)
    text = fields.String(required=True)
    sha256 = fields.String(required=True, validate=_DIGEST)
    is_approved = fields.Boolean(required=True)


class GrantIn(StrictSchema):
    """What the person lets one agency use, for what and until when; `request` says which question it answers."""

    agency = fields.UUID(required=True)
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    sections = fields.List(fields.Enum(Section, by_value=True), required=True, validate=_one_or_more)
    until = fields.Date(required=True)
    request = fields.UUID()
    notice = fields.Nested(NoticeIn, required=True)
    proof = fields.Nested(ProofIn, required=True)

    @validates_schema
    def _each_once(self, data: Mapping[str, Any], **_: object) -> None:
        if len(set(data["sections"])) != len(data["sections"]):
            raise ValidationError("Name each section once.", "sections")


class RecallOut(StrictSchema):
    """When the office was told that the grant ended, and when it acknowledged; null while it has not."""

    written_at = Instant(required=True)
    acknowledged_at = Instant(required=True, allow_none=True)


class GrantOut(StrictSchema):
    """A grant as its person and its agency see it."""

    id = fields.UUID(required=True)
    agency = fields.UUID(required=True, attribute="agency_id")
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    basis = fields.Enum(Basis, by_value=True, required=True)
    norm = fields.String(required=True, allow_none=True)
    sections = SortedEnums(fields.Enum(Section, by_value=True), required=True)
    appearances = fields.List(fields.UUID(), required=True)
    not_before = Instant(required=True)
    not_after = Instant(required=True)
    status = fields.Enum(GrantStatus, by_value=True, required=True)
    recall = fields.Nested(RecallOut, required=True, allow_none=True)

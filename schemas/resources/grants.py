"""Giving and showing grants."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.compartments import Section
from schemas.fields import Instant, SortedEnums, StrictSchema, Text
from schemas.resources.sessions import ChallengeOut, ProofIn
from schemas.vocabularies.access import Basis, Channel, GrantStatus, Purpose

_one_or_more = validate.Length(min=1, max=len(Section), error="Name at least one section.")
_DIGEST = validate.Regexp(r"[0-9a-f]{64}\Z", error="A SHA-256 digest has 64 hex digits.")


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


class DraftIn(StrictSchema):
    """What the person would let one agency use, for what and until when; `request` says which question it answers."""

    agency = fields.UUID(required=True)
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    sections = fields.List(fields.Enum(Section, by_value=True), required=True, validate=_one_or_more)
    until = fields.Date(required=True)
    request = fields.UUID()
    notice = fields.Nested(NoticeIn, required=True)

    @validates_schema
    def _each_once(self, data: Mapping[str, Any], **_: object) -> None:
        if len(set(data["sections"])) != len(data["sections"]):
            raise ValidationError("Name each section once.", "sections")


class DraftOut(ChallengeOut):
    """The record that a passkey shall sign; `draft` goes back with what it signed, within ten minutes."""

    draft = fields.String(required=True)
    record = fields.String(required=True, metadata={"description": "canonical JSON, as text"})


class GrantIn(DraftIn):
    """What the person lets one agency use, for what and until when; `request` says which question it answers."""

    proof = fields.Nested(ProofIn, required=True)
    draft = Text(max_length=200, metadata={"description": "of the record that a passkey signed"})

    @validates_schema
    def _with_its_record(self, data: Mapping[str, Any], **_: object) -> None:
        if ("draft" in data) != ("passkey" in data["proof"]):
            raise ValidationError("A passkey signs a draft, and nothing else does.", "draft")


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

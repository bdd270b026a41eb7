"""Signing in: with password and one-time code, or with the code of a letter and its PIN."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.fields import Instant, StrictSchema, Text
from schemas.vocabularies.access import ActorKind, AgencyKind

_STAFF = frozenset({"login", "password", "totp"})
_LETTER = frozenset({"letter_code", "pin"})

#: A PIN is typed by people: 6 to 12 digits.
PIN = validate.Regexp(r"[0-9]{6,12}\Z", error="A PIN has 6 to 12 digits.")


class SessionIn(StrictSchema):
    """One way of signing in, completely, and nothing of the other."""

    login = Text(max_length=100)
    password = fields.String(validate=validate.Length(min=1, max=256), load_only=True)
    totp = fields.String(validate=validate.Regexp(r"[0-9]{6}\Z", error="A one-time code has 6 digits."), load_only=True)
    letter_code = Text(max_length=60, load_only=True)
    pin = fields.String(validate=PIN, load_only=True)

    @validates_schema
    def _one_way(self, data: Mapping[str, Any], **_: object) -> None:
        if set(data) not in (_STAFF, _LETTER):
            raise ValidationError("Send login, password and totp, or letter_code and pin.")


class AgencyOut(StrictSchema):
    """An office as others see it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.Enum(AgencyKind, by_value=True, required=True)


class SessionOut(StrictSchema):
    """An open session; the token is shown once."""

    token = fields.String(required=True)
    kind = fields.Enum(ActorKind, by_value=True, required=True)
    actor = fields.UUID(required=True)
    agency = fields.UUID(required=True, allow_none=True)
    ends_at = Instant(required=True)

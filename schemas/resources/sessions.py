"""Signing in, and proving who one is: password and code, letter and PIN, passkey, or a signed token."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.fields import Instant, StrictSchema, Text
from schemas.vocabularies.access import ActorKind, AgencyKind

_WAYS = (
    {"login", "password", "totp"},
    {"letter_code", "pin"},
    {"passkey"},
    {"jwt"},
    {"id_token"},
)
_Ways: TypeAlias = tuple[set[str], ...]
_CODE, _PASSKEY, _PASSWORD = {"pin", "code_index", "code"}, {"passkey"}, {"password", "totp"}

#: A PIN is typed by people: 6 to 12 digits.
PIN = validate.Regexp(r"[0-9]{6,12}\Z", error="A PIN has 6 to 12 digits.")


class _Credential(Text):
    """JSON of a PublicKeyCredential as browsers give it (`toJSON()`), as one string."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - marshmallow's own keyword arguments pass through
        described = {"description": "JSON of a PublicKeyCredential as a browser gives it"}
        super().__init__(max_length=20_000, load_only=True, metadata=described, **settings)


class SessionIn(StrictSchema):
    """One way of signing in, completely, and nothing of another."""

    login = Text(max_length=100)
    password = fields.String(validate=validate.Length(min=1, max=256), load_only=True)
    totp = fields.String(validate=validate.Regexp(r"[0-9]{6}\Z", error="A one-time code has 6 digits."), load_only=True)
    letter_code = Text(max_length=60, load_only=True)
    pin = fields.String(validate=PIN, load_only=True)
    passkey = _Credential()
    jwt = Text(max_length=8000, load_only=True, metadata={"description": "of an agency's own system (RFC 7523)"})
    id_token = Text(max_length=16_000, load_only=True, metadata={"description": "its nonce is a challenge of ours"})

    @validates_schema
    def _one_way(self, data: Mapping[str, Any], **_: object) -> None:
        if set(data) not in _WAYS:
            raise ValidationError("Send login, password and totp, or letter_code and pin, or one of the others alone.")


class _OneWay(StrictSchema):
    """One way of proving something, completely."""

    ways: ClassVar[_Ways] = ()

    @validates_schema
    def _one_way(self, data: Mapping[str, Any], **_: object) -> None:
        if set(data) not in self.ways:
            told = ", or ".join(" and ".join(sorted(way)) for way in self.ways)
            raise ValidationError(f"Send {told}.")


class ProofIn(_OneWay):
    """What only the person has: the PIN and one unused code of the letter, or what one of her passkeys signed."""

    ways: ClassVar[_Ways] = (_CODE, _PASSKEY)

    pin = fields.String(validate=PIN, load_only=True)
    code_index = fields.Integer(strict=True, validate=validate.Range(min=1, max=100))
    code = Text(max_length=40, load_only=True)
    passkey = _Credential()


class AgainIn(_OneWay):
    """What whoever is signed in proves it with again: PIN and unused code, or an officer's password and code."""

    ways: ClassVar[_Ways] = (_CODE, _PASSWORD)

    pin = fields.String(validate=PIN, load_only=True)
    code_index = fields.Integer(strict=True, validate=validate.Range(min=1, max=100))
    code = Text(max_length=40, load_only=True)
    password = fields.String(validate=validate.Length(min=1, max=256), load_only=True)
    totp = fields.String(validate=validate.Regexp(r"[0-9]{6}\Z", error="A one-time code has 6 digits."), load_only=True)


class RemovalIn(AgainIn):
    """The same, or what a passkey signed, to remove one."""

    ways: ClassVar[_Ways] = (_CODE, _PASSKEY, _PASSWORD)

    passkey = _Credential()


class PasskeyIn(StrictSchema):
    """A passkey that was just made, and the proof that its owner wants it."""

    credential = _Credential(required=True)
    proof = fields.Nested(AgainIn, required=True)


class PasskeyOut(StrictSchema):
    """A passkey of whoever is signed in."""

    id = fields.UUID(required=True)
    added_at = Instant(required=True)


class PasskeysOut(StrictSchema):
    """All passkeys of whoever is signed in, the newest first."""

    passkeys = fields.List(fields.Nested(PasskeyOut), required=True)


class SignInChallengeIn(StrictSchema):
    """For a passkey nothing; for an ID token, whose."""

    issuer = Text(max_length=400)


class ChallengeIn(StrictSchema):
    """For which act a passkey shall sign, and what it is about: an appearance to confirm, a passkey to remove."""

    purpose = fields.String(required=True, validate=validate.OneOf(["add", "confirm", "remove"]))
    about = fields.UUID()


class ChallengeOut(StrictSchema):
    """What to sign within five minutes, once; bytes in base64url without padding."""

    challenge = fields.String(required=True)
    party = fields.String(required=True, metadata={"description": "the RP ID"})
    user = fields.String(required=True, metadata={"description": "the user handle; empty for a sign-in"})
    passkeys = fields.List(fields.String(), required=True)


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

"""What comes in and goes out: strict JSON by schema, and answers that nobody stores."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Response, request
from marshmallow import ValidationError

from registry.auth import sessions
from registry.edge.refusals import Malformed, NotJson, NotNamed
from registry.wire.asking import CodeProof, PasskeyProof, PasswordProof
from schemas.canonical import NotCanonicalError, parse_object
from schemas.vocabularies.access import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marshmallow import Schema

_JSON = msgspec.json.Encoder()
_TAG = re.compile(r'"([0-9]{1,9})"')
_KEY = re.compile(r"[!-~]{1,128}")


def incoming(schema: Schema) -> dict[str, Any]:
    """Return the request's body as its schema loads it.

    Raises:
        NotJson: it says that it is something else.
        Malformed: it is not a JSON object that can be read in one way only.
        ValidationError: a field is missing, unknown or wrong.
    """
    if request.mimetype != "application/json":
        raise NotJson("Send Content-Type: application/json.")
    try:
        document = parse_object(request.get_data())
    except NotCanonicalError as wrong:
        raise Malformed(str(wrong)) from None
    loaded: dict[str, Any] = schema.load(document)
    return loaded


def purpose() -> Purpose:
    """Return the purpose that the address names.

    Raises:
        ValidationError: none or an unknown one; there is no usual purpose.
    """
    try:
        return Purpose(request.args.get("purpose", ""))
    except ValueError:
        words = ", ".join(known.value for known in Purpose)
        raise ValidationError({"purpose": [f"Say for what: {words}."]}) from None


def idempotency_key() -> str | None:
    """Return what makes a repeated request recognisable, if the sender said it.

    Raises:
        ValidationError: it is not 1 to 128 visible ASCII characters.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise ValidationError({"Idempotency-Key": ["Send 1 to 128 visible ASCII characters, such as a UUID."]})
    return key


def expected_version() -> int:
    """Return the version that a change was made from, as If-Match names it.

    Raises:
        NotNamed: the request does not say it.
    """
    tag = _TAG.fullmatch(request.headers.get("If-Match", ""))
    if tag is None:
        raise NotNamed("Send If-Match with the ETag that you loaded.")
    return int(tag[1])


def approval(body: Mapping[str, Any]) -> bytes | None:
    """Return the session of a second officer that a body carries, if it does.

    Raises:
        ValidationError: it is no session.
    """
    if "approval" not in body:
        return None
    try:
        return sessions.token_of(body["approval"])
    except sessions.NotSignedIn:
        raise ValidationError({"approval": ["This is no session. Let the second officer sign in."]}) from None


def proof(body: Mapping[str, Any]) -> CodeProof | PasskeyProof | PasswordProof:
    """Return the proof that a body carries, in one of the ways that its schema let through."""
    said = body["proof"]
    if "passkey" in said:
        return PasskeyProof(said["passkey"].encode())
    if "password" in said:
        return PasswordProof(said["password"], said["totp"])
    return CodeProof(said["pin"], said["code_index"], said["code"])


def hers(given: CodeProof | PasskeyProof | PasswordProof) -> CodeProof | PasskeyProof:
    """Return a proof that a person can give; no schema of hers lets another one through."""
    if isinstance(given, PasswordProof):
        raise TypeError("a person has no password")
    return given


def answer(document: Mapping[str, Any], status: int = 200, **headers: str) -> Response:
    """Return a document as JSON.

    Args:
        headers: further headers, with _ for -.
    """
    response = Response(_JSON.encode(document), status, content_type="application/json")
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def nothing() -> Response:
    """Return an answer without a body."""
    return Response(status=204)

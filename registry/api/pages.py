"""Which piece of a long list the address names, and what the description says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from marshmallow import ValidationError

from registry.edge import pieces

if TYPE_CHECKING:
    from registry.edge.pieces import Piece

#: Lines of one answer: without a wish, and at most.
USUAL, MOST = 100, 200
PARAMETERS: tuple[dict[str, Any], ...] = (
    {
        "name": "limit",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
    },
    {
        "name": "cursor",
        "in": "query",
        "required": False,
        "description": "The `next` of the answer before; without it the list begins with the newest.",
        "schema": {"type": "string"},
    },
)


def asked() -> Piece:
    """Return which piece the address names.

    Raises:
        ValidationError: the limit is not one, or the cursor is not one that was answered before.
    """
    return pieces.piece(limit(usual=USUAL, most=MOST), request.args.get("cursor"))


def limit(*, usual: int, most: int) -> int:
    """Return how many the address asks for, without a wish the usual number.

    Raises:
        ValidationError: the limit is not one.
    """
    said = request.args.get("limit", str(usual))
    if not (said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= most and len(said) <= len(str(most))):
        raise ValidationError({"limit": [f"Ask for 1 to {most}."]})
    return int(said)

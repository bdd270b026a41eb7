"""Long lists in pieces: a cursor says where the last piece ended, so new lines on top move nothing."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from flask import request
from marshmallow import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MOMENT_BYTES = 8

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Piece:
    """Which piece of a list, newest first, is asked for: at most so many, after that moment and id."""

    limit: int
    before: tuple[datetime, UUID] | None

    @property
    def fetched(self) -> int:
        """Return how many to fetch: one more tells whether there is a next piece."""
        return self.limit + 1

    def cut(self, found: Sequence[T], key: Callable[[T], tuple[datetime, UUID]]) -> tuple[Sequence[T], str | None]:
        """Return what is answered of what was fetched, and the cursor of the next piece, if there is one."""
        shown = found[: self.limit]
        return shown, _cursor(*key(shown[-1])) if len(found) > self.limit else None


def asked() -> Piece:
    """Return which piece the address names.

    Raises:
        ValidationError: the limit is not one, or the cursor is not one that was answered before.
    """
    cursor = request.args.get("cursor")
    return Piece(limit(usual=USUAL, most=MOST), None if cursor is None else _read(cursor))


def limit(*, usual: int, most: int) -> int:
    """Return how many the address asks for, without a wish the usual number.

    Raises:
        ValidationError: the limit is not one.
    """
    said = request.args.get("limit", str(usual))
    if not (said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= most and len(said) <= len(str(most))):
        raise ValidationError({"limit": [f"Ask for 1 to {most}."]})
    return int(said)


def _cursor(at: datetime, last: UUID) -> str:
    moment = (at - _EPOCH) // _MICROSECOND
    return urlsafe_b64encode(moment.to_bytes(_MOMENT_BYTES) + last.bytes).decode()


def _read(cursor: str) -> tuple[datetime, UUID]:
    try:
        raw = urlsafe_b64decode(cursor)
        moment = _EPOCH + int.from_bytes(raw[:_MOMENT_BYTES]) * _MICROSECOND
        return moment, UUID(bytes=raw[_MOMENT_BYTES:])
    except (ValueError, OverflowError):
        raise ValidationError({"cursor": ["This is no cursor of this list. Begin without one."]}) from None

"""Long lists in pieces, newest first: a cursor says where the last piece ended, so new lines on top move nothing."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from marshmallow import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


def piece(limit: int, cursor: str | None) -> Piece:
    """Return the piece after a cursor; without one the first.

    Raises:
        ValidationError: the cursor is not one that was answered before.
    """
    return Piece(limit, None if cursor is None else _read(cursor))


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

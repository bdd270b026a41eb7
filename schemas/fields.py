"""Our marshmallow fields: text without tricks, partial dates, instants, and the strict base of every schema."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from functools import partial
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.types import StrSequenceOrSet, UnknownOption

from schemas.short_way import CheckedText, ShortWay

#: Bidirectional controls can make a name read as another one; joiners (200C, 200D) stay, Persian needs them.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_PARTIAL_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_FIRST_YEAR, _LAST_YEAR = 1850, 2150


class Precision(StrEnum):
    """How much of a date is known."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


#: By the number of characters.
_PRECISIONS = {4: Precision.YEAR, 7: Precision.MONTH, 10: Precision.DAY}


class StrictSchema(Schema):
    """Base of everything that comes in: a field nobody knows is refused, never dropped."""

    class Meta:
        """Refuse unknown fields, also in nested schemas."""

        unknown = RAISE

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - marshmallow's own keyword arguments pass through
        """Build the fields, and see whether documents can be loaded the short way."""
        super().__init__(**settings)
        self._short_way = ShortWay.through(self)

    def load(
        self,
        data: Any,  # noqa: ANN401 - any JSON it is
        *,
        many: bool | None = None,
        partial: bool | StrSequenceOrSet | None = None,
        unknown: UnknownOption | None = None,
    ) -> Any:  # noqa: ANN401 - marshmallow's signature
        """Load as marshmallow does; a whole, right document, which is nearly every one, by a shorter way.

        The short way asks the same fields, validators and hooks in the same order. Where it meets anything wrong,
        marshmallow goes the long way and says all that is.
        """
        way = self._short_way
        is_whole = type(data) is dict and not (many or self.many or partial or unknown)
        if way is not None and is_whole and way.of is self.load_fields:
            try:
                return way.load(data)
            except ValidationError:
                pass
        return super().load(data, many=many, partial=partial, unknown=unknown)


class Text(CheckedText):
    """Text as people write it: NFC, trimmed, not empty, no control and no bidi control characters."""

    def __init__(self, *, max_length: int = 200, lines: bool = False, **settings: Any) -> None:  # noqa: ANN401 - marshmallow's own keyword arguments pass through
        """Allow at most max_length characters; line breaks only where lines is set."""
        super().__init__(partial(checked_text, max_length=max_length, lines=lines), **settings)
        self.max_length = max_length


class PartialDate(CheckedText):
    """A date as far as it is known: "1990", "1990-03" or "1990-03-14", kept as said."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - marshmallow's own keyword arguments pass through
        """Take marshmallow's settings."""
        super().__init__(_checked_date, **settings)


class Instant(fields.Field[datetime]):
    """A moment in UTC with microseconds: "2026-01-31T09:00:00.000000Z"."""

    def _serialize(
        self,
        value: datetime | None,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        obj: Any,  # noqa: ANN401, ARG002 - marshmallow's signature
        **settings: Any,  # noqa: ANN401, ARG002 - marshmallow's signature
    ) -> str | None:
        return None if value is None else instant_text(value)

    def _deserialize(
        self,
        value: Any,  # noqa: ANN401 - marshmallow's signature
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        data: Mapping[str, Any] | None,  # noqa: ARG002 - marshmallow's signature
        **settings: Any,  # noqa: ANN401, ARG002 - marshmallow's signature
    ) -> datetime:
        if not isinstance(value, str):
            raise ValidationError("Not an instant.")
        try:
            return instant_of(value)
        except ValueError as wrong:
            raise ValidationError(str(wrong)) from wrong


class SortedEnums(fields.List[Enum]):
    """A set of codes, shown in one order."""

    def _serialize(
        self,
        value: Any,  # noqa: ANN401 - marshmallow's signature
        attr: str | None,
        obj: Any,  # noqa: ANN401 - marshmallow's signature
        **settings: Any,  # noqa: ANN401 - marshmallow's signature
    ) -> list[Any] | None:
        ordered = None if value is None else sorted(value, key=str)
        return super()._serialize(ordered, attr, obj, **settings)


def _checked_date(text: str) -> str:
    precision_of(text)
    return text


def checked_text(text: str, *, max_length: int = 200, lines: bool = False) -> str:
    """Return the text in NFC and trimmed.

    Raises:
        ValidationError: empty, too long, or with characters that hide or reorder what is read.
    """
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise ValidationError("This is empty.")
    if len(text) > max_length:
        raise ValidationError(f"Longer than {max_length} characters.")
    if not _BIDI_CONTROLS.isdisjoint(text):
        raise ValidationError("Characters that change the direction of writing are not accepted.")
    if text.isprintable():  # none of the categories below, and quickly seen
        return text
    plain = text.replace("\n", "").replace("\r", "") if lines else text
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in plain):
        raise ValidationError("Control characters are not accepted.")
    return text


def precision_of(partial: str) -> Precision:
    """Return how much of a partial date is known.

    Raises:
        ValidationError: not a partial date, or a day that never was.
    """
    if not _PARTIAL_DATE.fullmatch(partial):
        raise ValidationError('Write a date as "1990", "1990-03" or "1990-03-14".')
    year, month, day = int(partial[:4]), int(partial[5:7] or 1), int(partial[8:] or 1)
    try:
        date(year, month, day)
    except ValueError as wrong:
        raise ValidationError("There is no such day.") from wrong
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValidationError(f"The year is not between {_FIRST_YEAR} and {_LAST_YEAR}.")
    return _PRECISIONS[len(partial)]


def instant_text(at: datetime) -> str:
    """Return an aware moment as UTC text; equal moments give equal text.

    Raises:
        ValueError: the moment has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("An instant needs a zone.")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant_of(text: str) -> datetime:
    """Return the moment an ISO 8601 text with a zone names, in UTC.

    Raises:
        ValueError: not such a text.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("An instant needs a zone.")
    return at.astimezone(UTC)

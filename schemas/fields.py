"""Our marshmallow fields: text without tricks, partial dates, instants, and the strict base of every schema."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from functools import partial
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, missing, validate
from marshmallow.decorators import POST_LOAD, PRE_LOAD, VALIDATES, VALIDATES_SCHEMA
from marshmallow.types import StrSequenceOrSet, UnknownOption

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
        self._short_way = _ShortWay.through(self)

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


@dataclass(frozen=True, slots=True)
class _ShortWay:
    """A schema's fields and hooks, looked up once; most of marshmallow's time goes into keeping books of errors."""

    of: Mapping[str, fields.Field[Any]]  #: a copy of a schema may have other fields
    fields: tuple[tuple[str, Callable[..., Any], bool], ...]  #: name, how to load it, whether it counts if missing
    validators: tuple[Callable[..., object], ...]
    after: tuple[Callable[..., Any], ...]

    @classmethod
    def through(cls, schema: Schema) -> "_ShortWay | None":
        """Return the way through a schema, or None where it uses what this way does not know."""
        hooks = schema._hooks  # noqa: SLF001 - nowhere else does marshmallow say which methods are hooks
        named = [*hooks[VALIDATES_SCHEMA], *hooks[POST_LOAD]]
        is_plain = (
            not hooks[PRE_LOAD]
            and not hooks[VALIDATES]
            and not any(many or settings.get("pass_original") for _, many, settings in named)
            and all(one.data_key is None and one.attribute is None for one in schema.load_fields.values())
            and (schema.unknown, schema.partial, schema.dict_class) == (RAISE, None, dict)
            and type(schema).handle_error is Schema.handle_error
        )
        if not is_plain:
            return None
        return cls(
            schema.load_fields,
            tuple(
                (name, _loading(one), one.required or one.load_default is not missing)
                for name, one in schema.load_fields.items()
            ),
            tuple(getattr(schema, name) for name, _, _ in hooks[VALIDATES_SCHEMA]),
            tuple(getattr(schema, name) for name, _, _ in hooks[POST_LOAD]),
        )

    def load(self, document: dict[str, Any]) -> Any:  # noqa: ANN401 - what a hook makes of it
        """Return the loaded document.

        Raises:
            ValidationError: something is wrong with it; what else is wrong is not looked for.
        """
        loaded = {}
        present = 0
        for name, deserialize, counts in self.fields:
            if name in document:
                present += 1
                loaded[name] = deserialize(document[name], name, document)
            elif counts:
                loaded[name] = deserialize(missing, name, document)
        if present != len(document):
            raise ValidationError("Unknown field.")
        for check in self.validators:
            check(loaded, partial=None, many=False, unknown=RAISE)
        result: Any = loaded
        for after in self.after:
            result = after(result, many=False, partial=None, unknown=RAISE)
        return result


@dataclass(frozen=True, slots=True)
class _Word:
    """A text field whose words are a closed list: a word on it needs no further look."""

    words: frozenset[str]
    otherwise: Callable[..., Any]

    def __call__(self, value: object, name: str, document: dict[str, Any]) -> Any:  # noqa: ANN401 - the field's value
        return value if type(value) is str and value in self.words else self.otherwise(value, name, document)


class Text(fields.String):
    """Text as people write it: NFC, trimmed, not empty, no control and no bidi control characters."""

    def __init__(self, *, max_length: int = 200, lines: bool = False, **settings: Any) -> None:  # noqa: ANN401 - marshmallow's own keyword arguments pass through
        """Allow at most max_length characters; line breaks only where lines is set."""
        super().__init__(**settings)
        self.max_length = max_length
        self.lines = lines

    def _deserialize(
        self,
        value: Any,  # noqa: ANN401 - marshmallow's signature
        attr: str | None,
        data: Mapping[str, Any] | None,
        **settings: Any,  # noqa: ANN401 - marshmallow's signature
    ) -> str:
        text = super()._deserialize(value, attr, data, **settings)
        return checked_text(text, max_length=self.max_length, lines=self.lines)


class PartialDate(fields.String):
    """A date as far as it is known: "1990", "1990-03" or "1990-03-14", kept as said."""

    def _deserialize(
        self,
        value: Any,  # noqa: ANN401 - marshmallow's signature
        attr: str | None,
        data: Mapping[str, Any] | None,
        **settings: Any,  # noqa: ANN401 - marshmallow's signature
    ) -> str:
        text = super()._deserialize(value, attr, data, **settings)
        precision_of(text)
        return text


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


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A mapping whose values are looked at later."""

    otherwise: Callable[..., Any]

    def __call__(self, value: object, name: str, document: object) -> Any:  # noqa: ANN401 - the field's value
        if type(value) is dict and all(type(key) is str for key in value):
            return value.copy()
        return self.otherwise(value, name, document)


@dataclass(frozen=True, slots=True)
class _Said:
    """Text as people write it, and dates as far as they are known: what the field itself would check."""

    check: Callable[[str], str]
    otherwise: Callable[..., Any]

    def __call__(self, value: object, name: str, document: object) -> Any:  # noqa: ANN401 - the field's value
        return self.check(value) if type(value) is str else self.otherwise(value, name, document)


@dataclass(frozen=True, slots=True)
class _Below:
    """A document within a document."""

    nested: fields.Nested
    otherwise: Callable[..., Any]

    def __call__(self, value: object, name: str | None, document: object) -> Any:  # noqa: ANN401 - the field's value
        way = getattr(self.nested.schema, "_short_way", None)
        return self.otherwise(value, name, document) if way is None or type(value) is not dict else way.load(value)


@dataclass(frozen=True, slots=True)
class _Each:
    """A list, item by item, then as a whole."""

    load: Callable[..., Any]
    checks: tuple[Callable[[Any], object], ...]
    otherwise: Callable[..., Any]

    def __call__(self, value: object, name: str, document: object) -> Any:  # noqa: ANN401 - the field's value
        if type(value) is not list:
            return self.otherwise(value, name, document)
        items = [self.load(item, None, None) for item in value]
        for check in self.checks:
            check(items)
        return items


def _loading(field: fields.Field[Any]) -> Callable[..., Any]:
    """Return how to load a value of this field: quickly where it is plainly right, else as the field does."""
    checks, slow = tuple(field.validators), field.deserialize
    if field.pre_load or field.post_load or not all(isinstance(check, validate.Validator) for check in checks):
        return slow
    match field:
        case fields.List() if type(field) is fields.List:
            return _Each(_loading(field.inner), checks, slow)
        case fields.String() if type(field) is fields.String and len(checks) == 1:
            closed = checks[0]
            if type(closed) is not validate.OneOf:
                return slow
            return _Word(frozenset(one for one in closed.choices if isinstance(one, str)), slow)
    if checks:
        return slow
    match field:
        case Text() if type(field) is Text:
            return _Said(partial(checked_text, max_length=field.max_length, lines=field.lines), slow)
        case PartialDate() if type(field) is PartialDate:
            return _Said(_checked_date, slow)
        case fields.Nested() if type(field) is fields.Nested and not field.many and field.unknown is None:
            return _Below(field, slow) if isinstance(field.nested, type) else slow
        case fields.Dict() if type(field) is fields.Dict and type(field.key_field) is fields.String:
            is_plain = field.value_field is None and not field.key_field.validators
            return _Keyed(slow) if is_plain else slow
    return slow


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

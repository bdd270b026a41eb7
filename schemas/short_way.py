"""The short way of loading a document, beside marshmallow's own.

What it saves: marshmallow keeps books of errors for each field, calls each hook through layers that serve what we do
not use, and looks both up anew for every document; an import, which loads every statement of every person, would spend
most of its time there. What guards it: only whole, plain documents of schemas in which every field and hook is known
here go this way; anything wrong sends the document the long way, which alone says what is wrong; and
`tests/property/test_schemas_short_way.py` loads made-up documents of every kind of entry both ways and compares.
Without it everything works, slower: `ShortWay.through` may always return None.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, missing, validate
from marshmallow.decorators import POST_LOAD, PRE_LOAD, VALIDATES, VALIDATES_SCHEMA


class CheckedText(fields.String):
    """Text that one function checks and returns as it is kept; so the short way can go straight to that function."""

    def __init__(self, check: Callable[[str], str], **settings: Any) -> None:  # noqa: ANN401 - marshmallow's own keyword arguments pass through
        """Let the function check; it raises ValidationError for what is wrong."""
        super().__init__(**settings)
        self.check = check

    def _deserialize(
        self,
        value: Any,  # noqa: ANN401 - marshmallow's signature
        attr: str | None,
        data: Mapping[str, Any] | None,
        **settings: Any,  # noqa: ANN401 - marshmallow's signature
    ) -> str:
        return self.check(super()._deserialize(value, attr, data, **settings))


@dataclass(frozen=True, slots=True)
class ShortWay:
    """A schema's fields and hooks, looked up once; most of marshmallow's time goes into keeping books of errors."""

    of: Mapping[str, fields.Field[Any]]  #: a copy of a schema may have other fields
    fields: tuple[tuple[str, Callable[..., Any], bool], ...]  #: name, how to load it, whether it counts if missing
    validators: tuple[Callable[..., object], ...]
    after: tuple[Callable[..., Any], ...]

    @classmethod
    def through(cls, schema: Schema) -> "ShortWay | None":
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
        case CheckedText() if type(field)._deserialize is CheckedText._deserialize:  # noqa: SLF001 - our own, not refined
            return _Said(field.check, slow)
        case fields.Nested() if type(field) is fields.Nested and not field.many and field.unknown is None:
            return _Below(field, slow) if isinstance(field.nested, type) else slow
        case fields.Dict() if type(field) is fields.Dict and type(field.key_field) is fields.String:
            is_plain = field.value_field is None and not field.key_field.validators
            return _Keyed(slow) if is_plain else slow
    return slow

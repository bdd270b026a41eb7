"""The short way of loading a document finds what marshmallow's own finds, for every kind of entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validate

from schemas.entries import VALUE_SCHEMAS, EntryIn
from schemas.fields import PartialDate, StrictSchema, Text

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_NONSENSE: SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=4), st.just({}), st.just([])
)
_TEXTS = st.one_of(
    st.sampled_from(["Küche", "B1", "25212", "2024-02-29", "2023-02-29", "x" * 301, " ", "a\u202eb", "Zeile\nzwei"]),
    st.text(max_size=12),
)
_DATES = st.sampled_from(["1990", "1990-03", "1990-03-14", "1990-02-30", "0001", "morgen"])


class _Shouted(Text):
    def _deserialize(self, *said: Any, **marshmallow: Any) -> str:  # noqa: ANN401 - marshmallow's signature
        return super()._deserialize(*said, **marshmallow).upper()


def _values(field: fields.Field[Any]) -> SearchStrategy[Any]:
    """Return values of which some fit the field."""
    chosen = [one for one in field.validators if isinstance(one, validate.OneOf)]
    if chosen:
        return st.sampled_from(list(chosen[0].choices))
    if isinstance(field, fields.Nested):
        assert isinstance(field.schema, Schema)
        return _documents(field.schema)
    if isinstance(field, fields.List):
        return st.lists(_values(field.inner), max_size=2)
    if isinstance(field, fields.Boolean):
        return st.booleans()
    if isinstance(field, fields.Integer):
        return st.integers(-2, 200)
    return _DATES if isinstance(field, PartialDate | fields.Date) else _TEXTS


@st.composite
def _documents(draw: st.DrawFn, schema: Schema) -> dict[str, Any]:
    document = {}
    for name, field in schema.load_fields.items():
        luck = draw(st.integers(0, 19))
        if luck == 0:
            document[name] = draw(_NONSENSE)
        elif (field.required and luck > 1) or luck > 9:
            document[name] = draw(_values(field))
    if draw(st.integers(0, 19)) == 0:
        document[draw(st.sampled_from(["kind", "x", "Value"]))] = draw(_NONSENSE)
    return document


def _go_the_long_way(schema: Schema) -> Schema:
    """Take the short way from a schema and all below it."""
    if isinstance(schema, StrictSchema):
        schema._short_way = None
    for field in schema.load_fields.values():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            assert isinstance(inner.schema, Schema)
            _go_the_long_way(inner.schema)
    return schema


def _outcome(schema: Schema, document: dict[str, Any]) -> tuple[str, object]:
    try:
        return "loaded", schema.load(document)
    except ValidationError as wrong:
        return "refused", wrong.messages


@pytest.mark.parametrize("kind", sorted(VALUE_SCHEMAS))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_both_ways_find_the_same(kind: str, data: st.DataObject) -> None:
    short, long = VALUE_SCHEMAS[kind](), _go_the_long_way(VALUE_SCHEMAS[kind]())
    document = data.draw(_documents(short))
    assert _outcome(short, document) == _outcome(long, document)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_both_ways_find_the_same_of_a_whole_entry(data: st.DataObject) -> None:
    short, long = EntryIn(), _go_the_long_way(EntryIn())
    document = data.draw(_documents(short)) | {"kind": "languages.language"}
    document["value"] = data.draw(_documents(VALUE_SCHEMAS["languages.language"]()))
    assert _outcome(short, document) == _outcome(long, document)


def test_every_kind_of_entry_has_a_short_way() -> None:
    """Otherwise an import is slow and nobody knows why."""
    assert [kind for kind, schema in VALUE_SCHEMAS.items() if schema()._short_way is None] == []
    assert EntryIn()._short_way is not None


def test_a_part_of_a_document_is_loaded_as_such() -> None:
    """Only whole documents go the short way."""
    value = VALUE_SCHEMAS["identity.sex"]()
    assert value.load({}, partial=True) == {}
    assert value.load([{"code": "m"}], many=True) == [{"code": "m"}]
    assert value.load({"code": "m", "x": 1}, unknown="exclude") == {"code": "m"}


def test_a_schema_that_shows_fewer_fields_goes_its_own_way() -> None:
    """A nested schema may be a copy of another one with a part of its fields."""

    class Outer(StrictSchema):
        part = fields.Nested(VALUE_SCHEMAS["identity.name"](), only=["family", "form"])
        whole = fields.Nested(VALUE_SCHEMAS["identity.name"])

    name = {"family": "Hesen", "form": "current", "script": "Latn"}
    assert Outer().load({"whole": name}) == {"whole": name}
    with pytest.raises(ValidationError, match="Unknown field"):
        Outer().load({"part": name})


def test_a_field_that_says_more_than_the_one_it_refines_is_asked_itself() -> None:
    class Notice(StrictSchema):
        title = _Shouted()

    assert Notice()._short_way is not None
    assert Notice().load({"title": " einmal "}) == {"title": "EINMAL"}

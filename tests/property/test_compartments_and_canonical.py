"""Invariants of the words: the partition into compartments, and the one byte form."""

import json
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.profiles.entries import written
from schemas.canonical import Json, NotCanonicalError, canonical, parse
from schemas.compartments import KINDS, Compartment, compartment_of, kinds_of
from schemas.entries import Entry, compartment_document

_INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
_DOCUMENTS: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), _INTEGERS, st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.text(), inner, max_size=5)),
    max_leaves=20,
)
_VALUES = st.dictionaries(st.text(), _DOCUMENTS, max_size=4)
_EARLIEST = datetime(1900, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
_MOMENTS = st.datetimes(_EARLIEST, timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))])).map(
    lambda at: at.replace(microsecond=0) if at.second % 2 else at
)
_ENTRIES = st.builds(
    Entry,
    id=st.uuids(),
    kind=st.sampled_from(sorted(KINDS)),
    value=_VALUES,
    source=st.one_of(st.uuids(), st.just("person")),
    recorded_at=_MOMENTS,
    recorded_by=st.text(),
    evidence=st.none() | _VALUES,
    valid_from=st.none() | st.text(),
    delete_on=st.none() | st.dates(),
    superseded_by=st.none() | st.uuids(),
    ended_at=st.none() | _MOMENTS,
    reference=st.none() | st.text(),
    end_reason=st.none() | st.text(),
)


@given(st.sampled_from(sorted(KINDS)))
def test_every_kind_belongs_to_exactly_one_compartment(kind: str) -> None:
    assert [compartment for compartment in Compartment if kind in kinds_of(compartment)] == [compartment_of(kind)]


@given(_DOCUMENTS)
def test_a_document_comes_back_from_its_bytes(document: Json) -> None:
    assert parse(canonical(document)) == document
    assert canonical(parse(canonical(document))) == canonical(document)


@given(st.dictionaries(st.text(), _INTEGERS), st.randoms())
def test_the_order_of_keys_does_not_matter(document: dict[str, int], chance: Random) -> None:
    pairs = list(document.items())
    chance.shuffle(pairs)
    assert canonical(dict(pairs)) == canonical(document)


@given(st.dictionaries(st.text(), st.none()))
def test_keys_stand_in_the_order_of_utf_16(document: dict[str, None]) -> None:
    keys = [key.encode("utf-16-be") for key in json.loads(canonical(document))]
    assert all(first < second for first, second in pairwise(keys))


@given(st.lists(_ENTRIES, max_size=2))
def test_a_compartment_has_one_byte_form_whatever_way_it_is_written(entries: list[Entry]) -> None:
    assert written(entries) == canonical(compartment_document(entries))


@pytest.mark.parametrize("value", [0.5, "\ud800", 2**53, object()])
def test_a_value_without_a_byte_form_is_refused(value: object) -> None:
    said = {"value": {"of": value}}
    entry = Entry(
        id=UUID(int=1),
        kind="identity.sex",
        source="person",
        recorded_at=datetime(2025, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        recorded_by="person",
        **said,  # type: ignore[arg-type]  # nothing that a schema lets through
    )
    with pytest.raises(NotCanonicalError):
        written([entry])

"""Invariants of the words: the partition into compartments, and the one byte form."""

import json
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical import Json, canonical, parse
from schemas.compartments import KINDS, Compartment, compartment_of, kinds_of

_INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
_DOCUMENTS: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), _INTEGERS, st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.text(), inner, max_size=5)),
    max_leaves=20,
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

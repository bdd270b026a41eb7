"""What a source stated comes back: unmapped content in its old place, and nothing forbidden by the way."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.translation.leftovers import Document, leftovers
from adapters.translation.statements import (
    bare,
    in_order,
    is_statement,
    places_of,
    plant,
    steps_of,
    why_forbidden,
)

NAMES = st.text("ab/~_", min_size=1, max_size=4)
DOCUMENTS = st.dictionaries(
    NAMES,
    st.recursive(
        st.text("xyz", max_size=3),
        lambda inner: (
            st.lists(st.dictionaries(NAMES, inner, min_size=1), min_size=1, max_size=3)
            | st.dictionaries(NAMES, inner, min_size=1, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=4,
)


def unmapped(path: str, content: object = "x") -> dict[str, Any]:
    return {"kind": "unmapped.path", "value": {"path": path, "content": content}}


@given(DOCUMENTS, st.data())
def test_leftovers_of_any_document_are_planted_where_they_stood(document: dict[str, Any], data: st.DataObject) -> None:
    """A list of objects is cut into its items, which may come back in any order."""
    before = json.dumps(document)
    entries = data.draw(st.permutations(leftovers(Document(document)).entries))
    grown: dict[str, Any] = {}
    for entry in in_order(entries):
        assert plant(grown, places_of(entry["value"]["path"]), entry["value"]["content"])
    assert grown == document
    for entry in entries:
        assert not plant(grown, places_of(entry["value"]["path"]), "again")
    assert json.dumps(document) == before


@pytest.mark.parametrize(
    ("standing", "path"),
    [
        ({"a": "x"}, ("a", "b")), ({"a": ["x"]}, ("a", 2)), ({"a": ["x"]}, ("a", "b")), ({"a": {}}, ("a", 0)),
        ({}, ("a", 1)), ({"a": "x"}, ("a",)), ({}, ()),
    ],
)  # fmt: skip
def test_what_has_no_place_is_not_planted_and_changes_nothing(standing: dict[str, Any], path: tuple[str | int]) -> None:
    before = json.dumps(standing)
    assert not plant(standing, path, "new")
    assert json.dumps(standing) == before


def test_a_planted_value_is_nobody_else_s() -> None:
    content: dict[str, Any] = {"b": ["x"]}
    grown: dict[str, Any] = {}
    assert plant(grown, ("a",), content)
    assert plant(grown, ("a", "b", 1), "y")
    assert (grown, content) == ({"a": {"b": ["x", "y"]}}, {"b": ["x"]})


def test_in_xml_a_text_makes_room_for_a_name_beside_it() -> None:
    grown: dict[str, Any] = {"a": "x"}
    assert plant(grown, ("a", "@b"), "y", parts_texts=True)
    assert grown == {"a": {"#text": "x", "@b": "y"}}


def test_only_digits_without_zeros_before_them_are_places_in_lists() -> None:
    assert places_of("/a~1b/0/12/007/1x/~01") == ("a/b", 0, 12, "007", "1x", "~1")
    assert steps_of("/a/0") == ["a", "0"]


def test_of_an_entry_only_what_its_source_stated_is_a_statement() -> None:
    entry = unmapped("/a") | {"id": "e1", "valid_from": None, "recorded_at": "2026", "reference": "r"}
    assert bare(entry) == unmapped("/a") | {"reference": "r"}
    assert bare(entry, "recorded_at") == unmapped("/a") | {"reference": "r", "recorded_at": "2026"}
    assert is_statement(bare(entry))
    assert not any(map(is_statement, (entry, {"kind": "a"}, ["kind", "value"], None)))


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (unmapped("/gesundheit/text"), "health"), (unmapped("/a~1b/0/asylgruende"), "asylum grounds"),
        (unmapped("religion"), "religion"), (unmapped("/a", {"b": [{"religion": "x"}]}), "religion"),
        (unmapped("/handlungsbedarfe/0/schluesselgruppe", "Behinderung"), "health"),
        (unmapped("/handlungsbedarfe/0/text"), None), (unmapped("/" * 20_000), None),
        ({"kind": "needs.support", "value": {"text": "x"}}, None), ({"kind": 1, "value": None}, None),
    ],
)  # fmt: skip
def test_a_statement_in_our_own_words_brings_in_nothing_forbidden(statement: dict[str, Any], why: str | None) -> None:
    assert why_forbidden(statement) == why

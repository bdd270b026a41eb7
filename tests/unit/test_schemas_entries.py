"""An entry comes in without provenance of its own, and is kept and shown in one form."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from marshmallow import ValidationError

from schemas.canonical import canonical, parse_object
from schemas.entries import Entry, EntryIn, EntryOut, compartment_document, entries_of, entry_document

_ENTRY = Entry(
    id=UUID(int=1),
    kind="identity.sex",
    value={"code": "w"},
    source=UUID(int=2),
    recorded_at=datetime(2026, 1, 31, 9, tzinfo=UTC),
    recorded_by="officer-7",
)
_FULL = replace(
    _ENTRY,
    source="person",
    evidence={"type": "document-seen", "reference": "passport"},
    valid_from="2020",
    delete_on=date(2033, 9, 30),
    superseded_by=UUID(int=3),
    ended_at=datetime(2026, 2, 1, tzinfo=UTC),
)


def test_an_entry_comes_back_from_its_sealed_form_unchanged() -> None:
    sealed = canonical(compartment_document([_ENTRY, _FULL]))
    assert entries_of(parse_object(sealed)) == (_ENTRY, _FULL)


def test_an_empty_compartment_has_a_document_too() -> None:
    assert entries_of(compartment_document([])) == ()


@pytest.mark.parametrize("entry", [_ENTRY, _FULL], ids=["bare", "full"])
def test_the_sealed_form_is_the_shown_form(entry: Entry) -> None:
    assert EntryOut().dump(entry) == entry_document(entry)


def test_what_comes_in_is_checked_by_its_kind() -> None:
    sent = {
        "kind": "identity.sex",
        "value": {"code": "w"},
        "evidence": {"type": "self-report"},
        "valid_from": "2020-05",
        "delete_on": "2033-09-30",
    }
    assert EntryIn().load(sent) == sent | {"delete_on": date(2033, 9, 30)}


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("kind", "identity.religion"),
        ("kind", "goals.occupation"),
        ("value", {"code": "female"}),
        ("source", str(UUID(int=9))),
        ("recorded_at", "2020-01-01T00:00:00Z"),
        ("evidence", {"type": "rumour"}),
        ("valid_from", "last year"),
    ],
)
def test_nobody_sets_provenance_or_sends_what_does_not_fit(part: str, wrong: object) -> None:
    sent = {"kind": "identity.sex", "value": {"code": "w"}}
    with pytest.raises(ValidationError):
        EntryIn().load({**sent, part: wrong})

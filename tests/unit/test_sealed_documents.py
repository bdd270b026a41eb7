"""What is told of a sealed document as it is: the same entries, in the same form, as who reads them would tell."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from registry.profiles import entries
from registry.wire import documents
from schemas.entries import Entry, EntryOut, compartment_document, entry_document

_NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
_SAID = Entry(
    id=uuid4(),
    kind="identity.name",
    value={"family": "Ödön", "given": 'Zoë "Z" \u2028', "form": "current", "script": "Latn"},
    source=uuid4(),
    recorded_at=_NOW,
    recorded_by="officer",
    evidence={"type": "document-seen", "reference": "7"},
)
_FULL = replace(
    _SAID,
    source="person",
    valid_from="2020",
    delete_on=date(2033, 9, 30),
    superseded_by=uuid4(),
    ended_at=_NOW,
    reference="A 7",
    end_reason="changed",
)


@pytest.mark.parametrize("at", [_NOW, _NOW + timedelta(microseconds=7)], ids=["the long way", "the short way"])
@pytest.mark.parametrize("said", [_SAID, _FULL], ids=["bare", "full"])
def test_what_is_sealed_has_every_field_that_is_promised_and_nothing_beside(said: Entry, at: datetime) -> None:
    """The API passes it on as it is: what is promised and not sealed would be missing, and nobody would notice."""
    ended = at if said.ended_at else None
    content = entries.written([replace(said, recorded_at=at, ended_at=ended)])
    (sealed,) = json.loads(content)["entries"]
    assert sealed.keys() == EntryOut().fields.keys()
    assert EntryOut().load(sealed)["recorded_at"] == at


def test_standing_pieces_are_the_standing_entries_as_the_api_writes_them() -> None:
    other = replace(_SAID, id=uuid4(), source="person", evidence=None)
    gone = [replace(_SAID, id=uuid4(), superseded_by=other.id), replace(_SAID, id=uuid4(), ended_at=_NOW)]
    held = [gone[0], _SAID, gone[1], other]
    content = msgspec.json.encode(compartment_document(held))
    told = json.loads(msgspec.json.encode(documents.standing_pieces(content)))
    assert told == [entry_document(one) for one in held if entries.stands(one)]
    assert [one["id"] for one in told] == [str(_SAID.id), str(other.id)]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"entries":[1]}', b'{"entries":[],"more":1}', b'{"entries":[{"a":}]}']
)
def test_what_is_no_document_is_told_to_nobody(content: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        documents.standing_pieces(content)

"""What is told of a sealed document as it is: the same entries, in the same form, as who reads them would tell."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest

from registry.profiles import entries
from registry.wire import documents
from schemas.entries import Entry, compartment_document, entry_document

_NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
_SAID = Entry(
    id=uuid4(),
    kind="identity.name",
    value={"family": "Ödön", "given": 'Zoë "Z" \u2028', "form": "current", "script": "Latn"},
    source=uuid4(),
    recorded_at=_NOW,
    recorded_by="officer",
    evidence={"type": "document", "reference": "7"},
)


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

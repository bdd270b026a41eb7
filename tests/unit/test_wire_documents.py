"""Documents are read as far as is needed, and what is put together again keeps its very bytes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import msgspec
import pytest

from registry.keeper.acts.masking import masked
from registry.wire.documents import Dated, dated, standing, written

NAME = {"kind": "identity.name", "value": {"family": "Barakzai", "given": "Nadir Shah"}}


def document(*entries: object) -> bytes:
    """Return a document as whoever records it writes it."""
    return json.dumps({"entries": entries}).encode()


def test_what_was_superseded_or_has_ended_does_not_stand() -> None:
    read = document(NAME, NAME | {"superseded_by": "b"}, NAME | {"ended_at": "2026-01-01"}, NAME | {"ended_at": None})
    assert [(one.kind, one.value["family"]) for one in standing(read)] == [("identity.name", "Barakzai")] * 2


def test_what_an_entry_has_beside_is_not_looked_at() -> None:
    read = document(NAME | {"source": "x", "recorded_at": 7, "delete_on": "never"})
    assert len(standing(read)) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"entries":[{}]}', b'{"entries":[{"kind":"x"}]}', b"\xff"])
def test_what_is_no_document_is_not_read(body: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        standing(body)


def test_a_document_put_together_again_keeps_its_very_bytes() -> None:
    body = b'{"entries":[{"kind":"a.b", "value":{"z":1.50,"a":"\\u00e4"}},{"value":{},"kind":"c.d"}]}'
    assert written([piece for piece, _ in dated(body)]) == body
    assert dated(written([])) == []


def test_what_decides_when_an_entry_is_due_is_read_from_it() -> None:
    ((_, read),) = dated(document({"kind": "a.b", "id": "x", "recorded_at": "2026-01-02T03:04:05Z", "value": 1}))
    assert read == Dated("a.b", "x", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    ((_, read),) = dated(document({"kind": "a.b", "delete_on": "2030-12-31", "superseded_by": "y"}))
    assert (read.delete_on, read.superseded_by) == (date(2030, 12, 31), "y")


def test_a_document_with_anything_beside_its_entries_is_not_cut() -> None:
    """What is not understood could be lost."""
    with pytest.raises(msgspec.DecodeError):
        dated(b'{"entries":[],"note":"x"}')


def test_masked_are_first_letters_and_the_last_digit_of_the_year_of_what_stands() -> None:
    born = [{"kind": "identity.birth-date", "value": {"date": one}} for one in ("1979-06-21", "1979-06", "1979")]
    gone = {"kind": "identity.name", "value": {"family": "Former"}, "ended_at": "2026-01-01"}
    assert masked(document(NAME, gone, *born, {"kind": "identity.sex", "value": {"code": "m"}})) == [
        ("identity.name", "B••• N••• S•••"),
        ("identity.birth-date", "•••9-06-••"),
        ("identity.birth-date", "•••9-06"),
        ("identity.birth-date", "•••9"),
    ]

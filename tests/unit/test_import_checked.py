"""What the engine makes of a record before it is stored: when it was written, and what of it is due already."""

from __future__ import annotations

from datetime import date

import pytest

from adapters import contract
from adapters.engine.inbound import checked, without_due
from registry.casework import receiving


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("2026-02-11T08:14:22.513+01:00", "2026-02-11T07:14:22.513000"),
        ("2026-02-11T08:14:22", "2026-02-11T08:14:22.000000"),
        ("2026-02-11", "2026-02-11"),
        ("2026-02", "2026-02"),
        ("2026-02-31", None),
        ("2026-02-11Tnoon", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        ("2999-01", None),
    ],
)
def test_when_a_record_was_written_is_known_as_far_as_it_can_be_read(said: str | None, known: str | None) -> None:
    record = checked(contract.Record("k", 7, bytes(32), (), stated_at=said))
    assert isinstance(record, receiving.Received)
    assert (record.stated_at, record.line) == (known, 7)


def test_what_is_due_already_is_left_out_and_told() -> None:
    today = date(2026, 3, 1)
    gone = {"kind": "languages.language", "value": {}, "delete_on": "2026-03-01"}
    stays = [gone | {"delete_on": day} for day in ("2026-03-02", None, "soon", 7)]
    kept = contract.Unmapped("/a", kept=True, reason="unknown")
    update = contract.Change("update", "r1", (gone, stays[0]))
    record = contract.Record("k", 7, bytes(32), (gone, *stays), (kept,), (update,))
    left = without_due(record, today)
    assert (left.entries, left.changes[0].entries) == (tuple(stays), (stays[0],))
    told = contract.Unmapped("languages.language (past its deletion date)", kept=False, reason="past its deletion date")
    assert left.unmapped == (kept, told)
    assert without_due(left, today) is left

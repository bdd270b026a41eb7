"""What goes to the keeper of an export at once fits into one frame, however long its lines are."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from registry.casework.restoring import replaying
from registry.casework.restoring.export_file import Record
from registry.wire import messages
from registry.wire.sockets.frames import LIMIT_BYTES
from registry.wire.upkeep import restoring
from registry.wire.upkeep.restoring import LineRow

_IDS = [UUID(int=number) for number in range(20_000)]


def _record(number: int, appearances: list[UUID]) -> Record:
    line = LineRow(
        id=UUID(int=number), at=datetime(2026, 11, 1, tzinfo=UTC), event="grant.withdrawn", outcome="done",
        reason=None, session_id=None, agency_id=None, officer_id=None, responsible_id=None, run_id=None, object_id=None,
        purpose=None, basis=None, grants=[UUID(int=9)], appearances=appearances, compartments=[], results=None,
        leaf=bytes(32),
    )  # fmt: skip
    return Record(number, line, bytes(32))


@pytest.mark.parametrize(("count", "appearances"), [(60, _IDS), (2_500, _IDS[:2])])
def test_pieces_of_a_replay_fit_into_a_frame_and_leave_nothing_out(count: int, appearances: list[UUID]) -> None:
    records = [_record(number, appearances) for number in range(count)]
    whole = sum(len(messages.ENCODER.encode(record.line)) for record in records)
    pieces = list(replaying._pieces(records))
    assert [record for piece in pieces for record in piece] == records
    for piece in pieces:
        steps = [restoring.Step(record.line.leaf, record.line) for record in piece]
        assert len(messages.ENCODER.encode(restoring.Replay(piece[0].number, steps))) < LIMIT_BYTES // 4
        assert 0 < len(piece) <= 1000
    assert whole > LIMIT_BYTES or len(pieces) == 3


def test_a_line_that_is_long_by_itself_is_a_piece_by_itself() -> None:
    records = [_record(0, _IDS[:1]), _record(1, _IDS * 10), _record(2, _IDS[:1])]
    assert [len(piece) for piece in replaying._pieces(records)] == [1, 1, 1]

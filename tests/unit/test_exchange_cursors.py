"""The cursor of a feed, letter by letter."""

from __future__ import annotations

from string import printable
from uuid import UUID

import pytest

from registry.exchange import cursors

KEY, AGENCY = bytes(range(32)), UUID(int=7)


def test_a_cursor_leads_where_it_was_written_to_lead() -> None:
    assert cursors.place_of(cursors.written(12, KEY, AGENCY), KEY, AGENCY) == 12


def test_a_cursor_with_any_letter_exchanged_put_in_or_left_out_is_refused() -> None:
    right = next(one for one in iter(lambda: cursors.written(12, KEY, AGENCY), "") if "-" in one and "_" in one)
    exchanged = (f"{right[:at]}{letter}{right[at + 1 :]}" for at in range(len(right)) for letter in printable)
    put_in = (f"{right[:at]}{letter}{right[at:]}" for at in range(len(right) + 1) for letter in printable)
    left_out = (right[:at] + right[at + 1 :] for at in range(len(right)))
    for wrong in {*exchanged, *put_in, *left_out, f"{right}=", "", "ä"} - {right}:
        with pytest.raises(cursors.CursorRefused):
            cursors.place_of(wrong, KEY, AGENCY)

"""What an opening says before it is looked at: it becomes a line of the log, so it has an end."""

from __future__ import annotations

from uuid import uuid4

import msgspec
import pytest

from registry.wire import messages


def _asked(*, appearances: int = 1, compartments: int = 1, grants: int = 1) -> bytes:
    said = messages.Said(
        uuid4(),
        [uuid4() for _ in range(appearances)],
        ["identity.core"] * compartments,
        "placement",
        "consent",
        [uuid4() for _ in range(grants)],
    )
    return messages.ENCODER.encode(messages.Open(said, session=b"s"))


def test_what_one_person_can_have_is_read() -> None:
    asked = messages.QUESTIONS.decode(_asked(appearances=500, compartments=64, grants=500))
    assert isinstance(asked, messages.Open)


@pytest.mark.parametrize("more", [{"appearances": 501}, {"compartments": 65}, {"grants": 501}])
def test_an_opening_that_names_more_than_one_person_can_have_is_malformed(more: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        messages.QUESTIONS.decode(_asked(**more))

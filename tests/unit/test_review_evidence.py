"""A proposal as its page shows it: every attribute in words, and a sum that is drawn as it is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from registry.linkage.comparison.weights import KNOWN_BITS, LOOK_BITS
from registry.profiles.reading import OpenedCompartment
from registry.web.views.office_review.evidence import WIDTH, compared, fall, needed
from schemas.compartments import Compartment
from schemas.entries import Entry

if TYPE_CHECKING:
    from registry.web.views.office_review.evidence import Compared

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TEXTS = [
    "agrees:given-name:exact", "agrees:given-name:sound", "moved:name:exact", "agrees:birth-date:year",
    "agrees:sex:exact", "agrees:azr:exact", "weighs:start:-18", "weighs:names:12", "weighs:birth-date:0",
]  # fmt: skip


def states(rows: list[Compared]) -> dict[str, str]:
    return {row.title: row.state for row in rows}


def test_each_attribute_is_same_similar_different_or_not_comparable() -> None:
    rows = compared(TEXTS, ["nationality"], [])
    assert states(rows) == {
        "Family name": "silent",
        "Given names": "similar",
        "Birth date": "similar",
        "Sex": "same",
        "Nationality": "differs",
        "Birth place": "silent",
        "Names in the other field": "similar",
        "AZR number": "same",
    }
    assert next(row.said for row in rows if row.title == "Given names") == (
        "same given name",
        "same given name in another spelling",
    )


def test_only_what_was_compared_is_opened_of_the_own_record() -> None:
    """Of the numbers those that both sides have; the others are nobody's business here."""
    identity = {Compartment.IDENTITY_CORE, Compartment.IDENTITY_ORIGIN}
    assert needed(TEXTS, ["nationality"]) == identity | {Compartment.IDENTIFIERS_AZR}
    assert needed([], ["bamf", "phone"]) == identity | {Compartment.IDENTIFIERS_BAMF}


def test_what_our_own_record_says_stands_beside_it_each_value_once() -> None:
    name = {"family": "Karimi", "given": "Zahra", "form": "current", "script": "Latn"}
    said = [
        Entry(id=uuid4(), kind="identity.name", value=value, source="person", recorded_at=NOW, recorded_by="person")
        for value in (name, {**name, "family": "<b>Karimi</b>"})
    ]
    opened = OpenedCompartment(uuid4(), Compartment.IDENTITY_CORE, 1, tuple(said))
    first, second, *_ = compared([], [], [[opened]])
    assert first.values == (["<bdi>Karimi</bdi>", "<bdi>&lt;b&gt;Karimi&lt;/b&gt;</bdi>"],)
    assert second.values == (["<bdi>Zahra</bdi>"],)


def test_rows_of_before_weights_were_kept_have_no_sum() -> None:
    assert fall(TEXTS[:4]) is None


@given(bits=st.lists(st.integers(-30, 30), min_size=1, max_size=9))
def test_bars_begin_where_the_one_before_ended_and_nothing_is_drawn_outside(bits: list[int]) -> None:
    drawn = fall([f"weighs:names:{one}" for one in bits])
    assert drawn is not None
    assert (drawn.total, drawn.look, drawn.known) == (sum(bits), int(LOOK_BITS), int(KNOWN_BITS))
    assert 0 <= drawn.look_x < drawn.known_x <= WIDTH
    before = 0
    for step, one in zip(drawn.steps, bits, strict=True):
        assert (step.bits, step.sum) == (one, before + one)
        assert 0 <= step.x <= WIDTH
        assert step.x + step.width <= WIDTH + 2
        before = step.sum
    for step, after in zip(drawn.steps, drawn.steps[1:], strict=False):
        end = step.x if step.bits < 0 else step.x + (step.width if step.bits else 0)
        begin = after.x + after.width if after.bits < 0 else after.x
        assert abs(end - begin) <= 2

"""Figures of decisions: shares with their bounds, what is missed at least, and weights that no longer fit."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.linkage.review.figures import FEWEST, Counted, Decision, Share, fits, near, precision, recall
from schemas.vocabularies.access import Verdict

#: Two bits in all: four to one, and rounded down.
TEXTS = ["agrees:birth-date:exact", "weighs:start:-6", "weighs:names:+3", "weighs:birth-date:5"]


def decided(status: str, kind: str = "officer", grade: str = "look") -> Decision:
    return Decision(grade, status, kind, TEXTS, ["sex"])


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"), [(0, 10, 0.0, 0.2775), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)]
)
def test_bounds_are_those_of_wilson(hits: int, total: int, low: float, high: float) -> None:
    """The figures are those of Newcombe 1998, table I, method 3."""
    share = Share.of(hits, total)
    assert isclose(share.low, low, abs_tol=5e-5)
    assert isclose(share.high, high, abs_tol=5e-5)


@given(total=st.integers(1, 10_000), data=st.data())
def test_a_share_lies_within_its_bounds_and_more_of_it_narrows_them(total: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, total))
    share, more = Share.of(hits, total), Share.of(hits * 4, total * 4)
    assert 0 <= share.low <= share.value <= share.high <= 1
    assert more.high - more.low < share.high - share.low


@pytest.mark.parametrize(
    ("status", "kind", "verdict"),
    [
        ("decided", "officer", Verdict.SAME),
        ("confirmed", "person", Verdict.SAME),
        ("rejected", "officer", Verdict.DIFFERENT),
        ("undone", "person", Verdict.DIFFERENT),
        ("proposed", "officer", Verdict.UNSURE),
        ("decided", "run", None),
        ("proposed", "run", None),
    ],
)
def test_what_an_import_did_by_itself_is_no_word_of_people(status: str, kind: str, verdict: Verdict | None) -> None:
    assert decided(status, kind).verdict == verdict


def test_counts_are_told_in_steps_and_a_share_only_of_many_on_both_sides() -> None:
    assert [near(count) for count in (0, 4, 5, 7, 8, 12, 13, 40)] == [0, 0, 5, 5, 10, 10, 15, 40]
    sides = [(FEWEST, FEWEST), (FEWEST - 1, 90), (90, FEWEST - 1), (90, 0)]
    assert [Share.of(hits, hits + misses).is_told for hits, misses in sides] == [True, False, False, False]


def test_precision_counts_what_people_settled_and_says_nothing_of_few() -> None:
    said = [decided("decided")] * 6 + [decided("rejected")] * 2 + [decided("proposed")] * 9
    few = [decided("confirmed", "person", "known")] * (FEWEST - 1)
    (share,) = precision([*said, *few]).values()
    assert (share.hits, share.total) == (6, 8)
    assert precision([*few, few[0]])["known"].value == 1


def test_recall_counts_as_missed_what_came_late_and_what_is_expected_of_the_open_ones() -> None:
    counted = Counted(at_once=80, later=5, taken=5, waiting=20)
    half = recall(counted, Share.of(10, 20))
    assert half is not None
    assert (half.hits, half.total) == (80, 100)
    without = recall(counted, None)
    assert without is not None
    assert without.total == 90
    assert recall(Counted(4, 0, 0, 0), None) is None


def test_evidence_that_fits_is_not_marked_and_evidence_that_does_not_is_and_comes_first() -> None:
    """Four to one and a half bit more is 0.85: of 100 such pairs some 85 are the same."""
    right = [decided("decided")] * 85 + [decided("rejected")] * 15
    assert [(one.code, one.has_drifted) for one in fits(right)] == [("agrees:birth-date:exact", False), ("sex", False)]
    wrong = [Decision("look", "rejected", "officer", ["moved:name:sound", *TEXTS[1:]], []) for _ in range(40)]
    first, *rest = fits([*right, *wrong])
    assert (first.code, first.has_drifted, first.observed.hits) == ("moved:name:sound", True, 0)
    assert isclose(first.predicted, 0.85, abs_tol=0.005)
    assert not any(one.has_drifted for one in rest)


def test_rows_of_before_weights_were_kept_and_open_ones_say_nothing_of_the_fit() -> None:
    old = Decision("look", "decided", "officer", TEXTS[:1], [])
    assert fits([old] * 50 + [decided("proposed", "run")] * 50 + [decided("decided")] * (FEWEST - 1)) == []

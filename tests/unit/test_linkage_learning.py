"""Lists teach how many people they share and how carefully they were written; where they say little, nothing moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from registry.linkage.batch.learning import Learned, learned
from registry.linkage.comparison.evidence import AT, FEATURES, LEVELS
from registry.linkage.comparison.model import MODEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

PEOPLE = 10_000
#: Evidence of one human being, of two, and of one whose birth date somebody mistyped.
SURE = ("word:exact", "names:2:0", "birth:exact", "together:exact:both", "nationality:agrees", "place:exact")
STRANGE = ("names:0:1", "birth:other", "together:contradicting:none", "nationality:contradicts")
MISTYPED = ("word:exact", "names:2:0", "birth:other", "together:contradicting:both", "nationality:agrees")


def rows(names: tuple[str, ...], count: int) -> NDArray[np.float32]:
    made = np.zeros((count, len(FEATURES)), np.float32)
    made[:, [AT[name] for name in names]] = 1
    made[:, [AT["rare:first"], AT["rare:second"]]] = 12 if "names:2:0" in names else 0
    return made


def taught(sure: int, strange: int, mistyped: int = 0) -> Learned:
    features = np.concatenate([rows(SURE, sure), rows(STRANGE, strange), rows(MISTYPED, mistyped)])
    asked = np.arange(len(features), dtype=np.int32)
    return learned([(features, asked)], people=PEOPLE, questions=len(features))


@pytest.mark.parametrize(("sure", "strange"), [(950, 50), (500, 500), (100, 900)])
def test_how_many_people_two_lists_share_is_learned(sure: int, strange: int) -> None:
    assert taught(sure, strange).share == pytest.approx(sure / (sure + strange), abs=0.03)


def test_the_odds_before_any_evidence_follow_the_share() -> None:
    assert taught(950, 50).start > Learned.shipped(PEOPLE).start > taught(100, 900).start


def test_a_mistake_that_is_made_often_contradicts_less() -> None:
    careful, careless = taught(900, 100), taught(600, 100, 300)
    assert careless.weights[AT["birth:other"]] > careful.weights[AT["birth:other"]] + 1
    assert careless.weights[AT["birth:exact"]] < careful.weights[AT["birth:exact"]]


def test_no_level_moves_by_more_than_three_bits_and_nothing_else_moves() -> None:
    moved = taught(100, 100, 5_000).weights - Learned.shipped(PEOPLE).weights
    assert np.abs(moved).max() <= 3.0 + 1e-9
    levels = [AT[name] for names in LEVELS for name in names]
    assert not np.delete(moved, levels).any()


def test_nothing_is_learned_of_nothing() -> None:
    before = Learned.shipped(PEOPLE)
    after = learned([], people=PEOPLE, questions=0)
    assert after.share == pytest.approx(MODEL.share)
    assert after.start == pytest.approx(before.start)
    assert after.weights == pytest.approx(before.weights)


def test_what_never_agrees_is_not_forgotten() -> None:
    """One list of ten strangers does not undo what was fitted."""
    assert taught(0, 10).share > 0.4
    assert np.isfinite(taught(0, 10).weights).all()


def test_what_strangers_too_have_in_common_proves_nothing_more() -> None:
    """Lists whose days are all the first of January: dates agree in the year, among namesakes and among strangers."""
    namesakes = ("word:exact", "names:1:1", "birth:placeholder", "together:vague:one", "nationality:agrees")
    features = np.concatenate([rows(SURE, 50), rows(namesakes, 5_000)])
    features[50:, AT["rare:first"]] = np.linspace(0, 14, 5_000)
    asked = np.arange(len(features), dtype=np.int32)
    after = learned([(features, asked)], people=PEOPLE, questions=len(features))
    assert after.weights[AT["birth:placeholder"]] <= Learned.shipped(PEOPLE).weights[AT["birth:placeholder"]] + 0.1

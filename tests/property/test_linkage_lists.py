"""How well lists are compared: made-up refugees of nine origins at two offices, and FEBRL's people.

The shipped weights were fitted on the first list, so what it says of them is kind; the long test fits on half of the
people and asks about the others, which is what was measured for the README.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from registry.bench.judging import febrl
from registry.bench.judging import refugees as made_up
from registry.bench.judging.judged import Judged, pairs_of
from registry.linkage.batch.comparing.grading import bits_of, grades
from registry.linkage.batch.comparing.posterior import posterior
from registry.linkage.batch.fitting import Sample, fitted
from registry.linkage.batch.run import prepared
from registry.linkage.comparison.model import MODEL
from registry.linkage.score import KNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from registry.linkage.batch.learning import Learned
    from registry.linkage.batch.run import Compared

is_here = pytest.mark.skipif(not made_up.FILE.exists(), reason="the development set is not here")


@is_here
@pytest.mark.parametrize(
    ("numbered", "f1", "recall", "worst"),
    [pytest.param(False, 0.975, 0.955, 0.90, marks=pytest.mark.long), (True, 0.983, 0.975, 0.94)],
    ids=["names, dates, places", "with numbers"],
)
def test_the_shipped_weights_recognise_those_they_were_fitted_on(
    numbered: bool,  # noqa: FBT001 - a parameter of the test
    f1: float,
    recall: float,
    worst: float,
) -> None:
    left, right = made_up.refugees(numbered=numbered)
    judged = judge(left, right)
    assert judged.f1() >= f1
    assert judged.recall_at(0.99) >= recall
    assert judged.calibration_error() <= 0.03
    assert min(judged.by_origin(left, right).values()) >= worst


@is_here
@pytest.mark.parametrize(
    ("numbered", "share", "f1", "worst"),
    [
        (False, 4, 0.965, 0.92),
        pytest.param(False, 1, 0.965, 0.92, marks=pytest.mark.long),
        pytest.param(True, 1, 0.978, 0.95, marks=pytest.mark.long),
    ],
    ids=["a quarter of them", "all", "with numbers"],
)
def test_salted_names_recognise_nearly_as_many(
    numbered: bool,  # noqa: FBT001 - a parameter of the test
    share: int,
    f1: float,
    worst: float,
) -> None:
    both = made_up.refugees(numbered=numbered)
    left, right = ([row for row in side if int(row["person_id"][1:]) % share == 0] for side in both)
    judged = judge(left, right, salted=True)
    assert judged.f1() >= f1
    assert judged.calibration_error() <= 0.03
    assert min(judged.by_origin(left, right).values()) >= worst


@pytest.mark.long
@is_here
def test_weights_fitted_on_half_of_the_people_recognise_the_others() -> None:
    """What the shipped weights do for people they have not seen."""
    samples, asked = [], []
    for numbered in (False, True):
        left, right = made_up.refugees(numbered=numbered)
        features, questions, same = candidates(left, right)
        even = np.array([int(row["person_id"][1:]) % 2 == 0 for row in right])
        samples.append(Sample(features[even[questions]], questions[even[questions]], same[even[questions]], 0.7))
        odd = [row for row, is_even in zip(right, even, strict=True) if not is_even]
        asked.append((features, questions, same, even, _true(left, odd)))
    weights = fitted(samples)
    for (features, questions, same, even, true), f1, recall in zip(asked, (0.975, 0.984), (0.96, 0.98), strict=True):
        others = ~even[questions]
        probability = posterior(features[others] @ weights, questions[others])
        judged = Judged(questions[others], probability, same[others], true, np.zeros(int(others.sum()), bool))
        assert judged.f1() >= f1
        assert judged.recall_at(0.99) >= recall
        assert judged.calibration_error() <= 0.03


@pytest.mark.skipif(not febrl.FOLDER.exists(), reason="the FEBRL sets are not here")
@pytest.mark.parametrize(
    ("name", "f1"), [("febrl4", 0.98), pytest.param("febrl4-all", 0.9995, marks=pytest.mark.long), ("febrl3", 0.99)]
)
def test_people_of_another_country_with_other_errors_are_recognised_too(name: str, f1: float) -> None:
    """Names, birth date and suburb of Australians, and all fields; the lists themselves teach what is usual there."""
    left, right = (identified(lines) for lines in febrl.lists(name))
    judged = judge(left, right)
    known = judged.probability >= MODEL.known
    found = judged.same[known].sum()
    assert found / known.sum() >= 0.998
    assert 2 * found / (known.sum() + judged.true) >= f1


@is_here
def test_of_people_whom_the_other_office_does_not_know_nearly_none_is_called_known() -> None:
    """Lists that share nobody: how many the fitted ones shared must not make strangers one."""
    left, right = made_up.refugees(numbered=False)
    left = [row for row in left if int(row["person_id"][1:]) % 2]
    right = [row for row in right if not int(row["person_id"][1:]) % 2]
    judged = judge(left, right)
    assert (judged.probability >= MODEL.known).sum() <= 20


@is_here
def test_lists_whose_days_are_all_placeholders_do_not_teach_that_a_placeholder_proves_much() -> None:
    """600 and 600 lines with their years, every day the first of January: nobody is in both, or every second one."""
    sides = [[_january(row) for row in side] for side in made_up.refugees(numbered=False)]
    both = {row["person_id"] for row in sides[0]} & {row["person_id"] for row in sides[1]}
    strangers = [[row for row in side if row["person_id"] not in both][:600] for side in sides]
    judged = judge(*strangers)
    assert (judged.probability >= MODEL.known).sum() <= 20
    shared = set(sorted(both)[:300])
    mixed = [[row for row in side if row["person_id"] in shared] for side in sides]
    judged = judge(*(some + unknown[:300] for some, unknown in zip(mixed, strangers, strict=True)))
    known = judged.probability >= MODEL.known
    assert judged.same[known].sum() / known.sum() >= 0.88
    assert judged.same[known].sum() / judged.true >= 0.95


def _january(row: dict[str, str]) -> dict[str, str]:
    return row | {"birth_date": row["birth_date"] and f"{row['birth_date'][:4]}-01-01"}


def identified(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return FEBRL's lines with who they are of."""
    return [line | {"person_id": febrl.person_of(line["rec_id"])} for line in lines]


def candidates(
    left: list[dict[str, str]], right: list[dict[str, str]]
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.bool_]]:
    """Return features with a last column of ones, who is asked about, and the truth."""
    with prepared([left], [right], told=lambda _: None, processes=1) as linking:
        parts = list(linking.compared())
    features = np.concatenate([part.features for part in parts])
    found, asked = (np.concatenate([getattr(part, side) for part in parts]) for side in ("found", "asked"))
    people = [np.array([row["person_id"] for row in side]) for side in (left, right)]
    return np.hstack([features, np.ones((len(features), 1))]), asked, people[0][found] == people[1][asked]


def judge(left: list[dict[str, str]], right: list[dict[str, str]], *, salted: bool = False) -> Judged:
    """Return what `registry link` says."""
    with prepared([left], [right], told=lambda _: None, processes=1, salted=salted) as linking:
        weights = linking.learned()
        parts = [(one.found, one.asked, *_graded(one, weights)) for one in linking.compared()]
    found, asked, probability, known = (np.concatenate(column) for column in zip(*parts, strict=True))
    people = [np.array([row["person_id"] for row in side]) for side in (left, right)]
    return Judged(asked, probability, people[0][found] == people[1][asked], _true(left, right), known)


def _graded(one: Compared, weights: Learned) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    probability = weights.probabilities(one.features, one.asked)
    return probability, grades(one.evidence, bits_of(probability)) == KNOWN


def _true(left: list[dict[str, str]], right: list[dict[str, str]]) -> int:
    return pairs_of((row["person_id"] for row in left), right)

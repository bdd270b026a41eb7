"""What the benchmark of refugees counts: two grades, twins, strangers; on a few lines."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from registry.bench.judging.judged import Judged
from registry.bench.judging.refugees import FILE, refugees, strangers_like, twins_of

if TYPE_CHECKING:
    from pathlib import Path

is_here = pytest.mark.skipif(not FILE.exists(), reason="the made-up refugees are not here")


def test_the_best_pairs_count_once_for_each_question_and_both_grades_are_told_apart(tmp_path: Path) -> None:
    out = tmp_path / "PAIRS.csv"
    out.write_text(
        "id_a,id_b,probability,grade,counter\n"
        "A1,B1,0.900000,known,known\nA2,B1,0.050000,look,look\nA2,B2,0.800000,known,look\nA3,B3,0.300000,look,look\n",
        encoding="utf-8",
    )
    left = [{"rec_id": f"A{at}", "person_id": f"P{at}", "origin": "SY"} for at in (1, 2, 3)]
    right = [{"rec_id": f"B{at}", "person_id": who, "origin": "SY"} for at, who in ((1, "P1"), (2, "P9"), (3, "P3"))]
    judged = Judged.read(out, left, right)
    assert judged.true == 2
    assert judged.precision_and_recall(judged.known()) == (0.5, 0.5)
    assert judged.precision_and_recall(judged.counter) == (1.0, 0.5)
    assert judged.f1() == 0.5
    assert judged.recall_at(0.99) == 0.5
    assert judged.by_origin(left, right) == {"SY": 0.5}
    assert judged.calibration_error() == pytest.approx((0.1 + 0.05 + 0.8 + 0.7) / 4)


@is_here
def test_twins_have_all_but_the_given_name_and_strangers_are_nobody_of_the_list() -> None:
    left, _ = refugees(numbered=True)
    stored = {tuple(row[name] for name in ("family_name", "birth_date", "birth_place")) for row in left}
    twins = twins_of(left[:2_000])
    assert {(row["family_name"], row["birth_date"], row["birth_place"]) for row in twins} <= stored
    assert not {row["person_id"] for row in twins} & {row["person_id"] for row in left}
    strangers = strangers_like(left, 500, random.Random(1))  # noqa: S311 - the same people each time, no secret
    assert len({row["person_id"] for row in strangers}) == 500
    assert not any(row["azr"] or row["phone"] for row in (*twins, *strangers))

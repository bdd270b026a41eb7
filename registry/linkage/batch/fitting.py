"""Fitting the weights: how much each piece of evidence says, learned from lists whose truth is known.

    python -m registry.linkage.batch.fitting PEOPLE.csv --out registry/linkage/comparison/model.json

A conditional logit with the choice "nobody": for each line of the second list, the candidates found for it and the
chance that it is none of them share one probability, so a rival who is almost as like counts against a pair. It is
convex; Newton's method finds the one best answer, the same each time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import numpy as np

from registry.linkage.batch.comparing.posterior import posterior, starts
from registry.linkage.batch.lists.reading import read
from registry.linkage.batch.run import prepared
from registry.linkage.comparison.evidence import AT, FEATURES, LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Pull of all weights towards nothing, so that what is rarely seen says little.
PULL: Final = 0.5
_PULL_OF_START: Final = 1e-3
_DIGITS, _DIGITS_OF_LEVELS = 4, 6
_MOST_TURNS, _GOOD_ENOUGH = 40, 0.01
_LEAST_STEP: Final = 1e-4
#: A level that was never met counts as met so often.
_UNSEEN: Final = 0.5
#: A pair that is less likely adds nothing to the second derivative.
_UNLIKELY: Final = 1e-8
#: The columns that name the truth and the list of a line.
_TRUTH, _AGENCY = "person_id", "agency"
#: A pair counts as known from here on: of a calibrated probability, the best F1 lies a little below half.
KNOWN: Final = 0.4


@dataclass(frozen=True, slots=True)
class Sample:
    """Candidates of many questions."""

    features: NDArray[np.float64]  #: a row for each pair; the last column is 1
    questions: NDArray[np.int32]  #: of which question each is a candidate; in order
    same: NDArray[np.bool_]  #: whether it is one human being
    share: float  #: of all who were asked about, so many can be found


def fitted(samples: Sequence[Sample]) -> NDArray[np.float64]:
    """Return the weights in natural units of odds; the last is the start."""
    width = len(FEATURES) + 1
    pull = np.full(width, PULL)
    pull[-1] = _PULL_OF_START
    weights = np.zeros(width)
    weights[-1] = -6.0
    current = _likelihood(samples, weights, pull)
    for _ in range(_MOST_TURNS):
        slope, curve = _derivatives(samples, weights, pull)
        direction, step = np.linalg.solve(curve, slope), 1.0
        while (likelihood := _likelihood(samples, weights + step * direction, pull)) < current and step > _LEAST_STEP:
            step /= 2
        weights = weights + step * direction
        if abs(likelihood - current) < _GOOD_ENOUGH:
            break
        current = likelihood
    return weights


def _likelihood(samples: Sequence[Sample], weights: NDArray[np.float64], pull: NDArray[np.float64]) -> float:
    total = -0.5 * float((pull * weights * weights).sum())
    for sample in samples:
        scores = sample.features @ weights
        firsts = starts(sample.questions)
        most = np.maximum(np.maximum.reduceat(scores, firsts), 0)
        spread = np.repeat(most, np.diff(np.append(firsts, len(scores))))
        nobody = np.log(np.add.reduceat(np.exp(scores - spread), firsts) + np.exp(-most)) + most
        total += float(scores[sample.same].sum() - nobody.sum())
    return total


def _derivatives(
    samples: Sequence[Sample], weights: NDArray[np.float64], pull: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    slope, curve = -pull * weights, np.diag(pull)
    for sample in samples:
        probability = posterior(sample.features @ weights, sample.questions)
        slope = slope + sample.features.T @ (sample.same - probability)
        likely = probability > _UNLIKELY
        rows, weight = sample.features[likely], probability[likely]
        firsts = starts(sample.questions[likely])
        expected = np.add.reduceat(rows * weight[:, None], firsts)
        curve = curve + rows.T @ (rows * weight[:, None]) - expected.T @ expected
    return slope, curve


def samples_of(path: Path) -> tuple[list[Sample], int]:
    """Return the candidates of a list whose truth is known, and how many people could be found in it.

    All evidence is used once, and once more without the numbers of offices: most lists have none.

    Args:
        path: columns as `registry link` reads them, and `agency` (A or B) and `person_id`, the truth.
    """
    rows = [row for piece in read(path, also=(_TRUTH, _AGENCY)) for row in piece]
    left, right = ([row for row in rows if row[_AGENCY] == agency] for agency in ("A", "B"))
    bare = [[row | {"azr": "", "phone": ""} for row in side] for side in (left, right)]
    return [_sample(*sides) for sides in ((left, right), bare)], len(left)


def _sample(left: list[dict[str, str]], right: list[dict[str, str]]) -> Sample:
    people = [np.array([row[_TRUTH] for row in side]) for side in (left, right)]
    with prepared([left], [right], told=lambda _: None, processes=1) as linking:
        found = list(linking.compared())
    features = np.concatenate([one.features for one in found])
    asked = np.concatenate([one.asked for one in found])
    others = np.concatenate([one.found for one in found])
    ones = np.ones((len(features), 1))
    share = float(np.isin(people[1], people[0]).mean())
    return Sample(np.hstack([features, ones]), asked, people[0][others] == people[1][asked], share)


def levels_of(sample: Sample) -> dict[str, float]:
    """Return how often each level is met where two are one human being."""
    shares: dict[str, float] = {}
    for names in LEVELS:
        counts = sample.features[sample.same][:, [AT[name] for name in names]].sum(axis=0) + _UNSEEN
        shares |= {name: float(count) for name, count in zip(names, counts / counts.sum(), strict=True)}
    return shares


@click.command()
@click.argument("path", metavar="PEOPLE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
def main(path: Path, out: Path) -> None:
    """Fit the weights on PEOPLE.csv and write them as JSON."""
    samples, people = samples_of(path)
    weights = fitted(samples) / np.log(2)
    told = {
        "people": people,
        "start": round(float(weights[-1]), _DIGITS),
        "known": KNOWN,
        "share": round(samples[0].share, _DIGITS),
        "levels": {name: round(share, _DIGITS_OF_LEVELS) for name, share in levels_of(samples[0]).items()},
        "weights": {name: round(float(bits), _DIGITS) + 0.0 for name, bits in zip(FEATURES, weights, strict=False)},
    }
    out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    click.echo(f"{len(FEATURES)} weights from {len(samples[0].features)} pairs written to {out}")


if __name__ == "__main__":
    main()

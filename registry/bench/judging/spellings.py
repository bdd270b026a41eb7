"""Attested spellings of one name: how many agree, while of different names no more do than is allowed.

The pairs are Wikidata's (Arabic script) and rigour's (Ukrainian); the set lies beside the project and does not come
with it. Names are compared as the counter compares them, among people who bear each of these spellings once.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from secrets import token_bytes
from typing import TYPE_CHECKING, Final

import duckdb
import numpy as np

from registry.bench.figures import Figure
from registry.bench.judging import febrl
from registry.folding.identity import Identity, tokenized
from registry.folding.names import forms_of
from registry.folding.sounds import CYRILLIC, GENERAL
from registry.keeper.tokens import tokenizer
from registry.linkage.comparison.frequency import Frequencies
from registry.linkage.comparison.names import NameComparison

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pair = tuple[str, str]

FILE: Final = febrl.FOLDER.parent / "name_variant_pairs.csv"
#: Pairs of the file -> how names are read, and the share of different names that may agree.
SETS: Final = {"ar": (GENERAL, 0.0039), "uk": (CYRILLIC, 0.0014)}
_STRANGERS: Final = 100_000
_SEED: Final = 20_261_123


@dataclass(frozen=True, slots=True)
class _Judge:
    known: dict[str, Identity[int]]
    comparison: NameComparison

    @classmethod
    def of(cls, names: set[str], reading: str) -> _Judge:
        token, counted = tokenizer(token_bytes(32), 1), Frequencies()
        known = {name: tokenized(Identity(forms=forms_of([("", name)], reading)), token) for name in names}
        for identity in known.values():
            counted.add(identity)
        return cls(known, NameComparison(counted, None))

    def bits(self, pairs: list[Pair]) -> NDArray[np.float64]:
        found = [self.comparison.compare(self.known[one], self.known[other]) for one, other in pairs]
        return np.array([names.bits if names.agreeing else -np.inf for names in found])


def figure(which: str) -> Figure:
    """Return how many of 10,000 pairs of spellings agree, ours beside Jaro and Winkler's likeness of clear text.

    Args:
        which: one of SETS.
    """
    same, strangers = pairs(which)
    plain = recall(_likeness(same), _likeness(strangers), which)
    notes = {"different names that agree, of 10,000": 10_000 * SETS[which][1]}
    return Figure(f"link-spellings-{which}", 10_000 * found(which), 10_000 * plain, "of 10,000", 1, notes)


def found(which: str) -> float:
    """Return the share of spellings that we find to agree."""
    same, strangers = pairs(which)
    judge = _Judge.of({name for pair in (*same, *strangers) for name in pair}, SETS[which][0])
    return recall(judge.bits(same), judge.bits(strangers), which)


def pairs(which: str) -> tuple[list[Pair], list[Pair]]:
    """Return spellings of one name, two and two, and spellings of different names; the same each time."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["set"] == which]
    chance = random.Random(_SEED)  # noqa: S311 - the same names each time, no secret
    drawn = (chance.choices(rows, k=2) for _ in range(_STRANGERS))
    strangers = [(one["spelling_a"], other["spelling_b"]) for one, other in drawn if one["key"] != other["key"]]
    return [(row["spelling_a"], row["spelling_b"]) for row in rows], strangers


def recall(same: NDArray[np.float64], strangers: NDArray[np.float64], which: str) -> float:
    """Return the share of spellings that are liker than all different names but those that may agree."""
    most = np.sort(strangers)[::-1][int(SETS[which][1] * len(strangers))]
    return float((same > most).mean())


def _likeness(pairs: list[Pair]) -> NDArray[np.float64]:
    names = {
        side: np.array(some, object) for side, some in zip(("one", "other"), zip(*pairs, strict=True), strict=True)
    }
    with duckdb.connect(":memory:") as database:
        database.register("names", names)
        likeness = database.execute("SELECT jaro_winkler_similarity(one, other) AS likeness FROM names").fetchnumpy()
    return np.asarray(likeness["likeness"], np.float64)

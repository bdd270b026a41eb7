"""The fitted weights: how many bits each piece of evidence is worth, and from which probability a pair is known.

`model.json` beside this module is made by `python -m registry.linkage.batch.fitting` from a list whose truth is known;
it is never edited by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from importlib import resources
from math import log2
from typing import TYPE_CHECKING, Final

from registry.linkage.comparison.evidence import FEATURES, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Model:
    """Weights in bits of odds."""

    weights: Mapping[str, float]  #: by names of `evidence.FEATURES`
    start: float  #: log2 of the odds before any evidence, among as many people as it was fitted on
    people: int  #: so many: among more, the odds of each fall
    known: float  #: probability from which a list calls a pair known
    share: float  #: of those asked about, so many were among the people it was fitted on
    levels: Mapping[str, float]  #: how often each of `evidence.LEVELS` is met where two are one human being

    @classmethod
    def of(cls, text: str) -> Model:
        """Read a model.

        Raises:
            ValueError: it weighs other evidence than this version compares.
        """
        told = json.loads(text)
        if set(told["weights"]) != set(FEATURES) or set(told["levels"]) != {name for some in LEVELS for name in some}:
            raise ValueError("the model weighs other evidence: fit it anew")
        return cls(**{field.name: told[field.name] for field in fields(cls)})

    def start_among(self, people: int) -> float:
        """Return log2 of the odds, before any evidence, that two are one human being among so many people."""
        return self.start - log2(people / self.people)

    def bits(self, features: Mapping[str, float]) -> float:
        """Return what evidence is worth, in bits."""
        weights = self.weights
        return sum(weights[name] * value for name, value in features.items())


_TEXT: Final = resources.files("registry.linkage.comparison").joinpath("model.json").read_text("utf-8")
#: The model that is shipped; the counter and the lists use the same.
MODEL: Final = Model.of(_TEXT)

"""Makes of the web fonts that npm fetched what typst reads; part of building the assets, never of running."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from registry.letters.families import COVERAGE, SUBSETS, WEIGHTS, Subset

if TYPE_CHECKING:
    from pathlib import Path

#: Entries of the table "name" that say what a font is called (OpenType, "name": 1, 4, 6, 16, 17, 21, 22, 25).
_NAMES = frozenset({1, 2, 4, 6, 16, 17, 21, 22, 25})


def build(node_modules: Path, out: Path) -> list[Path]:
    """Write the fonts of letters, each weight of each subset as a TrueType file, and which characters they have.

    Returns:
        The files, the fonts first; what lay there under their names is replaced.

    Raises:
        OSError: a package is missing below `node_modules`.
    """
    out.mkdir(parents=True, exist_ok=True)
    paths, coverage = [], {}
    for subset in SUBSETS:
        held = []
        for weight in WEIGHTS:
            with TTFont(node_modules / subset.source.format(weight=weight), recalcTimestamp=False) as font:
                _convert(font, subset, weight)
                held.append(set(font.getBestCmap()))
                paths.append(subset.path(out, weight))
                font.save(paths[-1])
        coverage[subset.family] = sorted(set.intersection(*held))
    (out / COVERAGE).write_text(json.dumps(coverage))
    return [*paths, out / COVERAGE]


def _convert(font: TTFont, subset: Subset, weight: int) -> None:
    """Make a plain font of one weight of it."""
    if subset.variable:
        instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True)
    font.flavor = None
    _rename(font, subset.family, weight)


def _rename(font: TTFont, family: str, weight: int) -> None:
    """Give it its family's name, and the weight in numbers: names like "SemiBold" are for people."""
    names = font["name"]
    names.names = [one for one in names.names if one.nameID not in _NAMES]
    for number, text in {1: family, 2: "Regular", 4: f"{family} {weight}", 6: f"{family}-{weight}"}.items():
        names.setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight

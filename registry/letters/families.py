"""Which fonts letters are set in.

Each subset of a web font becomes a family of its own, because typst mixes up files of one name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

#: Text, and what stands out.
WEIGHTS: Final = (400, 600)
#: Beside the fonts: family -> code points that it has in every weight.
COVERAGE: Final = "coverage.json"


@dataclass(frozen=True, slots=True)
class Subset:
    """One part of a web font, as its npm package has it."""

    family: str  #: our name; typst cuts words of style such as "ext" off the end of a name
    source: str  #: below node_modules; {weight} where each weight is a file of its own
    variable: bool = False  #: one file for all weights

    def path(self, fonts: Path, weight: int) -> Path:
        """Return where the file made of it lies."""
        return fonts / f"{self.family.lower()}-{weight}.ttf"


_FIRA: Final = "@fontsource/fira-sans/files/fira-sans-{subset}-{{weight}}-normal.woff2"
_VAZIRMATN: Final = "@fontsource-variable/vazirmatn/files/vazirmatn-arabic-wght-normal.woff2"
#: A letter looks for a character in this order; a language in another script adds its own here.
SUBSETS: Final = (
    Subset("FiraLatin", _FIRA.format(subset="latin")),
    Subset("FiraAccents", _FIRA.format(subset="latin-ext")),
    Subset("FiraCyrillic", _FIRA.format(subset="cyrillic")),
    Subset("FiraCyrillicMore", _FIRA.format(subset="cyrillic-ext")),
    Subset("VazirmatnArabic", _VAZIRMATN, variable=True),
)

"""What the fonts of letters can show of a text that somebody else wrote, such as a name."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from registry.letters.families import COVERAGE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
_STRONG: Final = _RIGHT_TO_LEFT | {"L"}
#: The controls that change how a word is written: Persian and Kurdish letters that do, or do not, join.
_JOINERS: Final = frozenset("\u200c\u200d")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which characters the fonts of a folder have; a PDF/UA must not hold one that they lack."""

    families: Mapping[str, frozenset[int]]

    @classmethod
    def of(cls, fonts: Path) -> Coverage:
        """Read what `fonts.build` noted."""
        noted = msgspec.json.decode((fonts / COVERAGE).read_bytes(), type=dict[str, frozenset[int]])
        return cls(noted)

    def shown(self, text: str) -> str:
        """Return the text in one line, as far as it can be printed.

        Controls, and marks that are not in the font of their letter, are left out; a letter with a mark stands without
        it where no font has it so. What cannot be shown at all becomes "?".
        """
        kept: list[str] = []
        before: frozenset[int] = frozenset()
        for char in unicodedata.normalize("NFC", " ".join(text.split())):
            kind = unicodedata.category(char)[0]
            if kind in {"C", "M"}:
                kept += char if ord(char) in before and (kind == "M" or char in _JOINERS) else ""
                continue
            bare = unicodedata.normalize("NFD", char)[0]
            shown, before = next(
                ((one, points) for one in (char, bare) if (points := self._of(one))), ("?", frozenset())
            )
            kept.append(shown)
        return "".join(kept)

    def _of(self, char: str) -> frozenset[int]:
        """Return what the first family that has the character has besides."""
        return next((points for points in self.families.values() if ord(char) in points), frozenset())


def direction(text: str) -> str:
    """Return ltr or rtl: which way a text of one line is written, by its first letter that says so (UAX 9, P2)."""
    strong = (kind for kind in map(unicodedata.bidirectional, text) if kind in _STRONG)
    return "rtl" if next(strong, "L") in _RIGHT_TO_LEFT else "ltr"

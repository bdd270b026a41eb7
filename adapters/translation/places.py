"""One object of a record, of which values are read as our fields keep them and taken all at once or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.translation.days import day_of, ends_before_start
from adapters.translation.words import fitting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.translation.leftovers import Document, Path

Code = TypeVar("Code")


@dataclass(frozen=True, slots=True)
class Place:
    """Reads the values at one path; what it could not read is None and stays where it is.

    Nothing is taken before `take`, so that an entry that cannot be made leaves nothing behind.
    """

    document: Document
    path: Path
    read: list[Path] = field(default_factory=list)

    def text(self, *steps: str | int, max_length: int = 300, lines: bool = False) -> str | None:
        """Return a text as our fields keep it; None where none stands, or one that no field would accept."""
        value = self.document.at((*self.path, *steps))
        said = fitting(value, max_length=max_length, lines=lines) if isinstance(value, str) else None
        return self._read(steps, said)

    def matching(self, pattern: str, *steps: str | int) -> str | None:
        """Return a text all of which has a form, for example a code."""
        value = self.document.at((*self.path, *steps))
        said = value.strip() if isinstance(value, str) else ""
        return self._read(steps, said if re.fullmatch(pattern, said) else None)

    def is_true(self, *steps: str | int) -> bool:
        """Say whether `true` stands there; false and missing say no."""
        value = self.document.at((*self.path, *steps))
        return self._read(steps, True if value is True else None) is not None

    def day(self, *steps: str | int) -> str | None:
        """Return a date as far as it is known."""
        value = self.document.at((*self.path, *steps))
        return self._read(steps, day_of(value) if isinstance(value, str) else None)

    def span(self, start: str, end: str) -> dict[str, str]:
        """Return `start` and `end` as far as they are known; neither where the end is before the start."""
        first, last = (self._at(name) for name in (start, end))
        said = {"start": first, "end": last}
        if ends_before_start(first, last):
            return {}
        self.read.extend((*self.path, name) for name, day in ((start, first), (end, last)) if day)
        return {name: day for name, day in said.items() if day}

    def coded(self, table: Mapping[str, Code], *steps: str | int) -> Code | None:
        """Return what a code stands for in a table; None for a code that is not in it."""
        value = self.document.at((*self.path, *steps))
        return self._read(steps, table.get(value.strip()) if isinstance(value, str) else None)

    def whole(self, least: int, most: int, *steps: str | int) -> int | None:
        """Return a whole number between two limits, also where it is written as text ("2", not "02")."""
        value = self.document.at((*self.path, *steps))
        if isinstance(value, str) and value.isdecimal() and str(int(value[:9])) == value:
            value = int(value)
        fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return self._read(steps, value if fits else None)

    def take(self) -> None:
        """Say that everything that was read went into an entry."""
        self.document.take(*self.read)

    def _at(self, name: str) -> str | None:
        value = self.document.at((*self.path, name))
        return day_of(value) if isinstance(value, str) else None

    def _read(self, steps: tuple[str | int, ...], value: Code | None) -> Code | None:
        if value is not None:
            self.read.append((*self.path, *steps))
        return value


def items(document: Document, *path: str | int) -> Iterator[Place]:
    """Yield the items of a list; each is one statement, kept whole where it is not understood to its last word."""
    listed = document.at(path)
    for index in range(len(listed) if isinstance(listed, list) else 0):
        document.keep_together((*path, index))
        yield Place(document, (*path, index))


def filled(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return the fields that are said; nothing, empty lists and empty objects are not."""
    return {name: value for name, value in fields.items() if value is not None and value not in ([], {})}

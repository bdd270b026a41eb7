"""How XAusländer writes texts, codes and partly known dates, and where in a document they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.translation.days import day_of, filled_element
from adapters.translation.words import fitting

if TYPE_CHECKING:
    from adapters.translation.leftovers import Document, Path


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text that an entry can hold, and where it stands."""

    path: Path
    text: str


def places(document: Document, path: Path) -> list[Path]:
    """Return where an element stands: nowhere, at its path, or, where it is repeated, at each index below it."""
    value = document.at(path)
    if isinstance(value, list):
        return [(*path, index) for index in range(len(value))]
    return [] if value is None else [path]


def leaf(document: Document, path: Path, *, inner: str = "", limit: int = 200) -> Leaf | None:
    """Return the text of an element, or None where it has none or one that no entry may hold.

    Args:
        inner: the element below that may carry it, such as `code` or `name`.
        limit: in characters; a longer text is left.
    """
    value = document.at(path)
    if isinstance(value, dict) and inner in value:
        path, value = (*path, inner), value[inner]
    if isinstance(value, dict) and "#text" in value:
        path, value = (*path, "#text"), value["#text"]
    text = fitting(value, max_length=limit) if isinstance(value, str) else None
    return Leaf(path, text) if text else None


def code(document: Document, path: Path, limit: int = 100) -> Leaf | None:
    """Return the code of an element `<x><code>…</code></x>`."""
    return leaf(document, path, inner="code", limit=limit)


def label(document: Document, path: Path) -> Leaf | None:
    """Return the name that a source wrote beside a code."""
    return leaf(document, (*path, "name"), limit=300) if isinstance(document.at(path), dict) else None


def partial_date(document: Document, path: Path) -> Leaf | None:
    """Return a partly known date in our form, or None where none stands that we can read."""
    element = filled_element(document.at(path))
    found = leaf(document, (*path, element) if element else path)
    day = day_of(found.text) if found else None
    return Leaf(found.path, day) if found and day else None

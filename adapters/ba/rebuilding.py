"""Puts pieces of a profile together again: what no mapping took, at its own place, and parts that say one thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.ba.statements import LISTS
from adapters.translation.statements import copied, in_order, places_of, plant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adapters.ba.sections.said import Part
    from adapters.translation.leftovers import Path


class NoPlaceError(Exception):
    """Two pieces want the same place, or one wants a place that there is not."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of a profile: its fields, and apart from them items of the lists of statements by their number."""

    content: dict[str, Any] = field(default_factory=dict)
    items: dict[Path, dict[int, Any]] = field(default_factory=dict)


def rebuilt(entries: Iterable[Mapping[str, Any]]) -> Kept:
    """Return what unmapped entries hold, each at its path.

    Raises:
        NoPlaceError: the paths contradict one another.
    """
    tree: dict[str, Any] = {}
    items: dict[Path, dict[int, Any]] = {}
    for entry in in_order(entries):
        holder, path = _holder(items, places_of(entry["value"]["path"]))
        content = tree if holder is None else holder
        # digits that lead to no list are the name of a field
        if not any(plant(content, steps, entry["value"]["content"]) for steps in (path, tuple(map(str, path)))):
            raise NoPlaceError
    return Kept(tree, {path: {index: one["item"] for index, one in found.items()} for path, found in items.items()})


def list_item(part: Part) -> tuple[Path, Any] | None:
    """Return list and item of a part that is one item of a list of statements; None for any other part."""
    ((name, below), *more) = part.items()
    path: Path = (name,)
    if isinstance(below, dict) and len(below) == 1:
        ((inner, below),) = below.items()
        path = (name, inner)
    return (path, below[0]) if not more and path in LISTS and isinstance(below, list) and len(below) == 1 else None


def merge(into: dict[str, Any], part: Mapping[str, Any], *, joins_lists: bool = False) -> None:
    """Add a part to a profile; nothing that stands there is changed.

    Args:
        joins_lists: whether a list is put behind one that stands there.

    Raises:
        NoPlaceError: something else stands where the part wants to be; the profile is as it was.
    """
    if not _fits(into, part, joins_lists=joins_lists):
        raise NoPlaceError
    for name, value in part.items():
        if name not in into:
            into[name] = copied(value)
        elif isinstance(value, list):
            into[name].extend(value)
        else:
            merge(into[name], value, joins_lists=joins_lists)


def _fits(into: object, part: Mapping[str, Any], *, joins_lists: bool) -> bool:
    if not isinstance(into, dict):
        return False
    for name, value in part.items():
        if name not in into:
            continue
        if isinstance(value, list):
            if not joins_lists or not isinstance(into[name], list) or not value or not into[name]:
                return False
        elif not isinstance(value, dict) or not _fits(into[name], value, joins_lists=joins_lists):
            return False
    return True


def _holder(items: dict[Path, dict[int, Any]], path: Path) -> tuple[dict[str, Any] | None, Path]:
    """Return where a piece of an item belongs, and its path inside; None for what is in no list of statements."""
    for length in (1, 2):
        index = path[length] if len(path) > length else None
        if path[:length] in LISTS and isinstance(index, int):
            return items.setdefault(path[:length], {}).setdefault(index, {}), ("item", *path[length + 1 :])
    return None, path

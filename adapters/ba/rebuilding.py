"""Puts pieces of a profile together again: what no mapping took, at its own place, and parts that say one thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.ba.statements import LISTS

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


@dataclass(frozen=True, slots=True)
class _Leaf:
    content: Any


def rebuilt(entries: Iterable[Mapping[str, Any]]) -> Kept:
    """Return what unmapped entries hold, each at its path (RFC 6901).

    An object whose names are 0, 1, 2 … is taken for a list: whoever needs to know compares.

    Raises:
        NoPlaceError: the paths contradict one another.
    """
    tree: dict[str, Any] = {}
    items: dict[Path, dict[int, Any]] = {}
    for entry in entries:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in entry["value"]["path"].split("/")[1:]]
        holder, rest = _holder(items, steps)
        _plant(tree if holder is None else holder, rest, entry["value"]["content"])
    grown = {path: {index: _grown(one["item"]) for index, one in found.items()} for path, found in items.items()}
    return Kept({name: _grown(one) for name, one in tree.items()}, grown)


def list_item(part: Part) -> tuple[Path, Any] | None:
    """Return list and item of a part that is one item of a list of statements; None for any other part."""
    ((name, below), *more) = part.items()
    path: Path = (name,)
    if isinstance(below, dict) and len(below) == 1:
        ((inner, below),) = below.items()
        path = (name, inner)
    return (path, below[0]) if not more and path in LISTS and isinstance(below, list) and len(below) == 1 else None


def nested(path: Path, value: object) -> Part:
    """Return a profile that has nothing but this value at this path."""
    for step in reversed(path):
        value = {str(step): value}
    return value if isinstance(value, dict) else {}


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
            into[name] = _copied(value)
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


def _copied(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: _copied(below) for name, below in value.items()}
    return list(value) if isinstance(value, list) else value


def _holder(items: dict[Path, dict[int, Any]], steps: list[str]) -> tuple[dict[str, Any] | None, list[str]]:
    """Return where a piece of an item belongs, and its path inside; None for what is in no list of statements."""
    for length in (1, 2):
        path: Path = tuple(steps[:length])
        if path in LISTS and len(steps) > length and steps[length].isdecimal():
            found = items.setdefault(path, {}).setdefault(int(steps[length]), {})
            return found, ["item", *steps[length + 1 :]]
    return None, steps


def _plant(tree: dict[str, Any], steps: list[str], content: object) -> None:
    for step in steps[:-1]:
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            raise NoPlaceError
    if not steps or steps[-1] in tree:
        raise NoPlaceError
    tree[steps[-1]] = _Leaf(content)


def _grown(tree: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(tree, _Leaf):
        return tree.content
    children = {name: _grown(below) for name, below in tree.items()}
    if children.keys() == {str(index) for index in range(len(children))}:
        return [children[str(index)] for index in range(len(children))]
    return children

"""Turns CSS that says left and right into CSS that says start and end, so that one file serves both directions."""

from __future__ import annotations

import re
from typing import Final

_SIDES: Final = (("left", "start"), ("right", "end"))
_PROPERTIES: Final = {
    **{f"{box}-{side}": f"{box}-inline-{end}" for box in ("margin", "padding") for side, end in _SIDES},
    **{
        f"border-{side}{part}": f"border-inline-{end}{part}"
        for part in ("", "-width", "-style", "-color")
        for side, end in _SIDES
    },
    "left": "inset-inline-start",
    "right": "inset-inline-end",
    "border-top-left-radius": "border-start-start-radius",
    "border-top-right-radius": "border-start-end-radius",
    "border-bottom-left-radius": "border-end-start-radius",
    "border-bottom-right-radius": "border-end-end-radius",
}
_VALUES: Final = {
    **{("text-align", side): end for side, end in _SIDES},
    **{(name, side): f"inline-{end}" for name in ("float", "clear") for side, end in _SIDES},
}
_BOXES: Final = frozenset({"padding", "margin", "inset", "border-width", "border-color", "border-style"})
_DECLARATION: Final = re.compile(r"(?P<before>\n[ \t]+)(?P<name>[a-z-]+): (?P<value>[^;{}\n]+)(?P<after>;|(?=\n))")
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_PART: Final = re.compile(r"(?:[^\s()]|\([^()]*(?:\([^()]*\)[^()]*)*\))+")


def logical(css: str) -> str:
    """Return the same style sheet without comments, saying start and end.

    Args:
        css: one declaration a line, as preprocessors write it.
    """
    return re.sub(r"\n\s*", "\n", _DECLARATION.sub(_declared, _COMMENT.sub("", css)))


def _declared(found: re.Match[str]) -> str:
    name, value = found["name"], found["value"]
    important = " !important" if value.endswith("!important") else ""
    said = value.removesuffix("!important").strip()
    changed = _renamed(name, said) or _boxed(name, said, important) or _rounded(name, said, important)
    if changed is None:
        return found[0]
    return f"{found['before']}{changed}{important}{found['after']}"


def _renamed(name: str, said: str) -> str | None:
    if name in _PROPERTIES:
        return f"{_PROPERTIES[name]}: {said}"
    return f"{name}: {_VALUES[name, said]}" if (name, said) in _VALUES else None


def _boxed(name: str, said: str, important: str) -> str | None:
    """Return four sides of a box as two pairs, where left and right differ."""
    parts = _PART.findall(said)
    if name not in _BOXES or len(parts) != 4 or parts[1] == parts[3]:
        return None
    top, right, bottom, left = parts
    stem, _, which = name.partition("-")
    block, inline = (f"{stem}-{axis}-{which}" if which else f"{name}-{axis}" for axis in ("block", "inline"))
    return f"{block}: {top} {bottom}{important};{inline}: {left} {right}"


def _rounded(name: str, said: str, important: str) -> str | None:
    """Return four corners one by one, where left and right differ."""
    parts = _PART.findall(said)
    if name != "border-radius" or len(parts) != 4 or "/" in parts or (parts[0], parts[3]) == (parts[1], parts[2]):
        return None
    corners = ("start-start", "start-end", "end-end", "end-start")
    each = [f"border-{corner}-radius: {part}" for corner, part in zip(corners, parts, strict=True)]
    return f"{important};".join(each)

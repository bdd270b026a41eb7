"""What a source stated, on its way back: word for word where no field can say it, unmapped content in its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from adapters.translation.leftovers import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from adapters.translation.leftovers import Path

Entry = TypeVar("Entry", bound="Mapping[str, Any]")

#: What a source states of an entry; everything else the registry says of it.
FIELDS = ("kind", "value", "evidence", "valid_from", "delete_on", "reference")
UNMAPPED = "unmapped.path"
_INDEX = re.compile("0|[1-9][0-9]{0,8}")


def bare(entry: Mapping[str, Any], *more: str) -> dict[str, Any]:
    """Return of an entry what its source stated, without what it did not say.

    Args:
        more: fields of the registry to be shown with it.
    """
    return {name: entry[name] for name in (*FIELDS, *more) if entry.get(name) is not None}


def is_statement(content: object) -> TypeGuard[dict[str, Any]]:
    """Say whether something has the fields of a statement; what is in them is for the engine to check."""
    return isinstance(content, dict) and {"kind", "value"} <= content.keys() <= set(FIELDS)


def why_forbidden(statement: Mapping[str, Any]) -> str | None:
    """Return why a statement may never be held, or None: in our own words it comes in by no other door either.

    Of content that is kept unmapped the path decides too, as if it still stood there.
    """
    kind, value = statement["kind"], statement["value"]
    judged: dict[str, Any] = {"value": value}
    if kind == UNMAPPED and isinstance(value, dict) and isinstance(value.get("path"), str):
        names = steps_of(f"/{value['path']}")
        judged |= {"names": dict.fromkeys(names), "last": {names[-1]: value.get("content")}}
    return next(iter(Document(judged).dropped.values()), None)


def steps_of(pointer: str) -> list[str]:
    """Return the names a JSON pointer (RFC 6901) leads through; a place in a list is digits."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def places_of(pointer: str) -> Path:
    """Return the steps of a JSON pointer, of which those of digits alone are places in lists."""
    return tuple(int(step) if _INDEX.fullmatch(step) else step for step in steps_of(pointer))


def in_order(unmapped: Iterable[Entry]) -> list[Entry]:
    """Return unmapped entries in the order of their places, so that lists are filled from their first place on."""
    return sorted(unmapped, key=_place)


def plant(content: Any, path: Sequence[str | int], value: Any, *, parts_texts: bool = False) -> bool:  # noqa: ANN401 - any JSON
    """Put a value at a path where nothing stands yet; say whether there was a place for it.

    Where there was none, nothing is said anew. A list is filled from its first place on.

    Args:
        parts_texts: whether a text makes room for a name beside it, and becomes its `#text`, as in XML.
    """
    inner = content
    for length, step in enumerate(path, 1):
        if not _leads_on(inner, step):
            return False
        if step == len(inner) if isinstance(inner, list) else step not in inner:
            return _set(inner, step, path[length:], value=copied(value))
        if parts_texts and isinstance(inner[step], str) and length < len(path):
            inner[step] = {"#text": inner[step]}
        inner = inner[step]
    return False


def nested(path: Sequence[str | int], value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a document that has nothing but this value at this path; of a list its first place."""
    for step in reversed(path):
        value = {step: value} if isinstance(step, str) else [value]
    return value


def copied(content: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a copy of which every part can be changed."""
    if isinstance(content, dict):
        return {name: copied(value) for name, value in content.items()}
    return [copied(value) for value in content] if isinstance(content, list) else content


def _leads_on(inner: object, step: str | int) -> bool:
    if isinstance(inner, list):
        return isinstance(step, int) and step <= len(inner)
    return isinstance(inner, dict) and isinstance(step, str)


def _set(inner: Any, step: str | int, path: Sequence[str | int], *, value: Any) -> bool:  # noqa: ANN401 - any JSON
    if any(isinstance(later, int) and later > 0 for later in path):
        return False
    if isinstance(inner, list):
        inner.append(nested(path, value))
    else:
        inner[step] = nested(path, value)
    return True


def _place(entry: Mapping[str, Any]) -> list[tuple[bool, int, str]]:
    path = places_of(entry["value"]["path"])
    return [(isinstance(step, str), step if isinstance(step, int) else 0, str(step)) for step in path]

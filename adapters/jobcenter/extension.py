"""What no field of a style can say, in a place of our own: the agency's own entries, as JSON.

An export puts it beside the fields; our reader makes entries of it again. Where `complete` is set it holds all of the
agency's own entries, and the fields are only there to be read by others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.translation.leftovers import permitted
from schemas.canonical import NotCanonicalError, parse_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: What an adapter states of an entry; everything else is the registry's.
_FIELDS = frozenset({"kind", "value", "evidence", "valid_from", "delete_on", "reference"})
_UNMAPPED = "unmapped.path"


class ExtensionError(ValueError):
    """What stands in our place is not what we write there."""


@dataclass(frozen=True, slots=True)
class Extension:
    """Entries beside those of the fields, or instead of them."""

    entries: tuple[dict[str, Any], ...] = ()
    complete: bool = False


def read(text: str) -> Extension:
    """Return what an export wrote; entries about what the registry may never hold are left out.

    Raises:
        ExtensionError: it is something else.
    """
    try:
        document = parse_object(text.encode())
    except (NotCanonicalError, UnicodeEncodeError) as wrong:
        raise ExtensionError(str(wrong)) from wrong
    entries, complete = document.get("entries"), document.get("complete")
    if document.keys() != {"entries", "complete"} or not isinstance(entries, list) or not isinstance(complete, bool):
        raise ExtensionError("It has other fields than entries and complete.")
    return Extension(tuple(entry for entry in map(_entry, entries) if _may_be_held(entry)), complete)


def written(entries: Iterable[Mapping[str, Any]], *, complete: bool) -> str:
    """Return own entries as ASCII without line breaks."""
    document = {"complete": complete, "entries": [bare(entry) for entry in entries]}
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def bare(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return of an entry what its source stated, without what it did not say."""
    return {name: entry[name] for name in sorted(_FIELDS) if entry.get(name) is not None}


def _entry(entry: object) -> dict[str, Any]:
    if not isinstance(entry, dict) or not {"kind", "value"} <= entry.keys() <= _FIELDS:
        raise ExtensionError("An entry in it has other fields than entries have.")
    if not isinstance(entry["kind"], str) or not isinstance(entry["value"], dict):
        raise ExtensionError("An entry in it has no kind or no value.")
    return dict(entry)


def _may_be_held(entry: Mapping[str, Any]) -> bool:
    """Say whether a path that is kept for its source names nothing forbidden, whatever wrote it."""
    if entry["kind"] != _UNMAPPED:
        return True
    content: object = entry["value"].get("content")
    for step in reversed(str(entry["value"].get("path", "")).split("/")):
        content = {step.replace("~1", "/").replace("~0", "~"): content}
    return bool(permitted(content) == content)

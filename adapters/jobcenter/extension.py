"""What no field of a style can say, in a place of our own: the agency's own entries, as JSON.

An export puts it beside the fields; our reader makes entries of it again. Where `complete` is set it holds all of the
agency's own entries, and the fields are only there to be read by others. Then it also holds a digest of the fields: who
edits them afterwards would be heard by nobody, so such a record is refused.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.translation.statements import bare, is_statement, why_forbidden
from schemas.canonical import NotCanonicalError, canonical, parse_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class ExtensionError(ValueError):
    """What stands in our place is not what we write there."""


@dataclass(frozen=True, slots=True)
class Extension:
    """Entries beside those of the fields, or instead of them."""

    entries: tuple[dict[str, Any], ...] = ()
    fields: str | None = None  #: digest of the fields, where it holds all of the agency's own entries

    @property
    def complete(self) -> bool:
        """Whether the fields say nothing beside it."""
        return self.fields is not None


def read(text: str) -> Extension:
    """Return what an export wrote; entries about what the registry may never hold are left out.

    Raises:
        ExtensionError: it is something else.
    """
    try:
        document = parse_object(text.encode())
    except (NotCanonicalError, UnicodeEncodeError) as wrong:
        raise ExtensionError(str(wrong)) from wrong
    entries, fields = document.get("entries"), document.get("fields")
    if document.keys() != {"entries", "complete", "fields"} or not isinstance(entries, list):
        raise ExtensionError("It has other fields than entries, complete and fields.")
    if document["complete"] is not (fields is not None) or not isinstance(fields, str | None):
        raise ExtensionError("It does not say whether it is complete.")
    return Extension(tuple(entry for entry in map(_entry, entries) if not why_forbidden(entry)), fields)


def written(entries: Iterable[Mapping[str, Any]], *, all_beside: object = None) -> str:
    """Return own entries as ASCII without line breaks.

    Args:
        all_beside: the fields, where the entries are all of the agency's own.
    """
    fields = None if all_beside is None else digest(all_beside)
    stated = [bare(entry) for entry in entries]
    document = {"complete": fields is not None, "entries": stated, "fields": fields}
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def digest(content: object) -> str:
    """Return a digest of a record's fields, in hex: the same however blanks and empty fields came out of a file."""
    return hashlib.sha256(canonical(dict(_filled("", content)))).hexdigest()


def _filled(path: str, content: object) -> Iterator[tuple[str, str]]:
    """Yield path and words of each text; XML knows no list of one, and no element with a text alone."""
    if isinstance(content, list):
        for index, below in enumerate(content):
            yield from _filled(path if len(content) == 1 else f"{path}/{index}", below)
    elif isinstance(content, dict):
        for name, below in content.items():
            yield from _filled(path if name == "#text" else f"{path}/{name}", below)
    elif words := " ".join(str(content).split()):
        yield path, words


def _entry(entry: object) -> dict[str, Any]:
    if not is_statement(entry):
        raise ExtensionError("An entry in it has other fields than entries have.")
    if not isinstance(entry["kind"], str) or not isinstance(entry["value"], dict):
        raise ExtensionError("An entry in it has no kind or no value.")
    return entry

"""The agency's own statements that its format has no place for: written beside the others as our JSON, and read again.

An officer of the agency can state at our pages what no message of BAMF can say. An export loses nothing of it: each
such statement is one element `angabe`, in a namespace of ours, whose parts joined are the statement.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from adapters.translation.leftovers import Document
from adapters.translation.xml import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The element of a message that holds them; repeated.
OWN_STATEMENT, _PART = "angabe", "teil"
#: What a statement is made of; everything else is said by the registry, never by a sender.
STATEMENT_FIELDS = ("kind", "value", "evidence", "valid_from", "delete_on", "reference")
_PART_CHARACTERS = 12_000
#: What XML cannot hold or a reader trims at the ends of a part, in JSON only ever inside of a text.
ESCAPED = re.compile("[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]")
_ENDS = re.compile(r"\A\s|\s\Z")


def statement(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an entry states, without what the registry adds; fields that are not said are left out."""
    return {name: entry[name] for name in STATEMENT_FIELDS if entry.get(name) is not None}


def written_statement(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement as the content of its element."""
    text = ESCAPED.sub(escape, json.dumps(statement(entry), ensure_ascii=False, separators=(",", ":")))
    cut = [text[at : at + _PART_CHARACTERS] for at in range(0, len(text), _PART_CHARACTERS)]
    return {_PART: [_ENDS.sub(escape, part) for part in cut]}


def own_extras(document: Document) -> list[dict[str, Any]]:
    """Take the statements of a message that are written in our words; what is not such a one is left."""
    found = []
    value = document.at((OWN_STATEMENT,))
    for index, one in enumerate(listed(value)):
        path = (OWN_STATEMENT, index) if isinstance(value, list) else (OWN_STATEMENT,)
        entry = _read(one)
        if entry is not None:
            document.take(path)
            found.append(entry)
    return found


def forbidden(content: object) -> str | None:
    """Return why a statement written in our words may never be held, or None: it comes in by no other door either."""
    entry = _read(content)
    if entry is None:
        return None
    dropped = Document({"value": entry["value"], "path": _names(entry["value"])}).dropped
    return next(iter(dropped.values()), None)


def _read(content: object) -> dict[str, Any] | None:
    texts = listed(content.get(_PART)) if isinstance(content, dict) and content.keys() == {_PART} else []
    if not texts or not all(isinstance(text, str) for text in texts):
        return None
    try:
        entry = json.loads("".join(texts))
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not {"kind", "value"} <= entry.keys() <= set(STATEMENT_FIELDS):
        return None
    return entry


def _names(value: object) -> dict[str, Any]:
    """Return the steps of an unmapped path as names of fields, so that they are judged like names."""
    path = value.get("path") if isinstance(value, dict) else None
    return dict.fromkeys(path.split("/")) if isinstance(path, str) else {}


def escape(found: re.Match[str]) -> str:
    """Write one letter as JSON does where it may not stand itself."""
    return f"\\u{ord(found[0]):04x}"

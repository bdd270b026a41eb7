"""The agency's own statements that its format has no place for: written beside the others as our JSON, and read again.

An officer of the agency can state at our pages what no message of BAMF can say. An export loses nothing of it: each
such statement is one element `angabe`, in a namespace of ours, whose parts joined are the statement.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from adapters.translation.statements import bare, is_statement, why_forbidden
from adapters.translation.xml import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.translation.leftovers import Document

#: The element of a message that holds them; repeated.
OWN_STATEMENT, _PART = "angabe", "teil"
_PART_CHARACTERS = 12_000
#: What XML cannot hold or a reader trims at the ends of a part, in JSON only ever inside of a text.
ESCAPED = re.compile("[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]")
_ENDS = re.compile(r"\A\s|\s\Z")


def written_statement(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement as the content of its element."""
    text = ESCAPED.sub(escape, json.dumps(bare(entry), ensure_ascii=False, separators=(",", ":")))
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
    """Return why a statement written in our words may never be held, or None."""
    entry = _read(content)
    return None if entry is None else why_forbidden(entry)


def _read(content: object) -> dict[str, Any] | None:
    texts = listed(content.get(_PART)) if isinstance(content, dict) and content.keys() == {_PART} else []
    if not texts or not all(isinstance(text, str) for text in texts):
        return None
    try:
        entry = json.loads("".join(texts))
    except (ValueError, RecursionError):
        return None
    return entry if is_statement(entry) else None


def escape(found: re.Match[str]) -> str:
    """Write one letter as JSON does where it may not stand itself."""
    return f"\\u{ord(found[0]):04x}"

"""Entries back into the fields of a style, and proof that reading them gives the same entries again."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.contract import Record
from adapters.jobcenter import extension
from adapters.jobcenter.records import Sent, record_of
from adapters.jobcenter.slots.fields import TEXT
from adapters.translation.screening.judging import judged
from adapters.translation.statements import UNMAPPED, bare, in_order, places_of, plant
from schemas.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from adapters.jobcenter.slots.fields import Content
    from adapters.jobcenter.styles.layout import Layout

#: What no field of any style can say of a statement.
_BESIDE_FIELDS = ("delete_on", "reference")


@dataclass(frozen=True, slots=True)
class Composed:
    """One record ready to be written."""

    content: Content
    beside: str | None  #: own entries that the fields cannot say


def composed(layout: Layout, own: Iterable[Mapping[str, Any]], number: str | None = None) -> Composed:
    """Put an agency's own entries into the fields of a style, what does not fit beside them; nothing is lost.

    A field that would be read as something else is left out; where even that does not help, all own entries stand
    beside the fields, and those are only there to be read by others.

    Args:
        number: our id, for a person of whom the office knows no number.
    """
    entries = [bare(entry) for entry in own]
    held = judged(entries, None).entries
    since = _since(entries)
    fitting = entries
    for _ in range(2):
        content, rest = _placed(layout, fitting, since)
        rest += [entry for entry in entries if entry not in fitting]
        made = Composed(content, extension.written(rest) if rest else None)
        read = _read(layout, made, number)
        if read == _words(held):
            return made
        fitting = [entry for entry in entries if entry not in rest and canonical(entry) in read]
    undated: list[dict[str, Any]] = [
        {name: entry[name] for name in ("kind", "value", "evidence") if name in entry} for entry in entries
    ]
    content, _ = _placed(layout, undated, None)
    return Composed(content, extension.written(entries, all_beside=content))


def shown(layout: Layout, entries: Sequence[Mapping[str, Any]]) -> Content:
    """Put what others said into the fields of a style as far as these can say it; it is not meant to be read again."""
    content: Content = {}
    for entry in entries:
        if _is_writable(layout, entry):
            any(slot.put(entry, content) for slot in layout.slots)
    return content if isinstance(content := normal(content), dict) else {}


def _placed(
    layout: Layout, entries: Sequence[dict[str, Any]], since: str | None
) -> tuple[Content, list[dict[str, Any]]]:
    """Return the fields filled with entries, and those that found no field."""
    content: Content = {}
    writable = [entry for entry in entries if _is_writable(layout, entry)]
    rest = [entry for entry in entries if entry not in writable]
    unmapped = in_order(entry for entry in writable if entry["kind"] == UNMAPPED)
    rest += [entry for entry in unmapped if not _put_back(layout, entry, content)]
    is_dated = since is None or layout.since.put(content, since)
    for entry in writable:
        if entry["kind"] == UNMAPPED:
            continue
        is_plain = not any(name in entry for name in _BESIDE_FIELDS) and entry.get("valid_from") == since
        if not (is_dated and is_plain and any(slot.put(entry, content) for slot in layout.slots)):
            rest.append(entry)
    content = normal(content)
    return content if isinstance(content, dict) else {}, rest


def _is_writable(layout: Layout, entry: Mapping[str, Any]) -> bool:
    return layout.can_write(json.dumps(entry["value"], ensure_ascii=False))


def _put_back(layout: Layout, entry: Mapping[str, Any], content: Content) -> bool:
    """Set what was not mapped where it stood, if the style can hold it there and nothing else is said of it."""
    path, value = places_of(entry["value"]["path"]), entry["value"].get("content")
    is_bare = entry.keys() == {"kind", "value"} and bool(path) and isinstance(path[0], str)
    return is_bare and layout.can_hold(path, value) and plant(content, path, value)


def normal(content: Any) -> Any:  # noqa: ANN401 - any part of a document
    """Return a document as it comes out of XML: no lists of one, no objects of a text alone."""
    if isinstance(content, list):
        return normal(content[0]) if len(content) == 1 else [normal(one) for one in content]
    if not isinstance(content, dict):
        return content
    if content.keys() == {TEXT}:
        return content[TEXT]
    return {name: normal(below) for name, below in content.items()} or ""


def _read(layout: Layout, made: Composed, number: str | None) -> Counter[bytes]:
    record = record_of(layout, Sent(1, made.content, made.beside, number))
    return _words(map(bare, record.entries)) if isinstance(record, Record) else Counter()


def _words(entries: Iterable[Mapping[str, Any]]) -> Counter[bytes]:
    return Counter(canonical(entry) for entry in entries)


def _since(entries: Iterable[Mapping[str, Any]]) -> str | None:
    """Return since when most of the mapped entries hold."""
    days = Counter(entry.get("valid_from") for entry in entries if entry["kind"] != UNMAPPED)
    return max(days, key=days.__getitem__, default=None)  # most_common would load a module where none can be loaded

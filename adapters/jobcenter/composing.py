"""Entries back into the fields of a style, and proof that reading them gives the same entries again."""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.contract import Record
from adapters.jobcenter import extension
from adapters.jobcenter.records import Sent, record_of
from adapters.jobcenter.slots.fields import TEXT
from adapters.translation.screening.judging import judged
from schemas.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from adapters.jobcenter.slots.fields import Content
    from adapters.jobcenter.styles.layout import Layout

_UNMAPPED = "unmapped.path"
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
    entries = [extension.bare(entry) for entry in own]
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
    rest += [entry for entry in writable if entry["kind"] == _UNMAPPED and not _put_back(layout, entry, content)]
    is_dated = since is None or layout.since.put(content, since)
    for entry in writable:
        if entry["kind"] == _UNMAPPED:
            continue
        is_plain = not any(name in entry for name in _BESIDE_FIELDS) and entry.get("valid_from") == since
        if not (is_dated and is_plain and any(slot.put(entry, content) for slot in layout.slots)):
            rest.append(entry)
    content = normal(content)
    return content if isinstance(content, dict) else {}, rest


def _is_writable(layout: Layout, entry: Mapping[str, Any]) -> bool:
    return layout.can_write(json.dumps(entry["value"], ensure_ascii=False))


def _put_back(layout: Layout, entry: Mapping[str, Any], content: Content) -> bool:
    """Set what was not mapped where it stood; a step of digits is a place in a list."""
    path = entry["value"]["path"]
    if not path.startswith("/") or len(entry) != 2:
        return False
    steps = tuple(
        int(step) if step.isdecimal() and step.isascii() else step.replace("~1", "/").replace("~0", "~")
        for step in path[1:].split("/")
    )
    value = deepcopy(entry["value"].get("content"))
    return isinstance(steps[0], str) and layout.can_hold(steps, value) and _set(content, steps, value)


def _set(inner: Any, steps: tuple[str | int, ...], value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Set a value in a tree of which the lists are filled from their first place on."""
    step, below = steps[0], steps[1:]
    if isinstance(step, str) != isinstance(inner, dict) or not isinstance(inner, dict | list):
        return False
    if isinstance(inner, list):
        if not isinstance(step, int) or step > len(inner):
            return False
        if step == len(inner):
            inner.append(value if not below else _empty(below[0]))
            return not below or _set(inner[step], below, value)
        return bool(below) and _set(inner[step], below, value)
    if not below:
        return inner.setdefault(step, value) is value
    return _set(inner.setdefault(step, _empty(below[0])), below, value)


def _empty(step: str | int) -> dict[str, Any] | list[Any]:
    return {} if isinstance(step, str) else []


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
    return _words(map(extension.bare, record.entries)) if isinstance(record, Record) else Counter()


def _words(entries: Iterable[Mapping[str, Any]]) -> Counter[bytes]:
    return Counter(canonical(entry) for entry in entries)


def _since(entries: Iterable[Mapping[str, Any]]) -> str | None:
    """Return since when most of the mapped entries hold."""
    days = Counter(entry.get("valid_from") for entry in entries if entry["kind"] != _UNMAPPED)
    return max(days, key=days.__getitem__, default=None)  # most_common would load a module where none can be loaded

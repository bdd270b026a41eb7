"""One record of any style: its fields become entries, its leftovers are kept, its words are its fingerprint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from adapters.contract import Record, Refused, Unmapped
from adapters.jobcenter import extension
from adapters.jobcenter.extension import Extension, ExtensionError
from adapters.translation.leftovers import Document, Leftovers, leftovers, permitted
from adapters.translation.screening.judging import judged
from schemas.canonical import canonical

if TYPE_CHECKING:
    from adapters.jobcenter.slots.fields import Content
    from adapters.jobcenter.styles.layout import Layout

#: Counts up when the mapping starts to say more or something else of the same record: then it is no longer unchanged.
_MAPPING_VERSION = 3
_EDITED = (
    "Fields were changed, but Einmal_Angaben still holds all your office stated, as it was. "
    "Empty Einmal_Angaben to have the fields read, which then say all there is; or change it in the registry."
)
_NOTHING_SAID = frozenset({None, "", "-"})


@dataclass(frozen=True, slots=True)
class Sent:
    """One record as it stood in a file."""

    line: int
    content: Content
    beside: str | None = None  #: what an export of ours wrote in its own place
    number: str | None = None  #: our id of a person of whom the office knows no number: written, never taken in


@dataclass(frozen=True, slots=True)
class Translated:
    """What a record's fields say."""

    entries: tuple[dict[str, Any], ...]
    rest: Leftovers


def record_of(layout: Layout, sent: Sent) -> Record | Refused:
    """Translate one record; refuse it where key or name are missing, or the birth date is no date."""
    try:
        beside = extension.read(sent.beside) if sent.beside else Extension()
    except ExtensionError:
        return Refused(sent.line, "extension.malformed", "Einmal_Angaben does not hold what an export writes there.")
    document = Document(sent.content)
    key = layout.key(document) or (f"{layout.name}:einmal:{sent.number}" if sent.number else None)
    if key is None:
        return _without_key(layout, sent, document)
    at = layout.since.read(document)
    if beside.complete:
        if beside.fields != extension.digest(sent.content):
            return Refused(sent.line, "extension.edited", _EDITED)
        return replace(_held(sent, key, beside, entries=(), report=()), stated_at=at)
    made = translated(layout, document)
    reason = _unreadable(layout, document, made)
    if reason and not beside.entries:
        return Refused(sent.line, "person.unreadable", reason)
    held = _held(sent, key, beside, entries=(*made.entries, *made.rest.entries), report=made.rest.report)
    return replace(held, stated_at=at)


def _held(
    sent: Sent, key: str, beside: Extension, *, entries: tuple[dict[str, Any], ...], report: tuple[Unmapped, ...]
) -> Record:
    """Return the record without what its texts tell and may not."""
    made = judged((*entries, *beside.entries), sent.content)
    # what is dropped must leave no trace, not even in a digest
    words: list[Any] = [_MAPPING_VERSION, made.fingerprinted(permitted(sent.content))]
    if not made.dropped and (beside.entries or beside.complete):
        words.append([list(beside.entries), beside.complete])
    return Record(key, sent.line, hashlib.sha256(canonical(words)).digest(), made.entries, made.report(report))


def translated(layout: Layout, document: Document) -> Translated:
    """Return what the fields of a record say, since when, and what no field took."""
    since = layout.since.read(document)
    entries = [entry for slot in layout.slots for entry in slot.take(document)]
    if since:
        entries = [entry | {"valid_from": since} for entry in entries]
    return Translated(tuple(entries), leftovers(document))


def _unreadable(layout: Layout, document: Document, made: Translated) -> str | None:
    kinds = {entry["kind"] for entry in made.entries}
    if "identity.name" not in kinds:
        return "The person has neither a family nor a given name that can be kept."
    born = document.at(layout.birth_date)
    is_said = isinstance(born, dict | list) or born not in _NOTHING_SAID
    if is_said and "identity.birth-date" not in kinds:
        return "The birth date is not a date."
    return None


def _without_key(layout: Layout, sent: Sent, document: Document) -> Refused:
    if document.dropped:
        return Refused(sent.line, "record.forbidden", "The record is about what the registry may never hold.")
    fields = " nor ".join(str(path[-1]) for path in layout.keys)
    return Refused(sent.line, "key.missing", f"It has no {fields}: the person cannot be found again.")

"""Entries made, superseded and ended: history stays in the document, sealed with the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from registry.wire.messages import Document
from schemas.canonical import canonical
from schemas.compartments import compartment_of
from schemas.entries import Entry, Source, compartment_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from schemas.compartments import Compartment


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who says it, who wrote it down, and when."""

    source: Source
    recorded_by: str  #: an officer's id, "run:" and the run's id, or "person"
    recorded_at: datetime


def made(stated: Iterable[Mapping[str, Any]], provenance: Provenance) -> list[Entry]:
    """Return new entries from what EntryIn loaded."""
    return [
        Entry(
            id=uuid4(),
            kind=one["kind"],
            value=one["value"],
            source=provenance.source,
            recorded_at=provenance.recorded_at,
            recorded_by=provenance.recorded_by,
            evidence=one.get("evidence"),
            valid_from=one.get("valid_from"),
            delete_on=one.get("delete_on"),
        )
        for one in stated
    ]


def documents(entries: Iterable[Entry], versions: Mapping[Compartment, int] | None = None) -> dict[str, Document]:
    """Return what to seal: one document per compartment that has entries.

    Args:
        versions: the versions they were made from; none for a new appearance.
    """
    grouped: dict[Compartment, list[Entry]] = {}
    for entry in entries:
        grouped.setdefault(compartment_of(entry.kind), []).append(entry)
    base = versions or {}
    return {compartment.value: document(held, base.get(compartment, 0)) for compartment, held in grouped.items()}


def document(entries: Sequence[Entry], base_version: int) -> Document:
    """Return the document of one compartment, with the earliest day something in it is due for deletion."""
    due = [entry.delete_on for entry in entries if entry.delete_on is not None]
    earliest: date | None = min(due) if due else None
    return Document(canonical(compartment_document(entries)), earliest, base_version)


def restated(held: Sequence[Entry], stated: Sequence[Entry], now: datetime) -> tuple[Entry, ...]:
    """Return a compartment's entries after its source stated its whole present view ("last state wins").

    What was stated before in the same words keeps its id and provenance. A standing entry that is not stated any more
    is superseded by the new entry on the same subject, else it ends. Nothing is deleted.
    """
    fresh, outdated = list(stated), set()
    for old in held:
        if not stands(old):
            continue
        same = next((new for new in fresh if _words(new) == _words(old)), None)
        if same is None:
            outdated.add(old.id)
        else:
            fresh.remove(same)
    heirs, after = list(fresh), []
    for old in held:
        if old.id not in outdated:
            after.append(old)
            continue
        heir = next((new for new in heirs if _subject(new) == _subject(old)), None)
        if heir is None:
            after.append(replace(old, ended_at=now))
        else:
            heirs.remove(heir)
            after.append(replace(old, superseded_by=heir.id))
    return (*after, *fresh)


def stands(entry: Entry) -> bool:
    """Say whether an entry is neither superseded nor ended."""
    return entry.superseded_by is None and entry.ended_at is None


def _words(entry: Entry) -> tuple[object, ...]:
    return entry.kind, entry.value, entry.evidence, entry.delete_on


def _subject(entry: Entry) -> tuple[object, ...]:
    """Return what an entry is about: one kind can be said once of each language, name form or path."""
    return entry.kind, *(entry.value.get(key) for key in ("language", "form", "path"))

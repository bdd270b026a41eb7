"""What the samples state: by whom, as it is stored and shown to the agency's own system, and comparable."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, Any

from adapters import catalogue
from adapters.contract import Record
from schemas.canonical import canonical
from schemas.entries import EntryIn
from tests.agencies import losses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from adapters.contract import AgencyAdapter

#: How the samples of an agency begin, and its adapter's name.
KINDS = {"ba": "ba", "bamf": "bamf", "jc": "jobcenter"}
SAMPLES = [path for path in losses.SAMPLES if path.name.partition("_")[0] in KINDS]
_FIELDS = ("kind", "value", "evidence", "valid_from", "delete_on", "reference")
_OURS = {
    "id": "e1", "recorded_at": "2026-03-01T00:00:00.000000Z", "recorded_by": "run:1", "superseded_by": None,
    "ended_at": None, "end_reason": None,
}  # fmt: skip


def adapter_of(name: str) -> AgencyAdapter:
    """Return the adapter that reads a sample of this name."""
    return catalogue.find(KINDS[name.partition("_")[0]])


def records(name: str, content: bytes) -> list[Record]:
    """Return the records of a file like the sample of this name; none of them is refused."""
    made = list(adapter_of(name).read(io.BytesIO(content), endpoint_is_test=True))
    assert all(isinstance(one, Record) for one in made), made
    return [one for one in made if isinstance(one, Record)]


def samples_of(adapter: str) -> list[Path]:
    """Return the samples that an adapter reads."""
    return [path for path in SAMPLES if KINDS[path.name.partition("_")[0]] == adapter]


def statements(record: Record) -> Iterator[Mapping[str, Any]]:
    """Yield all that a record states, by its changes too."""
    yield from record.entries
    for change in record.changes:
        yield from change.entries


def shown(entry: Mapping[str, Any], source: str = "own") -> dict[str, Any]:
    """Return an entry as schemas.entries.EntryOut shows it."""
    loaded: dict[str, Any] = EntryIn().load(entry)
    day = {"delete_on": str(loaded["delete_on"])} if loaded.get("delete_on") else {}
    return dict.fromkeys(_FIELDS) | loaded | day | _OURS | {"source": source}


def words(entries: Iterable[Mapping[str, Any]]) -> Counter[bytes]:
    """Return what entries say, to be compared: who stored them when and under which number left aside."""
    return Counter(canonical({name: entry.get(name) for name in _FIELDS}) for entry in entries)

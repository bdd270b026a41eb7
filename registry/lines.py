"""The form of a line of the audit log: its columns, its leaf, and how it is appended, whoever appends it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from registry.crypto.encoding import encoded, listed
from schemas.compartments import Compartment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_FORM = "line/1"
#: The chain before the first line.
GENESIS: Final = sha256(b"einmal/log/1").digest()
#: What a line says, beside its id, its moment and its leaf.
SAID: Final = (
    "event", "outcome", "reason", "session_id", "agency_id", "officer_id", "responsible_id", "run_id", "object_id",
    "purpose", "basis", "grants", "appearances", "compartments", "results",
)  # fmt: skip
COLUMNS: Final = ("id", "at", *SAID, "leaf")
#: Line, queue and index in one statement, because this stands in the way of every read; `persons` go to the index.
APPENDING: Final = (
    f"line AS (INSERT INTO audit_line ({', '.join(COLUMNS)})"  # noqa: S608 - our own column names
    f" VALUES ({', '.join(f'%({name})s' for name in COLUMNS)})),"
    " queued AS (INSERT INTO audit_queue (line_id) VALUES (%(id)s)),"
    " indexed AS (INSERT INTO audit_index (bucket, person_id, line_id)"
    " SELECT get_byte(uuid_send(p), 0), p, %(id)s FROM unnest(CAST(%(persons)s AS uuid[])) AS p)"
)
#: The same by itself; it returns nothing.
APPEND: Final = f"WITH {APPENDING} SELECT"
#: The columns by name, each as its name is encoded: `encode` of a list is that of its parts, one after the other.
_NAMED: Final = tuple((name, encoded(name)) for name in sorted(set(COLUMNS) - {"leaf"}))
_COMPARTMENTS: Final = frozenset(compartment.value for compartment in Compartment)
_HEAD, _NOTHING_SAID = encoded(_FORM), encoded(None)
_NOTHING: Final = dict.fromkeys(SAID) | {"outcome": "done", "grants": [], "appearances": [], "compartments": []}


def row_of(said: Mapping[str, object], now: datetime) -> dict[str, Any]:
    """Return the columns of a new line; what is not said is NULL or empty."""
    row = {"id": uuid4(), "at": now, **_NOTHING, **said}
    return row | {"leaf": leaf_of(row)}


def leaf_of(row: Mapping[str, object]) -> bytes:
    """Return SHA-256 over a line's columns, by name; what a line said cannot be changed without changing it."""
    parts = [b"\0", _HEAD]
    for name, before in _NAMED:
        value = row[name]
        parts += (before, _NOTHING_SAID if value is None else _said(name, value))
    return sha256(b"".join(parts)).digest()


def _said(name: str, value: Any) -> bytes:  # noqa: ANN401 - what a column holds
    is_known = name == "compartments" and type(value) in {list, tuple} and _are_ours(value)
    return listed(value) if is_known else encoded(value)


def _are_ours(words: Sequence[object]) -> bool:
    """Say whether these are so few names of compartments that their bytes may be remembered: others write lines too."""
    few = len(words) <= len(_COMPARTMENTS) and all(isinstance(one, str) for one in words)
    return few and _COMPARTMENTS.issuperset(words)


def link(chain: bytes, leaf: bytes) -> bytes:
    """Return the chain after one more leaf."""
    return sha256(b"\1" + chain + leaf).digest()

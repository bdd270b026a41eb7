"""What a clerk may see of somebody to recognise her, and no more: first letters, the last digit of the year."""

from __future__ import annotations

from typing import Any

import msgspec

_DOTS = "•••"


class _Entry(msgspec.Struct):
    kind: str
    value: dict[str, Any]
    superseded_by: str | None = None
    ended_at: str | None = None


class _Document(msgspec.Struct):
    entries: list[_Entry]


_DOCUMENT = msgspec.json.Decoder(_Document)


def masked(content: bytes) -> list[tuple[str, str]]:
    """Return (entry kind, masked value) of the standing names and birth dates in a document of identity.core."""
    shown = []
    for entry in _DOCUMENT.decode(content).entries:
        if entry.superseded_by is not None or entry.ended_at is not None:
            continue
        if entry.kind == "identity.name":
            words = [word for part in ("family", "given") for word in str(entry.value.get(part, "")).split()]
            shown.append((entry.kind, " ".join(f"{word[0]}{_DOTS}" for word in words)))
        elif entry.kind == "identity.birth-date":
            year, *rest = str(entry.value["date"]).split("-")
            shown.append((entry.kind, "-".join([f"{_DOTS}{year[-1]}", *rest[:1], *("••" for _ in rest[1:])])))
    return shown

"""What a clerk may see of somebody to recognise her, and no more: first letters, the last digit of the year."""

from __future__ import annotations

from registry.wire.documents import standing

_DOTS = "•••"


def masked(content: bytes) -> list[tuple[str, str]]:
    """Return (entry kind, masked value) of the standing names and birth dates in a document of identity.core."""
    shown = []
    for entry in standing(content):
        if entry.kind == "identity.name":
            words = [word for part in ("family", "given") for word in str(entry.value.get(part, "")).split()]
            shown.append((entry.kind, " ".join(f"{word[0]}{_DOTS}" for word in words)))
        elif entry.kind == "identity.birth-date":
            year, *rest = str(entry.value.get("date", "")).split("-")
            shown.append((entry.kind, "-".join([f"{_DOTS}{year[-1:]}", *rest[:1], *("••" for _ in rest[1:])])))
    return shown

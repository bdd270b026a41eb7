"""How much memory processes hold."""

from __future__ import annotations

from contextlib import suppress

import psutil


def held_bytes(pid: int) -> int:
    """Return how much memory a process and its children hold at this moment; pages they share count for each."""
    process = psutil.Process(pid)
    held: int = process.memory_info().rss
    for child in process.children():
        with suppress(psutil.NoSuchProcess):  # it ended in between
            held += child.memory_info().rss
    return held

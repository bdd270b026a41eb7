"""Fetches the next item while the present one is being worked on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator

T = TypeVar("T")


def one_ahead(items: Generator[T, None, None]) -> Generator[T, None, None]:
    """Yield the same items in the same order; the next one is made in a thread meanwhile.

    What making an item raises is raised where that item would come, after all items before it. Whoever stops early
    waits for the item that is being made; then the generator is closed, in the thread that it ran in.
    """
    with ThreadPoolExecutor(1, "one-ahead") as maker:
        try:
            coming = maker.submit(_next, items)
            while (found := coming.result()) is not None:
                coming = maker.submit(_next, items)
                yield found[0]
        finally:
            maker.submit(items.close).result()


def _next(items: Generator[T, None, None]) -> tuple[T] | None:
    """Return the next item in a tuple, because an item may be None; None after the last."""
    for item in items:
        return (item,)
    return None

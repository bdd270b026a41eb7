"""So many things at once that a question or its answer fits into one frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")


def portions(things: Iterable[tuple[T, int]], *, most: int, most_bytes: int) -> Iterator[list[T]]:
    """Yield things in their order, by as many as both bounds allow; one that is too large alone comes alone.

    Args:
        things: each with its bytes.
    """
    portion: list[T] = []
    size_bytes = 0
    for thing, its_bytes in things:
        if portion and (len(portion) >= most or size_bytes + its_bytes > most_bytes):
            yield portion
            portion, size_bytes = [], 0
        portion.append(thing)
        size_bytes += its_bytes
    if portion:
        yield portion

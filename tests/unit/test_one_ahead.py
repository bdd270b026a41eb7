"""Fetching one item ahead: the same items in the same order, and the same failures at the same place."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from adapters.engine.ahead import one_ahead

if TYPE_CHECKING:
    from collections.abc import Generator

PATIENCE = 20.0


class Maker:
    """Makes numbers and remembers what was asked of it."""

    def __init__(self, count: int, fails_at: int | None = None) -> None:
        self.made: list[int] = []
        self.is_closed = False
        self.fails_at = fails_at
        self.count = count
        self.second = threading.Event()

    def numbers(self) -> Generator[int | None, None, None]:
        """Yield numbers from 0, None in the place of 0."""
        try:
            for number in range(self.count):
                if number == self.fails_at:
                    raise ValueError("the third is broken")
                self.made.append(number)
                if number == 1:
                    self.second.set()
                yield number or None
        finally:
            self.is_closed = True


def test_items_come_in_order_and_none_is_lost() -> None:
    maker = Maker(20)
    assert list(one_ahead(maker.numbers())) == [None, *range(1, 20)]
    assert maker.is_closed


def test_the_next_item_is_made_while_the_present_one_is_worked_on() -> None:
    maker = Maker(3)
    items = one_ahead(maker.numbers())
    next(items)
    assert maker.second.wait(PATIENCE)
    items.close()


def test_a_failure_comes_after_all_items_before_it() -> None:
    items = one_ahead(Maker(5, fails_at=2).numbers())
    assert [next(items), next(items)] == [None, 1]
    with pytest.raises(ValueError, match="third"):
        next(items)


def test_who_stops_early_closes_what_makes_the_items() -> None:
    maker = Maker(1000)
    items = one_ahead(maker.numbers())
    next(items)
    items.close()
    assert maker.is_closed
    assert len(maker.made) <= 2

"""Of all who share a key with a question, those are compared who share the most and the rarest."""

from __future__ import annotations

import struct

import numpy as np

from registry.linkage.tables.candidates import MOST_CANDIDATES, best_of, handles_of


def bearers(*keys: list[int]) -> list[np.ndarray]:
    """Return who bears each key."""
    return [np.array(some, dtype=np.int64) for some in keys]


def test_a_rare_key_outweighs_a_frequent_one_and_two_keys_one() -> None:
    crowd = list(range(100, 120))
    assert best_of(bearers([1], [2, 3], [2, 3], crowd))[:3] == [2, 3, 1]


def test_whoever_shares_far_less_than_the_first_is_not_compared() -> None:
    """Among those who share little with a question all are alike, and all are compared."""
    strangers = list(range(100, 110))
    assert best_of(bearers([1], [1], [1], [1, *strangers])) == [1]
    assert set(best_of(bearers(strangers))) == set(strangers)


def test_nobody_is_measured_by_what_she_shares_with_herself() -> None:
    """Else whoever is imported, and stored already, would hide all who are only like her."""
    keys = bearers([1], [1], [1], [1], [1, 2])
    assert best_of(keys) == [1]
    assert best_of(keys, without=(1,)) == [2]


def test_one_key_that_hundreds_share_is_no_reason_to_compare_anybody() -> None:
    assert best_of(bearers(list(range(300)))) == []
    assert best_of(bearers()) == best_of(bearers([], [])) == []


def test_no_more_than_forty_are_compared_and_equals_always_in_the_same_order() -> None:
    many = list(range(-60, 0))
    best = best_of(bearers(many, many, many))
    assert best == sorted(many)[:MOST_CANDIDATES]


def test_an_array_is_read_as_postgresql_sends_it() -> None:
    """Dimensions, flags, type 20 (bigint), length, lower bound; then length and value of each element."""
    elements = (7, -(1 << 63), (1 << 63) - 1)
    sent = struct.pack(">iiIii", 1, 0, 20, len(elements), 1) + b"".join(struct.pack(">iq", 8, one) for one in elements)
    assert handles_of(sent).tolist() == list(elements)
    assert handles_of(struct.pack(">iiI", 0, 0, 20)).tolist() == []

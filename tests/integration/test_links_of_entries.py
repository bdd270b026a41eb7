"""Link, confirm, edit, share, part, in any order: no entry is lost, and none is seen that is somebody else's."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.api_client import opened
from tests.conftest import DatabasePair
from tests.entries_walk import Walk
from tests.house import open_house

if TYPE_CHECKING:
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

ACTS = {"link", "confirm", "edit", "give", "end", "part", "state", "correct", "withdraw", "answer"}


@pytest.fixture
def lives(clusters: Pair, template_pair: str, test_logins: Logins) -> Lives:
    return Lives(clusters, template_pair, test_logins)


class Lives:
    """Walks, each in a registry of its own."""

    def __init__(self, clusters: Pair, template: str, logins: Logins) -> None:
        self.clusters, self.template, self.logins = clusters, template, logins

    def walk(self, seed: int, steps: int) -> Counter[str]:
        """Walk until so many things were done, and return how often each was."""
        pair = DatabasePair(f"entries_{seed}", self.clusters, self.logins)
        self.clusters.clone_pair(self.template, pair.name)
        try:
            with open_house(pair, linker=True, idle_minutes=600) as house, contextmanager(opened)(house) as api:
                walk = Walk(api, Random(seed))  # noqa: S311 - a walk that can be walked again
                walk.begin()
                while walk.done.total() < steps:
                    walk.step()
                return walk.done
        finally:
            self.clusters.drop_pair(pair.name)


def test_no_entry_is_lost_or_anothers_whatever_is_linked_and_parted(lives: Lives) -> None:
    assert lives.walk(1, 80).keys() == ACTS


@pytest.mark.long
def test_no_entry_is_lost_or_anothers_in_five_thousand_steps(lives: Lives) -> None:
    done: Counter[str] = Counter()
    for seed in range(2, 52):
        done += lives.walk(seed, 100)
    print(dict(done))
    assert done.total() >= 5000
    assert min(done[act] for act in ACTS) >= 100

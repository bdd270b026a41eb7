"""Decoys among identities: they are there, and nobody is ever told of one, nor counted with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.integration.test_linker import NADIR, World, open_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DatabasePair

#: Enough to make decoys of, each word of at least three.
CROWD = [
    replace(NADIR, family=family, given=given, born=(date(1970, 1, 2) + timedelta(days=97 * at)).isoformat())
    for at, (family, given) in enumerate(
        (family, given)
        for family in ("Barakzai", "Haidari", "Rahimi", "Popal", "Safi", "Wardak")
        for given in ("Nadir", "Omid", "Farid", "Habib", "Latif", "Murad")
    )
]
_UNOWNED = """
    SELECT count(*) FROM linkage.identity AS stored
    WHERE NOT EXISTS (SELECT FROM linkage_handle WHERE linkage_handle.handle = stored.handle)"""


@pytest.fixture
def world(database_pair: DatabasePair) -> Iterator[World]:
    """A linker that makes a decoy for everybody, and knows a crowd; then one after the other came."""
    with open_world(database_pair) as opened:
        opened.server.desk.index.decoys.share = 1.0
        for said in CROWD:
            opened.appear(said)
        opened.server.desk.take_in()
        for said in CROWD:
            opened.appear(replace(said, place="Herat"))
            opened.server.desk.take_in()
        yield opened


def decoys(world: World) -> int:
    with psycopg.connect(world.pair.main_url()) as connection:
        return int((connection.execute(_UNOWNED).fetchone() or (0,))[0])


def anew(world: World) -> None:
    """Count and trim as each hour does."""
    world.server.desk._learned_at = None  # an hour is over
    world.server.desk.learn()


def test_decoys_lie_among_the_others_and_look_like_them(world: World) -> None:
    """Each has its keys, opens under the linker's key, and was sealed when others were."""
    assert decoys(world) > 20
    index = world.server.desk.index.identities
    with psycopg.connect(world.pair.main_url()) as connection:
        rows = connection.execute(
            "SELECT handle, sealed, at, key_version,"
            " ARRAY(SELECT token FROM linkage.token t WHERE t.handle = i.handle),"
            " EXISTS(SELECT FROM linkage_handle h WHERE h.handle = i.handle) FROM linkage.identity i"
        ).fetchall()
    of_nobody = [row for row in rows if not row[5]]
    of_people = [row for row in rows if row[5]]
    assert {row[3] for row in of_nobody} == {row[3] for row in of_people}
    lasted = timedelta(seconds=2)
    assert min(row[2] for row in of_people) - lasted < min(row[2] for row in of_nobody)
    for handle, sealed, _, _, keys, _ in of_nobody:
        identity = index.opened(sealed, handle)
        assert identity is not None
        assert sorted(index.keys(identity)) == sorted(keys) != []


def test_nobody_is_told_of_a_decoy_though_one_fits_better_than_anybody(world: World) -> None:
    appearances = {row[0] for row in rows(world, "SELECT id FROM appearance")}
    found = [finding for said in CROWD for finding in world.find(said)]
    assert {finding.appearance_id for finding in found} <= appearances
    assert len(found) >= len(CROWD)


def test_decoys_are_not_counted(world: World) -> None:
    counted = world.server.desk.index.frequencies
    assert (counted.people, counted.population) == (2 * len(CROWD), 2 * len(CROWD))
    anew(world)
    counted = world.server.desk.index.frequencies
    assert (counted.people, counted.population) == (2 * len(CROWD), 2 * len(CROWD))


def test_decoys_are_no_more_than_their_share_and_go_with_the_people(world: World) -> None:
    world.server.desk.index.decoys.share = 0.25
    anew(world)
    assert decoys(world) == len(CROWD) // 2
    world.execute("DELETE FROM appearance")
    anew(world)
    assert (world.count("linkage.identity"), world.count("linkage.token")) == (0, 0)


def test_decoys_under_a_key_under_which_nobody_lies_any_more_go(world: World) -> None:
    """Else they would be known by it, and keep tokens under a key that is to be destroyed."""
    world.execute("UPDATE linkage.identity SET key_version = 2 WHERE handle IN (SELECT handle FROM linkage_handle)")
    anew(world)
    assert decoys(world) == 0
    assert world.count("linkage.identity") == 2 * len(CROWD)


def test_the_keeper_does_not_hear_of_decoys(world: World) -> None:
    """Nothing is to be made anew for them, and no version of the key lives on for their sake."""
    assert rows(world, "SELECT count(*) FROM keeper_identity") == [(2 * len(CROWD),)]


def test_few_people_have_no_decoys(database_pair: DatabasePair) -> None:
    """One of the parts of two people would be like both."""
    with open_world(database_pair) as opened:
        opened.server.desk.index.decoys.share = 1.0
        for said in CROWD[:10]:
            opened.appear(said)
            opened.server.desk.take_in()
        assert decoys(opened) == 0


def rows(world: World, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(world.pair.main_url()) as connection:
        return connection.execute(statement.encode()).fetchall()

"""The look-up key is renewed while everybody is found on, and no token of before says anything once it is destroyed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest

from registry.casework import receiving
from registry.casework.admission import signing_in
from registry.casework.receiving import Received
from registry.casework.rotation import ordering
from registry.casework.rotation.sweeping import Sweeping
from registry.crypto.errors import CryptoError
from registry.db import Sessions
from registry.keeper.tokens import Tokenizer
from registry.keys.client import KeeperRefused
from registry.wire import rotating
from schemas.entries import EntryIn
from tests.conftest import DatabasePair
from tests.house import House, open_house
from tests.identities import Said, entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.actors import Officer
    from registry.casework.receiving import Outcome
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from registry.wire.rows import RunRow

NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF")
NADER = replace(NADIR, family="BARAKSAI", given="Nader Schah")
NADYR = replace(NADIR, given="Nadyr Schah")
LESIA = Said(family="Kovtun", given="Lesia", born="1991-02-03", sex="w", nationality="UA")
SOURCE, SECOND, THIRD = "Agentur", "Jobcenter Stuttgart", "Jobcenter Köln"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Scene:
    """A house with a linker, and two administrators of the registry."""

    house: House
    administrators: list[Officer]

    def brought(self, agency: str, *people: Said, key: str | None = None) -> list[Outcome]:
        """Import people as one batch of an agency; `key` is what it calls the only one."""
        self.house.speak_as("web")
        officer = self.house.administrator(agency)
        with Sessions.begin() as session:
            run = signing_in.open_run(session, officer, operation="import", budget=100, now=self.house.clock.now())
        self.house.speak_as("worker", UUID(self.house.agency(agency).id))
        return receiving.receive(run.id, [_received(one, key) for one in people], now=self.house.clock.now())

    def order(self, operation: str, **more: Any) -> RunRow:  # noqa: ANN401 - of an order
        """Let both administrators order what is done to the look-up key."""
        self.house.speak_as("cli")
        asked = rotating.OrderRun([one.token for one in self.administrators], operation, "lookup", **more)
        with Sessions.begin() as session:
            return ordering.order(session, asked, actor=self.administrators[0], now=self.house.clock.now())

    def renew(self) -> RunRow:
        """Let the new version make everything new; nothing is made anew yet."""
        run = self.order("rekey")
        ordering.renew(run.id)
        return run

    def sweep(self) -> None:
        """Let housekeeper and linker work until everything is through."""
        self.house.speak_as("housekeeper")
        sweeping = Sweeping()
        for _ in range(4):
            sweeping.carry_out(self.house.clock.now)
            self.take_in()

    def take_in(self) -> None:
        """Let the linker take in what has arrived."""
        for linker in self.house.linkers:
            linker.desk.take_in()

    def destroy(self, version: int) -> rotating.KeyDestroyed:
        """Destroy a version, an hour later."""
        run = self.order("destroy", version=version)
        with Sessions.begin() as session:
            return ordering.destroy(session, run.id, actor=self.administrators[0], now=self.house.clock.now())

    def left(self) -> dict[int, tuple[str, int | None]]:
        """Return by version of the look-up key its state, and how much lies under it."""
        self.house.speak_as("cli")
        return {one.version: (one.state, one.left) for one in ordering.tell() if one.kind == "lookup"}

    def told(self) -> dict[int, bool]:
        """Return by version of the look-up key whether names are salted under it."""
        self.house.speak_as("cli")
        return {one.version: one.salted for one in ordering.tell() if one.kind == "lookup"}

    def rows(self, statement: str) -> list[Any]:
        """Return the first column of what is stored."""
        with psycopg.connect(self.house.pair.main_url()) as connection:
            return [row[0] for row in connection.execute(statement.encode())]

    def tokens(self) -> set[Any]:
        """Return all tokens there are."""
        stored = ("SELECT token FROM linkage.token", "SELECT token FROM inbox", "SELECT token FROM inbox_seen")
        return {token for statement in stored for token in self.rows(statement)}


def _received(said: Said, key: str | None) -> Received:
    stated = entries(said)
    name = key or f"{said.family}:{said.given}"
    return Received(name, sha256(repr(stated).encode()).digest(), tuple(map(EntryIn().load, stated)))


@pytest.fixture
def scene(clusters: Pair, template_pair: str, test_logins: Logins, request: pytest.FixtureRequest) -> Iterator[Scene]:
    pair = DatabasePair(f"retoken_{abs(hash(request.node.name)) % 10**8}", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair, linker=True, idle_minutes=600) as house:
        for agency in (SOURCE, SECOND, THIRD):
            house.administrator(agency)  # before the clock moves: a one-time code is of its half minute
        yield Scene(house, [house.signed_in(one) for one in house.book.administrators])
    clusters.drop_pair(pair.name)


def test_who_was_recorded_before_is_found_while_the_key_is_renewed_and_after(scene: Scene) -> None:
    scene.brought(SOURCE, NADIR, LESIA)
    scene.take_in()
    before = scene.tokens()
    scene.renew()
    (found,) = scene.brought(SECOND, NADER)
    assert found.linked, "one under the old version, one under the new"
    assert sorted(scene.rows("SELECT key_version FROM linkage.identity")) == [1, 1, 2]
    scene.sweep()
    assert scene.left() == {1: ("decrypt-only", 0), 2: ("active", 6)}, "three identities, three records"
    assert set(scene.rows("SELECT key_version FROM linkage.identity")) == {2}
    assert not before & scene.tokens()
    (found,) = scene.brought(THIRD, NADYR)
    assert found.linked
    assert len(scene.rows("SELECT id FROM person")) == 2


def test_a_record_is_known_again_whichever_version_made_its_token(scene: Scene) -> None:
    (first,) = scene.brought(SOURCE, NADIR, key="7")
    scene.brought(SOURCE, NADER, key="7")
    scene.renew()
    assert [one.status for one in scene.brought(SOURCE, NADER, key="7")] == ["unchanged"]
    (again,) = scene.brought(SOURCE, NADYR, key="7")
    assert (again.status, again.appearance_id) == ("updated", first.appearance_id)
    scene.sweep()
    assert scene.rows("SELECT key_version FROM inbox") == [2]
    assert len(scene.rows("SELECT fingerprint FROM inbox_seen")) == 2
    assert [one.status for one in scene.brought(SOURCE, NADYR, key="7")] == ["unchanged"]
    assert len(scene.rows("SELECT id FROM appearance")) == 1


def test_whoever_says_something_new_outranks_what_is_made_anew_of_the_old(scene: Scene) -> None:
    """The linker is away while the key is renewed: what waits for it is the source's latest word, in either order."""
    scene.brought(SOURCE, NADIR, key="7")
    scene.brought(SOURCE, LESIA, key="8")
    scene.take_in()
    scene.house.stop_linkers()
    run = scene.renew()
    scene.brought(SOURCE, replace(NADIR, family="Zadran"), key="7")
    scene.sweep()
    scene.brought(SOURCE, replace(LESIA, family="Melnyk"), key="8")
    assert scene.rows(f"SELECT finished_at FROM rotation WHERE run_id = '{run.id}'") == [None]  # noqa: S608 - an id of ours
    scene.house.start_linker()
    scene.sweep()
    assert scene.rows(f"SELECT finished_at IS NULL FROM rotation WHERE run_id = '{run.id}'") == [False]  # noqa: S608 - as above
    assert set(scene.rows("SELECT key_version FROM linkage.identity")) == {2}
    for changed in (replace(NADIR, family="Zadran"), replace(LESIA, family="Melnyk")):
        (found,) = scene.brought(SECOND, changed)
        assert found.linked


def test_a_version_is_destroyed_only_when_no_token_lies_under_it_and_then_makes_none(scene: Scene) -> None:
    scene.brought(SOURCE, NADIR)
    scene.take_in()
    scene.renew()
    scene.house.clock.ahead = 2 * HOUR
    with pytest.raises(KeeperRefused) as refused:
        scene.destroy(1)
    assert refused.value.reason == "key.still-used"
    scene.sweep()
    assert len(scene.destroy(1).tried) == 2
    assert scene.left()[1] == ("destroyed", 0)
    assert [version for version, _ in scene.house.keeper.rooms.matcher.tokens._all()] == [2]
    (found,) = scene.brought(SECOND, NADER)
    assert found.linked
    assert [one.status for one in scene.brought(SOURCE, NADIR)] == ["unchanged"]


def test_what_cannot_be_read_is_counted_left_and_keeps_no_key_alive(scene: Scene) -> None:
    scene.brought(SOURCE, NADIR, LESIA)
    scene.take_in()
    with psycopg.connect(scene.house.pair.main_url()) as connection:
        (one,) = connection.execute("SELECT appearance_id FROM inbox ORDER BY 1 LIMIT 1").fetchone() or ()
        connection.execute("UPDATE sealed_compartment SET custodian_wrap = '\\x00' WHERE appearance_id = %s", (one,))
        connection.execute("UPDATE inbox SET kept = NULL WHERE appearance_id = %s", (one,))
    scene.renew()
    scene.sweep()
    assert scene.left() == {1: ("decrypt-only", 2), 2: ("active", 2)}
    assert scene.rows("SELECT skipped FROM rotation") == [2]
    scene.house.clock.ahead = 2 * HOUR
    assert len(scene.destroy(1).tried) == 2


def test_a_lost_linker_key_is_made_good_by_renewing_the_look_up_key(scene: Scene) -> None:
    scene.brought(SOURCE, NADIR)
    scene.take_in()
    scene.house.stop_linkers()
    lost = scene.house.settings.linker_key_file
    lost.chmod(0o600)
    lost.write_bytes(b"another linker key, 32 bytes....")
    lost.chmod(0o400)
    scene.house.keeper.stop()
    scene.house.start_keeper()
    scene.house.start_linker()
    scene.renew()
    scene.sweep()
    (found,) = scene.brought(SECOND, NADER)
    assert found.linked


def test_nobody_is_hidden_by_a_row_that_was_damaged_while_the_key_was_renewed(scene: Scene) -> None:
    """Half an identity under the new version would hide somebody for ever; it stays whole under the old one."""
    scene.brought(SOURCE, NADIR)
    scene.take_in()
    with psycopg.connect(scene.house.pair.main_url()) as connection:
        (mac,) = connection.execute("SELECT mac FROM appearance").fetchone() or ()
        connection.execute("UPDATE appearance SET mac = %s", (bytes(32),))
    scene.renew()
    scene.sweep()
    assert scene.rows("SELECT key_version FROM linkage.identity") == [1]
    with psycopg.connect(scene.house.pair.main_url()) as connection:
        connection.execute("UPDATE appearance SET mac = %s", (mac,))
    (found,) = scene.brought(SECOND, NADER)
    assert found.linked
    scene.order("rekey", goes_on=True)
    scene.sweep()
    assert set(scene.rows("SELECT key_version FROM linkage.identity")) == {2}


def test_no_version_is_destroyed_while_anything_under_it_is_on_its_way_to_the_linker(scene: Scene) -> None:
    scene.house.stop_linkers()
    scene.brought(SOURCE, NADIR)
    run = scene.renew()
    scene.sweep()
    assert scene.rows(f"SELECT finished_at FROM rotation WHERE run_id = '{run.id}'") == [None]  # noqa: S608 - an id of ours
    scene.house.clock.ahead = 2 * HOUR
    with pytest.raises(KeeperRefused) as refused:
        scene.destroy(1)
    assert refused.value.reason == "key.still-used"
    scene.house.start_linker()
    scene.sweep()
    assert len(scene.destroy(1).tried) == 2
    (found,) = scene.brought(SECOND, NADER)
    assert found.linked


def test_an_announcement_that_the_linker_could_not_open_is_made_good(scene: Scene) -> None:
    scene.house.stop_linkers()
    scene.brought(SOURCE, NADIR)
    with psycopg.connect(scene.house.pair.main_url()) as connection:
        connection.execute("UPDATE linkage_arrival SET sealed = 'x'")
    scene.house.start_linker()
    scene.take_in()
    assert scene.rows("SELECT at FROM linkage.identity") == []
    scene.renew()
    scene.sweep()
    (found,) = scene.brought(SECOND, NADER)
    assert found.linked


def test_no_office_learns_a_token_of_another_nor_stops_a_rotation_by_a_row_it_planted(scene: Scene) -> None:
    scene.brought(SOURCE, NADIR, key="7")
    scene.brought(SECOND, LESIA, key="7")
    own, other = (UUID(scene.house.agency(one).id) for one in (SOURCE, SECOND))
    with psycopg.connect(scene.house.pair.main_url()) as connection:
        connection.execute(
            "INSERT INTO inbox (agency_id, token, appearance_id, key_version, kept, fingerprint, received_at)"
            " SELECT %s, 'planted', appearance_id, 1, kept, fingerprint, received_at FROM inbox WHERE agency_id = %s",
            (other, own),
        )
    run = scene.renew()
    scene.sweep()
    assert scene.rows(f"SELECT skipped FROM rotation WHERE run_id = '{run.id}'") == [1]  # noqa: S608 - an id of ours
    assert scene.rows("SELECT token FROM inbox WHERE key_version = 1") == [b"planted"]
    assert [one.status for one in scene.brought(SECOND, LESIA, key="7")] == ["unchanged"]


def test_a_record_whose_label_was_turned_back_is_still_known(scene: Scene) -> None:
    scene.brought(SOURCE, NADIR, key="7")
    scene.renew()
    scene.sweep()
    with psycopg.connect(scene.house.pair.main_url()) as connection:
        connection.execute("UPDATE inbox SET key_version = 1")
    scene.order("rekey", goes_on=True)
    scene.sweep()
    assert scene.rows("SELECT key_version FROM inbox") == [2]
    assert [one.status for one in scene.brought(SOURCE, NADIR, key="7")] == ["unchanged"]


def test_nothing_that_a_destroyed_version_made_stays_in_memory(scene: Scene) -> None:
    scene.brought(SOURCE, NADIR)
    tokens = scene.house.keeper.rooms.matcher.tokens
    ((_, before),) = tokens._all()
    scene.renew()
    scene.sweep()
    scene.house.clock.ahead = 2 * HOUR
    scene.destroy(1)
    assert isinstance(before, Tokenizer)
    assert (before._lookup, before._keys, before._remembered) == (b"", {}, {})
    with pytest.raises(CryptoError):
        before("name", "exact", "barakzai")
    tokens._made[1] = before  # a thread that was still at work puts it back
    assert [version for version, _ in tokens._all()] == [2]
    assert list(tokens._made) == [2]


def test_names_are_salted_from_one_version_to_the_next_and_plain_again_while_everybody_is_found(scene: Scene) -> None:
    """High protection is switched by renewing the look-up key: what lies under each version is found meanwhile."""
    scene.brought(SOURCE, NADIR, LESIA)
    scene.take_in()
    ordering.renew(scene.order("resalt").id)
    (found,) = scene.brought(SECOND, NADER)
    assert found.linked, "one plain, one salted"
    assert scene.told() == {1: False, 2: True}
    scene.sweep()
    assert scene.left() == {1: ("decrypt-only", 0), 2: ("active", 6)}
    scene.house.keeper.stop()
    scene.house.start_keeper()
    (found,) = scene.brought(THIRD, NADYR)
    assert found.linked, "both salted, of which the keeper that starts anew still knows"
    scene.renew()
    assert scene.told() == {1: False, 2: True, 3: True}, "renewed as it was"
    scene.sweep()
    ordering.renew(scene.order("resalt").id)
    scene.sweep()
    assert scene.told() == {1: False, 2: True, 3: True, 4: False}
    assert set(scene.rows("SELECT key_version FROM linkage.identity")) == {4}
    (found,) = scene.brought("Jobcenter Essen", replace(NADIR, family="Barakzay"))
    assert found.linked
    assert len(scene.rows("SELECT id FROM person")) == 2


def test_of_two_orders_to_salt_the_second_takes_nothing_back(scene: Scene) -> None:
    """Each was ordered while names were plain."""
    first, second = scene.order("resalt"), scene.order("resalt")
    for run in (first, second):
        ordering.renew(run.id)
    assert scene.told() == {1: False, 2: True, 3: True}


@pytest.mark.parametrize(("kind", "more"), [("custodian", {}), ("lookup", {"goes_on": True})])
def test_only_a_new_look_up_key_can_salt(scene: Scene, kind: str, more: dict[str, Any]) -> None:
    scene.house.speak_as("cli")
    asked = rotating.OrderRun([one.token for one in scene.administrators], "resalt", kind, **more)
    with pytest.raises(KeeperRefused) as refused, Sessions.begin() as session:
        ordering.order(session, asked, actor=scene.administrators[0], now=scene.house.clock.now())
    assert refused.value.reason == "run.form"

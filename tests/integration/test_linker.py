"""The linker on a real socket and database: takes in, finds, forgets, refuses, and outlives restarts."""

from __future__ import annotations

import logging
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy.orm import Session

from registry import db
from registry.config import Settings
from registry.crypto import envelope
from registry.crypto.derivation import sub_key
from registry.keeper.rules import Refusal
from registry.keeper.tokens import Linking
from registry.linkage.arrivals import announce
from registry.linkage.client import ROLES, Linker, LinkerAway, LinkerRefused
from registry.linkage.index import KEY_LOST
from registry.linkage.server import Server
from registry.wire import linking
from registry.wire.sockets import places
from tests.identities import LINKER_KEY, Lookup, Said, document, keeper, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.wire.linking import Finding
    from tests.conftest import DatabasePair

NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF")
NADER = replace(NADIR, family="BARAKSAI", given="Nader Schah")
OTHER_KEY = b"another linker key, 32 bytes...."
STRANGER = Said(family="Kovtun", given="Lesia", born="1991-02-03", sex="w", nationality="UA")
TABLES = ("linkage_arrival", "linkage_handle", "linkage.identity", "linkage.token")
#: Ends the linker's connections, as a restart of the database does.
_END_LINKER = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    " AND datname = current_database()"
)


@dataclass(slots=True)
class World:
    """A linker on its socket; this process stores appearances as the web does."""

    pair: DatabasePair
    settings: Settings
    server: Server
    client: Linker = field(default_factory=Linker)

    def appear(self, said: Said, *, person: UUID | None = None, at: datetime | None = None) -> UUID:
        """Store an appearance and announce it, as whoever records does."""
        appearance = uuid4()
        self.store(appearance, person or uuid4())
        self.announce(appearance, said, at=at)
        return appearance

    def store(self, appearance: UUID, person: UUID) -> None:
        """Store an appearance that nobody announces."""
        with psycopg.connect(self.pair.main_url()) as connection:
            connection.execute(
                "INSERT INTO appearance (bucket, id, person_id, source_kind, source_id, basis, created_on, mac)"
                " VALUES (get_byte(uuid_send(%(id)s), 0), %(id)s, %(of)s, 'agency', %(source)s, 'birth', %(on)s, '')",
                {"id": appearance, "of": person, "source": uuid4(), "on": date(2026, 1, 1)},
            )

    def announce(self, appearance: UUID, said: Said, *, at: datetime | None = None) -> None:
        """Announce an appearance, under the web's login."""
        self.deliver(appearance, sealed(said, subject=appearance, at=at))

    def deliver(self, appearance: UUID, identity: bytes) -> None:
        """Announce an appearance as somebody sealed it."""
        engine = db.engine_for(self.pair.main_url("web"), pool_size=1)
        with Session(engine) as session, session.begin():
            announce(session, [(appearance, identity)])
        engine.dispose()

    def find(self, said: Said, *, subject: UUID | None = None) -> list[Finding]:
        """Ask who this may be."""
        (found,) = self.client.find([sealed(said, subject=subject)])
        return found

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        with psycopg.connect(self.pair.main_url()) as connection:
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()  # noqa: S608 - a name of ours
        assert row is not None
        return int(row[0])

    def execute(self, statement: str) -> None:
        """Do what only the owner may."""
        with psycopg.connect(self.pair.main_url(), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def open_world(pair: DatabasePair) -> Iterator[World]:
    home = Path(tempfile.mkdtemp(prefix="einmal-linker-", dir="/tmp"))
    key = home / "linker.key"
    key.write_bytes(LINKER_KEY)
    key.chmod(0o400)
    settings = replace(
        Settings.from_env({"REGISTRY_HOME": str(home), "REGISTRY_RUN_DIR": str(home), "LINKER_KEY_FILE": str(key)}),
        process="linker",
        database_url=pair.main_url("linker"),
    )
    world = World(pair, settings, Server(settings))
    world.server.start()
    world.client.configure(places.linker(home, "web"))
    try:
        yield world
    finally:
        world.client.close()
        world.server.stop()
        shutil.rmtree(home)


@pytest.fixture
def world(database_pair: DatabasePair) -> Iterator[World]:
    """A linker that knows nobody."""
    with open_world(database_pair) as opened:
        yield opened


def test_another_spelling_of_a_person_is_found_with_reasons(world: World) -> None:
    person = uuid4()
    appearance = world.appear(NADIR, person=person)
    world.appear(STRANGER)
    (finding,) = world.find(NADER)
    assert (finding.appearance_id, finding.person_id, finding.grade) == (appearance, person, "known")
    assert linking.Reason("agrees", "birth-date", "exact") in finding.reasons
    assert finding.differences == ()
    assert finding.bits == round(finding.bits)


def test_nobody_is_found_among_strangers(world: World) -> None:
    world.appear(STRANGER)
    assert world.find(NADIR) == []


def test_what_was_committed_before_the_question_is_searched(world: World) -> None:
    """No waiting for the next round of taking in."""
    world.appear(NADIR)
    assert world.count("linkage_arrival") == 1
    assert len(world.find(NADER)) == 1
    assert world.count("linkage_arrival") == 0


def test_answers_come_in_the_order_of_the_questions(world: World) -> None:
    first, second = world.appear(NADIR), world.appear(STRANGER)
    asked = [sealed(one) for one in (STRANGER, Said(family="Nobody", born="1950-01-01"), NADIR)]
    found = [[finding.appearance_id for finding in some] for some in world.client.find(asked)]
    assert found == [[second], [], [first]]


def test_an_appearance_never_meets_itself(world: World) -> None:
    appearance = world.appear(NADIR)
    assert world.find(NADIR, subject=appearance) == []


def test_two_appearances_of_one_person_are_not_proposed(world: World) -> None:
    person = uuid4()
    first, second = world.appear(NADIR, person=person), world.appear(NADER, person=person)
    third = world.appear(NADIR)
    assert {finding.appearance_id for finding in world.find(NADIR, subject=third)} == {first, second}
    assert {finding.appearance_id for finding in world.find(NADIR, subject=first)} == {third}


def test_who_is_stored_is_compared_with_those_who_share_little_of_all_that_she_is(world: World) -> None:
    """What she shares with her own appearances, which is everything, keeps nobody else away."""
    person = uuid4()
    one = replace(NADIR, place="Herat", numbers={"azr": "240101123456", "ba-customer": "343C218870"})
    first, _ = world.appear(one, person=person), world.appear(one, person=person)
    like = world.appear(Said(numbers={"ba-customer": "343C218870"}))
    assert [finding.appearance_id for finding in world.find(one, subject=first)] == [like]


def test_whose_an_appearance_is_is_read_when_the_question_is_answered(world: World) -> None:
    """A link made a moment ago counts."""
    person = uuid4()
    first, second = world.appear(NADIR, person=person), world.appear(NADER)
    assert [finding.appearance_id for finding in world.find(NADER, subject=second)] == [first]
    world.execute(f"UPDATE appearance SET person_id = '{person}'")  # noqa: S608 - made above
    assert world.find(NADER, subject=second) == []


def test_at_most_five_are_named_and_the_best_first(world: World) -> None:
    for _ in range(6):
        world.appear(replace(NADIR, born="1979-01-01"))
    best = world.appear(NADIR)
    found = world.find(NADIR)
    assert len(found) == 5
    assert found[0].appearance_id == best
    assert [finding.bits for finding in found] == sorted((finding.bits for finding in found), reverse=True)


def test_an_identity_announced_anew_takes_the_place_of_the_old_one(world: World) -> None:
    appearance = world.appear(STRANGER)
    assert len(world.find(STRANGER)) == 1
    world.announce(appearance, NADIR)
    assert world.find(STRANGER) == []
    assert [finding.appearance_id for finding in world.find(NADER)] == [appearance]


def test_an_old_identity_does_not_come_back(world: World) -> None:
    """Whoever kept the sealed bytes of an earlier state cannot undo a correction with them."""
    appearance = world.appear(NADIR)
    assert len(world.find(NADER)) == 1
    world.announce(appearance, STRANGER, at=datetime.now(UTC) - timedelta(hours=1))
    assert world.find(STRANGER) == []
    assert len(world.find(NADER)) == 1


def test_what_concerns_an_erased_appearance_is_gone(world: World) -> None:
    appearance, waiting = world.appear(NADIR), uuid4()
    assert len(world.find(NADER)) == 1
    world.store(waiting, uuid4())
    world.announce(waiting, NADIR)
    world.execute(f"DELETE FROM appearance WHERE id IN ('{appearance}', '{waiting}')")  # noqa: S608 - made above
    assert [world.count(name) for name in TABLES] == [0, 0, 0, 0]
    assert world.find(NADER) == []


def test_identity_and_keys_go_in_the_transaction_that_erases_whoever_may_not_see_them(world: World) -> None:
    """The housekeeper has no right in the linker's schema."""
    gone, stays = world.appear(NADIR), world.appear(STRANGER)
    world.server.desk.take_in()
    with psycopg.connect(world.pair.main_url("housekeeper")) as erasing:
        erasing.execute("DELETE FROM appearance WHERE id = %s", [gone])
        assert world.count("linkage.identity") == 2, "before it is committed nothing is gone"
    assert world.count("linkage.identity") == world.count("linkage_handle") == 1
    assert world.count("linkage.token") > 0
    assert [finding.appearance_id for finding in world.find(STRANGER)] == [stays]
    assert world.find(NADER) == []


def test_who_is_erased_while_she_is_taken_in_leaves_nothing(world: World) -> None:
    """An appearance whose identity is replaced at that moment is held, and whoever erases it waits."""
    appearance = world.appear(NADIR)
    world.server.desk.take_in()
    world.announce(appearance, NADER)
    with world.server.desk.sessions() as taking:
        world.server.desk.index.take_in(taking)
        with psycopg.connect(world.pair.main_url("housekeeper"), autocommit=True) as erasing:
            erasing.execute("SET lock_timeout = '300ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                erasing.execute("DELETE FROM appearance WHERE id = %s", [appearance])
            taking.commit()
            erasing.execute("DELETE FROM appearance WHERE id = %s", [appearance])
    assert [world.count(name) for name in TABLES] == [0, 0, 0, 0]


def test_what_was_sealed_before_there_were_handles_still_opens(world: World) -> None:
    """As the revision that made the schema found it: bound to the appearance's id."""
    appearance = world.appear(NADIR)
    assert len(world.find(NADER)) == 1
    key = world.server.desk.index.identities.key
    with psycopg.connect(world.pair.main_url(), autocommit=True) as connection:
        handle, sealed_now = connection.execute("SELECT handle, sealed FROM linkage.identity").fetchone() or (0, b"")
        content = envelope.open_secret(sealed_now, key, linking.INDEX_KEY, handle)
        before = envelope.seal_secret(content, key, linking.INDEX_KEY, appearance)
        connection.execute("UPDATE linkage.identity SET sealed = %s", [before])
    assert [finding.appearance_id for finding in world.find(NADER)] == [appearance]


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_query_that_is_not_of_now_is_refused(world: World, age: timedelta) -> None:
    with pytest.raises(LinkerRefused) as refusal:
        world.client.find([sealed(NADIR, at=datetime.now(UTC) - age)])
    assert refusal.value.reason == "query.too-old"


def test_a_query_that_the_keeper_did_not_seal_is_refused(world: World) -> None:
    forged = envelope.seal_secret(b"anything", sub_key(b"x" * 32, linking.QUERY_KEY), linking.QUERY_KEY)
    for body in (forged, b"", b"junk" * 20, sealed(NADIR)[:-1]):
        with pytest.raises(LinkerRefused) as refusal:
            world.client.find([body])
        assert refusal.value.reason == "query.not-the-keepers"


def test_an_arrival_that_is_not_the_keepers_or_of_another_is_left_out_and_stops_nothing(world: World) -> None:
    """Whoever can write the table can neither invent an identity nor give one to somebody else."""
    other = world.appear(NADIR)
    stolen = sealed(NADIR, subject=other)
    victim = uuid4()
    world.store(victim, uuid4())
    with psycopg.connect(world.pair.main_url(), autocommit=True) as connection:
        for appearance, body in ((victim, stolen), (uuid4(), b"junk")):
            if appearance != victim:
                world.store(appearance, uuid4())
            connection.execute(
                "INSERT INTO linkage_arrival VALUES (get_byte(uuid_send(%(id)s), 0), %(id)s, %(sealed)s)",
                {"id": appearance, "sealed": body},
            )
    assert [finding.appearance_id for finding in world.find(NADER)] == [other]
    assert world.count("linkage_arrival") == 0


def test_the_keeper_believes_a_finding_only_as_the_linker_sealed_it(world: World) -> None:
    appearance = world.appear(NADIR)
    (finding,) = world.find(NADER)
    statement = keeper().open_finding(finding.sealed, asker=b"run", now=datetime.now(UTC))
    assert (statement.other, statement.grade, statement.reasons) == (appearance, finding.grade, finding.reasons)
    late = datetime.now(UTC) + timedelta(minutes=6)
    for body, asker, now, code in (
        (finding.sealed, b"another", datetime.now(UTC), "finding.of-another"),
        (finding.sealed, b"run", late, "finding.too-old"),
        (sealed(NADIR), b"run", datetime.now(UTC), "finding.forged"),
    ):
        with pytest.raises(Refusal) as refusal:
            keeper().open_finding(body, asker=asker, now=now)
        assert refusal.value.code == code


def test_a_linker_started_anew_knows_all_and_what_arrived_meanwhile(world: World) -> None:
    first = world.appear(NADIR)
    assert len(world.find(NADER)) == 1
    world.server.stop()
    second = world.appear(NADIR)
    with pytest.raises(LinkerAway):
        world.find(NADER)
    world.server = Server(world.settings)
    world.server.start()
    assert {finding.appearance_id for finding in world.find(NADER)} == {first, second}
    assert world.server.desk.index.frequencies.people == 2


def test_a_linker_with_another_key_says_once_what_to_do_and_knows_nobody_till_the_old_key_is_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    known = [world.appear(NADIR), world.appear(NADER)]
    assert len(world.find(NADER)) == 2
    start_anew(world, OTHER_KEY)
    with caplog.at_level(logging.INFO, "registry.linkage"):
        assert world.client.find([sealed_with_another_key(NADIR)]) == [[]]
        assert world.client.find([sealed_with_another_key(NADIR)]) == [[]]
    assert [record.message for record in caplog.records] == [KEY_LOST]
    start_anew(world, LINKER_KEY)
    caplog.clear()
    assert {finding.appearance_id for finding in world.find(NADER)} == set(known)
    assert caplog.records == []


def test_whoever_is_announced_under_another_key_is_found_again(world: World) -> None:
    appearance = world.appear(NADIR)
    assert len(world.find(NADER)) == 1
    start_anew(world, OTHER_KEY)
    world.deliver(appearance, sealed_with_another_key(NADIR, subject=appearance))
    (found,) = world.client.find([sealed_with_another_key(NADER)])
    assert [finding.appearance_id for finding in found] == [appearance]


def start_anew(world: World, key: bytes) -> None:
    """Stop the linker and start it with this key."""
    world.server.stop()
    path = world.settings.linker_key_file
    path.unlink()
    path.write_bytes(key)
    path.chmod(0o400)
    world.server = Server(world.settings)
    world.server.start()


def sealed_with_another_key(said: Said, *, subject: UUID | None = None) -> bytes:
    """Return what a keeper that has the other key seals now."""
    return Linking.of(Lookup(), OTHER_KEY).seal([document(said)], asker=b"run", subject=subject, at=datetime.now(UTC))


def test_the_linker_outlives_the_databases_connections(world: World) -> None:
    world.appear(NADIR)
    assert len(world.find(NADER)) == 1
    world.execute(_END_LINKER)
    assert len(world.find(NADER)) == 1


def test_while_the_database_is_away_the_linker_says_so_and_loses_nothing(world: World) -> None:
    world.appear(NADIR)
    world.execute(f"ALTER ROLE {world.pair.logins.name('linker')} NOLOGIN")
    try:
        world.execute(_END_LINKER)
        with pytest.raises(LinkerAway):
            world.find(NADER)
    finally:
        world.execute(f"ALTER ROLE {world.pair.logins.name('linker')} LOGIN")
    assert len(world.find(NADER)) == 1


def test_no_name_date_or_number_can_be_read_in_what_is_kept(world: World) -> None:
    """Nor do two registries with other keys share a token."""
    world.appear(replace(NADIR, numbers={"azr": "240101123456"}))
    world.find(NADER)
    with psycopg.connect(world.pair.main_url()) as connection:
        rows = connection.execute("SELECT * FROM linkage.identity NATURAL JOIN linkage.token").fetchall()
    kept = repr(rows).lower()
    assert rows
    assert [word for word in ("barakz", "nadir", "1979", "240101123456", "brks", "ntr") if word in kept] == []


def test_the_socket_is_its_owners_alone(world: World) -> None:
    modes = {places.linker(world.settings.run_dir, role).stat().st_mode & 0o777 for role in ROLES}
    assert modes == {0o600}


def test_frequencies_follow_what_is_committed(world: World) -> None:
    appearance = world.appear(NADIR)
    world.server.desk.take_in()
    world.announce(appearance, STRANGER)
    world.server.desk.take_in()
    counted = world.server.desk.index.frequencies
    assert counted.people == 1
    learn_anew(world)
    counted = world.server.desk.index.frequencies
    assert (counted.people, counted.population) == (1, 1)


def learn_anew(world: World) -> None:
    """Count as each hour does."""
    world.server.desk._learned_at = None
    world.server.desk.learn()


def test_what_is_taken_in_while_frequencies_are_counted_anew_is_counted_once(world: World) -> None:
    """Neither lost with the counts of before, nor counted also among what is stored."""
    stays, moves = world.appear(NADIR), world.appear(NADIR)
    desk = world.server.desk
    desk.take_in()
    with desk.sessions() as session:
        desk.index.begin_learning(session)
        world.appear(STRANGER)
        world.announce(moves, STRANGER)
        desk.take_in()
        desk.index.learn(desk.index.learned(session))
    after, moved = desk.index.frequencies, tokens_of(world, moves)
    assert (after.people, after.population) == (3, 3)
    assert {after.bearers(token) for token in moved} == {2}
    assert {after.bearers(token) for token in tokens_of(world, stays)} == {1}
    learn_anew(world)
    assert desk.index.frequencies is not after
    assert {desk.index.frequencies.bearers(token) for token in moved} == {2}


def test_a_question_is_answered_while_frequencies_are_counted_anew(world: World) -> None:
    """Whoever counts waits for a turn, and whoever has the turn never waits for the count."""
    world.appear(NADIR)
    with ThreadPoolExecutor(4) as threads:
        learning = [threads.submit(learn_anew, world) for _ in range(4)]
        assert [len(world.find(NADER)) for _ in range(8)] == [1] * 8
        assert [one.result(timeout=10) for one in learning] == [None] * 4


def tokens_of(world: World, appearance: UUID) -> set[int]:
    """Return the tokens of the words of names that are stored of an appearance."""
    with psycopg.connect(world.pair.main_url()) as connection:
        row = connection.execute(
            "SELECT handle, sealed FROM linkage_handle JOIN linkage.identity USING (handle) WHERE appearance_id = %s",
            (appearance,),
        ).fetchone()
    assert row is not None
    identity = world.server.desk.index.identities.opened(row[1], row[0])
    assert identity is not None
    return {word.exact for form in identity.forms for word in form.words}

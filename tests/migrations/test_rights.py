"""What each process may do in the databases: the open list, and that PostgreSQL keeps to it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from registry.db import act_for
from registry.keeper.store.models import ShredBase
from registry.ledger.grants import grants_between
from registry.models import TABLES
from registry.ops.roles import GROUPS, MEMBERS
from tests.conftest import DatabasePair
from tests.migrations.shapes import fill, row_of, shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

#: r read, a append, w write over, d delete; columns in parentheses where not all of them. Whatever is not here is
#: refused. Whoever needs more changes this list, and says why in the revision.
OPEN_LIST = {
    "einmal_web": {
        "agency": "ra",
        "officer": "ra",
        "credential": "ad r(created_at,expires_at,id,kind,owner_id,owner_kind)",
        "session": "rad",
        "person": "rad w(created_on)",
        "appearance": "rawd",
        "sealed_compartment": "rawd",
        "erasure": "ra w(done_at)",
        "access_grant": "rad w(appearances,ended_at,mac,status)",
        "grant_request": "rad w(bucket,came_with,ended_at,grant_id,person_id,status)",
        "wrap": "rad",
        "consent_record": "rad w(receipt)",
        "run": "ra",
        "rotation": "r",
        "inbox": "rad",
        "recall": "ra w(acknowledged_at,written_at)",
        "cursor_key": "ra",
        "linkage_arrival": "ra w(sealed)",
        "link": "ra "
        "w(appearance_id,bucket,decided_at,decided_by,decided_kind,from_person,mac,other_id,status,to_person)",
        "audit_line": "ra",
        "audit_index": "rad",
        "audit_leaf": "r",
        "audit_queue": "ra",
        "anonymous_refusal": "raw",
        "term": "r",
        "term_label": "r",
        "term_broader": "r",
        "crosswalk": "r",
    },
    "einmal_worker": {
        "agency": "r",
        "run": "r",
        "person": "rad w(created_on)",
        "appearance": "ra w(basis,mac,person_id)",
        "sealed_compartment": "raw",
        "inbox": "raw",
        "inbox_seen": "ra",
        "recall": "r w(acknowledged_at)",
        "linkage_arrival": "ra w(sealed)",
        "grant_request": "r(agency_id,asked_at,bucket,came_with,ends_at,grant_id,id,person_id,purpose,reason,sections,"
        "status) w(bucket,came_with,ended_at,person_id,status)",
        "link": "ra",
        "link_uncompared": "rad",
        "audit_line": "ra",
        "audit_index": "ra",
        "audit_queue": "a",
        "term": "r",
        "term_label": "r",
        "term_broader": "r",
        "crosswalk": "r",
    },
    "einmal_housekeeper": {
        "agency": "r",
        "officer": "r(agency_id,id)",
        "session": "rd",
        "person": "rd w(created_on)",
        "appearance": "rd",
        "sealed_compartment": "rwd",
        "erasure": "r w(done_at)",
        "access_grant": "r w(ended_at,mac,status)",
        "grant_request": "r w(ended_at,status)",
        "wrap": "rad w(key_version,wrapped)",
        "run": "r",
        "rotation": "raw",
        "inbox": "rd w(key_version,token)",
        "recall": "ra w(acknowledged_at,written_at)",
        "linkage_arrival": "ra w(sealed)",
        "audit_line": "ra",
        "audit_index": "rad",
        "audit_leaf": "ra",
        "audit_queue": "rad",
    },
    "einmal_linker": {
        "appearance": "r(bucket,id,person_id)",
        "linkage_arrival": "rd",
        "linkage_handle": "ra",
        "linkage.identity": "rawd",
        "linkage.token": "rad",
    },
    "einmal_keeper": {
        "keeper_session": "r",
        "keeper_officer": "r",
        "keeper_agency": "r",
        "keeper_credential": "r",
        "keeper_run": "r",
        "keeper_appearance": "r",
        "keeper_grant": "r",
        "keeper_erasure": "r",
        "keeper_sealed": "r",
        "keeper_wrap": "r",
        "keeper_inbox": "r",
        "keeper_identity": "r",
        "keeper_line": "r",
        "keeper_link": "r",
        "keeper_log": "r",
        "keeper_waiting": "r",
        "audit_line": "a",
        "audit_index": "a",
        "audit_queue": "a",
    },
}
LETTERS = {"SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d"}
PROCESSES = tuple(MEMBERS["main"])
ONE, OTHER = UUID(int=1), UUID(int=2)  # ids in the rows that `fill` makes, of agencies and of persons


def rights(url: str) -> dict[str, dict[str, str]]:
    """Return group -> table -> rights as PostgreSQL has them, in the letters of the open list."""
    whole: dict[tuple[str, str], str] = defaultdict(str)
    columns: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for _, table, column, group, right in sorted(row for row in shape(url) if row[0] == "right"):
        if column:
            columns[group, table, LETTERS[right]].append(column)
        else:
            whole[group, table] += LETTERS.get(right, right)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for group, table in {*whole, *((group, table) for group, table, _ in columns)}:
        letters = "".join(sorted(whole[group, table], key="rawd".find))
        parts = [
            f"{letter}({','.join(names)})" for (g, t, letter), names in columns.items() if (g, t) == (group, table)
        ]
        found[group][table] = " ".join([letters, *parts]).strip()
    return dict(found)


@pytest.fixture(scope="module")
def filled(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[DatabasePair]:
    """A pair with two rows in every table: of agency and person ONE, and of OTHER; nobody commits anything to it."""
    pair = DatabasePair("test_rights", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    fill(pair.main_url())
    fill(pair.shred_url())
    yield pair
    clusters.drop_pair(pair.name)


@pytest.fixture
def web(filled: DatabasePair) -> Iterator[sa.orm.Session]:
    """The web process's session on it."""
    engine = sa.create_engine(
        filled.main_url("web").replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.NullPool
    )
    with sa.orm.Session(engine) as session:
        yield session
    engine.dispose()


def seen(session: sa.orm.Session, table: str) -> set[UUID]:
    """Return whose rows this session sees."""
    return {row.agency_id for row in session.execute(sa.select(TABLES[table].columns.agency_id))}


def refused(url: str, statement: str) -> bool:
    """Say whether PostgreSQL refuses a statement for want of rights."""
    with psycopg.connect(url) as connection:
        try:
            connection.execute(statement.encode())
        except InsufficientPrivilege:
            return True
        finally:
            connection.rollback()
    return False


def test_each_group_has_exactly_the_rights_of_the_open_list(filled: DatabasePair) -> None:
    """Nobody else has any, `public` included."""
    found = rights(filled.main_url())
    assert found.keys() == OPEN_LIST.keys()
    for group, tables in OPEN_LIST.items():
        assert dict(sorted(found[group].items())) == dict(sorted(tables.items())), group


def test_in_the_shred_store_only_the_keeper_has_rights(filled: DatabasePair) -> None:
    expected = dict.fromkeys(ShredBase.metadata.tables, "rawd")
    assert rights(filled.shred_url()) == {"einmal_keeper": expected}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_login_has_nothing_but_its_own_group(filled: DatabasePair, process: str) -> None:
    query = """
        SELECT r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication,
               ARRAY(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = r.oid),
               ARRAY(SELECT relname FROM pg_class WHERE relowner = r.oid)
        FROM pg_roles r WHERE rolname = current_user"""
    with psycopg.connect(filled.main_url(process)) as connection:
        assert connection.execute(query).fetchone() == (False, [MEMBERS["main"][process]], [])


@pytest.mark.parametrize("group", GROUPS["main"])
def test_a_group_has_no_power_of_its_own(filled: DatabasePair, group: str) -> None:
    query = """
        SELECT r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication OR r.rolcanlogin,
               ARRAY(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = r.oid)
        FROM pg_roles r WHERE rolname = %s"""
    with psycopg.connect(filled.main_url()) as connection:
        assert connection.execute(query, [group]).fetchone() == (False, [])


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE wrap DISABLE ROW LEVEL SECURITY",
        "DROP POLICY by_agency ON wrap",
        "TRUNCATE audit_line",
        "SET ROLE einmal_owner",
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY person TO PROGRAM 'cat'",
        "UPDATE audit_line SET outcome = 'done'",
        "DELETE FROM audit_line",
        "UPDATE audit_leaf SET chain = ''",
        "DELETE FROM audit_leaf",
        "UPDATE session SET actor_id = actor_id",
        "UPDATE credential SET secret = ''",
        "SELECT secret FROM credential",
        "UPDATE officer SET roles = '{administrator}'",
        "UPDATE agency SET kind = 'bamf'",
        "UPDATE consent_record SET record = ''",
        "UPDATE access_grant SET not_after = now()",
        "UPDATE wrap SET not_after = now()",
        "UPDATE run SET budget = 0",
        "UPDATE alembic_version SET version_num = '0000'",
    ],
)
def test_no_process_can_do_what_nobody_may(filled: DatabasePair, process: str, statement: str) -> None:
    assert refused(filled.main_url(process), statement)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_keeper_reads_no_table_and_appends_only_to_the_log(filled: DatabasePair, table: str) -> None:
    """It reads through the views made for it, and whoever asked stores what it returns."""
    url = filled.main_url("keeper")
    assert refused(url, f"SELECT * FROM {table}")  # noqa: S608 - a name of ours
    assert refused(url, f"DELETE FROM {table}")  # noqa: S608 - a name of ours
    assert refused(url, f"UPDATE {table} SET {next(iter(TABLES[table].columns)).name} = NULL")  # noqa: S608 - as above
    if OPEN_LIST["einmal_keeper"].get(table) != "a":
        assert refused(url, f"INSERT INTO {table} DEFAULT VALUES")


@pytest.mark.parametrize("view", sorted(name for name, letters in OPEN_LIST["einmal_keeper"].items() if letters == "r"))
def test_the_keeper_reads_all_rows_through_its_views_and_nobody_else_does(filled: DatabasePair, view: str) -> None:
    """Row-level security does not stand before it: the views are the owner's."""
    there = 4 if view == "keeper_identity" else 2  # who is known to the linker, and who waits for it
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(view))
    with psycopg.connect(filled.main_url("keeper")) as connection:
        assert connection.execute(query).fetchone() == (there,)
    for process in set(PROCESSES) - {"keeper"}:
        assert refused(filled.main_url(process), f"SELECT * FROM {view}")  # noqa: S608 - a name of ours


@pytest.mark.parametrize(
    "table", ["wrap", "access_grant", "grant_request", "credential", "officer", "session", "consent_record"]
)
def test_the_worker_reads_neither_wraps_nor_grants_nor_who_signs_in(filled: DatabasePair, table: str) -> None:
    """What it may deliver it hears from the keeper; it knows no officer."""
    assert refused(filled.main_url("worker"), f"SELECT * FROM {table}")  # noqa: S608 - a name of ours


@pytest.mark.parametrize("column", ["asked_by", "once", "content"])
def test_a_worker_that_moves_a_request_does_not_learn_who_asked(filled: DatabasePair, column: str) -> None:
    assert refused(filled.main_url("worker"), f"SELECT {column} FROM grant_request")  # noqa: S608 - a name of ours


def test_a_worker_sees_only_requests_of_whom_it_says_that_it_works_for(filled: DatabasePair) -> None:
    with psycopg.connect(filled.main_url("worker")) as connection:
        query = "SELECT person_id FROM grant_request"
        assert connection.execute(query).fetchall() == []
        connection.execute("SELECT set_config('app.person', %s, true)", [str(ONE)])
        assert connection.execute(query).fetchall() == [(ONE,)]


@pytest.mark.parametrize("process", ["web", "worker", "housekeeper", "cli"])
def test_only_the_keeper_gets_into_the_shred_store(filled: DatabasePair, process: str) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(filled.shred_url(process))


def test_the_keeper_makes_no_tables_in_the_shred_store(filled: DatabasePair) -> None:
    assert refused(filled.shred_url("keeper"), "CREATE TABLE mine (id int)")
    assert refused(filled.shred_url("keeper"), "TRUNCATE spent")


@pytest.mark.parametrize("table", ["wrap", "access_grant", "grant_request", "cursor_key"])
def test_an_agency_does_not_see_wraps_and_grants_of_another(web: sa.orm.Session, table: str) -> None:
    """A slip in a WHERE shows nothing."""
    act_for(web, agency=ONE)
    assert seen(web, table) == {ONE}
    act_for(web, agency=OTHER)
    assert seen(web, table) == {OTHER}
    act_for(web, agency=UUID(int=3))
    assert seen(web, table) == set()


@pytest.mark.parametrize("table", ["wrap", "access_grant", "grant_request", "cursor_key"])
def test_a_transaction_that_does_not_say_for_whom_it_works_sees_nothing(web: sa.orm.Session, table: str) -> None:
    """Nor does what an earlier transaction said live on in the pooled connection."""
    assert seen(web, table) == set()
    act_for(web, agency=ONE)
    web.commit()
    assert seen(web, table) == set()


def test_a_person_sees_her_own_grants_and_requests_and_nobodys_wraps(web: sa.orm.Session) -> None:
    act_for(web, person=ONE)
    for table in ("access_grant", "grant_request"):
        assert {row.person_id for row in web.execute(sa.select(TABLES[table].columns.person_id))} == {ONE}
    assert seen(web, "wrap") == set()


def test_the_doors_one_statement_sees_one_agency_and_leaves_nothing_behind(filled: DatabasePair) -> None:
    """It says for whom it works and reads in one breath, on a connection that the next request gets."""
    engine = sa.create_engine(
        filled.main_url("web").replace("postgresql://", "postgresql+psycopg://", 1),
        poolclass=sa.NullPool,
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        for agency, person in ((ONE, OTHER), (OTHER, ONE), (UUID(int=3), ONE)):
            assert grants_between(connection, person=person, agency=agency) == []
        with pytest.raises(ValueError, match="text 1"):  # seen, and no grant: the filler's words are none
            grants_between(connection, person=ONE, agency=ONE)
        assert connection.execute(sa.select(TABLES["access_grant"].columns.id)).all() == []
    engine.dispose()


@pytest.mark.parametrize("table", ["wrap", "access_grant", "grant_request", "cursor_key"])
def test_an_agency_cannot_be_given_what_the_transaction_does_not_work_for(web: sa.orm.Session, table: str) -> None:
    act_for(web, agency=ONE)
    foreign: dict[str, Any] = row_of(TABLES[table], 3)
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        web.execute(TABLES[table].insert().values(foreign))


def test_wraps_and_grants_of_others_cannot_be_ended_by_a_slip(web: sa.orm.Session) -> None:
    """A statement without its WHERE touches the rows of one agency only."""
    wrap, grant = TABLES["wrap"], TABLES["access_grant"]
    act_for(web, agency=ONE)
    assert [*web.scalars(sa.delete(wrap).returning(wrap.columns.agency_id))] == [ONE]
    withdrawn = sa.update(grant).values(status="withdrawn").returning(grant.columns.agency_id)
    assert [*web.scalars(withdrawn)] == [ONE]


def test_the_housekeeper_sees_all_wraps_and_grants(filled: DatabasePair) -> None:
    """Expiry and retention know no agency."""
    with psycopg.connect(filled.main_url("housekeeper")) as connection:
        assert len(connection.execute("SELECT 1 FROM wrap").fetchall()) == 2
        assert len(connection.execute("SELECT 1 FROM access_grant").fetchall()) == 2


def test_a_row_with_anothers_bucket_is_refused(web: sa.orm.Session) -> None:
    person = TABLES["person"]
    with pytest.raises(sa.exc.IntegrityError, match="ck_person_bucket"):
        web.execute(person.insert().values({**row_of(person, 3), "bucket": 1}))


@pytest.mark.parametrize("table", ["linkage.identity", "linkage.token"])
def test_nobody_but_the_linker_gets_into_its_schema(filled: DatabasePair, table: str) -> None:
    for process in set(PROCESSES) - {"linker"}:
        assert refused(filled.main_url(process), f"SELECT * FROM {table}")  # noqa: S608 - a name of ours
    with psycopg.connect(filled.main_url("linker")) as connection:
        (count,) = (
            connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split(".")))).fetchone()
            or ()
        )
    assert count == 2


def test_the_linker_reads_of_profiles_only_whose_an_appearance_is(filled: DatabasePair) -> None:
    url = filled.main_url("linker")
    for table in TABLES.keys() - OPEN_LIST["einmal_linker"].keys():
        assert refused(url, f"SELECT * FROM {table}")  # noqa: S608 - a name of ours
    assert refused(url, "SELECT mac FROM appearance")


def test_nobody_calls_what_forgets_by_itself(filled: DatabasePair) -> None:
    for process in PROCESSES:
        assert refused(filled.main_url(process), "SELECT linkage.forget()")

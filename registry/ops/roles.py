"""Who may log in at the databases: one login role per process, each in the group that holds its privileges.

Migrations grant tables to the groups; logins and their passwords belong to one installation and are made at start.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from registry.ops.files import read_json, write_json

#: Cluster -> groups that exist there.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "main": ("einmal_web", "einmal_keeper", "einmal_worker", "einmal_housekeeper", "einmal_linker"),
    "shred": ("einmal_keeper",),
}
#: Cluster -> process -> its group. The command line does the same acts as the web.
MEMBERS: Mapping[str, Mapping[str, str]] = {
    "main": {
        "web": "einmal_web",
        "cli": "einmal_web",
        "keeper": "einmal_keeper",
        "worker": "einmal_worker",
        "housekeeper": "einmal_housekeeper",
        "linker": "einmal_linker",
    },
    "shred": {"keeper": "einmal_keeper"},
}
_LIMITS = {"statement_timeout": "30s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}
#: Any number, the same for everybody who changes roles.
_LOCK = 0x726F6C6573


@dataclass(frozen=True, slots=True)
class Logins:
    """The logins of one installation."""

    installation: str
    passwords: Mapping[str, str] = field(repr=False)  # by process

    def name(self, process: str) -> str:
        """Return the role's name; it tells installations on one server apart."""
        return f"einmal_{self.installation}_{process}"

    def url(self, base: str, process: str) -> str:
        """Return the address of the same database for the login of a process."""
        own = make_url(base).set(username=self.name(process), password=self.passwords[process])
        return own.render_as_string(hide_password=False)


def logins(memory: Path) -> Logins:
    """Read the installation's logins, or invent them; the file is readable by its owner only."""
    known = read_json(memory) or {"installation": secrets.token_hex(4), "passwords": {}}
    fresh = MEMBERS["main"].keys() - known["passwords"].keys()  # all, or the processes of a newer version
    if fresh:
        known["passwords"] |= {process: secrets.token_hex(32) for process in sorted(fresh)}
        write_json(memory, known)
    return Logins(known["installation"], known["passwords"])


def install(main_url: str, shred_url: str, own: Logins) -> None:
    """Make groups and logins in both clusters and let the groups into these databases; safe to repeat.

    Args:
        main_url: as the owner, who may create roles.
    """
    for cluster, url in (("main", main_url), ("shred", shred_url)):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("select pg_advisory_lock(%s)", [_LOCK])
            make_groups(connection, GROUPS[cluster])
            admit(connection, connection.info.dbname, GROUPS[cluster])
            for process, group in MEMBERS[cluster].items():
                _make_login(connection, own, process, group=group)


def make_groups(connection: psycopg.Connection, groups: Sequence[str]) -> None:
    """Make group roles that do not exist; somebody else may be making them at the same moment."""
    for group in groups:
        _create_role(connection, sql.SQL("{} nologin").format(sql.Identifier(group)))


def admit(connection: psycopg.Connection, database: str, groups: Sequence[str]) -> None:
    """Let these groups, and nobody else, connect to a database."""
    name = sql.Identifier(database)
    connection.execute(sql.SQL("revoke all on database {} from public").format(name))
    members = sql.SQL(", ").join(map(sql.Identifier, groups))
    connection.execute(sql.SQL("grant connect on database {} to {}").format(name, members))


def _make_login(connection: psycopg.Connection, own: Logins, process: str, *, group: str) -> None:
    role = sql.Identifier(own.name(process))
    _create_role(connection, sql.SQL("{} login").format(role))
    # Hashed here: a server that logs statements does not see the password.
    hashed = connection.pgconn.encrypt_password(
        own.passwords[process].encode(), own.name(process).encode(), b"scram-sha-256"
    ).decode()
    connection.execute(sql.SQL("alter role {} login password {}").format(role, hashed))
    connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(group), role))
    for setting, value in _LIMITS.items():
        connection.execute(sql.SQL("alter role {} set {} = {}").format(role, sql.Identifier(setting), value))


def _create_role(connection: psycopg.Connection, definition: sql.Composed) -> None:
    statement = sql.SQL(
        "do $$ begin create role {}; exception when duplicate_object or unique_violation then null; end $$"
    )
    connection.execute(statement.format(definition))

"""Each process as a user of its own: what one may reach of the others, by asking the system itself."""

from __future__ import annotations

import grp
import http.client
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import pytest
from sqlalchemy import make_url

import registry
from registry.ops.embedded.quarters import Tenant
from registry.ops.files import remove_tree
from registry.wire.sockets import places
from tests.conftest import DatabasePair
from tests.integration.test_ops_stack import House, ended, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

#: Users that every Debian has; here they are five strangers.
USERS = {"keeper": "backup", "linker": "list", "web": "www-data", "housekeeper": "irc", "worker": "news"}
NAMED = ",".join(f"{process}:{user}" for process, user in USERS.items())


def _hindrance() -> str:
    """Return why this cannot be tried here, if so."""
    if os.geteuid() != 0:
        return "only root can start processes as other users"
    stranger = Tenant("", 65534, 65534)
    if not all(stranger.reaches(Path(place)) for place in (sys.executable, registry.__file__)):
        return "this Python or this checkout lies where other users do not reach it"
    return ""


root_only = pytest.mark.skipif(bool(_hindrance()), reason=_hindrance())


@dataclass(frozen=True, slots=True)
class Running:
    """A registry with a user for each process."""

    house: House
    run_dir: Path
    line: Mapping[str, Any]

    def workers(self) -> list[str]:
        """Return the names of the workers."""
        return [name for name in self.line["processes"] if name.startswith("worker-")]


@pytest.fixture(scope="module")
def running(clusters: Pair, test_logins: Logins) -> Iterator[Running]:
    pair = DatabasePair(f"test_{secrets.token_hex(6)}", clusters, test_logins)
    clusters.create_database_pair(pair.name)
    home = Path(tempfile.mkdtemp(prefix="einmal-users-", dir="/var/tmp"))
    run_dir = Path(tempfile.mkdtemp(prefix="einmal-users-", dir="/run"))
    knocking = opened_to_all(Path(str(make_url(pair.main_url()).query["host"])))
    house = House(home)
    given = {"ENV": "test", "DATABASE_URL": pair.main_url(), "SHRED_DATABASE_URL": pair.shred_url()}
    stack = house.up(given | {"PROCESS_USERS": NAMED, "REGISTRY_RUN_DIR": str(run_dir)})
    try:
        yield Running(house, run_dir, line_of(stack))
    finally:
        ended(stack)
        for path, mode in knocking.items():
            path.chmod(mode)
        shutil.rmtree(home)
        remove_tree(run_dir)
        clusters.drop_pair(pair.name)


def opened_to_all(sockets: Path) -> dict[Path, int]:
    """Let every user of this machine knock at the database servers, as one of its own does; return how it was."""
    paths = [sockets, *(path for path in sockets.iterdir() if path.is_socket())]
    before = {path: stat.S_IMODE(path.stat().st_mode) for path in paths}
    for path in paths:
        path.chmod(0o777 if path.is_socket() else 0o711)
    return before


def tried(user: str, code: str, *arguments: str) -> str:
    """Run a line of Python as a user without any further group; return what it printed."""
    entry = pwd.getpwnam(user)
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


_CONNECT = (
    "import socket, sys\n"
    "s = socket.socket(socket.AF_UNIX)\n"
    "try: s.connect(sys.argv[1]); print('answers')\n"
    "except OSError as e: print(type(e).__name__)"
)
_READ = "import sys\ntry: open(sys.argv[1], 'rb').read(); print('read')\nexcept OSError as e: print(type(e).__name__)"
_PUT = "import sys\ntry: open(sys.argv[1], 'wb'); print('put')\nexcept OSError as e: print(type(e).__name__)"


@root_only
def test_each_process_is_another_user_and_reaches_what_it_must(running: Running) -> None:
    for name, pid in running.line["processes"].items():
        process = psutil.Process(pid)
        own = pwd.getpwnam(USERS[name.partition("-")[0]])
        family = [process, *process.children(recursive=True)]
        assert {one.uids().real for one in family} == {own.pw_uid}, name
        assert {one.uids().effective for one in family} == {own.pw_uid}, name
    assert len(running.workers()) >= 2
    assert running.line["warnings"] == [warning for warning in running.line["warnings"] if "one user" not in warning]
    address = urlsplit(running.line["web"])
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    connection.request("GET", "/api/v1/me", headers={"Authorization": f"Bearer {running.line['agencies'][0]['token']}"})
    answer = connection.getresponse()
    assert answer.status in {200, 403}, answer.read()
    connection.close()


@root_only
def test_nobody_asks_on_anothers_socket(running: Running) -> None:
    agency: UUID = running.line["agencies"][0]["id"]
    sockets = {
        places.keeper(running.run_dir, "web"): {"web"},
        places.keeper(running.run_dir, "housekeeper"): {"housekeeper"},
        places.keeper(running.run_dir, "cli"): set(),
        places.keeper(running.run_dir, "worker", agency): {"worker"},
        places.linker(running.run_dir, "web"): {"web"},
        places.linker(running.run_dir, "worker"): {"worker"},
        places.worker(running.run_dir, agency): set(),
    }
    for path, callers in sockets.items():
        owner = {path.parent.name}  # whoever listens there
        found = {process for process, user in USERS.items() if tried(user, _CONNECT, str(path)) == "answers"}
        assert found == callers | owner, path


@root_only
def test_nobody_reads_anothers_keys_or_takes_anothers_place(running: Running) -> None:
    home, run_dir = running.house.home, running.run_dir
    keys = {
        home / "keys" / "root.key": set(),
        home / "keys" / "linker.key": set(),
        home / "secrets" / "roles.json": set(),
        run_dir / "keeper" / "root_key_file.copy": {"keeper"},
        run_dir / "keeper" / "linker_key_file.copy": {"keeper"},
        run_dir / "linker" / "linker_key_file.copy": {"linker"},
    }
    for path, readers in keys.items():
        assert path.exists()
        assert {process for process, user in USERS.items() if tried(user, _READ, str(path)) == "read"} == readers, path
    for place in ("keeper", "linker", "worker"):
        planted = str(run_dir / place / "planted.sock")
        assert {process for process, user in USERS.items() if tried(user, _PUT, planted) == "put"} == {place}
    assert {tried(user, _PUT, str(run_dir / "planted")) for user in USERS.values()} == {"PermissionError"}


@root_only
def test_nobody_looks_into_anothers_memory_or_environment(running: Running) -> None:
    keeper = running.line["processes"]["keeper"]
    for user in USERS.values():  # not even another process of its own user
        for secret in ("environ", "mem", "maps"):
            assert tried(user, _READ, f"/proc/{keeper}/{secret}") == "PermissionError", (user, secret)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"PROCESS_USERS": "keeper:backup"}, "PROCESS_USERS must be a list"),
        ({"PROCESS_USERS": NAMED.replace("irc", "backup")}, "of different users"),
        ({"PROCESS_USERS": f"{NAMED},owner:games"}, "PROCESS_USERS must be a list"),
        ({"PROCESS_USERS": NAMED}, "needs DATABASE_URL" if os.geteuid() == 0 else "runs as root"),
    ],
)
def test_users_that_cannot_be_had_are_said_at_the_start(tmp_path: Path, settings: dict[str, str], message: str) -> None:
    stack = House(tmp_path).up(settings)
    _, told = stack.communicate(timeout=60)
    assert stack.returncode != 0
    assert message in told


def test_the_users_of_the_tests_are_strangers_to_each_other() -> None:
    """None of them is in another's group, or the tests above would show nothing."""
    groups = {pwd.getpwnam(user).pw_gid for user in USERS.values()}
    assert len(groups) == len(USERS)
    assert not [group for group in groups if set(grp.getgrgid(group).gr_mem) & set(USERS.values())]

"""What every test may ask for: embedded clusters of its own, and pairs of databases cloned from a migrated template."""

import logging
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_socket

from registry import config
from registry.ops import migrate, roles
from registry.ops.postgres import Pair

#: Tests may lose their data in a power cut.
HURRY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
TEMPLATE = "template_pair"
BINDIR = config.inherited(("PG_BINDIR",)).get("PG_BINDIR")


@dataclass(frozen=True, slots=True)
class DatabasePair:
    """A main database and a shred store of one test; nobody else works in them."""

    name: str
    clusters: Pair
    logins: roles.Logins

    def main_url(self, process: str = "owner") -> str:
        """Return the main database's address for a process: owner, web, keeper, worker, housekeeper, linker or cli."""
        url = self.clusters.main.url(self.name)
        return url if process == "owner" else self.logins.url(url, process)

    def shred_url(self, process: str = "owner") -> str:
        """Return the shred store's address, for the owner or the keeper."""
        url = self.clusters.shred.url(self.name)
        return url if process == "owner" else self.logins.url(url, process)


@pytest.fixture(scope="session")
def clusters() -> Iterator[Pair]:
    """Both embedded clusters, started once per test run."""
    home = Path(tempfile.mkdtemp(prefix="einmal-test-", dir="/tmp"))
    pair = Pair(home, run_dir=home / "run", bindir=Path(BINDIR) if BINDIR else None, options=HURRY)
    try:
        with pair:
            yield pair
    finally:
        pair.destroy()
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def test_logins(clusters: Pair) -> roles.Logins:
    """One login per process, as an installation has them."""
    passwords = {process: secrets.token_hex(16) for process in roles.MEMBERS["main"]}
    own = roles.Logins("test", passwords)
    roles.install(clusters.main.url("postgres"), clusters.shred.url("postgres"), own)
    return own


@pytest.fixture(scope="session")
def template_pair(clusters: Pair, test_logins: roles.Logins) -> str:  # noqa: ARG001 - the groups must exist before migrating
    """A pair of databases, migrated once; its name is to be cloned, nobody works in it."""
    clusters.create_database_pair(TEMPLATE)
    migrate.upgrade(clusters.main.url(TEMPLATE), clusters.shred.url(TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database_pair(clusters: Pair, template_pair: str, test_logins: roles.Logins) -> Iterator[DatabasePair]:
    """A migrated pair of databases of this test's own."""
    name = f"test_{secrets.token_hex(6)}"
    clusters.clone_pair(template_pair, name)
    yield DatabasePair(name, clusters, test_logins)
    clusters.drop_pair(name)


@pytest.fixture
def empty_pair(clusters: Pair, test_logins: roles.Logins) -> Iterator[DatabasePair]:
    """A pair of databases without any table."""
    name = f"test_{secrets.token_hex(6)}"
    clusters.create_database_pair(name)
    yield DatabasePair(name, clusters, test_logins)
    clusters.drop_pair(name)


@pytest.fixture(scope="session")
def database_pair_of_session(clusters: Pair, template_pair: str, test_logins: roles.Logins) -> Iterator[DatabasePair]:
    """A migrated pair that all tests of the run share, for tests that only add rows."""
    name = f"test_{secrets.token_hex(6)}"
    clusters.clone_pair(template_pair, name)
    yield DatabasePair(name, clusters, test_logins)
    clusters.drop_pair(name)


@pytest.fixture(autouse=True)
def no_logger_is_silenced() -> Iterator[None]:
    """Leave all loggers speaking: the import linter's own set-up of logging silences every logger that exists."""
    yield
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Unit and property tests open no connection at all; everybody else stays on this machine."""
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    if folder in {"unit", "property"}:
        pytest_socket.disable_socket(allow_unix_socket=False)
    else:
        pytest_socket.enable_socket()
        pytest_socket.socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


def pytest_runtest_teardown() -> None:
    """Leave the guard to the next test's folder."""
    pytest_socket.enable_socket()

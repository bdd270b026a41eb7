"""A whole registry under load: keys are rotated from the command line, and its processes are killed in the middle."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
from click.testing import CliRunner

from registry import db
from registry.auth import demo, sessions
from registry.bench import read, rotation
from registry.cli.main import registry
from registry.errors import RegistryError
from registry.ops.embedded.quarters import vacate
from registry.ops.own_house import own_house

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registry.ops.own_house import Stack

pytestmark = pytest.mark.long

MANY = 1_500
#: An officer opens at most 60 different profiles an hour.
WRITTEN = 12


@dataclass(slots=True)
class Office:
    """A source and a reader who never stop working, over the interface."""

    api: read.Api
    source: Mapping[str, str]
    reader: Mapping[str, str]
    person: str
    stopping: threading.Event = field(default_factory=threading.Event)
    failed: list[str] = field(default_factory=list)
    reads: int = 0
    written: list[str] = field(default_factory=list)

    def look(self, person: str = "") -> None:
        """Read as both may: what was granted, and what is one's own."""
        self.api.ask("GET", f"/persons/{person or self.person}/profile?purpose=intake", token=self.source["token"])
        if not person:
            self.api.ask("GET", read.path(self.person), token=self.reader["token"])

    def keep_reading(self) -> None:
        """Read until told to stop."""
        while not self.stopping.is_set():
            try:
                self.look()
            except (RegistryError, OSError) as problem:
                self.failed.append(str(problem))
            self.reads += 2

    def keep_writing(self) -> None:
        """Record new persons until told to stop, or there are enough."""
        while not self.stopping.is_set():
            if len(self.written) < WRITTEN:
                entries = read.entries(len(self.written))
                made = self.api.ask("POST", "/persons", {"entries": entries}, token=self.source["token"])
                self.written.append(made["id"])
            time.sleep(0.1)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Read and write for the block."""
        threads = [threading.Thread(target=work) for work in (self.keep_reading, self.keep_writing)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stopping.set()
            for thread in threads:
                thread.join()
            self.stopping.clear()


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    home = Path(tempfile.mkdtemp(prefix="einmal-rotate-", dir="/tmp"))
    try:
        with own_house(home) as running:
            yield running
    finally:
        vacate(home)
        shutil.rmtree(home)


@pytest.fixture(scope="module")
def office(stack: Stack) -> Office:
    api = read.Api(urlsplit(stack.api).port or 0)
    offices = {agency["name"]: agency for agency in stack.agencies}
    source, reader = offices["Agentur für Arbeit Stuttgart"], offices["Jobcenter Köln"]
    (one,) = read.seed(api, 1, source=source, reader=reader)
    engine = db.configure(stack.database, pool_size=2)
    rotation._record(stack, sessions.token_of(source["token"]), MANY)
    engine.dispose()
    return Office(api, source, reader, one.person)


def says(stack: Stack, *arguments: str, signed: bool = True) -> tuple[str, BaseException | None]:
    """Run a command about keys, and return what it says; both administrators sign in where it asks for them."""
    book = demo.load(stack.home)
    words = (
        [word for one in book.administrators for word in (one.login, one.password, book.code(one))] if signed else []
    )
    environment = dict.fromkeys(os.environ) | {"PATH": os.environ["PATH"], "REGISTRY_HOME": str(stack.home)}
    result = CliRunner(env=environment).invoke(registry, ["keys", *arguments], input="".join(f"{x}\n" for x in words))
    return result.output, result.exception


def versions(stack: Stack, column: str) -> set[int]:
    """Return under which versions of a key all compartments of the source lie."""
    with psycopg.connect(stack.database) as owner:
        query = f"SELECT DISTINCT {column} FROM sealed_compartment WHERE own_version IS NOT NULL"  # noqa: S608 - a name of this file
        return {row[0] for row in owner.execute(query.encode())}


def moved(owner: psycopg.Connection[tuple[int]]) -> int:
    """Return how many rows the run that is under way has moved."""
    query = "SELECT coalesce(sum(moved), 0) FROM rotation WHERE finished_at IS NULL"
    return (owner.execute(query).fetchone() or (0,))[0]


def kill_in_the_middle(stack: Stack, killed: list[str]) -> None:
    """Kill housekeeper and keeper, each once some rows were moved."""
    with psycopg.connect(stack.database, autocommit=True) as owner:
        for name in ("housekeeper", "keeper"):
            before = moved(owner)
            while moved(owner) == before:
                time.sleep(0.01)
            os.kill(stack.processes[name], signal.SIGKILL)
            killed.append(name)


def test_an_agencys_key_is_rotated_while_others_read_and_write_and_no_read_fails(stack: Stack, office: Office) -> None:
    with office.at_work():
        for agency in (office.source, office.reader):
            said, problem = says(stack, "rotate", "agency", "--agency", agency["id"])
            assert problem is None, said
            assert "agency is rotated" in said
    assert (office.failed, office.reads > 50, len(office.written) > 2) == ([], True, True)
    assert versions(stack, "own_version") == {2}
    for person in (*office.written, ""):
        office.look(person)
    said, problem = says(stack, "status", signed=False)
    assert problem is None, said
    assert f"agency Agentur für Arbeit Stuttgart {office.source['id']}  version 1  decrypt-only  0 under it" in said
    assert "rotating" not in said


def test_a_rotation_goes_on_where_it_was_when_keeper_and_housekeeper_are_killed(stack: Stack, office: Office) -> None:
    killed: list[str] = []
    killer = threading.Thread(target=kill_in_the_middle, args=(stack, killed))
    killer.start()
    said, problem = says(stack, "rotate", "custodian")
    killer.join()
    assert problem is None, said
    assert killed == ["housekeeper", "keeper"]
    assert versions(stack, "custodian_version") == {2}
    with psycopg.connect(stack.database) as owner:
        total, done, skipped = owner.execute(
            "SELECT total, moved, skipped FROM rotation ORDER BY started_at DESC LIMIT 1"
        ).fetchone() or (0, 0, 0)
    assert (done, skipped) == (total, 0)
    office.look()


def test_names_are_salted_by_one_command_and_are_then_until_another_says_so(stack: Stack) -> None:
    for asked, manner in (("--salted", "  salted"), ("--salted", "  salted"), ("--plain", "")):
        said, problem = says(stack, "rotate", "lookup", "--anew", asked)
        assert problem is None, said
        said, problem = says(stack, "status", signed=False)
        assert problem is None, said
        (active,) = [line for line in said.splitlines() if line.startswith("lookup") and "active" in line]
        assert f"active{manner}  " in active


def test_a_key_is_not_destroyed_before_its_time_and_the_command_says_why(stack: Stack) -> None:
    said, problem = says(stack, "destroy", "custodian", "1")
    assert isinstance(problem, RegistryError), said
    assert "an hour after its rotation" in str(problem)
    said, problem = says(stack, "destroy", "custodian", "2")
    assert isinstance(problem, RegistryError), said
    assert "rotate the key first" in str(problem)

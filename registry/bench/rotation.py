"""`registry bench rotation`: an agency's key renewed over many profiles while offices read, beside one plain UPDATE."""

from __future__ import annotations

import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg

from registry import clock, db
from registry.actors import Officer
from registry.auth import demo, sessions
from registry.bench import load, read
from registry.bench.figures import Figure
from registry.casework.admission import signing_in
from registry.casework.rotation import ordering
from registry.db import Sessions
from registry.errors import OperationError
from registry.keys.client import KEEPER, Keeper
from registry.ops.own_house import own_house
from registry.profiles import appearances
from registry.wire import admitting, messages, rotating
from registry.wire.sockets import places

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from registry.config import Settings
    from registry.exchange.models import Rotation
    from registry.ops.own_house import Stack

PERSONS = 10_000
#: Whose profiles are read meanwhile: an officer opens at most 60 different ones an hour.
_READ = 20
_CLIENTS = 2
_SECONDS = 2.0
_BATCH = 250
_PATIENCE_SECONDS = 3600.0
_ENTRY = {
    "kind": "identity.name",
    "value": {"family": "Familie", "given": "Vorname", "form": "current", "script": "Latn"},
}
_COPY = (
    "CREATE TABLE bench_wrap AS SELECT s.bucket, s.appearance_id, s.compartment, s.envelope, s.custodian_wrap,"
    " s.own_wrap, s.own_version FROM sealed_compartment s JOIN appearance a"
    " ON a.bucket = s.bucket AND a.id = s.appearance_id WHERE a.source_id = %s AND s.own_version IS NOT NULL"
)


@dataclass(slots=True)
class Readers:
    """Offices that read profiles over the interface all the time, in a process of their own."""

    port: int
    requests: list[bytes]
    times: dict[str, list[float]] = field(default_factory=dict)  #: seconds of each answer, by what went on meanwhile
    failed: int = 0

    def read_while(self, name: str, goes_on: Callable[[], bool]) -> None:
        """Read until it is over, once at least."""
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as others:
            while True:
                asked = others.submit(load.drive, self.port, self.requests, connections=_CLIENTS, seconds=_SECONDS)
                try:
                    self.times.setdefault(name, []).extend(asked.result().times)
                except OperationError:
                    self.failed += 1  # an answer that was none
                if not goes_on():
                    return

    def p95_ms(self, name: str) -> float:
        """Return within how many milliseconds 95 of 100 answers came."""
        return load.Reading(0.0, self.times[name]).percentile(0.95) * 1000


def run(settings: Settings, persons: int = PERSONS) -> list[Figure]:
    """Measure in a stack of its own under the home.

    Args:
        settings: whose home it is.
        persons: of whom the agency whose key is renewed is the source.
    """
    with own_house(settings.home / "bench") as stack:
        api = read.Api(urlsplit(stack.api).port or 0)
        offices = {agency["name"]: agency for agency in stack.agencies}
        source, reader = offices["Agentur für Arbeit Stuttgart"], offices["Jobcenter Köln"]
        engine = db.configure(stack.database, pool_size=2)
        try:
            seeded = read.seed(api, min(_READ, persons), source=source, reader=reader)
            _record(stack, sessions.token_of(source["token"]), persons - len(seeded))
            paths = {read.path(one.person): reader["token"] for one in seeded}
            paths |= {f"/persons/{one.person}/profile?purpose=intake": source["token"] for one in seeded}
            for path, token in paths.items():
                api.ask("GET", path, token=token)
            requests = [load.request(f"/api/v1{path}", {"Authorization": f"Bearer {paths[path]}"}) for path in paths]
            return [_measured(stack, Readers(api.port, requests), source, persons=persons)]
        finally:
            KEEPER.close()
            engine.dispose()


def _measured(stack: Stack, readers: Readers, source: Mapping[str, str], *, persons: int) -> Figure:
    readers.read_while("alone", lambda: False)
    run = _order(stack, source["id"])
    readers.read_while("rotating", lambda: not _is_through(run))
    row = _progress(run)
    seconds = (row.finished_at - row.started_at).total_seconds() if row.finished_at else 0.0
    plain, rows = _baseline(stack, source["id"])
    notes = {
        "profiles": float(persons),
        "wraps moved": float(row.moved),
        "seconds": seconds,
        "failed reads": float(readers.failed),
        "reads meanwhile": float(len(readers.times["rotating"])),
        "p95 of reads ms, before": readers.p95_ms("alone"),
        "p95 of reads ms, meanwhile": readers.p95_ms("rotating"),
    }
    if readers.failed or row.moved != rows:
        raise OperationError(f"{readers.failed} readings failed, and {row.moved} of {rows} wraps were moved")
    return Figure("rotation", persons / seconds, persons / plain, "profiles/s", 1, notes)


def _record(stack: Stack, token: bytes, count: int) -> None:
    """Let the source record so many more persons, through the keeper's own writing."""
    keeper = Keeper()
    keeper.configure(places.keeper(stack.run_dir, "web"))
    with Sessions() as session:
        officer = sessions.actor_of(session, token, clock.now())
    entry = {**_ENTRY, "source": str(getattr(officer, "agency_id", ""))}
    documents = {"identity.core": messages.Document(json.dumps({"entries": [entry]}).encode())}
    try:
        for begin in range(0, count, _BATCH):
            records = [messages.WriteRecord(documents)] * min(_BATCH, count - begin)
            written = keeper.ask(messages.Write(records, session=token), messages.Sealed).results
            born = [one.appearance for one in written if one.appearance is not None]
            with Sessions.begin() as session:
                appearances.keep_births(session, born, [row for one in written for row in one.sealed])
    finally:
        keeper.close()


def _order(stack: Stack, agency: str) -> UUID:
    """Let the two administrators of the made-up house renew an agency's key."""
    KEEPER.configure(places.keeper(stack.run_dir, "cli"))
    book = demo.load(stack.home)
    approvers = [_signed_in(book, one) for one in book.administrators]
    asked = rotating.OrderRun([one.token for one in approvers], "rekey", "agency", agency)
    with Sessions.begin() as session:
        run = ordering.order(session, asked, actor=approvers[0], now=clock.now()).id
    ordering.renew(run)
    return run


def _signed_in(book: demo.Demo, one: demo.DemoOfficer) -> Officer:
    asked = admitting.SignIn(one.login, one.password, book.code(one))
    with Sessions.begin() as session:
        token = signing_in.sign_in(session, asked, now=clock.now()).token
        actor = sessions.actor_of(session, token, clock.now())
    if not isinstance(actor, Officer):
        raise OperationError("the made-up administrator is none")
    return actor


def _progress(run: UUID) -> Rotation:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        with Sessions() as session:
            row = ordering.progress(session, run)
        if row is not None:
            return row
        time.sleep(0.1)
    raise OperationError("the housekeeper does not begin")


def _is_through(run: UUID) -> bool:
    return _progress(run).finished_at is not None


def _baseline(stack: Stack, agency: str) -> tuple[float, int]:
    """Write over as many rows of the same size by one statement; return its seconds, and how many rows they are."""
    with psycopg.connect(stack.database, autocommit=True) as plain:
        plain.execute(_COPY, (agency,))
        plain.execute("ALTER TABLE bench_wrap ADD PRIMARY KEY (bucket, appearance_id, compartment)")
        begun = time.perf_counter()
        changed = plain.execute("UPDATE bench_wrap SET own_version = 9, own_wrap = custodian_wrap")
        return time.perf_counter() - begun, changed.rowcount

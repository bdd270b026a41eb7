"""`registry bench keeper`: what the keeper takes to open nine compartments, and what a withdrawal takes."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg

from consent.ceilings import allowed_sections
from registry.auth import sessions
from registry.bench import load, read
from registry.bench.figures import Figure, alternate
from registry.errors import OperationError
from registry.keys.client import Keeper
from registry.ops.own_house import own_house
from registry.wire import messages
from registry.wire.sockets import places
from schemas.compartments import Section
from schemas.vocabularies.access import AgencyKind, Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.bench.read import Api, Seeded
    from registry.config import Settings
    from registry.ops.own_house import Stack

PERSONS = 20
RUNS = 5
OPENINGS = 500
#: Together these have nine compartments, as many as the design was measured with.
NINE = (
    Section.IDENTITY, Section.LANGUAGES, Section.EDUCATION, Section.WORK, Section.SKILLS, Section.RECOGNITION,
    Section.NEEDS, Section.GOALS,
)  # fmt: skip
#: Clients who read profiles over the interface without a pause while the keeper is measured.
LOAD_CLIENTS = 2
LOAD_SECONDS = 5.0
#: For so many offices and purposes her languages can be opened when she withdraws one of them.
RECIPIENTS = 10
WITHDRAWING = 8
_CODES = 20  #: of a letter; each grant takes one
_STATUS = "CREATE TABLE bench_status (id int PRIMARY KEY, status text NOT NULL)"


@dataclass(frozen=True, slots=True)
class Opening:
    """The keeper as web asks it, and the same content as one SELECT by key."""

    keeper: Keeper
    bare: psycopg.Connection[tuple[Any, ...]]
    asked: list[messages.Open]
    times: dict[str, list[float]] = field(default_factory=dict)  #: seconds of each answer, by what was measured

    def open(self, name: str) -> None:
        """Let the keeper open the next profile."""
        times = self.times.setdefault(name, [])
        question = self.asked[len(times) % len(self.asked)]
        begun = time.perf_counter()
        self.keeper.ask(question, messages.Plaintext)
        times.append(time.perf_counter() - begun)

    def select(self, name: str) -> None:
        """Read the next stored document."""
        times = self.times.setdefault(name, [])
        person = self.asked[len(times) % len(self.asked)].said.person
        begun = time.perf_counter()
        self.bare.execute("SELECT document::text FROM bench_document WHERE id = %s", (person,)).fetchone()
        times.append(time.perf_counter() - begun)

    def rate(self) -> float:
        """Open one after another; return openings per second."""
        begun = time.perf_counter()
        for _ in range(OPENINGS):
            self.open("alone")
        return OPENINGS / (time.perf_counter() - begun)

    def bare_rate(self) -> float:
        """Read one after another; return answers per second."""
        begun = time.perf_counter()
        for _ in range(OPENINGS):
            self.select("baseline")
        return OPENINGS / (time.perf_counter() - begun)

    def beside(self, port: int, requests: list[bytes]) -> float:
        """Open while others read, who live in a process of their own; return how many profiles a second they read."""
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as others:
            others.submit(load.drive, port, requests, connections=LOAD_CLIENTS, seconds=0.1).result()
            reading = others.submit(load.drive, port, requests, connections=LOAD_CLIENTS, seconds=LOAD_SECONDS)
            while not reading.done():
                self.open("beside load")
            return reading.result().rate

    def notes(self) -> dict[str, float]:
        """Return percentiles of all that was measured, in milliseconds."""
        readings = {name: load.Reading(0.0, times) for name, times in self.times.items()}
        return {
            f"{name} p{share} ms": reading.percentile(share / 100) * 1000
            for name, reading in readings.items()
            for share in (50, 95, 99)
        }


def run(settings: Settings, persons: int = PERSONS, withdrawing: int = WITHDRAWING) -> list[Figure]:
    """Measure both in a stack of its own under the home.

    Args:
        settings: whose home it is.
        persons: whose profiles are opened, again and again; an officer opens at most 60 different ones an hour.
        withdrawing: how many more withdraw, each eleven times.
    """
    with own_house(settings.home / "bench") as stack:
        api = read.Api(urlsplit(stack.api).port or 0)
        offices = {agency["name"]: agency for agency in stack.agencies}
        source, reader = offices["Agentur für Arbeit Stuttgart"], offices["Jobcenter Köln"]
        made = read.seed(api, persons, source=source, reader=reader, sections=NINE)
        with psycopg.connect(stack.database, autocommit=True) as bare:
            opened = _opened(stack, api, made, reader=reader, bare=bare)
            bare.execute(_STATUS)
            return [opened, _withdrawn(api, source, _recipients(stack), persons=withdrawing, bare=bare)]


def _opened(
    stack: Stack,
    api: Api,
    made: list[Seeded],
    *,
    reader: Mapping[str, str],
    bare: psycopg.Connection[tuple[Any, ...]],
) -> Figure:
    token = reader["token"]
    read.store(stack.database, {one.person: api.ask("GET", read.path(one.person), token=token) for one in made})
    asked = [messages.Open(_said(bare, one.person), session=sessions.token_of(token)) for one in made]
    requests = [load.request(f"/api/v1{read.path(one.person)}", {"Authorization": f"Bearer {token}"}) for one in made]
    keeper = Keeper()
    keeper.configure(places.keeper(stack.run_dir, "web"))
    opening = Opening(keeper, bare, asked)
    try:
        opened = {len(keeper.ask(question, messages.Plaintext).opened) for question in asked}
        rates = alternate(opening.rate, opening.bare_rate, runs=RUNS)
        beside = opening.beside(api.port, requests)
    finally:
        keeper.close()
    notes = {"compartments": float(max(opened)), **opening.notes(), "profiles read beside it, a second": beside}
    return Figure("open", *rates, "openings/s", RUNS, notes)


def _said(bare: psycopg.Connection[tuple[Any, ...]], person: str) -> messages.Said:
    """Return what web would ask the keeper to open of a person with one grant."""
    query = "SELECT id, appearances, compartments FROM access_grant WHERE person_id = %s"
    ((grant, appearances, compartments),) = bare.execute(query, (person,)).fetchall()
    return messages.Said(UUID(person), appearances, compartments, "placement", "consent", [grant])


def _withdrawn(
    api: Api,
    source: Mapping[str, str],
    recipients: list[tuple[str, str]],
    *,
    persons: int,
    bare: psycopg.Connection[tuple[Any, ...]],
) -> Figure:
    """Time withdrawals, each while all of the recipients can open what is withdrawn, beside one row written."""
    ours, plain = [], []
    for number in range(persons):
        person = read.record(api, number, source=source)
        codes = iter(range(1, _CODES + 1))
        held = [_give(api, person, recipient, code=next(codes)) for recipient in recipients]
        for code in (*codes, None):
            (grant, recipient), *held = held
            begun = time.perf_counter()
            api.ask("DELETE", f"/me/grants/{grant}", token=person.session)
            ours.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            bare.execute("INSERT INTO bench_status VALUES (%s, 'withdrawn')", (len(ours),))
            plain.append(time.perf_counter() - begun)
            if code is not None:
                held.append(_give(api, person, recipient, code=code))
    reading = load.Reading(0.0, ours)
    notes = {f"p{share} ms": reading.percentile(share / 100) * 1000 for share in (50, 95, 99)}
    notes["recipients"] = float(len(recipients))
    return Figure("withdrawal", median(ours) * 1000, median(plain) * 1000, "ms", len(ours), notes)


def _give(api: Api, person: Seeded, recipient: tuple[str, str], *, code: int) -> tuple[str, tuple[str, str]]:
    agency, purpose = recipient
    given = read.give(api, person, agency=agency, purpose=purpose, sections=[Section.LANGUAGES], code=code)
    return given["id"], recipient


def _recipients(stack: Stack) -> list[tuple[str, str]]:
    """Return offices and purposes for which languages can be granted, as many different offices as there are."""
    found = [
        (agency["id"], purpose.value)
        for purpose in Purpose
        for agency in stack.agencies
        if purpose is not Purpose.INTAKE and Section.LANGUAGES in allowed_sections(AgencyKind(agency["kind"]), purpose)
    ]
    if len(found) < RECIPIENTS:
        raise OperationError(f"languages can be granted to {len(found)} only")
    return found[:RECIPIENTS]

"""`registry bench match`: is she known already, among many; beside an exact look-up of surname, birth date and sex."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import psutil
import psycopg
from sqlalchemy.orm import Session

from registry import clock, db
from registry.bench import load
from registry.bench.figures import Figure
from registry.bench.matching import over_http, seeding
from registry.bench.matching.asking import Question, questions
from registry.bench.matching.people import people
from registry.errors import OperationError
from registry.linkage.arrivals import announce
from registry.linkage.server import Desk
from registry.ops import roles
from registry.ops.own_house import own_house
from registry.wire import linking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from registry.bench.matching.people import Someone
    from registry.bench.matching.seeding import Keys
    from registry.config import Settings
    from registry.keeper.tokens import Linking
    from registry.ops.own_house import Stack

PERSONS: Final = 20_000
#: Questions that are measured.
QUESTIONS: Final = 1_000
#: Asked before anything is measured: a process that just started is slow once.
_FIRST: Final = 50
#: Persons added one by one, and then at once.
ADDED: Final = 200
_EXACT: Final = "SELECT appearance_id FROM bench_exact WHERE family = %s AND born = %s AND sex = %s"


@dataclass(slots=True)
class Reading:
    """Seconds of each answer, and how often the first finding, or any row of the baseline, was right."""

    times: list[float] = field(default_factory=list)
    right: int = 0
    cpu: float = 0.0  #: seconds that this process worked
    wrong: int = 0  #: somebody else was called known

    def ms(self, share: float) -> float:
        """Return within how many milliseconds this share of the answers was there."""
        return load.Reading(0.0, self.times).percentile(share) * 1000


@dataclass(frozen=True, slots=True)
class Counter:
    """The linker's desk within this process, and what it is measured beside."""

    desk: Desk
    keeper: Linking
    bare: psycopg.Connection[tuple[Any, ...]]

    def ask(self, question: Question, ours: Reading, exact: Reading) -> None:
        """Ask both."""
        sealed = self.keeper.seal([question.said.document()], asker=b"bench", subject=None, at=clock.now())
        begun, worked = time.perf_counter(), time.thread_time()
        (found,) = self.desk.find(linking.Find([sealed])).findings
        ours.times.append(time.perf_counter() - begun)
        ours.cpu += time.thread_time() - worked
        known = [one.appearance_id for one in found if one.grade == "known"]
        ours.right += bool(known) and known[0] == question.hers
        ours.wrong += bool(known) and known[0] != question.hers
        said = question.said
        begun = time.perf_counter()
        rows = self.bare.execute(_EXACT, (said.family.lower(), said.born, said.sex)).fetchall()
        exact.times.append(time.perf_counter() - begun)
        exact.right += any(row[0] == question.hers for row in rows)
        exact.wrong += any(row[0] != question.hers for row in rows)

    def backend(self) -> int:
        """Return the number of the database's process that answers the desk."""
        return int(self.desk.database.fetch("SELECT pg_backend_pid()")[0][0])

    def add(self, database: str, said: list[tuple[UUID, Someone]], reading: Reading) -> None:
        """Announce people as whoever records them does, and let the linker take them in."""
        rows = [seeding.appearance_row(appearance) for appearance, _ in said]
        seeding.write(database, "appearance", seeding.APPEARANCE_COLUMNS, rows=rows)
        now = clock.now()
        sealed = [(one, self.keeper.seal([who.document()], asker=b"", subject=one, at=now)) for one, who in said]
        owner = db.engine_for(database, pool_size=1)
        with Session(owner) as session, session.begin():
            announce(session, sealed)
        owner.dispose()
        begun, worked = time.perf_counter(), time.thread_time()
        taken = self.desk.take_in()
        if taken != len(said):
            raise OperationError(f"{taken} of {len(said)} were taken in")
        reading.times.append(time.perf_counter() - begun)
        reading.cpu += time.thread_time() - worked


def run(settings: Settings, persons: int = PERSONS) -> list[Figure]:
    """Measure in a stack of its own under the home; the linker's process sleeps while its work is done in this one."""
    with own_house(settings.home / "bench") as stack:
        keys = seeding.Keys.of(stack)
        begun = time.perf_counter()
        seeding.seed(stack, keys, persons)
        notes = {"persons": float(persons), "seconds to fill": time.perf_counter() - begun}
        with _asleep(stack), _counter(stack, keys) as counter:
            figure = _asked(counter, persons, notes)
            adding = _added(counter, stack.database, persons)
        return [figure, adding, over_http.measured(stack, questions(persons + 1, over_http.MOST))]


def _asked(counter: Counter, persons: int, notes: dict[str, float]) -> Figure:
    begun = time.perf_counter()
    counter.desk.take_in()
    learned = time.perf_counter() - begun
    everybody = list(questions(persons, _FIRST + QUESTIONS))
    for question in everybody[:_FIRST]:
        counter.ask(question, Reading(), Reading())
    ours, exact = Reading(), Reading()
    backend = psutil.Process(counter.backend())
    before = sum(backend.cpu_times()[:2])
    for question in everybody[_FIRST:]:
        counter.ask(question, ours, exact)
    of_database = sum(backend.cpu_times()[:2]) - before
    stored = sum(one.hers is not None for one in everybody[_FIRST:])
    notes |= {
        "p95 ms": ours.ms(0.95),
        "p99 ms": ours.ms(0.99),
        # With other work on the machine the wall says little: this is what a question takes of cores of its own.
        "CPU ms a question, linker": ours.cpu * 1000 / QUESTIONS,
        "CPU ms a question, database": of_database * 1000 / QUESTIONS,
        "known first, of those stored": ours.right / stored,
        "called known, wrongly": ours.wrong / QUESTIONS,
        "found by the baseline": exact.right / stored,
        "others found by the baseline": exact.wrong / QUESTIONS,
        "baseline p99 ms": exact.ms(0.99),
        "seconds to count frequencies": learned,
    }
    return Figure("match", ours.ms(0.5) * 1000, exact.ms(0.5) * 1000, "µs (p50)", QUESTIONS, notes)


def _added(counter: Counter, database: str, persons: int) -> Figure:
    """Add people whom nobody asked about; the baseline is their share of adding many at once."""
    first = 5 * persons + QUESTIONS
    new = [(seeding.appearance_of(first + at), said) for at, said in enumerate(people(first, 2 * ADDED))]
    single, together = Reading(), Reading()
    for one in new[:ADDED]:
        counter.add(database, [one], single)
    counter.add(database, new[ADDED:], together)
    notes = {"p95 ms": single.ms(0.95), "CPU ms a person, linker": single.cpu * 1000 / ADDED}
    return Figure("match-adding", single.ms(0.5) * 1000, together.ms(0.5) * 1000 / ADDED, "µs (p50)", ADDED, notes)


@contextmanager
def _asleep(stack: Stack) -> Iterator[None]:
    """Let the linker's process do nothing for the block, so that what arrives is taken in here."""
    process = psutil.Process(stack.processes["linker"])
    process.suspend()
    try:
        yield
    finally:
        process.resume()


@contextmanager
def _counter(stack: Stack, keys: Keys) -> Iterator[Counter]:
    own = roles.logins(stack.home / "secrets" / "roles.json")
    desk = Desk.of(keys.linker, own.url(stack.database, "linker"))
    with psycopg.connect(stack.database, autocommit=True) as bare:
        yield Counter(desk, keys.keeper(), bare)
    desk.close()

"""`registry bench read`: a whole profile over HTTP, decided, logged and opened, beside one bare SELECT."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg

from registry import clock
from registry.bench import bare, load
from registry.bench.figures import Figure, Usage, alternate
from registry.config import inherited
from registry.errors import OperationError
from registry.ops import roles
from registry.ops.own_house import own_house
from schemas.compartments import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from registry.config import Settings

#: An officer opens at most 60 different profiles an hour, so the measured ones are fewer and opened again and again.
PERSONS = 40
CONNECTIONS = 8
RUNS = 15
SECONDS = 2.0
_PIN = "314159"
#: All that an office may get for placement without a statute.
EVERYTHING = tuple(section for section in Section if section is not Section.RESIDENCE)
#: Where the baseline is served.
BARE_PORT = 18_200
_DATABASE = "postgres-main"
#: The processes that a protected read keeps busy; the housekeeper brings its lines into order.
_BUSY = ("web", "keeper", _DATABASE, "postgres-shred", "housekeeper")


@dataclass(frozen=True, slots=True)
class Seeded:
    """A recorded person, the session that her letter opened, and the codes on it."""

    person: str
    session: str = field(repr=False)
    codes: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Api:
    """The interface of the measured stack, as any client sees it."""

    port: int

    def ask(self, method: str, path: str, body: object = None, *, token: str = "") -> dict[str, Any]:
        """Send one request and return the JSON that came back.

        Raises:
            OperationError: the answer is no success.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            connection.request(method, f"/api/v1{path}", json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise OperationError(f"{method} {path} was answered {answer.status}: {content[:200]!r}")
        return json.loads(content) if content else {}


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the comparison: whom it asks for what, what came of it, and what its processes worked for that."""

    port: int
    requests: list[bytes]
    processes: Mapping[str, int]
    readings: list[load.Reading] = field(default_factory=list)
    spent: list[dict[str, float]] = field(default_factory=list)  #: CPU seconds of each process in each run

    def drive(self) -> float:
        """Measure once; return answers per second."""
        before = Usage.of(self.processes)
        self.readings.append(load.drive(self.port, self.requests, connections=CONNECTIONS, seconds=SECONDS))
        self.spent.append(Usage.of(self.processes).since(before))
        return self.readings[-1].rate

    def cpu_ms(self) -> dict[str, float]:
        """Return what each process worked for one answer, the median of all runs."""
        answers = [len(reading.times) for reading in self.readings]
        return {
            name: median(spent[name] * 1000 / count for spent, count in zip(self.spent, answers, strict=True))
            for name in self.processes
        }


def run(settings: Settings, persons: int = PERSONS) -> list[Figure]:
    """Measure protected reads against the baseline, in a stack of its own under the home."""
    home = settings.home / "bench"
    with own_house(home) as stack:
        port = urlsplit(stack.api).port or 0
        api = Api(port)
        offices = {agency["name"]: agency for agency in stack.agencies}
        reader = offices["Jobcenter Köln"]
        made = seed(api, persons, source=offices["Agentur für Arbeit Stuttgart"], reader=reader)
        seeded = [one.person for one in made]
        documents = {person: api.ask("GET", path(person), token=reader["token"]) for person in seeded}
        store(stack.database, documents)
        headers = {"Authorization": f"Bearer {reader['token']}"}
        protected = [load.request(f"/api/v1{path(person)}", headers) for person in seeded]
        plain = [load.request(f"/{person}", {}) for person in seeded]
        with bare_server(home, stack.database) as child:
            ours = Side(port, protected, {name: stack.processes[name] for name in _BUSY})
            base = Side(BARE_PORT, plain, {"web": child, _DATABASE: stack.processes[_DATABASE]})
            return _measure(ours, base)


def _measure(ours: Side, base: Side) -> list[Figure]:
    rates = alternate(ours.drive, base.drive, runs=RUNS)
    last, last_base = ours.readings[-1], base.readings[-1]
    spent, spent_base = ours.cpu_ms(), sum(base.cpu_ms().values())
    notes = {
        **{f"CPU of {name}, ms a read": used for name, used in spent.items()},
        "CPU of the baseline, ms a read": spent_base,
        # With other work on the machine the wall says little: this is the ratio that cores of one's own would give.
        "ratio of CPU": spent_base / sum(spent.values()),
        "ours p50 ms": last.percentile(0.5) * 1000,
        "ours p95 ms": last.percentile(0.95) * 1000,
        "baseline p50 ms": last_base.percentile(0.5) * 1000,
        "baseline p95 ms": last_base.percentile(0.95) * 1000,
    }
    return [Figure("read", rates[0], rates[1], "requests/s", RUNS, notes)]


def path(person: str) -> str:
    """Return where the API shows a person's profile."""
    return f"/persons/{person}/profile?purpose=placement"


def seed(
    api: Api,
    count: int,
    *,
    source: Mapping[str, str],
    reader: Mapping[str, str],
    sections: Sequence[Section] = EVERYTHING,
) -> list[Seeded]:
    """Record so many persons and let each grant the reader these sections for placement."""
    persons = []
    for number in range(count):
        one = record(api, number, source=source)
        give(api, one, agency=reader["id"], purpose="placement", sections=sections, code=1)
        persons.append(one)
    return persons


def record(api: Api, number: int, *, source: Mapping[str, str]) -> Seeded:
    """Record a person, hand her a letter, and let her sign in with it."""
    born = api.ask("POST", "/persons", {"entries": entries(number)}, token=source["token"])
    letter = api.ask("POST", f"/persons/{born['id']}/letters", {"pin": _PIN}, token=source["token"])
    session = api.ask("POST", "/sessions", {"letter_code": letter["letter_code"], "pin": _PIN})
    return Seeded(born["id"], session["token"], tuple(letter["codes"]))


def give(
    api: Api, person: Seeded, *, agency: str, purpose: str, sections: Sequence[Section], code: int
) -> dict[str, Any]:
    """Let a person grant an agency something for a month.

    Args:
        code: number of the letter's code that proves it, from 1.
    """
    published = api.ask("GET", "/notices/current")
    grant = {
        "agency": agency,
        "purpose": purpose,
        "sections": [section.value for section in sections],
        "until": (clock.now() + timedelta(days=30)).date().isoformat(),
        "notice": {part: published[part] for part in ("version", "language", "sha256")} | {"channel": "own-device"},
        "proof": {"pin": _PIN, "code_index": code, "code": person.codes[code - 1]},
    }
    return api.ask("POST", "/me/grants", grant, token=person.session)


def entries(number: int) -> list[dict[str, Any]]:
    """Return what a clerk records in one sitting: a name, a birth date and five languages with levels."""
    languages = ("prs", "de", "en", "tr", "ru")
    name = {"family": f"Familie{number}", "given": f"Vorname{number}", "form": "current", "script": "Latn"}
    levels = [{"skill": skill, "scale": "cefr", "code": "B1", "cefr": "B1"} for skill in ("listening", "reading")]
    return [
        {"kind": "identity.name", "value": name},
        {"kind": "identity.birth-date", "value": {"date": "1990-05-17", "placeholder_suspected": False}},
        *(
            {"kind": "languages.language", "value": {"language": tag, "as_said": tag, "levels": levels}}
            for tag in languages
        ),
    ]


def store(database: str, documents: dict[str, dict[str, Any]]) -> None:
    """Put the profiles as they were answered where the baseline finds them."""
    with psycopg.connect(database) as connection:
        connection.execute(bare.TABLE)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO bench_document (id, document) VALUES (%s, %s)",
                [(UUID(person), json.dumps(document)) for person, document in documents.items()],
            )
        connection.execute("GRANT SELECT ON bench_document TO einmal_web")


@contextmanager
def bare_server(home: Path, database: str) -> Iterator[int]:
    """Serve the baseline beside the measured registry for the block; yield its process number."""
    own = roles.logins(home / "secrets" / "roles.json")
    env = {
        **inherited(("PATH", "LANG", "LC_ALL", "HOME", "WEB_WORKERS", "WEB_THREADS")),
        "ENV": "development",
        "REGISTRY_HOME": str(home),
        "REGISTRY_PROCESS": "web",
        "WEB_DATABASE_URL": own.url(database, "web"),
        "WEB_PORT": str(BARE_PORT),
    }
    with subprocess.Popen([sys.executable, "-m", "registry.bench.bare"], env=env, stderr=subprocess.DEVNULL) as child:
        try:
            _await(BARE_PORT, child)
            yield child.pid
        finally:
            child.terminate()


def _await(port: int, child: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and child.poll() is None:
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise OperationError("the baseline's server did not start")

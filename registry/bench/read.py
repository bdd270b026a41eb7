"""`registry bench read`: a whole profile over HTTP, decided, logged and opened, beside one bare SELECT."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg

from registry import clock
from registry.bench import bare, load
from registry.bench.figures import Figure, alternate
from registry.config import inherited
from registry.errors import OperationError
from registry.ops import roles
from registry.ops.own_house import own_house
from schemas.compartments import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from registry.config import Settings

#: An officer opens at most 60 different profiles an hour, so the measured ones are fewer and opened again and again.
PERSONS = 40
CONNECTIONS = 8
RUNS = 5
SECONDS = 4.0
_PIN = "314159"
_BARE_PORT = 18_200


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


def run(settings: Settings, persons: int = PERSONS) -> list[Figure]:
    """Measure protected reads against the baseline, in a stack of its own under the home."""
    home = settings.home / "bench"
    with own_house(home) as stack:
        port = urlsplit(stack.api).port or 0
        api = Api(port)
        offices = {agency["name"]: agency for agency in stack.agencies}
        reader = offices["Jobcenter Köln"]
        seeded = _seed(api, persons, source=offices["Agentur für Arbeit Stuttgart"], reader=reader)
        documents = {person: api.ask("GET", _path(person), token=reader["token"]) for person in seeded}
        _store(stack.database, documents)
        headers = {"Authorization": f"Bearer {reader['token']}"}
        protected = [load.request(f"/api/v1{_path(person)}", headers) for person in seeded]
        plain = [load.request(f"/{person}", {}) for person in seeded]
        with _bare(home, stack.database):
            return _measure(port, protected, plain)


def _measure(port: int, protected: list[bytes], plain: list[bytes]) -> list[Figure]:
    ours: list[load.Reading] = []
    base: list[load.Reading] = []
    rates = alternate(lambda: _drive(port, protected, ours), lambda: _drive(_BARE_PORT, plain, base), runs=RUNS)
    last, last_base = ours[-1], base[-1]
    notes = {
        "ours p50 ms": last.percentile(0.5) * 1000,
        "ours p95 ms": last.percentile(0.95) * 1000,
        "baseline p50 ms": last_base.percentile(0.5) * 1000,
        "baseline p95 ms": last_base.percentile(0.95) * 1000,
    }
    return [Figure("read", rates[0], rates[1], "requests/s", RUNS, notes)]


def _drive(port: int, requests: list[bytes], readings: list[load.Reading]) -> float:
    readings.append(load.drive(port, requests, connections=CONNECTIONS, seconds=SECONDS))
    return readings[-1].rate


def _path(person: str) -> str:
    return f"/persons/{person}/profile?purpose=placement"


def _seed(api: Api, count: int, *, source: Mapping[str, str], reader: Mapping[str, str]) -> list[str]:
    """Record so many persons and let each grant the reader everything it may get for placement."""
    until = (clock.now() + timedelta(days=30)).date().isoformat()
    published = api.ask("GET", "/notices/current")
    shown = {part: published[part] for part in ("version", "language", "sha256")} | {"channel": "own-device"}
    persons = []
    for number in range(count):
        born = api.ask("POST", "/persons", {"entries": _entries(number)}, token=source["token"])
        letter = api.ask("POST", f"/persons/{born['id']}/letters", {"pin": _PIN}, token=source["token"])
        session = api.ask("POST", "/sessions", {"letter_code": letter["letter_code"], "pin": _PIN})
        grant = {
            "agency": reader["id"],
            "purpose": "placement",
            "sections": [section.value for section in Section if section is not Section.RESIDENCE],
            "until": until,
            "notice": shown,
            "proof": {"pin": _PIN, "code_index": 1, "code": letter["codes"][0]},
        }
        api.ask("POST", "/me/grants", grant, token=session["token"])
        persons.append(born["id"])
    return persons


def _entries(number: int) -> list[dict[str, Any]]:
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


def _store(database: str, documents: dict[str, dict[str, Any]]) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(bare.TABLE)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO bench_document (id, document) VALUES (%s, %s)",
                [(UUID(person), json.dumps(document)) for person, document in documents.items()],
            )
        connection.execute("GRANT SELECT ON bench_document TO einmal_web")


@contextmanager
def _bare(home: Path, database: str) -> Iterator[None]:
    own = roles.logins(home / "secrets" / "roles.json")
    env = {
        **inherited(("PATH", "LANG", "LC_ALL", "HOME", "WEB_WORKERS", "WEB_THREADS")),
        "ENV": "development",
        "REGISTRY_HOME": str(home),
        "REGISTRY_PROCESS": "web",
        "WEB_DATABASE_URL": own.url(database, "web"),
        "WEB_PORT": str(_BARE_PORT),
    }
    with subprocess.Popen([sys.executable, "-m", "registry.bench.bare"], env=env, stderr=subprocess.DEVNULL) as child:
        try:
            _await(_BARE_PORT, child)
            yield
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

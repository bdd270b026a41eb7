"""`registry bench pages`: how long every page takes to its last byte with eight plain clients at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from registry.bench import load, read
from registry.bench.figures import Figure
from registry.edge.guards import ANYBODY
from registry.errors import OperationError
from registry.ops.own_house import own_house
from registry.web import signed
from registry.web.addresses import PAGES, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from registry.config import Settings

PERSONS = 8
CONNECTIONS = 8
RUNS = 3
SECONDS = 1.0
#: What the last byte of a page may take for 95 of 100 visitors, in milliseconds, on two cores.
LIMIT_MS = 150.0
#: What is answered there is no page: it leads elsewhere, or shows again what a form sent.
NO_PAGES = frozenset(
    {
        "web.intake.again",
        "web.me.receipt",
        "web.me_giving.record",
        "web.meanwhile.question",  # for whom a link of hers ended
        "web.signing.go_to_issuer",
        "web.signing.back_from_issuer",
        "web.devices.welcome",
        "web.devices.ask",
        "web.devices.one",
        "web.questions.listed",  # for approvers, of whom the stack prints no session
    }
)
_LANGUAGE = "ar"
_VARIABLE = re.compile(r"<(?:[\w()., ]+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody whose browser holds a session, and what her addresses name."""

    token: str
    named: Mapping[str, str]

    def request(self, page: Page) -> bytes:
        """Return the request for a page, as a browser without a cache sends it."""
        path = _VARIABLE.sub(lambda found: self.named[found[1]], page.rule)
        query = "?purpose=placement" if page.name == "web.office.profile" else ""
        headers = {"Cookie": f"{signed.COOKIE}={self.token}", "Accept-Encoding": "gzip"} if self.token else {}
        return load.request(f"/{_LANGUAGE}{path}{query}", headers)


def measured() -> list[Page]:
    """Return the pages that are measured: all that a GET shows."""
    return [page for page in PAGES if page.method == "GET" and page.name not in NO_PAGES]


def run(settings: Settings, seconds: float = SECONDS) -> list[Figure]:
    """Measure each page beside the bare document of `registry bench read`, in a stack of its own under the home."""
    with own_house(settings.home / "bench") as stack:
        api = read.Api(urlsplit(stack.api).port or 0)
        offices = {agency["name"]: agency for agency in stack.agencies}
        source, reader = offices["Agentur für Arbeit Stuttgart"], offices["Jobcenter Köln"]
        seeded = read.seed(api, PERSONS, source=source, reader=reader)
        documents = {one.person: api.ask("GET", read.path(one.person), token=reader["token"]) for one in seeded}
        read.store(stack.database, documents)
        visitors = _visitors(api, seeded, source=source, reader=reader)
        with read.bare_server(settings.home / "bench", stack.database):
            base = _p95(read.BARE_PORT, [load.request(f"/{one.person}", {}) for one in seeded], seconds)
            return [_figure(page, api.port, visitors(page), base=base, seconds=seconds) for page in measured()]


def _visitors(
    api: read.Api, seeded: list[read.Seeded], *, source: Mapping[str, str], reader: Mapping[str, str]
) -> Callable[[Page], list[Visitor]]:
    """Return what says who visits a page: the counter that recorded them, the office that reads, they, or strangers."""
    named = [
        {"person_id": one.person, "agency_id": reader["id"], "purpose": "placement", "link_id": link}
        | _named(api, one, reader)
        for one, link in zip(seeded, _proposals(api, len(seeded), reader), strict=True)
    ]
    visitors = {
        "intake": [Visitor(source["token"], one) for one in named],
        "office": [Visitor(reader["token"], one) for one in named],
        "me": [Visitor(one.session, names) for one, names in zip(seeded, named, strict=True)],
    }
    strangers = [Visitor("", {})]
    return lambda page: strangers if page.guard is ANYBODY else visitors[page.rule.split("/")[1]]


def _proposals(api: read.Api, count: int, reader: Mapping[str, str]) -> list[str]:
    """Record so many people at the reader's office too, of whom it is not sure whether the source recorded them."""
    for number in range(count):
        entries = read.entries(number)
        identity = [one for one in entries if one["kind"].startswith("identity.")]
        best = api.ask("POST", "/matches", {"entries": identity}, token=reader["token"])["matches"][0]
        api.ask("POST", "/persons", {"entries": entries, "unsure_of": [best["id"]]}, token=reader["token"])
    return [link["id"] for link in api.ask("GET", "/links", token=reader["token"])["links"]]


def _named(api: read.Api, one: read.Seeded, reader: Mapping[str, str]) -> dict[str, str]:
    """Return a grant of hers, a request to her, and something that she says herself."""
    wish: dict[str, Any] = {"purpose": "intake", "sections": ["languages"], "reason": "first-meeting"}
    asked = api.ask("POST", f"/persons/{one.person}/requests", wish, token=reader["token"])
    (grant,) = api.ask("GET", "/me/grants", token=one.session)["grants"]
    skill = {"kind": "skills.skill", "value": {"name": "sewing"}}
    said = api.ask("POST", "/me/entries", skill, token=one.session)["entry"]
    return {"grant_id": grant["id"], "request_id": asked["id"], "topic": "languages", "entry_id": said["id"]}


def _figure(page: Page, port: int, visitors: list[Visitor], *, base: float, seconds: float) -> Figure:
    requests = [one.request(page) for one in visitors]
    try:
        times = [_p95(port, requests, seconds) for _ in range(RUNS)]
    except OperationError as problem:
        raise OperationError(f"{page.rule}: {problem}") from problem
    return Figure(f"page /{_LANGUAGE}{page.rule}", median(times), base, "ms", RUNS, {"limit ms": LIMIT_MS})


def _p95(port: int, requests: list[bytes], seconds: float) -> float:
    reading = load.drive(port, requests, connections=CONNECTIONS, seconds=seconds)
    return reading.percentile(0.95) * 1000

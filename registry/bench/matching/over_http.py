"""The same question over the interface: web, keeper and linker are processes of their own, and a line is written."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import psutil

from registry.bench import load, read
from registry.bench.figures import Figure
from registry.errors import OperationError
from registry.linkage.client import Linker, LinkerAway
from registry.ops.supervision import running
from registry.wire.sockets import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.bench.matching.asking import Question
    from registry.ops.own_house import Stack

#: An officer asks about so many identities an hour, so many at the most are asked about by all offices together.
_EACH: Final = 30
MOST: Final = 600
_FIRST: Final = 5
_PATIENCE_SECONDS: Final = 120.0


def measured(stack: Stack, questions: Iterator[Question]) -> Figure:
    """Ask as one officer of each office, beside an answer of the same interface that asks nobody."""
    api = read.Api(urlsplit(stack.api).port or 0)
    linker = _started_anew(stack)
    tokens = [agency["token"] for agency in stack.agencies if agency["token"]]
    for token in tokens[:_FIRST]:  # it counts before its first answer, and processes that just started are slow once
        _seconds(api, "POST", "/matches", body={"entries": next(questions).said.entries()}, token=token)
    asked: list[float] = []
    plain: list[float] = []
    for token in tokens:
        for question in islice(questions, _EACH - 1):
            body = {"entries": question.said.entries()}
            asked.append(_seconds(api, "POST", "/matches", body=body, token=token))
            plain.append(_seconds(api, "GET", "/notices/current"))
    ours, base = load.Reading(0.0, asked), load.Reading(0.0, plain)
    notes = {
        "p50 ms": ours.percentile(0.5) * 1000,
        "p99 ms": ours.percentile(0.99) * 1000,
        "memory of the linker, MB": linker.memory_info().rss / 1e6,
    }
    return Figure(
        "match-http", ours.percentile(0.95) * 1000, base.percentile(0.95) * 1000, "ms (p95)", len(asked), notes
    )


def _seconds(api: read.Api, method: str, path: str, *, body: object = None, token: str = "") -> float:
    begun = time.perf_counter()
    api.ask(method, path, body, token=token)
    return time.perf_counter() - begun


def _started_anew(stack: Stack) -> psutil.Process:
    """End the linker's process, which knows nothing of who was copied in, and return the next one.

    Raises:
        OperationError: there is none in time.
    """
    before = stack.processes["linker"]
    psutil.Process(before).terminate()
    client = Linker()
    client.configure(places.linker(stack.run_dir, "web"))
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        time.sleep(0.5)
        found = running.find(stack.home)
        pid = found.processes.get("linker", before) if found else before
        if pid == before:
            continue
        try:
            client.ping()
        except LinkerAway:
            continue
        finally:
            client.close()
        return psutil.Process(pid)
    raise OperationError("the linker does not come back")

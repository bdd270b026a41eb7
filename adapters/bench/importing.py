"""How fast a file of persons is taken in, beside COPY of the rows that came of it, and how much memory that takes."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from adapters.bench import copying, people
from adapters.bench.usage import held_bytes
from registry.bench.figures import Figure, Usage
from registry.errors import OperationError
from registry.ops.own_house import own_house

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from registry.config import Settings
    from registry.ops.own_house import Stack

PERSONS = 20_000
RUNS = 3
#: What the importing processes may hold at most, whatever the size of the file.
MEMORY_LIMIT_MB = 300.0
_OFFICE, _NUMBER = "Agentur für Arbeit Stuttgart", "677"
_SAMPLE_SECONDS = 0.05
#: An import of a million persons at the speed of a very slow machine.
_PATIENCE_SECONDS = 36_000.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One import and its baseline."""

    ours: float  #: persons per second
    baseline: float
    memory_mb: float
    notes: dict[str, float]


@dataclass(slots=True)
class Watch:
    """Looks at a process and its children again and again, in a thread of its own."""

    pid: int
    peak_bytes: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Look until the block is over."""
        while not self._over.wait(_SAMPLE_SECONDS):
            self.peak_bytes = max(self.peak_bytes, held_bytes(self.pid))

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Look for as long as the block takes."""
        thread = threading.Thread(target=self.look)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


def run(settings: Settings, persons: int = PERSONS) -> list[Figure]:
    """Measure imports, each into a registry of its own under the home, the whole command from start to end."""
    readings = [_read(settings.home / "bench", persons) for _ in range(RUNS)]
    notes = {name: median(one.notes[name] for one in readings) for name in readings[0].notes}
    rates = median(one.ours for one in readings), median(one.baseline for one in readings)
    memory = max(one.memory_mb for one in readings)
    return [
        Figure("import", *rates, "persons/s", RUNS, notes),
        Figure("import-memory", memory, MEMORY_LIMIT_MB, "MB", RUNS),
    ]


def _read(home: Path, persons: int) -> Reading:
    with own_house(home) as stack:
        office = next(agency["id"] for agency in stack.agencies if agency["name"] == _OFFICE)
        file = home / "persons.jsonl"
        people.write(file, persons=persons, office=_NUMBER)
        before = Usage.of(_measured(stack, office))
        watch = Watch(stack.processes[f"worker-{office}"])
        with watch.kept():
            began = time.monotonic()
            _bring(stack, file, persons)
            seconds = time.monotonic() - began
        spent = Usage.of(_measured(stack, office)).since(before)
        notes = {f"CPU of {name}, ms a person": used * 1000 / persons for name, used in spent.items()}
        # With other work on the machine the wall says little: this says what two cores of its own would give at most.
        notes["two cores allow, persons/s"] = 2 * persons / max(sum(spent.values()), 1e-9)
        baseline = persons / copying.seconds(stack.database, home / "rows")
        return Reading(persons / seconds, baseline, watch.peak_bytes / 1e6, notes)


def _measured(stack: Stack, office: str) -> Mapping[str, int]:
    """Return those processes of the registry that an import of this office keeps busy."""
    worker = f"worker-{office}"
    named = {"keeper", "linker", "housekeeper", "postgres-main", "postgres-shred"}
    pids = {name: pid for name, pid in stack.processes.items() if name in named}
    return pids | {"worker and child": stack.processes[worker]}


def _bring(stack: Stack, file: Path, persons: int) -> None:
    """Import the file with the command, as an operator does.

    Raises:
        OperationError: not every person of the file was made.
    """
    try:
        done = stack.command("import", "ba", str(file), "--json", seconds=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        raise OperationError("the import did not come to its end") from None
    report = json.loads(done.stdout) if done.stdout else {"files": [{}]}
    if done.returncode or report["files"][0].get("created") != persons:
        raise OperationError(f"the import took in {report['files'][0].get('created')}: {done.stderr[-500:]}")

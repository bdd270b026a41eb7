"""No process but the keeper holds a key: their memory is searched while profiles are read."""

from __future__ import annotations

import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from registry.bench import load, read
from registry.keeper.custody.key_file import KeyFile
from registry.keeper.sealing import Sealer
from registry.keeper.store.keyring import StoredKey
from registry.keeper.store.shred import ShredStore
from registry.ops.embedded.quarters import vacate
from registry.ops.own_house import Stack, own_house
from registry.wire.rows import SealedRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

#: Read while the search goes on; each has a data key for each of 23 compartments.
PERSONS = 1
_CHUNK_BYTES = 1 << 24


def _may_look() -> bool:
    """Say whether this process may read the memory of others: it needs CAP_SYS_PTRACE."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return False
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> 19 & 1)


pytestmark = pytest.mark.skipif(not _may_look(), reason="reading the memory of other processes needs CAP_SYS_PTRACE")


@dataclass(frozen=True, slots=True)
class Scene:
    """A running registry, requests that make it open profiles, and all its keys by what they are."""

    stack: Stack
    requests: list[bytes]
    keys: dict[str, bytes]


@pytest.fixture
def scene() -> Iterator[Scene]:
    home = Path(tempfile.mkdtemp(prefix="einmal-memory-", dir="/tmp"))
    with own_house(home / "house") as stack:
        api = read.Api(urlsplit(stack.api).port or 0)
        offices = {agency["name"]: agency for agency in stack.agencies}
        reader = offices["Jobcenter Köln"]
        made = read.seed(api, PERSONS, source=offices["Agentur für Arbeit Stuttgart"], reader=reader)
        headers = {"Authorization": f"Bearer {reader['token']}"}
        requests = [load.request(f"/api/v1{read.path(one.person)}", headers) for one in made]
        yield Scene(stack, requests, keys_of(stack))
    vacate(home / "house")
    shutil.rmtree(home)


def keys_of(stack: Stack) -> dict[str, bytes]:
    """Return every key of the registry, opened as the keeper opens them."""
    custody = KeyFile.read(stack.home / "keys" / "root.key")
    keys = {"root": custody.key}
    store = ShredStore(stack.shred, custody)
    with psycopg.connect(stack.shred) as shred:
        for line in shred.execute("SELECT kind, scope, version, state, wrapped FROM key"):
            stored = StoredKey(*line)
            store.keyring.add(stored, custody)
            keys[f"{stored.kind} {stored.scope}"] = store.keyring.get(stored.kind, stored.scope, stored.version)
    sealer = Sealer(store.keyring)
    with psycopg.connect(stack.database) as main:
        names = ", ".join(SealedRow.__struct_fields__)
        rows = [SealedRow(*row) for row in main.execute(f"SELECT {names} FROM sealed_compartment")]  # noqa: S608 - our own
    secrets = store.secrets_of({row.appearance_id for row in rows})
    for row in rows:
        keys[f"data {row.appearance_id} {row.compartment}"] = sealer.custodian_key(row, secrets[row.appearance_id])
    keys |= {f"shred {appearance}": shred.secret for appearance, shred in secrets.items()}
    store.close()
    return keys


def found_in(process: psutil.Process, keys: dict[str, bytes], shared: set[str]) -> set[str]:
    """Return which keys a process has in its memory.

    Args:
        shared: which memory that several processes share was searched before; what is searched now is added.
    """
    found: set[str] = set()
    with Path(f"/proc/{process.pid}/maps").open() as maps, Path(f"/proc/{process.pid}/mem").open("rb", 0) as memory:
        for line in maps:
            span, rights, *where = line.split()
            if rights.startswith("rw") and not (rights.endswith("s") and " ".join(where) in shared):
                shared |= {" ".join(where)} if rights.endswith("s") else set()
                start, end = (int(part, 16) for part in span.split("-"))
                found |= _searched(memory, start, end, keys=keys)
    return found


def _searched(memory: FileIO, start: int, end: int, *, keys: dict[str, bytes]) -> set[str]:
    found: set[str] = set()
    for at in range(start, end, _CHUNK_BYTES):
        try:
            memory.seek(at)
            part = memory.read(min(_CHUNK_BYTES, end - at) + 64)
        except (OSError, ValueError):
            continue  # the page is gone, or of the kernel
        if part.count(0) != len(part):
            found |= {name for name, key in keys.items() if key in part}
    return found


def test_no_process_but_the_keeper_has_a_key_in_its_memory(scene: Scene) -> None:
    """research/security.md, goal 4; goes for web's workers, database servers and the supervisor as well."""
    port = urlsplit(scene.stack.api).port or 0
    over = threading.Event()
    reading = threading.Thread(target=_read_until, args=(over, port, scene.requests))
    reading.start()
    try:
        keeper = psutil.Process(scene.stack.processes["keeper"])
        supervisor = keeper.parent()
        assert supervisor is not None
        others = [supervisor, *supervisor.children(recursive=True)]
        others = [one for one in others if one.pid != keeper.pid]
        shared: set[str] = set()
        held = {f"{one.name()} {one.pid}": found_in(one, scene.keys, shared) for one in others}
        known = found_in(keeper, scene.keys, set())
    finally:
        over.set()
        reading.join()
    assert len(others) >= 12
    assert {name for name in known if name.startswith(("root", "custodian", "agency"))}  # what is there is found
    assert {name: keys for name, keys in held.items() if keys} == {}


def _read_until(over: threading.Event, port: int, requests: list[bytes]) -> None:
    while not over.is_set():
        load.drive(port, requests, connections=4, seconds=0.5)

"""Filling the linker's own tables with many made-up people: folded by all cores, copied, then indexed."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import psycopg
from psycopg import sql

from registry.bench.matching.people import people
from registry.crypto.keyfiles import read_key
from registry.db import bucket_of
from registry.errors import OperationError
from registry.folding.identity import tokenized
from registry.folding.reading import identity_of
from registry.keeper.custody.key_file import KeyFile
from registry.keeper.store.keyring import Keyring, StoredKey
from registry.keeper.tokens import LOOKUP, Linking, tokenizer
from registry.linkage.index import Index
from registry.linkage.tables.identities import Fresh, State, new_handle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from registry.ops.own_house import Stack

PIECE: Final = 10_000
APPEARANCE_COLUMNS: Final = ("bucket", "id", "person_id", "source_kind", "source_id", "basis", "created_on", "mac")
#: What BAMF's own rule compares, in clear, for the baseline.
_EXACT: Final = "CREATE TABLE bench_exact (family text, born text, sex text, appearance_id uuid)"
_EXACT_INDEX: Final = "CREATE INDEX ON bench_exact (family, born, sex)"
_TYPES: Final = {
    "bucket": "int2", "id": "uuid", "person_id": "uuid", "source_kind": "text", "source_id": "uuid", "basis": "text",
    "created_on": "date", "mac": "bytea", "appearance_id": "uuid", "handle": "int8", "at": "timestamptz",
    "key_version": "int4", "sealed": "bytea", "token": "int8", "family": "text", "born": "text", "sex": "text",
}  # fmt: skip
_CONSTRAINTS: Final = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = 'linkage.token'::regclass ORDER BY contype DESC"""
_INDEXES: Final = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = 'linkage.token'::regclass AND NOT indisprimary"""
_LOOKUP: Final = "SELECT kind, scope, version, state, wrapped FROM key WHERE kind = %s AND state = 'active'"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the measured registry, which a measurement reads as its owner could."""

    version: int  #: of the look-up key
    lookup: bytes = field(repr=False)
    linker: bytes = field(repr=False)
    ring: Keyring = field(repr=False)

    @classmethod
    def of(cls, stack: Stack) -> Keys:
        """Open them with the root key that this house made for itself."""
        with psycopg.connect(stack.shred) as shred:
            row = shred.execute(_LOOKUP, (LOOKUP,)).fetchone()
        if row is None:
            raise OperationError("the measured registry has no look-up key")
        ring = Keyring()
        ring.add(StoredKey(*row), KeyFile.read(stack.home / "keys" / "root.key"))
        version, lookup = ring.active(LOOKUP)
        linker = read_key(stack.home / "keys" / "linker.key", name="linker key", setting="LINKER_KEY_FILE")
        return cls(version, lookup, linker, ring)

    def keeper(self) -> Linking:
        """Return the keeper's side of the wall."""
        return Linking.of(self.ring, self.linker)


@dataclass(frozen=True, slots=True)
class _Seeding:
    """What a process needs that stores people: a keyring stays where it is."""

    database: str = field(repr=False)
    version: int
    lookup: bytes = field(repr=False)
    linker: bytes = field(repr=False)
    persons: int


def appearance_of(number: int) -> UUID:
    """Return the id of the appearance of the person with this number; as good as random, the same each time."""
    return UUID(bytes=hashlib.blake2b(number.to_bytes(8, "big"), digest_size=16).digest(), version=4)


def appearance_row(appearance: UUID) -> tuple[object, ...]:
    """Return a row in the order of APPEARANCE_COLUMNS, of a person of her own; nobody vouches for it."""
    return bucket_of(appearance), appearance, appearance, "agency", UUID(int=1), "birth", date(2026, 1, 1), b""


def seed(stack: Stack, keys: Keys, persons: int) -> None:
    """Store so many people as the linker would have; the processes of the registry know nothing of it."""
    with psycopg.connect(stack.database, autocommit=True) as owner:
        owner.execute(_EXACT)
        restoring = _without_indexes(owner)
        pieces = range(0, persons, PIECE)
        storing = partial(_store, _Seeding(stack.database, keys.version, keys.lookup, keys.linker, persons))
        with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=get_context("spawn")) as workers:
            list(workers.map(storing, pieces))
        owner.execute("SET maintenance_work_mem = '512MB'")
        for statement in (*restoring, _EXACT_INDEX, "VACUUM ANALYZE"):
            owner.execute(statement.encode())


def write(database: str, table: str, columns: Sequence[str], *, rows: Iterable[Sequence[object]]) -> None:
    """Copy rows into a table as its owner, without asking for what they refer to."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with psycopg.connect(database) as owner, owner.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        with cursor.copy(statement) as copy:
            copy.set_types([_TYPES[column] for column in columns])
            for row in rows:
                copy.write_row(row)


def _without_indexes(owner: psycopg.Connection) -> list[str]:
    """Drop what slows the filling of the tokens down; return the statements that bring it back."""
    constraints = owner.execute(_CONSTRAINTS).fetchall()
    indexes = owner.execute(_INDEXES).fetchall()
    for name, _ in constraints:
        owner.execute(sql.SQL("ALTER TABLE linkage.token DROP CONSTRAINT {}").format(sql.Identifier(name)))
    for name, _ in indexes:
        owner.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(*name.split("."))))
    return [
        *(f"ALTER TABLE linkage.token ADD CONSTRAINT {name} {definition}" for name, definition in constraints),
        *(definition for _, definition in indexes),
    ]


def _store(seeding: _Seeding, first: int) -> None:
    """Store the people of one piece; runs in a process of its own."""
    version, persons = seeding.version, seeding.persons
    token, kept = tokenizer(seeding.lookup, version), Index.of(seeding.linker).identities
    now = datetime.now(UTC)
    some = list(people(first, min(PIECE, persons - first)))
    ids = [appearance_of(first + at) for at in range(len(some))]
    fresh = [Fresh(new_handle(), State(now, version), tokenized(identity_of([one.document()]), token)) for one in some]
    owned = list(zip(ids, fresh, strict=True))
    tables: dict[str, tuple[Sequence[str], Iterable[Any]]] = {
        "appearance": (APPEARANCE_COLUMNS, map(appearance_row, ids)),
        "linkage_handle": (
            ("bucket", "appearance_id", "handle"),
            ((bucket_of(one), one, stored.handle) for one, stored in owned),
        ),
        "linkage.identity": (
            ("handle", "at", "key_version", "sealed"),
            ((one.handle, now, version, kept.sealed(one)) for one in fresh),
        ),
        "linkage.token": (("token", "handle"), ((key, one.handle) for one in fresh for key in kept.keys(one.identity))),
        "bench_exact": (
            ("family", "born", "sex", "appearance_id"),
            ((said.family.lower(), said.born, said.sex, one) for one, said in zip(ids, some, strict=True)),
        ),
    }
    for table, (columns, rows) in tables.items():
        write(seeding.database, table, columns, rows=rows)

"""What lies under which key: the next rows to move, and how many are left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from registry.keeper.rows import columns
from registry.wire.rows import SealedRow, WrapRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from registry.statements import Database

R = TypeVar("R", SealedRow, WrapRow)

#: One statement looks at one bucket, so that each is short however many persons there are.
BUCKETS = 256
#: So many rows are read at once where all are tried with a key that shall be destroyed.
PAGE = 1_000

# Wraps need no document: it stays where it is, and need not be carried through here.
_LEAN = columns(SealedRow, "d").replace("d.envelope", "''::bytea AS envelope")
_AFTER = "(p.bucket, p.id) > (get_byte(uuid_send(%(after)s::uuid), 0), %(after)s::uuid)"
_NEXT = f"SELECT p.id FROM keeper_appearance p WHERE {_AFTER} ORDER BY p.bucket, p.id LIMIT %(limit)s"
_NEXT_OF = _NEXT.replace(" WHERE ", " WHERE p.source_kind = 'agency' AND p.source_id = %(agency)s AND ")
_NEXT_GRANTED = (
    "SELECT DISTINCT p.bucket, p.appearance_id FROM keeper_wrap p WHERE p.agency_id = %(agency)s"
    f" AND p.key_version <> %(to)s AND {_AFTER.replace('p.id', 'p.appearance_id')}"
    " ORDER BY p.bucket, p.appearance_id LIMIT %(limit)s"
)
_OF_THESE = (
    " FROM unnest(%(ids)s::uuid[]) AS x(id) JOIN keeper_sealed d ON d.bucket = get_byte(uuid_send(x.id), 0)"
    " AND d.appearance_id = x.id"
)
_SOURCE = " JOIN keeper_appearance p ON p.bucket = d.bucket AND p.id = d.appearance_id"
_ITS = " AND p.source_kind = 'agency' AND p.source_id = %(agency)s"
_HELD = f"SELECT {_LEAN}{_OF_THESE} WHERE d.custodian_version <> %(to)s"
_OWN = f"SELECT {_LEAN}{_OF_THESE}{_SOURCE} WHERE d.own_version <> %(to)s{_ITS}"
_WRAPS = (
    f"SELECT {columns(WrapRow, 'w')} FROM unnest(%(ids)s::uuid[]) AS x(id) JOIN keeper_wrap w"
    " ON w.bucket = get_byte(uuid_send(x.id), 0) AND w.appearance_id = x.id"
    " WHERE w.agency_id = %(agency)s AND w.key_version <> %(to)s"
)
_COUNTED = {
    "custodian": "SELECT d.custodian_version, count(*) FROM keeper_sealed d WHERE d.bucket = %(bucket)s GROUP BY 1",
    "own": "SELECT p.source_id, d.own_version, count(*) FROM keeper_appearance p JOIN keeper_sealed d"
    " ON d.bucket = p.bucket AND d.appearance_id = p.id AND d.own_version IS NOT NULL"
    " WHERE p.bucket = %(bucket)s AND p.source_kind = 'agency' GROUP BY 1, 2",
    "identities": "SELECT i.key_version, count(*) FROM keeper_identity i"
    " WHERE i.bucket = %(bucket)s AND NOT i.waits GROUP BY 1",
    "records": "SELECT r.key_version, count(*) FROM keeper_inbox r GROUP BY 1",
    "wraps": "SELECT w.agency_id, w.key_version, count(*) FROM keeper_wrap w WHERE w.bucket = %(bucket)s GROUP BY 1, 2",
}
_THERE = "i.bucket = get_byte(uuid_send(x.id), 0) AND i.appearance_id = x.id"
#: Of those that nobody knows, though an agency says who they are, everything that is said outranks what is made anew.
_IDENTITIES = (
    "SELECT x.id, coalesce(i.at, '2000-01-01Z'), EXISTS(SELECT FROM keeper_identity i WHERE i.waits AND "
    f"{_THERE}) FROM unnest(%(ids)s::uuid[]) AS x(id) LEFT JOIN keeper_identity i ON NOT i.waits AND {_THERE}"
    " JOIN keeper_appearance p ON p.bucket = get_byte(uuid_send(x.id), 0) AND p.id = x.id"
    " AND p.source_kind = 'agency' WHERE i.key_version IS DISTINCT FROM %(to)s"
)
_ANY_WAITS = "SELECT EXISTS(SELECT FROM keeper_identity WHERE waits)"
_RECORDS = (
    "SELECT r.agency_id, r.token, r.appearance_id, r.key_version, r.kept FROM keeper_inbox r"
    " WHERE r.appearance_id = ANY(%(ids)s) AND r.key_version <> %(to)s"
)
# Whatever version a row names: who writes to the database may name another, and the row would be lost with its key.
_PLACE = "d.appearance_id, d.compartment"
_AFTER_PLACE = (
    f" WHERE d.bucket = %(bucket)s AND ({_PLACE}) > (%(appearance_id)s::uuid, %(compartment)s)"
    "{also}"
    f" ORDER BY {_PLACE} LIMIT %(limit)s"
)
_ALL_HELD = f"SELECT {_LEAN} FROM keeper_sealed d{_AFTER_PLACE.format(also='')}"
_ALL_OWN = (
    f"SELECT {_LEAN} FROM keeper_sealed d{_SOURCE}{_AFTER_PLACE.format(also=f' AND d.own_wrap IS NOT NULL{_ITS}')}"
)
_WRAPS_PLACE = "d.appearance_id, d.compartment, d.purpose, d.grant_id"
_ALL_WRAPS = (
    f"SELECT {columns(WrapRow, 'd')} FROM keeper_wrap d WHERE d.bucket = %(bucket)s AND d.agency_id = %(agency)s"
    f" AND ({_WRAPS_PLACE}) > (%(appearance_id)s::uuid, %(compartment)s, %(purpose)s, %(grant_id)s::uuid)"
    f" ORDER BY {_WRAPS_PLACE} LIMIT %(limit)s"
)
_BEFORE_ALL = {"appearance_id": UUID(int=0), "compartment": "", "purpose": "", "grant_id": UUID(int=0)}


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A source's record in the inbox."""

    agency_id: UUID
    token: bytes
    appearance_id: UUID
    key_version: int
    kept: bytes | None


@dataclass(frozen=True, slots=True)
class Lying:
    """Reads what lies under keys; whether it does is proved only by opening it."""

    database: Database

    def next_appearances(self, after: UUID | None, *, limit: int) -> list[UUID]:
        """Return the next appearances in the order of their ids."""
        return self._ids(_NEXT, {"after": after or UUID(int=0), "limit": limit})

    def next_of_agency(self, agency: UUID, after: UUID | None, to: int, *, limit: int) -> list[UUID]:
        """Return the next appearances that an agency is the source of, or has wraps of under another version."""
        asked = {"agency": agency, "after": after or UUID(int=0), "to": to, "limit": limit}
        found = {*self._ids(_NEXT_OF, asked), *self._ids(_NEXT_GRANTED, asked)}
        return sorted(found)[:limit]

    def held(self, ids: Sequence[UUID], to: int) -> list[SealedRow]:
        """Return compartments of these, without documents, whose custodian's wrap lies under another version."""
        return self._sealed(_HELD, {"ids": list(ids), "to": to})

    def own(self, ids: Sequence[UUID], agency: UUID, to: int) -> list[SealedRow]:
        """Return the same of a source's own wraps."""
        return self._sealed(_OWN, {"ids": list(ids), "agency": agency, "to": to})

    def wraps(self, ids: Sequence[UUID], agency: UUID, to: int) -> list[WrapRow]:
        """Return an agency's wraps of these appearances that lie under another version."""
        asked = {"ids": list(ids), "agency": agency, "to": to}
        return [WrapRow(*row) for row in self.database.fetch(_WRAPS, asked)]

    def identities(self, ids: Sequence[UUID], to: int) -> tuple[int, dict[UUID, datetime]]:
        """Return which of these the linker knows under another version or not at all, with moments; how many wait.

        Those wait that it has not taken in yet: what is announced of them may be under this version already.
        """
        rows = self.database.fetch(_IDENTITIES, {"ids": list(ids), "to": to})
        return sum(waits for _, _, waits in rows), {one: at for one, at, waits in rows if not waits}

    def any_waits(self) -> bool:
        """Say whether the linker has anything to take in, under whatever version it was made."""
        return bool(self.database.fetch(_ANY_WAITS)[0][0])

    def records(self, ids: Sequence[UUID], to: int) -> list[RecordRow]:
        """Return records of these whose tokens lie under another version."""
        return [RecordRow(*row) for row in self.database.fetch(_RECORDS, {"ids": list(ids), "to": to})]

    def tokens(self) -> Counter[int]:
        """Count by version of the look-up key whose tokens lie under it: identities and records."""
        counted: Counter[int] = Counter()
        rows = [row for bucket in range(BUCKETS) for row in self._counted("identities", bucket)]
        for version, count in (*rows, *self._counted("records", 0)):
            counted[version] += count
        return counted

    def counts(self) -> tuple[Counter[int], Counter[tuple[str, int]]]:
        """Count by version what lies under the custodian's key, and by agency's id and version under each agency's."""
        custodian: Counter[int] = Counter()
        agencies: Counter[tuple[str, int]] = Counter()
        for bucket in range(BUCKETS):
            for version, count in self._counted("custodian", bucket):
                custodian[version] += count
            for kind in ("own", "wraps"):
                for agency, version, count in self._counted(kind, bucket):
                    agencies[str(agency), version] += count
        return custodian, agencies

    def _counted(self, kind: str, bucket: int) -> list[tuple[Any, ...]]:
        return self.database.fetch(_COUNTED[kind], {"bucket": bucket})

    def all_held(self) -> Iterator[list[SealedRow]]:
        """Yield all compartments in pages, without documents, under whatever version they say they lie."""
        return self._pages(_ALL_HELD, SealedRow, {})

    def all_own(self, agency: UUID) -> Iterator[list[SealedRow]]:
        """Yield the same of what has an agency's own wrap as its source."""
        return self._pages(_ALL_OWN, SealedRow, {"agency": agency})

    def all_wraps(self, agency: UUID) -> Iterator[list[WrapRow]]:
        """Yield all wraps of grants to an agency in pages, under whatever version they say they lie."""
        return self._pages(_ALL_WRAPS, WrapRow, {"agency": agency})

    def _pages(self, statement: str, row_type: type[R], asked: dict[str, object]) -> Iterator[list[R]]:
        for bucket in range(BUCKETS):
            place: dict[str, object] = dict(_BEFORE_ALL)
            while True:
                found = self.database.fetch(statement, asked | place | {"bucket": bucket, "limit": PAGE})
                rows = [row_type(*row) for row in found]
                if rows:
                    yield rows
                if len(rows) < PAGE:
                    break
                place = {name: getattr(rows[-1], name, before) for name, before in _BEFORE_ALL.items()}

    def _ids(self, statement: str, asked: dict[str, object]) -> list[UUID]:
        return [row[-1] for row in self.database.fetch(statement, asked)]

    def _sealed(self, statement: str, asked: dict[str, object]) -> list[SealedRow]:
        return [SealedRow(*row) for row in self.database.fetch(statement, asked)]

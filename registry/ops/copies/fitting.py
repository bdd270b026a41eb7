"""Whether a copy fits what it comes back beside: of the same installation, with the keys that rows lie under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, LiteralString

import psycopg

from registry.errors import OperationError
from registry.ops.copies import tables
from registry.ops.copies.manifest import KeyUse

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from registry.ops.copies.databases import Owned
    from registry.ops.copies.manifest import Manifest

_LIES_UNDER: Final = """
    SELECT kind, scope, version, sum(count)::bigint FROM (
        SELECT 'custodian' AS kind, '' AS scope, custodian_version AS version, count(*)
        FROM sealed_compartment GROUP BY 3
        UNION ALL SELECT 'agency', p.source_id::text, d.own_version, count(*) FROM sealed_compartment d
        JOIN appearance p ON p.bucket = d.bucket AND p.id = d.appearance_id AND p.source_kind = 'agency'
        WHERE d.own_version IS NOT NULL GROUP BY 2, 3
        UNION ALL SELECT 'agency', agency_id::text, key_version, count(*) FROM wrap GROUP BY 2, 3
        UNION ALL SELECT 'lookup', '', key_version, count(*) FROM inbox GROUP BY 3
        UNION ALL SELECT 'lookup', '', key_version, count(*) FROM keeper_identity WHERE NOT waits GROUP BY 3
    ) AS used GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
_LIVE: Final = "SELECT kind, scope, version, 0 FROM key WHERE state <> 'destroyed' AND kind <> 'root' ORDER BY 1, 2, 3"
_KEYS: Final[dict[str, LiteralString]] = {"main": _LIES_UNDER, "shred": _LIVE}
#: The table that tells whether a database has anything of that at all.
_HOLDING: Final = {"main": "sealed_compartment", "shred": "key"}
_FIRST_LINE: Final = "SELECT encode(chain, 'hex') FROM audit_leaf WHERE number = 0"
_FOUNDED: Final = "SELECT to_char(min(created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') FROM key"
#: After these a copy of the shred store of before lacks something.
_MADE: Final = """
    SELECT to_char(max(at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM audit_line
    WHERE event IN ('key.rotated', 'run.opened', 'person.created', 'agency.enrolled') AND at < '3000-01-01'"""


@dataclass(frozen=True, slots=True)
class Gap:
    """What would open no more, because only one of the two databases goes back."""

    database: str  #: main | shred: which one would come back
    taken_at: str
    keys: tuple[KeyUse, ...]  #: under these lie so many rows, and the shred store would lack them
    unknown: int  #: appearances whose secret the shred store would lack
    needed: str  #: which copy would not do that, in words

    def words(self) -> list[str]:
        """Say it, a line each."""
        said = [
            f"This copy of the {self.database} database is of {self.taken_at}. If it alone comes back, open no more:"
        ]
        said += [
            f"  {one.rows} rows under the key {one.kind} {one.scope or 'of the house'}, version {one.version}"
            for one in self.keys
        ]
        if self.unknown:
            said.append(f"  all of {self.unknown} records of persons that were made since")
        return [*said, f"Needed is {self.needed}."]


def keys_of(connection: psycopg.Connection, name: str) -> list[KeyUse]:
    """Return under which keys rows of the main database lie, or which keys live in the shred store."""
    return [KeyUse(*row) for row in connection.execute(_KEYS[name])]


def first_line_of(main: psycopg.Connection) -> str:
    """Return the chain after the log's first line, which no other installation has; nothing of an empty log."""
    row = main.execute(_FIRST_LINE).fetchone()
    return str(row[0]) if row else ""


def founded_of(shred: psycopg.Connection) -> str:
    """Return when the house's first keys were made, to the microsecond; nothing of an empty store."""
    row = shred.execute(_FOUNDED).fetchone()
    return str(row[0]) if row and row[0] else ""


def insist_on_same(owned: Owned, copies: Collection[Manifest]) -> None:
    """Refuse copies of another installation than what stands here.

    Raises:
        OperationError: they are; nothing was done.
    """
    here = {"first_line": _asked(owned.main_url, "audit_leaf", first_line_of, otherwise="")}
    here["founded"] = _asked(owned.shred_url, "key", founded_of, otherwise="")
    for copy in copies:
        for name, stands in here.items():
            if stands and getattr(copy, name) and stands != getattr(copy, name):
                raise OperationError(
                    f"this copy of the {copy.database} database is of another installation (its keys were made on"
                    f" {copy.founded}) than what stands here ({here['founded'] or 'with another log'}):"
                    " bring it back into empty databases"
                )


def gap(owned: Owned, folder: Path, copies: dict[str, Manifest]) -> Gap | None:
    """Return what would be lost if these copies came back; both of one back-up fit each other.

    Beside a database that is empty nothing is lost yet: it is compared when its own copy comes back.
    """
    if len(copies) > 1:
        return None
    ((name, copy),) = copies.items()
    if name == "main":
        live = _asked(owned.shred_url, _HOLDING["shred"], lambda shred: keys_of(shred, "shred"), otherwise=[])
        lost = _lacking(copy.keys, live) if live else ()
        needed = "the copy of the shred database of the same back-up beside it, or one of the main database of later"
        return Gap(name, copy.taken_at, lost, 0, needed) if lost else None
    used = _asked(owned.main_url, _HOLDING["main"], lambda main: keys_of(main, "main"), otherwise=[])
    lost, unknown = _lacking(used, copy.keys), _unknown(owned, folder, copy)
    if not lost and not unknown:
        return None
    made = _asked(owned.main_url, "audit_line", _made, otherwise="")
    return Gap(name, copy.taken_at, lost, unknown, f"a copy of the shred database of after {made} UTC")


def _lacking(used: Collection[KeyUse], live: Collection[KeyUse]) -> tuple[KeyUse, ...]:
    there = {(one.kind, one.scope, one.version) for one in live}
    return tuple(one for one in used if (one.kind, one.scope, one.version) not in there)


def _unknown(owned: Owned, folder: Path, copy: Manifest) -> int:
    """Count appearances of the main database whose secret this copy of the shred store does not have."""
    (secrets,) = (one for one in copy.tables if one.name == "shred_secret")
    known = set(tables.column(folder / copy.database / "shred_secret.copy", secrets, "appearance_id"))
    return int(_asked(owned.main_url, "appearance", lambda main: _missing(main, known), otherwise=0))


def _missing(main: psycopg.Connection, known: set[bytes]) -> int:
    with main.transaction(), main.cursor("appearances") as cursor:
        cursor.itersize = 10_000
        return sum(one.bytes not in known for (one,) in cursor.execute("SELECT id FROM appearance"))


def _made(main: psycopg.Connection) -> str:
    row = main.execute(_MADE).fetchone()
    return str(row[0]) if row and row[0] else ""


def _asked(url: str, table: str, asking: Any, *, otherwise: Any) -> Any:  # noqa: ANN401 - whatever is asked for
    """Ask a database that may have no tables yet."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET row_security = off")
        if connection.execute("SELECT to_regclass(%s)", (f"public.{table}",)).fetchone() == (None,):
            return otherwise
        return asking(connection)

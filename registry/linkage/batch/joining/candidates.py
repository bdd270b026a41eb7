"""Which pairs are worth comparing: DuckDB joins the keys of two lists and keeps, of each question, the best."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

import duckdb
import numpy as np

from registry.linkage.tables.candidates import MOST_CANDIDATES, MOST_POSTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.linkage.batch.lists.packing import Indexes, Tokens

#: Questions whose candidates are compared at once.
BLOCK: Final = 5_000
#: Bytes; DuckDB writes to a temporary folder what does not fit.
MEMORY: Final = 2_000_000_000

_TABLES: Final = (
    "CREATE TABLE found (key BIGINT, person INTEGER)",
    "CREATE TABLE asked (key BIGINT, person INTEGER)",
)
#: A key that more share than this says nothing; what a key says is counted in whole numbers, so that sums do not
#: depend on their order.
_WEIGH: Final = f"""
    CREATE TABLE posting AS
    SELECT found.key, found.person, shared.weight
    FROM found JOIN (
        SELECT key, cast(round(1000000 / ln(2 + count(*))) AS BIGINT) AS weight
        FROM found GROUP BY key HAVING count(*) <= {MOST_POSTINGS}
    ) AS shared ON shared.key = found.key
"""  # noqa: S608 - a constant of ours
_CANDIDATES: Final = """
    SELECT other, person FROM (
        SELECT posting.person AS other, asked.person AS person, sum(posting.weight)::BIGINT AS shared
        FROM asked JOIN posting ON posting.key = asked.key
        WHERE asked.person >= $start AND asked.person < $stop AND asked.person % $step = 0
        GROUP BY ALL
    )
    QUALIFY row_number() OVER (PARTITION BY person ORDER BY shared DESC, other) <= $most
    ORDER BY person, other
"""


class Keys(Protocol):
    """The keys of two lists, by which candidates are found."""

    def add(self, keys: Tokens, owners: Indexes, *, asking: bool) -> None:
        """Take in keys; `owners` are places of people in their list."""

    def weigh(self) -> None:
        """Count how many share each key, now that both lists are whole."""

    def candidates(self, start: int, stop: int, step: int = 1) -> tuple[Indexes, Indexes]:
        """Return pairs worth comparing: who can be found, and who asks, ordered by who asks.

        Args:
            start: the first of those who ask; `stop` the first who does not.
            step: only those whose place is divisible by it.
        """


class DuckKeys:
    """The keys of two lists in a database of this run."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        for statement in _TABLES:
            database.execute(statement)

    def add(self, keys: Tokens, owners: Indexes, *, asking: bool) -> None:
        """Take in keys; `owners` are places of people in their list."""
        self._database.register("fresh", {"key": keys, "person": owners})
        self._database.execute(f"INSERT INTO {'asked' if asking else 'found'} SELECT key, person FROM fresh")  # noqa: S608 - our own names
        self._database.unregister("fresh")

    def weigh(self) -> None:
        """Count how many share each key."""
        self._database.execute(_WEIGH)
        self._database.execute("DROP TABLE found")

    def candidates(self, start: int, stop: int, step: int = 1) -> tuple[Indexes, Indexes]:
        """Return pairs worth comparing."""
        said = {"start": start, "stop": stop, "step": step, "most": MOST_CANDIDATES}
        with self._database.cursor() as cursor:  # of its own: several threads ask at once
            found = cursor.execute(_CANDIDATES, said).fetchnumpy()
        return np.asarray(found["other"], np.int32), np.asarray(found["person"], np.int32)


@contextmanager
def database(threads: int, memory: int = MEMORY, beside: Path | None = None) -> Iterator[DuckKeys]:
    """Give a database of this run alone; what did not fit into memory goes with it.

    Args:
        threads: at most so many.
        memory: bytes it may hold.
        beside: the folder in which it may write what does not fit; the system's for temporary files where it is None.
    """
    with tempfile.TemporaryDirectory(prefix="registry-link-", dir=beside) as folder:
        limit = f"{memory // 1_000_000}MB"
        connection = duckdb.connect(
            ":memory:", config={"threads": threads, "memory_limit": limit, "temp_directory": folder}
        )
        try:
            yield DuckKeys(connection)
        finally:
            connection.close()

"""Candidates on Spark, for lists whose keys one machine cannot join; the same pairs as DuckDB finds.

Keys go to Spark as Parquet and candidates come back as such; comparing stays where it is. Import this only where the
extra `spark` is installed; it needs Java 17.
"""

from __future__ import annotations

import secrets
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np
from pyspark.sql import SparkSession

from registry.linkage.batch.joining.candidates import BLOCK
from registry.linkage.batch.memory import MemoryRefused
from registry.linkage.tables.candidates import MOST_CANDIDATES, MOST_POSTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.linkage.batch.lists.packing import Indexes, Tokens

#: Least bytes for the machine that Spark runs in.
_LEAST: Final = 1_000_000_000
#: As `candidates` has it, in what both dialects know.
_CANDIDATES: Final = f"""
    WITH shared AS (
        SELECT key, cast(round(1000000 / ln(2 + count(*))) AS BIGINT) AS weight
        FROM found GROUP BY key HAVING count(*) <= {MOST_POSTINGS}
    ), pair AS (
        SELECT found.person AS other, asked.person AS person, sum(shared.weight) AS shared
        FROM asked JOIN found ON asked.key = found.key JOIN shared ON shared.key = found.key
        GROUP BY found.person, asked.person
    ), best AS (
        SELECT other, person, row_number() OVER (PARTITION BY person ORDER BY shared DESC, other) AS place FROM pair
    )
    SELECT other, person, cast(floor(person / {BLOCK}) AS INT) AS block FROM best WHERE place <= {MOST_CANDIDATES}
"""  # noqa: S608 - constants of ours
_READ: Final = """
    SELECT other, person FROM read_parquet($files)
    WHERE person >= $start AND person < $stop AND person % $step = 0 ORDER BY person, other
"""


class SparkKeys:
    """The keys of two lists, joined by Spark."""

    def __init__(self, database: duckdb.DuckDBPyConnection, folder: Path, settings: dict[str, str]) -> None:
        self._database, self._folder, self._settings = database, folder, settings
        self._pieces = 0
        for name in ("found", "asked"):
            (folder / name).mkdir()

    def add(self, keys: Tokens, owners: Indexes, *, asking: bool) -> None:
        """Take in keys; `owners` are places of people in their list."""
        self._pieces += 1
        path = self._folder / ("asked" if asking else "found") / f"{self._pieces:06}.parquet"
        self._database.register("fresh", {"key": keys, "person": owners})
        self._database.execute(f"COPY fresh TO '{path}' (FORMAT parquet)")
        self._database.unregister("fresh")

    def weigh(self) -> None:
        """Find all candidates, now that both lists are whole."""
        if not all(any((self._folder / name).iterdir()) for name in ("found", "asked")):
            return
        builder: Any = SparkSession.builder.appName("registry link")
        for name, value in self._settings.items():
            builder = builder.config(name, value)
        spark = builder.getOrCreate()
        try:
            spark.sparkContext.setLogLevel("ERROR")
            for name in ("found", "asked"):
                spark.read.parquet(str(self._folder / name)).createOrReplaceTempView(name)
            best = spark.sql(_CANDIDATES).repartition("block")
            best.write.partitionBy("block").parquet(str(self._folder / "candidates"))
        finally:
            spark.stop()

    def candidates(self, start: int, stop: int, step: int = 1) -> tuple[Indexes, Indexes]:
        """Return pairs worth comparing, as `candidates.Keys.candidates` does."""
        blocks = range(start // BLOCK, -(-stop // BLOCK))
        folders = (self._folder / "candidates" / f"block={block}" for block in blocks)
        files = [str(file) for folder in folders for file in sorted(folder.glob("*.parquet"))]
        if not files:
            return np.zeros(0, np.int32), np.zeros(0, np.int32)
        with self._database.cursor() as cursor:
            said = {"files": files, "start": start, "stop": stop, "step": step}
            found = cursor.execute(_READ, said).fetchnumpy()
        return np.asarray(found["other"], np.int32), np.asarray(found["person"], np.int32)


@contextmanager
def database(threads: int, memory: int, beside: Path | None = None) -> Iterator[SparkKeys]:
    """Give what joins the keys of this run on Spark, on this machine and for it alone.

    Args:
        threads: at most so many.
        memory: bytes it may hold.
        beside: the folder in which it writes; the system's for temporary files where it is None.

    Raises:
        MemoryRefused: Spark cannot work with so little.
    """
    if memory < _LEAST:
        raise MemoryRefused(f"Spark needs {_LEAST / 1e9:.0f} GB for itself; allow more with --memory")
    with tempfile.TemporaryDirectory(prefix="registry-link-", dir=beside) as name:
        folder = Path(name)
        settings = {
            "spark.master": f"local[{threads}]",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.authenticate": "true",  # others on this machine reach the port too
            "spark.authenticate.secret": secrets.token_hex(32),
            "spark.driver.memory": f"{memory // 1_000_000}m",
            "spark.local.dir": str(folder / "local"),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.sql.shuffle.partitions": str(4 * threads),
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        connection = duckdb.connect(":memory:", config={"threads": threads, "temp_directory": str(folder)})
        try:
            yield SparkKeys(connection, folder, settings)
        finally:
            connection.close()

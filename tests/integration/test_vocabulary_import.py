"""Official downloads, whole, through the command's own code into a real database."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from registry.bench import downloads
from registry.cli.vocabulary import vocabulary
from registry.vocabulary import lookup
from registry.vocabulary.concepts import Name, Node, Relation, Scheme
from tests.conftest import DatabasePair

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

WHOLE = pytest.mark.skipif(not downloads.TABLES.is_dir(), reason="../shared/data does not lie beside this checkout")
ESCO = "http://data.europa.eu/esco"


@dataclass
class Loaded:
    """A database with everything in it, and what the imports said."""

    pair: DatabasePair
    folder: Path
    files: list[downloads.Download]
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    seconds: float = 0.0


def run(pair: DatabasePair, *arguments: str) -> Any:
    """Run `registry vocabulary` as the operator whose settings name this database."""
    env = {"ENV": "test", "DATABASE_URL": pair.main_url(), "SHRED_DATABASE_URL": pair.shred_url()}
    return CliRunner().invoke(vocabulary, arguments, env=env, catch_exceptions=False)


def bring_in(pair: DatabasePair, name: str, *files: Path) -> dict[str, Any]:
    result = run(pair, "import", name, *map(str, files), "--json")
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def content(pair: DatabasePair) -> list[Any]:
    """Return every row of the four tables, and which transaction wrote it."""
    with psycopg.connect(pair.main_url()) as connection:
        return [
            connection.execute(f"SELECT xmin::text, * FROM {table} ORDER BY 2, 3, 4, 5".encode()).fetchall()
            for table in ("term", "term_label", "term_broader", "crosswalk")
        ]


@pytest.fixture(scope="module")
def loaded(
    clusters: Pair, template_pair: str, test_logins: Logins, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    """The whole of ESCO, KldB and ISCO, loaded once."""
    pair = DatabasePair("test_vocabulary", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    folder = tmp_path_factory.mktemp("vocabularies") / "ESCO dataset - v1.2.0 - classification - en - csv"
    whole = Loaded(pair, folder, downloads.write_all(folder))
    begun = time.monotonic()
    for download in whole.files:
        whole.reports[download.name] = bring_in(pair, download.name, *download.files)
    whole.seconds = time.monotonic() - begun
    yield whole
    clusters.drop_pair(pair.name)


@pytest.fixture
def web(loaded: Loaded) -> Iterator[Session]:
    """A session as the web process has it: it may read."""
    engine = create_engine(loaded.pair.main_url("web").replace("postgresql://", "postgresql+psycopg://", 1))
    with Session(engine) as session:
        yield session
    engine.dispose()


@WHOLE
def test_everything_is_loaded_within_a_minute(loaded: Loaded) -> None:
    assert {name: (one["read"], one["added"]) for name, one in loaded.reports.items()} == {
        "isco-08": (619, 619),
        "esco-isco-groups": (1238, 0),
        "kldb-2010": (2195, 2195),
        "kldb-2010-titles": (2195, 18838),
        "kldb-isco-crosswalk": (1506, 1506),
        "esco-skill-groups": (1280, 640),
        "esco-skills": (27792, 13896),
        "esco-skill-relations": (20429, 20429),
        "esco-occupations": (6084, 3042),
        "esco-occupation-relations": (3043, 3042),
        "esco-occupation-skill": (123788, 123788),
    }
    assert loaded.seconds < 60

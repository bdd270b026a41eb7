"""What a newer edition does to terms that profiles point at, what is refused whole, what is there from the start."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from registry.cli.vocabulary import vocabulary
from registry.errors import RegistryError
from registry.vocabulary import lookup
from registry.vocabulary.concepts import MalformedFileError, Name
from registry.vocabulary.seeds import planting
from registry.vocabulary.storing import TooManyRetiredError
from schemas.vocabularies.terms import Scheme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import DatabasePair

HEADER = "conceptType,conceptUri,skillType,preferredLabel,altLabels,hiddenLabels,status\n"


def uri(number: int) -> str:
    return f"http://data.europa.eu/esco/skill/{number:08}-0000-4000-8000-000000000000"


def write(folder: Path, *names: str, language: str = "en") -> Path:
    """Write skills_<language>.csv: concept 1 has the first name, and so on; '' leaves the concept out."""
    rows = [
        f"KnowledgeSkillCompetence,{uri(number)},knowledge,{name},,,released\n"
        for number, name in enumerate(names, 1)
        if name
    ]
    path = folder / f"skills_{language}.csv"
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


def run(pair: DatabasePair, *arguments: str) -> Result:
    env = {"ENV": "test", "DATABASE_URL": pair.main_url(), "SHRED_DATABASE_URL": pair.shred_url()}
    return CliRunner().invoke(vocabulary, arguments, env=env)


def skills(pair: DatabasePair, path: Path, *options: str) -> dict[str, Any]:
    result = run(pair, "import", "esco-skills", str(path), "--json", *options)
    if result.exception is not None:
        raise result.exception
    report: dict[str, Any] = json.loads(result.stdout)
    return report


@pytest.fixture
def session(database_pair: DatabasePair) -> Iterator[Session]:
    """A session of the web process."""
    engine = create_engine(database_pair.main_url("web").replace("postgresql://", "postgresql+psycopg://", 1))
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def test_a_newer_edition_adds_changes_and_retires(
    database_pair: DatabasePair, session: Session, tmp_path: Path
) -> None:
    skills(database_pair, write(tmp_path, "saw", "drill", "plane"), "--edition", "1.1")
    report = skills(database_pair, write(tmp_path, "saw", "bore", "", "weld"), "--edition", "1.2", "--retire-many")
    assert report == {
        "name": "esco-skills",
        "language": "en",
        "read": 3,
        "added": 1,
        "changed": 1,
        "unchanged": 1,
        "retired": 1,
    }
    assert lookup.label(session, Scheme.ESCO_SKILL, uri(3), languages=["en"]) == Name("plane", "en")
    assert lookup.find(session, Scheme.ESCO_SKILL, "plane", language="en") == []
    assert lookup.find(session, Scheme.ESCO_SKILL, "drill", language="en") == []
    (hit,) = lookup.find(session, Scheme.ESCO_SKILL, "bore", language="en")
    assert (hit.code, hit.is_preferred) == (uri(2), True)
    again = skills(database_pair, write(tmp_path, "saw", "bore", "plane", "weld"))
    assert (again["changed"], again["retired"]) == (1, 0)
    session.rollback()
    assert [one.code for one in lookup.find(session, Scheme.ESCO_SKILL, "plane", language="en")] == [uri(3)]


def test_another_language_changes_nothing_of_the_first(
    database_pair: DatabasePair, session: Session, tmp_path: Path
) -> None:
    skills(database_pair, write(tmp_path, "saw", "drill"))
    report = skills(database_pair, write(tmp_path, "sägen", "bohren", language="de"))
    assert (report["language"], report["changed"], report["retired"]) == ("de", 2, 0)
    names = {one: lookup.label(session, Scheme.ESCO_SKILL, uri(1), languages=[one]).text for one in ("en", "de", "ar")}
    assert names == {"en": "saw", "de": "sägen", "ar": "saw"}
    (hit,) = lookup.find(session, Scheme.ESCO_SKILL, "saegen", language="de")
    assert (hit.name, hit.matched) == (Name("sägen", "de"), "sägen")
    (hit,) = lookup.find(session, Scheme.ESCO_SKILL, "saw", language="de")
    assert (hit.name, hit.matched) == (Name("sägen", "de"), "saw")


def test_a_file_that_lacks_most_is_taken_for_a_part(database_pair: DatabasePair, tmp_path: Path) -> None:
    skills(database_pair, write(tmp_path, "saw", "drill", "plane"))
    with pytest.raises(TooManyRetiredError, match="2 of 3"):
        skills(database_pair, write(tmp_path, "saw"))
    assert skills(database_pair, write(tmp_path, "saw", "drill", "plane"))["unchanged"] == 3


def test_of_a_malformed_file_nothing_is_stored(database_pair: DatabasePair, tmp_path: Path) -> None:
    """Also not the file beside it that is as it should be."""
    good, bad = write(tmp_path, "saw"), write(tmp_path, "sägen", language="de")
    bad.write_text(bad.read_text(encoding="utf-8") + "KnowledgeSkillCompetence,half", encoding="utf-8")
    result = run(database_pair, "import", "esco-skills", str(good), str(bad))
    assert isinstance(result.exception, MalformedFileError)
    assert str(result.exception).startswith("skills_de.csv, line 3: ")
    with psycopg.connect(database_pair.main_url()) as connection:
        assert connection.execute("SELECT count(*) FROM term").fetchone() == (0,)


@pytest.mark.parametrize("typed", ["", "  ", "'", "!!", "a' | 'b", "saw:*", "\\", "100 %", "_", "ك‌", "x" * 5000])
def test_nothing_that_is_typed_breaks_the_search(
    database_pair: DatabasePair, session: Session, tmp_path: Path, typed: str
) -> None:
    skills(database_pair, write(tmp_path, "saw", "drill"))
    assert lookup.find(session, Scheme.ESCO_SKILL, typed, language="en") == [] or typed == "saw:*"


@pytest.mark.parametrize("process", ["web", "worker", "cli"])
def test_offices_read_vocabularies_and_do_not_write_them(database_pair: DatabasePair, process: str) -> None:
    with psycopg.connect(database_pair.main_url(process)) as connection:
        connection.execute("SELECT 1 FROM term, term_label, term_broader, crosswalk")
        with pytest.raises(InsufficientPrivilege):
            connection.execute("INSERT INTO crosswalk VALUES ('a', 'b', 'c', 'd', 'only', 'me')")


def test_codes_have_names_before_anything_is_imported(database_pair: DatabasePair, session: Session) -> None:
    first, second = run(database_pair, "seed"), run(database_pair, "seed")
    assert (first.output, second.output) == ("200 names added.\n", "0 names added.\n")
    assert lookup.label(session, Scheme.KLDB, "25", languages=["de"]).text == "Maschinen- und Fahrzeugtechnikberufe"
    assert lookup.label(session, Scheme.ISCO, "72", languages=["ti", "en"]).language == "en"
    assert [one.code for one in lookup.narrower(session, Scheme.ISCO, "1")] == ["11", "12", "13", "14"]


def test_seeds_do_not_replace_what_an_import_brought(
    database_pair: DatabasePair, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "kldb.csv"
    path.write_text("KldB 2010;Titel\n2;Fertigung\n25;Maschinen\n", encoding="utf-8")
    assert run(database_pair, "import", "kldb-2010", str(path)).exit_code == 0
    assert run(database_pair, "seed").output == "198 names added.\n"
    assert lookup.label(session, Scheme.KLDB, "25", languages=["de"]).text == "Maschinen"
    assert lookup.label(session, Scheme.KLDB, "25", languages=["en"]).language == "en"


@pytest.mark.parametrize("scheme", [Scheme.KLDB, Scheme.ISCO])
def test_every_shipped_code_lies_within_another_one(scheme: Scheme) -> None:
    concepts = {concept.code: concept for concept in planting.seed(scheme).concepts}
    assert all(concept.parent is None or concept.parent in concepts for concept in concepts.values())
    assert len(concepts) == {Scheme.KLDB: 47, Scheme.ISCO: 53}[scheme]


def test_an_embedded_registry_that_does_not_run_is_started_for_an_import(tmp_path: Path) -> None:
    """Twice, so that it was left as it can be found again."""
    env = {"REGISTRY_HOME": str(tmp_path / "home"), "ENV": "test"}
    arguments = ["import", "esco-skills", str(write(tmp_path, "saw")), "--json"]
    counts = []
    for _ in range(2):
        result = CliRunner().invoke(vocabulary, arguments, env=env)
        assert result.exception is None or not isinstance(result.exception, RegistryError), result.exception
        report = json.loads(result.stdout)
        counts.append((report["added"], report["unchanged"]))
    assert counts == [(1, 0), (0, 1)]

"""Official downloads, whole, through the command's own code into a real database."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from registry.cli.vocabulary import vocabulary
from registry.vocabulary import lookup
from registry.vocabulary.concepts import Name, Node
from registry.vocabulary.folding import fold
from schemas.vocabularies.terms import Relation, Scheme
from tests import downloads
from tests.conftest import DatabasePair

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.bench.words.publishing import Download
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

WHOLE = pytest.mark.skipif(not downloads.TABLES.is_dir(), reason="../shared/data does not lie beside this checkout")
ESCO = "http://data.europa.eu/esco"


@dataclass
class Loaded:
    """A database with everything in it, and what the imports said."""

    pair: DatabasePair
    folder: Path
    files: list[Download]
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)


def run(pair: DatabasePair, *arguments: str) -> Result:
    """Run `registry vocabulary` as the operator whose settings name this database."""
    env = {"ENV": "test", "DATABASE_URL": pair.main_url(), "SHRED_DATABASE_URL": pair.shred_url()}
    return CliRunner().invoke(vocabulary, arguments, env=env, catch_exceptions=False)


def bring_in(pair: DatabasePair, name: str, *files: Path) -> dict[str, Any]:
    result = run(pair, "import", name, *map(str, files), "--json")
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def mislead_the_planner(pair: DatabasePair) -> None:
    """Let it count when half of everything is there, and never again: it has been found to choose loops of hours."""
    with psycopg.connect(pair.main_url()) as connection:
        for table in ("term_broader", "crosswalk"):
            name = sql.Identifier(table)
            connection.execute(sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = false)").format(name))
            connection.execute(sql.SQL("ANALYZE {}").format(name))


def content(pair: DatabasePair) -> list[Any]:
    """Return every row of the four tables, and which transaction wrote it."""
    with psycopg.connect(pair.main_url()) as connection:
        return [
            connection.execute(
                sql.SQL("SELECT xmin::text, * FROM {} ORDER BY 2, 3, 4, 5").format(sql.Identifier(table))
            ).fetchall()
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
    for download in whole.files:
        whole.reports[download.name] = bring_in(pair, download.name, *download.files)
        if download.name == "kldb-isco-crosswalk":
            mislead_the_planner(pair)
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
def test_everything_is_loaded(loaded: Loaded) -> None:
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


@WHOLE
@pytest.mark.long
def test_importing_the_same_files_again_writes_nothing(loaded: Loaded) -> None:
    before = content(loaded.pair)
    for download in loaded.files:
        again = bring_in(loaded.pair, download.name, *download.files)
        assert (again["added"], again["changed"], again["retired"]) == (0, 0, 0), download.name
        assert again["unchanged"] == loaded.reports[download.name]["added"] or download.name == "esco-isco-groups"
    assert content(loaded.pair) == before


@WHOLE
def test_every_title_and_label_of_the_tables_is_found_under_its_code(loaded: Loaded) -> None:
    """Nothing gets lost between the publisher's columns and ours."""
    with psycopg.connect(loaded.pair.main_url()) as connection:
        stored = set(
            connection.execute("SELECT scheme, code, language, label, role = 'preferred' FROM term_label").fetchall()
        )
    expected = {("dkz", row["dkz_code"], "de", row["title_de"], True) for row in downloads.table("kldb2010_job_titles")}
    expected |= {("kldb-2010", row["code"], "de", row["title_de"], True) for row in downloads.table("kldb2010")}
    for language in ("en", "de"):
        expected |= {
            ("isco-08", row["code"], language, row[f"label_{language}"], True) for row in downloads.table("isco08")
        }
        for row in downloads.table("esco_occupations"):
            names = [row[f"label_{language}"], *row[f"alt_labels_{language}"].split("|")]
            code = f"{ESCO}/occupation/{row['id']}"
            expected |= {
                ("esco-occupation", code, language, name, name == names[0]) for name in map(tidy, names) if name
            }
    expected |= {
        ("esco-skill", f"{ESCO}/skill/{row['id']}", "en", tidy(row["label_en"]), True)
        for row in downloads.table("esco_skills")
    }
    assert len(expected) > 70_000
    missing = {row for row in expected if row not in stored}
    # A cell can hold a name twice, or with two spaces in it.
    assert not {(s, c, g, tidy(n)) for s, c, g, n, _ in missing} - {row[:4] for row in stored}


@WHOLE
def test_nothing_hangs_in_the_air(loaded: Loaded) -> None:
    """All ends of all relations are terms that were loaded."""
    ends = {
        "term_broader": (("scheme", "code"), ("broader_scheme", "broader_code")),
        "crosswalk": (("from_scheme", "from_code"), ("to_scheme", "to_code")),
    }
    query = sql.SQL(
        "SELECT count(*) FROM {0} r LEFT JOIN term t ON (t.scheme, t.code) = (r.{1}, r.{2}) WHERE t.code IS NULL"
    )
    with psycopg.connect(loaded.pair.main_url()) as connection:
        for table, pairs in ends.items():
            for scheme, code in pairs:
                named = map(sql.Identifier, (table, scheme, code))
                assert connection.execute(query.format(*named)).fetchone() == (0,), (table, code)


@WHOLE
@pytest.mark.parametrize(
    ("typed", "code", "dkz"),
    [
        ("Kfz-Mechaniker", "25212", "25212-191"),
        ("kfz mechan", "25212", "25212-191"),
        ("Bäcker/in", "29222", None),
        ("Baecker", "29222", None),
        ("backer", "29222", None),
        ("Altenpfleger", "82102", None),
        ("Kraftfahrzeugmech", "25212", None),
    ],
)
def test_a_title_however_it_is_typed_finds_its_kldb_code(web: Session, typed: str, code: str, dkz: str | None) -> None:
    hits = lookup.find(web, Scheme.KLDB, typed, language="de")
    found = {hit.code: hit for hit in hits}
    assert code in found
    assert len(found) == len(hits) <= 10
    assert found[code].dkz is not None
    assert dkz in {None, found[code].dkz}


@WHOLE
def test_a_part_of_a_german_word_finds_it_after_what_begins_so(web: Session) -> None:
    hits = lookup.find(web, Scheme.DKZ, "schlosser", language="de", limit=100)
    begins = ["schlosser" in [word[:9] for word in fold(hit.matched).split()] for hit in hits]
    assert begins.count(True) > 5
    assert lookup.find(web, Scheme.KLDB, "zeugmechanik", language="de")
    assert begins == sorted(begins, reverse=True)


@WHOLE
def test_names_come_in_the_language_asked_for_or_say_which_they_are_in(web: Session) -> None:
    mechanic = next(row for row in downloads.table("esco_occupations") if row["label_en"] == "contact tracing agent")
    code = f"{ESCO}/occupation/{mechanic['id']}"
    assert lookup.label(web, Scheme.ESCO_OCCUPATION, code, languages=["de"]) == Name("contact tracing agent", "en")
    assert lookup.label(web, Scheme.KLDB, "25", languages=["ar", "uk"]) == Name(
        "Maschinen- und Fahrzeugtechnikberufe", "de"
    )
    assert lookup.label(web, Scheme.KLDB, "25", languages=["de-x-plain"]).language == "de"
    assert lookup.label(web, Scheme.ISCO, "7231", languages=["en"]).text == "Motor vehicle mechanics and repairers"
    assert lookup.label(web, Scheme.ISCO, "9999", languages=["de"]) == Name("9999", None)


@WHOLE
def test_preferred_names_come_before_alternative_ones_and_exact_ones_before_both(web: Session) -> None:
    hits = lookup.find(web, Scheme.ESCO_SKILL, "use spreadsheets software", language="en")
    assert hits[0].matched == "use spreadsheets software"
    hits = lookup.find(web, Scheme.ESCO_OCCUPATION, "nurse", language="en", limit=50)
    inexact = [hit.is_preferred for hit in hits if fold(hit.matched) != "nurse"]
    assert len(set(inexact)) == 2
    assert inexact == sorted(inexact, reverse=True)


@WHOLE
def test_kldb_and_esco_meet_in_isco_both_ways(web: Session) -> None:
    direct = lookup.crosswalk(web, Scheme.KLDB, "25212", to=Scheme.ISCO)
    assert direct[0].node == Node(Scheme.ISCO, "7231")
    expected = {row["isco08"] for row in downloads.table("kldb2010_isco08_crosswalk") if row["kldb5"] == "25212"}
    assert {one.node.code for one in direct} == expected
    there = lookup.crosswalk(web, Scheme.KLDB, "25212", to=Scheme.ESCO_OCCUPATION)
    names = {lookup.label(web, Scheme.ESCO_OCCUPATION, one.node.code, languages=["en"]).text for one in there}
    assert "vehicle technician" in names or "automotive brake technician" in names
    assert all(one.via for one in there)
    for one in there[:5]:
        back = lookup.crosswalk(web, Scheme.ESCO_OCCUPATION, one.node.code, to=Scheme.KLDB)
        assert "25212" in {each.node.code for each in back}
    assert lookup.crosswalk(web, Scheme.DKZ, "25212-191", to=Scheme.ISCO) == direct
    assert [one.node.code for one in lookup.crosswalk(web, Scheme.ISCO, "7231", to=Scheme.KLDB)].count("25212") == 1


@WHOLE
def test_the_skills_of_an_occupation_begin_with_the_essential_ones(web: Session) -> None:
    row = next(row for row in downloads.table("esco_occupations") if row["label_en"] == "bus driver")
    skills = lookup.crosswalk(web, Scheme.ESCO_OCCUPATION, f"{ESCO}/occupation/{row['id']}", to=Scheme.ESCO_SKILL)
    relations = [skill.relation for skill in skills]
    assert set(relations) == {Relation.ESSENTIAL, Relation.OPTIONAL}
    assert relations == sorted(relations)


@WHOLE
def test_terms_know_what_they_lie_within_and_what_lies_within_them(web: Session) -> None:
    assert lookup.broader(web, Scheme.KLDB, "25212") == [Node(Scheme.KLDB, "2521")]
    assert Node(Scheme.KLDB, "25212") in lookup.narrower(web, Scheme.KLDB, "2521")
    assert Node(Scheme.DKZ, "25212-191") in lookup.narrower(web, Scheme.KLDB, "25212")
    assert lookup.broader(web, Scheme.DKZ, "25212-191") == [Node(Scheme.KLDB, "25212")]
    row = next(row for row in downloads.table("esco_skill_broader") if row["broader_id"] == "0215")
    skill, field_of_study = f"{ESCO}/skill/{row['skill_id']}", Node(Scheme.ESCO_SKILL_GROUP, f"{ESCO}/isced-f/0215")
    assert field_of_study in lookup.broader(web, Scheme.ESCO_SKILL, skill)
    assert Node(Scheme.ESCO_SKILL, skill) in lookup.narrower(web, field_of_study.scheme, field_of_study.code)


@WHOLE
def test_typing_ahead_is_quick(web: Session) -> None:
    """While someone types; generous, because others work on the machine."""
    for typed in ("k", "kf", "kfz", "kfz-m", "manage", "mechaniker", "a b"):
        for scheme in (Scheme.KLDB, Scheme.ESCO_SKILL):
            begun = time.monotonic()
            lookup.find(web, scheme, typed, language="de")
            assert time.monotonic() - begun < 2.0, typed


def tidy(text: str) -> str:
    """Return a name with one space between its words."""
    return " ".join(text.split())

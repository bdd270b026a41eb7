"""Looking up occupations and skills, and what countries and languages are called, over the interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from registry.vocabulary import importing
from schemas.vocabularies.countries import COUNTRIES
from tests.api_client import NAME, Api, Caller, opened
from tests.conftest import DatabasePair
from tests.house import open_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

ESCO = "http://data.europa.eu/esco/occupation/0f1c4000-0000-4000-8000-000000000000"
ISCO = ["Level,ISCO 08 Code,Title EN,Definition", "1,7,Craft workers,", "2,75,Food workers,", "3,751,Food trades,"]
TITLES = "Zugeordnete Berufe (Beispiele):  29222-101 Bäcker/in  29222-102 Konditor/in"
FILES = {
    "isco-08": ("isco.csv", [*ISCO, "4,7512,Bakers and confectionery makers,", "4,7511,Butchers,"]),
    "kldb-2010": (
        "kldb.csv",
        [
            "Schlüssel KldB 2010;Ebene;Titel;Umfasst ferner",
            "2;1;Produktion;",
            "29;2;Lebensmittelberufe;",
            "292;3;Lebensmittelherstellung;",
            "2922;4;Backwaren;",
            f"29222;5;Berufe Back- und Konditoreiwaren, fachlich;{TITLES}",
        ],
    ),
    "kldb-isco-crosswalk": (
        "crosswalk.csv",
        ["KldB 2010 (5-Steller);ISCO-08 (4-Steller);Umstieg eindeutig;Schwerpunkt", "29222;7512;0;1", "29222;7511;0;2"],
    ),
    "esco-occupations": (
        "occupations_en.csv",
        [
            "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,status,code",
            f"Occupation,{ESCO},7512,baker,bread baker,released,7512.1",
        ],
    ),
}


def import_all(url: str, folder: Path) -> None:
    """Import the lists as their owner."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    for name, (file, lines) in FILES.items():
        path = folder / file
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        for each in (name, "kldb-2010-titles") if name == "kldb-2010" else (name,):
            with Session(engine) as session, session.begin():
                importing.bring_in(session, importing.read(each, [path]))


@pytest.fixture(scope="module")
def api(
    clusters: Pair, template_pair: str, test_logins: Logins, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """One house for this module, with a few terms of each list."""
    pair = DatabasePair("test_api_terms", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    import_all(pair.main_url(), tmp_path_factory.mktemp("lists"))
    with open_house(pair) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def clerk(api: Api) -> Caller:
    return api.officer("Jobcenter")


def terms(caller: Caller, **asked: object) -> list[dict[str, Any]]:
    answer = caller.get(f"/api/v1/terms?{urlencode(asked)}")
    assert answer.status_code == 200, answer.get_json()
    found: list[dict[str, Any]] = answer.get_json()["terms"]
    return found


def crossings(caller: Caller, **asked: object) -> dict[str, Any]:
    answer = caller.get(f"/api/v1/terms/crossings?{urlencode(asked)}")
    assert answer.status_code == 200, answer.get_json()
    document: dict[str, Any] = answer.get_json()
    return document


@pytest.mark.parametrize("typed", ["Bäcke", "baecke", "BACK konditor", "bäcker/in"])
def test_what_somebody_types_finds_the_code_with_its_name_and_what_it_lies_within(clerk: Caller, typed: str) -> None:
    (found,) = terms(clerk, scheme="kldb-2010", text=typed)
    assert (found["scheme"], found["code"], found["language"]) == ("kldb-2010", "29222", "de")
    assert found["name"] == "Berufe Back- und Konditoreiwaren, fachlich"
    assert found["broader"] == [{"scheme": "kldb-2010", "code": "2922", "name": "Backwaren", "language": "de"}]


def test_a_term_that_was_found_by_a_title_says_which(clerk: Caller) -> None:
    (found,) = terms(clerk, scheme="kldb-2010", text="konditor/in")
    assert (found["matched"], found["is_preferred"], found["dkz"]) == ("Konditor/in", False, "29222-102")
    (title,) = terms(clerk, scheme="dkz", text="konditor/in")
    assert (title["code"], title["is_preferred"]) == ("29222-102", True)
    assert [one["code"] for one in title["broader"]] == ["29222"]
    assert title["broader"][0]["scheme"] == "kldb-2010"


def test_a_name_says_which_language_it_fell_back_to(clerk: Caller) -> None:
    (found,) = terms(clerk, scheme="esco-occupation", text="bread", language="ti")
    assert (found["name"], found["language"], found["matched"]) == ("baker", "en", "bread baker")
    (found,) = terms(clerk, scheme="kldb-2010", text="backwaren", language="de-x-plain", limit=1)
    assert found["language"] == "de"


def test_no_more_terms_come_than_asked_for(clerk: Caller) -> None:
    assert len(terms(clerk, scheme="isco-08", text="food", language="en")) == 2
    assert len(terms(clerk, scheme="isco-08", text="food", language="en", limit=1)) == 1


@pytest.mark.parametrize("typed", ["!!", "'; DROP TABLE term; --", "\x00", "zzz", "\\", "%", ":*", "𐍈"])
def test_what_is_no_name_finds_nothing_and_breaks_nothing(clerk: Caller, typed: str) -> None:
    assert terms(clerk, scheme="kldb-2010", text=typed) == []


def test_a_code_leads_to_another_list_the_main_one_first(clerk: Caller) -> None:
    found = crossings(clerk, scheme="kldb-2010", code="29222", to="isco-08", language="en")
    assert found["total"] == 2
    assert [(one["code"], one["relation"], one["via"]) for one in found["crossings"]] == [
        ("7512", "focus", []),
        ("7511", "alternative", []),
    ]
    assert found["crossings"][0]["name"] == "Bakers and confectionery makers"


def test_kldb_and_esco_meet_in_isco(clerk: Caller) -> None:
    (there,) = crossings(clerk, scheme="kldb-2010", code="29222", to="esco-occupation")["crossings"]
    assert (there["code"], there["name"], there["via"]) == (ESCO, "baker", ["7512"])
    (back,) = crossings(clerk, scheme="esco-occupation", code=ESCO, to="kldb-2010")["crossings"]
    assert (back["code"], back["via"]) == ("29222", ["7512"])


def test_a_title_leads_to_its_code(clerk: Caller) -> None:
    (found,) = crossings(clerk, scheme="dkz", code="29222-101", to="kldb-2010")["crossings"]
    assert (found["code"], found["relation"]) == ("29222", "only")


def test_what_the_limit_leaves_off_is_counted(clerk: Caller) -> None:
    found = crossings(clerk, scheme="kldb-2010", code="29222", to="isco-08", limit=1)
    assert (found["total"], len(found["crossings"])) == (2, 1)


def test_a_code_that_nobody_knows_leads_nowhere(clerk: Caller) -> None:
    assert crossings(clerk, scheme="kldb-2010", code="99999", to="isco-08") == {"total": 0, "crossings": []}


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("terms?text=back", "scheme"),
        ("terms?scheme=esco&text=back", "scheme"),
        ("terms?scheme=dkz", "text"),
        ("terms?scheme=dkz&text=", "text"),
        (f"terms?scheme=dkz&text={'a' * 201}", "text"),
        ("terms?scheme=dkz&text=a&limit=0", "limit"),
        ("terms?scheme=dkz&text=a&limit=101", "limit"),
        ("terms?scheme=dkz&text=a&language=../../etc", "language"),
        ("terms?scheme=dkz&text=a&language=", "language"),
        ("terms/crossings?scheme=dkz&code=29222-101", "to"),
        ("terms/crossings?scheme=dkz&code=29222-101&to=dkz", "to"),
        ("terms/crossings?scheme=dkz&to=isco-08", "code"),
        ("terms/crossings?scheme=dkz&code=%00&to=isco-08", "code"),
        (f"terms/crossings?scheme=dkz&code={'1' * 301}&to=isco-08", "code"),
        ("names?language=d%0Ae", "language"),
    ],
)
def test_a_question_that_cannot_be_understood_says_what_is_wrong_with_it(
    clerk: Caller, address: str, wrong: str
) -> None:
    answer = clerk.get(f"/api/v1/{address}")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert set(answer.get_json()["errors"]) == {wrong}


def test_countries_and_languages_are_called_something_in_the_readers_language(clerk: Caller) -> None:
    document = clerk.get("/api/v1/names?language=uk").get_json()
    countries = {one["code"]: (one["name"], one["language"]) for one in document["countries"]}
    languages = {one["code"]: (one["name"], one["language"]) for one in document["languages"]}
    assert set(countries) == set(COUNTRIES)
    assert countries["SY"] == ("Сирія", "uk")
    assert languages["prs"][1] == "uk"
    assert {"ar", "ckb", "kmr", "prs", "ti", "uk", "zh-Hant"} <= set(languages)
    assert not {"und", "mul", "zxx"} & set(languages)


def test_a_country_without_a_name_in_the_readers_language_says_which_it_fell_back_to(clerk: Caller) -> None:
    document = clerk.get("/api/v1/names?language=xx").get_json()
    assert {one["language"] for one in document["countries"]} == {"en"}
    plain = clerk.get("/api/v1/names?language=de-x-plain").get_json()
    assert {one["language"] for one in plain["countries"]} == {"de"}


def test_a_person_looks_up_as_an_officer_does_and_nobody_else(api: Api, clerk: Caller) -> None:
    her = api.person(api.recorded(clerk, NAME))
    asked = {"scheme": "kldb-2010", "text": "bäck"}
    assert terms(her, **asked) == terms(clerk, **asked) != []
    for address in ("terms?scheme=kldb-2010&text=a", "terms/crossings?scheme=dkz&code=1&to=isco-08", "names"):
        assert her.get(f"/api/v1/{address}").status_code == 200
        assert api.nobody().get(f"/api/v1/{address}").status_code == 401


def test_looking_up_a_word_writes_no_line(api: Api, clerk: Caller) -> None:
    """The lists say nothing about anybody, and what somebody types is kept nowhere."""
    with psycopg.connect(api.house.pair.main_url()) as connection:
        before = connection.execute("SELECT count(*) FROM audit_line").fetchone()
        terms(clerk, scheme="kldb-2010", text="schlosser")
        connection.rollback()
        assert connection.execute("SELECT count(*) FROM audit_line").fetchone() == before

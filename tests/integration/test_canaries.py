"""What a thief of both databases finds: no field, no name and no number of anybody."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

import adapters.sandbox
from registry.casework import granting
from registry.db import Sessions
from registry.profiles import reading
from schemas.compartments import Section
from schemas.entries import VALUE_SCHEMAS
from schemas.vocabularies.access import Purpose
from tests.house import House, open_house, told
from tests.integration.test_import_inbound import bring, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DatabasePair

SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"
#: Tables that hold words of vocabularies, not of persons; none yet.
VOCABULARIES: frozenset[str] = frozenset()


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as opened:
        yield opened


class Canaries:
    """A new marker for each text field; a number where only digits may stand."""

    def __init__(self) -> None:
        self.sung: list[str] = []

    def text(self) -> str:
        """Return a new marker."""
        self.sung.append(f"canary{len(self.sung):04d}yranac")
        return self.sung[-1]

    def number(self) -> str:
        """Return a new number."""
        self.sung.append(f"{730_210_000_000 + len(self.sung)}")
        return self.sung[-1]


def entries_with(birds: Canaries) -> list[dict[str, Any]]:
    """Return entries of every kind that can be written, with a canary in every field that takes free text."""
    level = {"skill": "overall", "scale": "jobcenter-text", "code": birds.text()}
    values: dict[str, dict[str, Any]] = {
        "identity.name": {"family": birds.text(), "given": birds.text(), "form": "current", "script": "Latn"},
        "identity.birth-date": {"date": "1961-12-29", "placeholder_suspected": False},
        "identity.sex": {"code": "x"},
        "identity.nationality": {"status": "known", "country": "ER"},
        "identity.birth-place": {"place": birds.text(), "country": "ER"},
        "identifiers.azr": {"number": birds.number()},
        "identifiers.bamf": {"number": birds.text()},
        "identifiers.ba-customer": {"number": birds.text()},
        "identifiers.ba-reference": {"number": birds.text()},
        "identifiers.jobcenter-case": {"number": birds.text()},
        "languages.language": {
            "language": "ti",
            "as_said": birds.text(),
            "levels": [level],
            "certificates": [{"name": birds.text(), "issuer": birds.text(), "date": "1961-12-29", "results": [level]}],
        },
        "unmapped.path": {"path": f"/{birds.text()}", "content": {birds.text(): birds.text()}},
    }
    birds.sung.append("1961-12-29")
    assert values.keys() == VALUE_SCHEMAS.keys()
    return [
        {"kind": kind, "value": value, "evidence": {"type": "certificate", "reference": birds.text()}}
        for kind, value in values.items()
    ]


def everything(url: str) -> Iterator[tuple[str, str]]:
    """Return (table, text) of every value of every column; bytes as they are and as other codes would write them."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            if table in VOCABULARIES:
                continue
            rows = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
            for row in rows:
                for value in row:
                    if isinstance(value, bytes):
                        yield table, value.decode("latin-1")
                        yield table, value.decode("utf-16-le", "replace")
                    elif value is not None:
                        yield table, str(value)


def found(house: House, words: list[str]) -> set[tuple[str, str]]:
    """Return (table, word) for every word that stands anywhere in either database, plain or in a usual code."""
    codes = {}
    for word in words:
        data = word.encode()
        for form in (word, data.hex(), base64.b64encode(data).decode().rstrip("=")[:-1], word[::-1]):
            codes[form.lower()] = word
    pattern = re.compile("|".join(re.escape(form) for form in codes), re.IGNORECASE)
    return {
        (table, codes[hit.lower()])
        for url in (house.pair.main_url(), house.pair.shred_url())
        for table, text in everything(url)
        for hit in pattern.findall(text)
    }


def test_no_canary_of_any_field_stands_in_either_database(house: House) -> None:
    """Security goal 23: a dump reveals no personal value."""
    birds = Canaries()
    clerk = house.officer("Agentur")
    born = house.create(clerk, entries_with(birds))
    letter = house.letter(clerk, born.person_id)
    wish = granting.Wish(
        agency_id=UUID(house.agency("Jobcenter Köln").id),
        purpose=Purpose.PLACEMENT,
        sections=frozenset(Section),
        until=house.clock.now() + timedelta(days=3),
        **told(),
    )
    person = house.person(letter)
    with Sessions.begin() as session:
        grant = granting.give(session, wish, letter.proof(1), actor=person, now=house.clock.now())
    granting.receipt(person.id, grant.id)
    opened = reading.open_self(person, house.clock.now())
    shown = json.dumps([entry.value for one in opened for entry in one.entries], ensure_ascii=False)
    assert [bird for bird in birds.sung if bird in shown], "the canaries are in the profile"
    assert found(house, birds.sung) == set()
    with Sessions.begin() as session:
        granting.revoke(session, grant.id, actor=person, now=house.clock.now())
    granting.settle(grant.appearances)
    assert found(house, birds.sung) == set()


def test_a_canary_left_in_clear_would_be_found(house: House) -> None:
    """The search above can fail: it finds a value in a text column and one in a binary column."""
    with psycopg.connect(house.pair.main_url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE leak (a text, b bytea)")
        connection.execute("INSERT INTO leak VALUES ('x canary0001yranac y', %s)", (b"..canary0002yranac..",))
    assert found(house, ["canary0001yranac", "canary0002yranac"]) == {
        ("leak", "canary0001yranac"),
        ("leak", "canary0002yranac"),
    }


def test_no_name_or_number_of_the_samples_stands_in_either_database(house: House) -> None:
    """Everything of six characters or more that the samples say about a person, also what no mapping knows."""
    words: set[str] = set()
    run = open_run(house)
    for path in sorted(SAMPLES.glob("ba_*.json")):
        report = bring(path, run)
        assert not report.refused
        words |= {word for word in _said(json.loads(path.read_text(encoding="utf-8"))) if len(word) >= 6}
    offices = {agency.name for agency in house.book.agencies}
    public = {word for word in words if any(word in office for office in offices)}
    assert len(words - public) > 60
    assert {"Alkhatib", "215D774102", "1990-03-14"} <= words - public
    assert found(house, sorted(words - public)) == set()


def test_neither_the_token_nor_a_secret_of_signing_in_stands_in_clear(house: House) -> None:
    """A dump lets nobody sign in or go on with a session."""
    officer = house.agency("Agentur").officer("clerk")
    actor = house.officer("Agentur")
    secrets = [officer.password, officer.totp_secret, actor.token.hex()]
    assert found(house, secrets) == set()


def _said(document: object) -> Iterator[str]:
    match document:
        case dict():
            for value in document.values():
                yield from _said(value)
        case list():
            for value in document:
                yield from _said(value)
        case str():
            yield document

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
from marshmallow import Schema, fields, validate
from psycopg import sql

import adapters.sandbox
from registry.casework import granting
from registry.db import Sessions
from registry.profiles import reading
from schemas.compartments import Section
from schemas.entries import VALUE_SCHEMAS
from schemas.fields import PartialDate, Text
from schemas.vocabularies.access import Purpose
from tests.house import House, open_house, told
from tests.integration.test_import_inbound import bring, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DatabasePair

SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"
#: Tables that hold words of vocabularies, not of persons.
VOCABULARIES = frozenset({"term", "term_label", "term_broader", "crosswalk"})
#: What fits a field that takes no free text.
FITTING = {
    "isced_field": "0711", "kldb": "25212", "dkz": "25212-191", "isco": "7231", "language": "ti",
    "esco": "http://data.europa.eu/esco/skill/0", "scheme": "a-list", "end": None,
}  # fmt: skip


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as opened:
        yield opened


class Canaries:
    """A new marker for each text field; a number where only digits may stand; a day that no clock shows."""

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

    def day(self) -> str:
        """Return a new day of the last century."""
        self.sung.append(f"19{len(self.sung) % 100:02d}-07-{10 + len(self.sung) // 100}")
        return self.sung[-1]


def entries_with(birds: Canaries) -> list[dict[str, Any]]:
    """Return entries of every kind that can be written, with a canary in every field that takes free text or a day.

    But the day of deletion, which is clear by design: who deletes must not need to open.
    """
    level = {"skill": "overall", "scale": "jobcenter-text", "code": birds.text()}
    values: dict[str, dict[str, Any]] = {
        "identity.name": {"family": birds.text(), "given": birds.text(), "form": "current", "script": "Latn"},
        "identity.birth-date": {"date": birds.day(), "placeholder_suspected": False},
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
            "certificates": [{"name": birds.text(), "issuer": birds.text(), "date": birds.day(), "results": [level]}],
        },
        "unmapped.path": {"path": f"/{birds.text()}", "content": {birds.text(): birds.text()}},
    }
    values |= {kind: filled(schema(), birds) for kind, schema in VALUE_SCHEMAS.items() if kind not in values}
    return [
        {
            "kind": kind,
            "value": value,
            "evidence": {"type": "certificate", "reference": birds.text()},
            "valid_from": birds.day(),
        }
        for kind, value in values.items()
    ]


def filled(schema: Schema, birds: Canaries) -> dict[str, Any]:
    """Return a document with every field of a schema, and a canary wherever it takes one."""
    values = {name: one(name, field, birds) for name, field in schema.fields.items()}
    return {name: value for name, value in values.items() if value is not None}


def one(name: str, field: fields.Field[Any], birds: Canaries) -> Any:  # noqa: ANN401 - whatever the field takes
    """Return what a field takes."""
    if name in FITTING:
        return FITTING[name]
    if isinstance(field, fields.Nested):
        return filled(field.schema, birds)
    if isinstance(field, fields.List):
        return [one("", field.inner, birds)]
    if isinstance(field, PartialDate):
        return birds.day()
    if isinstance(field, Text):
        return birds.text()[: field.max_length]
    if isinstance(field, fields.Email):
        return f"{birds.text()}@example.org"
    if isinstance(field, fields.Boolean):
        return True
    if isinstance(field, fields.Integer):
        return 1
    (choice,) = (rule for rule in field.validators if isinstance(rule, validate.OneOf))
    return next(iter(choice.choices))


def everything(url: str) -> Iterator[tuple[str, str]]:
    """Return (table, text) of every value of every column; bytes as they are and as other codes would write them."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'linkage')"
        )
        for schema, table in tables.fetchall():
            if table in VOCABULARIES:
                continue
            rows = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table)))
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
    opened = reading.open_self(person)
    said = [[entry.value, entry.evidence, entry.valid_from] for one in opened for entry in one.entries]
    shown = json.dumps(said, ensure_ascii=False)
    assert [bird for bird in birds.sung if bird not in shown] == [], "all canaries are in the profile"
    assert len(birds.sung) == len(set(birds.sung)) > 40
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
    """Everything of six characters or more that any sample says about a person, also what no mapping knows."""
    run = open_run(house)
    for path in sorted(SAMPLES.glob("ba_*.json")):
        assert not bring(path, run).refused
    samples = [path for path in SAMPLES.iterdir() if path.suffix in {".json", ".xml", ".csv"}]
    assert len(samples) == 10
    public = [*(agency.name for agency in house.book.agencies), house.clock.now().date().isoformat()]
    words = {word.strip() for path in samples for word in _words_of(path) if _is_telling(word.strip())}
    words -= {word for word in words if any(word in known for known in public)}
    assert len(words) > 200
    assert {"Alkhatib", "215D774102", "1990-03-14", "Expertenkenntnisse", "HUSSAINI", "Schewtschuk"} <= words
    assert found(house, sorted(words)) == set()


def test_neither_the_token_nor_a_secret_of_signing_in_stands_in_clear(house: House) -> None:
    """A dump lets nobody sign in or go on with a session."""
    officer = house.agency("Agentur").officer("clerk")
    actor = house.officer("Agentur")
    secrets = [officer.password, officer.totp_secret, actor.token.hex()]
    assert found(house, secrets) == set()


def _words_of(path: Path) -> Iterator[str]:
    """Return what a sample says, piece by piece."""
    match path.suffix:
        case ".json":
            yield from _said(json.loads(path.read_text(encoding="utf-8")))
        case ".xml":
            yield from re.findall(r">([^<>]*)<", path.read_text(encoding="utf-8"))
        case _:
            yield from re.split(r'[;"\n]', path.read_text(encoding="cp1252").split("\n", 1)[1])


def _said(document: object) -> Iterator[str]:
    """Return all texts; a key that begins with a capital letter or holds a space is no field's name but a value."""
    match document:
        case dict():
            yield from (key for key in document if key[:1].isupper() or " " in key)
            for value in document.values():
                yield from _said(value)
        case list():
            for value in document:
                yield from _said(value)
        case str():
            yield document


def _is_telling(word: str) -> bool:
    """Say whether a hit cannot be chance: random ids are written in the letters a to f and digits."""
    return len(word) >= (10 if re.fullmatch("[0-9A-Fa-f]+", word) else 6)

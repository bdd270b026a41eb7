"""An entry of any kind is shown whole, in words of the reader's language, and what somebody wrote stays a value."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from flask import Flask, g
from markupsafe import Markup
from marshmallow import fields, validate

from registry.audit.events import Event, Outcome
from registry.linkage import reasons
from registry.vocabulary.concepts import Node
from registry.web import rendering, showing, words
from registry.web.languages import LANGUAGES
from registry.web.wording import codes
from registry.web.wording.fields import FIELDS
from registry.web.wording.kinds import KINDS
from registry.web.wording.values import partial_day
from registry.wire.linking import Reason
from schemas.compartments import Section
from schemas.entries import VALUE_SCHEMAS, Entry
from schemas.vocabularies import access, languages, working
from schemas.vocabularies.terms import Scheme
from tests.integration.test_canaries import Canaries, entries_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marshmallow import Schema

AGENCY = UUID("00000000-0000-4000-8000-00000000000a")


@contextmanager
def page_in(code: str) -> Iterator[None]:
    """Make a page in a language."""
    app = Flask(__name__)
    rendering.install(app)
    with app.test_request_context():
        g.pages, g.language = app.extensions[rendering.PAGES], LANGUAGES[code]
        yield


@pytest.fixture(params=sorted(LANGUAGES))
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """A page being made, in each language."""
    with page_in(request.param):
        yield request.param


def page_of(one: showing.Shown) -> str:
    """Return all that a page shows of an entry."""
    rows = (*one.rows, *one.codes)
    return " ".join(
        [one.what, one.title, *(row.label for row in rows), *(value for row in rows for value in row.values)]
    )


def fields_below(schema: Schema) -> Iterator[tuple[str, fields.Field[Any]]]:
    """Yield every field of a schema with its name, those of nested ones too."""
    for name, field in schema.fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        yield name, inner
        if isinstance(inner, fields.Nested):
            yield from fields_below(inner.schema)


def test_every_kind_field_and_code_has_a_word() -> None:
    assert set(KINDS) == set(VALUE_SCHEMAS)
    lists = {tuple(code.value for code in of): words_ for of, words_ in codes.LISTS.items()}
    assert all(set(of) == set(said) for of, said in codes.LISTS.items())
    for kind, schema in VALUE_SCHEMAS.items():
        for name, field in fields_below(schema()):
            assert f"{kind}.{name}" in FIELDS or name in FIELDS, (kind, name)
            listed = [rule.choices for rule in field.validators if isinstance(rule, validate.OneOf)]
            assert name in {"country", "script"} or all(tuple(choices) in lists for choices in listed), (kind, name)


def test_no_word_is_kept_for_a_field_that_no_kind_has() -> None:
    had = {(kind, name) for kind, schema in VALUE_SCHEMAS.items() for name, _ in fields_below(schema())}
    names = {name for _, name in had} | {f"{kind}.{name}" for kind, name in had}
    assert set(FIELDS) - names == set()


def test_what_decides_access_has_words_for_every_code() -> None:
    for of, said in (
        (Section, words.SECTIONS),
        (access.Purpose, words.PURPOSES),
        (access.AgencyKind, words.AGENCY_KINDS),
        (access.AgencyKind, words.AGENCY_TASKS),
        (access.Role, words.ROLES),
        (access.GrantStatus, words.GRANTS),
        (access.Basis, words.BASES),
        (access.RequestStatus, words.REQUESTS),
        (access.RequestReason, words.REASONS),
        (Event, words.EVENTS),
        (Outcome, words.OUTCOMES),
    ):
        assert set(said) == set(of), of


def test_every_closed_scale_has_a_word_for_each_code() -> None:
    for scale, closed in languages.SCALE_CODES.items():
        if scale not in {languages.Scale.CEFR, languages.Scale.AZR_GRADE}:
            assert set(codes.SCALE_CODES[scale]) == closed, scale
    assert set(codes.SKILL_CODES) <= set(working.SkillScale)


@pytest.mark.parametrize("attribute", ["family-name", "given-name", "birth-place", "name"])
def test_what_the_linker_says_of_names_has_the_same_words(attribute: str) -> None:
    for level in ("exact", "sound", "spelling", "joined"):
        code = "moved" if attribute == "name" else "agrees"
        assert reasons.words(Reason(code, attribute, level))
        assert words.reason(f"{code}:{attribute}:{level}")
        assert words.difference(attribute) == reasons.difference(attribute)


@pytest.mark.parametrize("level", ["exact", "placeholder", "swapped", "month", "year", "near", "digit", "anniversary"])
def test_what_the_linker_says_of_birth_dates_has_the_same_words(level: str) -> None:
    assert words.reason(f"agrees:birth-date:{level}") == reasons.words(Reason("agrees", "birth-date", level))


def test_a_number_that_agrees_has_words_also_where_nobody_has_heard_of_it() -> None:
    for attribute in ("azr", "bamf", "ba-customer"):
        assert words.reason(f"agrees:{attribute}:exact") == reasons.words(Reason("agrees", attribute, "exact"))
    assert words.reason("agrees:some-new-number:exact") == "same number at an office"
    assert words.difference("some-new-number") == "other number at an office"


def test_whatever_an_entry_says_is_on_the_page(language: str) -> None:
    """Every free text of every field of every kind."""
    for entry in entries_with(Canaries()):
        page = page_of(showing.shown(entry["kind"], entry["value"]))
        for text in texts_in(entry["value"]):
            assert text in page, (language, entry["kind"], text, page)


def texts_in(value: object) -> Iterator[str]:
    """Yield the canaries of a value: days are spelled out, so only texts."""
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_in(one)
    if isinstance(value, str) and value.startswith("canary"):
        yield value


@pytest.mark.parametrize(
    ("partial", "told"),
    [
        ("1990", {"de": "1990", "en": "1990", "ar": "1990"}),
        ("1990-03", {"de": "März 1990", "en": "March 1990", "ar": "مارس 1990"}),
        ("1990-03-14", {"de": "14. März 1990", "en": "March 14, 1990", "ar": "14 مارس 1990"}),
    ],
)
def test_a_date_is_spelled_out_as_far_as_it_is_known(partial: str, told: dict[str, str], language: str) -> None:
    assert partial_day(partial).replace("\u200f", "") == told[language]


def test_a_language_shows_its_levels_by_skill_and_words_never_become_a_level() -> None:
    value = {
        "language": "de",
        "as_said": "Deutsch",
        "levels": [
            {"skill": "reading", "scale": "cefr", "code": "B1", "cefr": "B1"},
            {"skill": "overall", "scale": "ba-verbal", "code": "extended", "cefr": None},
        ],
        "certificates": [
            {
                "name": "DTZ",
                "date": "2017-06",
                "results": [{"skill": "listening", "scale": "points", "code": "20", "cefr": "B1"}],
            }
        ],
    }
    with page_in("en"):
        told = showing.shown("languages.language", value)
        rows = [(row.label, [one.striptags() for one in row.values]) for row in told.rows]
    assert told.title == "German"
    assert rows == [
        ("In the person's or office's words", ["Deutsch"]),
        ("Reading", ["B1"]),
        ("Overall", ["extended knowledge (words of the Employment Agency)"]),
        ("Certificate", ["DTZ, June 2017", "Listening: 20 (points, CEFR B1)"]),
    ]


def test_an_occupation_shows_its_title_and_keeps_codes_apart_with_their_names() -> None:
    value = {"occupation": {"title": "Schneiderin", "kldb": "28222"}, "start": "2010"}
    with page_in("de"):
        told = showing.shown(
            "work.experience", value, {Node(Scheme.KLDB, "28222"): "Berufe in der Bekleidungsherstellung"}
        )
        nameless = showing.shown(
            "goals.occupation", {"occupation": {"isco": "7531"}}, {Node(Scheme.ISCO, "7531"): "Schneider"}
        )
        unknown = showing.shown("goals.occupation", {"occupation": {"isco": "7531"}})
    assert told.title.striptags() == "Schneiderin"
    assert [row.label for row in told.rows] == ["Von"]
    assert [row.values[0].striptags() for row in told.codes] == ["28222 – Berufe in der Bekleidungsherstellung"]
    assert (nameless.title.striptags(), unknown.title.striptags()) == ("Schneider", "ISCO-08-Schlüssel 7531")


def test_a_name_in_another_script_reads_in_its_own_direction_as_a_whole() -> None:
    value = {"given": "زهرا", "family": "کریمی <b>", "form": "native", "script": "Arab"}
    with page_in("de"):
        assert showing.shown("identity.name", value).title == "<bdi>زهرا کریمی &lt;b&gt;</bdi>"


def test_what_goes_without_saying_is_left_out_and_what_does_not_is_said() -> None:
    with page_in("en"):
        plain = showing.shown("skills.licence", {"type": "driving", "code": "B", "holds": True})
        none = showing.shown("skills.licence", {"type": "driving", "holds": False})
    assert (plain.title.striptags(), plain.rows) == ("Driving licence B", ())
    assert [(row.label, row.values[0]) for row in none.rows] == [("Has it", "No")]


def test_script_and_direction_in_a_value_stay_a_value() -> None:
    attack = "<script>alert(1)</script>"
    with page_in("ar"):
        told = showing.shown("skills.skill", {"name": attack, "group": '"><img src=x onerror=alert(1)>'})
        page = Markup("").join([told.title, *(value for row in told.rows for value in row.values)])
    assert "<script>" not in page
    assert "<img" not in page
    assert told.title.startswith("<bdi>")


def test_whoever_said_it_is_named_and_what_it_rests_on(language: str) -> None:
    entry = Entry(
        id=AGENCY,
        kind="skills.skill",
        value={"name": "Nähen"},
        source=AGENCY,
        recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
        recorded_by="officer:x",
        evidence={"type": "document-seen", "reference": "A 17"},
        valid_from="2020-01",
    )
    with page_in(language):
        known = showing.provenance(entry, {AGENCY: "Jobcenter <Köln>"})
        closed = showing.provenance(entry, {})
        hers = showing.provenance(replace(entry, source="person", evidence=None, valid_from=None), {})
    assert known.source == "<bdi>Jobcenter &lt;Köln&gt;</bdi>"
    assert known.evidence == rendering.said("document seen")
    assert known.reference == "A 17"
    assert (hers.is_own_word, hers.evidence, hers.valid_from) == (True, None, None)
    assert closed.source != hers.source

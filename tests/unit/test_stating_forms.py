"""What she fills in to state something herself says just that, and is filled in again when she corrects it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from flask import Flask, g
from werkzeug.datastructures import MultiDict

from registry.web.forms import stating
from registry.web.forms.stating import TOPICS, StatementForm
from registry.web.languages import LANGUAGES
from registry.web.rendering import wrong_of
from schemas.compartments import compartment_of, section_of
from schemas.entries import Entry, load_value
from schemas.herself import STATABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

#: By topic: what is typed, the kind it becomes, and what then is said.
SAID: dict[str, tuple[dict[str, str], str, dict[str, Any]]] = {
    "contact-language": (
        {"contact_language": "Dari", "needs_interpreter": "yes"},
        "contact.language",
        {"language": "prs", "interpreter_needed": True},
    ),
    "phone": ({"phone": "0170 1", "phone_kind": "mobile"}, "contact.phone", {"number": "0170 1", "type": "mobile"}),
    "email": ({"email": "z@example.org"}, "contact.email", {"address": "z@example.org"}),
    "address": (
        {"street": "Ring", "house_number": "3", "place": "Köln", "country": "Deutschland"},
        "contact.address",
        {"street": "Ring", "house_number": "3", "place": "Köln", "country": "DE"},
    ),
    "languages": (
        {"languages-0-language": "Dari", "languages-0-overall": "native", "languages-0-writing": "A2"},
        "languages.language",
        {
            "language": "prs",
            "as_said": "Dari",
            "levels": [
                {"skill": "overall", "scale": "native", "code": "native"},
                {"skill": "writing", "scale": "cefr", "code": "A2"},
            ],
        },
    ),
    "literacy": ({"literacy": "simple"}, "languages.literacy", {"script": "Latn", "level": "simple"}),
    "education": (
        {
            "education-0-kind": "university",
            "education-0-what": "Pharmazie",
            "education-0-start": "9.2010",
            "education-0-country": "Syrien",
            "education-0-degree": "bachelor",
        },
        "education.university",
        {"subject": "Pharmazie", "start": "2010-09", "country": "SY", "degree": "bachelor"},
    ),
    "jobs": (
        {"jobs-0-title": "Bäcker", "jobs-0-term": "29222", "jobs-0-start": "2011"},
        "work.experience",
        {"occupation": {"title": "Bäcker", "kldb": "29222"}, "start": "2011"},
    ),
    "status": ({"status": "job-seeking"}, "work.status", {"status": "job-seeking"}),
    "licence": ({"licence": "driving", "licence_class": "B"}, "skills.licence", {"type": "driving", "code": "B"}),
    "skills": ({"skills-0-name": "Nähen"}, "skills.skill", {"name": "Nähen"}),
    "course": (
        {"course": "job-german", "course_words": "B2", "course_status": "ongoing", "course_start": "2026"},
        "pathway.course",
        {"type": "job-german", "as_said": "B2", "status": "ongoing", "start": "2026"},
    ),
    "needs": (
        {"needs-0-kind": "needs.language", "needs-0-text": "Kurs", "needs-0-level": "B2"},
        "needs.language",
        {"text": "Kurs", "target_level": "B2"},
    ),
    "goal": ({"goal": "Bäcker"}, "goals.occupation", {"occupation": {"title": "Bäcker"}}),
    "training": ({"training": "Umschulung"}, "goals.training", {"text": "Umschulung"}),
    "working-time": ({"working_time": "part"}, "goals.working-time", {"models": ["part"]}),
}


@pytest.fixture(autouse=True)
def _in_german() -> Iterator[None]:
    with Flask("page").test_request_context("/de/"):
        g.language = LANGUAGES["de"]
        yield


def entry(kind: str, value: dict[str, Any], **more: Any) -> Entry:  # noqa: ANN401 - other parts of an entry
    return Entry(
        id=uuid4(),
        kind=kind,
        value=load_value(kind, value),
        source="person",
        recorded_at=datetime.now(UTC),
        recorded_by="person",
        **more,
    )


@pytest.mark.parametrize("name", TOPICS)
def test_what_is_typed_is_said_and_filled_in_again(name: str) -> None:
    typed, kind, value = SAID[name]
    said = stating.stated(StatementForm(MultiDict(typed)), TOPICS[name])
    assert said is not None
    assert (said["kind"], said["value"]) == (kind, load_value(kind, value))
    form = stating.filled(entry(kind, value))
    assert form is not None
    again = stating.stated(form, TOPICS[name])
    assert again is not None
    assert again["value"] == said["value"]


@pytest.mark.parametrize("name", TOPICS)
def test_nothing_typed_is_said_at_a_field(name: str) -> None:
    form = StatementForm(MultiDict())
    assert stating.stated(form, TOPICS[name]) is None
    (wrong,) = wrong_of(form)
    assert wrong[0]


@pytest.mark.parametrize(
    ("name", "typed", "field"),
    [
        ("email", {"email": "no address"}, "email"),
        ("course", {"course_words": "B2"}, "course"),
        ("course", {"course": "other", "course_start": "2027", "course_end": "2026"}, "course_end"),
        ("address", {"house_number": "3"}, "street"),
        ("address", {"street": "x", "country": "Nirgends"}, "country"),
        ("languages", {"languages-0-overall": "A1"}, "languages-0-language"),
        ("jobs", {"jobs-0-title": "x", "jobs-0-start": "gestern"}, "jobs-0-start"),
        ("skills", {"skills-0-name": "n\u202em"}, "skills-0-name"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    name: str, typed: dict[str, str], field: str
) -> None:
    form = StatementForm(MultiDict(typed))
    assert stating.stated(form, TOPICS[name]) is None
    assert field in {one for one, _ in wrong_of(form)}
    part = next((one for one in form if one.name in typed), None)
    assert part is None or part.data == typed[part.name]


def test_what_the_fields_cannot_show_whole_is_not_offered_to_be_corrected_there() -> None:
    """Else saving would take away what no field shows."""
    whole = SAID["skills"]
    assert stating.filled(entry(*whole[1:])) is not None
    assert stating.filled(entry(*whole[1:], valid_from="2020")) is None
    assert stating.filled(entry("skills.skill", {"name": "Nähen", "group": "Handwerk"})) is None
    assert stating.filled(entry("skills.licence", {"type": "driving", "code": "B", "holds": False})) is None
    assert stating.filled(entry("skills.strength", {"name": "Geduld"})) is None


def test_every_topic_is_of_kinds_that_she_may_state_in_its_section() -> None:
    for topic in TOPICS.values():
        assert set(topic.kinds) <= set(STATABLE)
        assert {section_of(compartment_of(kind)) for kind in topic.kinds} == {topic.section}
        assert topic.title

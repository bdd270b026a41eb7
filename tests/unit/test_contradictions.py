"""What counts as a contradiction between sources, and what does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from registry.profiles.contradictions import contradictions
from registry.profiles.reading import OpenedCompartment
from schemas.compartments import compartment_of
from schemas.entries import Entry, load_value

HERE, THERE = UUID(int=1), UUID(int=2)


def opened(source: UUID, *values: tuple[str, dict[str, Any]], ended: bool = False) -> list[OpenedCompartment]:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return [
        OpenedCompartment(
            source,
            compartment_of(kind),
            1,
            (
                Entry(
                    id=uuid4(),
                    kind=kind,
                    value=load_value(kind, value),
                    source=source,
                    recorded_at=now,
                    recorded_by="test",
                    ended_at=now if ended else None,
                ),
            ),
        )
        for kind, value in values
    ]


def german(scale: str, code: str) -> tuple[str, dict[str, Any]]:
    levels = [{"skill": "overall", "scale": scale, "code": code}]
    return "languages.language", {"language": "de", "as_said": "Deutsch", "levels": levels}


@pytest.mark.parametrize(
    ("one", "other", "question"),
    [
        (german("cefr", "A2"), german("cefr", "B1"), "languages.language:de:overall"),
        (("identity.sex", {"code": "m"}), ("identity.sex", {"code": "w"}), "identity.sex"),
        (
            ("identity.birth-date", {"date": "1987-03-01"}),
            ("identity.birth-date", {"date": "1987-04"}),
            "identity.birth-date",
        ),
        (
            ("identity.nationality", {"status": "unclear"}),
            ("identity.nationality", {"status": "known", "country": "SY"}),
            "identity.nationality",
        ),
        (
            ("education.school", {"last_class": 9}),
            ("education.school", {"german_leaving": "lower"}),
            "education.school",
        ),
        (
            ("recognition.procedure", {"state": "none"}),
            ("recognition.procedure", {"state": "in-assessment", "subject": "Magister"}),
            "recognition.procedure",
        ),
        (
            ("goals.occupation", {"occupation": {"dkz": "81302-129"}}),
            ("goals.occupation", {"occupation": {"kldb": "54101"}}),
            "goals.occupation",
        ),
        (
            ("skills.licence", {"type": "driving", "code": "B"}),
            ("skills.licence", {"type": "driving", "holds": False}),
            "skills.licence:driving",
        ),
        (
            ("goals.occupation", {"occupation": {"esco": "http://data.europa.eu/esco/occupation/1"}}),
            ("goals.occupation", {"occupation": {"esco": "http://data.europa.eu/esco/occupation/2"}}),
            "goals.occupation",
        ),
    ],
)
def test_answers_that_have_nothing_in_common_stand_side_by_side(
    one: tuple[str, dict[str, Any]], other: tuple[str, dict[str, Any]], question: str
) -> None:
    held = [*opened(HERE, one), *opened(THERE, other)]
    (found,) = contradictions(held)
    assert found.question == question
    assert set(found.entries) == {entry.id for each in held for entry in each.entries}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (german("ba-verbal", "fluent"), german("cefr", "B2")),
        (german("cefr", "B2"), german("cefr", "B2")),
        (("identity.sex", {"code": "x"}), ("identity.sex", {"code": "w"})),
        (("identity.birth-date", {"date": "1987-03"}), ("identity.birth-date", {"date": "1987-03-01"})),
        (
            ("identity.birth-date", {"date": "1990-01-01", "placeholder_suspected": True}),
            ("identity.birth-date", {"date": "1990-03-14"}),
        ),
        (("recognition.procedure", {"state": "unclear"}), ("recognition.procedure", {"state": "full"})),
        (
            ("goals.occupation", {"occupation": {"dkz": "25212-122"}}),
            ("goals.occupation", {"occupation": {"kldb": "25212", "title": "Kfz-Mechaniker"}}),
        ),
        (
            ("goals.occupation", {"occupation": {"title": "Koch"}}),
            ("goals.occupation", {"occupation": {"title": "Koch", "kldb": "29301"}}),
        ),
        (
            ("skills.licence", {"type": "driving", "code": "B"}),
            ("skills.licence", {"type": "driving", "code": "B"}),
        ),
    ],
)
def test_other_scales_stand_ins_and_less_precise_answers_contradict_nothing(
    one: tuple[str, dict[str, Any]], other: tuple[str, dict[str, Any]]
) -> None:
    assert contradictions([*opened(HERE, one), *opened(THERE, other)]) == []


def test_what_ended_contradicts_nothing() -> None:
    assert contradictions([*opened(HERE, german("cefr", "A2"), ended=True), *opened(THERE, german("cefr", "B1"))]) == []


def test_one_source_does_not_contradict_itself() -> None:
    assert contradictions([*opened(HERE, german("cefr", "A2")), *opened(HERE, german("cefr", "B1"))]) == []

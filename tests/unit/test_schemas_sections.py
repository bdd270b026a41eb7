"""What an entry of each kind may say."""

from typing import Any

import pytest
from marshmallow import ValidationError

from schemas.compartments import KINDS
from schemas.entries import VALUE_SCHEMAS, load_value
from schemas.sections.identifiers import format_warnings

_GERMAN: dict[str, Any] = {
    "language": "de",
    "as_said": "Deutsch",
    "levels": [{"skill": "overall", "scale": "ba-verbal", "code": "extended"}],
    "certificates": [
        {
            "name": "DTZ",
            "date": "2017-06-24",
            "results": [
                {"skill": "overall", "scale": "dtz", "code": "B1", "cefr": "B1"},
                {"skill": "listening", "scale": "points", "code": "20 von 25"},
            ],
        }
    ],
}


def test_every_kind_has_exactly_one_schema() -> None:
    assert set(VALUE_SCHEMAS) == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("identity.name", {"family": "الخطيب", "given": "أحمد", "form": "native", "script": "Arab"}),
        ("identity.name", {"given": "Selam", "form": "current", "script": "Latn"}),
        ("identity.sex", {"code": "x"}),
        ("identity.nationality", {"status": "known", "country": "SY"}),
        ("identity.nationality", {"status": "stateless"}),
        ("identity.birth-place", {"place": "Halab"}),
        ("identifiers.azr", {"number": "150923481207"}),
        ("residence.title", {"category": "permission-to-reside"}),
        ("residence.title", {"title": "Duldung", "category": "tolerated", "norm": "§ 60a Abs. 2 AufenthG"}),
        ("unmapped.path", {"path": "/mobilitaet", "content": {"umkreisKm": 30, "fuehrerscheine": ["B"]}}),
        ("unmapped.path", {"path": "/x", "content": None}),
    ],
)
def test_a_fitting_value_is_kept_as_it_came(kind: str, value: dict[str, Any]) -> None:
    assert load_value(kind, value) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("identity.name", {"form": "current", "script": "Latn"}),
        ("identity.name", {"family": "A", "form": "nickname", "script": "Latn"}),
        ("identity.name", {"family": "A", "form": "current", "script": "Latin"}),
        ("identity.name", {"family": "A", "form": "current", "script": "Latn", "religion": "x"}),
        ("identity.sex", {"code": "f"}),
        ("residence.title", {"category": "refugee"}),
        ("residence.title", {"valid_until": "2027-01-31"}),
        ("identity.nationality", {"status": "known"}),
        ("identity.nationality", {"status": "unclear", "country": "SY"}),
        ("identity.nationality", {"status": "known", "country": "SYR"}),
        ("identity.birth-place", {}),
        ("identity.birth-date", {"date": "1990-13"}),
        ("identity.birth-date", {"date": "1990", "placeholder_suspected": "yes"}),
        ("identifiers.azr", {}),
        ("unmapped.path", {"path": "/x", "content": 1.5}),
        ("unmapped.path", {"path": "/x", "content": "a" * 70_000}),
    ],
)
def test_a_value_that_does_not_fit_is_refused(kind: str, value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        load_value(kind, value)
    assert "value" in refused.value.messages_dict


def test_a_suspected_placeholder_is_said_or_false() -> None:
    assert load_value("identity.birth-date", {"date": "1990-01-01"})["placeholder_suspected"] is False


def test_words_for_a_level_never_become_a_cefr_level() -> None:
    """samples/README.md: reading in, never infer CEFR from verbal grades."""
    assert load_value("languages.language", _GERMAN)["levels"] == [
        {"skill": "overall", "scale": "ba-verbal", "code": "extended", "cefr": None}
    ]
    for scale, code in (("ba-verbal", "fluent"), ("azr-grade", "02"), ("native", "native"), ("jobcenter-text", "MS")):
        level = {"skill": "overall", "scale": scale, "code": code, "cefr": "C1"}
        with pytest.raises(ValidationError):
            load_value("languages.language", _GERMAN | {"levels": [level]})


def test_a_level_on_the_cefr_scale_is_that_level() -> None:
    levels = [{"skill": "speaking", "scale": "cefr", "code": "B1"}]
    assert load_value("languages.language", _GERMAN | {"levels": levels})["levels"] == [levels[0] | {"cefr": "B1"}]
    with pytest.raises(ValidationError):
        load_value("languages.language", _GERMAN | {"levels": [levels[0] | {"cefr": "C1"}]})


def test_a_certificate_states_its_level_per_skill() -> None:
    results = _results(load_value("languages.language", _GERMAN))
    assert [(result["skill"], result["cefr"]) for result in results] == [("overall", "B1"), ("listening", None)]


def test_a_closed_scale_takes_only_its_codes() -> None:
    level = {"skill": "overall", "scale": "azr-grade", "code": "5"}
    with pytest.raises(ValidationError):
        load_value("languages.language", _GERMAN | {"levels": [level]})


def test_an_ambiguous_language_stays_open() -> None:
    """The word "Kurdisch" alone is Kurmanji or Sorani."""
    value = {"as_said": "Kurdisch", "levels": []}
    assert load_value("languages.language", value) == {
        "language": None,
        "as_said": "Kurdisch",
        "levels": [],
        "certificates": [],
    }


@pytest.mark.parametrize("tag", ["Deutsch", "de_DE", "de\n", "d", "DE"])
def test_a_language_tag_has_its_form(tag: str) -> None:
    with pytest.raises(ValidationError):
        load_value("languages.language", _GERMAN | {"language": tag})


@pytest.mark.parametrize(
    ("kind", "number", "warned"),
    [
        ("identifiers.azr", "150923481207", False),
        ("identifiers.azr", "159923481207", True),
        ("identifiers.bamf", "BK4711-0815-22", False),
        ("identifiers.ba-customer", "215D774102", False),
        ("identifiers.ba-customer", "215774102", True),
        ("identifiers.ba-reference", "10001-215500001234567890-B", False),
        ("identifiers.jobcenter-case", "34348//0048817", False),
        ("identity.sex", "x", False),
    ],
)
def test_an_unusual_number_is_warned_about_without_repeating_it(kind: str, number: str, warned: bool) -> None:  # noqa: FBT001 - a table of cases
    warnings = format_warnings(kind, {"number": number})
    assert bool(warnings) is warned
    assert all(number not in warning for warning in warnings)


def test_an_unusual_number_is_still_kept() -> None:
    assert load_value("identifiers.azr", {"number": "4711"}) == {"number": "4711"}


def _results(value: dict[str, Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = value["certificates"][0]["results"]
    return results

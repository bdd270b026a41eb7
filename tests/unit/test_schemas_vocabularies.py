"""Codes convert both ways and name only what exists."""

import pytest

from schemas.vocabularies import countries
from schemas.vocabularies.languages import SCALE_CODES, Cefr, Scale
from schemas.vocabularies.names import SCRIPTS


@pytest.mark.parametrize(
    ("alpha2", "alpha3"), [("SY", "SYR"), ("AF", "AFG"), ("UA", "UKR"), ("ER", "ERI"), ("IQ", "IRQ"), ("XK", "XKX")]
)
def test_main_countries_of_origin_are_known_by_both_keys(alpha2: str, alpha3: str) -> None:
    assert countries.country_from_alpha3(alpha3) == alpha2


def test_every_country_has_a_code_of_two_letters_of_its_own() -> None:
    assert len(countries.COUNTRIES) == 250
    assert all(len(country) == 2 and country.isascii() and country.isupper() for country in countries.COUNTRIES)


@pytest.mark.parametrize("code", ["YUG", "SUN", "ZAR", "syr", "SY", ""])
def test_codes_without_a_country_today_give_none(code: str) -> None:
    assert countries.country_from_alpha3(code) is None


def test_only_the_cefr_scale_has_the_cefr_levels_as_codes() -> None:
    levels = {level.value for level in Cefr}
    assert [scale for scale, codes in SCALE_CODES.items() if codes >= levels] == [Scale.CEFR]


def test_scripts_of_the_main_languages_are_known() -> None:
    assert {"Latn", "Arab", "Cyrl", "Ethi"} <= SCRIPTS

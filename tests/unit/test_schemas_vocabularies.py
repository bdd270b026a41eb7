"""Codes convert both ways and name only what exists."""

import pytest

from schemas.vocabularies import countries
from schemas.vocabularies.languages import SCALE_CODES, Cefr, Scale
from schemas.vocabularies.names import SCRIPTS


@pytest.mark.parametrize(
    ("alpha2", "alpha3", "destatis"),
    [("SY", "SYR", "475"), ("AF", "AFG", "423"), ("UA", "UKR", "166"), ("ER", "ERI", "224"), ("IQ", "IRQ", "438")],
)
def test_main_countries_of_origin_convert_between_all_keys(alpha2: str, alpha3: str, destatis: str) -> None:
    assert countries.country_from_alpha3(alpha3) == alpha2
    assert countries.country_from_destatis(destatis) == alpha2
    assert countries.alpha3_of(alpha2) == alpha3
    assert countries.destatis_of(alpha2) == destatis


def test_every_country_code_converts_back_to_itself() -> None:
    assert len(countries.COUNTRIES) == 250
    for country in countries.COUNTRIES:
        alpha3 = countries.alpha3_of(country)
        assert alpha3 is not None
        assert countries.country_from_alpha3(alpha3) == country
        destatis = countries.destatis_of(country)
        assert destatis is None or countries.country_from_destatis(destatis) == country


@pytest.mark.parametrize(
    "code", ["159", countries.DESTATIS_STATELESS, countries.DESTATIS_UNCLEAR, countries.DESTATIS_NOT_STATED, "004"]
)
def test_codes_without_a_country_today_give_none(code: str) -> None:
    assert countries.country_from_destatis(code) is None


def test_only_the_cefr_scale_has_the_cefr_levels_as_codes() -> None:
    levels = {level.value for level in Cefr}
    assert [scale for scale, codes in SCALE_CODES.items() if codes >= levels] == [Scale.CEFR]


def test_scripts_of_the_main_languages_are_known() -> None:
    assert {"Latn", "Arab", "Cyrl", "Ethi"} <= SCRIPTS

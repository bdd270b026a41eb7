"""What countries and languages are called in every language of the interface, and how typed words are folded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.vocabulary.concepts import Name
from registry.vocabulary.folding import fold
from registry.vocabulary.names import country_name, language_name
from schemas.vocabularies.countries import COUNTRIES

LANGUAGES = ("de", "de-x-plain", "en", "ar", "uk", "fa", "ku", "ti", "tr", "ps", "ckb", "so", "ru", "fr")
#: Languages that people who come here speak.
SPOKEN = ("ar", "fa", "prs", "fa-AF", "ku", "kmr", "ckb", "uk", "ru", "ti", "am", "so", "ps", "tr", "fr", "en", "ur")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_has_a_name_in_every_language_or_says_which_it_is_in(language: str) -> None:
    names = {code: country_name(code, language) for code in COUNTRIES}
    assert {name.language for name in names.values()} <= {language.partition("-")[0], "en", "de"}
    own = sum(name.language == language.partition("-")[0] for name in names.values())
    assert own / len(names) > 0.97
    assert not any(name.text == code for code, name in names.items())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tag", SPOKEN)
def test_every_spoken_language_has_a_name_in_every_language(language: str, tag: str) -> None:
    name = language_name(tag, language)
    assert name.text != tag
    assert name.language in {language.partition("-")[0], "en"}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (country_name("SY", "de"), Name("Syrien", "de")),
        (country_name("UA", "ar"), Name("أوكرانيا", "ar")),
        (country_name("er", "ti"), Name("ኤርትራ", "ti")),
        (country_name("ZZZ", "de"), Name("ZZZ", None)),
        (country_name("SY", "xx"), Name("Syria", "en")),
        (language_name("prs", "de"), Name("Dari", "de")),
        (language_name("ckb", "de-x-plain"), Name("Zentralkurdisch", "de")),
        (language_name("uk-UA", "fr"), Name("ukrainien", "fr")),
        (language_name("qqq", "de"), Name("qqq", None)),
    ],
)
def test_a_name_says_in_which_language_it_is(found: Name, expected: Name) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Bäcker/in", "BAECKER IN"),
        ("Straßenbauer", "strassenbauer"),
        ("Köche", "koche"),
        ("Électricien", "electricien"),
        ("مُعَلِّم", "معلم"),
        ("آشپز", "اشپز"),
        ("کتاب‌دار", "كتابدار"),
        ("Їжак", "їжак"),
        ("ISTANBUL", "istanbul"),
        ("Kfz-Mechaniker", "kfz  mechaniker"),
    ],
)
def test_spellings_of_one_word_fold_alike(left: str, right: str) -> None:
    assert fold(left) == fold(right) != ""


@given(st.text())
def test_folded_words_stand_apart_by_one_space_and_fold_to_themselves_in_number(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert not set(folded) & set("'\\:&|!()*<>")


@given(st.text(alphabet="abekmoußäöü -", max_size=30), st.integers(0, 30))
def test_what_begins_a_text_still_begins_it_folded(text: str, length: int) -> None:
    """So that typing ahead finds it at every letter."""
    assert fold(text).startswith(fold(text[:length]))

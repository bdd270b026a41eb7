"""German words and letters in our codes: languages and nationalities, scripts of names, texts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel import Locale
from marshmallow import ValidationError

from schemas.fields import checked_text
from schemas.vocabularies.countries import (
    ALPHA3_ENDED,
    ALPHA3_STATELESS,
    ALPHA3_UNCLEAR,
    COUNTRIES,
    DESTATIS_ENDED,
    DESTATIS_STATELESS,
    DESTATIS_UNCLEAR,
    country_from_alpha3,
    country_from_destatis,
    destatis_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Names that offices use beside those of CLDR.
_ALSO_CALLED = {
    "kurmandschi": "kmr",
    "kurmandschi-kurdisch": "kmr",
    "kurmanji": "kmr",
    "kurmancî": "kmr",
    "nordkurdisch": "kmr",
    "sorani": "ckb",
    "sorani-kurdisch": "ckb",
    "dari": "prs",  # CLDR says fa-AF; by its own subtag it is not taken for Farsi where only languages are compared
    "farsi": "fa",
    "paschto": "ps",
    "tigrinisch": "ti",
    "romanes": "rom",
}
#: Names of several languages: alone they say too little, and a guess would be an invention.
_AMBIGUOUS = frozenset({"kurdisch"})
_BY_NAME: dict[str, str] = {
    name.casefold(): code.replace("_", "-") for code, name in (Locale("de").languages or {}).items()
} | _ALSO_CALLED
#: Names that offices use beside those of CLDR. Names of ended states and of two states ("Kongo") stay unknown.
_COUNTRIES_ALSO_CALLED = {
    "arabische republik syrien": "SY",
    "syrien, arabische republik": "SY",
    "russische föderation": "RU",
    "iran, islamische republik": "IR",
    "islamische republik iran": "IR",
    "tuerkei": "TR",
    "republik moldau": "MD",
    "moldau, republik": "MD",
    "moldawien": "MD",
    "makedonien": "MK",
    "weißrussland": "BY",
    "elfenbeinküste": "CI",
    "vereinigte staaten von amerika": "US",
    "usa": "US",
    "großbritannien": "GB",
    "burma": "MM",
}
_COUNTRY_NAMES: dict[str, str] = {
    code: name for code, name in (Locale("de").territories or {}).items() if code in COUNTRIES
}
_COUNTRY_CODES: dict[str, str] = {
    name.casefold(): code for code, name in _COUNTRY_NAMES.items()
} | _COUNTRIES_ALSO_CALLED
_WITH_ADDITION = re.compile(r"([^()]+)\(([^()]+)\)")
#: First word of a letter's Unicode name -> ISO 15924.
_SCRIPTS = {
    "LATIN": "Latn", "ARABIC": "Arab", "CYRILLIC": "Cyrl", "ETHIOPIC": "Ethi", "GREEK": "Grek", "HEBREW": "Hebr",
    "ARMENIAN": "Armn", "GEORGIAN": "Geor", "DEVANAGARI": "Deva", "BENGALI": "Beng", "TAMIL": "Taml", "CJK": "Hani",
    "HANGUL": "Hang", "THAI": "Thai", "MYANMAR": "Mymr", "KHMER": "Khmr", "SINHALA": "Sinh", "SYRIAC": "Syrc",
    "TIFINAGH": "Tfng", "GURMUKHI": "Guru", "TIBETAN": "Tibt", "THAANA": "Thaa", "NKO": "Nkoo",
}  # fmt: skip
_UNDETERMINED = "Zyyy"
#: What is said instead of a country.
_STATUS_WORDS = {"staatenlos": "stateless", "ungeklärt": "unclear"}
_WORDS_OF_STATUS = {status: word for word, status in _STATUS_WORDS.items()}
_DESTATIS_STATUS = {DESTATIS_STATELESS: "stateless", DESTATIS_UNCLEAR: "unclear"}
_DESTATIS_OF_STATUS = {status: code for code, status in _DESTATIS_STATUS.items()}
_ALPHA3_STATUS = {ALPHA3_STATELESS: "stateless", ALPHA3_UNCLEAR: "unclear"}


@dataclass(frozen=True, slots=True)
class Nationality:
    """A nationality as our entries keep it."""

    value: Mapping[str, str]
    says_all: bool = True  #: whether the code or word can be found again in it; else it is kept as it came


_OF_ENDED_STATE = Nationality({"status": "unclear"}, says_all=False)


def language_tag(name: str, addition: str | None = None) -> str | None:
    """Return the BCP 47 tag of a German language name (names of CLDR), or None where the words do not decide.

    Args:
        addition: what stands beside the name, for example "Kurmandschi" beside "Kurdisch".
    """
    together = _WITH_ADDITION.fullmatch(name.strip())
    if together:
        name, addition = together.groups()
    said = name.strip().casefold()
    if said in _AMBIGUOUS:
        return _ALSO_CALLED.get(addition.strip().casefold()) if addition else None
    return _BY_NAME.get(said)


def country_code(name: str) -> str | None:
    """Return the alpha-2 code of a German country name (names of CLDR), or None where it names no country today."""
    return _COUNTRY_CODES.get(name.strip().casefold())


def country_name(country: str) -> str | None:
    """Return the German name (CLDR) of an alpha-2 code; read again it gives that code."""
    return _COUNTRY_NAMES.get(country)


def nationality_of_destatis(code: str) -> Nationality | None:
    """Return the nationality of a Destatis code; None for one that is not known, and for "not stated"."""
    if country := country_from_destatis(code):
        return Nationality({"status": "known", "country": country})
    if status := _DESTATIS_STATUS.get(code):
        return Nationality({"status": status})
    return _OF_ENDED_STATE if code in DESTATIS_ENDED else None


def nationality_of_alpha3(code: str) -> Nationality | None:
    """Return the nationality of an alpha-3 code, or of a word that stands instead of one; None for an unknown one."""
    if country := country_from_alpha3(code):
        return Nationality({"status": "known", "country": country})
    if status := _ALPHA3_STATUS.get(code) or _STATUS_WORDS.get(code):
        return Nationality({"status": status}, says_all=False)  # whether the code or the word stood there
    return _OF_ENDED_STATE if code in ALPHA3_ENDED else None


def nationality_of_name(word: str) -> Nationality | None:
    """Return the nationality of a country's German name, of "staatenlos" or "ungeklärt"; None for other words."""
    if country := country_code(word):
        return Nationality({"status": "known", "country": country})
    status = _STATUS_WORDS.get(word.strip().casefold())
    return Nationality({"status": status}) if status else None


def destatis_of_nationality(value: Mapping[str, str]) -> str | None:
    """Return the Destatis code of a nationality; None where it has none of its own."""
    return destatis_of(value.get("country", "")) or _DESTATIS_OF_STATUS.get(value["status"])


def name_of_nationality(value: Mapping[str, str]) -> str | None:
    """Return the German name of the country of a nationality, or the word that stands instead."""
    return country_name(value.get("country", "")) or _WORDS_OF_STATUS.get(value["status"])


def script_of(text: str) -> str:
    """Return the ISO 15924 code of the script a name is written in; Zyyy for several scripts or none we know."""
    words = {unicodedata.name(letter, "").split(" ")[0] for letter in text if letter.isalpha()}
    scripts = {_SCRIPTS.get(word, _UNDETERMINED) for word in words}
    return scripts.pop() if len(scripts) == 1 else _UNDETERMINED


def fitting(text: str, *, max_length: int, lines: bool = False) -> str | None:
    """Return a text as our fields keep it (NFC, trimmed), or None where they would refuse it."""
    if text.isprintable():  # the usual case, seen without a look at each character
        plain = unicodedata.normalize("NFC", text).strip()
        return plain if 0 < len(plain) <= max_length else None
    try:
        return checked_text(text, max_length=max_length, lines=lines)
    except ValidationError:
        return None

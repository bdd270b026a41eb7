"""German words and letters in our codes: languages and countries by their names, scripts of names, partial dates."""

from __future__ import annotations

import re
import unicodedata

from babel import Locale
from marshmallow import ValidationError

from schemas.fields import checked_text, precision_of
from schemas.vocabularies.countries import COUNTRIES

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
_GERMAN_DATE = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})")


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


def script_of(text: str) -> str:
    """Return the ISO 15924 code of the script a name is written in; Zyyy for several scripts or none we know."""
    words = {unicodedata.name(letter, "").split(" ")[0] for letter in text if letter.isalpha()}
    scripts = {_SCRIPTS.get(word, _UNDETERMINED) for word in words}
    return scripts.pop() if len(scripts) == 1 else _UNDETERMINED


def is_partial_date(text: str) -> bool:
    """Say whether a text is a date as far as it is known, in our form."""
    try:
        precision_of(text)
    except ValidationError:
        return False
    return True


def iso_date(text: str) -> str | None:
    """Return a date as far as it is known, in our form, of "1990-03", "1990-03-14" or "14.03.1990"; None if it is none.

    A day is kept as it stands: whether 01.01. stands in for an unknown day is not seen here.
    """
    said = text.strip()
    german = _GERMAN_DATE.fullmatch(said)
    partial = "-".join(reversed(german.groups())) if german else said
    return partial if is_partial_date(partial) else None


def fitting(text: str, *, max_length: int, lines: bool = False) -> str | None:
    """Return a text as our fields keep it (NFC, trimmed), or None where they would refuse it."""
    if text.isprintable():  # the usual case, seen without a look at each character
        plain = unicodedata.normalize("NFC", text).strip()
        return plain if 0 < len(plain) <= max_length else None
    try:
        return checked_text(text, max_length=max_length, lines=lines)
    except ValidationError:
        return None

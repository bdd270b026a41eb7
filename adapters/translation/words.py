"""German words and letters in our codes: languages by their names, scripts of names, dates as far as they are known."""

from __future__ import annotations

import re
import unicodedata

from babel import Locale
from marshmallow import ValidationError

from schemas.fields import precision_of

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
_WITH_ADDITION = re.compile(r"([^()]+)\(([^()]+)\)")
#: First word of a letter's Unicode name -> ISO 15924.
_SCRIPTS = {
    "LATIN": "Latn", "ARABIC": "Arab", "CYRILLIC": "Cyrl", "ETHIOPIC": "Ethi", "GREEK": "Grek", "HEBREW": "Hebr",
    "ARMENIAN": "Armn", "GEORGIAN": "Geor", "DEVANAGARI": "Deva", "BENGALI": "Beng", "TAMIL": "Taml", "CJK": "Hani",
    "HANGUL": "Hang", "THAI": "Thai", "MYANMAR": "Mymr", "KHMER": "Khmr", "SINHALA": "Sinh", "SYRIAC": "Syrc",
    "TIFINAGH": "Tfng", "GURMUKHI": "Guru", "TIBETAN": "Tibt", "THAANA": "Thaa", "NKO": "Nkoo",
}  # fmt: skip
_UNDETERMINED = "Zyyy"


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

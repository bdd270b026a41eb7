"""How a word may sound: one rough phonetic form, and the rows of consonants that all its transliterations share.

The letters mean different things in English, German, French, Italian, Kurdish, Somali and Slavic spelling, so a letter
or group of letters can have several sounds; a word then has several skeletons and two words may be one where any agree.
Built on the transliterations attested in Wikidata and rigour for Arabic-script and Ukrainian names, among them
AufenthV's and ICAO's; what each rule finds there is tested in tests/unit/test_folding_names.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How letters are read where nothing else is known, in Cyrillic-script, Somali and Ethiopian names.
GENERAL, CYRILLIC, SOMALI, ETHIOPIAN = "general", "cyrillic", "somali", "ethiopian"
#: All of these together.
ANY = "any"

#: Letters -> consonants they may stand for, the likeliest first; "-" is none (a vowel or silent). Dad, za and dhal are
#: d or dh in Arabic and z in Persian (Fadel ~ Fazel, Daher ~ Zaher); jim is j, and g in Egypt (Jubran ~ Gebran).
_GENERAL: Final = (
    "schtsch S szcz S chtch S shch S tsch S dsch J tch S sch S dzh J cz S sz S dj J dz S,J tz S ts S sh S zh S,J"
    " ck K kh H,K ch S,H gh K ph F th T,S dh T,S qu K ks KS ou -"
    " b B p B f F v F m M n N l L r R t T d T s S z S,T k K q K g K,J j J,- h H x H,KS c K,J,S w F,-"
)
_OTHERWISE: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Short u is u, v or w (Isakau ~ Isakov); ch is tj in Scandinavia and tx in Catalonia (Petrowitsch ~ Petrovitj).
        CYRILLIC: (
            "h K,H g K x KS,H j - c S,K ck SK,K ds S,TS tsh S dz S kh H ch S,H w F th T z S"
            " au -,F ou -,F eu -,F tj S,T tx S,TKS"
        ),
        SOMALI: "c - x H dh T j J,- w F",
        ETHIOPIAN: "x KS c K ch K,S,H z S",
    }
)
_VOWELS: Final[Mapping[str, str]] = MappingProxyType(
    {"a": "A", "e": "A", "i": "I", "y": "I", "o": "U", "u": "U", "ou": "U", "au": "U", "eu": "U", "w": "U", "j": "I"}
)
#: Names that have another form in Russian and Ukrainian, which no rule of letters explains.
_TWINS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("mykola", "mikola", "nikolay", "nikolaj"), "nikolai")
    | dict.fromkeys(("mykyta", "mikita"), "nikita")
    | dict.fromkeys(("hanna", "ganna"), "anna")
    | dict.fromkeys(("nadiia", "nadiya", "nadija", "nadezhda", "nadeschda"), "nadia")
    | dict.fromkeys(("yelena", "jelena", "elena"), "olena")
    | dict.fromkeys(("khrystyna", "chrystyna"), "kristina")
    | dict.fromkeys(("dmytro", "dimitri", "dmitry", "dmitrij", "dmitri", "dmitriy"), "dmitro")
)
_MOST_SKELETONS: Final = 8
#: The most of a word that is read in every way.
MOST_SKELETONS: Final = 12
_LONGEST_GROUP: Final = 7
#: Longer words that end in a consonant and s, js or ijs may be in Latvian, which adds them to every man's name.
_SHORTEST_LATVIAN: Final = 4


def _table(*rows: str) -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for row in rows:
        parts = row.split()
        for letters, sounds in zip(parts[::2], parts[1::2], strict=True):
            table[letters] = tuple("" if sound == "-" else sound for sound in sounds.split(","))
    return table


_TABLES: Final = {GENERAL: _table(_GENERAL)} | {name: _table(_GENERAL, own) for name, own in _OTHERWISE.items()}
#: A vowel that all transliterations begin with, so that Amir is not Mir: not y or w, nor e and i where Russian has ye.
_OPENINGS: Final = {name: re.compile("[aeiou](?=[^aeiouyjvw])") for name in _TABLES} | {
    CYRILLIC: re.compile("[ao](?=[^aeiouyj])"),
    SOMALI: re.compile("c?[aeiou](?=[^aeiouyjvw])"),
}
#: What stands for it at the head of a row of consonants.
_OPENING: Final = "a"


@dataclass(frozen=True, slots=True)
class Sounds:
    """What a word may sound like."""

    sound: str
    skeletons: tuple[str, ...]


def without_article(word: str) -> str:
    """Return a word without an article that was fused to it; short words begin so by themselves (Alma, Elias)."""
    bare = re.sub(r"^[ae]l(?=[bcdfghjkmnpqrstvwxyz])", "", word) if len(word) > 5 else word
    return bare if len(bare) >= 4 else word


def sounds_of(word: str, reading: str = GENERAL) -> Sounds:
    """Return the sounds of one word of plain letters.

    Args:
        reading: GENERAL, CYRILLIC, SOMALI, ETHIOPIAN, or ANY where nobody knows where the name comes from.
    """
    if reading == ANY:
        every = [sounds_of(word, one) for one in _TABLES]
        likeliest = [row for rows in zip_longest(*(one.skeletons for one in every)) for row in rows if row]
        return Sounds(every[0].sound, tuple(sorted(dict.fromkeys(likeliest[:MOST_SKELETONS]))))
    letters = _smoothed(_TWINS.get(word, word) if reading == CYRILLIC else word, reading)
    table = _TABLES[reading]
    skeletons, phonetic, at = [_OPENING if _OPENINGS[reading].match(letters) else ""], [], 0
    while at < len(letters):
        group = _group_at(letters, at, table)
        sounds = table.get(group)
        if sounds is not None:
            if at == 0 and group == "w" and reading != ETHIOPIAN:
                sounds = ("F",)
            skeletons = _extended(skeletons, sounds)
            phonetic.append(sounds[0] or _VOWELS.get(group, ""))
        else:
            phonetic.append(_VOWELS.get(group, ""))
        at += len(group)
    sound = _phonetic("".join(phonetic))
    rows = tuple(sorted({skeleton for skeleton in skeletons if skeleton}))
    return Sounds(sound, rows or (sound or letters,))


def _group_at(letters: str, at: int, table: Mapping[str, tuple[str, ...]]) -> str:
    for length in range(min(_LONGEST_GROUP, len(letters) - at), 1, -1):
        group = letters[at : at + length]
        if group in table:
            return group
    return letters[at]


def _extended(skeletons: list[str], sounds: tuple[str, ...]) -> list[str]:
    """Append each sound to each skeleton; the same consonant twice in a row counts once."""
    longer = [row if sound and row.endswith(sound) else row + sound for row in skeletons for sound in sounds]
    return list(dict.fromkeys(longer))[:_MOST_SKELETONS]


def _smoothed(word: str, reading: str) -> str:
    """Take away what spellings of one name differ in by rule: doubled letters, forms of Abd-, -ullah and -uddin."""
    word = re.sub(r"(.)\1+", r"\1", word)
    if reading == CYRILLIC:
        word = re.sub(r"(?<=[^aeiouys])(?:ij|j)?s$", "", word) if len(word) > _SHORTEST_LATVIAN else word
        return re.sub(r"(?:iy|yy|ij|yj|ii|yi|y|i|(?<!t)j)$", "i", word)
    word = re.sub(r"^(?:cabd|ebd)", "abd", word)
    word = re.sub(r"^abd[aeiou]*l(?=[^aeiouyh])", "abd", word)
    word = re.sub(r"^abd[aeiou]*l(?=[aeiou][^aeiouh])", "abd", word)
    word = re.sub(r"^abd[aeiou]+r(?=r)", "abd", word)
    word = re.sub(r"^(abd)[aeiou]+(?=[^aeiou])", r"\1", word)
    word = re.sub(r"(?<=[^aeiou])[aeou]+l+a+h?$", "ula", word)
    word = re.sub(r"(?<=.{2})[aeou]l?d(?:ine|in|een)$", "udin", word)
    word = without_article(word)
    return re.sub(r"(?<=[aeiou])[hx]$" if reading == SOMALI else r"(?<=[aeiou])h$", "", word)


def _phonetic(sound: str) -> str:
    sound = re.sub(r"(.)\1+", r"\1", sound)
    sound = re.sub("[AIU]*I[AIU]*", "I", sound)
    sound = re.sub("A*U[AU]*", "U", sound)
    return re.sub("(?<=.)[AIU]$", "", sound) if len(sound) > 3 else sound

"""Forms of a name, folded: every word at three levels of tolerance, and what two words may be together."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from registry.folding.identity import FAMILY, GIVEN, Form, Joined, Word
from registry.folding.letters import is_cyrillic
from registry.folding.sounds import ANY, CYRILLIC, ETHIOPIAN, GENERAL, SOMALI, sounds_of, without_article
from registry.folding.usual import USUAL
from registry.folding.words import neighbours, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ARABIC_SCRIPT: Final = "SY IQ AF IR TR LB PS JO EG LY TN DZ MA SD YE SA KW AE QA OM BH PK"
#: How the letters of a country's names are read; names from elsewhere are read in every way.
_READINGS: Final = {
    **dict.fromkeys(("UA", "RU", "BY", "MD", "KZ", "KG", "BG", "RS", "MK"), CYRILLIC),
    **dict.fromkeys(("SO", "DJ"), SOMALI),
    **dict.fromkeys(("ER", "ET"), ETHIOPIAN),
    **dict.fromkeys(_ARABIC_SCRIPT.split(), GENERAL),
}
#: A source that knows more forms of a name is read up to here.
MOST_FORMS: Final = 6
#: So many fields are remembered as folded: many people share a name, and folding is most of what a token costs.
_REMEMBERED: Final = 8_192
#: Shorter rows of consonants lose too much with one of them; so many are enough for a long word that is read one way.
_SHORTEST_BLURRED, _MOST_BLURRED = 3, 16


def reading_of(countries: Iterable[str]) -> str:
    """Return how names of people of these nationalities are read."""
    readings = {_READINGS.get(country, ANY) for country in countries}
    return readings.pop() if len(readings) == 1 else ANY


def forms_of(names: Sequence[tuple[str, str]], reading: str) -> tuple[Form[str], ...]:
    """Return the folded forms of a name.

    Args:
        names: (family, given) as written, the present name first; what one form leaves empty it has from the first.
        reading: as `registry.folding.sounds.sounds_of` takes it.
    """
    if not names:
        return ()
    family_now, given_now = names[0]
    whole = [(family or family_now, given or given_now) for family, given in names[:MOST_FORMS]]
    return tuple(dict.fromkeys(_form(family, given, reading) for family, given in dict.fromkeys(whole)))


@lru_cache(maxsize=_REMEMBERED)
def words_in(text: str, reading: str, slot: int = FAMILY) -> tuple[Word[str], ...]:
    """Return the folded words of one field."""
    return tuple(_word(word, slot, _reading(text, reading)) for word in words_of(text))


def _form(family: str, given: str, reading: str) -> Form[str]:
    families, givens = words_in(family, reading), words_in(given, reading, GIVEN)
    joined = [
        Joined(start + at, slot, skeletons)
        for start, slot, text in ((0, FAMILY, family), (len(families), GIVEN, given))
        for at, skeletons in joined_in(text, reading)
    ]
    return Form((*families, *givens), tuple(joined))


@lru_cache(maxsize=_REMEMBERED)
def joined_in(text: str, reading: str) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return (index of the first, skeletons) for each two words of a field that may be written as one."""
    read = _reading(text, reading)
    return tuple((at, sounds_of(both, read).skeletons) for at, both in neighbours(words_of(text)))


def _word(word: str, slot: int, reading: str) -> Word[str]:
    sounds = sounds_of(word, reading)
    exact = word if reading == CYRILLIC else without_article(word)
    return Word(
        slot,
        exact,
        sounds.sound,
        sounds.skeletons,
        _blurred(sounds.skeletons),
        not USUAL.isdisjoint(sounds.skeletons),
    )


def _blurred(skeletons: tuple[str, ...]) -> tuple[str, ...]:
    """Return the skeletons, and each of them with one consonant left out: rows one slip apart share one of these."""
    left_out = [
        row[:at] + row[at + 1 :] for row in skeletons if len(row) >= _SHORTEST_BLURRED for at in range(len(row))
    ]
    return tuple(dict.fromkeys((*skeletons, *left_out)))[:_MOST_BLURRED]


def _reading(text: str, reading: str) -> str:
    return CYRILLIC if is_cyrillic(text) else reading

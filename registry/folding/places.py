"""Places of birth, folded: cities under the name most offices use, and nothing for a country alone."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from registry.folding.names import words_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.folding.identity import Word

#: Countries that are written where a place is asked for; they say no more than the nationality.
_COUNTRY_NAMES: Final = (
    "syrien syria syrie suriye suria irak iraq iran persien afghanistan afganistan eritrea erythree somalia somalie"
    " soomaaliya tuerkei turkei turkey turkiye turquie ukraine ukraina ukrayina russland russia rossiya libanon lebanon"
    " jordanien jordan palaestina palastina palestine aethiopien athiopien ethiopia ethiopie sudan pakistan deutschland"
    " germany unbekannt unknown"
)
_COUNTRIES: Final = frozenset(_COUNTRY_NAMES.split())
#: Cities whose names in two languages share no sounds: (what is written, what it is read as).
_ONE_CITY: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("halab", "haleb", "heleb", "alep"), "aleppo")
    | dict.fromkeys(("dimashq", "dimaschq", "dimashk", "damas", "sham", "damascus", "damaskus", "damasc"), "damaskus")
    | dict.fromkeys(("mawsil", "mausil", "mosul", "mossul", "mousul"), "mosul")
    | dict.fromkeys(("hims", "homs"), "homs")
    | dict.fromkeys(("ladhiqiyah", "lattaquie", "lattakia", "latakia", "laodicea"), "latakia")
    | dict.fromkeys(("dara", "daraa", "deraa"), "daraa")
    | dict.fromkeys(("muqdisho", "mogadishu", "mogadischu", "mogadiscio", "xamar"), "mogadischu")
    | dict.fromkeys(("hargeysa", "hargeisa"), "hargeisa")
    | dict.fromkeys(("kyiv", "kiev", "kiew", "kyiw", "kijew"), "kiew")
    | dict.fromkeys(("lviv", "lvov", "lwiw", "lemberg", "lwow"), "lwiw")
    | dict.fromkeys(("kharkiv", "kharkov", "charkiw", "charkow", "harkiv"), "charkiw")
    | dict.fromkeys(("chernivtsi", "czernowitz", "tscherniwzi"), "tscherniwzi")
    | dict.fromkeys(("uzhhorod", "uzhgorod", "uschhorod"), "uschhorod")
    | dict.fromkeys(("amed", "diyarbakir", "diarbekr", "diyarbekir"), "diyarbakir")
    | dict.fromkeys(("hewler", "hawler", "erbil", "arbil", "irbil"), "erbil")
    | dict.fromkeys(("basra", "basrah", "bassora"), "basra")
    | dict.fromkeys(("silemani", "slemani", "sulaymaniyah", "sulaimaniya"), "sulaimaniya")
    | dict.fromkeys(("teheran", "tehran", "tehran"), "teheran")
    | dict.fromkeys(("esfahan", "isfahan"), "isfahan")
    | dict.fromkeys(("kobane", "kobani"), "kobane")
)


@lru_cache(maxsize=8_192)
def place_words(text: str, reading: str) -> tuple[Word[str], ...]:
    """Return the folded words of a place; none for a country.

    Args:
        reading: as `registry.folding.sounds.sounds_of` takes it.
    """
    words = [word for word in words_in(text, reading) if word.exact not in _COUNTRIES]
    return tuple(found for word in words for found in words_in(_ONE_CITY.get(word.exact, word.exact), reading))

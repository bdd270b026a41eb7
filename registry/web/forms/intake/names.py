"""What countries and languages are called at the counter, and which code a name stands for."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from registry.vocabulary import names
from registry.web.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Offered while typing: German, and what those who seek protection in Germany speak most; all others can be typed.
COMMON: Final = (
    "de", "ar", "prs", "fa", "ps", "kmr", "ckb", "uk", "ru", "tr", "ti", "so", "am", "om", "en", "fr", "ur", "bn", "hi",
    "pa", "az", "hy", "ka", "ce", "uz", "tg", "kk", "sq", "sr", "bs", "mk", "rom", "ro", "pl", "es", "pt", "it", "vi",
    "zh", "ha", "yo", "ig", "ff", "wo", "man", "sw", "rw", "ln", "arc",
)  # fmt: skip
#: Told apart more exactly than by CLDR: language of the page -> tag -> name.
_EXACTLY: Final = {
    "de": {"kmr": "Kurdisch (Kurmandschi)", "ckb": "Kurdisch (Sorani)", "fa": "Persisch (Farsi)"},
    "en": {"kmr": "Kurdish (Kurmanji)", "ckb": "Kurdish (Sorani)", "fa": "Persian (Farsi)"},
    "ar": {"kmr": "الكردية (الكرمانجية)", "ckb": "الكردية (السورانية)", "fa": "الفارسية (فارسي)"},
}
_ALSO_SAID: Final = {"kurmandschi": "kmr", "kurmanji": "kmr", "sorani": "ckb", "farsi": "fa"}
#: What only "Kurdish" says stays open.
_OPEN: Final = frozenset({"ku"})


def language_name(tag: str, language: str) -> str:
    """Return what a language is called where it is offered."""
    return _EXACTLY.get(language, {}).get(tag) or names.language_name(tag, language).text


def language_tag(said: str) -> str | None:
    """Return which language a name stands for; None where nobody can tell.

    Args:
        said: its name in any language of the pages, whatever the case; or its tag.
    """
    return _languages().get(said.strip().casefold())


def country_code(said: str) -> str | None:
    """Return which country a name stands for, in any language of the pages; None for what is none."""
    return _countries().get(said.strip().casefold())


@cache
def _languages() -> Mapping[str, str]:
    tags: dict[str, set[str]] = defaultdict(set)
    for language in LANGUAGES:
        for tag, name in names.language_names(language).items():
            tags[name.text.casefold()].add(tag)
            tags[tag.casefold()].add(tag)
    clear = {name: min(meant, key=lambda tag: (len(tag), tag)) for name, meant in tags.items() if not meant & _OPEN}
    exact = {name.casefold(): tag for called in _EXACTLY.values() for tag, name in called.items()}
    return clear | exact | _ALSO_SAID | {tag: tag for tag in COMMON}


@cache
def _countries() -> Mapping[str, str]:
    return {
        name.text.casefold(): code for language in LANGUAGES for code, name in names.country_names(language).items()
    }


@cache
def countries(language: str) -> Mapping[str, str]:
    """Return the names of all countries by code, in the order of their names."""
    called = {code: name.text for code, name in names.country_names(language).items()}
    return dict(sorted(called.items(), key=lambda one: normalize("NFKD", one[1]).casefold()))

"""What countries and languages are called in the languages of the interface (CLDR, through babel)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from registry.vocabulary.concepts import Name
from schemas.vocabularies.countries import COUNTRIES
from schemas.vocabularies.languages import TAG

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Plain German (de-x-plain, or however a catalogue calls it) falls back to German by the first part of its tag.
_LAST = ("en", "de")
_TAG = re.compile(TAG)
#: CLDR has names for these, which are no languages; and calls these languages by another code than offices do.
_NO_LANGUAGES = frozenset({"mis", "mul", "und", "zxx"})
_ALSO = ("kmr", "prs")


def chain(*languages: str) -> tuple[str, ...]:
    """Return in which languages to look, one after the other: those given, their plain forms, English, German."""
    order: dict[str, None] = {}
    for language in languages:
        order[language] = None
        order[language.replace("_", "-").partition("-")[0].lower()] = None
    return tuple(order | dict.fromkeys(_LAST))


def country_name(code: str, language: str) -> Name:
    """Return the name of a country, and in which language it is.

    Args:
        code: ISO 3166-1 alpha-2, or XK.
        language: target; then English, then German, then the code itself.
    """
    for tag in chain(language):
        locale = _locale(tag)
        if locale is not None and code.upper() in locale.territories:
            return Name(locale.territories[code.upper()], tag)
    return Name(code, None)


def language_name(tag: str, language: str) -> Name:
    """Return the name of a language, and in which language it is.

    Args:
        tag: BCP 47 or ISO 639, e.g. prs, fa-AF, kmr, ar; a region or script that CLDR has no name for is left out.
        language: target; then English, then German, then the tag itself.
    """
    for target in chain(language):
        locale = _locale(target)
        for key in _keys(tag):
            if locale is not None and key in locale.languages:
                return Name(locale.languages[key], target)
    return Name(tag, None)


def country_names(language: str) -> Mapping[str, Name]:
    """Return the names of all countries by code, as `country_name`."""
    return {code: country_name(code, language) for code in sorted(COUNTRIES)}


def language_names(language: str) -> Mapping[str, Name]:
    """Return the names of all languages that profiles can carry and CLDR knows, by tag, as `language_name`."""
    return {tag: language_name(tag, language) for tag in _tags()}


@lru_cache(maxsize=1)
def _tags() -> tuple[str, ...]:
    named = {str(key).replace("_", "-") for key in Locale("en").languages} - _NO_LANGUAGES
    return tuple(sorted(tag for tag in named.union(_ALSO) if _TAG.match(tag)))


@lru_cache(maxsize=64)
def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None


def _keys(tag: str) -> tuple[str, ...]:
    """Return under which keys CLDR may name a language: as it stands, by its newer code, and without its region."""
    aliases = get_global("language_aliases")
    whole = tag.replace("-", "_")
    first = whole.partition("_")[0].lower()
    return tuple(dict.fromkeys((whole, aliases.get(whole, whole), first, aliases.get(first, first))))

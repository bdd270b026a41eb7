"""What pages say: English in the code and templates, other languages in catalogues beside them (gettext)."""

from __future__ import annotations

from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import g, has_request_context

from registry.web.languages import LANGUAGES, USUAL, Language

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).parent / "translations"


def load() -> Mapping[str, NullTranslations]:
    """Return the translations of each language, with those that stand in for it behind."""
    chained = {}
    for code, language in LANGUAGES.items():
        chain = [_of(one) for one in (code, *language.stand_ins)]
        for one, following in pairwise(chain):
            one.add_fallback(following)
        chained[code] = chain[0]
    return chained


def mark(text: str) -> str:
    """Mark a text of the code for translation; whoever shows it translates it."""
    return text


def spoken() -> Language:
    """Return the language of the page that is being answered."""
    found = g.get("language") if has_request_context() else None
    return found if isinstance(found, Language) else USUAL


def _of(code: str) -> NullTranslations:
    """Return one language's own catalogue, all files of its folder together; English needs none."""
    whole = Catalog(locale=code)
    for path in sorted((FOLDER / code).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=code):
                # An empty plural form would be written as the English text, and no other language could stand in.
                if message.id and (all(message.string) if isinstance(message.string, tuple) else message.string):
                    whole.add(message.id, message.string, context=message.context)
    packed = BytesIO()
    write_mo(packed, whole)
    packed.seek(0)
    return GNUTranslations(packed)

"""What letters say: one file for each language in `texts`; whoever adds a language adds one file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from registry.errors import OperationError

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEXTS: Final = Path(__file__).parent / "texts"
#: The language of the offices stands on every letter.
_ALWAYS: Final = "de"
_LAST_RESORT: Final = "en"


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a letter says in one language; a file that lacks one of these, or has another, is refused."""

    direction: Literal["ltr", "rtl"]
    dates: str  #: the CLDR locale that days are written in
    document: str  #: what the file is called where it is shown
    title: str
    opening: str
    person: str  #: stands before her name
    sign_in_code: str
    address: str
    valid: str  #: {day} is the last day
    look_alikes: str  #: the alphabet is that of base32 (RFC 4648, 6): A to Z and 2 to 7
    image: str  #: what the QR code is, for who hears the letter
    how: str
    steps: tuple[str, str, str]
    warning: str
    warnings: tuple[str, str]
    lost: str
    lost_then: str
    codes: str
    codes_use: str
    number: str
    code: str


def languages() -> frozenset[str]:
    """Return the languages, as BCP 47 tags, in which a letter can be written."""
    return frozenset(path.stem for path in _TEXTS.glob("*.json"))


def beside_german(wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the languages of a letter for somebody: German, and the first that she wants and there are texts in.

    Args:
        wanted: BCP 47 tags, the most wanted first; a tag stands for its language too ("ar-SY" for "ar"). Where there
            are texts in none of them English stands beside German; where German comes first, nothing does.
    """
    known = languages()
    tags = [form for tag in wanted for form in (tag, tag.partition("-")[0].lower())]
    chosen = next((tag for tag in tags if tag in known), _LAST_RESORT)
    return (_ALWAYS,) if chosen == _ALWAYS else (_ALWAYS, chosen)


@cache
def wording(language: str) -> Wording:
    """Return what a letter says in a language.

    Raises:
        OperationError: there are no texts in it, or they are not complete.
    """
    if language not in languages():
        raise OperationError(f"There is no letter in the language {language[:20]!r}. Add its texts, or choose another.")
    try:
        return msgspec.json.decode((_TEXTS / f"{language}.json").read_bytes(), type=Wording)
    except msgspec.DecodeError as problem:
        raise OperationError(f"The letter's texts in {language} are not complete: {problem}") from problem

"""From the entries of identity and identifiers, as they are sealed, to a folded identity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from registry.folding.dates import birth_of
from registry.folding.identity import Identity, Number
from registry.folding.names import forms_of, reading_of
from registry.folding.places import place_words
from registry.wire.documents import standing

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Sexes that tell people apart; "x" says that nobody was asked or told.
_SEXES: Final = frozenset({"m", "w", "d"})
#: The present name leads, because forms that say less are completed from it.
_ORDER: Final = ("current", "variant", "native", "birth", "former", "alias")
_NUMBERS: Final = "identifiers."
_SHORTEST_NUMBER: Final = 5
#: Numbers that are typed from paper and said of every person, so that one wrong digit is worth recognising.
_TYPED: Final = frozenset({"azr"})
_LONGEST_TYPED: Final = 14
_MOST: Final = 8


def identity_of(documents: Iterable[bytes]) -> Identity[str]:
    """Return the folded identity that compartment documents tell of.

    Entries of other kinds are ignored, and so is what was superseded or has ended: a source takes back what is wrong,
    and keeps what was true once as a former name.

    Args:
        documents: JSON objects with a list `entries`, each with `kind` and `value` as schemas/sections have them.

    Raises:
        msgspec.DecodeError: something else.
    """
    values: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        for entry in standing(document):
            values.setdefault(entry.kind, []).append(entry.value)
    countries = _texts(values, "identity.nationality", "country")
    reading = reading_of(countries)
    names = sorted(values.get("identity.name", ()), key=_rank)
    births = [
        birth_of(_text(one, "date"), suspected=bool(one.get("placeholder_suspected")))
        for one in values.get("identity.birth-date", ())
    ]
    places = _texts(values, "identity.birth-place", "place")
    return Identity(
        forms=forms_of([(_text(name, "family"), _text(name, "given")) for name in names], reading),
        births=tuple(birth for birth in births if birth is not None)[:_MOST],
        sexes=tuple(code for code in _texts(values, "identity.sex", "code") if code in _SEXES)[:_MOST],
        nationalities=tuple(countries)[:_MOST],
        places=tuple(word for place in places for word in place_words(place, reading))[:_MOST],
        numbers=_numbers(values),
    )


def number_of(scheme: str, text: str) -> Number[str] | None:
    """Return a number in capitals and digits alone; None for too few of them, or one again and again ("unknown")."""
    number = re.sub(r"[^0-9A-Z]", "", text.upper())
    if len(number) < _SHORTEST_NUMBER or len(set(number)) == 1:
        return None
    blurred = [f"{number[:at]}?{number[at + 1 :]}" for at in range(len(number))] if scheme in _TYPED else []
    return Number(scheme, number, tuple(blurred[:_LONGEST_TYPED]))


def _texts(values: dict[str, list[dict[str, Any]]], kind: str, part: str) -> list[str]:
    return [text for one in values.get(kind, ()) if (text := _text(one, part))]


def _text(value: dict[str, Any], part: str) -> str:
    """Return a text of a value, or nothing: what was sealed unchecked must not keep anybody from being recorded."""
    found = value.get(part)
    return found if isinstance(found, str) else ""


def _rank(name: dict[str, Any]) -> int:
    form = _text(name, "form")
    return _ORDER.index(form) if form in _ORDER else len(_ORDER)


def _numbers(values: dict[str, list[dict[str, Any]]]) -> tuple[Number[str], ...]:
    """Return the numbers: offices group and punctuate them as they like."""
    found = [
        number_of(kind.removeprefix(_NUMBERS), number)
        for kind in values
        if kind.startswith(_NUMBERS)
        for number in _texts(values, kind, "number")
    ]
    return tuple(dict.fromkeys(one for one in found if one is not None))[: 2 * _MOST]

"""Lines of a list as folded identities: what the columns say, in the form in which the registry knows people."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from babel.core import get_global

from registry.folding.dates import birth_of
from registry.folding.identity import Identity
from registry.folding.names import forms_of, reading_of
from registry.folding.places import place_words
from registry.folding.reading import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Columns of a list of people; only the first must be there.
COLUMNS: Final = (
    "rec_id", "given_name", "family_name", "sex", "birth_date", "birth_place", "nationality", "azr", "phone",
)  # fmt: skip
#: How sexes are written -> how the registry says them; what is not here says nothing.
SEXES: Final = {"m": "m", "w": "w", "f": "w", "d": "d"}
_UNKNOWN: Final = "XX"
_MOST_PLACE_WORDS: Final = 8
#: ISO 3166 alpha-3 -> alpha-2, as CLDR has it.
_ALPHA_2: Final[dict[str, str]] = {
    code: meant[0] for code, meant in get_global("territory_aliases").items() if len(code) == 3 and len(meant) == 1
}


def identity_of(row: Mapping[str, str]) -> Identity[str]:
    """Return the folded identity that a line tells of; what it does not say is empty.

    Args:
        row: texts by COLUMNS. Dates are ISO; 00 stands for what is not known, and a month or day that no calendar has
            for a slip of the pen. Nationalities are ISO 3166 codes of two or three letters.
    """
    country = country_of(row["nationality"])
    reading = reading_of([country] if country else [])
    family, given = row["family_name"], row["given_name"]
    birth = birth_of(row["birth_date"], mistyped=True)
    sex = SEXES.get(row["sex"].strip().lower())
    numbers = (number_of(scheme, row[scheme]) for scheme in ("azr", "phone"))
    return Identity(
        forms=forms_of([(family, given)], reading) if family or given else (),
        births=() if birth is None else (birth,),
        sexes=() if sex is None else (sex,),
        nationalities=(country,) if country else (),
        places=place_words(row["birth_place"], reading)[:_MOST_PLACE_WORDS],
        numbers=tuple(number for number in numbers if number is not None),
    )


@lru_cache(maxsize=1_024)
def country_of(code: str) -> str | None:
    """Return an ISO 3166 alpha-2 code; None for what names no country (XXA stateless, XXX unclear)."""
    plain = code.strip().upper()
    country = plain if len(plain) == 2 else _ALPHA_2.get(plain)
    return None if country == _UNKNOWN else country

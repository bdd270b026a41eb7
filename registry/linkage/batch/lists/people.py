"""Columns of a list of people, and how sexes and countries are written in them."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from babel.core import get_global

#: Columns of a list of people; only the first must be there.
COLUMNS: Final = (
    "rec_id", "given_name", "family_name", "sex", "birth_date", "birth_place", "nationality", "azr", "phone",
)  # fmt: skip
#: How sexes are written -> how the registry says them; what is not here says nothing.
SEXES: Final = {"m": "m", "w": "w", "f": "w", "d": "d"}
_UNKNOWN: Final = "XX"
#: ISO 3166 alpha-3 -> alpha-2, as CLDR has it.
_ALPHA_2: Final[dict[str, str]] = {
    code: meant[0] for code, meant in get_global("territory_aliases").items() if len(code) == 3 and len(meant) == 1
}


@lru_cache(maxsize=1_024)
def country_of(code: str) -> str | None:
    """Return an ISO 3166 alpha-2 code; None for what names no country (XXA stateless, XXX unclear)."""
    plain = code.strip().upper()
    country = plain if len(plain) == 2 else _ALPHA_2.get(plain)
    return None if country == _UNKNOWN else country

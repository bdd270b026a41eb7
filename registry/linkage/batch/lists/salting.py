"""High protection: tokens of a name that are equal only among people of one birth year, or of one day and month.

Without salt a token of "Mohammad" is the same for everybody who bears it, so it can be told by how often it occurs;
with a salt each year has another. Who asks knows the date in clear and makes tokens for the years around it
too; names whose dates have neither year nor day in common cannot be compared, which is the price.
"""

from __future__ import annotations

from typing import Final

from registry.folding.dates import birth_of
from registry.folding.identity import NEAR_YEARS, NO_YEAR

#: Salts of a line: its year, the years around it, its day and month.
SALTS: Final = len(NEAR_YEARS) + 2
OWN, DAY_AND_MONTH = 0, SALTS - 1


def salts_of(date: str, *, asking: bool) -> tuple[str | None, ...]:
    """Return the salts of a line; None for those it has not.

    Args:
        date: as a list has it.
        asking: also the years around its own.
    """
    birth = birth_of(date, mistyped=True)
    if birth is None:
        return (NO_YEAR, *[None] * (SALTS - 1))
    near = [f"{int(birth.year) + years:04}" if asking else None for years in NEAR_YEARS]
    return (birth.year, *near, birth.anniversary)

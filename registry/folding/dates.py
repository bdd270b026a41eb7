"""Birth dates with what offices do to them: unknown days become the first, day and month change places, digits slip."""

from __future__ import annotations

from datetime import date

from registry.clock import now
from registry.folding.identity import Birth

#: Days that stand for "only the year is known".
_PLACEHOLDERS = frozenset({(1, 1), (12, 31)})
#: Nobody alive was born before.
_FIRST_YEAR = 1880
_MOST_DAYS = 31


def birth_of(partial: str, *, suspected: bool = False, mistyped: bool = False) -> Birth[str] | None:
    """Return a folded birth date; None for text that is none, or that says "unknown" in digits.

    9999-99-99 is no evidence: nobody was born before 1880 or will be next year, and no slip of the pen makes both the
    month and the day more than 31.

    Args:
        partial: "1990", "1990-03" or "1990-03-14".
        suspected: the source itself says that day and month are not known.
        mistyped: take also a month or day that no calendar has, for a slip of the pen.
    """
    try:
        year, *rest = (int(part) for part in partial.split("-"))
        month, day = (*rest, *[0] * (2 - len(rest)))  # 0: not said
        if mistyped:
            date(year, 1, 1)
        else:
            date(year, month or 1, day or 1)
    except ValueError:
        return None
    if not (_FIRST_YEAR <= year <= now().year and 0 <= month <= 99 and 0 <= day <= 99):
        return None
    if month > _MOST_DAYS and day > _MOST_DAYS:
        return None
    if not month and not day:
        return _birth(f"{year:04}")
    if not day and month:
        return _birth(f"{year:04}", month=f"{year:04}-{month:02}")
    placeholder = suspected or (month, day) in _PLACEHOLDERS
    whole = f"{year:04}-{month:02}-{day:02}"
    return Birth(
        year=f"{year:04}",
        near=_beside(year, 1),
        far=_beside(year, 2),
        decade=() if placeholder else tuple(f"{other}{whole[4:]}" for other in _beside(year, 10)),
        month=f"{year:04}-{month:02}",
        day=whole,
        swapped=f"{year:04}-{day:02}-{month:02}" if day != month and (mistyped or day <= 12) else None,
        anniversary=None if placeholder else f"{min(month, day):02}-{max(month, day):02}",
        blurred=() if placeholder else tuple(f"{whole[:at]}?{whole[at + 1 :]}" for at in range(10) if whole[at] != "-"),
        placeholder=placeholder,
        first=day == 1,
    )


def _beside(year: int, years: int) -> tuple[str, ...]:
    return f"{year - years:04}", f"{year + years:04}"


def _birth(year: str, *, month: str | None = None) -> Birth[str]:
    return Birth(
        year=year,
        near=_beside(int(year), 1),
        far=_beside(int(year), 2),
        decade=(),
        month=month,
        day=None,
        swapped=None,
        anniversary=None,
        blurred=(),
        placeholder=False,
        first=False,
    )

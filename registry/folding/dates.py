"""Birth dates with what offices do to them: unknown days become the first, day and month change places, digits slip."""

from __future__ import annotations

from datetime import date

from registry.folding.identity import Birth

#: Days that stand for "only the year is known".
_PLACEHOLDERS = frozenset({(1, 1), (12, 31)})


def birth_of(partial: str, *, suspected: bool = False) -> Birth[str] | None:
    """Return a folded birth date; None for text that is none.

    Args:
        partial: "1990", "1990-03" or "1990-03-14".
        suspected: the source itself says that day and month are not known.
    """
    try:
        year, *rest = (int(part) for part in partial.split("-"))
        month, day = (*rest, *[0] * (2 - len(rest)))  # 0: not said
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    if not month:
        return _birth(f"{year:04}")
    if not day:
        return _birth(f"{year:04}", month=f"{year:04}-{month:02}")
    placeholder = suspected or (month, day) in _PLACEHOLDERS
    whole = f"{year:04}-{month:02}-{day:02}"
    return Birth(
        year=f"{year:04}",
        near=_near(year),
        month=f"{year:04}-{month:02}",
        day=whole,
        swapped=f"{year:04}-{day:02}-{month:02}" if day != month and day <= 12 else None,
        anniversary=None if placeholder else f"{min(month, day):02}-{max(month, day):02}",
        blurred=() if placeholder else tuple(f"{whole[:at]}?{whole[at + 1 :]}" for at in range(10) if whole[at] != "-"),
        placeholder=placeholder,
        first=day == 1,
    )


def _near(year: int) -> tuple[str, ...]:
    return f"{year - 1:04}", f"{year + 1:04}"


def _birth(year: str, *, month: str | None = None) -> Birth[str]:
    return Birth(
        year=year,
        near=_near(int(year)),
        month=month,
        day=None,
        swapped=None,
        anniversary=None,
        blurred=(),
        placeholder=False,
        first=False,
    )

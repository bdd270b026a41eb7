"""Days as German offices write them, and as we do: as far as they are known."""

from __future__ import annotations

import re

from adapters.translation.words import is_partial_date

#: 24.05.1998; an unknown day or month is left out or written as 00.
_GERMAN = re.compile(r"(?:(?:([0-9]{1,2})\.)?([0-9]{1,2})\.)?([0-9]{4})")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


def day_of(text: str) -> str | None:
    """Return "24.05.1998", "00.05.1998", "05.1998" or "1998" in our form; None for what is no day."""
    found = _GERMAN.fullmatch(text)
    if found is None:
        return text if is_partial_date(text) else None
    day, month, year = found.groups()
    parts = [year]
    if month and int(month):
        parts.append(f"{int(month):02d}")
        if day and int(day):
            parts.append(f"{int(day):02d}")
    elif day and int(day):
        return None  # a day of no month
    partial = "-".join(parts)
    return partial if is_partial_date(partial) else None


def german_day(partial: str) -> str:
    """Return a partial date as German offices write it."""
    return ".".join(reversed(partial.split("-")))


def is_month(text: str) -> bool:
    """Say whether a text is a year with a month and no day."""
    return bool(_MONTH.fullmatch(text)) and is_partial_date(text)

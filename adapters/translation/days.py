"""Days as agencies write them and as we do: as far as they are known, in order, or standing in for unknown ones."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError

from schemas.fields import precision_of

#: 24.05.1998, 24.5.1998, 05.1998, 1998; an unknown day or month is left out or written as 00.
_GERMAN = re.compile(r"(?:(?:([0-9]{1,2})\.)?([0-9]{1,2})\.)?([0-9]{4})")
_MONTH_CHARACTERS = len("1998-05")
_DAY_CHARACTERS = len("1998-05-24")
#: The elements in which XAusländer says how much of a date is known, by the length of a date in our form.
ELEMENTS = {_DAY_CHARACTERS: "jahrMonatTag", _MONTH_CHARACTERS: "jahrMonat", 4: "jahr"}


def is_partial_date(text: str) -> bool:
    """Say whether a text is a date as far as it is known, in our form."""
    try:
        precision_of(text)
    except ValidationError:
        return False
    return True


def day_of(text: str) -> str | None:
    """Return a date as far as it is known, in our form, of a German or an ISO one; None for what is no date.

    A day is kept as it stands: whether 01.01. stands in for an unknown day is said by `birth_date`.
    """
    said = text.strip()
    found = _GERMAN.fullmatch(said)
    if found is None:
        return said if is_partial_date(said) else None
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


def day_of_moment(text: str) -> str | None:
    """Return the day of a moment in ISO form; None for what begins with no date."""
    day = text[:_DAY_CHARACTERS]
    return day if is_partial_date(day) else None


def german_day(partial: str) -> str:
    """Return a partial date as German offices write it."""
    return ".".join(reversed(partial.split("-")))


def is_month(text: str) -> bool:
    """Say whether a text is a year with a month and no day, in our form."""
    return len(text) == _MONTH_CHARACTERS and is_partial_date(text)


def is_day(text: str) -> bool:
    """Say whether a text is a whole day, in our form."""
    return len(text) == _DAY_CHARACTERS and is_partial_date(text)


def birth_date(day: str) -> dict[str, Any]:
    """Return the value of a birth date; 1 January often stands in for an unknown day."""
    return {"date": day, "placeholder_suspected": day.endswith("-01-01")}


def ends_before_start(start: str | None, end: str | None) -> bool:
    """Say whether an end is before the start, as far as both are known: then neither is taken, and both are kept."""
    known = min(len(start or ""), len(end or ""))
    return (end or "")[:known] < (start or "")[:known]


def filled_element(content: Any) -> str | None:  # noqa: ANN401 - any part of a document
    """Return which of the elements for a partly known date says something; None for none, and for several."""
    found = [name for name in ELEMENTS.values() if content.get(name)] if isinstance(content, dict) else []
    return found[0] if len(found) == 1 else None

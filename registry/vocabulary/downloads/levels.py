"""Codes whose length is their level, and the leading zeros that spreadsheets take away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from registry.vocabulary.concepts import Concept, MalformedFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Only the armed forces begin with a zero: 01 to 01499 in KldB 2010, 01 to 0310 in ISCO-08.
_ARMED = re.compile(r"01([1-4](0[0-9]?)?)?|0[1-3](10?)?")


def restored(text: str, level: int) -> str | None:
    """Return a code of so many digits, with the zero that a spreadsheet took; None if it is none.

    A code that is too short for another reason gets no zero: it would name another occupation.
    """
    digits = re.sub(r"^B\s*(?=[0-9])", "", text.strip())
    if not re.fullmatch(r"[0-9]+", digits):
        return None
    if len(digits) == level - 1 and _ARMED.fullmatch("0" + digits):
        digits = "0" + digits
    return digits if len(digits) == level else None


def check_parents(file: str, known: Mapping[str, Concept]) -> None:
    """Refuse codes that hang in the air.

    Raises:
        MalformedFileError: what a code lies within is missing.
    """
    for code, concept in known.items():
        if concept.parent is not None and concept.parent not in known:
            raise MalformedFileError(file, 0, f"{code} lies within {concept.parent}, which is missing.")

"""Reasons and differences in words, for a human who decides; no value is ever in them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.wire.linking import Reason

_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "family-name": "family name",
        "given-name": "given name",
        "name": "name",
        "birth-date": "birth date",
        "sex": "sex",
        "nationality": "nationality",
        "birth-place": "birth place",
        "azr": "AZR number",
        "phone": "telephone number",
        "bamf": "BAMF file number",
        "ba-customer": "customer number",
        "ba-reference": "reference of the applicant profile",
        "jobcenter-case": "number of the community of need",
    }
)
_SPELLINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "exact": "same {0}",
        "sound": "same {0} in another spelling",
        "spelling": "{0} that may be another transliteration of the same",
        "close": "{0} that differs in one sign",
        "joined": "{0} written as one word here and as two there",
    }
)
_BIRTH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "exact": "same birth date",
        "placeholder": "same birth year, day and month unknown on both sides",
        "swapped": "same birth date with day and month exchanged",
        "month": "same birth month, day unknown",
        "year": "birth year equal, day unknown",
        "near": "neighbouring birth years, day unknown",
        "beside": "neighbouring birth years, day known on one side only",
        "far": "birth years two apart, day unknown",
        "digit": "birth dates that differ in one digit",
        "anniversary": "same day and month of birth in neighbouring years",
        "decade": "same day and month of birth ten years apart",
    }
)


def words(reason: Reason) -> str:
    """Return what a reason says in English, for example "same family name in another spelling".

    Raises:
        KeyError: the linker gives no such reason.
    """
    if reason.attribute == "birth-date":
        return _BIRTH[reason.level]
    said = _SPELLINGS[reason.level].format(_ATTRIBUTES[reason.attribute])
    return f"{said}, once as family name and once as given name" if reason.code == "moved" else said


def difference(attribute: str) -> str:
    """Return in English that an attribute contradicts, for example "other birth date"."""
    return f"other {_ATTRIBUTES[attribute]}"

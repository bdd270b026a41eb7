"""What she said herself while a link stood, as a page asks about it and as it comes back: kept or taken back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from registry.web import showing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from registry.web.showing import Shown
    from schemas.entries import Entry

#: Before the id of an entry in the name of its field.
_FIELD: Final = "counts-"
BACK: Final = "back"


@dataclass(frozen=True, slots=True)
class Asked:
    """An entry of hers that she is asked about."""

    name: str  #: of its field
    shown: Shown
    at: datetime
    is_back: bool  #: she chose to take it back


def asked(entries: Iterable[Entry], chosen: Mapping[str, str]) -> list[Asked]:
    """Return entries as a page asks about them.

    Args:
        chosen: the form, where it was sent already.
    """
    listed = list(entries)
    terms = showing.terms_of([one.value for one in listed])
    return [
        Asked(
            f"{_FIELD}{one.id}",
            showing.shown(one.kind, one.value, terms),
            one.recorded_at,
            chosen.get(f"{_FIELD}{one.id}") == BACK,
        )
        for one in listed
    ]


def taken_back(chosen: Mapping[str, str]) -> list[UUID]:
    """Return the entries that she takes back; all others she keeps."""
    found = []
    for name, value in chosen.items():
        if name.startswith(_FIELD) and value == BACK:
            with suppress(ValueError):
                found.append(UUID(name.removeprefix(_FIELD)))
    return found

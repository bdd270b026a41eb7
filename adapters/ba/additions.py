"""What we add to a profile in BA's form, under one name of ours, because BA's own fields have no place for it.

`einmal.stand`: since when a statement holds, where that is another day than the profile's own `stand`.
`einmal.aussagen`: what BA's office stated itself and BA's fields cannot say, word for word as we keep it.
`einmal.vonAnderen`: what other sources stated and BA may use. Read again it is left out: it never becomes BA's own.
`einmal.eintrag`: our id of somebody whom the office recorded here and BA's system has no number of. Such a profile is
for people to read: taken in again it would be a second record of the same person, so it is refused.
`einmal.am`: when the profile was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.contract import Unmapped
from adapters.translation.leftovers import pointer
from adapters.translation.statements import is_statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.translation.leftovers import Document, Path

NAME = "einmal"
_STAND, _STATED, _OTHERS, _RECORD, _AT = "stand", "aussagen", "vonAnderen", "eintrag", "am"
_NUMBERS = frozenset({"identifiers.ba-reference", "identifiers.ba-customer"})
#: What is said of the words of others.
REPORT = Unmapped(f"/{NAME}/{_OTHERS}", kept=False, reason="stated by others: it does not become the sender's own")


def days_of(document: Document) -> dict[tuple[str, str], str | None]:
    """Return since when the statements of a place and kind hold, where the profile says so."""
    found: dict[tuple[str, str], str | None] = {}
    for index, one in enumerate(_listed(document, _STAND)):
        if isinstance(one, dict) and one.keys() == {"angabe", "art", "seit"} and all(map(_is_name, one.values())):
            found[one["angabe"], one["art"]] = one["seit"]
            document.take((NAME, _STAND, index))
    return found


def stated_in(document: Document) -> list[dict[str, Any]]:
    """Return the statements that stand there in our own words; the engine checks each."""
    found = []
    for index, one in enumerate(_listed(document, _STATED)):
        if is_statement(one):
            found.append(one)
            document.take((NAME, _STATED, index))
    return found


def set_others_aside(document: Document) -> bool:
    """Take what others stated without making anything of it; say whether there was something."""
    document.take((NAME, _OTHERS), (NAME, _AT))
    return document.at((NAME, _OTHERS)) is not None


def is_recorded_here(document: Document) -> bool:
    """Say whether an export of ours wrote the profile of somebody who was recorded here."""
    return document.at((NAME, _RECORD)) is not None


def recorded_here(own: list[dict[str, Any]], appearance: str) -> dict[str, str]:
    """Return what marks a profile whose office stated no number of BA; empty for every other one."""
    return {_RECORD: appearance} if own and not any(entry["kind"] in _NUMBERS for entry in own) else {}


def without_others(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a profile without what is not its sender's."""
    own = dict(content)
    if isinstance(own.get(NAME), dict):
        own[NAME] = {name: value for name, value in own[NAME].items() if name not in {_OTHERS, _AT}}
    return own


def added(
    days: list[tuple[Path, Mapping[str, Any]]],
    stated: list[dict[str, Any]],
    others: list[dict[str, Any]],
    *,
    mark: Mapping[str, str],
    at: str,
) -> dict[str, Any]:
    """Return the field to add to a profile; empty where nothing is to be added.

    Args:
        days: places and entries whose day is not the profile's own.
        mark: of somebody recorded here.
    """
    dated = [{"angabe": pointer(path), "art": entry["kind"], "seit": entry.get("valid_from")} for path, entry in days]
    parts = {_STAND: dated, _STATED: stated, _OTHERS: others}
    said: dict[str, Any] = {name: part for name, part in parts.items() if part} | dict(mark)
    return {NAME: said | {_AT: at}} if said else {}


def _listed(document: Document, name: str) -> list[Any]:
    listed = document.at((NAME, name))
    return listed if isinstance(listed, list) else []


def _is_name(value: object) -> bool:
    return value is None or isinstance(value, str)

"""Lines of a list as statements about who somebody is."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from registry.linkage.batch.lists.people import SEXES, country_of

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A month or day that nobody knows, as lists write it.
_SCRIPTS: Final = {"ARABIC": "Arab", "CYRILLIC": "Cyrl", "ETHIOPIC": "Ethi"}
_UNKNOWN: Final = re.compile(r"(-00)+$")


def stated(line: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what a line says as entries, in the form that `schemas.entries.EntryIn` loads; what is empty says nothing.

    Args:
        line: by the columns of `people.COLUMNS`; a telephone number is no part of who somebody is.
    """
    said = {name: text.strip() for name, text in line.items()}
    name = {"family": said["family_name"], "given": said["given_name"]}
    name = {part: text for part, text in name.items() if text}
    sex, country = SEXES.get(said["sex"].lower()), country_of(said["nationality"]) if said["nationality"] else None
    found = {
        "identity.name": name | {"form": "current", "script": _script(name)} if name else None,
        "identity.birth-date": _born(_UNKNOWN.sub("", said["birth_date"])),
        "identity.sex": {"code": sex} if sex else None,
        "identity.nationality": {"status": "known", "country": country} if country else None,
        "identity.birth-place": {"place": said["birth_place"]} if said["birth_place"] else None,
        "identifiers.azr": {"number": said["azr"]} if said["azr"] else None,
    }
    return [{"kind": kind, "value": value} for kind, value in found.items() if value is not None]


def is_enough(entries: list[dict[str, Any]]) -> bool:
    """Say whether one may ask by these who somebody is: surname, given name and birth date, or a number."""
    values = {one["kind"]: one["value"] for one in entries}
    is_named = {"family", "given"} <= values.get("identity.name", {}).keys() and "identity.birth-date" in values
    return is_named or any(kind.startswith("identifiers.") for kind in values)


def _script(name: Mapping[str, str]) -> str:
    """Return the script of the first letter; what is none of those we know is said to be Latin."""
    letters = [sign for part in name.values() for sign in part if sign.isalpha()]
    return _SCRIPTS.get(unicodedata.name(letters[0], "").partition(" ")[0], "Latn") if letters else "Latn"


def _born(date: str) -> dict[str, Any] | None:
    return {"date": date, "placeholder_suspected": date.endswith("-01-01")} if date else None

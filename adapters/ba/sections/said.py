"""What all parts of a profile share: a statement with its place, and a piece of a profile that says it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from adapters.translation.codes import reported
from adapters.translation.places import filled
from schemas.vocabularies.countries import alpha3_of, country_from_alpha3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.translation.leftovers import Path
    from adapters.translation.places import Place

#: An entry without its date, and the place in the profile that it came from: an item of a list, else an object.
Said: TypeAlias = "tuple[Path, dict[str, Any]]"
#: A profile that says nothing but one statement.
Part: TypeAlias = dict[str, Any]

#: On what the parts of a profile rest: BA's own record, the person's word, an adviser's judgement.
REGISTER = {"type": "register"}
SELF_REPORT = {"type": "self-report"}
ASSESSMENT = {"type": "assessment"}


def said(place: Place, kind: str, value: dict[str, Any], *, evidence: Mapping[str, Any]) -> Said:
    """Return an entry with its place, and take what was read for it."""
    place.take()
    return place.path, {"kind": kind, "value": value, "evidence": dict(evidence)}


def country_at(place: Place, name: str) -> str | None:
    """Return the alpha-2 code of a country that stands there as alpha-3; None for one that is no country today."""
    code = place.text(name, max_length=3)
    country = country_from_alpha3(code) if code else None
    if code and country is None:
        place.read.pop()
    return country


def country_code(value: Mapping[str, Any]) -> str | None:
    """Return the alpha-3 code of a value's country."""
    return alpha3_of(value.get("country", ""))


def occupation_at(place: Place, title: str) -> dict[str, str]:
    """Return an occupation: the title as said and BA's codes; the first five digits of a DKZ are its KldB code."""
    dkz, kldb = place.matching(r"[0-9]{5}(-[0-9]{3})?", "hauptDkz"), place.matching(r"[0-9]{1,5}", "kldb")
    return filled(title=place.text(title), kldb=kldb or (dkz and dkz[:5]), dkz=dkz)


def occupation_item(occupation: Mapping[str, str]) -> dict[str, str]:
    """Return the fields in which BA writes an occupation."""
    return filled(hauptDkz=occupation.get("dkz"), bezeichnung=occupation.get("title"), kldb=occupation.get("kldb"))


def reported_at(place: Place, **schemes: str) -> list[dict[str, str]]:
    """Return the codes of BA's own lists that stand at a place.

    Args:
        schemes: scheme of ours -> name of BA's field; `ba_abschluss` says ba-abschluss.
    """
    found = ((scheme.replace("_", "-"), place.text(name, max_length=100)) for scheme, name in schemes.items())
    return [reported(scheme, code) for scheme, code in found if code]

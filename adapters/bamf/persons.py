"""Who a message is about: names in all forms, birth, sex and nationalities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.bamf import parts
from adapters.translation.days import birth_date
from adapters.translation.words import nationality_of_destatis, script_of
from schemas.vocabularies.names import Sex

if TYPE_CHECKING:
    from adapters.translation.leftovers import Document, Path

#: The two parts of the present name, as the register and as the course administration call them.
_FAMILY, _GIVEN = ("familienname", "nachname"), ("vornamen", "vorname")
#: Elements that carry another form of the name; what has no parts of its own is a family name.
_OTHER_FORMS = {
    "abweichendeNamensschreibweise": "variant",
    "abweichendeSchreibweiseNachname": "variant",
    "geburtsname": "birth",
    "fruehererName": "former",
    "frueherername": "former",
}
_SEXES = frozenset(Sex)


def person_entries(document: Document, path: Path) -> list[dict[str, Any]]:
    """Take the basics of a person below a path; each is a statement of a register."""
    found = _names(document, path) + _birth(document, path) + _sex(document, path) + _nationalities(document, path)
    return [{"kind": kind, "value": value, "evidence": {"type": "register"}} for kind, value in found]


def _names(document: Document, path: Path) -> list[tuple[str, dict[str, Any]]]:
    found = [_name(document, path, "current")]
    for element, form in _OTHER_FORMS.items():
        places = parts.places(document, (*path, element))
        found += [_name(document, place, form) or _family_name(document, place, form) for place in places]
    return [("identity.name", name) for name in found if name]


def _name(document: Document, path: Path, form: str) -> dict[str, Any] | None:
    found = {}
    for part, elements in (("family", _FAMILY), ("given", _GIVEN)):
        leaves = [parts.leaf(document, (*path, element), inner="name") for element in elements]
        first = next(filter(None, leaves), None)
        if first:
            found[part] = first.text
            document.take(first.path)
    return {"form": form, "script": script_of("".join(found.values()))} | found if found else None


def _family_name(document: Document, path: Path, form: str) -> dict[str, Any] | None:
    name = parts.leaf(document, path, inner="name")
    if name is None:
        return None
    document.take(name.path)
    return {"form": form, "script": script_of(name.text), "family": name.text}


def _birth(document: Document, path: Path) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    day = parts.partial_date(document, (*path, "geburtsdatum"))
    if day:
        document.take(day.path)
        found.append(("identity.birth-date", birth_date(day.text)))
    place = parts.leaf(document, (*path, "geburtsort"), inner="name")
    if place:
        document.take(place.path)
        found.append(("identity.birth-place", {"place": place.text}))
    return found


def _sex(document: Document, path: Path) -> list[tuple[str, dict[str, Any]]]:
    code = parts.code(document, (*path, "geschlecht"))
    if code is None or code.text not in _SEXES:
        return []
    document.take(code.path)
    return [("identity.sex", {"code": code.text})]


def _nationalities(document: Document, path: Path) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for place in parts.places(document, (*path, "staatsangehoerigkeit")):
        for state in parts.places(document, (*place, "staat")) or [place]:
            nationality = _nationality(document, state)
            if nationality:
                found.append(("identity.nationality", nationality))
    return found


def _nationality(document: Document, path: Path) -> dict[str, Any] | None:
    code = parts.code(document, path)
    nationality = nationality_of_destatis(code.text) if code else None
    if code is None or nationality is None:
        return None
    if nationality.says_all:
        document.take(code.path)
    return dict(nationality.value)

"""Language skills as BA words them: the language by its German name, the level as said, the certificate apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.translation.words import is_partial_date, language_tag
from schemas.vocabularies.languages import Cefr

if TYPE_CHECKING:
    from adapters.translation.leftovers import Document, Path

#: BA's four words; they are no CEFR levels and never become one.
_LEVELS = {
    "grundkenntnisse": "basic",
    "erweiterte kenntnisse": "extended",
    "verhandlungssicher": "fluent",
    "muttersprache": "native",
}
_AS_SAID_LIMIT = 100


def language_entries(document: Document, valid_from: str | None) -> list[dict[str, Any]]:
    """Take every language that has a name; what else stands beside it is left."""
    listed = document.at(("sprachkenntnisse",))
    found = []
    for index in range(len(listed) if isinstance(listed, list) else 0):
        path: Path = ("sprachkenntnisse", index)
        if document.text((*path, "bezeichnung")):
            found.append(_language(document, path) | ({"valid_from": valid_from} if valid_from else {}))
    return found


def _language(document: Document, path: Path) -> dict[str, Any]:
    name, addition = document.text((*path, "bezeichnung")) or "", document.text((*path, "zusatz"))
    as_said = name.strip()
    if addition and len(as_said) + len(addition) + 3 <= _AS_SAID_LIMIT:
        as_said = f"{as_said} ({addition.strip()})"
        document.take((*path, "zusatz"))
    document.take((*path, "bezeichnung"))
    certificates = _certificates(document, (*path, "nachweis"))
    value = {
        "language": language_tag(name, addition),
        "as_said": as_said,
        "levels": _levels(document, (*path, "auspraegung")),
        "certificates": certificates,
    }
    evidence = (
        {"type": "certificate", "reference": certificates[0]["name"]} if certificates else {"type": "self-report"}
    )
    return {"kind": "languages.language", "value": value, "evidence": evidence}


def _levels(document: Document, path: Path) -> list[dict[str, Any]]:
    code = _LEVELS.get((document.text(path) or "").strip().casefold())
    if code is None:
        return []
    document.take(path)
    return [{"skill": "overall", "scale": "ba-verbal", "code": code, "cefr": None}]


def _certificates(document: Document, path: Path) -> list[dict[str, Any]]:
    name = document.text((*path, "art"))
    if name is None:
        return []
    document.take((*path, "art"))
    certificate: dict[str, Any] = {"name": name.strip(), "results": []}
    level = document.text((*path, "ger"))
    if level in set(Cefr):
        certificate["results"] = [{"skill": "overall", "scale": "cefr", "code": level, "cefr": level}]
        document.take((*path, "ger"))
    day = document.text((*path, "datum"))
    if day and is_partial_date(day):
        certificate["date"] = day
        document.take((*path, "datum"))
    return [certificate]

"""Language skills as BA words them: the language by its German name, the level as said, the certificate apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from adapters.ba.sections.said import SELF_REPORT, Part, Said, said
from adapters.translation.codes import CEFR, cefr_result, certificate, language, result
from adapters.translation.places import Place, filled, items
from adapters.translation.words import language_tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.translation.leftovers import Document

#: BA's four words; they are no CEFR levels and never become one.
_LEVELS = {
    "Grundkenntnisse": "basic",
    "Erweiterte Kenntnisse": "extended",
    "Verhandlungssicher": "fluent",
    "Muttersprache": "native",
}
_LEVEL_WORDS = {ours: theirs for theirs, ours in _LEVELS.items()}
_CEFR = {level: level for level in CEFR}
_AS_SAID_LIMIT = 100
_WITH_ADDITION = re.compile(r"([^()]+) \(([^()]+)\)")


def said_of_languages(document: Document) -> Iterator[Said]:
    """Yield every language that has a name; what else stands beside it is left."""
    for place in items(document, "sprachkenntnisse"):
        name = place.text("bezeichnung", max_length=_AS_SAID_LIMIT)
        if name:
            addition = place.text("zusatz", max_length=max(0, _AS_SAID_LIMIT - len(name) - 3))
            level = place.coded(_LEVELS, "auspraegung")
            certificates = _certificates(place)
            value = language(
                language_tag(name, addition),
                f"{name} ({addition})" if addition else name,
                levels=[result(level, "ba-verbal")] if level else [],
                certificates=certificates,
            )
            evidence = {"type": "certificate", "reference": certificates[0]["name"]} if certificates else SELF_REPORT
            yield said(place, "languages.language", value, evidence=evidence)


def part_of_language(value: Mapping[str, Any]) -> Part:
    """Return how BA would write a language: its overall level in BA's words, and one certificate."""
    said_name = value["as_said"]
    apart = _WITH_ADDITION.fullmatch(said_name)
    name, addition = apart.groups() if apart else (said_name, None)
    overall = [level for level in value["levels"] if level["skill"] == "overall"]
    words = (_LEVEL_WORDS.get(level["code"]) for level in overall if level["scale"] in {"ba-verbal", "native"})
    item = filled(
        bezeichnung=name,
        auspraegung=next(words, None),
        zusatz=addition,
        nachweis=_proof(value["certificates"][0]) if value["certificates"] else None,
    )
    return {"sprachkenntnisse": [item]}


def _proof(certificate: Mapping[str, Any]) -> dict[str, str]:
    levels = (result["cefr"] for result in certificate["results"] if result["skill"] == "overall" and result["cefr"])
    return filled(art=certificate["name"], ger=next(levels, None), datum=certificate.get("date"))


def _certificates(place: Place) -> list[dict[str, Any]]:
    name = place.text("nachweis", "art", max_length=200)
    if not name:
        return []
    level = place.coded(_CEFR, "nachweis", "ger")
    return [certificate(name, [cefr_result(level)] if level else [], place.day("nachweis", "datum"))]

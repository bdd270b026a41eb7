"""Looking up occupations and skills, and names of countries and languages: shared words, nothing about persons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import request
from marshmallow import ValidationError

from registry.api import pages
from registry.api.bodies import answer
from registry.db import Sessions
from registry.vocabulary import names, telling
from registry.vocabulary.concepts import Node
from schemas.resources.terms import CrossingsOut, NamesOut, TermsOut
from schemas.vocabularies.terms import Scheme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from registry.vocabulary.concepts import Name
    from registry.vocabulary.telling import NamedCrossing, Suggestion

#: Terms of one answer: without a wish, and at most.
USUAL, MOST = 10, 100
_TYPED_MOST = 200
_CODE_MOST = 300
#: A language of the interface, such as ar, de-x-plain or fa_AF; one that has no names falls back.
_LANGUAGE = r"^[A-Za-z]{2,3}([-_][0-9A-Za-z]{1,8}){0,3}$"
_USUAL_LANGUAGE = "de"


def _wish(name: str, *, required: bool = True, **schema: object) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": {"type": "string", **schema}}


_SCHEMES = [scheme.value for scheme in Scheme]
_IN_LANGUAGE = _wish("language", required=False, pattern=_LANGUAGE, default=_USUAL_LANGUAGE)
_LIMIT: dict[str, Any] = {
    "name": "limit",
    "in": "query",
    "required": False,
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
}
FINDING = (
    _wish("scheme", enum=_SCHEMES),
    _wish("text", minLength=1, maxLength=_TYPED_MOST),
    _IN_LANGUAGE,
    _LIMIT,
)
CROSSING = (
    _wish("scheme", enum=_SCHEMES),
    _wish("code", minLength=1, maxLength=_CODE_MOST),
    _wish("to", enum=_SCHEMES),
    _IN_LANGUAGE,
    _LIMIT,
)
NAMING = (_IN_LANGUAGE,)

_TERMS, _CROSSINGS, _NAMES = TermsOut(), CrossingsOut(), NamesOut()


def find() -> Response:
    """Find the occupations or skills that somebody may mean who types this: by beginnings of words, then by parts."""
    scheme, language, limit = _scheme("scheme"), _language(), pages.limit(usual=USUAL, most=MOST)
    typed = request.args.get("text", "")
    if not 1 <= len(typed) <= _TYPED_MOST:
        raise ValidationError({"text": [f"Type 1 to {_TYPED_MOST} characters."]})
    with Sessions() as session:
        found = telling.suggest(session, scheme, typed, language=language, limit=limit)
    return answer(_TERMS.dump({"terms": [_suggested(one) for one in found]}))


def cross() -> Response:
    """Say where a term leads in another list: KldB 2010, ISCO-08 and ESCO, many to many."""
    scheme, to = _scheme("scheme"), _scheme("to")
    code, language, limit = request.args.get("code", ""), _language(), pages.limit(usual=USUAL, most=MOST)
    if to is scheme:
        raise ValidationError({"to": ["Name another list than that of the code."]})
    if not (1 <= len(code) <= _CODE_MOST and code.isprintable()):
        raise ValidationError({"code": ["This is no code of any list."]})
    with Sessions() as session:
        found = telling.crossings(session, Node(scheme, code), to=to, language=language)
    return answer(_CROSSINGS.dump({"total": len(found), "crossings": [_crossing(one) for one in found[:limit]]}))


def call() -> Response:
    """Say what countries and languages are called in a language, and which language that is where it has no name."""
    language = _language()
    countries, languages = names.country_names(language), names.language_names(language)
    return answer(_NAMES.dump({"countries": _called(countries), "languages": _called(languages)}))


def _scheme(parameter: str) -> Scheme:
    try:
        return Scheme(request.args.get(parameter, ""))
    except ValueError:
        raise ValidationError({parameter: [f"Name one of these lists: {', '.join(_SCHEMES)}."]}) from None


def _language() -> str:
    language = request.args.get("language", _USUAL_LANGUAGE)
    if not re.fullmatch(_LANGUAGE, language):
        raise ValidationError({"language": ["This is no language tag (BCP 47)."]})
    return language


def _named(node: Node, name: Name) -> dict[str, object]:
    return {"scheme": node.scheme, "code": node.code, "name": name.text, "language": name.language}


def _suggested(found: Suggestion) -> dict[str, object]:
    hit = found.hit
    return _named(Node(hit.scheme, hit.code), hit.name) | {
        "matched": hit.matched,
        "is_preferred": hit.is_preferred,
        "dkz": hit.dkz,
        "broader": [_named(one.node, one.name) for one in found.broader],
    }


def _crossing(found: NamedCrossing) -> dict[str, object]:
    crossing = found.crossing
    return _named(crossing.node, found.name) | {"relation": crossing.relation, "via": crossing.via}


def _called(found: Mapping[str, Name]) -> list[dict[str, object]]:
    return [{"code": code, "name": name.text, "language": name.language} for code, name in found.items()]

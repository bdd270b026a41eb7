"""How the fields of entries are told on a page: dates and names as the reader writes them, codes in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from markupsafe import Markup, escape
from marshmallow import fields, validate

from registry.vocabulary import names
from registry.vocabulary.concepts import Node
from registry.web import texts
from registry.web.rendering import said, theirs
from registry.web.texts import mark
from registry.web.wording import codes
from registry.web.wording.fields import FIELDS
from schemas.fields import PartialDate
from schemas.vocabularies.languages import Scale
from schemas.vocabularies.terms import Scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

#: What the codes of occupations and skills are called, as they were looked up.
Terms: TypeAlias = "Mapping[Node, str]"
_SCHEMES: Final = (("kldb", Scheme.KLDB), ("dkz", Scheme.DKZ), ("isco", Scheme.ISCO), ("esco", Scheme.ESCO_OCCUPATION))
_AZR_GRADE: Final = mark("grade %(code)s of the register (AZR)")
_CERTIFICATE: Final = mark("Certificate")
_WORDS: Final = {tuple(code.value for code in of): words for of, words in codes.LISTS.items()}


@dataclass(frozen=True, slots=True)
class Row:
    """One line about an entry, ready for a page."""

    label: str
    values: tuple[Markup, ...]
    is_code: bool = False  #: of use to those who know the list of codes


Teller: TypeAlias = "Callable[[str, Any, Terms], Iterator[Row]]"


def teller(name: str, field: fields.Field[Any]) -> Teller:
    """Return how a field of an entry is told.

    Raises:
        KeyError: it carries a list of codes that has no words.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    listed = next((rule.choices for rule in field.validators if isinstance(rule, validate.OneOf)), None)
    if listed is not None:
        return _Coded(_WORDS[tuple(listed)])
    if isinstance(field, fields.List):
        return _Each(teller(name, field.inner))
    if isinstance(field, PartialDate):
        return _day
    if isinstance(field, fields.Boolean):
        return _yes_no
    return _number if isinstance(field, fields.Integer) else _words


def partial_day(partial: str) -> Markup:
    """Return a date as far as it is known, spelled out: "2019", "March 2019", "14 March 2019"."""
    return _spelled(partial, texts.spoken().code)


@lru_cache(maxsize=1024)
def _spelled(partial: str, language: str) -> Markup:
    locale = Locale.parse(language)
    year, month, day = int(partial[:4]), int(partial[5:7] or 1), int(partial[8:] or 1)
    at = date(year, month, day)
    if len(partial) == len("2019-03-14"):
        return escape(format_date(at, "long", locale=locale))
    return escape(format_skeleton("yMMMM" if len(partial) == len("2019-03") else "y", at, locale=locale))


def code(text: object) -> Markup:
    """Return a number or code, which is read from left to right in every language."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(escape(text))


@dataclass(frozen=True, slots=True)
class _Coded:
    """Tells a code of a closed list."""

    words: Mapping[str, str]

    def __call__(self, label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
        word = self.words[value]
        # A level such as B1 is a name, and no text to be translated.
        yield Row(label, (code(word) if word == value else escape(said(word)),))


@dataclass(frozen=True, slots=True)
class _Each:
    """Tells all of a list in one row."""

    one: Teller

    def __call__(self, label: str, value: Any, terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
        rows = [row for item in value for row in self.one(label, item, terms)]
        if rows:
            yield Row(label, tuple(one for row in rows for one in row.values))


def _words(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, (theirs(value),))


def _day(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, (partial_day(value),))


def _yes_no(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, (escape(said(codes.YES if value else codes.NO)),))


def _number(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, (escape(format_decimal(value, locale=texts.spoken().locale)),))


def _code(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, (code(value),))


def _small_code(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, (code(value),), is_code=True)


def _language(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, (escape(names.language_name(value, texts.spoken().code).text),))


def _country(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, (escape(names.country_name(value, texts.spoken().code).text),))


def _script(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, (escape(texts.spoken().locale.scripts.get(value, value)),))


def _json(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, (theirs(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)),))


def _occupation(label: str, value: Any, terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    found = [(name, Node(scheme, value[name])) for name, scheme in _SCHEMES if name in value]
    named = next((terms[node] for _, node in found if node in terms), None)
    if "title" in value:
        yield Row(label, (theirs(value["title"]),))
    elif named is not None:
        yield Row(label, (theirs(named),))
    elif found:
        yield Row(label, (Markup("{} {}").format(said(FIELDS[found[0][0]]), code(found[0][1].code)),))
    for name, node in found:
        yield Row(said(FIELDS[name]), (_with_name(node, terms),), is_code=True)


def _esco(label: str, value: Any, terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, (_with_name(Node(Scheme.ESCO_SKILL, value), terms),), is_code=True)


def _levels(_label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    for one in value:
        yield Row(said(codes.LANGUAGE_SKILLS[one["skill"]]), (_level(one),))


def _certificates(_label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    for one in value:
        parts = [theirs(one[name]) for name in ("name", "issuer") if name in one]
        results = [
            Markup("{}: {}").format(said(codes.LANGUAGE_SKILLS[result["skill"]]), _level(result))
            for result in one["results"]
        ]
        when = [partial_day(one["date"])] if "date" in one else []
        yield Row(said(_CERTIFICATE), (Markup(", ").join(parts + when), *results))


def _level(result: Mapping[str, Any]) -> Markup:
    """Return a level with the scale it stands on; only a level of CEFR needs no scale beside it."""
    scale, value = result["scale"], result["code"]
    known = codes.SCALE_CODES.get(scale, {}).get(value)
    said_so = theirs(value) if known is None else code(known) if known in codes.CEFR else escape(said(known))
    beside = [theirs(result["points"])] if "points" in result else []
    if result.get("cefr") and result["cefr"] != value:
        beside.append(Markup("{} {}").format(said(codes.SCALES[Scale.CEFR]), code(result["cefr"])))
    if scale == Scale.AZR_GRADE:
        said_so = escape(said(_AZR_GRADE) % {"code": value})
    elif scale not in {Scale.CEFR, Scale.NATIVE}:
        beside.insert(0, escape(said(codes.SCALES[scale])))
    return Markup("{} ({})").format(said_so, Markup(", ").join(beside)) if beside else said_so


def _grade(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, (_graded(value),))


def _graded(value: Mapping[str, Any]) -> Markup:
    scale = value["scale"]
    known = codes.SKILL_CODES.get(scale, {}).get(value["code"])
    word = escape(said(known)) if known else theirs(value["code"])
    return Markup("{} ({})").format(word, said(codes.SKILL_SCALES[scale]))


def _fields_of_action(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    if value:
        yield Row(label, tuple(Markup("{}: {}").format(theirs(one["name"]), _graded(one["grade"])) for one in value))


def _course_sections(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    yield Row(label, tuple(_listed(_course_section(one)) for one in value))


def _course_section(one: Mapping[str, Any]) -> Iterator[Markup]:
    for name in ("number", "start", "end", "lessons"):
        if name in one:
            value = partial_day(one[name]) if name in {"start", "end"} else escape(one[name])
            yield Markup("{}: {}").format(said(FIELDS[name]), value)


def _reported(label: str, value: Any, _terms: Terms) -> Iterator[Row]:  # noqa: ANN401 - JSON
    told = (
        Markup("{} – {}").format(_called(one["scheme"], one["code"]), theirs(one["label"]))
        if "label" in one
        else _called(one["scheme"], one["code"])
        for one in value
    )
    yield Row(label, tuple(told), is_code=True)


def _called(scheme: str, value: str) -> Markup:
    return code(f"{scheme} {value}")


def _with_name(node: Node, terms: Terms) -> Markup:
    own = code(node.code)
    return Markup("{} – {}").format(own, theirs(terms[node])) if node in terms else own


def _listed(parts: Iterable[Markup]) -> Markup:
    return Markup(", ").join(parts)


_BY_NAME: Final[Mapping[str, Teller]] = {
    "address": _code,
    "certificates": _certificates,
    "content": _json,
    "country": _country,
    "dkz": _small_code,
    "esco": _esco,
    "fields_of_action": _fields_of_action,
    "grade": _grade,
    "isced_field": _small_code,
    "language": _language,
    "levels": _levels,
    "number": _code,
    "occupation": _occupation,
    "path": _code,
    "reference_occupation": _occupation,
    "reported": _reported,
    "script": _script,
    "sections": _course_sections,
}

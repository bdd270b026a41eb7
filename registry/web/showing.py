"""An entry as a page shows it: what it is, a title, and rows of label and value; and on what it rests."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup, escape

from registry.db import Sessions
from registry.vocabulary import lookup
from registry.vocabulary.concepts import Node
from registry.web import texts
from registry.web.rendering import said, theirs
from registry.web.texts import mark
from registry.web.wording import codes, values
from registry.web.wording.fields import label
from registry.web.wording.kinds import KINDS
from schemas.entries import VALUE_SCHEMAS
from schemas.vocabularies.terms import Scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from registry.web.wording.values import Row, Teller, Terms
    from schemas.entries import Entry

#: By kind: of which fields the title is made. "|" separates what is taken in turn, "," and blank what stands together.
_TITLES: Final[Mapping[str, str]] = {
    "identity.name": "given family",
    "identity.birth-date": "date",
    "identity.sex": "code",
    "identity.nationality": "country|status",
    "identity.birth-place": "place,country",
    "contact.address": "street house_number,addition,postcode place,country",
    "contact.phone": "number",
    "contact.email": "address",
    "contact.language": "language",
    "residence.title": "title|category|norm",
    "residence.arrival": "date",
    "residence.employment-permission": "permission",
    "residence.place-obligation": "place",
    "languages.language": "language|as_said",
    "languages.literacy": "script",
    "education.school": "as_said|institution|german_leaving",
    "education.university": "as_said|subject|institution",
    "education.vocational": "as_said|occupation|institution",
    "education.further": "as_said|institution",
    "work.experience": "occupation",
    "work.status": "status",
    "skills.skill": "name",
    "skills.strength": "name",
    "skills.licence": "type code",
    "skills.assessment": "instrument",
    "recognition.procedure": "subject|occupation|state",
    "recognition.comparability": "subject",
    "pathway.course": "as_said|type",
    "pathway.entitlement": "type",
    "pathway.placement-test": "recommendation|level|date",
    "pathway.measure": "name",
    "pathway.placement": "occupation|employer|status",
    "pathway.outcome": "subject",
    "pathway.legal-circle": "circle|profile_position",
    "needs.training": "text",
    "needs.language": "text",
    "needs.recognition": "text",
    "needs.support": "text",
    "needs.childcare": "text",
    "goals.occupation": "occupation",
    "goals.training": "occupation|text",
    "goals.working-time": "models",
    "goals.mobility": "text",
    "unmapped.path": "path",
} | dict.fromkeys((kind for kind in KINDS if kind.startswith("identifiers.")), "number")
#: What goes without saying.
_USUAL: Final = {"placeholder_suspected": False, "holds": True}
_HERSELF: Final = mark("the person's own word")
_SOME_OFFICE: Final = mark("an office that is closed")
#: How each field of each kind is told, in the order of its schema.
_TELLERS: Final[Mapping[str, Mapping[str, Teller]]] = {
    kind: {name: values.teller(name, field) for name, field in schema().fields.items()}
    for kind, schema in VALUE_SCHEMAS.items()
}
_TERM_FIELDS: Final = ("occupation", "reference_occupation")
_SCHEMES: Final = {"kldb": Scheme.KLDB, "dkz": Scheme.DKZ, "isco": Scheme.ISCO, "esco": Scheme.ESCO_OCCUPATION}


@dataclass(frozen=True, slots=True)
class Shown:
    """What an entry says, in the language of the page."""

    kind: str
    what: str  #: what the kind is called
    title: Markup
    rows: tuple[Row, ...]
    codes: tuple[Row, ...]  #: for those who know the lists


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who said an entry, when, and on what it rests, in the language of the page."""

    source: Markup
    is_own_word: bool  #: the person herself said it
    at: datetime
    evidence: str | None
    reference: str | None  #: what the evidence is called, such as a document number
    valid_from: Markup | None
    delete_on: date | None


def shown(kind: str, value: Mapping[str, Any], terms: Terms | None = None) -> Shown:
    """Return what a statement says.

    Args:
        value: as its kind's schema keeps it.
        terms: what its codes are called, from `terms_of`; without them codes stay codes.
    """
    told = [
        (name, row)
        for name, tell in _TELLERS[kind].items()
        if value.get(name) is not None and value[name] != _USUAL.get(name)
        for row in tell(said(label(kind, name)), value[name], terms or {})
    ]
    title, taken = _title(kind, told)
    rows = [row for name, row in told if not row.is_code and row not in taken and not _repeats(name, row, title)]
    what = said(KINDS[kind])
    return Shown(kind, what, title or escape(what), tuple(rows), tuple(row for _, row in told if row.is_code))


def provenance(entry: Entry, agencies: Mapping[UUID, str]) -> Provenance:
    """Return who said an entry and on what it rests.

    Args:
        agencies: names of offices by id.
    """
    evidence = entry.evidence or {}
    said_by = (
        escape(said(_HERSELF))
        if entry.source == "person"
        else theirs(agencies[entry.source])
        if entry.source in agencies
        else escape(said(_SOME_OFFICE))
    )
    kind, reference = evidence.get("type"), evidence.get("reference")
    return Provenance(
        source=said_by,
        is_own_word=entry.source == "person",
        at=entry.recorded_at,
        evidence=said(codes.EVIDENCE[kind]) if isinstance(kind, str) else None,
        reference=reference if isinstance(reference, str) else None,
        valid_from=values.partial_day(entry.valid_from) if entry.valid_from else None,
        delete_on=entry.delete_on,
    )


def terms_of(statements: Iterable[Mapping[str, Any]]) -> Terms:
    """Return what the codes in many values are called in the language of the page; one query for each list of codes."""
    wanted: dict[Scheme, set[str]] = defaultdict(set)
    for node in (node for value in statements for node in _nodes(value)):
        wanted[node.scheme].add(node.code)
    if not wanted:
        return {}
    language = texts.spoken().code
    with Sessions() as session:
        return {
            Node(scheme, code): name.text
            for scheme, found in wanted.items()
            for code, name in lookup.labels(session, scheme, sorted(found), languages=(language,)).items()
            if name.language is not None
        }


def _nodes(value: Mapping[str, Any]) -> Iterator[Node]:
    for field in _TERM_FIELDS:
        for name, code in (value.get(field) or {}).items():
            if name in _SCHEMES:
                yield Node(_SCHEMES[name], code)
    if "esco" in value:
        yield Node(Scheme.ESCO_SKILL, value["esco"])


def _title(kind: str, told: list[tuple[str, Row]]) -> tuple[Markup | None, list[Row]]:
    """Return the title and the rows it is made of; none where no field of it was filled."""
    for choice in _TITLES[kind].split("|"):
        taken: list[Row] = []
        parts = []
        for together in choice.split(","):
            rows = [_row_of(told, name) for name in together.split()]
            found = [row for row in rows if row is not None]
            if found:
                parts.append(_one_text([Markup(", ").join(row.values) for row in found]))
                taken += found
        if parts:
            return Markup(", ").join(parts), taken
    return None, []


def _one_text(words: list[Markup]) -> Markup:
    """Return words as one; what somebody wrote reads in its own direction as a whole: given name, then family name."""
    if len(words) > 1 and all(one.startswith("<bdi>") for one in words):
        return theirs(" ".join(one.striptags() for one in words))
    return Markup(" ").join(words)


def _row_of(told: list[tuple[str, Row]], name: str) -> Row | None:
    return next((row for field, row in told if field == name and not row.is_code), None)


def _repeats(name: str, row: Row, title: Markup | None) -> bool:
    """Say whether a row only says again, in the words it was told in, what the title says."""
    words = row.values[0].striptags().casefold()
    return name == "as_said" and title is not None and title.striptags().casefold() == words

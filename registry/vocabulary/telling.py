"""What a page shows of terms: each with its name in the reader's language, and what it lies within."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.vocabulary import lookup
from registry.vocabulary.concepts import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from registry.vocabulary.concepts import Name
    from registry.vocabulary.lookup import Crossing, Hit
    from schemas.vocabularies.terms import Scheme


@dataclass(frozen=True, slots=True)
class Named:
    """A term with its name."""

    node: Node
    name: Name


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A term that was found, and what it lies within, one level up."""

    hit: Hit
    broader: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class NamedCrossing:
    """Where a term leads, with the name of what is there."""

    crossing: Crossing
    name: Name


def suggest(session: Session, scheme: Scheme, typed: str, *, language: str, limit: int) -> list[Suggestion]:
    """Return the terms that somebody may mean who typed this, as `lookup.find`."""
    hits = lookup.find(session, scheme, typed, language=language, limit=limit)
    above = lookup.broader_of(session, scheme, [hit.code for hit in hits])
    names = _names(session, (node for nodes in above.values() for node in nodes), language)
    return [Suggestion(hit, tuple(Named(node, names[node]) for node in above[hit.code])) for hit in hits]


def crossings(session: Session, start: Node, *, to: Scheme, language: str) -> list[NamedCrossing]:
    """Return where a term leads in another scheme, as `lookup.crosswalk`."""
    found = lookup.crosswalk(session, start.scheme, start.code, to=to)
    names = _names(session, (one.node for one in found), language)
    return [NamedCrossing(one, names[one.node]) for one in found]


def _names(session: Session, nodes: Iterable[Node], language: str) -> Mapping[Node, Name]:
    by_scheme: dict[Scheme, list[str]] = defaultdict(list)
    for node in nodes:
        by_scheme[node.scheme].append(node.code)
    return {
        Node(scheme, code): name
        for scheme, codes in by_scheme.items()
        for code, name in lookup.labels(session, scheme, codes, languages=(language,)).items()
    }

"""Finds terms by what people type, and says what they are called and where they lead in another scheme."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from registry.vocabulary.concepts import Name, Node
from registry.vocabulary.folding import fold
from registry.vocabulary.names import chain
from schemas.vocabularies.terms import Relation, Scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

#: Whoever looks for a KldB code knows a title.
_SEARCHED_WITH = {Scheme.KLDB: (Scheme.KLDB, Scheme.DKZ)}
#: A part of a word is looked for from this length on: German writes mechanic of motor vehicles as one word.
_PART_LETTERS = 4
_MOST = 100
#: Nobody types more of a name.
_MOST_TYPED = 200
#: Steps of a crosswalk, the best first.
_ORDER = (Relation.ONLY, Relation.FOCUS, Relation.WITHIN, Relation.ESSENTIAL, Relation.ALTERNATIVE, Relation.OPTIONAL)

# The folded words stand in an index; the rows of one term are reduced to its best before the best terms are taken.
_FIND = """
    WITH found AS (
        SELECT CASE WHEN l.scheme = 'dkz' AND :scheme <> 'dkz' THEN t.parent ELSE l.code END AS code,
               CASE WHEN l.scheme = 'dkz' THEN l.code END AS dkz, l.label, l.language,
               array_position(CAST(:languages AS text[]), l.language) AS place, l.folded <> :folded AS is_inexact,
               l.role <> 'preferred' OR l.scheme <> :scheme AS is_alternative,
               NOT starts_with(l.folded, :folded) AS is_inside, length(l.folded) AS size
        FROM term_label l JOIN term t ON (t.scheme, t.code) = (l.scheme, l.code)
        WHERE l.scheme = ANY(:schemes) AND l.language = ANY(:languages) AND t.status = 'current' AND {condition}
    ), best AS (
        SELECT DISTINCT ON (code) * FROM found
        ORDER BY code, place, is_inexact, is_alternative, is_inside, size, label
    )
    SELECT code, dkz, label, language, is_alternative FROM best
    ORDER BY place, is_inexact, is_alternative, is_inside, size, label, code LIMIT :limit"""
_BY_WORDS = text(
    _FIND.format(condition="array_to_tsvector(string_to_array(l.folded, ' '::text)) @@ CAST(:words AS tsquery)")
)
_BY_PARTS = text(_FIND.format(condition="l.folded LIKE ALL(:parts)"))
_LABELS = text(
    "SELECT code, language, label FROM term_label"
    " WHERE scheme = :scheme AND code = ANY(:codes) AND role = 'preferred' ORDER BY code, language"
)
_DIRECT = text(
    "SELECT to_code AS code, relation FROM crosswalk"
    " WHERE from_scheme = :here AND from_code = ANY(:codes) AND to_scheme = :there"
    " UNION ALL SELECT from_code, relation FROM crosswalk"
    " WHERE to_scheme = :here AND to_code = ANY(:codes) AND from_scheme = :there"
)
_BROADER = text(
    "SELECT code AS below, scheme, parent AS code FROM term"
    " WHERE scheme = :scheme AND code = ANY(:codes) AND parent IS NOT NULL"
    " UNION SELECT code, broader_scheme, broader_code FROM term_broader"
    " WHERE scheme = :scheme AND code = ANY(:codes) ORDER BY 1, 2, 3"
)
_NARROWER = text(
    "SELECT scheme, code FROM term WHERE parent = :code AND status = 'current'"
    " AND (scheme = :scheme AND scheme <> 'dkz' OR scheme = 'dkz' AND :scheme = 'kldb-2010')"
    " UNION SELECT scheme, code FROM term_broader WHERE broader_scheme = :scheme AND broader_code = :code ORDER BY 1, 2"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A term that was found."""

    scheme: Scheme
    code: str
    name: Name  #: its preferred name, as `label` gives it
    matched: str  #: the name by which it was found, in the language of the search
    is_preferred: bool  #: whether that is its preferred name
    dkz: str | None  #: BA's number of the title by which a KldB code was found


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where a term leads in another scheme."""

    node: Node
    relation: Relation  #: the weakest on the way
    via: tuple[str, ...]  #: the ISCO-08 codes on the way; empty for a direct step


def find(session: Session, scheme: Scheme, typed: str, *, language: str, limit: int = 10) -> list[Hit]:
    """Return the current terms whose names have words that begin as typed; then those that contain what was typed.

    In the language asked for first, then along its fallback chain; exact names before preferred before alternative
    ones. Case, accents and the spelling of umlauts do not count. A KldB code is found by its titles, too.

    Args:
        limit: 1 to 100 terms.
    """
    folded = fold(typed[:_MOST_TYPED])
    if not folded:
        return []
    marks: dict[str, Any] = {
        "scheme": str(scheme),
        "schemes": [str(one) for one in _SEARCHED_WITH.get(scheme, (scheme,))],
        "languages": list(chain(language)),
        "folded": folded,
        "limit": max(1, min(limit, _MOST)),
    }
    words = folded.split()
    rows = list(session.execute(_BY_WORDS, marks | {"words": " & ".join(f"'{word}':*" for word in words)}))
    if len(rows) < marks["limit"] and min(map(len, words)) >= _PART_LETTERS:
        known = {row.code for row in rows}
        rows += [
            row
            for row in session.execute(_BY_PARTS, marks | {"parts": [f"%{word}%" for word in words]})
            if row.code not in known
        ]
    rows = rows[: marks["limit"]]
    names = labels(session, scheme, [row.code for row in rows], languages=(language,))
    return [
        Hit(scheme, row.code, names[row.code], row.label, is_preferred=not row.is_alternative, dkz=row.dkz)
        for row in rows
    ]


def label(session: Session, scheme: Scheme, code: str, *, languages: Sequence[str]) -> Name:
    """Return a term's name in the first of the languages that has one, then in English, German, any; else its code.

    Retired terms keep their names.
    """
    return labels(session, scheme, [code], languages=languages)[code]


def labels(session: Session, scheme: Scheme, codes: Iterable[str], *, languages: Sequence[str]) -> Mapping[str, Name]:
    """Return the names of many terms at once, as `label`; every code asked for has one."""
    wanted = list(dict.fromkeys(codes))
    known: dict[str, dict[str, str]] = defaultdict(dict)
    for row in session.execute(_LABELS, {"scheme": str(scheme), "codes": wanted}):
        known[row.code][row.language] = row.label
    order = chain(*languages)
    return {code: _named(code, known.get(code, {}), order) for code in wanted}


def crosswalk(session: Session, scheme: Scheme, code: str, *, to: Scheme) -> list[Crossing]:
    """Return where a term leads in another scheme, the best first; many to many.

    KldB 2010 and ESCO meet in ISCO-08. A title of BA goes by its KldB code, and leads there.
    """
    if scheme is Scheme.DKZ:
        scheme, code = Scheme.KLDB, code[:5]
        if to is Scheme.KLDB:
            return [Crossing(Node(to, code), Relation.ONLY, ())]
    direct = _steps(session, scheme, [code], to=to)
    crossings = {end: Crossing(Node(to, end), relation, ()) for end, relation in direct}
    if not direct and Scheme.ISCO not in {scheme, to}:
        for isco, first in _steps(session, scheme, [code], to=Scheme.ISCO):
            for end, second in _steps(session, Scheme.ISCO, [isco], to=to):
                weaker = max(first, second, key=_ORDER.index)
                before = crossings.get(end, Crossing(Node(to, end), weaker, ()))
                best = min(before.relation, weaker, key=_ORDER.index)
                crossings[end] = Crossing(before.node, best, (*before.via, isco))
    return sorted(crossings.values(), key=lambda one: (_ORDER.index(one.relation), one.node.code))


def broader(session: Session, scheme: Scheme, code: str) -> list[Node]:
    """Return what a term lies within, one level up."""
    return broader_of(session, scheme, [code])[code]


def broader_of(session: Session, scheme: Scheme, codes: Iterable[str]) -> Mapping[str, list[Node]]:
    """Return what many terms lie within, as `broader`; every code asked for has a list, maybe an empty one."""
    found: dict[str, list[Node]] = {code: [] for code in codes}
    for row in session.execute(_BROADER, {"scheme": str(scheme), "codes": list(found)}):
        # A title's parent is a code of KldB 2010.
        above = Scheme.KLDB if row.scheme == Scheme.DKZ else Scheme(row.scheme)
        found[row.below].append(Node(above, row.code))
    return found


def narrower(session: Session, scheme: Scheme, code: str) -> list[Node]:
    """Return what lies within a term, one level down; for a KldB type its titles."""
    rows = session.execute(_NARROWER, {"scheme": str(scheme), "code": code})
    return [Node(Scheme(row.scheme), row.code) for row in rows]


def _steps(session: Session, scheme: Scheme, codes: list[str], *, to: Scheme) -> list[tuple[str, Relation]]:
    rows = session.execute(_DIRECT, {"here": str(scheme), "codes": codes, "there": str(to)})
    return sorted(((row.code, Relation(row.relation)) for row in rows), key=lambda one: (_ORDER.index(one[1]), one[0]))


def _named(code: str, known: Mapping[str, str], order: Sequence[str]) -> Name:
    for language in (*order, *sorted(known)):
        if language in known:
            return Name(known[language], language)
    return Name(code, None)

"""Puts what an import states into the tables: COPY beside them, then one statement for each kind of change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from registry import db
from registry.errors import RegistryError
from registry.vocabulary.concepts import Role
from registry.vocabulary.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import ClassVar, LiteralString

    from psycopg import Connection
    from sqlalchemy.orm import Session

    from registry.vocabulary.concepts import Concept, Contents, Node

#: Any number, the same for everybody who stores vocabularies: one import after the other.
_LOCK = 0x766F636162
#: An edition that drops more of its concepts than this share is more likely a part of a file.
MOST_RETIRED = 0.1

_TABLES: tuple[LiteralString, ...] = (
    "CREATE TEMP TABLE new_term (code text, parent text, kind text, status text) ON COMMIT DROP",
    "CREATE TEMP TABLE new_label (code text, language text, label text, role text, folded text) ON COMMIT DROP",
    "CREATE TEMP TABLE new_pair (scheme text, code text, far_scheme text, far_code text, relation text) ON COMMIT DROP",
)
# Every statement here joins whole lists. Where the planner believes that one of them is still empty, as it was when
# somebody last counted, comparing each row of it with each of the other takes minutes.
_NO_LOOPS: LiteralString = "SET LOCAL enable_nestloop = off"
_ANALYSE: tuple[LiteralString, ...] = ("ANALYZE new_term", "ANALYZE new_label", "ANALYZE new_pair")
# Concepts whose row or names differ from what is stored; what is new has no row. EXCEPT hashes, whatever the planner
# believes about tables that have just been filled.
_CHANGED: tuple[LiteralString, ...] = (
    """CREATE TEMP TABLE old_label ON COMMIT DROP AS
       SELECT l.code, l.language, l.label, l.role, l.folded FROM term_label l JOIN new_term USING (code)
       WHERE l.scheme = %(scheme)s AND l.language = ANY(%(languages)s)""",
    """CREATE TEMP TABLE changed_term ON COMMIT DROP AS
       SELECT n.code, t.code IS NULL AS is_added
       FROM new_term n LEFT JOIN term t ON t.scheme = %(scheme)s AND t.code = n.code
       LEFT JOIN (
          SELECT code FROM (
             (TABLE new_label EXCEPT TABLE old_label) UNION ALL (TABLE old_label EXCEPT TABLE new_label)
          ) differing GROUP BY code
       ) named ON named.code = n.code
       WHERE t.code IS NULL OR named.code IS NOT NULL
          OR (t.parent, t.kind, t.status) IS DISTINCT FROM (n.parent, n.kind, n.status)""",
    "ANALYZE changed_term",
)
_COUNTED: LiteralString = """
    SELECT count(*) FILTER (WHERE is_added), count(*) FILTER (WHERE NOT is_added) FROM changed_term"""
_RETIRING: LiteralString = """
    SELECT count(*) FILTER (WHERE n.code IS NULL), count(*) FROM term t LEFT JOIN new_term n USING (code)
    WHERE t.scheme = %(scheme)s AND t.status = 'current'"""
_STORE_TERMS: tuple[LiteralString, ...] = (
    """INSERT INTO term (scheme, code, parent, kind, status, edition)
       SELECT %(scheme)s, code, parent, kind, status, %(edition)s FROM new_term
       ON CONFLICT (scheme, code) DO UPDATE
       SET parent = excluded.parent, kind = excluded.kind, status = excluded.status,
           edition = coalesce(excluded.edition, term.edition)
       WHERE (term.parent, term.kind, term.status, term.edition) IS DISTINCT FROM
             (excluded.parent, excluded.kind, excluded.status, coalesce(excluded.edition, term.edition))""",
    # Each name looks for its term; the planner must not think that there are none.
    "ANALYZE term",
    """UPDATE term SET status = 'retired' WHERE scheme = %(scheme)s AND status = 'current'
       AND NOT EXISTS (SELECT 1 FROM new_term n WHERE n.code = term.code)""",
    """DELETE FROM term_label l USING changed_term c
       WHERE l.scheme = %(scheme)s AND l.code = c.code AND l.language = ANY(%(languages)s) AND NOT EXISTS (
          SELECT 1 FROM new_label w WHERE (w.code, w.language, w.label) = (l.code, l.language, l.label))""",
    """INSERT INTO term_label (scheme, code, language, label, role, folded)
       SELECT %(scheme)s, w.code, w.language, w.label, w.role, w.folded FROM new_label w JOIN changed_term USING (code)
       ON CONFLICT (scheme, code, language, label) DO UPDATE SET role = excluded.role, folded = excluded.folded
       WHERE (term_label.role, term_label.folded) IS DISTINCT FROM (excluded.role, excluded.folded)""",
    "ANALYZE term_label",
)
_ADD_TERMS: tuple[LiteralString, ...] = (
    """DELETE FROM new_label w USING term_label l
       WHERE l.scheme = %(scheme)s AND l.code = w.code AND l.language = w.language""",
    """INSERT INTO term (scheme, code, parent, kind, status) SELECT %(scheme)s, code, parent, kind, status FROM new_term
       ON CONFLICT DO NOTHING""",
    """INSERT INTO term_label (scheme, code, language, label, role, folded)
       SELECT %(scheme)s, code, language, label, role, folded FROM new_label ON CONFLICT DO NOTHING""",
)
# The near and the far end are named alike in both tables of pairs, through these.
_BROADER_GONE: LiteralString = """
    DELETE FROM term_broader b WHERE scheme = ANY(%(schemes)s) AND NOT EXISTS (SELECT 1 FROM new_pair n
    WHERE (n.scheme, n.code, n.far_scheme, n.far_code) = (b.scheme, b.code, b.broader_scheme, b.broader_code))"""
_BROADER_ADDED: LiteralString = """
    INSERT INTO term_broader (scheme, code, broader_scheme, broader_code)
    SELECT scheme, code, far_scheme, far_code FROM new_pair ON CONFLICT DO NOTHING"""
_STEPS_GONE: LiteralString = """
    DELETE FROM crosswalk c WHERE from_scheme = %(start)s AND to_scheme = %(end)s AND NOT EXISTS (
    SELECT 1 FROM new_pair n WHERE (n.code, n.far_code) = (c.from_code, c.to_code))"""
_STEPS_CHANGED: LiteralString = """
    UPDATE crosswalk c SET relation = n.relation, source = %(source)s FROM new_pair n
    WHERE (c.from_scheme, c.from_code, c.to_scheme, c.to_code) = (n.scheme, n.code, n.far_scheme, n.far_code)
      AND (c.relation, c.source) IS DISTINCT FROM (n.relation, %(source)s)"""
_STEPS_ADDED: LiteralString = """
    INSERT INTO crosswalk (from_scheme, from_code, to_scheme, to_code, relation, source)
    SELECT scheme, code, far_scheme, far_code, relation, %(source)s FROM new_pair ON CONFLICT DO NOTHING"""


class TooManyRetiredError(RegistryError):
    """An edition lacks too much of what the registry knows; nothing was stored."""

    code: ClassVar[str] = "vocabulary.retires-too-much"


@dataclass(frozen=True, slots=True)
class Counts:
    """What an import changed: concepts, or where it states none, relations."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0


def store(session: Session, contents: Contents, *, may_retire_many: bool = False) -> Counts:
    """Make the tables say what the contents state; the caller commits.

    Concepts that are gone are retired, never deleted, because profiles point at them; relations that are gone end.

    Raises:
        TooManyRetiredError: more than a tenth of the current concepts would be retired, and nobody said that they may.
    """
    driver = _prepared(session, contents)
    counts: Counts | None = None
    if contents.scheme is not None:
        counts = _store_terms(driver, contents, may_retire_many=may_retire_many)
    if contents.broader_of:
        counts = counts or _store_broader(driver, contents)
    if contents.steps_between is not None:
        steps = _store_steps(driver, contents)
        counts = counts or steps
    return counts or Counts()


def add_missing(session: Session, contents: Contents) -> int:
    """Add concepts and languages that are not there, and touch nothing that is; return how many names were added."""
    driver = _prepared(session, contents)
    marks = {"scheme": str(contents.scheme)}
    return [driver.execute(statement, marks).rowcount for statement in _ADD_TERMS][-1]


def _prepared(session: Session, contents: Contents) -> Connection[Any]:
    """Copy the contents into tables beside the real ones; return the driver's connection, in the same transaction."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    driver: Connection[Any] = db.on(session).connection.driver_connection  # type: ignore[assignment] # psycopg's
    driver.execute(_NO_LOOPS)
    for name in ("new_term", "new_label", "new_pair", "old_label", "changed_term"):
        driver.execute(f"DROP TABLE IF EXISTS {name}")  # an earlier import of this transaction
    for statement in _TABLES:
        driver.execute(statement)
    concepts = list(contents.concepts)
    _copy(driver, "COPY new_term FROM STDIN", _term_rows(concepts))
    _copy(driver, "COPY new_label FROM STDIN", _label_rows(concepts))
    pairs: list[tuple[str | None, ...]] = [(*_ends(pair), None) for pair in contents.broader]
    pairs += [(*_ends(pair), str(relation)) for pair, relation in contents.steps.items()]
    _copy(driver, "COPY new_pair FROM STDIN", pairs)
    for statement in _ANALYSE:
        driver.execute(statement)
    return driver


def _store_terms(driver: Connection[Any], contents: Contents, *, may_retire_many: bool) -> Counts:
    marks = {"scheme": str(contents.scheme), "languages": list(contents.languages), "edition": contents.edition}
    gone, current = _numbers(driver, _RETIRING, marks)
    if gone > current * MOST_RETIRED and not may_retire_many:
        raise TooManyRetiredError(
            f"{gone} of {current} current concepts of {contents.scheme} are missing in {contents.name}: is it whole?"
            " Nothing was stored. Say --retire-many if they are really gone."
        )
    for statement in _CHANGED:
        driver.execute(statement, marks)
    added, changed = _numbers(driver, _COUNTED, {})
    for statement in _STORE_TERMS:
        driver.execute(statement, marks)
    (whole,) = _numbers(driver, "SELECT count(*) FROM new_term", {})
    return Counts(added, changed, whole - added - changed, gone)


def _store_broader(driver: Connection[Any], contents: Contents) -> Counts:
    gone = driver.execute(_BROADER_GONE, {"schemes": [str(scheme) for scheme in contents.broader_of]}).rowcount
    added = driver.execute(_BROADER_ADDED).rowcount
    return Counts(added, 0, len(contents.broader) - added, gone)


def _store_steps(driver: Connection[Any], contents: Contents) -> Counts:
    if contents.steps_between is None:
        return Counts()
    start, end = contents.steps_between
    gone = driver.execute(_STEPS_GONE, {"start": str(start), "end": str(end)}).rowcount
    changed = driver.execute(_STEPS_CHANGED, {"source": contents.name}).rowcount
    added = driver.execute(_STEPS_ADDED, {"source": contents.name}).rowcount
    return Counts(added, changed, len(contents.steps) - added - changed, gone)


def _copy(driver: Connection[Any], statement: LiteralString, rows: Iterable[Sequence[str | None]]) -> None:
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _numbers(driver: Connection[Any], statement: LiteralString, marks: dict[str, Any]) -> tuple[int, ...]:
    row = driver.execute(statement, marks).fetchone()
    return tuple(row) if row else ()


def _ends(pair: tuple[Node, Node]) -> tuple[str, str, str, str]:
    near, far = pair
    return str(near.scheme), near.code, str(far.scheme), far.code


def _term_rows(concepts: Iterable[Concept]) -> Iterator[tuple[str | None, ...]]:
    for concept in concepts:
        yield concept.code, concept.parent, concept.kind, "current" if concept.is_current else "retired"


def _label_rows(concepts: Iterable[Concept]) -> Iterator[tuple[str, ...]]:
    """Yield each name once for a concept and language, in its best role."""
    order = list(Role)
    for concept in concepts:
        best: dict[tuple[str, str], Role] = {}
        for label in sorted(concept.labels, key=lambda label: order.index(label.role)):
            best.setdefault((label.language, label.text), label.role)
        for (language, words), role in best.items():
            yield concept.code, language, words, str(role), fold(words) or "?"

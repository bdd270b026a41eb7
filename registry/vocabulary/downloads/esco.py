"""ESCO's CSV downloads (esco.ec.europa.eu, classification, one package for each language), as of 1.1 to 1.2.1.

Seen in them: UTF-8, comma, header in the first line; several names in one quoted cell, a line each; labels of skills
in some languages without alternatives; some concepts twice, differing in modifiedDate only; skills without a skillType.
"""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from registry.vocabulary.concepts import ISCO_KINDS, Concept, Contents, Label, MalformedFileError, Node, Role
from registry.vocabulary.downloads import levels
from registry.vocabulary.downloads.sheet import Asked, Column, Form, Row, all_rows, rows
from schemas.vocabularies.terms import Relation, Scheme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_BASE = "http://data.europa.eu/esco"
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
#: conceptType -> scheme, and what the concepts' URIs look like.
_TYPES: Mapping[str, tuple[Scheme, re.Pattern[str]]] = MappingProxyType(
    {
        "KnowledgeSkillCompetence": (Scheme.ESCO_SKILL, re.compile(f"{_BASE}/skill/{_UUID}")),
        "SkillGroup": (
            Scheme.ESCO_SKILL_GROUP,
            re.compile(f"{_BASE}/(skill/({_UUID}|[A-Z][0-9]*([.][0-9]+)*)|isced-f/[0-9]{{2,4}})"),
        ),
        "Occupation": (Scheme.ESCO_OCCUPATION, re.compile(f"{_BASE}/occupation/{_UUID}")),
        "ISCOGroup": (Scheme.ISCO, re.compile(f"{_BASE}/isco/C[0-9]{{1,4}}")),
    }
)
#: Withdrawn concepts stay in some editions.
_GONE = {"obsolete", "deprecated", "retired"}
_CONCEPT = (
    Column("conceptType", "conceptType"),
    Column("conceptUri", "conceptUri"),
    Column("preferredLabel", "preferredLabel"),
    Column("altLabels", "altLabels"),
    Column("hiddenLabels", "hiddenLabels", required=False),
    Column("status", "status", required=False),
)
_BROADER = Form(
    tuple(Column(name, name) for name in ("conceptType", "conceptUri", "broaderType", "broaderUri")),
)
_OCCUPATION_SKILL = Form(tuple(Column(name, name) for name in ("occupationUri", "relationType", "skillUri")))
_LANGUAGE = re.compile(r"_([a-z]{2,3})(?:\s*\(\d+\))?\.csv", re.IGNORECASE)
_EDITION = re.compile(r"\bv(\d+\.\d+(\.\d+)*)\b")


def skills(files: Sequence[Path], asked: Asked) -> Contents:
    """Read skills_<lang>.csv."""
    form = Form((*_CONCEPT, Column("kind", "skillType")))
    return _concepts("esco-skills", files, form=form, concept_type="KnowledgeSkillCompetence", asked=asked)


def skill_groups(files: Sequence[Path], asked: Asked) -> Contents:
    """Read skillGroups_<lang>.csv: the hierarchy's groups and the fields of ISCED-F."""
    return _concepts("esco-skill-groups", files, form=Form(_CONCEPT), concept_type="SkillGroup", asked=asked)


def occupations(files: Sequence[Path], asked: Asked) -> Contents:
    """Read occupations_<lang>.csv; in which ISCO-08 unit group an occupation lies becomes a crosswalk."""
    form = Form((*_CONCEPT, Column("isco", "iscoGroup"), Column("code", "code", required=False)))
    within: dict[str, str] = {}
    contents = _concepts("esco-occupations", files, form=form, concept_type="Occupation", asked=asked, within=within)
    steps = {
        (Node(Scheme.ESCO_OCCUPATION, code), Node(Scheme.ISCO, isco)): Relation.WITHIN for code, isco in within.items()
    }
    return replace(contents, steps_between=(Scheme.ESCO_OCCUPATION, Scheme.ISCO), steps=steps)


def isco_groups(files: Sequence[Path], asked: Asked) -> Contents:
    """Read ISCOGroups_<lang>.csv: ISCO-08 in all languages of ESCO."""
    form = Form((*_CONCEPT, Column("code", "code")))
    return _concepts("esco-isco-groups", files, form=form, concept_type="ISCOGroup", asked=asked)


def skill_relations(files: Sequence[Path], asked: Asked) -> Contents:
    """Read broaderRelationsSkillPillar_<lang>.csv."""
    return _broader("esco-skill-relations", files, (Scheme.ESCO_SKILL, Scheme.ESCO_SKILL_GROUP), asked=asked)


def occupation_relations(files: Sequence[Path], asked: Asked) -> Contents:
    """Read broaderRelationsOccPillar_<lang>.csv; what lies above ISCO groups is in their codes already."""
    return _broader("esco-occupation-relations", files, (Scheme.ESCO_OCCUPATION,), asked=asked)


def occupation_skills(files: Sequence[Path], asked: Asked) -> Contents:
    """Read occupationSkillRelations_<lang>.csv: essential and optional skills of occupations."""
    steps: dict[tuple[Node, Node], Relation] = {}
    read = 0
    for row in all_rows(files, _OCCUPATION_SKILL, asked):
        read += 1
        pair = (_node(row, "Occupation", "occupationUri"), _node(row, "KnowledgeSkillCompetence", "skillUri"))
        if row["relationType"] not in {"essential", "optional"}:
            row.refuse(f"relationType is essential or optional, not {row['relationType']!r}.")
        relation = Relation(row["relationType"])
        if steps.setdefault(pair, relation) != relation:
            row.refuse("The same pair stands above with another relationType.")
    return Contents(
        name="esco-occupation-skill",
        read=read,
        edition=_edition(files),
        steps_between=(Scheme.ESCO_OCCUPATION, Scheme.ESCO_SKILL),
        steps=steps,
    )


def _concepts(
    name: str,
    files: Sequence[Path],
    *,
    form: Form,
    concept_type: str,
    asked: Asked,
    within: dict[str, str] | None = None,
) -> Contents:
    """Read files of one kind, each in its language; a concept is what all of them say about it."""
    known: dict[str, Concept] = {}
    languages: dict[str, None] = {}
    read = 0
    for file in files:
        language = _language(file, asked.language)
        if language in languages:
            raise MalformedFileError(file.name, 0, f"Another of the files is in {language!r} as well.")
        languages[language] = None
        here: dict[str, int] = {}
        for row in rows(file, form, asked):
            read += 1
            concept = _concept(row, concept_type, language)
            if within is not None:
                _lies_within(row, concept.code, within)
            known[concept.code] = _joined(row, known.get(concept.code), concept, above=here.get(concept.code))
            here.setdefault(concept.code, row.line)
    scheme = _TYPES[concept_type][0]
    if scheme is Scheme.ISCO:
        levels.check_parents(files[0].name, known)
    return Contents(
        name=name,
        read=read,
        languages=tuple(languages),
        edition=_edition(files),
        scheme=scheme,
        concepts=known.values(),
    )


def _concept(row: Row, concept_type: str, language: str) -> Concept:
    node = _node(row, concept_type, "conceptUri", stated=row["conceptType"])
    preferred = row.label("preferredLabel")
    if not preferred and language == "en":
        row.refuse("preferredLabel is empty; in English every concept has one.")
    labels = [Label(language, preferred, Role.PREFERRED)] if preferred else []
    labels += [Label(language, text, Role.ALTERNATIVE) for text in row.labels("altLabels")]
    labels += [Label(language, text, Role.HIDDEN) for text in row.labels("hiddenLabels")]
    kind, parent = row["kind"] or "unstated", None
    match node.scheme:
        case Scheme.ISCO:
            if row["code"].lstrip("0") != node.code.lstrip("0"):
                row.refuse(f"The code {row['code']!r} is not the one of its conceptUri.")
            kind, parent = ISCO_KINDS[len(node.code)], node.code[:-1] or None
        case Scheme.ESCO_SKILL_GROUP:
            kind = "isced-f" if "/isced-f/" in node.code else "group"
        case Scheme.ESCO_OCCUPATION:
            kind = "occupation"
        case _:
            pass
    return Concept(node.code, kind, tuple(labels), parent, row["status"].casefold() not in _GONE)


def _joined(row: Row, known: Concept | None, concept: Concept, *, above: int | None) -> Concept:
    """Return a concept with what another file, or the same once more, says about it.

    Raises:
        MalformedFileError: they contradict each other.
    """
    if known is None:
        return concept
    if (known.kind, known.parent, known.is_current) != (concept.kind, concept.parent, concept.is_current):
        row.refuse(f"{concept.code} is stated otherwise before: are these files of one edition?")
    if above is not None:
        if set(concept.labels) - set(known.labels):
            row.refuse(f"{concept.code} stands in line {above} already, with other names.")
        return known
    return replace(known, labels=(*known.labels, *concept.labels))


def _lies_within(row: Row, code: str, within: dict[str, str]) -> None:
    isco = levels.restored(row["isco"], 4)
    if isco is None:
        row.refuse(f"iscoGroup {row['isco']!r} is no unit group of ISCO-08 (four digits).")
    if within.setdefault(code, isco) != isco:
        row.refuse(f"{code} lies in {within[code]} of ISCO-08 as stated before, here in {isco}.")


def _broader(name: str, files: Sequence[Path], schemes: tuple[Scheme, ...], *, asked: Asked) -> Contents:
    pairs: dict[tuple[Node, Node], None] = {}
    read = 0
    for row in all_rows(files, _BROADER, asked):
        read += 1
        narrow = _node(row, row["conceptType"], "conceptUri")
        broad = _node(row, row["broaderType"], "broaderUri")
        if narrow == broad:
            row.refuse("A concept cannot lie within itself.")
        if narrow.scheme is Scheme.ISCO and Scheme.ESCO_OCCUPATION in schemes:
            continue
        if narrow.scheme not in schemes:
            row.refuse(f"A {row['conceptType']} does not belong into this file.")
        pairs[narrow, broad] = None
    return Contents(name=name, read=read, edition=_edition(files), broader_of=schemes, broader=pairs)


def _node(row: Row, concept_type: str, column: str, *, stated: str | None = None) -> Node:
    """Return the concept a cell names, after a look at its type and shape."""
    if concept_type not in _TYPES or stated not in {None, concept_type}:
        row.refuse(f"{stated or concept_type!r} is not the type of concept that stands in this file.")
    scheme, shape = _TYPES[concept_type]
    if not shape.fullmatch(row[column]):
        row.refuse(f"{column} {row[column]!r} is no URI of a {concept_type} in ESCO.")
    return Node(scheme, row[column].rpartition("/C")[2] if scheme is Scheme.ISCO else row[column])


def _language(file: Path, given: str | None) -> str:
    found = _LANGUAGE.search(file.name)
    if given is None and found is None:
        raise MalformedFileError(file.name, 0, "Its name does not end in its language (_de.csv): say --language.")
    return given or (found[1].lower() if found else "")


def _edition(files: Sequence[Path]) -> str | None:
    """Return what the portal's folder says: ESCO dataset - v1.2.0 - classification - de - csv."""
    found = _EDITION.search(files[0].absolute().parent.name)
    return found[1] if found else None

"""Writes vocabularies as their publishers do, from the tables that lie beside a checkout of this project.

The downloads themselves are not ours to ship. The tables (../shared/data) hold their whole content in other columns;
what comes out here has the publishers' columns, quoting, encodings and quirks.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from registry.errors import OperationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Beside the checkout.
TABLES = Path(__file__).resolve().parents[2].parent / "shared" / "data"
_ESCO = "http://data.europa.eu/esco"
_SKILLS = (
    "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,status,modifiedDate,scopeNote,"
    "definition,inScheme,description"
)
_OCCUPATIONS = (
    "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,hiddenLabels,status,modifiedDate,regulatedProfessionNote,"
    "scopeNote,definition,inScheme,description,code,naceCode"
)
_GROUPS = (
    "conceptType,conceptUri,preferredLabel,altLabels,hiddenLabels,status,modifiedDate,scopeNote,inScheme,"
    "description,code"
)
_ISCO_GROUPS = "conceptType,conceptUri,code,preferredLabel,status,altLabels,inScheme,description"
_BROADER = "conceptType,conceptUri,conceptLabel,broaderType,broaderUri,broaderLabel"
_OCCUPATION_SKILLS = "occupationUri,occupationLabel,relationType,skillType,skillUri,skillLabel"
_KLDB = (
    "Schlüssel KldB 2010, V. 2020",
    "Ebene",
    "Titel",
    "Kurztitel",
    "Allgemeine Bemerkungen",
    "Einschlüsse",
    "Umfasst ferner",
    "Ausschlüsse",
    "",
)
_CROSSWALK = (
    "KldB 2010\n(5-Steller)",
    "Bezeichnungen der KldB2010 (5-Steller)",
    "ISCO-08\n(4-Steller)",
    "Bezeichnungen der ISCO-08 (4-Steller)",
    "Umstieg eindeutig (1);\nnicht eindeutig (0)",
    "Schwerpunkt (1) und \nAnzahl der Alternativen",
)


@dataclass(frozen=True, slots=True)
class Download:
    """One import: its name and the files that belong to it."""

    name: str
    files: tuple[Path, ...]


def write_all(folder: Path) -> list[Download]:
    """Write all downloads into a folder, in the order in which they are imported.

    Raises:
        OperationError: the tables are not here.
    """
    if not TABLES.is_dir():
        raise OperationError("the vocabularies' tables do not lie beside this checkout (../shared/data)")
    folder.mkdir(parents=True, exist_ok=True)
    kldb = _kldb(folder)
    return [
        Download("isco-08", (_isco(folder),)),
        Download("esco-isco-groups", _isco_groups(folder)),
        Download("kldb-2010", (kldb,)),
        Download("kldb-2010-titles", (kldb,)),
        Download("kldb-isco-crosswalk", (_crosswalk(folder),)),
        Download("esco-skill-groups", _skill_groups(folder)),
        Download("esco-skills", _skills(folder)),
        Download("esco-skill-relations", (_skill_relations(folder),)),
        Download("esco-occupations", _occupations(folder)),
        Download("esco-occupation-relations", (_occupation_relations(folder),)),
        Download("esco-occupation-skill", (_occupation_skills(folder),)),
    ]


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of one of the tables beside this checkout."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _skills(folder: Path) -> tuple[Path, ...]:
    skills = table("esco_skills")
    return tuple(
        _esco(
            folder / f"skills_{language}.csv",
            _SKILLS,
            (
                {
                    "conceptType": "KnowledgeSkillCompetence",
                    "conceptUri": f"{_ESCO}/skill/{skill['id']}",
                    "skillType": skill["skill_type"],
                    "reuseLevel": skill["reuse_level"],
                    "preferredLabel": skill[f"label_{language}"],
                    "altLabels": skill["alt_labels_en"].replace("|", "\n") if language == "en" else "",
                    "status": "released",
                    "modifiedDate": "2024-02-19T11:19:21.953Z",
                    "inScheme": f"{_ESCO}/concept-scheme/skills\n{_ESCO}/concept-scheme/member-skills",
                    "description": skill["description_en"],
                }
                for skill in skills
            ),
        )
        for language in ("en", "de")
    )


def _occupations(folder: Path) -> tuple[Path, ...]:
    occupations = table("esco_occupations")
    return tuple(
        _esco(
            folder / f"occupations_{language}.csv",
            _OCCUPATIONS,
            (
                {
                    "conceptType": "Occupation",
                    "conceptUri": f"{_ESCO}/occupation/{one['id']}",
                    "iscoGroup": one["isco08"],
                    "preferredLabel": one[f"label_{language}"],
                    "altLabels": one[f"alt_labels_{language}"].replace("|", "\n"),
                    "status": "released",
                    "description": one["description_en"],
                    "code": one["esco_code"],
                }
                for one in occupations
            ),
        )
        for language in ("en", "de")
    )


def _skill_groups(folder: Path) -> tuple[Path, ...]:
    groups = [(_group(one["id"]), one) for one in (*table("esco_skill_groups"), *_isced_fields())]
    return tuple(
        _esco(
            folder / f"skillGroups_{language}.csv",
            _GROUPS,
            (
                {
                    "conceptType": "SkillGroup",
                    "conceptUri": uri,
                    "preferredLabel": group[f"label_{language}"],
                    "status": "released",
                    "code": group["code"],
                }
                for uri, group in groups
            ),
        )
        for language in ("en", "de")
    )


def _isced_fields() -> list[dict[str, str]]:
    return [{**field, "id": field["code"], "code": ""} for field in table("isced_f_2013")]


def _skill_relations(folder: Path) -> Path:
    groups = table("esco_skill_groups")
    known = {group["id"] for group in groups}
    pairs = [
        ("KnowledgeSkillCompetence", f"{_ESCO}/skill/{row['skill_id']}", *_broader_skill(row["broader_id"], known))
        for row in table("esco_skill_broader")
    ]
    pairs += [
        ("SkillGroup", _group(group["id"]), "SkillGroup", _group(parent))
        for group in groups
        for parent in group["parent_ids"].split("|")
        if parent
    ]
    return _pairs(folder / "broaderRelationsSkillPillar_en.csv", pairs)


def _occupation_relations(folder: Path) -> Path:
    occupations = table("esco_occupations")
    by_code = {one["esco_code"]: f"{_ESCO}/occupation/{one['id']}" for one in occupations if one["esco_code"]}
    pairs = [("ISCOGroup", f"{_ESCO}/isco/C11", "ISCOGroup", f"{_ESCO}/isco/C1")]
    for one in occupations:
        above = one["esco_code"].rpartition(".")[0]
        uri = f"{_ESCO}/occupation/{one['id']}"
        if above in by_code:
            pairs.append(("Occupation", uri, "Occupation", by_code[above]))
        else:
            pairs.append(("Occupation", uri, "ISCOGroup", f"{_ESCO}/isco/C{one['isco08']}"))
    return _pairs(folder / "broaderRelationsOccPillar_en.csv", pairs)


def _occupation_skills(folder: Path) -> Path:
    return _esco(
        folder / "occupationSkillRelations_en.csv",
        _OCCUPATION_SKILLS,
        (
            {
                "occupationUri": f"{_ESCO}/occupation/{row['occupation_id']}",
                "relationType": {"e": "essential", "o": "optional"}[row["relation"]],
                "skillType": "skill/competence",
                "skillUri": f"{_ESCO}/skill/{row['skill_id']}",
            }
            for row in table("esco_occupation_skill")
        ),
    )


def _isco_groups(folder: Path) -> tuple[Path, ...]:
    groups = table("isco08")
    return tuple(
        _esco(
            folder / f"ISCOGroups_{language}.csv",
            _ISCO_GROUPS,
            (
                {
                    "conceptType": "ISCOGroup",
                    "conceptUri": f"{_ESCO}/isco/C{group['code']}",
                    "code": group["code"],
                    "preferredLabel": group[f"label_{language}"],
                    "status": "released",
                }
                for group in groups
            ),
        )
        for language in ("en", "de")
    )


def _isco(folder: Path) -> Path:
    path = folder / "ISCO-08 EN Structure and definitions.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Level", "ISCO 08 Code", "Title EN", "Definition"])
        for group in table("isco08"):
            writer.writerow([group["level"], group["code"], group["label_en"], group["description_en"]])
    return path


def _kldb(folder: Path) -> Path:
    """Write the export of klassifikationsserver.de, which lost leading zeros and lists titles in a cell."""
    listed: dict[str, list[str]] = {}
    for title in table("kldb2010_job_titles"):
        listed.setdefault(title["kldb5"], []).append(f"{title['dkz_code']} {title['title_de']}")
    path = folder / "KldB_2010,_V._2020-DE-2025-02-03-Gliederung_mit_Erläuterung.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(_KLDB)
        for row in table("kldb2010"):
            code = str(int(row["code"]))
            titles = "  ".join(["Zugeordnete Berufe (Beispiele):", *listed.get(row["code"], ())])
            notes = (row["description_de"], "", titles if row["code"] in listed else "", "", "")
            writer.writerow([code, row["level"], row["title_de"], row["short_de"], *notes])
    return path


def _crosswalk(folder: Path) -> Path:
    """Write the sheet "Umsteiger KldB 2010 auf ISCO", saved as CSV by a German spreadsheet."""
    rows = table("kldb2010_isco08_crosswalk")
    by_kldb: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_kldb.setdefault(row["kldb5"], []).append(row)
    path = folder / "Umsteigeschluessel-KldB2010-ISCO-08.csv"
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerows([["Umsteigeschlüssel von der KldB 2010 auf die ISCO-08", *[""] * 5], *[[""] * 6] * 3])
        writer.writerow(_CROSSWALK)
        for kldb, steps in by_kldb.items():
            # One of several is the main one: the default where the table knows it, else the most frequent.
            ordered = sorted(steps, key=lambda step: (step["is_default"] != "1", -int(step["n_pairs"])))
            for number, step in enumerate(ordered, 1):
                writer.writerow([kldb, "", step["isco08"], "", int(len(steps) == 1), number])
    return path


def _broader_skill(code: str, groups: Iterable[str]) -> tuple[str, str]:
    if code in groups or code.isdecimal():
        return "SkillGroup", _group(code)
    return "KnowledgeSkillCompetence", f"{_ESCO}/skill/{code}"


def _group(code: str) -> str:
    return f"{_ESCO}/{'isced-f' if code.isdecimal() else 'skill'}/{code}"


def _pairs(path: Path, pairs: Sequence[tuple[str, str, str, str]]) -> Path:
    names = ("conceptType", "conceptUri", "broaderType", "broaderUri")
    return _esco(path, _BROADER, (dict(zip(names, pair, strict=True)) for pair in pairs))


def _esco(path: Path, header: str, rows: Iterable[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header.split(","), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path

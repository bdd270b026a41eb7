"""Writes vocabularies as their publishers do, from the tables that lie beside a checkout of this project.

The downloads themselves are not ours to ship. The tables (../shared/data) hold their whole content in other columns;
what comes out here has the publishers' columns, quoting, encodings and quirks.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from registry.bench.words import publishing
from registry.bench.words.publishing import BASE, Download, Group

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Beside the checkout.
TABLES = Path(__file__).resolve().parents[1].parent / "shared" / "data"


def write_all(folder: Path) -> list[Download]:
    """Write all downloads into a folder, in the order in which they are imported."""
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
        publishing.esco(
            folder / f"skills_{language}.csv",
            publishing.SKILLS,
            (
                {
                    "conceptType": "KnowledgeSkillCompetence",
                    "conceptUri": f"{BASE}/skill/{skill['id']}",
                    "skillType": skill["skill_type"],
                    "reuseLevel": skill["reuse_level"],
                    "preferredLabel": skill[f"label_{language}"],
                    "altLabels": skill["alt_labels_en"].replace("|", "\n") if language == "en" else "",
                    "status": "released",
                    "modifiedDate": "2024-02-19T11:19:21.953Z",
                    "inScheme": f"{BASE}/concept-scheme/skills\n{BASE}/concept-scheme/member-skills",
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
        publishing.esco(
            folder / f"occupations_{language}.csv",
            publishing.OCCUPATIONS,
            (
                {
                    "conceptType": "Occupation",
                    "conceptUri": f"{BASE}/occupation/{one['id']}",
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
        publishing.esco(
            folder / f"skillGroups_{language}.csv",
            publishing.GROUPS,
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
        ("KnowledgeSkillCompetence", f"{BASE}/skill/{row['skill_id']}", *_broader_skill(row["broader_id"], known))
        for row in table("esco_skill_broader")
    ]
    pairs += [
        ("SkillGroup", _group(group["id"]), "SkillGroup", _group(parent))
        for group in groups
        for parent in group["parent_ids"].split("|")
        if parent
    ]
    return publishing.broader(folder / "broaderRelationsSkillPillar_en.csv", pairs)


def _occupation_relations(folder: Path) -> Path:
    occupations = table("esco_occupations")
    by_code = {one["esco_code"]: f"{BASE}/occupation/{one['id']}" for one in occupations if one["esco_code"]}
    pairs = [("ISCOGroup", f"{BASE}/isco/C11", "ISCOGroup", f"{BASE}/isco/C1")]
    for one in occupations:
        above = one["esco_code"].rpartition(".")[0]
        uri = f"{BASE}/occupation/{one['id']}"
        if above in by_code:
            pairs.append(("Occupation", uri, "Occupation", by_code[above]))
        else:
            pairs.append(("Occupation", uri, "ISCOGroup", f"{BASE}/isco/C{one['isco08']}"))
    return publishing.broader(folder / "broaderRelationsOccPillar_en.csv", pairs)


def _occupation_skills(folder: Path) -> Path:
    return publishing.esco(
        folder / "occupationSkillRelations_en.csv",
        publishing.OCCUPATION_SKILLS,
        (
            {
                "occupationUri": f"{BASE}/occupation/{row['occupation_id']}",
                "relationType": {"e": "essential", "o": "optional"}[row["relation"]],
                "skillType": "skill/competence",
                "skillUri": f"{BASE}/skill/{row['skill_id']}",
            }
            for row in table("esco_occupation_skill")
        ),
    )


def _isco_groups(folder: Path) -> tuple[Path, ...]:
    groups = table("isco08")
    return tuple(
        publishing.esco(
            folder / f"ISCOGroups_{language}.csv",
            publishing.ISCO_GROUPS,
            (
                {
                    "conceptType": "ISCOGroup",
                    "conceptUri": f"{BASE}/isco/C{group['code']}",
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
    return publishing.isco(
        folder, (Group(group["code"], group["label_en"], group["description_en"]) for group in table("isco08"))
    )


def _kldb(folder: Path) -> Path:
    listed: dict[str, list[str]] = {}
    for title in table("kldb2010_job_titles"):
        listed.setdefault(title["kldb5"], []).append(f"{title['dkz_code']} {title['title_de']}")
    groups = (
        Group(row["code"], row["title_de"], row["description_de"], row["short_de"], tuple(listed.get(row["code"], ())))
        for row in table("kldb2010")
    )
    return publishing.kldb(folder, groups)


def _crosswalk(folder: Path) -> Path:
    by_kldb: dict[str, list[dict[str, str]]] = {}
    for row in table("kldb2010_isco08_crosswalk"):
        by_kldb.setdefault(row["kldb5"], []).append(row)
    # One of several is the main one: the default where the table knows it, else the most frequent.
    ordered = {
        kldb: sorted(steps, key=lambda step: (step["is_default"] != "1", -int(step["n_pairs"])))
        for kldb, steps in by_kldb.items()
    }
    return publishing.crosswalk(folder, {kldb: [step["isco08"] for step in steps] for kldb, steps in ordered.items()})


def _broader_skill(code: str, groups: Iterable[str]) -> tuple[str, str]:
    if code in groups or code.isdecimal():
        return "SkillGroup", _group(code)
    return "KnowledgeSkillCompetence", f"{BASE}/skill/{code}"


def _group(code: str) -> str:
    return f"{BASE}/{'isced-f' if code.isdecimal() else 'skill'}/{code}"

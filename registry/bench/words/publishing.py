"""The forms of the official downloads: their publishers' columns, quoting and encodings, around any content."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

BASE = "http://data.europa.eu/esco"
SKILLS = (
    "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,status,modifiedDate,scopeNote,"
    "definition,inScheme,description"
)
OCCUPATIONS = (
    "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,hiddenLabels,status,modifiedDate,regulatedProfessionNote,"
    "scopeNote,definition,inScheme,description,code,naceCode"
)
GROUPS = (
    "conceptType,conceptUri,preferredLabel,altLabels,hiddenLabels,status,modifiedDate,scopeNote,inScheme,"
    "description,code"
)
ISCO_GROUPS = "conceptType,conceptUri,code,preferredLabel,status,altLabels,inScheme,description"
OCCUPATION_SKILLS = "occupationUri,occupationLabel,relationType,skillType,skillUri,skillLabel"
_BROADER = "conceptType,conceptUri,conceptLabel,broaderType,broaderUri,broaderLabel"
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


@dataclass(frozen=True, slots=True)
class Group:
    """One code of KldB 2010 or ISCO-08 with its title and what is written about it."""

    code: str
    title: str
    notes: str = ""
    short: str = ""
    listed: tuple[str, ...] = ()  #: titles of occupations, each behind its number


def esco(path: Path, header: str, rows: Iterable[Mapping[str, str]]) -> Path:
    """Write a file of ESCO's portal; columns that a row does not have stay empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header.split(","), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def broader(path: Path, pairs: Iterable[tuple[str, str, str, str]]) -> Path:
    """Write a file of what lies within what: type and URI of the one, type and URI of the other."""
    names = ("conceptType", "conceptUri", "broaderType", "broaderUri")
    return esco(path, _BROADER, (dict(zip(names, pair, strict=True)) for pair in pairs))


def isco(folder: Path, groups: Iterable[Group]) -> Path:
    """Write ILO's structure."""
    path = folder / "ISCO-08 EN Structure and definitions.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Level", "ISCO 08 Code", "Title EN", "Definition"])
        writer.writerows([len(group.code), group.code, group.title, group.notes] for group in groups)
    return path


def kldb(folder: Path, groups: Iterable[Group]) -> Path:
    """Write the export of klassifikationsserver.de, which lost leading zeros and lists titles in a cell."""
    path = folder / "KldB_2010,_V._2020-DE-2025-02-03-Gliederung_mit_Erläuterung.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(_KLDB)
        for group in groups:
            titles = "  ".join(["Zugeordnete Berufe (Beispiele):", *group.listed]) if group.listed else ""
            notes = (group.notes, "", titles, "", "")
            writer.writerow([int(group.code), len(group.code), group.title, group.short, *notes])
    return path


def crosswalk(folder: Path, steps: Mapping[str, Sequence[str]]) -> Path:
    """Write the sheet "Umsteiger KldB 2010 auf ISCO", saved as CSV by a German spreadsheet.

    Args:
        steps: KldB code -> ISCO codes, the main one first.
    """
    path = folder / "Umsteigeschluessel-KldB2010-ISCO-08.csv"
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerows([["Umsteigeschlüssel von der KldB 2010 auf die ISCO-08", *[""] * 5], *[[""] * 6] * 3])
        writer.writerow(_CROSSWALK)
        for code, ends in steps.items():
            writer.writerows([code, "", end, "", int(len(ends) == 1), number] for number, end in enumerate(ends, 1))
    return path

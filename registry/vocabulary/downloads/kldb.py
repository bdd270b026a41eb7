"""The Klassifikation der Berufe 2010 (BA): classification, titles, and the crosswalk to ISCO-08, as CSV.

Seen: the export of klassifikationsserver.de ("KldB_2010,_V._2020-DE-…-Gliederung_mit_Erläuterung.csv": semicolons,
also at the end of each row, UTF-8, HTML entities, leading zeros sometimes lost, in older ones eight lines above the
header; columns "Schlüssel KldB 2010, V. 2020", "Ebene", "Titel", "Kurztitel", …, "Umfasst ferner" with the titles that
belong to a code). Of BA's own workbooks, to be saved as CSV, only descriptions were seen: "Umsteigeschlüssel" (header
in the fifth line: "KldB 2010 (5-Steller)", "ISCO-08 (4-Steller)", "Umstieg eindeutig (1); …", "Schwerpunkt (1) …") and
the lists of titles ("Berufsbenennungen", "KldB-2010 (5-Steller)"). So columns are found by the words in their headers.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING

from registry.vocabulary.concepts import KLDB_KINDS, Concept, Contents, Label, Node, Role
from registry.vocabulary.downloads import levels
from registry.vocabulary.downloads.sheet import Asked, Column, Row, all_rows, spreadsheet
from registry.vocabulary.folding import fold
from schemas.vocabularies.terms import Relation, Scheme

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_CODE = r"(schlüssel.*|kldb.?2010.*|systematik(position|nummer).*|klassifikation der berufe.*|code.*)"
_TITLE = r"(titel|bezeichnung(en)?|benennung)( .*)?"
_CLASSIFICATION = spreadsheet(
    (
        Column("code", _CODE),
        Column("level", r"(ebene|gliederungsebene|level)", required=False),
        Column("title", _TITLE),
        Column("short", r"kurztitel", required=False),
    )
)
_TITLES = spreadsheet(
    (
        Column("titles", "umfasst ferner", required=False),
        Column("level", r"(ebene|gliederungsebene|level)", required=False),
        Column("dkz", r"(dkz|codenummer|dokumentationskennziffer).*", required=False),
        Column("code", rf"({_CODE}|.*kldb.*)"),
        Column("title", rf"({_TITLE}|(berufs|tätigkeits)(benennung|bezeichnung)(en)?.*)", required=False),
    )
)
_CROSSWALK = spreadsheet(
    (
        Column("kldb", r"kldb.?2010.*"),
        Column("isco", r"isco.*"),
        Column("only", r"umstieg eindeutig.*", required=False),
        Column("focus", r"schwerpunkt.*", required=False),
    )
)
#: One title in "Umfasst ferner": its number, then its words up to the next number.
_LISTED = re.compile(r"(?<![0-9])([0-9]{5}-[0-9]{3})\s+(.+?)(?=\s+[0-9]{5}-[0-9]{3}\s|$)", re.DOTALL)
_DKZ = re.compile(r"[0-9]{5}-[0-9]{3}")


def classification(files: Sequence[Path], asked: Asked) -> Contents:
    """Read the classification's five levels with their titles."""
    language = asked.language or "de"
    known: dict[str, Concept] = {}
    lines: dict[str, int] = {}
    read = 0
    for row in all_rows(files, _CLASSIFICATION, asked):
        read += 1
        code = _code(row)
        if code in lines:
            row.refuse(f"The code {code} stands in line {lines[code]} already.")
        lines[code] = row.line
        labels = [Label(language, _title(row, "title"), Role.PREFERRED)]
        short = _text(row, "short")
        labels += [Label(language, short, Role.ALTERNATIVE)] if short else []
        known[code] = Concept(code, KLDB_KINDS[len(code)], tuple(labels), code[:-1] or None)
    levels.check_parents(files[0].name, known)
    return Contents(
        name="kldb-2010", read=read, languages=(language,), scheme=Scheme.KLDB, concepts=known.values(), edition=None
    )


def titles(files: Sequence[Path], asked: Asked) -> Contents:
    """Read the titles of occupations: out of the classification's export, or out of BA's alphabetical list.

    A title is known by its DKZ number; a list without numbers gets the KldB code and the words instead.
    """
    language = asked.language or "de"
    known: dict[str, Concept] = {}
    read = 0
    for row in all_rows(files, _TITLES, asked):
        read += 1
        for code, group, title in _titles(row):
            concept = Concept(code, "title", (Label(language, title, Role.PREFERRED),), group)
            if known.setdefault(code, concept) != concept:
                row.refuse(f"{code} stands above as {known[code].labels[0].text!r}, here as {title!r}.")
    return Contents(
        name="kldb-2010-titles", read=read, languages=(language,), scheme=Scheme.DKZ, concepts=known.values()
    )


def crosswalk(files: Sequence[Path], asked: Asked) -> Contents:
    """Read the steps from KldB 2010 (5 digits) to ISCO-08 (4 digits)."""
    stated: dict[tuple[str, str], tuple[bool, bool]] = {}
    read = 0
    for row in all_rows(files, _CROSSWALK, asked):
        read += 1
        kldb, isco = levels.restored(row["kldb"], 5), levels.restored(row["isco"], 4)
        if kldb is None:
            row.refuse(f"{row['kldb']!r} is no code of KldB 2010 with five digits.")
        if isco is None:
            row.refuse(f"{row['isco']!r} is no code of ISCO-08 with four digits.")
        if (kldb, isco) in stated:
            row.refuse(f"The step from {kldb} to {isco} stands above already.")
        stated[kldb, isco] = (_flag(row, "only"), _flag(row, "focus"))
    ends = Counter(kldb for kldb, _ in stated)
    steps = {
        (Node(Scheme.KLDB, kldb), Node(Scheme.ISCO, isco)): _relation(ends[kldb], is_only=only, is_focus=focus)
        for (kldb, isco), (only, focus) in stated.items()
    }
    return Contents(name="kldb-isco-crosswalk", read=read, steps_between=(Scheme.KLDB, Scheme.ISCO), steps=steps)


def _relation(ends: int, *, is_only: bool, is_focus: bool) -> Relation:
    if is_only or ends == 1:
        return Relation.ONLY
    return Relation.FOCUS if is_focus else Relation.ALTERNATIVE


def _flag(row: Row, column: str) -> bool:
    """Read 1 or another number; "Schwerpunkt" numbers the alternatives, 1 is the main one."""
    if row[column] and not row[column].isdecimal():
        row.refuse(f"{row[column]!r} should be a number.")
    return row[column] == "1"


def _code(row: Row) -> str:
    level = row["level"]
    if level and level not in {"1", "2", "3", "4", "5"}:
        row.refuse(f"KldB 2010 has the levels 1 to 5, not {level!r}.")
    digits = len(re.sub(r"[^0-9]", "", row["code"]))
    code = levels.restored(row["code"], int(level) if level else digits)
    if code is None or not 1 <= len(code) <= 5:
        row.refuse(f"{row['code']!r} is no code of KldB 2010{f' on level {level}' if level else ''}.")
    return code


def _titles(row: Row) -> Iterator[tuple[str, str, str]]:
    """Yield number, KldB code and words of the titles in a row."""
    if row["titles"]:
        for code, title in _LISTED.findall(html.unescape(row["titles"])):
            yield code, code[:5], " ".join(title.split())
    if row["titles"] or not row["title"] or row["level"]:
        return
    group = levels.restored(row["code"], 5)
    if group is None:
        row.refuse(f"{row['code']!r} is no code of KldB 2010 with five digits.")
    title = _title(row, "title")
    number = row["dkz"] or f"{group}/{fold(title)}"
    if row["dkz"] and not (_DKZ.fullmatch(number) and number.startswith(group)):
        row.refuse(f"{number!r} is no DKZ number of {group} (five digits, a hyphen, three digits).")
    yield number, group, title


def _title(row: Row, column: str) -> str:
    title = _text(row, column)
    if not title:
        row.refuse("The title is missing.")
    if not fold(title):
        row.refuse(f"The title {title!r} has no words.")
    return title


def _text(row: Row, column: str) -> str:
    return " ".join(html.unescape(row.label(column)).split())

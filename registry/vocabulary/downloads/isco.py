"""ISCO-08 (ILO): "ISCO-08 EN Structure and definitions", the first sheet saved as CSV.

Seen in descriptions of it: columns "Level", "ISCO 08 Code", "Title EN", "Definition" and more; codes as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.vocabulary.concepts import ISCO_KINDS, Concept, Contents, Label, Role
from registry.vocabulary.downloads import levels
from registry.vocabulary.downloads.sheet import Asked, Column, all_rows, spreadsheet
from schemas.vocabularies.terms import Scheme

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_FORM = spreadsheet(
    (Column("level", "level"), Column("code", r"isco.?08 code"), Column("title", r"title( [a-z]{2})?")),
)


def structure(files: Sequence[Path], asked: Asked) -> Contents:
    """Read the four levels with their titles."""
    language = asked.language or "en"
    known: dict[str, Concept] = {}
    lines: dict[str, int] = {}
    read = 0
    for row in all_rows(files, _FORM, asked):
        read += 1
        if row["level"] not in {"1", "2", "3", "4"}:
            row.refuse(f"ISCO-08 has the levels 1 to 4, not {row['level']!r}.")
        code = levels.restored(row["code"], int(row["level"]))
        if code is None:
            row.refuse(f"{row['code']!r} is no code of ISCO-08 on level {row['level']}.")
        if code in lines:
            row.refuse(f"The code {code} stands in line {lines[code]} already.")
        lines[code] = row.line
        title = row.label("title")
        if not title:
            row.refuse("The title is missing.")
        known[code] = Concept(code, ISCO_KINDS[len(code)], (Label(language, title, Role.PREFERRED),), code[:-1] or None)
    levels.check_parents(files[0].name, known)
    return Contents(name="isco-08", read=read, languages=(language,), scheme=Scheme.ISCO, concepts=known.values())

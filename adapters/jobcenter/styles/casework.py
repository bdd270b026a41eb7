"""The CSV of a case-work system: one row a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.jobcenter.slots.education import Occupation, Recognition, SchoolText, TrainingText
from adapters.jobcenter.slots.learning import CourseText, LanguageText, Licences, Needs, YesNoSkill
from adapters.jobcenter.slots.person import BirthDate, Name, NamedNationality, Number, Sex
from adapters.jobcenter.styles.layout import GermanDay, Layout
from adapters.jobcenter.styles.rows import is_utf8

if TYPE_CHECKING:
    from adapters.translation.leftovers import Path

#: The columns in the order they are written; they are read in any order.
COLUMNS = (
    "Traeger", "AktZ", "KdNr", "BGNr", "Name", "Vorname", "GebDat", "Geschl", "StaatsA", "AZRNr", "Schule",
    "Berufsabschl", "Anerk", "KldB", "Beruf_Text", "Sprache1", "Niv1", "Sprache2", "Niv2", "Sprache3", "Niv3",
    "IntKurs", "FS", "EDV", "Bedarf", "Stand",
)  # fmt: skip
REQUIRED = frozenset({"Traeger", "AktZ", "KdNr", "Name", "Vorname", "GebDat"})
ENCODING = "cp1252"
#: Our own columns of an export: what the others cannot say; whose statements a row holds; our id of the person.
ANGABEN, QUELLE, KENNUNG = "Einmal_Angaben", "Einmal_Quelle", "Einmal_Id"
OURS = (ANGABEN, QUELLE, KENNUNG)
#: A column of this name, in any capitals, marks a row as invented for tests.
TEST_MARK = "Test"
#: Before the name of a column, so that the path of a cell says that it was one.
ROOT = "csv"


def _cell(column: str) -> Path:
    return (ROOT, column)


def _can_hold(path: Path, content: object) -> bool:
    return len(path) == 2 and path[0] == ROOT and path[1] in {*COLUMNS, TEST_MARK} and isinstance(content, str)


def _can_write(text: str) -> bool:
    """Say whether a cell may hold a text: not where its bytes read as UTF-8, for which our reader takes such a file."""
    try:
        raw = text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return text.isascii() or not is_utf8(raw)


LAYOUT = Layout(
    name="csv",
    slots=(
        Number(_cell("KdNr"), "identifiers.ba-customer", "csv:KdNr"),
        Number(_cell("BGNr"), "identifiers.jobcenter-case", "csv:BGNr"),
        Number(_cell("AktZ"), "identifiers.jobcenter-case", "csv:AktZ"),
        Number(_cell("AZRNr"), "identifiers.azr", "csv:AZRNr"),
        Name(_cell("Name"), _cell("Vorname")),
        BirthDate(_cell("GebDat")),
        Sex(_cell("Geschl"), {"m": "m", "w": "w", "d": "d", "x": "x"}),
        NamedNationality(_cell("StaatsA")),
        SchoolText(_cell("Schule")),
        TrainingText(_cell("Berufsabschl")),
        Recognition(_cell("Anerk"), "zkt-anerkennung"),
        Occupation("work.experience", _cell("Beruf_Text"), _cell("KldB")),
        LanguageText(_cell("Sprache1"), _cell("Niv1")),
        LanguageText(_cell("Sprache2"), _cell("Niv2")),
        LanguageText(_cell("Sprache3"), _cell("Niv3")),
        CourseText(_cell("IntKurs")),
        Licences(_cell("FS")),
        YesNoSkill(_cell("EDV"), "EDV"),
        Needs(_cell("Bedarf")),
    ),
    since=GermanDay(_cell("Stand")),
    keys=(_cell("KdNr"), _cell("AktZ")),
    birth_date=_cell("GebDat"),
    can_hold=_can_hold,
    can_write=_can_write,
)

"""What is recorded of a person at the counter beside who she is, in the order of an interview."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, SelectMultipleField

from registry.web.forms.intake.fields import Choice, CountryName, LanguageName, Line, PartialDate, is_filled, one_of
from registry.web.texts import mark
from registry.web.wording import codes
from registry.web.wording.kinds import KINDS
from schemas.vocabularies.languages import LanguageSkill
from schemas.vocabularies.qualifications import Completion, Degree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wtforms import Field

MOST_ROWS: Final = 30
_LONGEST_NAME: Final = 60
NATIVE: Final = "native"
#: What a row is about, when anything of it is filled in.
_MAIN: Final = {
    "languages": ("language", mark("Enter which language.")),
    "education": ("kind", mark("Choose which kind of education.")),
    "jobs": ("title", mark("Enter the job.")),
    "skills": ("name", mark("Enter the skill.")),
    "needs": ("text", mark("Enter what is needed.")),
}
#: The lists in which rows can be added.
LISTS: Final = tuple(_MAIN)
_LEVELS: Final = one_of(codes.CEFR)
_YES_NO: Final = one_of({"yes": codes.YES, "no": codes.NO})
SCHOOL, VOCATIONAL, UNIVERSITY = "school", "vocational", "university"
_OVERALL: Final = one_of({NATIVE: mark("first language"), **codes.CEFR})
#: Of each language; overall where nobody tells them apart.
SKILLS: Final = tuple(skill.value for skill in LanguageSkill if skill is not LanguageSkill.INTERACTION)


class LanguageRow(Form):
    """One language with its levels."""

    language = LanguageName(mark("Language"), most=100)
    overall = Choice(codes.LANGUAGE_SKILLS[LanguageSkill.OVERALL], choices=_OVERALL)
    listening = Choice(codes.LANGUAGE_SKILLS[LanguageSkill.LISTENING], choices=_LEVELS)
    reading = Choice(codes.LANGUAGE_SKILLS[LanguageSkill.READING], choices=_LEVELS)
    writing = Choice(codes.LANGUAGE_SKILLS[LanguageSkill.WRITING], choices=_LEVELS)
    speaking = Choice(codes.LANGUAGE_SKILLS[LanguageSkill.SPEAKING], choices=_LEVELS)
    is_seen = BooleanField(mark("Certificate seen"))


class EducationRow(Form):
    """One school, training or course of studies."""

    kind = Choice(
        mark("Kind of education"),
        choices=one_of({kind: KINDS[f"education.{kind}"] for kind in (SCHOOL, VOCATIONAL, UNIVERSITY)}),
    )
    what = Line(mark("School type, occupation, subject"), most=300)
    country = CountryName(mark("Country"))
    start = PartialDate(mark("From"))
    end = PartialDate(mark("To"))
    completion = Choice(
        mark("How it ended"),
        choices=one_of(codes.COMPLETIONS),
    )
    years = Choice(mark("Years at school"), choices=one_of({str(n): str(n) for n in range(21)}))
    degree = Choice(
        mark("Degree awarded"),
        choices=one_of(codes.DEGREES),
    )
    is_seen = BooleanField(mark("Certificate seen"))


class JobRow(Form):
    """One job."""

    title = Line(mark("Job"), most=300)
    term = HiddenField()
    country = CountryName(mark("Country"))
    start = PartialDate(mark("From"))
    end = PartialDate(mark("To"))
    is_seen = BooleanField(mark("Certificate seen"))


class SkillRow(Form):
    """One thing that somebody can do."""

    name = Line(mark("Skill"), most=300)
    term = HiddenField()


class NeedRow(Form):
    """One thing that somebody needs to get on."""

    kind = Choice(
        mark("Kind of need"),
        choices={
            "needs.training": mark("Training"),
            "needs.language": mark("Language course"),
            "needs.recognition": mark("Recognition"),
            "needs.support": mark("Other support"),
        },
        default="needs.training",
    )
    text = Line(mark("What is needed"), most=1000)
    level = Choice(mark("Target level"), choices=_LEVELS)


class DetailsForm(Form):
    """Contact language, languages, education, work, skills, needs and goals."""

    contact_language = LanguageName(mark("Contact language"), most=100)
    needs_interpreter = Choice(mark("Interpreter needed"), choices=_YES_NO)
    reads_it = Choice(mark("Can read the contact language"), choices=_YES_NO)
    literacy = Choice(
        mark("Reads and writes Latin letters"),
        choices=one_of(codes.LITERACY),
    )
    languages = FieldList(FormField(LanguageRow), min_entries=1, max_entries=MOST_ROWS)
    education = FieldList(FormField(EducationRow), min_entries=1, max_entries=MOST_ROWS)
    jobs = FieldList(FormField(JobRow), min_entries=1, max_entries=MOST_ROWS)
    skills = FieldList(FormField(SkillRow), min_entries=1, max_entries=MOST_ROWS)
    needs = FieldList(FormField(NeedRow), min_entries=1, max_entries=MOST_ROWS)
    goal = Line(mark("Wanted occupation"), most=300)
    goal_term = HiddenField()
    working_time = SelectMultipleField(
        mark("Working time"),
        choices={str(code): words for code, words in codes.WORKING_TIMES.items()},
    )

    def __init__(self, filled: MultiDict[str, str] | None = None) -> None:
        """Take what was filled in; names that no browser makes of ours would be misread as numbers of rows."""
        names = [name for name in filled or () if name.isascii() and len(name) <= _LONGEST_NAME]
        super().__init__(None if filled is None else MultiDict({name: filled.getlist(name) for name in names}))

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """See that each row says what it is about, and that what belongs together does."""
        super().validate(extra_validators)
        if self.contact_language.data and self.contact_language.tag is None and not self.contact_language.errors:
            self.contact_language.errors = [mark("Choose a language of the list.")]
        if not self.contact_language.data and (self.needs_interpreter.data or self.reads_it.data):
            self.contact_language.errors = [mark("Enter the contact language.")]
        for name, (main, words) in _MAIN.items():
            for row in filled_rows(self, name):
                if not row[main].data:
                    blame(self, row[main], words)
        for row in filled_rows(self, "education"):
            self._check_education(row)
        for row in filled_rows(self, "needs"):
            if row["level"].data and row["kind"].data != "needs.language":
                blame(self, row["level"], mark("Only a language course has a target level."))
        return not self.errors

    def change_rows(self, act: str) -> None:
        """Add or remove a row.

        Args:
            act: "add-jobs" or "remove-jobs-2"; anything else changes nothing.
        """
        verb, _, rest = act.partition("-")
        name = rest.partition("-")[0]
        if name not in LISTS:
            return
        rows = rows_of(self, name)
        if verb == "add" and len(rows) < MOST_ROWS:
            rows.append_entry()
        elif verb == "remove":
            _remove(rows, rest)

    def _check_education(self, row: Form) -> None:
        kind, degree = row["kind"].data, row["degree"].data
        if degree and kind != UNIVERSITY:
            blame(self, row["degree"], mark("Only a university awards a degree."))
        if degree and degree != Degree.NONE and row["completion"].data in {Completion.LEFT_WITHOUT, Completion.ONGOING}:
            blame(self, row["degree"], mark("Studies that were not completed have no degree yet."))
        if row["years"].data and kind != SCHOOL:
            blame(self, row["years"], mark("Years are asked of schools only."))
        if not (row["what"].data or row["years"].data or degree):
            blame(self, row["what"], mark("Enter the school type, the occupation or the subject."))


def _remove(rows: FieldList[Any], name: str) -> None:
    """Take a row out; those behind it move up, because rows are numbered without gaps."""
    forms = [one.form for one in rows]
    at = next((number for number, one in enumerate(rows) if one.name == name), None)
    if at is None:
        return
    for form, following in pairwise(forms[at:]):
        for field in form:
            field.data = following[field.short_name].data
    rows.pop_entry()
    if not len(rows):
        rows.append_entry()


def filled_rows(form: DetailsForm, name: str) -> list[Form]:
    """Return the rows of a list in which anything was filled in; a preset kind alone says nothing."""
    preset = {"needs": "kind"}.get(name)
    return [
        one.form
        for one in rows_of(form, name)
        if is_filled(one.form) and any(field.data for field in one.form if field.short_name != preset)
    ]


def blame(form: DetailsForm, field: Field, words: str) -> None:
    """Say what is wrong with a field, also one of a row; the first that is wrong with it stays."""
    if field.errors:
        return
    field.errors = [words]
    for name in LISTS:
        rows = rows_of(form, name)
        if any(field is part for one in rows for part in one.form):
            rows.errors = [one.errors for one in rows]


def rows_of(form: DetailsForm, name: str) -> FieldList[Any]:
    """Return the list of this name."""
    rows = form[name]
    if not isinstance(rows, FieldList):
        raise TypeError(f"{name} is no list")
    return rows

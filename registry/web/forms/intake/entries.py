"""From what a clerk filled in to the entries that are recorded, and back from what is wrong with one to its field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from marshmallow import ValidationError

from registry.web.forms.intake.details import (
    LISTS,
    NATIVE,
    SCHOOL,
    SKILLS,
    UNIVERSITY,
    VOCATIONAL,
    blame,
    filled_rows,
)
from registry.web.forms.intake.fields import partial_date
from registry.web.forms.intake.names import country_code, language_tag
from registry.web.texts import mark
from schemas.entries import EntryIn
from schemas.vocabularies.evidence import EvidenceType
from schemas.vocabularies.qualifications import Completion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wtforms import Field, Form

    from registry.web.forms.intake.details import DetailsForm

_ENTRY_IN: Final = EntryIn()
#: What the schemas say, as the counter is told; whatever else they say is told as the last.
_WORDS: Final = {
    "It ends before it starts.": mark("This ends before it starts."),
    "Not an ESCO URI.": mark("Choose a suggestion, or only type."),
    "Not a KldB 2010 code.": mark("Choose a suggestion, or only type."),
    "Not a DKZ code of BA.": mark("Choose a suggestion, or only type."),
}
_NOT_LIKE_THIS: Final = mark("This cannot be recorded like this.")


@dataclass(frozen=True, slots=True)
class Statement:
    """One entry to record, and where it stands in the form."""

    kind: str
    value: Mapping[str, Any]
    place: Field  #: where it is said what is wrong with it as a whole
    parts: Mapping[str, Field] = field(default_factory=dict)  #: part of the value -> its field
    is_seen: bool = False  #: whether a document was shown

    @property
    def entry(self) -> dict[str, Any]:
        """Return it ready for EntryIn."""
        evidence = EvidenceType.DOCUMENT_SEEN if self.is_seen else EvidenceType.SELF_REPORT
        return {"kind": self.kind, "value": dict(self.value), "evidence": {"type": evidence.value}}


def loaded(form: DetailsForm) -> list[dict[str, Any]]:
    """Return the entries as EntryIn loads them; what it refuses is said at its field, and the form is wrong then."""
    accepted = []
    for one in stated(form):
        try:
            accepted.append(_ENTRY_IN.load(one.entry))
        except ValidationError as wrong:
            blame_parts(form, one, wrong)
    return accepted


def blame_parts(form: DetailsForm, statement: Statement, wrong: ValidationError) -> None:
    """Say at its fields what the schema says is wrong with a statement."""
    for part, words in _leaves(wrong.messages, "value"):
        blame(form, statement.parts.get(part, statement.place), _WORDS.get(words, _NOT_LIKE_THIS))


def stated(form: DetailsForm) -> list[Statement]:
    """Return all that the form states; its own validation has found nothing wrong."""
    made = [*_contact(form), *_goals(form)]
    for name in LISTS:
        made += [_ROWS[name](row) for row in filled_rows(form, name)]
    return made


def _contact(form: DetailsForm) -> Iterator[Statement]:
    if form.contact_language.tag:
        value = {"language": form.contact_language.tag}
        answers = {"interpreter_needed": form.needs_interpreter.data, "reads_it": form.reads_it.data}
        told = {name: answer == "yes" for name, answer in answers.items() if answer}
        yield Statement("contact.language", value | told, form.contact_language)
    if form.literacy.data:
        yield Statement("languages.literacy", {"script": "Latn", "level": form.literacy.data}, form.literacy)


def _goals(form: DetailsForm) -> Iterator[Statement]:
    if form.goal.data:
        wanted = {"occupation": _occupation(form.goal.data, form.goal_term.data)}
        yield Statement("goals.occupation", wanted, form.goal)
    if form.working_time.data:
        yield Statement("goals.working-time", {"models": list(form.working_time.data)}, form.working_time)


def _language(row: Form) -> Statement:
    said = row["language"]
    levels = [_level(skill, row[skill].data) for skill in SKILLS if row[skill].data]
    value = {"language": language_tag(said.data), "as_said": said.data, "levels": levels}
    return Statement("languages.language", value, said, is_seen=bool(row["is_seen"].data))


def _level(skill: str, chosen: str) -> dict[str, str]:
    return {"skill": skill, "scale": "native" if chosen == NATIVE else "cefr", "code": chosen}


def _education(row: Form) -> Statement:
    kind, what, ended = row["kind"].data, row["what"].data, row["completion"].data
    value = _told(country=_country(row), completion=ended, **_span(row))
    if kind == SCHOOL:
        value |= _told(as_said=what, years=int(row["years"].data) if row["years"].data else None)
    elif kind == VOCATIONAL:
        value |= _told(occupation={"title": what} if what else None)
        value |= _told(has_qualification=ended == Completion.COMPLETED or None)
    elif kind == UNIVERSITY:
        value |= _told(subject=what, degree=row["degree"].data)
    return Statement(f"education.{kind}", value, row["what"], _span_fields(row), is_seen=bool(row["is_seen"].data))


def _job(row: Form) -> Statement:
    value = _told(occupation=_occupation(row["title"].data, row["term"].data), country=_country(row))
    return Statement(
        "work.experience", value | _span(row), row["title"], _span_fields(row), is_seen=bool(row["is_seen"].data)
    )


def _skill(row: Form) -> Statement:
    return Statement("skills.skill", _told(name=row["name"].data, esco=row["term"].data), row["name"])


def _need(row: Form) -> Statement:
    level = row["level"].data if row["kind"].data == "needs.language" else None
    return Statement(row["kind"].data, _told(text=row["text"].data, target_level=level), row["text"])


_ROWS: Final[Mapping[str, Callable[[Form], Statement]]] = {
    "languages": _language,
    "education": _education,
    "jobs": _job,
    "skills": _skill,
    "needs": _need,
}


def _occupation(title: str, term: str | None) -> dict[str, str]:
    """Return an occupation as said with the codes of the suggestion that was chosen.

    Args:
        term: "29222", or with BA's number of the title by which it was found "29222 29222-101".
    """
    kldb, _, dkz = (term or "").partition(" ")
    return _told(title=title, kldb=kldb, dkz=dkz)


def _country(row: Form) -> str | None:
    return country_code(row["country"].data or "")


def _span(row: Form) -> dict[str, Any]:
    return _told(start=partial_date(row["start"].data or ""), end=partial_date(row["end"].data or ""))


def _span_fields(row: Form) -> dict[str, Field]:
    return {"start": row["start"], "end": row["end"]}


def _told(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return what was said, without what was not."""
    return {name: value for name, value in parts.items() if value is not None and value != ""}


def _leaves(messages: object, part: str) -> Iterator[tuple[str, str]]:
    """Yield each message with the name of the part that it is about."""
    if isinstance(messages, dict):
        for name, below in messages.items():
            yield from _leaves(below, str(name))
    elif isinstance(messages, list):
        for below in messages:
            yield from _leaves(below, part)
    else:
        yield part, str(messages)

"""What she fills in to state one thing herself: a part of the counter's form, with what the counter does not ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from registry.web import texts
from registry.web.forms.intake.details import NATIVE, DetailsForm, blame
from registry.web.forms.intake.entries import Statement, blame_parts
from registry.web.forms.intake.entries import stated as stated_at_the_counter
from registry.web.forms.intake.fields import Choice, CountryName, Line, PartialDate, one_of, partial_date
from registry.web.forms.intake.names import countries, country_code, language_name
from registry.web.texts import mark
from registry.web.wording import codes
from registry.web.wording.kinds import KINDS
from registry.web.words import SECTIONS
from schemas.compartments import Section
from schemas.resources.me import OwnEntryIn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wtforms import Field

    from schemas.entries import Entry

_ENTRY_IN: Final = OwnEntryIn()


class StatementForm(DetailsForm):
    """The counter's form with the fields of what only she adds; a page shows those of one topic."""

    phone = Line(mark("Telephone"), most=60)
    phone_kind = Choice(mark("Kind of telephone"), choices=one_of(codes.PHONES))
    email = Line(mark("E-mail"), most=254)
    street = Line(mark("Street"), most=200)
    house_number = Line(mark("House number"), most=30)
    addition = Line(mark("Addition, such as c/o"), most=200)
    postcode = Line(mark("Postcode"), most=20)
    place = Line(mark("Town"), most=200)
    country = CountryName(mark("Country"))
    status = Choice(KINDS["work.status"], choices=one_of(codes.EMPLOYMENT))
    licence = Choice(mark("Kind of licence"), choices=one_of(codes.LICENCES))
    licence_class = Line(mark("Class of the licence, such as B"), most=20)
    course = Choice(mark("Kind of course"), choices=one_of(codes.COURSES))
    course_words = Line(mark("Which course, in your words"), most=300)
    course_status = Choice(mark("How far it is"), choices=one_of(codes.PARTICIPATION))
    course_start = PartialDate(mark("From"))
    course_end = PartialDate(mark("To"))
    training = Line(mark("Which training do you want?"), most=500)


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that she can speak about, with the part of the form for it."""

    name: str
    section: Section
    kinds: tuple[str, ...]
    main: str  #: the field that says what it is about

    @property
    def place(self) -> int:
        """Return where its section stands among the others."""
        return list(Section).index(self.section)

    @property
    def title(self) -> str:
        """Return what it is called."""
        return KINDS[self.kinds[0]] if len(self.kinds) == 1 else SECTIONS[self.section]


_EDUCATION: Final = ("education.school", "education.vocational", "education.university")
_NEEDS: Final = ("needs.training", "needs.language", "needs.recognition", "needs.support")
#: In the order in which people read sections.
TOPICS: Final[Mapping[str, Topic]] = {
    one.name: one
    for one in (
        Topic("contact-language", Section.CONTACT, ("contact.language",), "contact_language"),
        Topic("phone", Section.CONTACT, ("contact.phone",), "phone"),
        Topic("email", Section.CONTACT, ("contact.email",), "email"),
        Topic("address", Section.CONTACT, ("contact.address",), "street"),
        Topic("languages", Section.LANGUAGES, ("languages.language",), "languages"),
        Topic("literacy", Section.LANGUAGES, ("languages.literacy",), "literacy"),
        Topic("education", Section.EDUCATION, _EDUCATION, "education"),
        Topic("jobs", Section.WORK, ("work.experience",), "jobs"),
        Topic("status", Section.WORK, ("work.status",), "status"),
        Topic("skills", Section.SKILLS, ("skills.skill",), "skills"),
        Topic("licence", Section.SKILLS, ("skills.licence",), "licence"),
        Topic("course", Section.PATHWAY, ("pathway.course",), "course"),
        Topic("needs", Section.NEEDS, _NEEDS, "needs"),
        Topic("goal", Section.GOALS, ("goals.occupation",), "goal"),
        Topic("training", Section.GOALS, ("goals.training",), "training"),
        Topic("working-time", Section.GOALS, ("goals.working-time",), "working_time"),
    )
}
_NOTHING: Final = mark("Enter what you want to say.")
_NO_KIND: Final = mark("Choose which kind of course.")
_NO_MAIL: Final = mark("Enter an e-mail address such as name@example.org.")


def topic_of(kind: str) -> Topic | None:
    """Return under which topic she speaks about a kind; none for what only the interface takes."""
    return next((one for one in TOPICS.values() if kind in one.kinds), None)


def stated(form: StatementForm, topic: Topic) -> dict[str, Any] | None:
    """Return the entry that she states, as OwnEntryIn loads it; None where something is wrong, which the form says."""
    if not form.validate():
        return None
    _check(form, topic)
    found = [one for one in (*stated_at_the_counter(form), *_further(form)) if one.kind in topic.kinds]
    if not found and not form.errors:
        blame(form, _main(form, topic), _NOTHING)
    if form.errors:
        return None
    first = found[0]
    try:
        loaded: dict[str, Any] = _ENTRY_IN.load({"kind": first.kind, "value": dict(first.value)})
    except ValidationError as wrong:
        if first.kind == "contact.email":
            blame(form, form.email, _NO_MAIL)
        blame_parts(form, first, wrong)
        return None
    return loaded


def filled(entry: Entry) -> StatementForm | None:
    """Return the form as it would be filled in to say this; None where it cannot say all of it."""
    topic = topic_of(entry.kind)
    if topic is None or entry.valid_from or entry.delete_on:
        return None
    typed = MultiDict([(name, one) for name, one in _typed(entry, topic) if one])
    said = stated(StatementForm(typed), topic)
    if said is None or said["value"] != dict(entry.value):
        return None
    return StatementForm(typed)


def _main(form: StatementForm, topic: Topic) -> Field:
    """Return where it is said that nothing was filled in."""
    first = {"languages": "language", "education": "what", "jobs": "title", "skills": "name", "needs": "text"}
    field: Field = form[topic.main]
    return field[0].form[first[topic.name]] if topic.name in first else field  # type: ignore[index] # a list of rows


def _check(form: StatementForm, topic: Topic) -> None:
    if topic.name == "course" and not form.course.data:
        blame(form, form.course, _NO_KIND)


def _further(form: StatementForm) -> Iterator[Statement]:
    """Yield what she states beside what the counter asks for."""
    if form.phone.data:
        value = _told(number=form.phone.data, type=form.phone_kind.data)
        yield Statement("contact.phone", value, form.phone)
    if form.email.data:
        yield Statement("contact.email", {"address": form.email.data}, form.email)
    address = {name: form[name].data for name in ("street", "house_number", "addition", "postcode", "place")}
    if any(address.values()):
        told = _told(**address, country=country_code(form.country.data or ""))
        yield Statement("contact.address", told, form.street)
    if form.status.data:
        yield Statement("work.status", {"status": form.status.data}, form.status)
    if form.licence.data:
        value = _told(type=form.licence.data, code=form.licence_class.data)
        yield Statement("skills.licence", value, form.licence, {"code": form.licence_class})
    if form.course.data:
        span = _told(start=partial_date(form.course_start.data or ""), end=partial_date(form.course_end.data or ""))
        words = _told(type=form.course.data, as_said=form.course_words.data, status=form.course_status.data)
        parts = {"start": form.course_start, "end": form.course_end}
        yield Statement("pathway.course", words | span, form.course, parts)
    if form.training.data:
        yield Statement("goals.training", {"text": form.training.data}, form.training)


def _typed(entry: Entry, topic: Topic) -> Iterator[tuple[str, str]]:
    """Yield what would be typed into which field to say this."""
    value: Mapping[str, Any] = entry.value
    if topic.name in _ROWS:
        for name, said in _ROWS[topic.name](entry.kind, value).items():
            yield f"{topic.name}-0-{name}", said
    elif topic.name == "working-time":
        for model in value["models"]:
            yield "working_time", model
    else:
        yield from _LOOSE[topic.name](value).items()


def _contact_language(value: Mapping[str, Any]) -> dict[str, str]:
    name = language_name(value["language"], texts.spoken().code)
    answers = {"needs_interpreter": "interpreter_needed", "reads_it": "reads_it"}
    said = {field: "yes" if value[part] else "no" for field, part in answers.items() if part in value}
    return {"contact_language": name, **said}


def _address(value: Mapping[str, Any]) -> dict[str, str]:
    return {**_plain(value, "street", "house_number", "addition", "postcode", "place"), **_country(value)}


def _course(value: Mapping[str, Any]) -> dict[str, str]:
    names = {"type": "course", "as_said": "course_words", "status": "course_status"}
    names |= {"start": "course_start", "end": "course_end"}
    return {field: str(value[part]) for part, field in names.items() if part in value}


def _goal(value: Mapping[str, Any]) -> dict[str, str]:
    return {"goal": value["occupation"].get("title", ""), "goal_term": _term(value["occupation"])}


def _language(_kind: str, value: Mapping[str, Any]) -> dict[str, str]:
    levels = {one["skill"]: NATIVE if one["scale"] == "native" else one["code"] for one in value["levels"]}
    said = value.get("as_said") or language_name(value["language"], texts.spoken().code)
    return {"language": said, **levels}


def _schooling(kind: str, value: Mapping[str, Any]) -> dict[str, str]:
    what = {"school": "as_said", "university": "subject"}.get(kind.partition(".")[2])
    words = value.get(what, "") if what else value.get("occupation", {}).get("title", "")
    return {
        "kind": kind.partition(".")[2],
        "what": words,
        "years": str(value["years"]) if "years" in value else "",
        **_plain(value, "start", "end", "completion", "degree"),
        **_country(value),
    }


def _job(_kind: str, value: Mapping[str, Any]) -> dict[str, str]:
    said = value["occupation"]
    return {
        "title": said.get("title", ""), "term": _term(said), **_plain(value, "start", "end"), **_country(value)
    }  # fmt: skip


def _skill(_kind: str, value: Mapping[str, Any]) -> dict[str, str]:
    return {"name": value["name"], "term": value.get("esco", "")}


def _need(kind: str, value: Mapping[str, Any]) -> dict[str, str]:
    return {"kind": kind, "text": value["text"], "level": value.get("target_level", "")}


def _phone(value: Mapping[str, Any]) -> dict[str, str]:
    return {"phone": value["number"], "phone_kind": value.get("type", "")}


def _email(value: Mapping[str, Any]) -> dict[str, str]:
    return {"email": value["address"]}


def _literacy(value: Mapping[str, Any]) -> dict[str, str]:
    return {"literacy": value["level"]}


def _training(value: Mapping[str, Any]) -> dict[str, str]:
    return {"training": value.get("text", "")}


def _status(value: Mapping[str, Any]) -> dict[str, str]:
    return {"status": value["status"]}


def _licence(value: Mapping[str, Any]) -> dict[str, str]:
    return {"licence": value["type"], "licence_class": value.get("code", "")}


_ROWS: Final = {"languages": _language, "education": _schooling, "jobs": _job, "skills": _skill, "needs": _need}
_LOOSE: Final = {
    "contact-language": _contact_language,
    "phone": _phone,
    "email": _email,
    "address": _address,
    "literacy": _literacy,
    "status": _status,
    "licence": _licence,
    "course": _course,
    "goal": _goal,
    "training": _training,
}


def _term(occupation: Mapping[str, Any]) -> str:
    return f"{occupation.get('kldb', '')} {occupation.get('dkz', '')}".strip()


def _country(value: Mapping[str, Any]) -> dict[str, str]:
    return {"country": countries(texts.spoken().code).get(value.get("country", ""), "")}


def _plain(value: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: str(value[name]) for name in names if name in value}


def _told(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return what was said, without what was not."""
    return {name: value for name, value in parts.items() if value}

"""What a clerk fills in becomes entries; what is wrong with one is said at its field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from registry.web.forms.intake import mark as marks
from registry.web.forms.intake.details import LISTS, MOST_ROWS, DetailsForm
from registry.web.forms.intake.entries import loaded
from registry.web.forms.intake.fields import carried, partial_date
from registry.web.forms.intake.identity import IdentityForm, question, script_of, stated
from registry.web.forms.intake.mark import NotAsked
from registry.web.forms.intake.names import COMMON, country_code, language_name, language_tag
from registry.web.forms.intake.summary import summary
from registry.web.rendering import wrong_of
from registry.wire.linking import Finding, Reason
from schemas.entries import EntryIn

TOKEN = b"a session's token of 32 bytes ..."
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
SAID = {"family": "Karimi", "given": "Zahra", "birth_date": "14.3.1994"}
FOUND = Finding(uuid4(), uuid4(), "known", 30, (Reason("agrees", "birth-date", "exact"),), ("sex",), b"sealed")


def details(**filled: str) -> DetailsForm:
    """Return the form as a browser sends it; __ stands for - in names."""
    return DetailsForm(MultiDict({name.replace("__", "-"): value for name, value in filled.items()}))


def identity(**filled: str) -> IdentityForm:
    return IdentityForm(MultiDict(filled))


def entries_of(form: IdentityForm) -> list[dict[str, object]]:
    return [EntryIn().load(one) for one in stated(form)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1990", "1990"),
        ("05.1990", "1990-05"),
        ("5/1990", "1990-05"),
        ("31.12.1990", "1990-12-31"),
        (" 1. 2. 1990 ", "1990-02-01"),
        ("1990-2", "1990-02"),
        ("٣١.١٢.١٩٩٠", "1990-12-31"),
        ("۱۳۶۹", None),  # a Persian calendar's year is no year of ours
        ("31.02.1990", None),
        ("12.31.1990", None),
        ("90", None),
        ("unbekannt", None),
    ],
)
def test_a_date_is_read_as_people_and_registers_write_it(typed: str, kept: str | None) -> None:
    assert partial_date(typed) == kept


@given(st.text(max_size=12))
def test_whatever_is_typed_as_a_date_is_one_or_none(typed: str) -> None:
    kept = partial_date(typed)
    assert kept is None or partial_date(kept) == kept


def test_every_language_that_is_offered_is_understood_in_the_language_it_is_offered_in() -> None:
    wrong = [
        (tag, page, language_tag(language_name(tag, page)))
        for page in ("de", "en", "ar")
        for tag in COMMON
        if language_tag(language_name(tag, page)) != tag
    ]
    assert wrong == []
    assert (language_tag("Kurdisch"), country_code("syrien"), country_code("Atlantis")) == (None, "SY", None)


def test_the_script_of_a_name_is_that_of_its_letters() -> None:
    said = {"زهرا کریمی": "Arab", "Олена": "Cyrl", "ሰላም": "Ethi", "Şêx-Jān": "Latn", "123": "Zzzz"}
    assert {text: script_of(text) for text in said} == said


def test_who_somebody_is_becomes_entries_and_the_insurance_number_is_no_question() -> None:
    form = identity(
        **SAID, family_native="کریمی", nationality="stateless", azr="260415123456", insurance="65170839J003"
    )
    assert form.validate(), form.errors
    kinds = [one["kind"] for one in entries_of(form)]
    assert kinds == [
        "identity.name", "identity.name", "identity.birth-date", "identity.nationality", "identifiers.azr",
        "identifiers.insurance",
    ]  # fmt: skip
    assert [one["kind"] for one in question(entries_of(form))] == kinds[:-1]


@pytest.mark.parametrize(
    ("filled", "field"),
    [
        ({"family": "Karimi", "birth_date": "1994"}, "given"),
        ({"azr": "260415123456"}, "family"),
        ({**SAID, "birth_date": "gestern"}, "birth_date"),
        ({**SAID, "given": "Zahra" + chr(0x202E)}, "given"),
        ({**SAID, "family": "x" * 201}, "family"),
        ({**SAID, "nationality": "XX"}, "nationality"),
        ({}, "family"),
    ],
)
def test_too_little_or_hidden_is_said_at_its_field(filled: dict[str, str], field: str) -> None:
    form = identity(**filled)
    assert not form.validate()
    assert next(id_ for id_, _ in wrong_of(form)) == field


def test_education_becomes_the_kind_it_is_of() -> None:
    form = details(
        education__0__kind="school", education__0__years="9", education__0__country="Afghanistan",
        education__1__kind="vocational", education__1__what="Schneiderin", education__1__completion="completed",
        education__2__kind="university", education__2__what="Chemie", education__2__degree="master",
        education__2__is_seen="y",
    )  # fmt: skip
    assert form.validate(), form.errors
    school, vocational, university = loaded(form)
    assert school["value"] == {"country": "AF", "years": 9}
    assert vocational["value"] == {
        "completion": "completed", "occupation": {"title": "Schneiderin"}, "has_qualification": True,
    }  # fmt: skip
    assert university["value"] == {"subject": "Chemie", "degree": "master"}
    assert [one["evidence"]["type"] for one in (school, university)] == ["self-report", "document-seen"]


@pytest.mark.parametrize(
    ("filled", "field"),
    [
        ({"jobs__0__title": "Koch", "jobs__0__start": "2015", "jobs__0__end": "2014"}, "jobs-0-end"),
        ({"jobs__0__start": "2015"}, "jobs-0-title"),
        ({"jobs__0__title": "Koch", "jobs__0__country": "Atlantis"}, "jobs-0-country"),
        ({"jobs__0__title": "Koch", "jobs__0__term": "29222'--"}, "jobs-0-title"),
        ({"skills__3__name": "Kochen", "skills__3__term": "javascript:alert(1)"}, "skills-0-name"),
        ({"languages__1__overall": "B1"}, "languages-0-language"),
        ({"languages__0__language": "Dari", "languages__0__overall": "C3"}, "languages-0-overall"),
        ({"education__0__what": "Chemie"}, "education-0-kind"),
        ({"education__0__kind": "school", "education__0__degree": "master"}, "education-0-degree"),
        ({"needs__0__kind": "needs.training", "needs__0__text": "x", "needs__0__level": "B1"}, "needs-0-level"),
        ({"contact_language": "Klingon?"}, "contact_language"),
        ({"reads_it": "yes"}, "contact_language"),
        ({"working_time": "always"}, "working_time"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_at_its_field(filled: dict[str, str], field: str) -> None:
    form = details(**filled)
    if form.validate():
        loaded(form)
    assert [id_ for id_, _ in wrong_of(form)] == [field]
    assert form.errors


def test_names_of_fields_that_no_browser_sends_are_nothing() -> None:
    form = details(**{"jobs-²-title": "Koch", f"jobs-{'9' * 5000}-title": "Koch", "jobs-1-title": "Fahrer"})
    assert form.validate(), form.errors
    assert [one["value"]["occupation"]["title"] for one in loaded(form)] == ["Fahrer"]


def test_an_empty_form_states_nothing_and_what_was_not_asked_is_not_said_to_be_no() -> None:
    form = details(needs__0__kind="needs.training", contact_language="Dari")
    assert form.validate(), form.errors
    assert [(one["kind"], one["value"]) for one in loaded(form)] == [("contact.language", {"language": "prs"})]
    assert [part.rows for part in summary(form) if part.name] == [()] * len(LISTS)


def test_all_that_is_filled_in_is_carried_through_another_page() -> None:
    filled = MultiDict(
        [
            ("languages-0-language", "Dari"),
            ("languages-0-is_seen", "y"),
            ("languages-7-language", "Deutsch"),
            ("working_time", "full"),
            ("working_time", "shifts"),
            ("goal", "Köchin"),
            ("goal_term", "29301 29301-102"),
        ]
    )
    once = DetailsForm(filled)
    again = DetailsForm(MultiDict(carried(once)))
    assert again.validate(), again.errors
    assert loaded(again) == loaded(once)
    assert len(loaded(again)) == 4


def test_rows_are_added_up_to_a_limit_and_the_last_one_is_emptied_not_lost() -> None:
    form = details(jobs__0__title="Koch")
    for _ in range(MOST_ROWS + 5):
        form.change_rows("add-jobs")
    assert len(form.jobs) == MOST_ROWS
    alone = details(jobs__0__title="Koch")
    for act in ("remove-jobs-0", "remove-jobs-9", "add-csrf", "remove-", ""):
        alone.change_rows(act)
    assert [one.form["title"].data for one in alone.jobs] == [None]
    three = details(jobs__0__title="Koch", jobs__1__title="Fahrer", jobs__1__is_seen="y", jobs__2__title="Bauer")
    three.change_rows("remove-jobs-0")
    assert [(one.id, one.form["title"].data, one.form["is_seen"].data) for one in three.jobs] == [
        ("jobs-0", "Fahrer", True),
        ("jobs-1", "Bauer", False),
    ]


def test_a_question_counts_for_its_session_its_identity_and_its_time() -> None:
    asked = question(entries_of(identity(**SAID)))
    made = marks.made(TOKEN, asked, [FOUND], at=NOW)
    read = marks.read(TOKEN, asked, made.text, now=NOW + timedelta(hours=1))
    assert (read.once, read.matches[0].appearance) == (made.once, FOUND.appearance_id)
    other = question(entries_of(identity(**SAID | {"given": "Zahro"})))
    late = NOW + marks.LIFE + timedelta(seconds=1)
    for token, identity_, text, now in (
        (b"another session", asked, made.text, NOW),
        (TOKEN, other, made.text, NOW),
        (TOKEN, asked, made.text, late),
        (TOKEN, asked, "A" + made.text[1:], NOW),
        (TOKEN, asked, made.text[:-1] + "g", NOW),
        (TOKEN, asked, "", NOW),
        (TOKEN, asked, "é.ü", NOW),
    ):
        with pytest.raises(NotAsked):
            marks.read(token, identity_, text, now=now)


@pytest.mark.parametrize("typed", ["010203/044", "٠١٠٢٠٣/٠٤٤", "۰۱۰۲۰۳/۰۴۴", "\u200f010203/044 "])
def test_a_number_of_an_office_is_recorded_in_the_digits_that_offices_write(typed: str) -> None:
    numbers = [one for one in stated(identity(**SAID, azr=typed)) if one["kind"] == "identifiers.azr"]
    assert numbers == [{"kind": "identifiers.azr", "value": {"number": "010203/044"}}]


@pytest.mark.parametrize("typed", ["12\u202e34", "12\u206634"])
def test_a_number_that_is_written_in_another_order_than_it_reads_is_refused(typed: str) -> None:
    form = identity(**SAID, azr=typed)
    assert not form.validate()
    assert form.azr.errors

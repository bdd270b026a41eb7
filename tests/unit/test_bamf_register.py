"""Answers and reports of the foreigners' register in our words: what becomes which entry, what changes what."""

from typing import Any

import pytest

from adapters.bamf.codes import language_code, tag_of
from tests.agencies.bamf.samples import ANSWER, REPORT, item, message, record


def values(content: bytes, kind: str) -> list[dict[str, Any]]:
    return [dict(entry["value"]) for entry in record(content).entries if entry["kind"] == kind]


def person(body: str) -> bytes:
    return message(f"<grundpersonalien>{body}</grundpersonalien>")


def facts(value: dict[str, Any]) -> dict[str, Any]:
    return {name: said for name, said in value.items() if name != "reported"}


def test_an_answer_is_found_by_its_register_number() -> None:
    assert record(ANSWER.read_bytes()).key == "azr:150923481207"
    assert values(ANSWER.read_bytes(), "identifiers.azr") == [{"number": "150923481207"}]


def test_names_come_in_all_their_forms() -> None:
    content = person(
        "<familienname><name>AL KHATIB</name></familienname><vornamen><name>Ahmad</name></vornamen>"
        "<abweichendeNamensschreibweise><name>ALKHATEEB</name></abweichendeNamensschreibweise>"
        "<abweichendeNamensschreibweise><familienname><name>EL KHATIB</name></familienname>"
        "<vornamen><name>Ahmed</name></vornamen></abweichendeNamensschreibweise>"
        "<geburtsname><name>KHATIB</name></geburtsname><fruehererName><name>خطيب</name></fruehererName>"
    )
    assert values(content, "identity.name") == [
        {"form": "current", "script": "Latn", "family": "AL KHATIB", "given": "Ahmad"},
        {"form": "variant", "script": "Latn", "family": "ALKHATEEB"},
        {"form": "variant", "script": "Latn", "family": "EL KHATIB", "given": "Ahmed"},
        {"form": "birth", "script": "Latn", "family": "KHATIB"},
        {"form": "former", "script": "Arab", "family": "خطيب"},
    ]


@pytest.mark.parametrize(
    ("said", "date", "is_placeholder"),
    [
        ("<jahrMonatTag>1990-03-14</jahrMonatTag>", "1990-03-14", False),
        ("<jahrMonatTag>1990-01-01</jahrMonatTag>", "1990-01-01", True),
        ("<jahrMonat>1987-03</jahrMonat>", "1987-03", False),
        ("<jahr>1987</jahr>", "1987", False),
        ("14.03.1990", "1990-03-14", False),
    ],
)
def test_a_partly_known_birth_date_stays_partly_known(said: str, date: str, *, is_placeholder: bool) -> None:
    assert values(person(f"<geburtsdatum>{said}</geburtsdatum>"), "identity.birth-date") == [
        {"date": date, "placeholder_suspected": is_placeholder}
    ]


def test_a_birth_date_that_is_none_is_kept_and_invents_nothing() -> None:
    content = person("<geburtsdatum><jahrMonatTag>1990-02-30</jahrMonatTag></geburtsdatum>")
    assert values(content, "identity.birth-date") == []
    assert values(content, "unmapped.path") == [
        {"path": "/grundpersonalien", "content": {"geburtsdatum": {"jahrMonatTag": "1990-02-30"}}}
    ]


@pytest.mark.parametrize(
    ("code", "nationality", "is_left"),
    [
        ("475", [{"status": "known", "country": "SY"}], False),
        ("997", [{"status": "stateless"}], False),
        ("998", [{"status": "unclear"}], False),
        ("999", [], True),
        ("159", [{"status": "unclear"}], True),
        ("185", [], True),
    ],
)
def test_unclear_stateless_and_not_stated_are_three_things(
    code: str, nationality: list[dict[str, str]], *, is_left: bool
) -> None:
    """Destatis: 997 without, 998 unclear, 999 not stated; 159 is the Soviet Union, which is no more."""
    content = person(f"<staatsangehoerigkeit><staat><code>{code}</code></staat></staatsangehoerigkeit>")
    assert values(content, "identity.nationality") == nationality
    assert bool(values(content, "unmapped.path")) is is_left


def test_a_school_keeps_its_codes_and_no_german_leaving_where_it_was_abroad() -> None:
    (school,) = values(ANSWER.read_bytes(), "education.school")
    assert facts(school) == {"start": "1996", "end": "2008", "country": "SY"}
    assert [(one["scheme"], one["code"]) for one in school["reported"]] == [
        ("azr-art", "01"),
        ("azr-schulart", "40"),
        ("azr-schulabschluss", "08"),
    ]


@pytest.mark.parametrize(
    ("school", "state", "leaving"),
    [("3", "", "general"), ("3", "000", "general"), ("40", "000", "general"), ("40", "", None), ("3", "475", None)],
)
def test_a_german_leaving_is_said_of_german_schools_alone(school: str, state: str, leaving: str | None) -> None:
    where = f"<staat><staat><code>{state}</code></staat></staat>" if state else ""
    kinds = f"<schulart><code>{school}</code></schulart><schulabschluss><code>08</code></schulabschluss>"
    (value,) = values(message(item(kinds + where, art="01")), "education.school")
    assert value.get("german_leaving") == leaving


@pytest.mark.parametrize(
    ("said", "months", "code"),
    [
        ("<monate>24</monate>", 24, "24 monate"),
        ("<jahre>2</jahre>", 24, "2 jahre"),
        ("<jahre>3</jahre><monate>6</monate>", 42, "3 jahre, 6 monate"),
    ],
)
def test_a_duration_counts_months_and_keeps_what_was_said(said: str, months: int, code: str) -> None:
    (value,) = values(message(item(f"<dauer>{said}</dauer>")), "education.vocational")
    assert value["duration_months"] == months
    assert {"scheme": "azr-dauer", "code": code} in value["reported"]


def test_a_job_has_the_occupation_code_of_any_length_up_to_five() -> None:
    for code in ("2", "25212"):
        (value,) = values(message(item(f"<beruf><code>{code}</code></beruf>", art="04")), "work.experience")
        assert value["occupation"] == {"kldb": code}


def test_a_job_without_an_occupation_is_left_whole() -> None:
    content = message(item("<beginn><jahr>2009</jahr></beginn>", art="04"))
    assert values(content, "work.experience") == []
    assert values(content, "unmapped.path") == [
        {
            "path": "/arbeitsvermittlungsdaten/*",
            "content": {
                "arbeitsvermittlungsdatenArt": {"code": "04"},
                "beginn": {"jahr": "2009"},
                "referenz.id": "AVD-1",
            },
        }
    ]


def test_the_registers_grades_never_become_a_level() -> None:
    """samples/README.md: AZR stores no CEFR; reading in, never infer one."""
    for language in values(ANSWER.read_bytes(), "languages.language"):
        (level,) = language["levels"]
        assert level["scale"] == "azr-grade"
        assert level["cefr"] is None


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("01", "unclear"),
        ("02", "full"),
        ("03", "partial"),
        ("04", "rejected-regulated"),
        ("05", "rejected-unregulated"),
        ("06", "in-assessment"),
    ],
)
def test_recognition_is_a_statement_of_its_own_under_the_same_reference(code: str, state: str) -> None:
    made = record(message(item(f"<anerkennung><code>{code}</code></anerkennung>")))
    training, procedure = made.entries[1:]
    assert (procedure["kind"], procedure["value"]["state"]) == ("recognition.procedure", state)
    assert training["reference"] == procedure["reference"] == "AVD-1"


def test_who_reported_an_item_and_when_it_changed_is_its_evidence_and_its_day_of_deletion_holds_for_all_of_it() -> None:
    body = (
        "<loeschdatum>2033-09-30</loeschdatum><meldendeBehoerde>090804</meldendeBehoerde><bemerkung>x</bemerkung>"
        "<letzteAenderung>2016-03-03</letzteAenderung><anerkennung><code>02</code></anerkennung>"
    )
    _, *entries = record(message(item(body))).entries
    assert [entry["kind"] for entry in entries] == ["education.vocational", "recognition.procedure", "unmapped.path"]
    assert all(entry["delete_on"] == "2033-09-30" and entry["reference"] == "AVD-1" for entry in entries)
    assert all("valid_from" not in entry for entry in entries)
    assert [entry.get("evidence") for entry in entries[:2]] == [
        {"type": "register", "reference": "meldendeBehoerde 090804, letzteAenderung 2016-03-03"}
    ] * 2


def test_what_is_left_of_an_item_is_the_same_wherever_it_stands_in_the_next_answer() -> None:
    first, second = item("<bemerkung>x</bemerkung>", reference="A"), item("", reference="B")
    (one,) = values(message(first + second), "unmapped.path")
    (two,) = values(message(second + first), "unmapped.path")
    assert one == two == {"path": "/arbeitsvermittlungsdaten/*/bemerkung", "content": "x"}


def test_what_may_never_be_held_is_dropped_and_named() -> None:
    made = record(person("<religion>x</religion><volkszugehoerigkeit>y</volkszugehoerigkeit>"))
    assert [entry["value"] for entry in made.entries[1:]] == [{"path": "/grundpersonalien", "content": {}}]
    assert {left.path for left in made.unmapped if not left.kept} == {
        "/grundpersonalien/religion",
        "/grundpersonalien/volkszugehoerigkeit",
    }


def test_a_report_adds_corrects_and_deletes() -> None:
    changes = record(REPORT.read_bytes()).changes
    assert [(change.act, change.reference) for change in changes] == [
        ("add", None),
        ("correct", "AVD-7781"),
        ("delete", "AVD-7790"),
    ]
    assert [[entry["kind"] for entry in change.entries] for change in changes] == [
        ["languages.language"],
        ["education.vocational", "recognition.procedure"],
        [],
    ]


@pytest.mark.parametrize(
    ("code", "act"), [("01", "add"), ("02", "update"), ("03", "delete"), ("04", "correct"), ("05", "retract")]
)
def test_each_of_the_five_changes_is_told_apart(code: str, act: str) -> None:
    body = f"<aenderungsArt><code>{code}</code></aenderungsArt><referenz.id>A</referenz.id>"
    whole = f"<arbeitsvermittlungsdaten>{body}</arbeitsvermittlungsdaten>"
    (change,) = record(message(whole, root="AZR.Meldung.Stil")).changes
    assert (change.act, change.reference, change.entries) == (act, "A", ())


def test_a_deleted_reference_stays_visible_because_it_may_name_what_we_never_had() -> None:
    left = values(REPORT.read_bytes(), "unmapped.path")
    deleted = {"aenderungsArt": {"code": "03"}, "referenz.id": "AVD-7790"}
    assert {"path": "/arbeitsvermittlungsdaten/2", "content": deleted} in left


def test_a_report_nobody_understands_is_still_no_whole_view() -> None:
    """Without a change it would be taken for all the register knows, and end everything else."""
    body = "<arbeitsvermittlungsdaten><aenderungsArt><code>77</code></aenderungsArt></arbeitsvermittlungsdaten>"
    for inside in (body, ""):
        made = record(message(inside, root="AZR.Meldung.Stil"))
        assert [(change.act, change.entries) for change in made.changes] == [("add", ())]


def test_the_same_message_again_is_the_same_and_a_new_one_is_not() -> None:
    once = ANSWER.read_bytes()
    again = once.replace(b"5b0c3c58", b"5b0c3c59")
    assert record(once).digest == record(once).digest != record(again).digest


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("deu", "de"),
        ("ger", "de"),
        ("ara", "ar"),
        ("tir", "ti"),
        ("prs", "prs"),
        ("kmr", "kmr"),
        ("ckb", "ckb"),
        ("kur", None),
        ("und", None),
        ("xyz", None),
        ("per", "fa"),
        ("tgl", "tl"),
        ("uk", "uk"),
    ],
)
def test_language_codes_become_tags_where_they_name_one_language(code: str, tag: str | None) -> None:
    assert tag_of(code) == tag


@pytest.mark.parametrize("tag", ["de", "ar", "ti", "prs", "kmr", "fa", "uk", "ps", "so", "tr", "am", "sq", "zh", "om"])
def test_a_tag_that_is_written_as_a_code_reads_as_the_tag(tag: str) -> None:
    code = language_code(tag)
    assert code is not None
    assert len(code) == 3
    assert tag_of(code) == tag

"""BA's profile in our words: what becomes which entry, and what is refused or never held."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

import adapters.sandbox
from adapters.ba.mapping import ADAPTER, record_of
from adapters.ba.reading import Profile
from adapters.contract import Record, Refused, RefusedFileError
from adapters.engine.inbound import checked
from adapters.translation.words import language_tag, script_of

SAMPLES = sorted((Path(adapters.sandbox.__file__).parent / "samples").glob("ba_*.json"))


def sample(number: int) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SAMPLES[number - 1].read_text(encoding="utf-8"))
    return document


def record(document: dict[str, Any]) -> Record:
    made = record_of(Profile(1, document))
    assert isinstance(made, Record)
    return made


def values(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["value"] for entry in record(document).entries if entry["kind"] == kind]


def test_a_person_becomes_name_birth_date_sex_and_nationality() -> None:
    document = sample(1)
    assert values(document, "identity.name") == [
        {"family": "Alkhatib", "given": "Ahmad", "form": "current", "script": "Latn"}
    ]
    assert values(document, "identity.birth-date") == [{"date": "1990-03-14", "placeholder_suspected": False}]
    assert values(document, "identity.sex") == [{"code": "m"}]
    assert values(document, "identity.nationality") == [{"status": "known", "country": "SY"}]


def test_the_first_of_january_may_stand_for_an_unknown_day() -> None:
    document = sample(1)
    document["person"]["geburtsdatum"] = "1990-01-01"
    assert values(document, "identity.birth-date") == [{"date": "1990-01-01", "placeholder_suspected": True}]


def test_both_numbers_become_identifiers_of_their_own() -> None:
    document = sample(3)
    assert values(document, "identifiers.ba-customer") == [{"number": "674A561777"}]
    assert values(document, "identifiers.ba-reference") == [{"number": "10001-677000005550001112-B"}]


def test_words_for_a_level_never_become_a_cefr_level() -> None:
    """samples/README.md: reading in, never infer CEFR from the verbal grades."""
    for number in (1, 2, 3):
        for language in values(sample(number), "languages.language"):
            assert all(level["scale"] == "ba-verbal" and level["cefr"] is None for level in language["levels"])


def test_a_certificate_states_the_level_it_says() -> None:
    german = values(sample(1), "languages.language")[1]
    assert german["levels"] == [{"skill": "overall", "scale": "ba-verbal", "code": "extended", "cefr": None}]
    assert german["certificates"] == [
        {
            "name": "DTZ",
            "date": "2017-06-24",
            "results": [{"skill": "overall", "scale": "cefr", "code": "B1", "cefr": "B1"}],
        }
    ]


def test_kurdish_is_told_apart_by_what_stands_beside_it() -> None:
    document = sample(3)
    assert values(document, "languages.language")[0]["language"] == "kmr"
    assert values(document, "languages.language")[0]["as_said"] == "Kurdisch (Kurmandschi)"
    del document["sprachkenntnisse"][0]["zusatz"]
    assert values(document, "languages.language")[0]["language"] is None


@pytest.mark.parametrize(
    ("name", "addition", "tag"),
    [
        ("Arabisch", None, "ar"),
        ("Tigrinya", None, "ti"),
        ("Dari", None, "prs"),
        ("Farsi", None, "fa"),
        ("Paschtu", None, "ps"),
        (" ukrainisch ", None, "uk"),
        ("Kurdisch", "Sorani", "ckb"),
        ("Kurdisch (Sorani)", None, "ckb"),
        ("Kurdisch", "Bahdini", None),
        ("Arabisch", "Levantinisch", "ar"),
        ("Sonstige", None, None),
    ],
)
def test_a_german_language_name_becomes_its_tag(name: str, addition: str | None, tag: str | None) -> None:
    assert language_tag(name, addition) == tag


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("Alkhatib", "Latn"),
        ("Шевчук", "Cyrl"),
        ("الخطيب", "Arab"),
        ("ሰላም", "Ethi"),
        ("O'Neill-Özdemir", "Latn"),
        ("Shevchuk Шевчук", "Zyyy"),
    ],
)
def test_a_name_says_its_script(name: str, script: str) -> None:
    assert script_of(name) == script


def test_mapped_entries_say_since_when_and_on_what_they_rest() -> None:
    mapped = [entry for entry in record(sample(1)).entries if entry["kind"] != "unmapped.path"]
    assert {entry["valid_from"] for entry in mapped} == {"2026-02-18"}
    assert {entry["kind"]: entry["evidence"]["type"] for entry in mapped} == {
        "identity.name": "register",
        "identity.birth-date": "register",
        "identity.sex": "register",
        "identity.nationality": "register",
        "contact.address": "register",
        "identifiers.ba-customer": "register",
        "identifiers.ba-reference": "register",
        "languages.language": "self-report",
        "education.school": "self-report",
        "recognition.procedure": "self-report",
        "work.experience": "self-report",
        "work.status": "register",
        "pathway.legal-circle": "register",
        "skills.skill": "self-report",
        "skills.strength": "assessment",
        "skills.licence": "self-report",
        "skills.assessment": "test",
        "needs.training": "assessment",
        "goals.occupation": "self-report",
        "goals.mobility": "self-report",
    }
    assert [entry["evidence"]["type"] for entry in mapped if entry["kind"] == "languages.language"] == [
        "self-report",
        "certificate",
        "self-report",
    ]
    assert all("reference" not in entry["evidence"] for entry in mapped if entry["kind"].startswith("ident"))


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("XXA", "stateless"),
        ("XXX", "unclear"),
        ("YUG", "unclear"),
        ("ungeklärt", "unclear"),
        ("staatenlos", "stateless"),
    ],
)
def test_a_code_that_is_no_country_stays_readable(code: str, status: str) -> None:
    document = sample(1)
    document["person"]["staatsangehoerigkeit"] = code
    assert values(document, "identity.nationality") == [{"status": status}]
    assert {"path": "/person/staatsangehoerigkeit", "content": code} in values(document, "unmapped.path")


def test_what_is_not_understood_is_kept_as_it_came() -> None:
    document = sample(1)
    document["person"] |= {"geschlecht": "SONSTIGES", "staatsangehoerigkeit": "Atlantis", "vorname": None}
    document["sprachkenntnisse"] = [
        {"bezeichnung": "Deutsch", "auspraegung": "Sehr gut", "nachweis": {"ger": "B1+"}},
        7,
    ]
    kept = {value["path"]: value["content"] for value in values(document, "unmapped.path")}
    assert kept["/person/geschlecht"] == "SONSTIGES"
    assert kept["/person/staatsangehoerigkeit"] == "Atlantis"
    assert kept["/person/vorname"] is None
    assert kept["/sprachkenntnisse/0"] == document["sprachkenntnisse"][0]
    assert kept["/sprachkenntnisse/1"] == 7
    assert values(document, "identity.nationality") == []
    reported = [left.path for left in record(document).unmapped]
    assert "/sprachkenntnisse/*/auspraegung" in reported
    assert "/sprachkenntnisse/*/bezeichnung" not in reported


def test_a_profile_is_found_again_by_its_reference_and_else_by_the_customer_number() -> None:
    document = sample(1)
    assert record(document).key == "refnr:10001-215500001234567890-B"
    del document["refnr"]
    assert record(document).key == "kundennummer:215D774102"


def test_the_same_content_in_another_order_is_the_same() -> None:
    document = sample(1)
    assert record(dict(reversed(document.items()))).digest == record(document).digest
    assert record(document | {"rechtskreis": "SGB III"}).digest != record(document).digest


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"refnr": " ", "kundennummer": None}, "key.missing"),
        ({"person": None}, "person.unreadable"),
        ({"person": {"vorname": ""}}, "person.unreadable"),
        ({"person": {"familienname": "X", "geburtsdatum": "14.3.90"}}, "person.unreadable"),
        ({"person": {"familienname": "X", "geburtsdatum": "1990-02-30"}}, "person.unreadable"),
    ],
)
def test_a_profile_without_what_it_needs_is_refused_alone(change: dict[str, Any], code: str) -> None:
    made = record_of(Profile(4, sample(1) | change))
    assert isinstance(made, Refused)
    assert (made.line, made.code) == (4, code)
    assert "1990" not in made.reason.replace("1990-03-14", "")


@pytest.mark.parametrize("name", ["Ole\u202eksandra", "x" * 201])
def test_a_name_that_cannot_be_kept_refuses_its_record(name: str) -> None:
    """Half a name would look like another person's."""
    document = sample(1)
    document["person"]["vorname"] = name
    refused = checked(record(document))
    assert isinstance(refused, Refused)
    assert refused.code == "entry.invalid"
    assert name not in refused.reason


FORBIDDEN = {
    "gesundheitlicheEinschraenkungen": {"text": "canary-ruecken"},
    "gradDerBehinderung": "canary-50",
    "gdb": "canary-30",
    "religion": "canary-alevi",
    "Konfession": "canary-rk",
    "asylgründe": ["canary-verfolgt"],
    "reiseweg": "canary-balkan",
    "volkszugehörigkeit": "canary-kurdisch",
    "ethnicity": "canary-x",
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_the_registry_may_never_hold_is_dropped_and_named(name: str) -> None:
    """Design, section 1: the value is dropped, the path reported."""
    document = sample(1)
    document["person"][name] = FORBIDDEN[name]
    made = record(document)
    assert "canary" not in repr(made)
    assert [(left.path, left.kept) for left in made.unmapped if not left.kept] == [(f"/person/{name}", False)]
    assert made.digest == record(sample(1)).digest


def test_an_object_about_health_is_dropped_with_all_its_fields() -> None:
    document = sample(1)
    document["handlungsbedarfe"].append({"schluesselgruppe": "GESUNDHEIT", "text": "canary"})
    document["handlungsbedarfe"].append({"schluesselgruppe": "MOBILITAET", "text": "kein Auto"})
    made = record(document)
    assert "canary" not in repr(made)
    assert ("/handlungsbedarfe/*", False) in [(left.path, left.kept) for left in made.unmapped]
    assert values(document, "needs.support") == [{"text": "kein Auto", "group": "MOBILITAET"}]


def test_a_dropped_item_leaves_no_gap_that_tells_of_it() -> None:
    document, other = sample(1), sample(1)
    strange = {"schluesselgruppe": "MOTIVATION", "text": "canary-2"}
    document["handlungsbedarfe"] += [{"schluesselgruppe": "LEISTUNGSFAEHIGKEIT", "text": "canary"}, strange]
    other["handlungsbedarfe"].append(strange)
    assert record(document).entries == record(other).entries
    assert record(document).digest == record(other).digest


def test_occupations_in_care_and_skills_about_diagnosis_are_kept() -> None:
    document = sample(3)
    document["zielberufe"] = [{"bezeichnung": "Gesundheits- und Krankenpfleger/in"}]
    document["fertigkeiten"] = [{"hierarchieName": "Fahrzeugdiagnose", "auspraegungen": {}}]
    assert all(left.kept for left in record(document).unmapped)


def test_a_test_file_is_for_test_systems_only() -> None:
    """samples/README.md: `SYNTHETISCH` must be refused by any endpoint that is not for tests."""
    unmarked = {name: value for name, value in sample(1).items() if name != "_note"}
    content = json.dumps(unmarked).encode() + b"\n" + json.dumps(unmarked | {"Test": "SYNTHETISCH"}).encode()
    assert ADAPTER.survey(io.BytesIO(content), endpoint_is_test=True).records == 2
    for task in (ADAPTER.survey, lambda *of, **how: list(ADAPTER.read(*of, **how))):
        with pytest.raises(RefusedFileError) as caught:
            task(io.BytesIO(content), endpoint_is_test=False)
        assert (caught.value.line, caught.value.reason_code) == (2, "test.record")


def test_a_survey_names_the_one_sender() -> None:
    documents = [{"refnr": "1"}, {"dienststelle": {"nummer": "677"}}, {"dienststelle": {"nummer": 677}}]
    survey = ADAPTER.survey(io.BytesIO(json.dumps(documents).encode()), endpoint_is_test=True)
    assert (survey.records, survey.sender) == (3, "677")


def test_a_file_of_two_senders_or_of_none_is_refused() -> None:
    two = b'{"dienststelle":{"nummer":"1"}}\n{"dienststelle":{"nummer":"2"}}'
    for content, line, code in ((two, 2, "sender.several"), (b"[]", 1, "file.empty")):
        with pytest.raises(RefusedFileError) as caught:
            ADAPTER.survey(io.BytesIO(content), endpoint_is_test=True)
        assert (caught.value.line, caught.value.reason_code) == (line, code)

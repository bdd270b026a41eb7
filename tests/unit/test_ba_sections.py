"""Part by part of BA's profile: what becomes which entry, and where nothing may be made of it."""

from typing import Any

import pytest

from adapters.ba.mapping import record_of
from adapters.ba.reading import Profile
from adapters.contract import Record
from schemas.entries import load_value


def whole(**parts: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    made = record_of(Profile(1, {"refnr": "1", "person": {"familienname": "X"}} | parts))
    assert isinstance(made, Record)
    return [dict(entry) for entry in made.entries]


def entries(**parts: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    return whole(**parts)[2:]  # without name and number


def values(**parts: Any) -> list[tuple[str, dict[str, Any]]]:  # noqa: ANN401 - any JSON
    made = [(entry["kind"], entry["value"]) for entry in entries(**parts)]
    assert all(load_value(kind, value) == value for kind, value in made)
    return made


FOREIGN = {"art": "SCHULE", "bezeichnung": "Hochschulreife (Syrien)", "land": "SYR", "abschluss": "HOCHSCHULREIFE"}


def test_a_foreign_school_leaving_is_no_german_one() -> None:
    """samples/README.md: the German equivalent only if certified."""
    assert values(ausbildungen=[FOREIGN | {"von": "1996-09", "bis": "2008-06", "inDeutschlandAnerkannt": "NEIN"}]) == [
        (
            "education.school",
            {
                "as_said": "Hochschulreife (Syrien)",
                "start": "1996-09",
                "end": "2008-06",
                "country": "SY",
                "completion": "completed",
                "recognised_in_germany": False,
                "reported": [
                    {"scheme": "ba-abschluss", "code": "HOCHSCHULREIFE"},
                    {"scheme": "ba-anerkennung", "code": "NEIN"},
                ],
            },
        ),
        (
            "recognition.procedure",
            {
                "state": "not-recognised",
                "subject": "Hochschulreife (Syrien)",
                "country": "SY",
                "reported": [{"scheme": "ba-anerkennung", "code": "NEIN"}],
            },
        ),
    ]


@pytest.mark.parametrize(
    ("change", "leaving", "level"),
    [
        ({"land": "DEU"}, "general", "3"),
        ({"inDeutschlandAnerkannt": "JA"}, "general", "3"),
        ({"land": "DEU", "abschluss": "HAUPTSCHULABSCHLUSS"}, "lower", "2"),
        ({"land": "DEU", "abschluss": "OHNE"}, "none", None),
        ({"land": "DEU", "abschluss": "UNBEKANNTES_WORT"}, None, None),
        ({"abschluss": "OHNE"}, None, None),
        ({"inDeutschlandAnerkannt": "IN_PRUEFUNG"}, None, None),
        ({"inDeutschlandAnerkannt": "NICHT_BEKANNT"}, None, None),
    ],
)
def test_a_german_leaving_was_earned_here_or_certified(
    change: dict[str, str], leaving: str | None, level: str | None
) -> None:
    kind, value = values(ausbildungen=[FOREIGN | change])[0]
    assert (kind, value.get("german_leaving"), value.get("isced_level")) == ("education.school", leaving, level)


@pytest.mark.parametrize(
    ("code", "state", "recognised"),
    [
        ("JA", "full", True),
        ("NEIN", "not-recognised", False),
        ("IN_PRUEFUNG", "in-assessment", None),
        ("NICHT_BEKANNT", "unclear", None),
        ("VIELLEICHT", None, None),
    ],
)
def test_a_word_about_recognition_becomes_a_state(code: str, state: str | None, recognised: bool | None) -> None:  # noqa: FBT001 - a parameter
    (_, education), *more = values(ausbildungen=[FOREIGN | {"inDeutschlandAnerkannt": code}])
    assert education.get("recognised_in_germany") is recognised
    assert {"scheme": "ba-anerkennung", "code": code} in education["reported"]
    assert [value["state"] for kind, value in more if kind == "recognition.procedure"] == ([state] if state else [])


def test_what_was_learned_in_germany_needs_no_procedure() -> None:
    kinds = [kind for kind, _ in values(ausbildungen=[FOREIGN | {"land": "DEU", "inDeutschlandAnerkannt": "JA"}])]
    assert kinds == ["education.school"]


def test_studies_keep_university_rating_and_the_statement_of_comparability() -> None:
    studies = {"art": "STUDIUM", "bezeichnung": "Magister", "abschluss": "MASTER", "hochschule": "Drahomanow"}
    made = entries(ausbildungen=[studies | {"anabin": "H+", "zabZeugnisbewertung": "12.09.2023"}])
    assert made[0]["value"] == {
        "as_said": "Magister",
        "completion": "completed",
        "reported": [{"scheme": "ba-abschluss", "code": "MASTER"}],
        "degree": "master",
        "isced_level": "7",
        "institution": "Drahomanow",
        "anabin": "H+",
    }
    assert made[1]["kind"] == "recognition.comparability"
    assert made[1]["value"] == {"subject": "Magister", "issuer": "ZAB", "date": "2023-09-12"}
    assert made[1]["evidence"] == {"type": "certificate", "reference": "ZAB"}
    assert len(made) == 2


def test_a_training_keeps_its_occupation() -> None:
    training = {"art": "BERUFSAUSBILDUNG", "bezeichnung": "Koch", "hauptDkz": "29302-100", "abschluss": "OHNE"}
    assert values(ausbildungen=[training]) == [
        (
            "education.vocational",
            {
                "as_said": "Koch",
                "completion": "left-without",
                "reported": [{"scheme": "ba-abschluss", "code": "OHNE"}],
                "occupation": {"title": "Koch", "kldb": "29302", "dkz": "29302-100"},
                "has_qualification": False,
            },
        )
    ]


@pytest.mark.parametrize(
    "item", [{"art": "PRAKTIKUM", "bezeichnung": "X"}, {"art": "SCHULE"}, {"land": "SYR"}, 7, None]
)
def test_an_education_of_an_unknown_sort_is_kept_as_it_came(item: object) -> None:
    assert [kind for kind, _ in values(ausbildungen=[item, FOREIGN])] == ["education.school", "unmapped.path"]


def test_an_end_before_the_start_is_kept_as_it_came() -> None:
    job = {"bezeichnung": "Koch", "von": "2020-05", "bis": "2019"}
    assert values(berufspraxis=[job]) == [
        ("work.experience", {"occupation": {"title": "Koch"}}),
        ("unmapped.path", {"path": "/berufspraxis/0", "content": job}),
    ]


def test_a_job_keeps_title_codes_days_country_and_requirement() -> None:
    job = {"hauptDkz": "01104-191", "bezeichnung": "Soldat", "kldb": "01104", "von": "2009", "bis": "15.06.2015"}
    assert values(berufspraxis=[job | {"land": "AFG", "anforderungsniveau": "2"}]) == [
        (
            "work.experience",
            {
                "occupation": {"title": "Soldat", "kldb": "01104", "dkz": "01104-191"},
                "start": "2009",
                "end": "2015-06-15",
                "country": "AF",
                "requirement_level": 2,
            },
        )
    ]


@pytest.mark.parametrize("level", ["0", "5", "02", "zwei", True, "2.5", "", "٢"])
def test_a_requirement_that_is_none_of_four_is_kept_as_it_came(level: object) -> None:
    (_, value), (kind, kept) = values(berufspraxis=[{"bezeichnung": "Koch", "anforderungsniveau": level}])
    assert "requirement_level" not in value
    assert (kind, kept["content"]["anforderungsniveau"]) == ("unmapped.path", level)


def test_a_training_that_is_wanted_is_told_from_an_occupation() -> None:
    wanted = [{"hauptDkz": "81302-129", "bezeichnung": "Pflegefachmann/-frau (Ausbildung)"}, {"bezeichnung": "Koch"}]
    assert values(zielberufe=wanted) == [
        (
            "goals.training",
            {"occupation": {"title": "Pflegefachmann/-frau (Ausbildung)", "kldb": "81302", "dkz": "81302-129"}},
        ),
        ("goals.occupation", {"occupation": {"title": "Koch"}}),
    ]


def test_status_circle_and_position_stand_with_their_days() -> None:
    status = {"arbeitsuchendSeit": "2024-07-01", "arbeitslosSeit": "2024-08", "ausbildungsuchend": True}
    assert values(bewerberstatus=status | {"profillage": "FOERDERPROFIL"}, rechtskreis="SGB II") == [
        ("work.status", {"status": "job-seeking", "since": "2024-07-01"}),
        ("work.status", {"status": "unemployed", "since": "2024-08"}),
        ("work.status", {"status": "training-seeking"}),
        (
            "pathway.legal-circle",
            {
                "circle": "sgb-2",
                "profile_position": "FOERDERPROFIL",
                "reported": [{"scheme": "ba-profillage", "code": "FOERDERPROFIL"}],
            },
        ),
    ]


def test_not_seeking_training_says_nothing_about_the_status() -> None:
    assert values(bewerberstatus={"ausbildungsuchend": False}, rechtskreis="SGB XII") == [
        ("unmapped.path", {"path": "/bewerberstatus", "content": {"ausbildungsuchend": False}}),
        ("unmapped.path", {"path": "/rechtskreis", "content": "SGB XII"}),
    ]


def test_each_skill_keeps_group_and_grade() -> None:
    by_grade = {"Expertenkenntnisse": ["Motoren"], "Grundkenntnisse": ["Elektrik"], "Gesellenniveau": ["Lack"]}
    assert values(fertigkeiten=[{"hierarchieName": "Kfz", "auspraegungen": by_grade}]) == [
        ("skills.skill", {"name": "Motoren", "group": "Kfz", "grade": {"scale": "ba-verbal", "code": "expert"}}),
        ("skills.skill", {"name": "Elektrik", "group": "Kfz", "grade": {"scale": "ba-verbal", "code": "basic"}}),
        ("skills.skill", {"name": "Lack", "group": "Kfz", "grade": {"scale": "text", "code": "Gesellenniveau"}}),
    ]


@pytest.mark.parametrize("by_grade", [{}, {"Grundkenntnisse": []}, {" ": ["x"]}, {"basic": ["x"]}, ["x"], None])
def test_a_group_without_skills_is_kept_as_it_came(by_grade: object) -> None:
    group = {"hierarchieName": "Kfz", "auspraegungen": by_grade}
    assert values(fertigkeiten=[group]) == [("unmapped.path", {"path": "/fertigkeiten/0", "content": group})]


def test_no_licence_at_all_is_a_statement() -> None:
    assert values(mobilitaet={"fuehrerscheine": []}) == [("skills.licence", {"type": "driving", "holds": False})]
    assert values(mobilitaet={"fuehrerscheine": ["B", "CE"], "umkreisKm": 0}) == [
        ("skills.licence", {"type": "driving", "code": "B", "holds": True}),
        ("skills.licence", {"type": "driving", "code": "CE", "holds": True}),
        ("goals.mobility", {"radius_km": 0}),
    ]
    assert values() == []


def test_myskills_keeps_its_own_grades() -> None:
    fields = [{"name": "Fahrzeuge warten", "stufe": 4}, {"name": "Fehler finden", "stufe": "2"}]
    assert values(myskills={"referenzberuf": "Kfz", "datum": "2019-05-14", "handlungsfelder": fields}) == [
        (
            "skills.assessment",
            {
                "instrument": "MYSKILLS",
                "occupation": {"title": "Kfz"},
                "date": "2019-05-14",
                "fields_of_action": [
                    {"name": "Fahrzeuge warten", "grade": {"scale": "myskills", "code": "4"}},
                    {"name": "Fehler finden", "grade": {"scale": "myskills", "code": "2"}},
                ],
            },
        )
    ]


def test_more_fields_of_action_than_an_entry_holds_are_all_kept() -> None:
    fields = [{"name": f"Feld {number}", "stufe": 1} for number in range(60)]
    (_, value), *kept = values(myskills={"handlungsfelder": fields})
    assert len(value["fields_of_action"]) == 50
    assert [one["content"] for _, one in kept] == [{"handlungsfelder": fields}]


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("QUALIFIKATION", "needs.training"),
        ("SPRACHE", "needs.language"),
        ("ANERKENNUNG", "needs.recognition"),
        ("KINDERBETREUUNG", "needs.childcare"),
        ("MOBILITAET", "needs.support"),
        ("RAHMENBEDINGUNGEN", "needs.support"),
        ("MOTIVATION", "unmapped.path"),
        (None, "unmapped.path"),
    ],
)
def test_the_group_decides_what_sort_of_need_it_is(group: str | None, kind: str) -> None:
    assert [made for made, _ in values(handlungsbedarfe=[{"schluesselgruppe": group, "text": "B2, Anerkennung"}])] == [
        kind
    ]


def test_strengths_and_the_address_are_taken_as_said() -> None:
    person = {"familienname": "X", "plz": "01067", "ort": " Dresden "}
    assert ("contact.address", {"postcode": "01067", "place": "Dresden"}) in [
        (entry["kind"], entry["value"]) for entry in whole(person=person)
    ]
    assert values(staerken=["Teamfa\u0308higkeit", 7]) == [
        ("skills.strength", {"name": "Teamfähigkeit"}),
        ("unmapped.path", {"path": "/staerken/1", "content": 7}),
    ]

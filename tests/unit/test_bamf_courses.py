"""BAMF's course data in our words: course, sections, placement test, and the final test skill by skill."""

from typing import Any

import pytest

from tests.agencies.bamf.samples import COURSES, message, record

ROOT = "BAMFTGS.AuskunftKursteilnahme.080015"


def course_data(body: str) -> bytes:
    known = "<identifikation><bamfkennziffer>BK1-2</bamfkennziffer></identifikation>"
    return message(known + body, root=ROOT)


def values(content: bytes, kind: str) -> list[dict[str, Any]]:
    return [dict(entry["value"]) for entry in record(content).entries if entry["kind"] == kind]


def final_test(body: str) -> dict[str, Any]:
    content = course_data(f"<datenAbschlusstestSprache>{body}</datenAbschlusstestSprache>")
    (german,) = values(content, "languages.language")
    assert (german["language"], german["levels"]) == ("de", [])
    (certificate,) = german["certificates"]
    return dict(certificate)


def test_course_data_are_found_by_bamfs_own_number() -> None:
    made = record(COURSES.read_bytes())
    assert made.key == "bamf:BK4711-0815-22"
    assert values(COURSES.read_bytes(), "identifiers.bamf") == [{"number": "BK4711-0815-22"}]


def test_a_course_has_its_kind_its_sections_and_its_placement_test() -> None:
    (course,) = values(COURSES.read_bytes(), "pathway.course")
    assert course == {
        "type": "literacy",
        "reported": [{"scheme": "bamf-kursart", "code": "4", "label": "Integrationskurs mit Alphabetisierung"}],
        "registered_on": "2024-01-15",
        "sections": [{"start": "2024-02-05", "end": "2024-04-19", "number": 1, "lessons": 100}],
    }
    assert values(COURSES.read_bytes(), "pathway.placement-test") == [
        {"date": "2024-01-10", "recommendation": "Integrationskurs mit Alphabetisierung"}
    ]


@pytest.mark.parametrize("code", ["4", "11", "19", "20", "23", "24"])
def test_courses_that_teach_to_write_are_literacy_courses(code: str) -> None:
    content = course_data(f"<kursanmeldedaten><kursart><code>{code}</code></kursart></kursanmeldedaten>")
    assert values(content, "pathway.course")[0]["type"] == "literacy"


@pytest.mark.parametrize("code", ["1", "9", "10", "88"])
def test_other_courses_are_integration_courses(code: str) -> None:
    content = course_data(f"<kursanmeldedaten><kursart><code>{code}</code></kursart></kursanmeldedaten>")
    assert values(content, "pathway.course")[0]["type"] == "integration"


@pytest.mark.parametrize("code", ["5", "17", "21", "22"])
def test_that_somebody_is_deaf_or_blind_is_never_held_not_even_in_a_digest(code: str) -> None:
    """The code of such a course is health data (design, section 1)."""
    body = "<kursanmeldedaten><anmeldedatum>2024</anmeldedatum>{}</kursanmeldedaten>"
    kind = f'<kursart listURI="urn:x"><code>{code}</code><name>Blindenkurs</name></kursart>'
    advice = "<einstufungstest><datum>2024</datum>{}</einstufungstest>"
    made = record(course_data(body.format(kind + advice.format("<empfehlung>Gehörlosenkurs</empfehlung>"))))
    without = record(course_data(body.format(advice.format(""))))
    assert (made.entries, made.digest) == (without.entries, without.digest)
    assert {left.path for left in made.unmapped if not left.kept} == {
        "/kursanmeldedaten/kursart",
        "/kursanmeldedaten/einstufungstest/empfehlung",
    }


def test_a_final_test_states_each_skill_with_its_points() -> None:
    (german,) = values(COURSES.read_bytes(), "languages.language")
    (certificate,) = german["certificates"]
    assert certificate["name"] == "DTZ"
    assert [(one["skill"], one["scale"], one["code"], one["cefr"]) for one in certificate["results"]] == [
        ("overall", "dtz", "A2", "A2"),
        ("listening", "dtz-part", "194", "B1"),
        ("writing", "dtz-part", "191", "A2"),
        ("speaking", "dtz-part", "195", "B1"),
    ]
    assert [one.get("points") for one in certificate["results"]] == [None, "20 von 25", "8 von 20", "82 von 100"]


@pytest.mark.parametrize(
    ("code", "level"),
    [("190", None), ("191", "A2"), ("192", "A2"), ("193", "A2"), ("194", "B1"), ("195", "B1"), ("196", "B1")],
)
def test_a_part_states_a_level_only_where_its_code_says_one_was_reached(code: str, level: str | None) -> None:
    """urn:de:xauslaender:codelist:int:abschlusstestergebnisinterpretation; 190 says that A2 was not."""
    (result,) = final_test(f"<ergebnisLesen><code>{code}</code></ergebnisLesen>")["results"]
    assert (result["skill"], result["code"], result["cefr"]) == ("reading", code, level)


def test_below_a2_is_no_level() -> None:
    (result,) = final_test("<gesamtergebnis><code>unter A2</code></gesamtergebnis>")["results"]
    assert result == {"skill": "overall", "scale": "dtz", "code": "below-A2", "cefr": None}


def test_points_alone_are_points() -> None:
    (result,) = final_test("<fertigkeitHoeren>20 von 25</fertigkeitHoeren>")["results"]
    assert result == {"skill": "listening", "scale": "points", "code": "20 von 25", "cefr": None}


def test_sections_belong_to_no_course_where_there_are_two() -> None:
    section = "<kursabschnittsdaten><kursabschnitt>1</kursabschnitt></kursabschnittsdaten>"
    course = "<kursanmeldedaten><kursart><code>{}</code></kursart></kursanmeldedaten>"
    content = course_data(course.format("1") + course.format("10") + section)
    assert [course.get("sections") for course in values(content, "pathway.course")] == [None, None]
    assert values(content, "unmapped.path") == [{"path": "/kursabschnittsdaten", "content": {"kursabschnitt": "1"}}]

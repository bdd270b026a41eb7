"""What the registry may never hold is found in words too, and names of occupations are not taken for it."""

from typing import Any

import pytest

from adapters.translation.leftovers import Document
from adapters.translation.screening.judging import judged
from adapters.translation.screening.marks import is_test
from adapters.translation.screening.spoken import told

TELLING = {
    "health": (
        "Reha wegen Schwerbehinderung GdB 50", "Depression", "schwanger, Termin im Mai", "Reha-Maßnahme", "Burn-out",
        "Schwerbehindertenausweis", "Behinderung", "psychosoziale Betreuung", "has a disability", "SUCHTBERATUNG",
        "mental health problems", "Trauma\u00adtherapie", "gesundheitliche Einschränkungen", "chronisch krank",
        "ärztliches Gutachten", "wheelchair user", "ＤＥＰＲＥＳＳＩＯＮ", "Verletzung an der Hand",
        "Kurs für Gehörlose", "a\u0308rztliches Attest",
    ),
    "religion": ("ist Muslimin", "evangelisch", "jesidisch", "Christin", "religious reasons", "Konfession: keine"),
    "asylum grounds": ("Flucht vor dem Krieg", "politisch verfolgt", "persecuted in Iran", "Folter"),
    "travel route": ("geflohen über Libyen", "Balkanroute", "fled via Turkey"),
    "ethnicity": ("ethnische Minderheit", "Volkszugehörigkeit Hazara", "Angehörige der Roma"),
}  # fmt: skip
NAMING = (
    "Altenpflege", "Krankenpfleger", "Krankenschwester", "Arzthelferin", "Gesundheits- und Krankenpfleger/in",
    "medizinische Fachangestellte", "Pflegefachfrau", "Heilerziehungspflege", "Kirchenmusiker",
    "Anerkennung als Ärztin, ärztliche Approbation", "sucht Arbeit in Teilzeit", "verfolgt das Ziel Meister",
    "Kurs bei der Evangelischen Familienbildungsstätte", "Kurdisch (Kurmandschi)", "Behindertenhilfe",
    "Traumapädagogik", "von Arbeitslosigkeit bedroht", "Fahrzeugdiagnose", "B2 für Pflegeausbildung",
    "Gesundheitszeugnis", "Fachkraft Gesundheit", "Physiotherapeutin", "Hörgeräteakustikerin", "Reiseweg zur Arbeit",
    "Verhinderungspflege", "Rehabilitationspädagogin", "Religionslehrerin", "Bezirksamt", "Chronik schreiben",
    "Entbindung von der Schweigepflicht", "Verletzung der Mitwirkungspflicht", "Automatisierungstechnik",
)  # fmt: skip


@pytest.mark.parametrize(("what", "text"), [(what, text) for what, texts in TELLING.items() for text in texts])
def test_a_text_that_tells_it_is_found(what: str, text: str) -> None:
    assert told(text) == what
    assert told("." * 100 + f" B1; {text} ({'x' * 100})") == what


@pytest.mark.parametrize("text", NAMING)
def test_names_of_occupations_and_everyday_words_tell_nothing(text: str) -> None:
    assert told(text) is None


def unmapped(path: str, content: object) -> dict[str, Any]:
    return {"kind": "unmapped.path", "value": {"path": path, "content": content}}


def test_a_need_that_tells_it_is_dropped_whole_and_its_places_are_named() -> None:
    need = {"kind": "needs.support", "value": {"text": "Hilfe", "next_step": "Termin Suchtberatung"}}
    made = judged([need], {"bedarfe": [{"was": "Hilfe", "dann": "Termin Suchtberatung"}, {"was": "Kita"}]})
    assert made.entries == ()
    assert [(one.path, one.kept, one.reason) for one in made.dropped] == [
        ("/bedarfe/*/dann", False, "never held: health"),
        ("/bedarfe/*/was", False, "never held: health"),
    ]


def test_of_another_entry_only_what_tells_it_goes() -> None:
    test = {"date": "2025-01-01", "recommendation": "Kurs für Blinde"}
    permission = {"permission": "allowed", "conditions": "nur mit Attest"}
    made = judged(
        [
            {"kind": "pathway.placement-test", "value": test},
            {"kind": "residence.employment-permission", "value": permission, "evidence": {"type": "register"}},
            {"kind": "pathway.outcome", "value": {"subject": "Kurs", "result": "Abbruch, Depression"}},
            {"kind": "pathway.course", "value": {"type": "integration", "reported": [
                {"scheme": "bamf-kursart", "code": "13", "label": "Kurs für Gehörlose"},
                {"scheme": "x", "code": "1"}]}},
        ],
        {},
    )  # fmt: skip
    assert [entry["value"] for entry in made.entries] == [
        {"date": "2025-01-01"},
        {"permission": "allowed"},
        {"type": "integration", "reported": [{"scheme": "x", "code": "1"}]},
    ]
    assert len(made.dropped) == 4


def test_occupations_skills_education_and_employers_are_left_alone() -> None:
    entries = [
        {
            "kind": "work.experience",
            "value": {"occupation": {"title": "Betreuer für Behinderte"}, "employer": "Reha AG"},
        },
        {"kind": "skills.skill", "value": {"name": "Demenzkranke begleiten"}},
        {"kind": "education.school", "value": {"as_said": "Islamische Schule"}},
        {"kind": "pathway.measure", "value": {"name": "Probearbeit", "provider": "Reha-Zentrum"}},
        unmapped("/berufspraxis/0", {"bezeichnung": "Helfer für Behinderte", "arbeitgeber": "Psychiatrie"}),
        unmapped("/csv/Beruf_Text", "Seelischer Beistand"),
    ]
    assert judged(entries, {}).entries == tuple(entries)


def test_what_no_mapping_took_loses_only_the_text_that_tells_it() -> None:
    entries = [
        unmapped("/berufspraxis/0", {"bezeichnung": "Koch", "bemerkung": "gekündigt wegen Depression"}),
        unmapped("/notizen", ["Kita", "ist schwanger"]),
        unmapped("/csv/Notiz", "HIV"),
    ]
    made = judged(entries, {})
    assert [entry["value"]["content"] for entry in made.entries] == [{"bezeichnung": "Koch"}, ["Kita"]]
    assert [one.path for one in made.dropped] == ["/berufspraxis/*/bemerkung", "/notizen/*", "/csv/Notiz"]


def test_a_forbidden_field_is_found_also_where_its_umlaut_is_two_letters() -> None:
    document = Document({"Leistungseinschra\u0308nkung": "x"})
    assert document.content == {}


@pytest.mark.parametrize(
    "fields", [{"test": "SYNTHETISCH"}, {"TEST": True}, {"@Test": ""}, {"Test": "x"}, {"_note": "SYNTHETIC. Invented."}]
)
def test_a_mark_of_a_test_is_seen_in_any_capitals(fields: dict[str, object]) -> None:
    assert is_test(fields)


@pytest.mark.parametrize("fields", [{}, {"test": False}, {"Test": ""}, {"_note": "Kita"}, {"tests": "x"}])
def test_other_fields_are_no_marks_of_a_test(fields: dict[str, object]) -> None:
    assert not is_test(fields)

"""What a person says herself: she alone writes it, nothing of it is lost, and nobody sees it whom she did not let."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest

from registry.casework.herself import stating
from registry.db import Sessions
from registry.keys.client import KEEPER
from registry.profiles import appearances, entries
from registry.profiles.entries import Provenance
from registry.wire import messages
from registry.wire.messages import WriteRecord
from schemas.entries import EntryIn, load_value
from schemas.herself import STATABLE
from tests.api_client import DARI, NAME, Api, Caller, Person, opened, profile, wish
from tests.conftest import DatabasePair
from tests.house import Letter, open_house
from tests.identities import Said
from tests.identities import entries as identity
from tests.integration.test_api_feed import place_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

MINE = "/api/v1/me/entries"
NADIR = Said(family="Barakzai", given="Nadir", born="1979-06-21", sex="m", nationality="AF")


def german(level: str) -> dict[str, Any]:
    levels = [{"skill": "overall", "scale": "cefr", "code": level}]
    return {"kind": "languages.language", "value": {"language": "de", "as_said": "Deutsch", "levels": levels}}


#: One of each kind that a person can state.
SAID: dict[str, dict[str, Any]] = {
    "contact.address": {"street": "Hauptstraße", "house_number": "3", "place": "Köln"},
    "contact.phone": {"number": "+49 170 1234567", "type": "mobile"},
    "contact.email": {"address": "zahra@example.org"},
    "contact.language": {"language": "prs", "interpreter_needed": True},
    "languages.language": german("B1")["value"],
    "languages.literacy": {"script": "Latn", "level": "simple"},
    "education.school": {"as_said": "Lycée", "last_class": 12},
    "education.university": {"subject": "Pharmazie"},
    "education.vocational": {"occupation": {"title": "Bäckerin"}},
    "education.further": {"as_said": "Excel"},
    "work.experience": {"occupation": {"title": "Lehrerin"}, "start": "2010", "end": "2014-05"},
    "work.status": {"status": "job-seeking"},
    "skills.skill": {"name": "Nähen"},
    "skills.strength": {"name": "Geduld"},
    "skills.licence": {"type": "driving", "code": "B"},
    "recognition.procedure": {"subject": "Pharmazie", "state": "applied"},
    "recognition.comparability": {"subject": "Pharmazie"},
    "pathway.course": {"type": "job-german", "as_said": "B2 am Abend"},
    "needs.training": {"text": "Staplerschein"},
    "needs.language": {"text": "Deutsch für den Beruf", "target_level": "B2"},
    "needs.recognition": {"text": "Anerkennung des Studiums"},
    "needs.support": {"text": "Fahrrad"},
    "needs.childcare": {"text": "vormittags", "children": 2},
    "goals.occupation": {"occupation": {"title": "Apothekerin"}},
    "goals.training": {"text": "Umschulung"},
    "goals.working-time": {"models": ["part"]},
    "goals.mobility": {"radius_km": 30},
}


@pytest.fixture(scope="module")
def api(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Api]:
    """One house for this module: a one-time code works once, so officers sign in once."""
    pair = DatabasePair("test_api_own_entries", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair, linker=True, idle_minutes=10_000) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def clerk(api: Api) -> Caller:
    return api.officer("Agentur")


@pytest.fixture(scope="module")
def jobcenter(api: Api) -> Caller:
    return api.officer("Jobcenter Köln")


@pytest.fixture
def zahra(api: Api, clerk: Caller) -> Person:
    return api.recorded(clerk, NAME, DARI)


@pytest.fixture
def she(api: Api, zahra: Person) -> Caller:
    return api.person(zahra)


def state(she: Caller, entry: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = she.post(MINE, entry, **headers)
    assert answer.status_code == 201, answer.get_json()
    document: dict[str, Any] = answer.get_json()
    assert answer.headers["ETag"] == f'"{document["version"]}"'
    assert answer.headers["Location"] == f"{MINE}/{document['entry']['id']}"
    return document


def put(she: Caller, document: dict[str, Any], entry: dict[str, Any], tag: str | None = None) -> Any:  # noqa: ANN401 - werkzeug's answer
    where = f"{MINE}/{document['entry']['id']}"
    return she.ask("PUT", where, entry, If_Match=tag or f'"{document["version"]}"')


def back(she: Caller, document: dict[str, Any], tag: str | None = None) -> Any:  # noqa: ANN401 - werkzeug's answer
    where = f"{MINE}/{document['entry']['id']}"
    return she.ask("DELETE", where, If_Match=tag or f'"{document["version"]}"')


def seen(answer: Any, section: str) -> list[tuple[str, Any]]:  # noqa: ANN401 - werkzeug's answer
    """Return source and value of each entry of a section of a profile."""
    (found,) = (one for one in answer.get_json()["sections"] if one["section"] == section)
    return [(entry["source"], entry["value"]) for entry in found["entries"]]


def sources(she: Caller) -> list[str]:
    return [one["source"] for one in she.get("/api/v1/me/appearances").get_json()["appearances"]]


def test_everything_that_she_can_state_is_there_as_her_own_word(she: Caller) -> None:
    assert SAID.keys() == set(STATABLE)
    for kind, value in SAID.items():
        made = state(she, {"kind": kind, "value": value})["entry"]
        assert (made["kind"], made["source"], made["recorded_by"]) == (kind, "person", "person")
        assert made["evidence"] == {"type": "self-report"}
    read = she.get("/api/v1/me/profile").get_json()
    hers = [one for part in read["sections"] for one in part["entries"] if one["source"] == "person"]
    assert {one["kind"]: one["value"] for one in hers} == {kind: load_value(kind, said) for kind, said in SAID.items()}
    listed = {one["entry"]["id"]: one["entry"] for one in she.get(MINE).get_json()["entries"]}
    assert listed == {one["id"]: one for one in hers}


def test_her_first_entry_makes_one_appearance_and_later_ones_rewrite_it(api: Api, she: Caller) -> None:
    callers = [Caller(api.app.test_client(), she.token) for _ in range(4)]
    with ThreadPoolExecutor(len(callers)) as together:
        made = list(together.map(_state_and_leave, callers, ("A1", "A2", "B1", "B2")))
    assert made == [201] * 4
    assert sources(she).count("person") == 1
    assert len(she.get(MINE).get_json()["entries"]) == 4


def _state_and_leave(she: Caller, level: str) -> int:
    try:
        return she.post(MINE, german(level)).status_code
    finally:
        KEEPER.close()


def test_what_can_be_said_once_takes_the_place_of_what_she_said_before(she: Caller) -> None:
    state(she, {"kind": "contact.email", "value": {"address": "old@example.org"}})
    state(she, {"kind": "contact.phone", "value": {"number": "0170 1"}})
    state(she, {"kind": "contact.email", "value": {"address": "new@example.org"}})
    (mail,) = (one["entry"] for one in she.get(MINE).get_json()["entries"] if one["entry"]["kind"] == "contact.email")
    assert mail["value"] == {"address": "new@example.org"}


def test_a_correction_takes_the_place_of_what_she_said(she: Caller) -> None:
    before = state(she, german("A2"))
    answer = put(she, before, german("B1"))
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    after = answer.get_json()
    assert after["entry"]["value"]["levels"][0]["code"] == "B1"
    assert she.get(f"{MINE}/{before['entry']['id']}").status_code == 404
    assert she.get(f"{MINE}/{after['entry']['id']}").get_json() == after
    assert put(she, after, german("B1")).get_json() == after, "the same words change nothing"


def test_what_she_takes_back_counts_no_more(she: Caller) -> None:
    made = state(she, german("A2"))
    assert back(she, made).status_code == 204
    assert she.get(MINE).get_json()["entries"] == []
    assert back(she, made).status_code == 404


@pytest.mark.parametrize(("tag", "code"), [('"1"', "changed-meanwhile"), ('"9"', "changed-meanwhile"), ("x", None)])
def test_a_change_made_from_another_state_changes_nothing(she: Caller, tag: str, code: str | None) -> None:
    made = state(she, german("A2"))
    state(she, german("B2"))
    expected = (412, code) if code else (428, "if-match-required")
    for answer in (put(she, made, german("C1"), tag), back(she, made, tag)):
        assert (answer.status_code, answer.get_json()["code"]) == expected
    levels = {one["entry"]["value"]["levels"][0]["code"] for one in she.get(MINE).get_json()["entries"]}
    assert levels == {"A2", "B2"}


def test_a_correction_is_of_the_kind_of_what_it_corrects(she: Caller) -> None:
    made = state(she, german("A2"))
    answer = put(she, made, {"kind": "skills.skill", "value": {"name": "Nähen"}})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")


def test_the_same_request_again_finds_what_it_made(she: Caller) -> None:
    first = state(she, german("A2"), Idempotency_Key="one")
    assert state(she, german("A2"), Idempotency_Key="one") == first
    other = she.post(MINE, german("B1"), Idempotency_Key="one")
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency-key-reused")
    assert len(she.get(MINE).get_json()["entries"]) == 1
    assert back(she, first).status_code == 204
    again = state(she, german("A2"), Idempotency_Key="one")
    assert again["entry"]["ended_at"] is not None, "what was taken back does not come back by repeating a request"


@pytest.mark.parametrize(
    "entry",
    [
        NAME,
        {"kind": "identity.birth-date", "value": {"date": "1990-01-01"}},
        {"kind": "identifiers.azr", "value": {"number": "850712000123"}},
        {"kind": "residence.title", "value": {"category": "tolerated"}},
        {"kind": "pathway.entitlement", "value": {"type": "integration"}},
        {"kind": "pathway.measure", "value": {"name": "x"}},
        {"kind": "unmapped.path", "value": {"path": "x", "value": 1}},
        {"kind": "no.such", "value": {}},
        german("B1") | {"evidence": {"type": "certificate"}},
        german("B1") | {"reference": "7"},
        german("X9"),
        {"kind": "skills.skill", "value": {"name": "n" * 301}},
    ],
)
def test_what_is_not_hers_to_say_or_wrong_is_refused_whole(she: Caller, entry: dict[str, Any]) -> None:
    answer = she.post(MINE, entry)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert "person" not in sources(she)


def test_nobody_else_reads_or_changes_what_she_says(
    api: Api, clerk: Caller, jobcenter: Caller, she: Caller, zahra: Person
) -> None:
    made = state(she, german("A2"))
    where = f"{MINE}/{made['entry']['id']}"
    other = api.person(api.recorded(clerk, NAME, DARI))
    state(other, german("B1"))
    unknown = f"{MINE}/{uuid4()}"
    answers = [
        other.get(where),
        put(other, made, german("C2")),
        back(other, made),
        other.get(unknown),
        other.ask("PUT", unknown, german("C2"), If_Match='"1"'),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    for officer in (clerk, jobcenter):
        for answer in (officer.get(MINE), officer.get(where), officer.post(MINE, german("C2")), back(officer, made)):
            assert (answer.status_code, answer.get_json()["code"]) == (403, "not-for-you")
    assert clerk.get(profile(zahra.id, "intake")).status_code == 200
    assert she.get(where).get_json()["entry"] == made["entry"]


def test_an_offices_entry_is_not_hers_to_change(she: Caller) -> None:
    read = she.get("/api/v1/me/profile").get_json()
    dari = next(one for part in read["sections"] for one in part["entries"] if one["kind"] == "languages.language")
    assert back(she, {"entry": dari, "version": 1}).status_code == 404


def test_a_grant_of_before_opens_nothing_of_it_and_she_is_told_so(
    api: Api, jobcenter: Caller, she: Caller, zahra: Person
) -> None:
    office = api.agency("Jobcenter Köln")
    grant = she.post("/api/v1/me/grants", wish(office, zahra.proof(1))).get_json()["id"]
    assert she.get(MINE).get_json()["unseen_by"] == [], "she has said nothing yet"
    made = state(she, german("A2"))
    assert made["unseen_by"] == [{"id": grant, "agency_id": office, "purpose": "placement"}]
    assert {source for source, _ in seen(jobcenter.get(profile(zahra.id)), "languages")} == {api.agency("Agentur")}
    she.post("/api/v1/me/grants", wish(office, zahra.proof(2)))
    assert she.get(MINE).get_json()["unseen_by"] == []
    assert ("person", made["entry"]["value"]) in seen(jobcenter.get(profile(zahra.id)), "languages")


def test_her_word_stands_beside_that_of_an_office_which_contradicts_it(
    api: Api, clerk: Caller, jobcenter: Caller
) -> None:
    person = api.recorded(clerk, NAME, german("B1"))
    she = api.person(person)
    made = state(she, german("A2"))
    (found,) = she.get("/api/v1/me/profile").get_json()["contradictions"]
    assert made["entry"]["id"] in found["entries"]
    she.post("/api/v1/me/grants", wish(api.agency("Jobcenter Köln"), person.proof(1)))
    assert jobcenter.get(profile(person.id)).get_json()["contradictions"] == [found]


def test_an_office_hears_of_it_where_its_grant_opens_it_and_her_log_says_what_she_did(
    api: Api, clerk: Caller, jobcenter: Caller, she: Caller, zahra: Person
) -> None:
    state(she, {"kind": "skills.skill", "value": {"name": "Nähen"}})
    she.post("/api/v1/me/grants", wish(api.agency("Jobcenter Köln"), zahra.proof(1)))
    made = state(she, german("A2"))
    put(she, made, german("B1"))
    state(she, {"kind": "skills.skill", "value": {"name": "Backen"}})
    place_lines(api.house)
    heard = [one for one in followed(jobcenter) if one["person"] == zahra.id and one["event"] == "entries.recorded"]
    assert [one["sections"] for one in heard] == [["languages"]] * 2, "skills are not shared"
    assert not [one for one in followed(clerk) if one["person"] == zahra.id and one["event"] == "entries.recorded"]
    lines = she.get("/api/v1/me/log").get_json()["lines"]
    told = [(line["agency"], line["sections"]) for line in lines if line["event"] == "entries.recorded"]
    assert told == [(None, ["skills"]), (None, ["languages"]), (None, ["languages"]), (None, ["skills"])]


def followed(office: Caller) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor, more = "", True
    while more:
        piece = office.get(f"/api/v1/feed?limit=100{cursor and '&cursor=' + cursor}").get_json()
        items, cursor, more = items + piece["items"], piece["cursor"], piece["more"]
    return items


def test_whoever_is_forgotten_leaves_nothing_that_she_said(api: Api, she: Caller) -> None:
    state(she, german("A2"))
    with psycopg.connect(api.house.pair.main_url()) as connection:
        count = "SELECT count(*) FROM appearance WHERE source_kind = 'person'"
        before = connection.execute(count).fetchone() or (0,)
        assert she.delete("/api/v1/me").status_code == 204
        connection.rollback()
        after = connection.execute(count).fetchone() or (0,)
    assert after[0] == before[0] - 1
    assert she.get(MINE).status_code == 401


def test_what_is_too_much_is_refused_and_nothing_is_lost(she: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stating, "MOST_ENTRIES", 2)
    state(she, german("A1"))
    state(she, german("A2"))
    full = she.post(MINE, german("B1"))
    assert (full.status_code, full.get_json()["code"]) == (422, "section-full")
    monkeypatch.setattr(stating, "CHANGES_A_DAY", 3)
    last = state(she, {"kind": "skills.skill", "value": {"name": "Nähen"}})
    more = {"kind": "skills.skill", "value": {"name": "Backen"}}
    for answer in (she.post(MINE, more), put(she, last, more)):
        assert (answer.status_code, answer.get_json()["code"]) == (429, "too-many-changes")
    assert len(she.get(MINE).get_json()["entries"]) == 3
    assert back(she, last).status_code == 204, "taking back never is too much"


def test_what_she_says_of_who_she_is_finds_nobody_and_makes_nobody_found(api: Api, clerk: Caller) -> None:
    """The interface takes no identity of hers; the keeper, asked directly, tells the linker nothing of it."""
    person = api.recorded(clerk, NAME, DARI)
    actor = api.house.person(Letter(person.letter_code, person.codes))
    said = [EntryIn().load(one) for one in identity(NADIR)]
    made = entries.made(said, Provenance("person", "person", api.house.clock.now()))
    question = messages.Write([WriteRecord(entries.documents(made))], session=actor.token)
    (written,) = KEEPER.ask(question, messages.Sealed).results
    assert (written.query, written.appearance is not None) == (None, True)
    with Sessions.begin() as session:
        appearances.keep_births(session, [written.appearance] if written.appearance else [], written.sealed)
    found = clerk.post("/api/v1/matches", {"entries": identity(NADIR)}).get_json()
    assert found == {"matches": []}

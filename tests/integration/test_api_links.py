"""Known already? Asked at the counter, decided with reasons, confirmed or denied by the person, and undone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.api_client import Api, Caller, Person, opened, profile, wish
from tests.conftest import DatabasePair
from tests.house import PIN, open_house
from tests.identities import Said, entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF")
NADER = replace(NADIR, family="BARAKSAI", given="Nader Schah")
STRANGER = Said(family="Kovtun", given="Lesia", born="1991-02-03", sex="w", nationality="UA")
GERMAN_B1 = {
    "kind": "languages.language",
    "value": {
        "language": "de",
        "as_said": "Deutsch",
        "levels": [{"skill": "overall", "scale": "cefr", "code": "B1", "cefr": "B1"}],
    },
}
GERMAN_A2 = {
    "kind": "languages.language",
    "value": GERMAN_B1["value"]  # type: ignore[operator]  # a mapping
    | {"levels": [{"skill": "overall", "scale": "cefr", "code": "A2", "cefr": "A2"}]},
}


@pytest.fixture
def api(clusters: Pair, template_pair: str, test_logins: Logins, request: pytest.FixtureRequest) -> Iterator[Api]:
    """A house with a linker for each test: who is known is what these are about."""
    pair = DatabasePair(f"links_{abs(hash(request.node.name)) % 10**8}", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair, linker=True) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture
def agentur(api: Api) -> Caller:
    return api.officer("Agentur")


@pytest.fixture
def approver(api: Api) -> Caller:
    return api.officer("Agentur", "approver")


@pytest.fixture
def jobcenter(api: Api) -> Caller:
    return api.officer("Jobcenter Stuttgart")


def asked(officer: Caller, said: Said) -> list[dict[str, Any]]:
    """Ask whether somebody is known already."""
    answer = officer.post("/api/v1/matches", {"entries": entries(said)})
    assert answer.status_code == 200, answer.get_json()
    matches: list[dict[str, Any]] = answer.get_json()["matches"]
    return matches


def linked(officer: Caller, said: Said, *more: dict[str, Any], record: str = "") -> dict[str, Any]:
    """Record somebody as the one the linker found first, or found in this record."""
    match = next(one["id"] for one in asked(officer, said) if one["id"].startswith(record))
    born = officer.post("/api/v1/persons", {"entries": [*entries(said), *more], "same_as": match})
    assert born.status_code == 201, born.get_json()
    document: dict[str, Any] = born.get_json()
    assert document["linked"]
    return document


def persons(api: Api) -> int:
    with psycopg.connect(api.house.pair.main_url()) as connection:
        return int((connection.execute("SELECT count(*) FROM person").fetchone() or (0,))[0])


def separation(person: str, appearance: str) -> str:
    return f"/api/v1/persons/{person}/appearances/{appearance}/separation"


def letter(officer: Caller, person: str, appearance: str, **more: str | None) -> Person:
    made = officer.post(f"/api/v1/persons/{person}/letters", {"pin": PIN, **more})
    assert made.status_code == 201, made.get_json()
    return Person(person, appearance, made.get_json()["letter_code"], made.get_json()["codes"])


def test_somebody_known_elsewhere_is_found_in_another_spelling_with_reasons_and_masked(
    api: Api, agentur: Caller, jobcenter: Caller
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": entries(NADIR)}).get_json()
    (match,) = asked(jobcenter, NADER)
    assert match["grade"] == "known"
    assert "same birth date" in [reason["words"] for reason in match["reasons"]]
    assert "Barakzai" not in str(match)
    shown = jobcenter.post("/api/v1/matches/hints", {"match": match["id"]}).get_json()["values"]
    assert {"kind": "identity.name", "masked": "B••• N••• S•••"} in shown
    assert {"kind": "identity.birth-date", "masked": "•••9-06-••"} in shown
    person = api.person(letter(agentur, first["id"], first["appearance"]))
    events = [line["event"] for line in person.get("/api/v1/me/log").get_json()["lines"]]
    assert events.count("match.asked") == events.count("match.hinted") == 1


def test_a_stranger_is_not_found(agentur: Caller, jobcenter: Caller) -> None:
    agentur.post("/api/v1/persons", {"entries": entries(NADIR)})
    assert asked(jobcenter, STRANGER) == []


def test_too_little_or_too_much_is_no_question(jobcenter: Caller) -> None:
    """Design, section 7: surname, given name and birth date, or an identifier."""
    nameless = [one for one in entries(NADIR) if one["kind"] != "identity.birth-date"]
    for stated in (nameless, [*entries(NADIR), GERMAN_B1]):
        answer = jobcenter.post("/api/v1/matches", {"entries": stated})
        assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")


def test_an_officer_asks_about_thirty_identities_an_hour(jobcenter: Caller) -> None:
    for day in range(1, 31):
        asked(jobcenter, replace(NADIR, born=f"1979-05-{day:02}"))
    asked(jobcenter, replace(NADIR, born="1979-05-01"))  # the same question counts once
    answer = jobcenter.post("/api/v1/matches", {"entries": entries(NADIR)})
    assert (answer.status_code, answer.get_json()["code"]) == (429, "too-many-identities")


def test_who_is_recorded_as_the_same_is_one_person_of_whom_neither_office_sees_the_others_word(
    api: Api, agentur: Caller, jobcenter: Caller
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), GERMAN_B1]}).get_json()
    second = linked(jobcenter, NADER, GERMAN_A2)
    assert (second["id"], persons(api)) == (first["id"], 1)
    for officer, level in ((agentur, "B1"), (jobcenter, "A2")):
        seen = officer.get(profile(first["id"], "intake")).get_json()
        said = [entry for one in seen["sections"] for entry in one["entries"] if entry["kind"] == "languages.language"]
        assert [entry["value"]["levels"][0]["code"] for entry in said] == [level]
        assert seen["contradictions"] == []
    assert jobcenter.get(profile(first["id"])).status_code == 404


def test_this_is_me_makes_it_hers_to_see_and_to_share_and_contradictions_stand_side_by_side(
    api: Api, agentur: Caller, approver: Caller, jobcenter: Caller
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), GERMAN_B1]}).get_json()
    hers = letter(agentur, first["id"], first["appearance"], approval=approver.token)
    second = linked(jobcenter, NADER, GERMAN_A2)
    me = api.person(hers)
    listed = {one["id"]: one for one in me.get("/api/v1/me/appearances").get_json()["appearances"]}
    assert [listed[one["appearance"]]["is_mine"] for one in (first, second)] == [True, False]
    assert listed[second["appearance"]]["reasons"]
    assert _levels(me) == ["B1"]
    confirmation = f"/api/v1/me/appearances/{second['appearance']}/confirmation"
    refused = me.post(confirmation, {"proof": hers.proof(1) | {"code": "AAAAAAAA"}})
    assert (refused.status_code, _levels(me)) == (403, ["B1"])
    assert me.post(confirmation, {"proof": hers.proof(1)}).status_code == 204
    assert _levels(me) == ["A2", "B1"]
    contradictions = me.get("/api/v1/me/profile").get_json()["contradictions"]
    assert [one["question"] for one in contradictions] == ["languages.language:de:overall"]
    assert me.post("/api/v1/me/grants", wish(api.agency("Köln"), hers.proof(2))).status_code == 201
    seen = api.officer("Köln").get(profile(hers.id)).get_json()
    assert [one["question"] for one in seen["contradictions"]] == ["languages.language:de:overall"]


def test_this_is_not_me_gives_it_back_and_ends_what_was_granted_of_it_and_only_that(
    api: Api, agentur: Caller, approver: Caller, jobcenter: Caller
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), GERMAN_B1]}).get_json()
    hers = letter(agentur, first["id"], first["appearance"], approval=approver.token)
    second = linked(jobcenter, NADER, GERMAN_A2)
    me, cologne = api.person(hers), api.officer("Köln")
    me.post(f"/api/v1/me/appearances/{second['appearance']}/confirmation", {"proof": hers.proof(1)})
    me.post("/api/v1/me/grants", wish(api.agency("Köln"), hers.proof(2)))
    assert _shared(cologne, hers.id) == ["A2", "B1"]
    assert me.delete(f"/api/v1/me/appearances/{second['appearance']}").status_code == 204
    assert (_levels(me), _shared(cologne, hers.id), persons(api)) == (["B1"], ["B1"], 2)
    with psycopg.connect(api.house.pair.main_url()) as connection:
        wraps = connection.execute(
            "SELECT count(*) FROM wrap WHERE appearance_id = %s", (second["appearance"],)
        ).fetchone()
        epochs = connection.execute(
            "SELECT compartment, epoch FROM sealed_compartment WHERE appearance_id = %s AND epoch > 1",
            (second["appearance"],),
        ).fetchall()
    assert (wraps, epochs) == ((0,), [("languages.core", 2)])
    own = {one["id"] for one in me.get("/api/v1/me/appearances").get_json()["appearances"]}
    assert own == {first["appearance"]}


def test_a_grant_that_lost_a_part_can_still_be_withdrawn_and_its_person_be_forgotten(
    api: Api, agentur: Caller, approver: Caller, jobcenter: Caller
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), GERMAN_B1]}).get_json()
    hers = letter(agentur, first["id"], first["appearance"], approval=approver.token)
    second = linked(jobcenter, NADER, GERMAN_A2)
    me = api.person(hers)
    me.post(f"/api/v1/me/appearances/{second['appearance']}/confirmation", {"proof": hers.proof(1)})
    for_cologne = me.post("/api/v1/me/grants", wish(api.agency("Köln"), hers.proof(2))).get_json()["id"]
    me.post("/api/v1/me/grants", wish(api.agency("Stuttgart"), hers.proof(3)))
    assert me.delete(f"/api/v1/me/appearances/{second['appearance']}").status_code == 204
    with psycopg.connect(api.house.pair.main_url()) as connection:
        connection.execute("UPDATE recall SET acknowledged_at = now()")
    ended = me.delete(f"/api/v1/me/grants/{for_cologne}")
    assert (ended.status_code, ended.get_json()["recall"]["acknowledged_at"]) == (200, None)
    assert me.delete("/api/v1/me").status_code == 204


@pytest.mark.parametrize("undoes", ["Agentur", "Jobcenter Stuttgart"])
def test_either_of_the_two_offices_undoes_a_link_and_no_other(
    api: Api, agentur: Caller, jobcenter: Caller, undoes: str
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": entries(NADIR)}).get_json()
    second = linked(jobcenter, NADER)
    officer, own = (agentur, first) if undoes == "Agentur" else (jobcenter, second)
    address = separation(first["id"], own["appearance"])
    assert api.officer("Köln").post(address, {}).status_code == 404
    apart = officer.post(address, {})
    assert apart.status_code == 200
    assert (apart.get_json()["person"] != first["id"], persons(api)) == (True, 2)
    assert agentur.get(profile(first["id"], "intake")).status_code == 200
    assert jobcenter.get(profile(apart.get_json()["person"], "intake")).status_code == 200


def test_an_office_takes_its_own_record_back_although_a_third_ones_was_linked_to_it_later(
    api: Api, agentur: Caller, jobcenter: Caller
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": entries(NADIR)}).get_json()
    second = linked(jobcenter, NADER)
    essen = api.officer("Essen")
    match = next(one["id"] for one in asked(essen, NADER) if one["id"].startswith(second["appearance"]))
    third = essen.post("/api/v1/persons", {"entries": entries(NADER), "same_as": match}).get_json()
    assert {first["id"], second["id"], third["id"]} == {first["id"]}
    apart = jobcenter.post(separation(first["id"], second["appearance"]), {}).get_json()["person"]
    assert jobcenter.get(profile(apart, "intake")).status_code == 200
    assert essen.get(profile(third["id"], "intake")).status_code == 200
    assert persons(api) == 2


def test_what_one_counters_letter_makes_hers_the_other_office_separates_with_two_officers_and_the_letter_is_void(
    api: Api, agentur: Caller, approver: Caller, jobcenter: Caller
) -> None:
    """Who got a letter at one office for somebody of another's must not keep her from getting hers."""
    first = agentur.post("/api/v1/persons", {"entries": entries(NADIR)}).get_json()
    second = linked(jobcenter, NADER)
    stranger = letter(jobcenter, first["id"], second["appearance"])
    assert agentur.post(f"/api/v1/persons/{first['id']}/letters", {"pin": PIN}).status_code == 404
    alone = agentur.post(separation(first["id"], first["appearance"]), {})
    assert (alone.status_code, alone.get_json()["code"]) == (403, "needs-approval")
    both = agentur.post(separation(first["id"], first["appearance"]), {"approval": approver.token})
    assert both.status_code == 200
    answer = api.nobody().post("/api/v1/sessions", {"letter_code": stranger.letter_code, "pin": PIN})
    assert answer.status_code == 401
    assert api.person(letter(agentur, first["id"], first["appearance"])).get("/api/v1/me/profile").status_code == 200


def test_one_officers_letter_does_not_make_hers_what_another_office_keeps(
    api: Api, agentur: Caller, jobcenter: Caller
) -> None:
    """One clerk who records a namesake and keeps the letter must not come to another office's data."""
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), GERMAN_B1]}).get_json()
    second = linked(jobcenter, NADER, GERMAN_A2)
    hers = letter(jobcenter, first["id"], second["appearance"])
    me = api.person(hers)
    refused = me.post(f"/api/v1/me/appearances/{first['appearance']}/confirmation", {"proof": hers.proof(1)})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "needs-approval")
    assert _levels(me) == ["A2"]


def test_her_letter_shown_at_the_other_office_makes_hers_what_that_office_keeps(
    api: Api, agentur: Caller, jobcenter: Caller
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), GERMAN_B1]}).get_json()
    hers = letter(agentur, first["id"], first["appearance"])
    second = linked(jobcenter, NADER, GERMAN_A2)
    assert jobcenter.post(f"/api/v1/persons/{first['id']}/letters", {"pin": PIN}).status_code == 404
    again = letter(jobcenter, first["id"], second["appearance"], old_code=hers.letter_code)
    assert _levels(api.person(again)) == ["A2", "B1"]


def test_repeating_a_request_does_not_link_what_was_separated(api: Api, agentur: Caller, jobcenter: Caller) -> None:
    """With a letter for the separated person, a second link would carry the other office's appearance to it."""
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), GERMAN_B1]}).get_json()
    match = asked(jobcenter, NADER)[0]["id"]
    body = {"entries": entries(NADER), "same_as": match}
    second = jobcenter.post("/api/v1/persons", body, Idempotency_Key="one").get_json()
    apart = jobcenter.post(separation(first["id"], second["appearance"]), {}).get_json()["person"]
    letter(jobcenter, apart, second["appearance"])
    again = jobcenter.post("/api/v1/persons", body, Idempotency_Key="one")
    assert (again.status_code, again.get_json()["linked"], persons(api)) == (201, False, 2)
    assert agentur.get(profile(first["id"], "intake")).status_code == 200


def test_nobody_moves_what_another_office_keeps(api: Api, agentur: Caller, jobcenter: Caller) -> None:
    """Own appearance with a letter, another's without: linking must not carry the other to the letter."""
    own = jobcenter.post("/api/v1/persons", {"entries": entries(NADER)}).get_json()
    letter(jobcenter, own["id"], own["appearance"])
    other = linked(agentur, NADIR)
    assert other["id"] == own["id"]
    apart = agentur.post(separation(own["id"], other["appearance"]), {}).get_json()["person"]
    assert agentur.get(profile(apart, "intake")).status_code == 200
    assert persons(api) == 2


def test_a_match_that_the_linker_did_not_find_links_nothing(agentur: Caller, jobcenter: Caller) -> None:
    first = agentur.post("/api/v1/persons", {"entries": entries(NADIR)}).get_json()
    made_up = {"entries": entries(NADER), "same_as": f"{first['appearance']}.AAAA"}
    born = jobcenter.post("/api/v1/persons", made_up)
    assert (born.status_code, born.get_json()["linked"]) == (201, False)


def test_a_question_is_about_one_human_being(jobcenter: Caller) -> None:
    numbers = [{"kind": "identifiers.ba-customer", "value": {"number": f"535D40223{one}"}} for one in range(2)]
    answer = jobcenter.post("/api/v1/matches", {"entries": numbers})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")


def test_whoever_is_given_back_sees_who_looked_while_she_was_taken_for_another(
    api: Api, agentur: Caller, approver: Caller, jobcenter: Caller
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), GERMAN_B1]}).get_json()
    hers = letter(agentur, first["id"], first["appearance"], approval=approver.token)
    second = linked(jobcenter, NADER, GERMAN_A2)
    me, cologne = api.person(hers), api.officer("Köln")
    me.post(f"/api/v1/me/appearances/{second['appearance']}/confirmation", {"proof": hers.proof(1)})
    me.post("/api/v1/me/grants", wish(api.agency("Köln"), hers.proof(2)))
    assert _shared(cologne, hers.id) == ["A2", "B1"]
    me.delete(f"/api/v1/me/appearances/{second['appearance']}")
    with psycopg.connect(api.house.pair.main_url()) as connection:
        ((apart,),) = connection.execute(
            "SELECT person_id::text FROM appearance WHERE id = %s", (second["appearance"],)
        ).fetchall()
    other = api.person(letter(jobcenter, apart, second["appearance"]))
    events = [line["event"] for line in other.get("/api/v1/me/log").get_json()["lines"]]
    assert {"profile.opened", "grant.given", "link.confirmed", "link.undone"} <= set(events)


def test_erasing_leaves_no_trace_of_whom_her_appearances_belonged_to(
    api: Api, agentur: Caller, approver: Caller, jobcenter: Caller
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": entries(NADIR)}).get_json()
    hers = letter(agentur, first["id"], first["appearance"], approval=approver.token)
    second = linked(jobcenter, NADER)
    me = api.person(hers)
    me.post(f"/api/v1/me/appearances/{second['appearance']}/confirmation", {"proof": hers.proof(1)})
    assert me.delete("/api/v1/me").status_code in {202, 204}
    with psycopg.connect(api.house.pair.main_url()) as connection:
        left = connection.execute(
            "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM appearance), (SELECT count(*) FROM link),"
            " (SELECT count(*) FROM audit_index)"
        ).fetchone()
    assert left == (0, 0, 0, 0)


def test_a_match_of_another_officer_is_worth_nothing(agentur: Caller, jobcenter: Caller, api: Api) -> None:
    agentur.post("/api/v1/persons", {"entries": entries(NADIR)})
    (match,) = asked(jobcenter, NADER)
    answer = api.officer("Köln").post("/api/v1/matches/hints", {"match": match["id"]})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "ask-again")


def test_a_linked_appearance_does_not_let_its_office_take_over_her_letter(agentur: Caller, jobcenter: Caller) -> None:
    """One office could otherwise become the person by recording a namesake of hers."""
    first = agentur.post("/api/v1/persons", {"entries": entries(NADIR)}).get_json()
    letter(agentur, first["id"], first["appearance"])
    linked(jobcenter, NADER)
    assert jobcenter.post(f"/api/v1/persons/{first['id']}/letters", {"pin": PIN}).status_code == 404


def test_the_first_letter_makes_hers_what_its_own_counter_recorded_and_nothing_else(
    api: Api, agentur: Caller, jobcenter: Caller
) -> None:
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), GERMAN_B1]}).get_json()
    second = linked(jobcenter, NADER, GERMAN_A2)
    me = api.person(letter(jobcenter, first["id"], second["appearance"]))
    assert _levels(me) == ["A2"]
    mine = {one["id"]: one["is_mine"] for one in me.get("/api/v1/me/appearances").get_json()["appearances"]}
    assert mine == {first["appearance"]: False, second["appearance"]: True}


def _levels(me: Caller) -> list[str]:
    document = me.get("/api/v1/me/profile").get_json()
    return _codes(document)


def _shared(officer: Caller, person: str) -> list[str]:
    return _codes(officer.get(profile(person)).get_json())


def _codes(document: dict[str, Any]) -> list[str]:
    return sorted(
        level["code"]
        for one in document["sections"]
        for entry in one["entries"]
        if entry["kind"] == "languages.language"
        for level in entry["value"]["levels"]
    )

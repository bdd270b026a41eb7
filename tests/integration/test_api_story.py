"""The story over HTTP: recorded, granted, read with placeholders, withdrawn, looked up in the log, erased."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from tests.api_client import DARI, NAME, Api, Caller, Person, opened, profile, shown, wish
from tests.conftest import DatabasePair
from tests.house import PIN, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins


@pytest.fixture(scope="module")
def api(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Api]:
    """One house for this module: a one-time code works once, so officers sign in once."""
    pair = DatabasePair("test_api_story", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def clerk(api: Api) -> Caller:
    return api.officer("Agentur")


@pytest.fixture(scope="module")
def jobcenter(api: Api) -> Caller:
    return api.officer("Jobcenter Köln")


@pytest.fixture(scope="module")
def stranger(api: Api) -> Caller:
    return api.officer("Jobcenter Stuttgart")


@pytest.fixture
def zahra(api: Api, clerk: Caller) -> Person:
    return api.recorded(clerk, NAME, DARI)


def sections(document: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    """Return section -> status and kinds of its entries."""
    return {one["section"]: (one["status"], [e["kind"] for e in one["entries"]]) for one in document["sections"]}


def granted(api: Api, person: Person, index: int, agency: str = "Jobcenter Köln", *names: str) -> str:
    answer = api.person(person).post("/api/v1/me/grants", wish(api.agency(agency), person.proof(index), *names))
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["id"])


def test_an_office_sees_exactly_what_was_granted(api: Api, jobcenter: Caller, zahra: Person) -> None:
    granted(api, zahra, 1)
    answer = jobcenter.get(profile(zahra.id))
    assert answer.status_code == 200
    seen = sections(answer.get_json())
    assert seen.pop("languages") == ("granted", ["languages.language"])
    assert seen
    assert set(map(str, seen.values())) == {"('not-shared', [])"}
    assert b"Karimi" not in answer.data


def test_an_entry_carries_its_source(api: Api, jobcenter: Caller, zahra: Person) -> None:
    granted(api, zahra, 1)
    shown = jobcenter.get(profile(zahra.id)).get_json()["sections"]
    (entry,) = next(one["entries"] for one in shown if one["section"] == "languages")
    assert entry["source"] == api.agency("Agentur")
    assert entry["value"]["as_said"] == "Dari"


def test_without_a_grant_a_person_looks_as_if_she_did_not_exist(api: Api, stranger: Caller, zahra: Person) -> None:
    """Design, section 5: the same status, body and headers."""
    granted(api, zahra, 1)
    known, unknown = stranger.get(profile(zahra.id)), stranger.get(profile(uuid4()))
    assert known.status_code == unknown.status_code == 404
    assert known.data == unknown.data
    assert [name for name, _ in known.headers] == [name for name, _ in unknown.headers]
    nowhere = stranger.get("/api/v1/nowhere")
    assert nowhere.data == known.data


@pytest.mark.parametrize("purpose", ["intake", "recognition-advice", "counselling"])
def test_a_grant_opens_for_its_own_purpose_only(api: Api, jobcenter: Caller, zahra: Person, purpose: str) -> None:
    granted(api, zahra, 1)
    assert jobcenter.get(profile(zahra.id, purpose)).status_code == 404


def test_the_source_reads_its_own_word_again_at_intake_only(clerk: Caller, zahra: Person) -> None:
    seen = sections(clerk.get(profile(zahra.id, "intake")).get_json())
    assert seen["identity"] == ("granted", ["identity.name"])
    assert seen["languages"] == ("granted", ["languages.language"])
    assert clerk.get(profile(zahra.id)).status_code == 404


def test_nothing_opens_after_withdrawal_and_the_other_office_keeps_its_grant(
    api: Api, jobcenter: Caller, stranger: Caller, zahra: Person
) -> None:
    first = granted(api, zahra, 1)
    granted(api, zahra, 2, "Jobcenter Stuttgart")
    ended = api.person(zahra).delete(f"/api/v1/me/grants/{first}")
    assert ended.get_json()["status"] == "withdrawn"
    assert jobcenter.get(profile(zahra.id)).status_code == 404
    assert stranger.get(profile(zahra.id)).status_code == 200
    again = api.person(zahra).delete(f"/api/v1/me/grants/{first}")
    assert (again.status_code, again.get_json()["code"]) == (409, "grant-ended")


def test_she_sees_who_may_see_who_looked_and_everything_that_is_kept(
    api: Api, jobcenter: Caller, zahra: Person
) -> None:
    grant = granted(api, zahra, 1)
    jobcenter.get(profile(zahra.id))
    me = api.person(zahra)
    assert [one["id"] for one in me.get("/api/v1/me/grants").get_json()["grants"]] == [grant]
    own = me.get("/api/v1/me/profile").get_json()
    assert {e["kind"] for one in own["sections"] for e in one["entries"]} == {"identity.name", "languages.language"}
    lines = me.get("/api/v1/me/log").get_json()["lines"]
    looked = next(line for line in lines if line["event"] == "profile.opened")
    assert (looked["agency"], looked["purpose"], looked["sections"], looked["basis"]) == (
        api.agency("Jobcenter Köln"),
        "placement",
        ["languages"],
        "consent",
    )
    again = me.get("/api/v1/me/log").get_json()["lines"]
    assert sum(line["event"] == "log.read" for line in again) == 2


def test_a_refused_look_is_in_her_log_too(api: Api, stranger: Caller, zahra: Person) -> None:
    stranger.get(profile(zahra.id))
    lines = api.person(zahra).get("/api/v1/me/log").get_json()["lines"]
    assert [line["outcome"] for line in lines if line["event"] == "profile.opened"] == ["refused"]


def test_she_sees_whether_an_office_acknowledged_that_its_grant_ended(api: Api, zahra: Person) -> None:
    grant, me = granted(api, zahra, 1), api.person(zahra)
    assert me.get("/api/v1/me/grants").get_json()["grants"][0]["recall"] is None
    recall = me.delete(f"/api/v1/me/grants/{grant}").get_json()["recall"]
    assert recall["acknowledged_at"] is None
    with psycopg.connect(api.house.pair.main_url()) as connection:
        connection.execute("UPDATE recall SET acknowledged_at = now() WHERE grant_id = %s", [grant])
    (listed,) = me.get("/api/v1/me/grants").get_json()["grants"]
    assert listed["recall"]["written_at"] == recall["written_at"]
    assert listed["recall"]["acknowledged_at"] > recall["written_at"]


def test_a_receipt_verifies_with_the_published_keys(api: Api, zahra: Person) -> None:
    grant = granted(api, zahra, 1)
    me = api.person(zahra)
    receipt = me.get(f"/api/v1/me/grants/{grant}/receipt")
    keys = KeySet.import_key_set(api.nobody().get("/api/v1/jwks.json").get_json())
    record = json.loads(jws.deserialize_compact(receipt.data, keys, algorithms=["Ed25519"]).payload)
    assert record["reg:grant"]["id"] == grant
    assert me.get(f"/api/v1/me/grants/{grant}/receipt").data == receipt.data


def test_the_text_to_show_is_open_to_everybody_and_its_digest_is_right(api: Api) -> None:
    notice = api.nobody().get("/api/v1/notices/current").get_json()
    assert notice["sha256"] == sha256(notice["text"].encode()).hexdigest()


def test_the_record_says_what_was_shown_and_how_as_the_client_said(api: Api, zahra: Person) -> None:
    said = shown("counter-interpreter")
    me = api.person(zahra)
    body = wish(api.agency("Jobcenter Köln"), zahra.proof(1)) | {"notice": said}
    grant = me.post("/api/v1/me/grants", body).get_json()["id"]
    signed = me.get(f"/api/v1/me/grants/{grant}/receipt")
    keys = KeySet.import_key_set(api.nobody().get("/api/v1/jwks.json").get_json())
    record = json.loads(jws.deserialize_compact(signed.data, keys, algorithms=["Ed25519"]).payload)
    notice = record["dpv:hasNotice"]
    assert [notice[f"reg:{part}"] for part in ("version", "language", "sha256")] == [
        said[part] for part in ("version", "language", "sha256")
    ]
    assert record["dpv:hasConsentStatus"][0]["reg:channel"] == "counter-interpreter"


@pytest.mark.parametrize("lie", [{"version": "0"}, {"language": "ar"}, {"sha256": "0" * 64}])
def test_a_text_that_was_never_published_here_was_not_shown(api: Api, zahra: Person, lie: dict[str, str]) -> None:
    """And the code is not used up: nothing was proved."""
    me, body = api.person(zahra), wish(api.agency("Jobcenter Köln"), zahra.proof(1))
    refused = me.post("/api/v1/me/grants", body | {"notice": shown() | lie})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "notice-unknown")
    assert me.post("/api/v1/me/grants", body).status_code == 201


def test_a_receipt_of_somebody_else_does_not_exist(api: Api, clerk: Caller, zahra: Person) -> None:
    grant = granted(api, zahra, 1)
    other = api.person(api.recorded(clerk, NAME))
    assert other.get(f"/api/v1/me/grants/{grant}/receipt").status_code == 404
    assert other.delete(f"/api/v1/me/grants/{grant}").status_code == 404
    assert other.get("/api/v1/me/grants").get_json() == {"grants": [], "next": None}


def test_a_code_proves_one_decision_only(api: Api, zahra: Person) -> None:
    granted(api, zahra, 1)
    again = api.person(zahra).post("/api/v1/me/grants", wish(api.agency("Jobcenter Stuttgart"), zahra.proof(1)))
    assert (again.status_code, again.get_json()["code"]) == (403, "proof.refused")


def test_a_wrong_pin_proves_nothing(api: Api, jobcenter: Caller, zahra: Person) -> None:
    proof = {**zahra.proof(1), "pin": "000000"}
    refused = api.person(zahra).post("/api/v1/me/grants", wish(api.agency("Jobcenter Köln"), proof))
    assert (refused.status_code, refused.get_json()["code"]) == (403, "proof.refused")
    assert jobcenter.get(profile(zahra.id)).status_code == 404


@pytest.mark.parametrize(
    ("names", "until", "code"),
    [
        (["languages", "languages"], "", "invalid"),
        (["languages"], "2000-01-01", "grant-invalid"),
        (["languages"], "0001-01-01", "grant-invalid"),
        (["languages"], "2099-12-31", "grant-too-long"),
        (["languages"], "9999-12-30", "grant-too-long"),
        (["languages"], "9999-12-31", "invalid"),
    ],
    ids=["twice the same section", "an end in the past", "the first day", "long", "longer", "the last day"],
)
def test_a_wish_that_cannot_be_granted_is_explained_to_her(
    api: Api, zahra: Person, names: list[str], until: str, code: str
) -> None:
    body = wish(api.agency("Jobcenter Köln"), zahra.proof(1), *names, until=until)
    refused = api.person(zahra).post("/api/v1/me/grants", body)
    assert (refused.status_code, refused.get_json()["code"]) == (422, code)


def test_an_office_without_business_in_a_purpose_can_be_granted_nothing_for_it(api: Api, zahra: Person) -> None:
    """The ceiling: BAMF places nobody in work."""
    refused = api.person(zahra).post("/api/v1/me/grants", wish(api.agency("BAMF"), zahra.proof(1)))
    assert (refused.status_code, refused.get_json()["code"]) == (422, "beyond-ceiling")


def test_an_erased_person_opens_for_nobody(api: Api, clerk: Caller, jobcenter: Caller, zahra: Person) -> None:
    granted(api, zahra, 1)
    me = api.person(zahra)
    assert me.delete("/api/v1/me").status_code == 204
    assert jobcenter.get(profile(zahra.id)).status_code == 404
    assert clerk.get(profile(zahra.id, "intake")).status_code == 404
    assert me.get("/api/v1/me/profile").status_code == 401
    gone = api.nobody().post("/api/v1/sessions", {"letter_code": zahra.letter_code, "pin": PIN})
    assert (gone.status_code, gone.get_json()["code"]) == (401, "sign-in.refused")

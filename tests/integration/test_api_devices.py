"""Over the interface: a person's phone, an officer's key, an agency's own system, and an issuer's word."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest

from registry.casework.admission import enrolling
from registry.db import Sessions
from registry.web.signed import COOKIE
from registry.wire import admitting
from schemas.canonical import parse_object
from tests.api_client import DARI, NAME, Api, Caller, Person, opened, profile, wish
from tests.authenticators import Authenticator, unb64
from tests.conftest import DatabasePair
from tests.house import open_house
from tests.integration.test_keeper_tokens import ISSUER, Machine, id_token, issuers_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.actors import Officer
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

SESSIONS, MINE = "/api/v1/sessions", "/api/v1/me/passkeys"


@pytest.fixture(scope="module")
def api(
    clusters: Pair, template_pair: str, test_logins: Logins, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    pair = DatabasePair("test_api_devices", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    file = issuers_file(tmp_path_factory.mktemp("oidc") / "issuers.json")
    with open_house(pair, oidc_issuers_file=file) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def clerk(api: Api) -> Caller:
    return api.officer("Agentur")


@pytest.fixture(scope="module")
def two(api: Api) -> list[Officer]:
    house = api.house
    return [house.signed_in(one) for one in house.book.administrators]


@dataclass(frozen=True, slots=True)
class Her:
    """A person with her letter, signed in, and her phone."""

    api: Api
    person: Person
    me: Caller
    phone: Authenticator

    def add(self, index: int, phone: Authenticator | None = None) -> str:
        """Add a phone; return its id."""
        answer = self.try_to_add(index, phone or self.phone)
        assert answer.status_code == 201, answer.get_json()
        return str(answer.get_json()["id"])

    def try_to_add(self, index: int, phone: Authenticator, **lies: Any) -> Any:  # noqa: ANN401 - whatever a test tells
        """Try it."""
        asked = self.me.post("/api/v1/me/challenges", {"purpose": "add"}).get_json()
        made = phone.create(unb64(asked["challenge"]), unb64(asked["user"]), **lies)
        return self.me.post(MINE, {"credential": made.decode(), "proof": self.person.proof(index)})

    def draft(self, *sections: str) -> tuple[dict[str, object], dict[str, Any]]:
        """Return a wish, and the record that it becomes."""
        body = wish(self.api.agency("Jobcenter Köln"), {}, *sections)
        del body["proof"]
        answer = self.me.post("/api/v1/me/grants/drafts", body)
        assert answer.status_code == 200, answer.get_json()
        return body, answer.get_json()


@pytest.fixture
def her(api: Api, clerk: Caller) -> Her:
    person = api.recorded(clerk, NAME, DARI)
    return Her(api, person, api.person(person), Authenticator())


def signed(asked: dict[str, Any], phone: Authenticator, **lies: Any) -> str:  # noqa: ANN401 - whatever a test tells
    return phone.get(unb64(asked["challenge"]), **lies).decode()


def entered(api: Api, phone: Authenticator) -> Caller:
    asked = api.nobody().post(f"{SESSIONS}/challenges", {}).get_json()
    return api.nobody().signed_in({"passkey": signed(asked, phone)})


def events(api: Api, person: str) -> list[str]:
    with psycopg.connect(api.house.pair.main_url()) as owner:
        rows = owner.execute(
            "SELECT event FROM audit_line l JOIN audit_index i ON i.line_id = l.id WHERE i.person_id = %s ORDER BY at",
            [person],
        )
        return [row[0] for row in rows]


def test_she_adds_a_phone_signs_in_with_it_and_removes_it(api: Api, her: Her) -> None:
    passkey = her.add(1)
    me = entered(api, her.phone)
    assert me.get("/api/v1/me").get_json()["actor"] == her.person.id
    (listed,) = me.get(MINE).get_json()["passkeys"]
    assert listed["id"] == passkey
    asked = me.post("/api/v1/me/challenges", {"purpose": "remove", "about": passkey}).get_json()
    removal = {"passkey": signed(asked, her.phone)}
    assert me.post(f"{MINE}/{her.person.id}/removal", removal).status_code == 404
    assert me.post(f"{MINE}/{passkey}/removal", removal).status_code == 204
    assert me.get("/api/v1/me").status_code == 401
    assert her.me.get(MINE).get_json() == {"passkeys": []}
    asked = api.nobody().post(f"{SESSIONS}/challenges", {}).get_json()
    refused = api.nobody().post(SESSIONS, {"passkey": signed(asked, her.phone)})
    assert (refused.status_code, refused.get_json()["code"]) == (401, "sign-in.refused")
    told = events(api, her.person.id)
    assert [event for event in told if event.startswith("passkey.")] == ["passkey.added", "passkey.removed"]


def test_she_gives_with_her_phone_what_she_was_shown_and_nothing_else(api: Api, her: Her) -> None:
    her.add(1)
    me = entered(api, her.phone)
    her = replace(her, me=me)
    body, drafted = her.draft()
    record = parse_object(drafted["record"].encode())
    assert record["dpv:hasConsentStatus"][0]["dpv:hasIndicationMethod"] == "passkey"  # type: ignore[index,call-overload]  # JSON
    sent = body | {"draft": drafted["draft"], "proof": {"passkey": signed(drafted, her.phone)}}
    other = sent | {"sections": ["languages", "education"]}
    refused = me.post("/api/v1/me/grants", other)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "proof.refused")
    given = me.post("/api/v1/me/grants", sent)
    assert given.status_code == 201, given.get_json()
    receipt = me.get(f"/api/v1/me/grants/{given.get_json()['id']}/receipt").data.decode()
    assert json.loads(unb64(receipt.split(".")[1])) == record
    officer = api.officer("Jobcenter Köln")
    assert officer.get(profile(her.person.id)).status_code == 200
    assert me.post("/api/v1/me/grants", sent).status_code == 403
    with psycopg.connect(api.house.pair.main_url()) as owner:
        proof = owner.execute("SELECT proof FROM access_grant WHERE person_id = %s", [her.person.id]).fetchone()
    assert proof == ("passkey",)


def test_a_draft_and_its_signature_belong_together(her: Her) -> None:
    her.add(1)
    body, drafted = her.draft()
    assertion = {"passkey": signed(drafted, her.phone)}
    for wrong in (
        body | {"proof": assertion},
        body | {"draft": drafted["draft"], "proof": her.person.proof(2)},
        body | {"draft": "nothing", "proof": assertion},
        body | {"draft": drafted["draft"], "proof": assertion | her.person.proof(2)},
        body | {"draft": drafted["draft"], "proof": {}},
    ):
        assert her.me.post("/api/v1/me/grants", wrong).status_code == 422
    again = body | {"draft": her.draft()[1]["draft"], "proof": assertion}
    assert her.me.post("/api/v1/me/grants", again).status_code == 403


def test_whatever_is_wrong_with_a_device_it_is_told_alike(api: Api, her: Her, clerk: Caller) -> None:
    her.add(1)
    _, drafted = her.draft()
    stranger = Her(api, other := api.recorded(clerk, NAME), api.person(other), Authenticator())
    stranger.add(1)
    told = set()
    for assertion in (
        signed(drafted, her.phone, origin="https://evil.example"),
        signed(drafted, her.phone, flags=1),
        signed(drafted, stranger.phone),
        signed(drafted, Authenticator()),
        "{}",
    ):
        body = her.draft()[0] | {"draft": drafted["draft"], "proof": {"passkey": assertion}}
        answer = her.me.post("/api/v1/me/grants", body)
        told.add((answer.status_code, answer.data))
    assert len(told) == 1
    refused = {
        api.nobody().post(SESSIONS, said).data
        for said in (
            {"passkey": "{}"},
            {"jwt": "a.b.c"},
            {"id_token": "a.b.c"},
            {"letter_code": "A", "pin": "123456"},
        )
    }
    assert len(refused) == 1


def test_an_officer_adds_a_key_with_password_and_code(api: Api) -> None:
    house, key = api.house, Authenticator()
    officer = house.agency("Agentur").officer("approver")
    caller = api.officer("Agentur", "approver")
    asked = caller.post("/api/v1/me/challenges", {"purpose": "add"}).get_json()
    made = key.create(unb64(asked["challenge"]), unb64(asked["user"])).decode()
    proof = {"password": officer.password, "totp": house.book.code(officer)}
    assert caller.post(MINE, {"credential": made, "proof": proof}).status_code == 201
    assert entered(api, key).get("/api/v1/me").get_json()["agency"]["id"] == api.agency("Agentur")


def test_an_agencys_own_system_follows_its_feed_and_nothing_else(api: Api, two: list[Officer], her: Her) -> None:
    machine = Machine(api.house.clock.now, api.agency("Jobcenter Köln"))
    approvals = [one.token for one in two]
    asked = admitting.EnrolCertificate(approvals, UUID(machine.agency), machine.certificate())
    with Sessions.begin() as session:
        enrolled = enrolling.add_certificate(session, asked, actor=two[0], now=api.house.clock.now())
    caller = api.nobody().signed_in({"jwt": machine.assertion()})
    her.me.post("/api/v1/me/grants", wish(api.agency("Jobcenter Köln"), her.person.proof(1)))
    feed = caller.get("/api/v1/feed")
    assert feed.status_code == 200
    assert feed.get_json()["behind_seconds"] >= 0
    for method, address in (
        ("GET", "/api/v1/me"),
        ("GET", profile(her.person.id)),
        ("GET", "/api/v1/requests"),
        ("GET", "/api/v1/me/log"),
        ("GET", "/api/v1/terms?scheme=isco-08&text=a"),
        ("POST", "/api/v1/persons"),
        ("GET", MINE),
    ):
        answer = caller.ask(method, address, {} if method == "POST" else None)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "not-for-you"), address
    browser = api.app.test_client()
    kept = caller.token or ""
    browser.set_cookie(COOKIE, kept, domain="einmal.example", secure=True)
    for door in ("/de/sign-in", "/de/office/sign-in", "/de/"):
        assert browser.get(door, base_url="https://einmal.example").status_code == 200, door
    assert browser.get("/de/me", base_url="https://einmal.example").status_code == 403
    assert caller.delete("/api/v1/sessions/current").status_code == 204
    assert caller.get("/api/v1/feed").status_code == 401
    assert enrolled.credential is not None
    again = api.nobody().signed_in({"jwt": machine.assertion()})
    with Sessions.begin() as session:
        enrolling.revoke(session, enrolled.credential.id, actor=two[1], now=api.house.clock.now())
    assert again.get("/api/v1/feed").status_code == 401
    assert api.nobody().post(SESSIONS, {"jwt": machine.assertion()}).status_code == 401


def test_an_officer_comes_in_by_the_word_of_an_issuer(api: Api, two: list[Officer]) -> None:
    officer = api.house.officer("Jobcenter Köln", "case-officer")
    asked = admitting.EnrolIdentity([one.token for one in two], officer.id, ISSUER, "s-1")
    with Sessions.begin() as session:
        enrolling.add_identity(session, asked, actor=two[0], now=api.house.clock.now())
    nonce = unb64(api.nobody().post(f"{SESSIONS}/challenges", {"issuer": ISSUER}).get_json()["challenge"])
    caller = api.nobody().signed_in({"id_token": id_token(api.house.clock.now(), nonce)})
    assert caller.get("/api/v1/me").get_json()["actor"] == str(officer.id)

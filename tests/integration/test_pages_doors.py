"""The doors of the pages against whoever tries them: other sites, ended sessions, borrowed tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from registry.app import HEADERS
from registry.auth.sessions import token_of
from registry.edge.guards import ANYBODY
from registry.web import rendering, signed
from registry.web.addresses import PAGES
from tests.api_client import NAME, Api, opened
from tests.conftest import DatabasePair
from tests.house import PIN, House, Letter, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins


@pytest.fixture(scope="module")
def house(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[House]:
    pair = DatabasePair("test_pages_doors", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair) as opened_house:
        yield opened_house
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def api(house: House) -> Iterator[Api]:
    yield from opened(house)


@pytest.fixture(scope="module")
def letter(house: House) -> Letter:
    clerk = house.officer("BAMF")
    return house.letter(clerk, house.create(clerk, [NAME]).person_id)


def signed_in(api: Api, letter: Letter) -> tuple[FlaskClient, str]:
    """Return a browser that is signed in with a letter, and its session."""
    client = api.app.test_client()
    answer = client.post("/de/sign-in", data={"code": letter.code, "pin": PIN})
    assert answer.status_code == 303, answer.text
    (cookie,) = answer.headers.getlist("Set-Cookie")
    return client, cookie.partition("=")[2].partition(";")[0]


def sign_out(client: FlaskClient, session: str, **headers: str) -> TestResponse:
    """Send the form of the sign-out button, as our page has it."""
    token = bearer_to_form(session)
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/de/sign-out", data={signed.FIELD: token}, headers=said, base_url="https://einmal.example")


def bearer_to_form(session: str) -> str:
    return signed._form_token(token_of(session))


def in_browser(client: FlaskClient, session: str) -> FlaskClient:
    client.set_cookie(signed.COOKIE, session, domain="einmal.example", secure=True)
    return client


def test_the_session_is_in_a_cookie_that_no_script_and_no_other_site_gets(api: Api, letter: Letter) -> None:
    answer = api.app.test_client().post("/de/sign-in", data={"code": letter.code, "pin": PIN})
    (cookie,) = answer.headers.getlist("Set-Cookie")
    name, _, attributes = cookie.partition(";")
    assert name.startswith("__Host-einmal=")
    assert {part.strip() for part in attributes.split(";")} == {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"}


def test_a_page_is_hardened_and_kept_by_nobody(api: Api) -> None:
    answer = api.app.test_client().get("/ar/sign-in")
    assert answer.headers["Content-Security-Policy"] == rendering.POLICY
    assert "unsafe" not in rendering.POLICY
    own = {"Content-Security-Policy": rendering.POLICY, "Referrer-Policy": "same-origin"}
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS | own
    assert answer.headers["Content-Language"] == "ar"


def test_a_form_of_another_site_or_session_does_nothing(api: Api, letter: Letter) -> None:
    client, session = signed_in(api, letter)
    in_browser(client, session)
    assert sign_out(client, session, Sec_Fetch_Site="cross-site").status_code == 403
    assert sign_out(client, session, Sec_Fetch_Site="same-site").status_code == 403
    assert sign_out(client, session, Origin="https://evil.example").status_code == 403
    assert sign_out(client, session, Origin="null").status_code == 403
    missing = client.post("/de/sign-out", base_url="https://einmal.example")
    assert (missing.status_code, "foreign-form" in missing.text) == (403, True)
    _, other = signed_in(api, letter)
    swapped = client.post("/de/sign-out", data={signed.FIELD: bearer_to_form(other)}, base_url="https://einmal.example")
    assert swapped.status_code == 403
    assert sign_out(client, session, Origin="https://einmal.example", Sec_Fetch_Site="same-origin").status_code == 303


def test_a_foreign_site_cannot_sign_somebody_in_as_somebody_else(api: Api, letter: Letter) -> None:
    answer = api.app.test_client().post(
        "/de/sign-in", data={"code": letter.code, "pin": PIN}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (403, [])


def test_an_ended_session_leads_to_the_door_and_is_forgotten(api: Api, letter: Letter) -> None:
    client, session = signed_in(api, letter)
    in_browser(client, session)
    assert sign_out(client, session).status_code == 303
    in_browser(client, session)
    answer = sign_out(client, session)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/de/office/sign-in?ended=1")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]


def form_of(client: FlaskClient, path: str) -> dict[str, str]:
    """Return the hidden fields of a sign-in page, as this browser gets it."""
    page = client.get(path, base_url="https://einmal.example").text
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.partition("<main")[2]))


def lives(api: Api, session: str) -> bool:
    """Say whether the keeper still takes a session."""
    return api.app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {session}"}).status_code == 200


def test_who_signs_in_over_a_session_ends_it_first(api: Api, letter: Letter) -> None:
    """Two people at one computer: whoever kept the first one's token has nothing of it any more."""
    client, hers = signed_in(api, letter)
    in_browser(client, hers)
    officer = api.house.agency("BAMF").officer("approver")
    wrong = {**form_of(client, "/de/office/sign-in"), "login": officer.login, "password": "no", "totp": "000000"}
    assert client.post("/de/office/sign-in", data=wrong, base_url="https://einmal.example").status_code == 401
    assert lives(api, hers), "a slip of the finger signs nobody out"
    right = wrong | {"password": officer.password, "totp": api.house.book.code(officer)}
    answer = client.post("/de/office/sign-in", data=right, base_url="https://einmal.example")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/de/office")
    his = answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    assert (lives(api, hers), lives(api, his)) == (False, True)
    kept = in_browser(api.app.test_client(), hers).get("/de/me", base_url="https://einmal.example")
    assert (kept.status_code, kept.headers["Location"]) == (303, "/de/sign-in?ended=1")
    back = {**form_of(client, "/ar/sign-in"), "code": letter.code, "pin": PIN}
    assert client.post("/ar/sign-in", data=back, base_url="https://einmal.example").status_code == 303
    assert not lives(api, his)


def test_a_session_that_ended_in_another_window_keeps_nobody_from_signing_in(api: Api, letter: Letter) -> None:
    client, session = signed_in(api, letter)
    in_browser(client, session)
    form = form_of(client, "/de/sign-in")
    assert form[signed.FIELD] == bearer_to_form(session)
    assert sign_out(client, session).status_code == 303
    in_browser(client, session)
    answer = client.post(
        "/de/sign-in", data={**form, "code": letter.code, "pin": PIN}, base_url="https://einmal.example"
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/de/me")


def test_a_cookie_opens_no_interface_and_a_bearer_no_page(api: Api, letter: Letter) -> None:
    """A page's cookie travels by itself; whatever accepts it must look where a form came from."""
    client, session = signed_in(api, letter)
    in_browser(client, session)
    assert client.get("/api/v1/me", base_url="https://einmal.example").status_code == 401
    fresh = api.app.test_client()
    borrowed = fresh.post("/de/sign-out", headers={"Authorization": f"Bearer {session}"})
    assert borrowed.status_code == 303
    assert fresh.get("/api/v1/me", headers={"Authorization": f"Bearer {session}"}).status_code == 200


def test_what_does_not_exist_is_told_in_words_to_browsers_and_as_a_document_to_programs(api: Api) -> None:
    client = api.app.test_client()
    page = client.get("/ar/nothing", headers={"Accept-Language": "en"})
    assert (page.status_code, page.content_type) == (404, "text/html; charset=utf-8")
    document = client.get("/api/v1/nothing")
    assert (document.status_code, document.content_type) == (404, "application/problem+json")
    assert client.get("/de/sign-in?<script>").text.count("<script>") == 0


@pytest.mark.parametrize("path", ["/en/", "/en/sign-in", "/en/nothing"])
def test_what_stands_behind_the_question_mark_is_words_and_nothing_else(api: Api, path: str) -> None:
    """A visitor's words never become arguments of a function, nor lead a link elsewhere."""
    words = "endpoint=x&_scheme=a&_anchor=b&_method=POST&_external=1&lang=xx&values=1&%22%3E%3Cscript%3E=%ff"
    page = api.app.test_client().get(f"{path}?{words}")
    assert page.status_code == (404 if path.endswith("nothing") else 200)
    assert "<script>" not in page.text.replace('<script src="', "")
    assert re.findall(r'href="(?!/|#|data:,)[^"]*"', page.text) == []


@pytest.mark.parametrize("path", ["/", "/en/", "/de/me", "/en/nothing", "/api/v1/me", "/api/v1/nothing", "/healthz"])
@pytest.mark.parametrize(
    "host", ["evil.example", "einmal.example.evil.example", "evil.example:443", "einmal.example@evil"]
)
def test_nobody_else_decides_what_this_site_is_called(api: Api, path: str, host: str) -> None:
    """Links, letters and the comparison with Origin would lead there."""
    answer = api.app.test_client().get(path, headers={"Host": host})
    assert (answer.status_code, "evil" in answer.text, answer.headers.get("Location")) == (400, False, None)


def test_every_page_but_the_doors_is_for_somebody_who_signed_in(api: Api) -> None:
    doors = {"/", "/sign-in", "/office/sign-in", "/forgotten"}
    doors |= {"/sign-in/challenge", "/sign-in/device", "/office/sign-in/device"}
    doors |= {"/office/sign-in/issuer", "/office/sign-in/back"}
    assert {page.rule for page in PAGES if page.guard is ANYBODY} == doors
    for page in PAGES:
        if page.guard is not ANYBODY:
            path = f"/de{page.rule}".replace("<uuid:", "<").split("<")[0]
            filled = path if "<" not in page.rule else _filled(page.rule)
            answer = api.app.test_client().open(filled, method=page.method)
            assert (answer.status_code, "sign-in" in answer.headers.get("Location", "")) == (303, True), page.rule


def _filled(rule: str) -> str:
    parts = ["0" * 8 + "-0000-4000-8000-" + "0" * 12 if part.startswith("<uuid:") else part for part in rule.split("/")]
    return "/de" + "/".join("x" if part.startswith("<") else part for part in parts)


def test_pages_ask_only_for_what_they_have_devices_sign(api: Api, letter: Letter) -> None:
    she = api.app.test_client()
    she.post("/de/sign-in", data={"code": letter.code, "pin": PIN}, base_url="https://einmal.example")
    for purpose, status in (
        ("add", 200),
        ("confirm", 200),
        ("remove", 200),
        ("consent", 404),
        ("sign-in", 404),
        ("", 404),
    ):
        asked = she.get(f"/de/me/devices/challenge?purpose={purpose}", base_url="https://einmal.example")
        assert asked.status_code == status, purpose


@pytest.mark.parametrize("door", ["/de/sign-in", "/de/office/sign-in"])
def test_after_a_device_that_was_refused_the_other_form_still_leads_inside(api: Api, door: str) -> None:
    refused = api.app.test_client().post(f"{door}/device", data={"credential": "{}"})
    assert refused.status_code == 401
    assert "Das Gerät hat nicht bestätigt" in refused.text
    assert "Versuchen warten" not in refused.text
    assert re.findall(r'<form [^>]*action="([^"]+)"', refused.text) == [door, f"{door}/device"]
    assert "<form" not in re.sub(r'<form [^>]*action="[^"]+"', "", refused.text)


def test_the_sender_of_a_wrong_sign_in_is_counted_and_learns_nothing(api: Api, letter: Letter) -> None:
    wrong = api.app.test_client().post("/en/sign-in", data={"code": letter.code, "pin": "000000"})
    nobody = api.app.test_client().post("/en/sign-in", data={"code": "AAAA-BBBB-CCCC", "pin": "000000"})
    assert (wrong.status_code, nobody.status_code) == (401, 401)
    assert "your letter is locked for good" in wrong.text
    assert wrong.text.replace(letter.code, "") == nobody.text.replace("AAAA-BBBB-CCCC", "")

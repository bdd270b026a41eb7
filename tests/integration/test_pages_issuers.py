"""Officers come in over their office's identity provider: out to it, back with a code, judged by the keeper."""

from __future__ import annotations

import http.client
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from registry.auth.issuing import insist_ready
from registry.auth.sessions import bearer
from registry.casework.admission import enrolling
from registry.db import Sessions
from registry.errors import OperationError
from registry.issuers import load
from registry.web import signed
from registry.web.rendering import AGAIN
from registry.wire import admitting
from tests.api_client import Api, opened
from tests.conftest import DatabasePair
from tests.house import open_house
from tests.issuers import Provider, provided

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

BASE = "https://einmal.example"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    yield from provided(lambda: datetime.now(UTC))


@pytest.fixture(scope="module")
def api(
    clusters: Pair,
    template_pair: str,
    test_logins: Logins,
    tmp_path_factory: pytest.TempPathFactory,
    provider: Provider,
) -> Iterator[Api]:
    pair = DatabasePair("test_pages_issuers", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    file = provider.file(tmp_path_factory.mktemp("oidc") / "issuers.json")
    with open_house(pair, oidc_issuers_file=file) as house:
        two = [house.signed_in(one) for one in house.book.administrators]
        officer = house.officer("Jobcenter Köln", "case-officer")
        asked = admitting.EnrolIdentity([one.token for one in two], officer.id, provider.address, "s-1")
        with Sessions.begin() as session:
            enrolling.add_identity(session, asked, actor=two[0], now=house.clock.now())
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture
def browser(api: Api) -> FlaskClient:
    return api.app.test_client()


def begun(browser: FlaskClient, provider: Provider, language: str = "de") -> str:
    """Press the button, sign in there, and return where the provider sends the browser."""
    page = browser.get(f"/{language}/office/sign-in", base_url=BASE).text
    (button,) = re.findall(rf'href="(/{language}/office/sign-in/issuer\?[^"]+)"', page)
    out = browser.get(button, base_url=BASE)
    assert out.status_code == 303
    there = urlsplit(out.headers["Location"])
    assert f"{there.scheme}://{there.netloc}" == provider.address
    connection = http.client.HTTPConnection(there.hostname or "", there.port)
    connection.request("GET", f"{there.path}?{there.query}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.headers["Location"]


def back(browser: FlaskClient, address: str) -> TestResponse:
    """Come back from the provider; the first address has no language."""
    assert address.startswith(f"{BASE}/signed-in?")
    led = browser.get(address.removeprefix(BASE), base_url=BASE, headers={"Accept-Language": "de"})
    assert led.status_code == 303
    return browser.get(led.headers["Location"], base_url=BASE)


def test_an_officer_goes_out_and_comes_in(browser: FlaskClient, provider: Provider) -> None:
    answer = back(browser, begun(browser, provider))
    assert answer.status_code == 200
    assert 'content="0;url=/de/office"' in answer.text
    assert "Abmelden" in browser.get("/de/office", base_url=BASE).text
    assert provider.faults == []


def test_an_officer_comes_back_in_the_language_of_the_way_out(browser: FlaskClient, provider: Provider) -> None:
    answer = back(browser, begun(browser, provider, "ar"))
    assert 'content="0;url=/ar/office"' in answer.text


def test_whoever_was_signed_in_before_is_signed_out_on_the_way_to_the_issuer(
    api: Api, browser: FlaskClient, provider: Provider
) -> None:
    before = api.house.officer("Agentur", "clerk").token
    browser.set_cookie(signed.COOKIE, bearer(before), domain="einmal.example", secure=True)
    assert browser.get("/de/office", base_url=BASE).status_code == 200
    address = begun(browser, provider)
    assert browser.get_cookie(signed.COOKIE, domain="einmal.example") is None
    browser.set_cookie(signed.COOKIE, bearer(before), domain="einmal.example", secure=True)
    assert browser.get("/de/office", base_url=BASE).status_code == 303
    assert back(browser, address).status_code == 200


def test_after_a_refusal_the_form_and_the_languages_lead_on(browser: FlaskClient, provider: Provider) -> None:
    provider.lies = {"sub": "s-2"}
    try:
        page = back(browser, begun(browser, provider)).text
    finally:
        provider.lies = {}
    (entry,) = re.findall(r'<form id="entry" method="post" action="([^"]+)"', page)
    assert browser.post(entry, data={}, base_url=BASE).status_code == 422
    found = re.findall(r'formaction="([^"]+)"', page)
    assert len(found) == 3
    for other in found:
        assert browser.post(other, data={AGAIN: "1"}, base_url=BASE).status_code == 200


def test_a_missing_secret_keeps_the_registry_from_starting(provider: Provider, tmp_path: Path) -> None:
    known = load(provider.file(tmp_path / "issuers.json"))
    insist_ready(known.values())
    secret = tmp_path / "client-secret"
    for content in (b"\xff", b"\n", None):
        secret.write_bytes(content) if content is not None else secret.unlink()
        with pytest.raises(OperationError, match="client-secret"):
            insist_ready(known.values())


def test_the_token_endpoint_keeps_its_query(browser: FlaskClient, provider: Provider) -> None:
    """Some providers tell their tenants by it; the one of these tests wants it too."""
    assert back(browser, begun(browser, provider)).status_code == 200
    assert provider.queries == {"tenant=a"}


def test_the_way_out_tells_no_secret(browser: FlaskClient, provider: Provider) -> None:
    out = browser.get(f"/de/office/sign-in/issuer?{urlencode({'issuer': provider.address})}", base_url=BASE)
    asked = parse_qs(urlsplit(out.headers["Location"]).query)
    assert asked["redirect_uri"] == [f"{BASE}/signed-in"]
    kept = out.headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(kept.split("; "))
    assert kept.split(" ")[1] not in out.headers["Location"]  # the verifier
    assert browser.get("/de/office/sign-in/issuer?issuer=https://evil.example", base_url=BASE).status_code == 404


def test_a_code_is_good_in_the_browser_that_asked_for_it_and_once(api: Api, provider: Provider) -> None:
    first, second = api.app.test_client(), api.app.test_client()
    address = begun(first, provider)
    assert back(second, address).status_code == 401
    begun(second, provider)
    assert back(second, address).status_code == 401
    assert back(first, address).status_code == 200
    assert back(first, address).status_code == 401
    assert back(second, f"{BASE}/signed-in?state=x").status_code == 401


@pytest.mark.parametrize(
    "lie",
    [{"sub": "s-2"}, {"aud": "other"}, {"nonce": "AAAA"}, {"exp": 1}, {"acr": "low"}, {"iss": "https://evil.example"}],
    ids=lambda lie: next(iter(lie)),
)
def test_whatever_the_provider_says_wrongly_is_told_alike(
    browser: FlaskClient, provider: Provider, lie: dict[str, Any]
) -> None:
    provider.lies = lie
    try:
        answer = back(browser, begun(browser, provider))
    finally:
        provider.lies = {}
    assert answer.status_code == 401
    assert "Die Anmeldung wurde abgelehnt" in answer.text
    assert "Abmelden" not in browser.get("/de/office", base_url=BASE).text


def test_a_provider_that_is_away_lets_nobody_in(browser: FlaskClient, provider: Provider) -> None:
    address = begun(browser, provider)
    provider.codes.clear()
    assert back(browser, address).status_code == 401
    assert provider.faults.pop() == "token"

"""What a person does on her phone: decide, see who may see and who looked, read her profile, leave."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from playwright.sync_api import expect

from registry.casework import requesting
from registry.casework.requesting import Question
from registry.db import Sessions
from registry.ledger import grants
from registry.profiles import appearances
from schemas.compartments import Section
from schemas.vocabularies.access import Purpose, RequestReason
from tests.api_client import DARI, NAME, opened, profile
from tests.browser.stage import Stage
from tests.browser.test_api_in_a_browser import served
from tests.house import PIN, Letter, open_house
from tests.identities import Said, entries
from tests.integration.test_pages_permissions import COPIES, ENDED, LIVING, given

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from playwright.sync_api import Browser

    from registry.ledger.models import AccessGrant
    from tests.browser.stage import Visitor
    from tests.conftest import DatabasePair

SCHOOL = {
    "kind": "education.school",
    "value": {"as_said": "Lycee <script>document.title='run'</script>", "last_class": 9},
}
OTHER_SCHOOL = {"kind": "education.school", "value": {"as_said": "School", "last_class": 12}}
NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF")


@dataclass(frozen=True, slots=True)
class Zahra:
    """A person who was recorded at a Jobcenter and has her letter in her hand."""

    id: UUID
    letter: Letter


def zahra(stage: Stage, office: str = "Jobcenter") -> Zahra:
    clerk = stage.api.house.officer(office)
    born = stage.api.house.create(clerk, [NAME, DARI, SCHOOL])
    return Zahra(born.person_id, stage.api.house.letter(clerk, born.person_id))


def ask(stage: Stage, person: UUID, office: str = "Jobcenter") -> UUID:
    question = Question(
        purpose=Purpose.PLACEMENT,
        sections=frozenset({Section.LANGUAGES, Section.EDUCATION, Section.WORK}),
        reason=RequestReason.PLACEMENT_OFFER,
    )
    officer = stage.api.house.officer(office, "case-officer")
    return requesting.ask(person, question, actor=officer, now=stage.api.house.clock.now()).id


@contextmanager
def signed_in(stage: Stage, her: Zahra, language: str = "ar", *, has_scripts: bool = True) -> Iterator[Visitor]:
    with stage.visitor(language, on_phone=True, has_scripts=has_scripts) as visitor:
        visitor.sign_in_with(her.letter)
        yield visitor


def prove(visitor: Visitor, letter: Letter, index: int, *, pin: str = PIN) -> None:
    visitor.page.fill("#pin", pin)
    visitor.page.fill("#number", str(index))
    visitor.page.fill("#code", letter.codes[index - 1])
    visitor.page.click("form:has(#pin) button")


def held(her: Zahra) -> list[AccessGrant]:
    with Sessions() as session:
        return list(grants.grants_of(session, her.id))


def send(visitor: Visitor, path: str, **fields: str) -> int:
    """Send a form as a page of hers could, with whatever fields; returns the status that ended it."""
    script = """async ([path, fields]) => {
        const body = new URLSearchParams(fields);
        body.append("from-our-page", document.querySelector("[name=from-our-page]").value);
        return (await fetch(path, {method: "POST", body})).status;
    }"""
    return int(visitor.page.evaluate(script, [f"/{visitor.language}{path}", fields]))


def status(visitor: Visitor, path: str) -> int:
    """Return how a page of hers is answered."""
    return int(visitor.page.evaluate("async path => (await fetch(path)).status", f"/{visitor.language}{path}"))


@pytest.mark.parametrize("language", ["ar", "de"])
def test_she_allows_a_part_of_what_an_office_asks_for(stage: Stage, language: str) -> None:
    her = zahra(stage)
    ask(stage, her.id)
    with signed_in(stage, her, language) as she:
        she.look("me-requests")
        she.page.click("main .kern-card a")
        she.look("me-asked")
        she.page.uncheck("[value=education]")
        she.page.check("[value='12']")
        she.page.click("form:has(#sections) button")
        she.look("me-prove")
        prove(she, her.letter, 1, pin="111111")
        expect(she.page.locator("#wrong")).to_be_focused()
        expect(she.page.locator("#pin")).to_have_value("")
        she.look("me-prove-refused")
        prove(she, her.letter, 1)
        assert she.page.url.endswith(f"/{language}/me/access?done=given")
        she.look("me-given")
        (grant,) = held(her)
        assert grant.sections == ["languages", "work"]
        assert timedelta(days=364) < grant.not_after - grant.not_before < timedelta(days=368)
        she.go("/me")
        expect(she.page.locator("main .kern-card")).to_have_count(0)
        she.look("me-nobody-asks")


def test_saying_no_takes_no_proof_and_no_script(stage: Stage) -> None:
    her = zahra(stage)
    request = ask(stage, her.id)
    with signed_in(stage, her, "de", has_scripts=False) as she:
        she.page.click("main .kern-card a")
        she.page.click("section:has(#no) button")
        assert she.page.url.endswith("/de/me?done=declined")
        she.look("me-declined")
        she.go(f"/me/requests/{request}")
        expect(she.page.locator("#sections")).to_have_count(0)
    assert held(her) == []


def test_without_scripts_she_gives_ends_and_gives_again(stage: Stage) -> None:
    her = zahra(stage)
    with signed_in(stage, her, "ar", has_scripts=False) as she:
        she.go("/me/give")
        she.look("me-which-office")
        she.page.click("text=Agentur für Arbeit >> nth=0")
        she.look("me-what-for")
        she.page.click("main li a[href$=placement]")
        expect(she.page.locator("#sections :checked")).to_have_count(0)
        she.page.check("[value=languages]")
        she.page.check("[value=education]")
        she.page.click("form:has(#sections) button")
        prove(she, her.letter, 2)
        she.look("me-access")
        she.page.click("main .app-switch")
        expect(she.page.locator("main .app-switch")).to_have_count(0)
        she.look("me-withdrawn")
        she.page.click("main a[href*=again]")
        expect(she.page.locator("#sections :checked")).to_have_count(2)
        she.page.click("form:has(#sections) button")
        prove(she, her.letter, 3)
        she.page.click("main a[href$=part]")
        she.look("me-part")
        she.page.click("main form button")
        expect(she.page.locator("#sections :checked")).to_have_count(2)
    assert [grant.status for grant in held(her)] == ["withdrawn", "withdrawn"]


def test_what_is_wrong_is_said_and_nothing_that_was_chosen_is_lost(stage: Stage) -> None:
    her = zahra(stage)
    agency = stage.api.agency("Jobcenter Köln")
    with signed_in(stage, her, "ar") as she:
        she.go(f"/me/give/{agency}/placement")
        she.page.click("form:has(#sections) button")
        she.look("me-nothing-chosen")
        she.page.check("[value=skills]")
        she.page.check("[value=day]")
        for day in ("٣١.١٢.٢٠٢٠", "31.12.2199", "morgen"):
            she.page.fill("#day", day)
            she.page.click("form:has(#sections) button")
            expect(she.page.locator("#day-error")).to_have_count(1)
        expect(she.page.locator("[value=skills]")).to_be_checked()
        she.page.fill("#day", "٣١.١٢.٢٠٢٧")
        she.page.click("form:has(#sections) button")
        she.page.click("form:has([value=change]) button")
        expect(she.page.locator("#day")).to_have_value("2027-12-31")
        she.page.click("form:has(#sections) button")
        she.page.click("form:has(#pin) button")
        she.look("me-proof-missing")
        prove(she, her.letter, 4)
    assert [grant.sections for grant in held(her)] == [["skills"]]


def test_the_same_form_sent_twice_gives_one_permission(stage: Stage) -> None:
    her = zahra(stage)
    path = f"/me/give/{stage.api.agency('Jobcenter Köln')}/placement"
    with signed_in(stage, her, "de") as she:
        she.go(path)
        she.page.check("[value=work]")
        she.page.click("form:has(#sections) button")
        she.page.wait_for_selector("#pin")
        fields = she.page.evaluate("Object.fromEntries(new FormData(document.querySelector('form:has(#pin)')))")
        fields |= {"pin": PIN, "number": "5", "code": her.letter.codes[4]}
        del fields["from-our-page"]
        assert [send(she, path, **fields) for _ in range(2)] == [200, 200]
    assert len(held(her)) == 1


def test_what_was_not_offered_or_is_somebody_elses_cannot_be_reached(stage: Stage) -> None:
    her = zahra(stage)
    other = zahra(stage, "Agentur")
    agency = stage.api.agency("Jobcenter Köln")
    request = ask(stage, other.id, "Agentur")
    with signed_in(stage, other, "de") as he:
        he.go(f"/me/give/{agency}/placement")
        he.page.check("[value=work]")
        he.page.click("form:has(#sections) button")
        prove(he, other.letter, 1)
    (grant,) = held(other)
    with Sessions() as session:
        (row,) = appearances.appearances_of(session, other.id)
    with signed_in(stage, her, "de") as she:
        for path in (
            f"/me/requests/{request}", f"/me/grants/{grant.id}/part", f"/me/grants/{grant.id}/receipt",
            f"/me/records/{row.id}", f"/me/give/{agency}/nothing", f"/me/give/{grant.id}",
        ):  # fmt: skip
            assert status(she, path) == 404, path
        for path in (
            f"/me/requests/{request}/decline", f"/me/grants/{grant.id}/withdraw", f"/me/records/{row.id}/disown",
            f"/me/requests/{request}",
        ):  # fmt: skip
            assert send(she, path) == 404, path
        proof = {"step": "give", "pin": PIN, "number": "1", "code": her.letter.codes[0], "until": "3"}
        beyond = send(she, f"/me/give/{agency}/placement", sections="residence.status", **proof)
        nobody = send(she, f"/me/give/{stage.api.agency('Agentur')}/counselling", sections="identifiers", **proof)
        assert (beyond, nobody) == (422, 422)
    assert held(her) == []
    assert [one.status for one in held(other)] == ["active"]
    with stage.visitor() as officer:
        officer.sign_in_as_officer(stage, "Jobcenter Köln")
        assert status(officer, "/me") == 403


def test_she_sees_who_looked_and_what_is_recorded(stage: Stage) -> None:
    her = zahra(stage)
    api = stage.api
    officer = api.officer("Jobcenter")
    for _ in range(31):
        assert officer.get(profile(her.id, "intake")).status_code == 200
    for language in ("ar", "de"):
        with signed_in(stage, her, language) as she:
            she.go("/me/profile")
            she.page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
            expect(she.page.locator("main")).to_contain_text("<script>")
            assert "run" not in she.page.title()
            she.look("me-profile")
            she.go("/me/log")
            she.look("me-log")
            she.page.click("main a.kern-btn")
            assert "cursor=" in she.page.url
            she.look("me-log-older")
            assert status(she, "/me/log?cursor=nonsense") == 422


def test_she_is_forgotten_after_she_typed_the_word(stage: Stage) -> None:
    her = zahra(stage)
    with signed_in(stage, her, "ar", has_scripts=False) as she:
        she.go("/me/forget")
        she.page.fill("#word", "no")
        she.page.click("form:has(#word) button")
        expect(she.page.locator("#word-error")).to_have_count(1)
        she.look("me-forget")
        she.page.fill("#word", "حذف")
        she.page.click("form:has(#word) button")
        assert she.page.url.endswith("/ar/forgotten")
        she.look("me-forgotten")
        she.go("/me")
        assert she.page.url.endswith("/ar/sign-in")
        she.sign_in_with(her.letter)
        expect(she.page.locator("#wrong")).to_have_count(1)


@pytest.fixture
def linked(database_pair: DatabasePair, browser: Browser) -> Iterator[Stage]:
    """A house that finds people again, with its pages."""
    with open_house(database_pair, linker=True) as house:
        for api in opened(house):
            for address in served(api):
                yield Stage(address, api, browser)


def test_a_record_found_later_is_hers_once_she_proved_it_and_hers_to_give_back(linked: Stage) -> None:
    agentur, jobcenter = linked.api.officer("Agentur"), linked.api.officer("Jobcenter Stuttgart")
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), SCHOOL]}).get_json()
    found = jobcenter.post("/api/v1/matches", {"entries": entries(NADIR)}).get_json()["matches"][0]["id"]
    body = {"entries": [*entries(NADIR), OTHER_SCHOOL], "same_as": found}
    second = jobcenter.post("/api/v1/persons", body).get_json()
    assert second["linked"]
    approver = linked.api.officer("Agentur", "approver")
    plain = agentur.post(f"/api/v1/persons/{first['id']}/letters", {"pin": PIN}).get_json()
    with linked.visitor("de", on_phone=True) as he:
        letter = Letter(plain["letter_code"], plain["codes"])
        he.sign_in_with(letter)
        he.go(f"/me/records/{second['appearance']}")
        prove(he, letter, 1)
        he.look("me-record-elsewhere")
    approved = {"pin": PIN, "approval": approver.token}
    made = agentur.post(f"/api/v1/persons/{first['id']}/letters", approved).get_json()
    letter = Letter(made["letter_code"], made["codes"])
    with linked.visitor("ar", on_phone=True) as he:
        he.sign_in_with(letter)
        he.look("me-unclear")
        he.page.click("main .kern-alert a")
        he.look("me-records")
        he.page.click(f"main a[href$='{second['appearance']}']")
        he.look("me-record")
        prove(he, letter, 1, pin="999999")
        he.look("me-record-refused")
        prove(he, letter, 1)
        he.look("me-record-mine")
        he.go("/me/profile")
        expect(he.page.locator("main details .kern-badge--warning")).to_have_count(3)
        he.look("me-profile-disputed")
        he.go(f"/me/records/{second['appearance']}")
        he.page.click("section:has(#no) button")
        assert he.page.url.endswith("done=not-mine")
        assert status(he, f"/me/records/{second['appearance']}") == 404


@pytest.mark.parametrize("language", ["ar", "de"])
def test_many_permissions_come_in_pieces_those_that_hold_first(stage: Stage, language: str) -> None:
    her = zahra(stage)
    given(stage.api.house, stage.api.house.person(her.letter), her.letter.proof(1))
    with psycopg.connect(stage.api.house.pair.main_url()) as connection:
        connection.execute(COPIES, [LIVING + ENDED - 1, her.id])
    with signed_in(stage, her, language) as she:
        she.go("/me/access")
        she.look("me-access-many")
        for _ in range(2):
            she.page.click("main a.kern-btn[href*=cursor]")
        assert "cursor=" in she.page.url
        she.page.click("main details summary")
        she.look("me-access-last")
        she.page.click("main a.kern-btn[href*=ended]")
        expect(she.page.locator("main details li >> nth=24")).to_be_visible()
        she.look("me-access-ended")
        she.page.click("main a.me-big >> nth=0")
        assert she.page.url.endswith("/me/access")

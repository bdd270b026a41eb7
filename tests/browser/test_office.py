"""The office in a real browser: looking for somebody, opening with a reason, asking for more, deciding who is who."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import expect

from registry.casework import granting, requesting
from registry.db import Sessions
from registry.ledger import requests as asked_for
from schemas.compartments import Section
from schemas.vocabularies.access import Purpose, RequestReason
from tests.api_client import DARI, opened, wish
from tests.browser.stage import Stage
from tests.browser.test_api_in_a_browser import served
from tests.house import open_house, told
from tests.identities import entries
from tests.integration.test_api_links import NADER, NADIR, letter, linked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from registry.actors import PersonActor
    from tests.browser.stage import Visitor
    from tests.conftest import DatabasePair
    from tests.house import Letter

JOBCENTER, AGENTUR = "Jobcenter Köln", "Agentur"
NUMBER = "123A456789"
ATTACK = "<script>document.title='broken'</script>"


def entry(kind: str, **value: object) -> dict[str, Any]:
    return {"kind": kind, "value": value, "evidence": {"type": "self-report"}}


def german(code: str) -> dict[str, Any]:
    level = {"skill": "speaking", "scale": "cefr", "code": code, "cefr": code}
    return entry("languages.language", language="de", as_said="Deutsch", levels=[level])


ZAHRA = [
    entry("identity.name", family="Karimi", given="Zahra", form="current", script="Latn"),
    entry("identity.name", family="کریمی", given="زهرا", form="native", script="Arab"),
    entry("identity.birth-date", date="1990-05-14"),
    entry("identifiers.ba-customer", number=NUMBER),
    DARI,
    german("B1"),
    entry("skills.skill", name="Nähen", group="Handwerk"),
    entry("skills.skill", name=ATTACK),
    entry("work.experience", occupation={"title": "Schneiderin", "kldb": "28222"}, start="2010", end="2014-03"),
    entry("needs.training", text="Kurs für Industrienäherei", next_step="Träger suchen", status="open"),
]


@pytest.fixture
def linked_stage(database_pair: DatabasePair, browser: Browser) -> Iterator[Stage]:
    """A house with a linker, whose pages can be visited."""
    with open_house(database_pair, linker=True) as house:
        for api in opened(house):
            for address in served(api):
                yield Stage(address, api, browser)


def recorded(stage: Stage, stated: list[dict[str, Any]], agency: str = AGENTUR) -> tuple[UUID, Letter]:
    """Record somebody at an office, with her letter."""
    house = stage.api.house
    clerk = house.officer(agency)
    person = house.create(clerk, stated).person_id
    return person, house.letter(clerk, person)


def granted(
    stage: Stage, hers: Letter, *sections: Section, agency: str = JOBCENTER, purpose: Purpose = Purpose.PLACEMENT
) -> PersonActor:
    """Let an office see sections."""
    house = stage.api.house
    person = house.person(hers)
    wish = granting.Wish(
        agency_id=UUID(house.agency(agency).id),
        purpose=purpose,
        sections=frozenset(sections),
        until=datetime.now(UTC) + timedelta(days=90),
        **told(),
    )
    with Sessions.begin() as session:
        granting.give(session, wish, hers.proof(1), actor=person, now=datetime.now(UTC))
    return person


def search(visitor: Visitor, number: str, purpose: str = "placement") -> None:
    """Look for somebody by the customer number."""
    visitor.go("/office")
    visitor.page.check(f"input[name=purpose][value={purpose}]")
    visitor.page.fill("#number", number)
    visitor.page.click("main form button")


def words_on(visitor: Visitor) -> str:
    """Return all that the page says."""
    return visitor.page.inner_text("main")


@pytest.mark.parametrize("language", ["de", "en", "ar"])
def test_an_officer_finds_somebody_by_number_and_opens_what_is_shared(linked_stage: Stage, language: str) -> None:
    person, hers = recorded(linked_stage, ZAHRA)
    granted(linked_stage, hers, Section.LANGUAGES, Section.SKILLS, Section.WORK, Section.IDENTITY)
    with linked_stage.visitor(language) as officer:
        officer.sign_in_as_officer(linked_stage, JOBCENTER)
        assert officer.page.url.endswith(f"/{language}/office")
        officer.look("office-find")
        search(officer, NUMBER)
        officer.look("office-found")
        assert "Karimi" not in words_on(officer), "who is found is not named before it is opened"
        officer.page.click("#found-people button")
        assert officer.page.url.endswith(f"/{language}/office/{person}?purpose=placement")
        officer.look("office-profile")
        said = words_on(officer)
        for shown in ("Zahra Karimi", "B1", "Nähen", "Schneiderin", linked_stage.api.house.agency(AGENTUR).name):
            assert shown in said
        assert ATTACK in said, "what somebody wrote is a text"
        assert "Industrienäherei" not in said, "needs are not shared"
        assert officer.page.locator("#hidden li").count() > 3
        needs = {"de": "Was gebraucht wird", "en": "What is needed", "ar": "ما هو مطلوب"}[language]
        expect(officer.page.locator("#hidden li", has_text=needs)).to_have_count(1)


def test_by_name_and_birth_date_somebody_is_found_and_a_stranger_is_not(linked_stage: Stage) -> None:
    recorded(linked_stage, ZAHRA)
    with linked_stage.visitor() as officer:
        officer.sign_in_as_officer(linked_stage, JOBCENTER)
        for given, found in (("Zahra", 1), ("Mohammad", 0)):
            officer.go("/office")
            officer.page.check("input[name=purpose][value=placement]")
            officer.page.fill("#family", "Karimi" if found else "Haidari")
            officer.page.fill("#given", given)
            officer.page.fill("#birth_date", "14.5.1990" if found else "1971")
            officer.page.click("main form button")
            expect(officer.page.locator("#found-people li")).to_have_count(found)
            expect(officer.page.locator("#given")).to_have_value(given)
        officer.look("office-nobody")


def test_what_is_missing_or_doubled_is_said_and_nothing_is_lost(stage: Stage) -> None:
    with stage.visitor() as officer:
        officer.sign_in_as_officer(stage, JOBCENTER)
        officer.page.click("main form button")
        expect(officer.page.locator("#wrong")).to_be_focused()
        expect(officer.page.locator(".kern-error")).to_have_count(1)
        officer.look("office-find-wrong")
        officer.page.check("input[name=purpose][value=placement]")
        officer.page.fill("#number", NUMBER)
        officer.page.fill("#family", "Karimi")
        officer.page.click("main form button")
        expect(officer.page.locator("#number-error")).to_have_count(1)
        expect(officer.page.locator("#family")).to_have_value("Karimi")
        officer.page.fill("#family", "")
        officer.page.select_option("#number_kind", "profile")
        officer.page.click("main form button")
        expect(officer.page.locator("#number-error")).to_have_count(1)


def test_nobody_and_somebody_who_shares_nothing_look_the_same(stage: Stage) -> None:
    person, hers = recorded(stage, ZAHRA)
    with stage.visitor() as officer:
        officer.sign_in_as_officer(stage, JOBCENTER)
        pages = []
        for one in (person, uuid4()):
            officer.go(f"/office/{one}?purpose=placement")
            pages.append(officer.page.content().replace(str(one), "-"))
        assert pages[0] == pages[1]
        officer.look("office-nothing")
        granted(stage, hers, Section.LANGUAGES)
        officer.go(f"/office/{person}?purpose=counselling")
        assert officer.page.content().replace(str(person), "-").count("Zahra") == 0
        officer.go(f"/office/{person}")
        officer.look("office-why")
        officer.go(f"/office/{person}?purpose=recognition-advice")
        expect(officer.page.locator("main h1")).to_have_text("Wozu öffnen Sie dieses Profil?")


def test_contradictions_stand_side_by_side_with_their_sources(linked_stage: Stage) -> None:
    api = linked_stage.api
    agentur, approver, jobcenter = (
        api.officer(AGENTUR), api.officer(AGENTUR, "approver"), api.officer("Jobcenter Stuttgart"),
    )  # fmt: skip
    first = agentur.post("/api/v1/persons", {"entries": [*entries(NADIR), german("B1")]}).get_json()
    hers = letter(agentur, first["id"], first["appearance"], approval=approver.token)
    second = linked(jobcenter, NADER, german("A2"), entry("skills.skill", name="Tischlern"))
    me = api.person(hers)
    confirmation = f"/api/v1/me/appearances/{second['appearance']}/confirmation"
    assert me.post(confirmation, {"proof": hers.proof(1)}).status_code == 204
    sections = ["identity", "languages", "skills"]
    assert me.post("/api/v1/me/grants", wish(api.agency(JOBCENTER), hers.proof(2), *sections)).status_code == 201
    with linked_stage.visitor() as officer:
        officer.sign_in_as_officer(linked_stage, JOBCENTER)
        officer.go(f"/office/{hers.id}?purpose=placement")
        officer.look("office-contradiction")
        (dispute,) = officer.page.locator("#languages .app-dispute").all()
        sides = dispute.locator(".app-sides > li").all_inner_texts()
        # Which source stands first is no source's to say: it follows ids, which are random.
        assert sorted(("B1" in one, "Agentur" in one, "Jobcenter" in one) for one in sides) == [
            (False, False, True),
            (True, True, False),
        ]
        expect(officer.page.locator("#skills .app-dispute")).to_have_count(0)


def test_an_officer_asks_for_more_and_takes_it_back(stage: Stage) -> None:
    person, hers = recorded(stage, ZAHRA)
    granted(stage, hers, Section.LANGUAGES)
    with stage.visitor() as officer:
        officer.sign_in_as_officer(stage, JOBCENTER)
        officer.go("/office/requests")
        officer.look("office-no-requests")
        officer.go(f"/office/{person}?purpose=placement")
        officer.page.locator("#hidden li", has_text="Bildung").get_by_role("link").click()
        assert officer.page.locator("input[name=sections]:checked").evaluate_all(
            "all => all.map(one => one.value)"
        ) == ["education"]
        officer.page.click("main form button")
        expect(officer.page.locator("#wrong")).to_be_focused()
        officer.page.check("input[name=reason][value=placement-offer]")
        officer.look("office-ask")
        officer.page.click("main form button")
        assert officer.page.url.endswith("/office/requests?done=asked")
        officer.look("office-requests")
        officer.go(f"/office/{person}/ask?purpose=placement&section=work")
        officer.page.check("input[name=reason][value=placement-offer]")
        officer.page.click("main form button")
        expect(officer.page.locator("#wrong"), "one request at a time").to_have_count(1)
        officer.go("/office/requests")
        officer.page.get_by_role("button", name="Zurücknehmen").click()
        expect(officer.page.locator("main form")).to_have_count(0)
        assert "Zurückgenommen" in words_on(officer)


def test_an_office_that_does_not_know_somebody_cannot_ask_and_learns_nothing(stage: Stage) -> None:
    person, _ = recorded(stage, ZAHRA)
    with stage.visitor() as officer:
        officer.sign_in_as_officer(stage, JOBCENTER)
        pages = []
        for one in (person, uuid4()):
            officer.go(f"/office/{one}/ask?purpose=placement&section=work")
            officer.page.check("input[name=reason][value=placement-offer]")
            officer.page.click("main form button")
            pages.append(officer.page.content().replace(str(one), "-"))
        assert pages[0] == pages[1]
        expect(officer.page.locator("main h1")).to_have_text("Hier ist nichts für Sie")
        officer.go(f"/office/{person}/ask?purpose=placement&section=residence&section=<b>")
        expect(officer.page.locator("input[name=sections]:checked")).to_have_count(1)


def test_a_request_that_was_declined_meanwhile_is_not_taken_back_and_the_list_says_so(stage: Stage) -> None:
    person, hers = recorded(stage, ZAHRA)
    zahra = granted(stage, hers, Section.LANGUAGES)
    question = requesting.Question(
        purpose=Purpose.PLACEMENT, sections=frozenset({Section.WORK}), reason=RequestReason.PLACEMENT_OFFER
    )
    made = requesting.ask(person, question, actor=stage.api.house.officer(JOBCENTER), now=datetime.now(UTC))
    with stage.visitor() as officer:
        officer.sign_in_as_officer(stage, JOBCENTER, "case-officer")
        officer.go("/office/requests")
        requesting.decline(made.id, actor=zahra, now=datetime.now(UTC))
        officer.page.get_by_role("button", name="Zurücknehmen").click()
        expect(officer.page.locator("#wrong")).to_be_focused()
        assert "Abgelehnt" in words_on(officer)
        officer.look("office-declined")
        officer.page.click(".app-lang summary")
        officer.page.click(".app-lang a[lang=en]")
        expect(officer.page.locator("main h1"), "no dead end in another language").to_have_count(1)
        assert officer.page.url.startswith(f"{stage.address}/en/")


def test_another_offices_request_is_not_found(stage: Stage) -> None:
    person, hers = recorded(stage, ZAHRA)
    granted(stage, hers, Section.LANGUAGES)
    asker = stage.api.house.officer(JOBCENTER)
    question = requesting.Question(
        purpose=Purpose.PLACEMENT, sections=frozenset({Section.WORK}), reason=RequestReason.PLACEMENT_OFFER
    )
    made = requesting.ask(person, question, actor=asker, now=datetime.now(UTC))
    with stage.visitor() as stranger:
        stranger.sign_in_as_officer(stage, "Stuttgart")
        stranger.go("/office/requests")
        assert str(person) not in words_on(stranger)
        token = stranger.page.locator("header input[type=hidden]").first.input_value()
        answer = stranger.page.request.post(
            f"{stage.address}/de/office/requests/{made.id}/back",
            form={"from-our-page": token},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        assert answer.status == 404
    with Sessions() as session:
        assert (
            requesting.status_of(asked_for.of_agency_by_id(session, made.agency_id, made.id), datetime.now(UTC))
            == "open"
        )


def test_without_scripts_an_officer_searches_opens_and_asks_all_the_same(linked_stage: Stage) -> None:
    _, hers = recorded(linked_stage, ZAHRA)
    granted(linked_stage, hers, Section.LANGUAGES)
    with linked_stage.visitor(has_scripts=False) as officer:
        officer.sign_in_as_officer(linked_stage, JOBCENTER)
        search(officer, NUMBER)
        officer.page.click("#found-people button")
        assert "Dari" in words_on(officer)
        officer.page.locator("#hidden").get_by_role("link").first.click()
        officer.page.check("input[name=reason][value=placement-offer]")
        officer.page.click("main form button")
        assert officer.page.url.endswith("/office/requests?done=asked")


def test_whoever_has_no_case_work_and_whoever_sends_a_form_from_elsewhere_is_refused(stage: Stage) -> None:
    person, letter_ = recorded(stage, ZAHRA)
    with stage.visitor() as administrator:
        administrator.sign_in_as_officer(stage, JOBCENTER, "administrator")
        assert administrator.page.url.endswith("/de/")
        paths = ("/office", "/office/requests", "/office/links", "/office/quality", "/office/questions")
        for path in (*paths, f"/office/links/{uuid4()}", f"/office/{person}?purpose=placement"):
            answer = administrator.page.request.get(f"{stage.address}/de{path}")
            assert (path, answer.status) == (path, 403)
    with stage.visitor() as zahra:
        zahra.sign_in_with(letter_)
        assert zahra.page.request.get(f"{stage.address}/de/office").status == 403
    with stage.visitor() as officer:
        officer.sign_in_as_officer(stage, JOBCENTER)
        for path in ("/office", "/office/open", f"/office/{person}/ask?purpose=placement"):
            assert officer.page.request.post(f"{stage.address}/de{path}", form={"purpose": "placement"}).status == 403


def test_tricks_in_fields_are_refused_and_shown_harmless(stage: Stage) -> None:
    with stage.visitor() as officer:
        officer.sign_in_as_officer(stage, JOBCENTER)
        search(officer, "12\u202e34")
        expect(officer.page.locator("#number-error")).to_have_count(1)
        officer.page.fill("#number", "")
        for field, value in (
            ("family", ATTACK),
            ("given", '"><img src=x onerror=alert(1)>'),
            ("birth_date", "31.2.1990"),
        ):
            officer.page.fill(f"#{field}", value)
        officer.page.click("main form button")
        expect(officer.page.locator("#family")).to_have_value(ATTACK)
        expect(officer.page.locator("main img")).to_have_count(0)
        expect(officer.page.locator("#birth_date-error")).to_have_count(1)
        officer.look("office-tricks")

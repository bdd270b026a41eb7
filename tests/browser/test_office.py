"""The office in a real browser: looking for somebody, opening with a reason, asking for more, deciding who is who."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from registry.casework import granting, requesting
from registry.db import Sessions
from registry.ledger import requests as asked_for
from schemas.compartments import Section
from schemas.vocabularies.access import Purpose, RequestReason
from tests.api_client import DARI, opened
from tests.browser.stage import Stage
from tests.browser.test_api_in_a_browser import served
from tests.house import open_house, told

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


def recorded(stage: Stage, entries: list[dict[str, Any]], agency: str = AGENTUR) -> tuple[UUID, Letter]:
    """Record somebody at an office, with her letter."""
    house = stage.api.house
    clerk = house.officer(agency)
    person = house.create(clerk, entries).person_id
    return person, house.letter(clerk, person)


def granted(
    stage: Stage, letter: Letter, *sections: Section, agency: str = JOBCENTER, purpose: Purpose = Purpose.PLACEMENT
) -> PersonActor:
    """Let an office see sections."""
    house = stage.api.house
    person = house.person(letter)
    wish = granting.Wish(
        agency_id=UUID(house.agency(agency).id),
        purpose=purpose,
        sections=frozenset(sections),
        until=datetime.now(UTC) + timedelta(days=90),
        **told(),
    )
    with Sessions.begin() as session:
        granting.give(session, wish, letter.proof(1), actor=person, now=datetime.now(UTC))
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


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_officer_finds_somebody_by_number_and_opens_what_is_shared(linked_stage: Stage, language: str) -> None:
    person, letter = recorded(linked_stage, ZAHRA)
    granted(linked_stage, letter, Section.LANGUAGES, Section.SKILLS, Section.WORK, Section.IDENTITY)
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
        assert officer.page.locator("#hidden li", has_text="needed" if language == "en" else "gebraucht").count() == 1


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
            assert officer.page.locator("#found-people li").count() == found
            assert officer.page.input_value("#given") == given
        officer.look("office-nobody")


def test_what_is_missing_or_doubled_is_said_and_nothing_is_lost(stage: Stage) -> None:
    with stage.visitor() as officer:
        officer.sign_in_as_officer(stage, JOBCENTER)
        officer.page.click("main form button")
        assert officer.page.evaluate("document.activeElement.id") == "wrong"
        assert officer.page.locator(".kern-error").count() == 1
        officer.look("office-find-wrong")
        officer.page.check("input[name=purpose][value=placement]")
        officer.page.fill("#number", NUMBER)
        officer.page.fill("#family", "Karimi")
        officer.page.click("main form button")
        assert officer.page.locator("#number-error").count() == 1
        assert officer.page.input_value("#family") == "Karimi"
        officer.page.fill("#family", "")
        officer.page.select_option("#number_kind", "profile")
        officer.page.click("main form button")
        assert officer.page.locator("#number-error").count() == 1


def test_nobody_and_somebody_who_shares_nothing_look_the_same(stage: Stage) -> None:
    person, letter = recorded(stage, ZAHRA)
    with stage.visitor() as officer:
        officer.sign_in_as_officer(stage, JOBCENTER)
        pages = []
        for one in (person, uuid4()):
            officer.go(f"/office/{one}?purpose=placement")
            pages.append(officer.page.content().replace(str(one), "-"))
        assert pages[0] == pages[1]
        officer.look("office-nothing")
        granted(stage, letter, Section.LANGUAGES)
        officer.go(f"/office/{person}?purpose=counselling")
        assert officer.page.content().replace(str(person), "-").count("Zahra") == 0
        officer.go(f"/office/{person}")
        officer.look("office-why")
        officer.go(f"/office/{person}?purpose=recognition-advice")
        assert officer.page.locator("main h1").inner_text() == "Wozu öffnen Sie dieses Profil?"


def test_contradictions_stand_side_by_side_with_their_sources(linked_stage: Stage) -> None:
    person, letter = recorded(linked_stage, [*ZAHRA[:5], german("B1")])
    house = linked_stage.api.house
    jobcenter = house.officer(JOBCENTER)
    other = house.create(jobcenter, [ZAHRA[0], entry("identity.birth-date", date="1990-01-01"), ZAHRA[3], german("A2")])
    hers = house.letter(jobcenter, other.person_id) if other.person_id != person else letter
    granted(linked_stage, hers, *Section, agency="Stuttgart")
    with linked_stage.visitor() as officer:
        officer.sign_in_as_officer(linked_stage, "Stuttgart")
        officer.go(f"/office/{other.person_id}?purpose=placement")
        officer.look("office-contradiction")


def test_an_officer_asks_for_more_and_takes_it_back(stage: Stage) -> None:
    person, letter = recorded(stage, ZAHRA)
    granted(stage, letter, Section.LANGUAGES)
    with stage.visitor() as officer:
        officer.sign_in_as_officer(stage, JOBCENTER)
        officer.go("/office/requests")
        officer.look("office-no-requests")
        officer.go(f"/office/{person}?purpose=placement")
        officer.page.locator("#hidden li", has_text="Bildung").get_by_role("link").click()
        assert officer.page.locator("input[name=sections]:checked").evaluate_all("all => all.map(one => one.value)") == [
            "education"
        ]
        officer.page.click("main form button")
        assert officer.page.evaluate("document.activeElement.id") == "wrong"
        officer.page.check("input[name=reason][value=placement-offer]")
        officer.look("office-ask")
        officer.page.click("main form button")
        assert officer.page.url.endswith("/office/requests?done=asked")
        officer.look("office-requests")
        officer.go(f"/office/{person}/ask?purpose=placement&section=work")
        officer.page.check("input[name=reason][value=placement-offer]")
        officer.page.click("main form button")
        assert officer.page.locator("#wrong").count() == 1, "one request at a time"
        officer.go("/office/requests")
        officer.page.get_by_role("button", name="Zurücknehmen").click()
        assert officer.page.locator("main form").count() == 0
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
        assert officer.page.locator("main h1").inner_text() == "Hier ist nichts für Sie"
        officer.go(f"/office/{person}/ask?purpose=placement&section=residence&section=<b>")
        assert officer.page.locator("input[name=sections]:checked").count() == 1


def test_another_offices_request_is_not_found(stage: Stage) -> None:
    person, letter = recorded(stage, ZAHRA)
    granted(stage, letter, Section.LANGUAGES)
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
        assert requesting.status_of(asked_for.of_agency_by_id(session, made.agency_id, made.id), datetime.now(UTC)) == "open"


def test_without_scripts_an_officer_searches_opens_and_asks_all_the_same(linked_stage: Stage) -> None:
    _, letter = recorded(linked_stage, ZAHRA)
    granted(linked_stage, letter, Section.LANGUAGES)
    with linked_stage.visitor(has_scripts=False) as officer:
        officer.sign_in_as_officer(linked_stage, JOBCENTER)
        search(officer, NUMBER)
        officer.page.click("#found-people button")
        assert "Dari" in words_on(officer)
        officer.page.locator("#hidden").get_by_role("link").first.click()
        officer.page.check("input[name=reason][value=placement-offer]")
        officer.page.click("main form button")
        assert officer.page.url.endswith("/office/requests?done=asked")


def test_what_may_be_one_person_is_decided_by_the_office_that_keeps_a_record(linked_stage: Stage) -> None:
    house = linked_stage.api.house
    recorded(linked_stage, [entry("identity.name", family="Barakzai", given="Nadir Shah", form="current", script="Latn"),
        entry("identity.birth-date", date="1979-06-21")])

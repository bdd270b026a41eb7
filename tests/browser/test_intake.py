"""The counter in a real browser: looked for, heard, checked, recorded, handed a letter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.orm import Session

from registry.casework import opening
from registry.profiles import reading
from registry.vocabulary import importing
from registry.web.signed import FIELD
from schemas.vocabularies.access import Purpose
from tests.api_client import opened
from tests.browser.stage import Stage
from tests.browser.test_api_in_a_browser import served
from tests.house import PIN, open_house
from tests.identities import Said, entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import APIResponse, Browser, Page

    from tests.browser.stage import Visitor
    from tests.conftest import DatabasePair

SKILL = "http://data.europa.eu/esco/skill/0f1c4000-0000-4000-8000-000000000001"
SKILLS = (
    "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,status\n"
    f"KnowledgeSkillCompetence,{SKILL},skill/competence,sector-specific,Brot backen,,released\n"
)
TITLES = "Zugeordnete Berufe (Beispiele):  29222-101 Bäcker/in  29222-102 Konditor/in"
OCCUPATIONS = (
    "Schlüssel KldB 2010;Ebene;Titel;Umfasst ferner\n2;1;Produktion;\n29;2;Lebensmittel;\n292;3;Herstellung;\n"
    f"2922;4;Backwaren;\n29222;5;Backwaren, fachlich;{TITLES}\n"
)
NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF")
MARKUP = '"><script>document.title="run"</script>'


@pytest.fixture
def counter(database_pair: DatabasePair, browser: Browser, tmp_path: Path) -> Iterator[Stage]:
    """A house with a linker and a few words to look up."""
    load_words(database_pair.main_url(), tmp_path)
    with open_house(database_pair, linker=True) as house:
        for api in opened(house):
            for address in served(api):
                yield Stage(address, api, browser)


def load_words(url: str, folder: Path) -> None:
    """Import one skill and one occupation with its titles, as their owner."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    lists = [("esco-skills", "skills_de.csv", SKILLS), ("kldb-2010", "kldb.csv", OCCUPATIONS)]
    for name, file, lines in lists:
        path = folder / file
        path.write_text(lines, encoding="utf-8")
        for each in (name, "kldb-2010-titles") if name == "kldb-2010" else (name,):
            with Session(engine) as session, session.begin():
                importing.bring_in(session, importing.read(each, [path]))
    engine.dispose()


def press(page: Page, value: str) -> None:
    """Press the button that sends this act."""
    page.click(f'main button[name=act][value="{value}"]')


def fill_identity(page: Page, family: str, given: str, born: str) -> None:
    page.fill("#family", family)
    page.fill("#given", given)
    page.fill("#birth_date", born)


def look_for(visitor: Visitor, family: str = "Karimi", given: str = "Zahra", born: str = "14.03.1994") -> None:
    """Fill in who it is and ask whether she is known."""
    visitor.go("/intake")
    fill_identity(visitor.page, family, given, born)
    press(visitor.page, "ask")
    visitor.page.wait_for_selector("#known")


def recorded_by_another(counter: Stage) -> str:
    """Return the person of somebody whom BAMF recorded."""
    house = counter.api.house
    born = house.create(house.officer("BAMF"), entries(NADIR))
    return str(born.person_id)


def persons(counter: Stage) -> int:
    """Return how many people the registry knows."""
    engine = create_engine(
        counter.api.house.pair.main_url().replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool
    )
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM person")).scalar_one())


def begin(visitor: Visitor) -> None:
    """Go on to what the person brings along."""
    press(visitor.page, "begin")
    visitor.page.wait_for_selector("#list-languages")


def save(visitor: Visitor) -> str:
    """Check the answers and record them; returns the person's id."""
    press(visitor.page, "check")
    press(visitor.page, "save")
    found = re.search(r"/intake/([0-9a-f-]{36})/saved", visitor.page.url)
    assert found is not None, visitor.page.inner_text("main")
    return found[1]


def recorded(counter: Stage, agency: str, person: str) -> dict[str, list[dict[str, object]]]:
    """Return what the office recorded of a person, by kind."""
    house = counter.api.house
    officer = house.officer(agency, "case-officer")
    told = opening.told(UUID(person), Purpose.INTAKE, actor=officer, now=house.clock.now())
    kept: dict[str, list[dict[str, object]]] = {}
    for section in reading.by_section(told.opened()).values():
        for entry in section:
            kept.setdefault(entry.kind, []).append(dict(entry.value))
    return kept


def bidi_and_markup(page: Page) -> None:
    """Fill in what hides or runs."""
    page.fill("#languages-0-language", "Dari" + chr(0x202E))
    page.fill("#jobs-0-title", MARKUP)
    page.fill("#needs-0-text", "#bad {{ 7*7 }}")


@pytest.mark.parametrize("language", ["de", pytest.param("en", marks=pytest.mark.long)])
def test_a_clerk_records_what_the_person_said_and_hands_over_the_letter(counter: Stage, language: str) -> None:
    with counter.visitor(language) as clerk:
        page = clerk.page
        clerk.sign_in_as_officer(counter, "Jobcenter")
        clerk.go("/intake")
        clerk.look("intake-identity")
        look_for(clerk)
        clerk.look("intake-nobody")
        begin(clerk)
        page.fill("#contact_language", "prs")
        page.select_option("#needs_interpreter", "yes")
        page.fill("#languages-0-language", "prs")
        page.select_option("#languages-0-overall", "native")
        press(page, "add-languages")
        page.wait_for_selector("#languages-1-language")
        page.fill("#languages-1-language", "de")
        page.select_option("#languages-1-reading", "A2")
        page.check("#languages-1-is_seen")
        page.fill("#jobs-0-title", "bäcke")
        page.click("[role=option]")
        page.fill("#jobs-0-start", "2012")
        page.fill("#jobs-0-end", "5.2015")
        page.fill("#skills-0-name", "brot")
        page.wait_for_selector("[role=option]")
        clerk.look("intake-details")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.select_option("#needs-0-kind", "needs.language")
        page.fill("#needs-0-text", "B1 am Abend")
        page.select_option("#needs-0-level", "B1")
        press(page, "check")
        clerk.look("intake-check")
        press(page, "save")
        clerk.look("intake-saved")
        person = page.url.rpartition("/saved")[0].rpartition("/")[2]
        page.click(f'a[href$="{person}/letter"]')
        clerk.look("intake-letter")
        letter = printed(clerk)
        assert (letter.status, letter.headers["content-type"], letter.headers["cache-control"]) == (
            200, "application/pdf", "no-store",
        )  # fmt: skip
        assert letter.body().startswith(b"%PDF-")
    kept = recorded(counter, "Jobcenter", person)
    assert kept["identity.birth-date"] == [{"date": "1994-03-14", "placeholder_suspected": False}]
    assert [one["language"] for one in kept["languages.language"]] == ["prs", "de"]
    (job,) = kept["work.experience"]
    assert job["occupation"] == {"title": "Bäcker/in", "kldb": "29222", "dkz": "29222-101"}
    assert (job["start"], job["end"]) == ("2012", "2015-05")
    assert kept["skills.skill"] == [{"name": "Brot backen", "esco": SKILL}]
    assert kept["needs.language"] == [{"text": "B1 am Abend", "target_level": "B1"}]
    assert kept["contact.language"] == [{"language": "prs", "interpreter_needed": True}]


def printed(clerk: Visitor, **more: str) -> APIResponse:
    """Send the form of the letter as the browser would; a PDF is nothing that a browser without a window shows."""
    page = clerk.page
    token = page.input_value(f"input[name={FIELD}]")
    return sent(page, page.url, {FIELD: token, "language": "ar", "pin": PIN, "repeated": PIN, **more})


def sent(page: Page, address: str, form: Mapping[str, str]) -> APIResponse:
    """Send a form with the browser's session."""
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    origin = "/".join(address.split("/")[:3])
    return page.request.post(
        address,
        form={name: value for name, value in form.items() if name},
        headers={"Cookie": cookie, "Origin": origin},
    )


def test_somebody_of_another_office_is_known_and_decided_about_before_anything_is_recorded(
    counter: Stage,
) -> None:
    person = recorded_by_another(counter)
    with counter.visitor() as clerk:
        clerk.sign_in_as_officer(counter, "Jobcenter")
        look_for(clerk, "BARAKSAI", "Nader Schah", "21.6.1979")
        assert "Barakzai" not in clerk.page.content()
        clerk.look("intake-known")
        press(clerk.page, "hint-0")
        clerk.page.wait_for_selector("#hint-0")
        expect(clerk.page.locator("#hint-0")).to_contain_text("B•••")
        clerk.look("intake-hint")
        press(clerk.page, "begin")
        expect(clerk.page.locator("#wrong")).to_be_focused()
        assert persons(counter) == 1
        clerk.page.check("#choice-same-0")
        begin(clerk)
        assert save(clerk) == person
        assert clerk.page.url.endswith("same=1")
        clerk.look("intake-linked")


def test_nobody_is_recorded_without_having_been_looked_for(counter: Stage) -> None:
    with counter.visitor() as clerk:
        clerk.sign_in_as_officer(counter, "Jobcenter")
        look_for(clerk)
        fill_identity(clerk.page, "Rahimi", "Zahra", "1994")
        press(clerk.page, "begin")
        expect(clerk.page.locator("#wrong")).to_be_focused()
        clerk.look("intake-ask-first")
        clerk.page.evaluate("document.querySelector('input[name=mark]')?.remove()")
        clerk.page.evaluate("document.querySelector('main form').action = '/de/intake/save'")
        with clerk.page.expect_navigation():
            clerk.page.evaluate("document.querySelector('main form').submit()")
        expect(clerk.page.locator("#wrong")).to_have_count(1)
    assert persons(counter) == 0


def test_what_hides_or_runs_is_refused_or_shown_as_text(counter: Stage) -> None:
    with counter.visitor() as clerk:
        clerk.sign_in_as_officer(counter, "Jobcenter")
        clerk.go("/intake")
        fill_identity(clerk.page, "Karimi", "Zahra" + chr(0x2066), "1994")
        press(clerk.page, "ask")
        clerk.page.wait_for_selector("#wrong")
        expect(clerk.page.locator("#given-error")).to_have_count(1)
        look_for(clerk, family=MARKUP)
        begin(clerk)
        bidi_and_markup(clerk.page)
        press(clerk.page, "check")
        expect(clerk.page.locator("#languages-0-language-error")).to_have_count(1)
        clerk.look("intake-details-wrong")
        clerk.page.fill("#languages-0-language", "Dari")
        press(clerk.page, "check")
        expect(clerk.page.locator("main")).to_contain_text(MARKUP)
        expect(clerk.page.locator("main")).to_contain_text("{{ 7*7 }}")
        assert clerk.page.title() != "run"


@pytest.mark.parametrize(("typed", "kept"), [("1990", "1990"), ("05.1990", "1990-05"), ("1990-5-3", "1990-05-03")])
def test_a_birth_date_is_recorded_as_far_as_it_is_known(counter: Stage, typed: str, kept: str) -> None:
    with counter.visitor() as clerk:
        clerk.sign_in_as_officer(counter, "Jobcenter")
        look_for(clerk, born=typed)
        begin(clerk)
        person = save(clerk)
    (born,) = recorded(counter, "Jobcenter", person)["identity.birth-date"]
    assert born["date"] == kept


def test_without_scripts_rows_are_added_and_removed_and_the_person_is_recorded_once(counter: Stage) -> None:
    with counter.visitor("ar", has_scripts=False) as clerk:
        page = clerk.page
        clerk.sign_in_as_officer(counter, "Jobcenter")
        clerk.go("/intake")
        page.click("main button[value=ask]")
        expect(page.locator("#wrong")).to_have_count(1)
        look_for(clerk)
        begin(clerk)
        page.fill("#jobs-0-title", "خباز")
        press(page, "add-jobs")
        page.fill("#jobs-1-title", "Fahrer")
        page.fill("#jobs-1-start", "31.2.2012")
        press(page, "check")
        expect(page.locator("#jobs-1-start-error")).to_have_count(1)
        press(page, "remove-jobs-0")
        expect(page.locator("#jobs-0-title")).to_have_value("Fahrer")
        page.fill("#jobs-0-start", "2012")
        page.keyboard.press("Enter")
        expect(page.locator("#jobs-0-start")).to_have_value("2012")
        press(page, "check")
        clerk.look("intake-check-plain")
        page.click('main button[formaction$="/intake/new"]')
        expect(page.locator("#jobs-0-title")).to_have_value("Fahrer")
        press(page, "check")
        again = {one.get_attribute("name") or "": one.input_value() for one in page.locator("main input").all()}
        press(page, "save")
        first = page.url
        assert sent(page, f"{counter.address}/ar/intake/save", again).url == first
        changed = sent(page, f"{counter.address}/ar/intake/save", again | {"jobs-0-title": "Koch"})
        assert (changed.status, "Koch" in changed.text()) == (422, True)
    assert persons(counter) == 1


def test_a_letter_that_counts_is_replaced_with_its_code_only(counter: Stage) -> None:
    house = counter.api.house
    clerk_there = house.officer("Jobcenter", "case-officer")
    person = house.create(clerk_there, entries(NADIR)).person_id
    old = house.letter(clerk_there, person)
    with counter.visitor() as clerk:
        clerk.sign_in_as_officer(counter, "Jobcenter")
        clerk.go(f"/intake/{person}/letter")
        clerk.page.select_option("#language", "ar")
        clerk.page.fill("#pin", PIN)
        clerk.page.fill("#repeated", "999999")
        clerk.page.click("main form button:not([name])")
        expect(clerk.page.locator("#repeated-error")).to_have_count(1)
        clerk.page.select_option("#language", "ar")
        clerk.page.fill("#pin", PIN)
        clerk.page.fill("#repeated", PIN)
        clerk.page.click("main form button:not([name])")
        expect(clerk.page.locator("#pin")).to_have_value("")
        expect(clerk.page.locator("#old_code")).to_be_visible()
        clerk.look("intake-letter-held")
        clerk.page.select_option("#language", "ar")
        clerk.page.fill("#pin", PIN)
        clerk.page.fill("#repeated", PIN)
        clerk.page.fill("#second_login", house.agency("Jobcenter").officer("approver").login)
        clerk.page.fill("#second_password", "geheim")
        clerk.page.fill("#second_totp", "٠٠٠٠٠٠")
        clerk.page.click("main form button:not([name])")
        clerk.page.locator("#wrong:focus").wait_for()
        expect(clerk.page.locator("#second_password")).to_have_value("")
        clerk.look("intake-letter-second")
        assert printed(clerk, old_code=old.code).status == 200


def test_a_person_of_other_offices_is_nobody_here(counter: Stage) -> None:
    person = recorded_by_another(counter)
    with counter.visitor() as clerk:
        clerk.sign_in_as_officer(counter, "Jobcenter")
        for path in (f"/intake/{person}/letter", f"/intake/{person}/saved"):
            answer = clerk.page.goto(f"{counter.address}/de{path}")
            assert answer is not None
            assert answer.status == 404

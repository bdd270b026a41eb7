"""What she says herself on her phone: added, corrected, taken back, and asked about where a link has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from registry.casework.herself import stating
from tests.api_client import DARI, opened, wish
from tests.browser.stage import Stage
from tests.browser.test_api_in_a_browser import served
from tests.browser.test_me import send
from tests.house import Letter, open_house
from tests.identities import Said, entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.api_client import Caller, Person
    from tests.browser.stage import Visitor
    from tests.conftest import DatabasePair

NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF")
MINE = "/api/v1/me/entries"


@dataclass(frozen=True, slots=True)
class Her:
    """Somebody with a letter."""

    person: Person
    letter: Letter
    me: Caller

    def says(self) -> list[object]:
        """Return the values of what she says herself now."""
        return [one["entry"]["value"] for one in self.me.get(MINE).get_json()["entries"]]


@pytest.fixture
def stage(database_pair: DatabasePair, browser: Browser) -> Iterator[Stage]:
    """A house that finds people again, with its pages."""
    with open_house(database_pair, linker=True) as house:
        for api in opened(house):
            for address in served(api):
                yield Stage(address, api, browser)


@pytest.fixture
def her(stage: Stage) -> Her:
    person = stage.api.recorded(stage.api.officer("Agentur"), *entries(NADIR), DARI)
    return Her(person, Letter(person.letter_code, person.codes), stage.api.person(person))


def linked(stage: Stage, her: Her) -> str:
    """Let another office record her as the one whom the linker found; return the record."""
    office = stage.api.officer("Jobcenter Stuttgart")
    found = office.post("/api/v1/matches", {"entries": entries(NADIR)}).get_json()["matches"][0]["id"]
    born = office.post("/api/v1/persons", {"entries": entries(NADIR), "same_as": found}).get_json()
    assert (born["linked"], born["id"]) == (True, her.person.id)
    return str(born["appearance"])


def save(she: Visitor) -> None:
    she.page.click("#entry .app-buttons button")


_AND_LONG = pytest.param("de", marks=pytest.mark.long)


@pytest.mark.parametrize("language", ["ar", _AND_LONG, pytest.param("en", marks=pytest.mark.long)])
def test_she_adds_corrects_and_takes_back_and_nothing_typed_is_lost(stage: Stage, her: Her, language: str) -> None:
    office = stage.api.agency("Jobcenter Köln")
    her.me.post("/api/v1/me/grants", wish(office, her.person.proof(1)))
    with stage.visitor(language, on_phone=True) as she:
        she.sign_in_with(her.letter)
        she.page.click(f"a[href='/{language}/me/profile#say']")
        she.page.click(f"a[href='/{language}/me/say/languages']")
        she.look("me-say")
        she.page.select_option("#languages-0-overall", "B1")
        save(she)
        expect(she.page.locator("#wrong")).to_be_focused()
        expect(she.page.locator("#languages-0-overall")).to_have_value("B1")
        she.look("me-say-wrong")
        she.page.fill("#languages-0-language", "Deutsch")
        save(she)
        assert she.page.url.endswith(f"/{language}/me/profile?done=stated&part=languages")
        she.look("me-profile-own")
        expect(she.page.locator(f"a[href*='/me/give/{office}/placement']")).to_be_visible()
        she.page.click("a[href*='/me/entries/']")
        expect(she.page.locator("#languages-0-overall")).to_have_value("B1")
        she.page.select_option("#languages-0-overall", "B2")
        she.look("me-entry")
        save(she)
        (said,) = her.me.get(MINE).get_json()["entries"]
        assert said["entry"]["value"]["levels"][0]["code"] == "B2"
        she.page.click("a[href*='/me/entries/']")
        she.page.click("section:has(#back) button")
        assert "done=taken-back" in she.page.url
        she.look("me-profile-taken-back")
    assert her.says() == []


@pytest.mark.long
def test_every_topic_can_be_shown_and_read(stage: Stage, her: Her) -> None:
    with stage.visitor("ar", on_phone=True) as she:
        she.sign_in_with(her.letter)
        she.go("/me/profile")
        there = she.page.eval_on_selector_all("a[href*='/me/say/']", "all => all.map(one => one.getAttribute('href'))")
        assert len(there) == 16
        for path in there:
            she.go(path.removeprefix("/ar"))
            she.look(f"me-say-{path.rpartition('/')[2]}")


def test_she_says_it_with_the_keyboard_alone_and_without_scripts(stage: Stage, her: Her) -> None:
    with stage.visitor("de", on_phone=True, has_scripts=False) as she:
        she.sign_in_with(her.letter)
        she.go("/me/say/skills")
        she.page.focus("#skills-0-name")
        she.page.keyboard.type("Nähen")
        she.page.keyboard.press("Enter")
        she.page.wait_for_url("**/me/profile?done=stated&part=skills")
    assert her.says() == [{"name": "Nähen"}]


def test_a_form_that_is_sent_twice_says_it_once(stage: Stage, her: Her) -> None:
    with stage.visitor("de", on_phone=True) as she:
        she.sign_in_with(her.letter)
        she.go("/me/say/skills")
        once = she.page.input_value("[name=once]")
        for _ in range(2):
            assert send(she, "/me/say/skills", **{"skills-0-name": "Nähen", "once": once}) == 200
    assert her.says() == [{"name": "Nähen"}]


def test_what_was_changed_meanwhile_is_said_and_what_she_typed_stays(stage: Stage, her: Her) -> None:
    first = her.me.post(MINE, {"kind": "skills.skill", "value": {"name": "Nähen"}}).get_json()["entry"]["id"]
    with stage.visitor("de", on_phone=True) as she:
        she.sign_in_with(her.letter)
        she.go(f"/me/entries/{first}")
        her.me.post(MINE, {"kind": "skills.skill", "value": {"name": "Backen"}})
        she.page.fill("#skills-0-name", "Sticken")
        save(she)
        expect(she.page.locator("#wrong")).to_be_visible()
        expect(she.page.locator("#skills-0-name")).to_have_value("Sticken")
        she.complaints.clear()  # the browser notes the status itself
        save(she)
    names = {"Sticken", "Backen"}
    assert {one["entry"]["value"]["name"] for one in her.me.get(MINE).get_json()["entries"]} == names


@pytest.mark.parametrize(
    ("before", "choice", "kind"),
    [
        ({"kind": "education.school", "value": {"as_said": "Istiqlal"}}, "university", "education.university"),
        ({"kind": "needs.training", "value": {"text": "Umschulung"}}, "needs.support", "needs.support"),
    ],
    ids=["in one compartment", "in two"],
)
def test_what_becomes_of_another_kind_is_said_once(
    stage: Stage, her: Her, before: dict[str, object], choice: str, kind: str
) -> None:
    first = her.me.post(MINE, before).get_json()["entry"]
    field = kind.split(".", maxsplit=1)[0]
    with stage.visitor("de", on_phone=True) as she:
        she.sign_in_with(her.letter)
        she.go(f"/me/entries/{first['id']}")
        she.page.select_option(f"#{field}-0-kind", choice)
        save(she)
        assert "done=stated" in she.page.url
    assert [one["entry"]["kind"] for one in her.me.get(MINE).get_json()["entries"]] == [kind]


@pytest.mark.parametrize("language", ["ar", _AND_LONG])
def test_as_she_says_this_is_not_me_she_says_what_still_counts(stage: Stage, her: Her, language: str) -> None:
    record = linked(stage, her)
    for name in ("Nähen", "Backen"):
        her.me.post(MINE, {"kind": "skills.skill", "value": {"name": name}})
    with stage.visitor(language, on_phone=True) as she:
        she.sign_in_with(her.letter)
        she.go(f"/me/records/{record}")
        groups = she.page.locator("fieldset:has([name^=counts-])")
        expect(groups).to_have_count(2)
        groups.filter(has_text="Backen").locator("[value=back]").check()
        she.look("me-record-counting")
        she.page.click("section:has(#no) form button:not([formaction])")
        assert she.page.url.endswith("done=not-mine")
        she.go("/me")
        expect(she.page.locator("a[href*='/me/meanwhile/']")).to_have_count(0)
    assert her.says() == [{"name": "Nähen"}]


@pytest.mark.parametrize("language", ["ar", _AND_LONG])
def test_where_an_office_parted_it_she_is_asked_at_her_next_visit(stage: Stage, her: Her, language: str) -> None:
    record = linked(stage, her)
    for name in ("Nähen", "Backen"):
        her.me.post(MINE, {"kind": "skills.skill", "value": {"name": name}})
    office = stage.api.officer("Jobcenter Stuttgart")
    parted = office.post(f"/api/v1/persons/{her.person.id}/appearances/{record}/separation", {})
    assert parted.status_code == 200
    with stage.visitor(language, on_phone=True) as she:
        she.sign_in_with(her.letter)
        she.look("me-asked-meanwhile")
        she.page.click("a[href*='/me/meanwhile/']")
        she.page.locator("fieldset").filter(has_text="Backen").locator("[value=back]").check()
        she.look("me-meanwhile")
        she.page.click("#entry > button")
        assert she.page.url.endswith(f"/{language}/me?done=answered")
        expect(she.page.locator("a[href*='/me/meanwhile/']")).to_have_count(0)
    assert her.says() == [{"name": "Nähen"}]


def test_what_no_field_shows_whole_is_only_taken_back_here(stage: Stage, her: Her) -> None:
    strength = {"kind": "skills.strength", "value": {"name": "Geduld"}}
    entry = her.me.post(MINE, strength).get_json()["entry"]["id"]
    with stage.visitor("ar", on_phone=True) as she:
        she.sign_in_with(her.letter)
        she.go(f"/me/entries/{entry}")
        expect(she.page.locator("#entry")).to_have_count(0)
        she.look("me-entry-whole")
        she.page.click("section:has(#back) button")
        assert "done=taken-back" in she.page.url
    assert her.says() == []


def test_where_it_is_too_much_what_she_typed_stays(stage: Stage, her: Her, monkeypatch: pytest.MonkeyPatch) -> None:
    her.me.post(MINE, {"kind": "skills.skill", "value": {"name": "Nähen"}})
    monkeypatch.setattr(stating, "MOST_ENTRIES", 1)
    with stage.visitor("ar", on_phone=True) as she:
        she.sign_in_with(her.letter)
        she.go("/me/say/skills")
        she.page.fill("#skills-0-name", "Backen")
        save(she)
        expect(she.page.locator("#wrong")).to_be_visible()
        expect(she.page.locator("#skills-0-name")).to_have_value("Backen")
        she.complaints.clear()  # the browser notes the status itself
        she.look("me-say-full")
    assert her.says() == [{"name": "Nähen"}]


def test_an_answer_about_what_was_changed_meanwhile_changes_nothing(stage: Stage, her: Her) -> None:
    record = linked(stage, her)
    entry = her.me.post(MINE, {"kind": "skills.skill", "value": {"name": "Nähen"}}).get_json()["entry"]["id"]
    with stage.visitor("de", on_phone=True) as she:
        she.sign_in_with(her.letter)
        she.go(f"/me/records/{record}")
        she.page.check(f"[name=counts-{entry}][value=back]")
        changed = {"kind": "skills.skill", "value": {"name": "Backen"}}
        assert her.me.ask("PUT", f"{MINE}/{entry}", changed, If_Match='"1"').status_code == 200
        she.page.click("section:has(#no) form button:not([formaction])")
        expect(she.page.locator("#wrong")).to_be_visible()
        expect(she.page.locator("fieldset:has([name^=counts-])")).to_contain_text("Backen")
        she.complaints.clear()
    assert her.says() == [{"name": "Backen"}]
    assert record in str(her.me.get("/api/v1/me/appearances").get_json())

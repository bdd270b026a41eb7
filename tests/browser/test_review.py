"""Who is who in a real browser: two records side by side, what weighs how much, what was decided, and how it went."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from playwright.sync_api import expect

from registry import housekeeping
from registry.audit.watching import counters
from registry.casework import linking, opening
from registry.db import Sessions
from registry.linkage import decisions
from schemas.entries import EntryIn
from schemas.vocabularies.access import Ground, Purpose
from tests.api_client import NAME
from tests.browser.test_office import AGENTUR, JOBCENTER, linked_stage, words_on
from tests.identities import entries
from tests.integration.test_api_links import NADER, NADIR
from tests.integration.test_import_linking import NUMBERED, REISSUED, brought

if TYPE_CHECKING:
    from tests.browser.stage import Stage, Visitor
    from tests.identities import Said

__all__ = ["linked_stage"]  # a fixture
#: Family names of a woman and a man, and the number that both of them have been given.
REISSUES = (
    ("Kovtun", "Tesfay", "535D402231"),
    ("Melnyk", "Haile", "123A456789"),
    ("Shevchenko", "Gebremedhin", "987C654321"),
    ("Bondar", "Kidane", "741B852963"),
    ("Oliynyk", "Mehari", "369F258147"),
    ("Tkachenko", "Woldu", "852E147036"),
)
#: A ground on which nobody can tell two people apart.
UNFOUNDED: dict[str, str | float | bool] = {"said": "different", "ground": "person-absent"}


def proposed(stage: Stage, one: Said = NUMBERED, other: Said = REISSUED) -> UUID:
    """Let two offices bring records that may be of one person; return the proposal."""
    house = stage.api.house
    brought(house, AGENTUR, one)
    brought(house, JOBCENTER, other)
    house.speak_as("web")
    with Sessions() as session:
        return decisions.proposed_for(session, UUID(stage.api.agency(JOBCENTER)), limit=1)[0].id


def decide(officer: Visitor, said: str, ground: str) -> None:
    """Send one of the three forms."""
    officer.page.select_option(f"#ground-{said}", ground)
    officer.page.click(f"button[value={said}]")


@pytest.mark.parametrize("language", ["de", "en", "ar"])
def test_an_officer_compares_two_records_and_sees_no_value_of_the_other(linked_stage: Stage, language: str) -> None:
    proposed(linked_stage)
    with linked_stage.visitor(language, on_phone=language != "en") as officer:
        officer.sign_in_as_officer(linked_stage, JOBCENTER)
        officer.go("/office/links")
        officer.look("office-links")
        assert "Kovtun" not in words_on(officer)
        officer.page.locator("main li a.kern-btn").first.click()
        officer.look("office-link")
        said = officer.page.content()
        assert all(own in said for own in ("Tesfay", "Yonas", "535D402231", "1984"))
        assert not any(foreign in said for foreign in ("Kovtun", "Lesia", "1991")), "nothing of the other office"
        rows = officer.page.locator(".app-fall tbody tr").all()
        told = [[int(cell.inner_text()) for cell in row.locator("td").all()] for row in rows]
        assert [sum(bits for bits, _ in told[: at + 1]) for at in range(len(told))] == [total for _, total in told]
        bars = [row.locator("rect").bounding_box() for row in rows]
        widths = [round(bar["width"]) for bar in bars if bar]
        assert max(range(len(told)), key=lambda at: abs(told[at][0])) == widths.index(max(widths))
        assert officer.page.locator(".app-fall__known").count() == len(told)


def test_what_may_be_one_person_is_decided_by_the_offices_that_keep_a_record(linked_stage: Stage) -> None:
    link = proposed(linked_stage)
    with linked_stage.visitor() as stranger:
        stranger.sign_in_as_officer(linked_stage, "Jobcenter Stuttgart")
        stranger.go("/office/links")
        assert stranger.page.locator("main li").count() == 0
        stranger.look("office-no-links")
        pages = [stranger.page.request.get(f"{stranger.address}/de/office/links/{one}") for one in (link, UUID(int=1))]
        assert [one.status for one in pages] == [404, 404]
        assert pages[0].text().replace(str(link), "") == pages[1].text().replace(str(UUID(int=1)), "")
    with linked_stage.visitor() as officer:
        officer.sign_in_as_officer(linked_stage, JOBCENTER)
        officer.go(f"/office/links/{link}")
        token = officer.page.locator("main form input[type=hidden]").first.input_value()
        here = f"{officer.address}/de/office/links/{link}"
        for fields, status in ((UNFOUNDED, 422), ({"said": "same"}, 422), ({"said": "perhaps"}, 404)):
            sent: dict[str, str | float | bool] = {"from-our-page": token, **fields}
            answer = officer.page.request.post(here, form=sent)
            assert (answer.status, 'id="wrong"' in answer.text()) == (status, status == 422)
        decide(officer, "different", "person-asked")
        assert officer.page.url.endswith("/office/links?done=different")
        assert officer.page.locator("main li").count() == 0
        officer.look("office-links-settled")
        sent = {"from-our-page": token, "said": "same", "ground": "papers-seen"}
        assert officer.page.request.post(here, form=sent).status == 404, "a form that is sent again changes nothing"
        officer.go(f"/office/links/{link}")
        assert officer.page.locator("main form").count() == 0
        assert "Die Person wurde gefragt" in words_on(officer)
        assert "Tesfay" not in officer.page.content(), "what is settled is not opened again"


def test_who_cannot_tell_leaves_it_to_the_next_who_sees_why_and_may_belong_to_the_other_office(
    linked_stage: Stage,
) -> None:
    link = proposed(linked_stage)
    with linked_stage.visitor(has_scripts=False) as officer:
        officer.sign_in_as_officer(linked_stage, JOBCENTER)
        officer.go(f"/office/links/{link}")
        decide(officer, "unsure", "may-be-relatives")
        assert officer.page.url.endswith("/office/links?done=unsure")
    with linked_stage.visitor() as other:
        other.sign_in_as_officer(linked_stage, AGENTUR)
        other.go("/office/links")
        expect(other.page.locator("main li .kern-badge")).to_have_text("Angesehen, nicht entschieden")
        other.page.locator("main li a.kern-btn").click()
        other.look("office-link-left")
        assert "Zwillinge" in words_on(other)
        assert "Tesfay" not in other.page.content()
        decide(other, "same", "papers-seen")
        assert other.page.url.endswith("/office/links?done=same")
        other.go(f"/office/links/{link}")
        told = other.page.locator("section[aria-labelledby=before] li").all_inner_texts()
        assert ["Papiere" in told[0], "Zwillinge" in told[1], "vermutet" in told[2]] == [True] * 3


def test_an_own_record_that_cannot_be_opened_leaves_the_comparison(linked_stage: Stage) -> None:
    """Sixty different profiles an hour: then the values are missing, and nothing else."""
    link, house = proposed(linked_stage), linked_stage.api.house
    officer_ = house.officer(JOBCENTER)
    for _ in range(60):
        person = house.create(officer_, [NAME]).person_id
        opening.told(person, Purpose.INTAKE, actor=officer_, now=house.clock.now())
    with linked_stage.visitor() as officer:
        officer.sign_in_as_officer(linked_stage, JOBCENTER)
        officer.go(f"/office/links/{link}")
        officer.look("office-link-hidden")
        assert "Tesfay" not in officer.page.content()
        assert officer.page.locator(".app-compared tbody tr").count() == 7


@pytest.mark.parametrize("language", ["de", "ar"])
def test_the_page_of_quality_tells_figures_and_nobody(linked_stage: Stage, language: str) -> None:
    house = linked_stage.api.house
    pairs = [
        (
            replace(NUMBERED, family=one, born=f"197{at}-02-0{at + 1}", numbers={"ba-customer": number}),
            replace(REISSUED, family=other, born=f"198{at}-11-1{at}", numbers={"ba-customer": number}),
        )
        for at, (one, other, number) in enumerate(REISSUES)
    ]
    brought(house, AGENTUR, *(one for one, _ in pairs), NADIR)
    brought(house, JOBCENTER, *(other for _, other in pairs), NADER)
    house.speak_as("web")
    clerk = house.officer(JOBCENTER)
    with Sessions() as session:
        links = [row.id for row in decisions.proposed_for(session, UUID(linked_stage.api.agency(JOBCENTER)), limit=9)]
    for link in links:
        with Sessions.begin() as session:
            linking.decide(session, link, same=False, ground=Ground.PAPERS_SEEN, actor=clerk, now=house.clock.now())
    with linked_stage.visitor(language, on_phone=language == "ar") as officer:
        officer.sign_in_as_officer(linked_stage, AGENTUR)
        officer.go("/office/links")
        officer.page.locator("main > p a").click()
        officer.look("office-quality")
        said = words_on(officer)
        assert len(links) >= 6
        assert {"de": "weniger als 5", "ar": "أقل من 5"}[language] in said, "the one that was known is not told"
        assert not any(name in said for name in ("Kovtun", "Tesfay", "Barakzai"))
        cells = officer.page.locator("table tbody tr").all_inner_texts()
        assert len(cells) > 3
        told = {"de": "eine Seite des Anteils", "ar": "أحد طرفي النسبة"}[language]
        assert all(told in cell and "%" in cell for cell in cells), "what is expected, and not that nobody was the same"
        pairs_ = officer.page.locator("table tbody td:nth-of-type(1)").all_inner_texts()
        assert all(int(number) % 5 == 0 for number in pairs_)


@pytest.mark.parametrize("language", ["de", "ar"])
def test_whoever_watches_over_an_office_is_told_of_questions_that_look_like_fishing(
    linked_stage: Stage, language: str
) -> None:
    house = linked_stage.api.house
    clerk = house.officer(JOBCENTER)
    with linked_stage.visitor(language) as approver:
        approver.sign_in_as_officer(linked_stage, JOBCENTER, "approver")
        assert approver.page.locator("main .kern-alert").count() == 0
        approver.go("/office/questions")
        approver.look("office-no-questions")
        for day in range(counters.MANY):
            stated = [EntryIn().load(one) for one in entries(replace(NADIR, born=f"1979-05-{day + 1:02}"))]
            linking.ask(stated, actor=clerk, now=datetime.now(UTC))
        house.speak_as("housekeeper")
        assert housekeeping.QuestionWatch().tell_alarms(datetime.now(UTC)) == 1
        house.speak_as("web")
        approver.go("/office")
        approver.look("office-find-unusual")
        approver.page.locator("main .kern-alert a").click()
        approver.look("office-questions")
        assert house.agency(JOBCENTER).officer("clerk").login in words_on(approver)
    with linked_stage.visitor(language) as elsewhere:
        elsewhere.sign_in_as_officer(linked_stage, AGENTUR, "approver")
        elsewhere.go("/office/questions")
        assert elsewhere.page.locator("table").count() == 0, "of another office nothing is told"

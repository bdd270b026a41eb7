"""Links at the keeper as offices make, settle and undo them: each only what it recorded, and what was really found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import pytest
from msgspec import structs

from registry.wire import asking, decisions, messages
from registry.wire.rows import AppearanceRow, GrantRow, LinkRow
from schemas.compartments import Section
from tests.identities import Said, document
from tests.keeper_machine import Signed, Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from tests.house import Letter

NADIR = Said(family="Barakzai", given="Nadir", born="1979-06-21")
SPELT = ("Barakzai", "Baraksai", "BARAKZAY")
A_YEAR = {"idle_minutes": 525_600, "session_hours": 8_760, "letter_days": 365}
#: How many may be asked about, or decided on, at once.
MOST = 1000


@dataclass(slots=True)
class Scene:
    """Somebody with a letter of one office, and a paper about her at another that nobody has linked yet."""

    stage: Stage
    clerk: Signed
    other: Signed
    third: Signed
    born: AppearanceRow
    letter: Letter
    person: Signed
    paper: AppearanceRow

    def found(self, asker: bytes, other: UUID, subject: UUID | None = None, grade: str = "known") -> bytes:
        """Return what the linker seals."""
        return self.stage.finding(asker, other, subject=subject, grade=grade)

    def linking(self, other: UUID, subject: UUID, *, by: Signed | None = None) -> decisions.Link:
        """Return the question of an officer who chose whom the linker found."""
        officer = by or self.other
        return decisions.Link(
            [self.found(officer.session, other, subject)],
            session=officer.token,
            chosen=self.found(officer.session, other),
        )

    def proposed(self) -> LinkRow:
        """Let an import of the other office propose that the paper is hers, and store that."""
        run = self.stage.run(self.stage.officer("Jobcenter Stuttgart", "administrator"))
        found = self.found(run.bytes, self.born.id, self.paper.id, grade="look")
        (made,) = self.stage.ask(
            decisions.Link([found], run=run), decisions.Linked, role=f"worker-{self.other.office}"
        ).results
        assert made is not None
        assert (made.link.status, made.appearances) == ("proposed", [])
        self.stage.store_link(made)
        return made.link

    def confirm(self, proof: int = 1) -> None:
        """Let her say of the paper, once it is linked, that it is hers."""
        question = decisions.Confirm(self.person.token, self.paper.id, self.letter.proof(proof))
        (made,) = self.stage.ask(question, decisions.Linked).results
        assert made is not None
        assert (made.link.status, made.link.decided_kind, made.link.decided_by) == (
            "confirmed", "person", self.person.actor,
        )  # fmt: skip
        self.stage.store_link(made)


@pytest.fixture(scope="module")
def stage(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Stage]:
    with open_stage(clusters, template_pair, test_logins, **A_YEAR) as opened:
        yield opened


@pytest.fixture
def scene(stage: Stage) -> Scene:
    stage.pass_time(hours=2)
    clerk, approver = stage.officer("Agentur"), stage.officer("Agentur", "approver")
    other, third = stage.officer("Jobcenter Stuttgart"), stage.officer("Jobcenter Köln")
    (born,), (paper,) = stage.born(clerk), stage.born(other)
    letter = stage.letter(clerk, born.person_id, second=approver)
    return Scene(stage, clerk, other, third, born, letter, stage.person(letter), paper)


def test_an_officer_links_only_to_whom_her_own_question_led_and_she_chose(scene: Scene) -> None:
    """Else whoever took the web process over could have anybody linked to anybody in her name."""
    mine, hers = scene.other.session, scene.born.id
    found, chosen, token = scene.found(mine, hers, scene.paper.id), scene.found(mine, hers), scene.other.token
    another, of_clerk = scene.found(mine, uuid4()), scene.found(scene.clerk.session, hers)
    unfounded = [
        (decisions.Link([], session=token, chosen=chosen), "link.form"),
        (decisions.Link([found] * (MOST + 1), session=token, chosen=chosen), "link.form"),
        (decisions.Link([found], chosen=chosen), "link.form"),
        (decisions.Link([found], session=token), "finding.none-chosen"),
        (decisions.Link([found], session=token, chosen=another), "finding.another"),
        (decisions.Link([found], session=token, chosen=of_clerk), "finding.of-another"),
        (decisions.Link([found], session=token, chosen=chosen, verdict="perhaps"), "link.form"),
        (scene.linking(hers, hers), "link.foreign"),
        (scene.linking(hers, scene.paper.id, by=scene.third), "link.foreign"),
    ]
    assert [scene.stage.refused(question) for question, _ in unfounded] == [code for _, code in unfounded]
    elsewhere = decisions.Link([found], session=token, chosen=chosen)
    assert scene.stage.refused(elsewhere, role=f"worker-{scene.other.office}") == "link.form"
    auditor = scene.stage.officer("Jobcenter Stuttgart", "administrator")
    assert scene.stage.refused(scene.linking(hers, scene.paper.id, by=auditor)) == "officer.role"


def test_as_many_findings_as_there_may_be_link_once_and_say_who_decided(scene: Scene) -> None:
    found = scene.found(scene.other.session, scene.born.id, scene.paper.id)
    chosen = scene.found(scene.other.session, scene.born.id)
    asked = decisions.Link([found] * MOST, session=scene.other.token, chosen=chosen)
    made, *again = scene.stage.ask(asked, decisions.Linked).results
    assert made is not None
    assert again == [None] * (MOST - 1)
    link, (moved,) = made.link, made.appearances
    assert (moved.id, moved.person_id, moved.basis) == (scene.paper.id, scene.born.person_id, "decided")
    assert (link.status, link.decided_kind, link.decided_by) == ("decided", "officer", scene.other.actor)
    assert (link.appearance_id, link.other_id) == (scene.paper.id, scene.born.id)
    assert (link.from_person, link.to_person) == (scene.paper.person_id, scene.born.person_id)


@pytest.mark.parametrize(("verdict", "status"), [("different", "rejected"), ("unsure", "proposed")])
def test_an_officer_who_says_otherwise_or_cannot_tell_moves_nothing(scene: Scene, verdict: str, status: str) -> None:
    asked = msgspec.structs.replace(scene.linking(scene.born.id, scene.paper.id), verdict=verdict)
    (made,) = scene.stage.ask(asked, decisions.Linked).results
    assert made is not None
    assert (made.link.status, made.link.decided_kind, made.appearances) == (status, "officer", [])


def test_who_was_erased_since_she_was_found_is_linked_to_nobody(scene: Scene) -> None:
    for other, subject in ((uuid4(), scene.paper.id), (scene.born.id, uuid4()), (scene.born.id, None)):
        found, chosen = scene.found(scene.other.session, other, subject), scene.found(scene.other.session, other)
        asked = decisions.Link([found], session=scene.other.token, chosen=chosen)
        assert scene.stage.ask(asked, decisions.Linked).results == [None]


def test_a_run_links_at_its_own_offices_socket_only_while_it_lasts(scene: Scene) -> None:
    stage = scene.stage
    administrator = stage.officer("Jobcenter Stuttgart", "administrator")
    run, mine = stage.run(administrator), f"worker-{scene.other.office}"
    asked = decisions.Link([scene.found(run.bytes, scene.born.id, scene.paper.id)], run=run)
    for role in ("web", f"worker-{scene.third.office}"):
        assert stage.refused(asked, role=role) == "run.agency"
    export = stage.ask(messages.OpenRun(administrator.token, "export", 1), messages.RunOpened).run
    stage.writer.put(export)
    of_export = decisions.Link([scene.found(export.id.bytes, scene.born.id, scene.paper.id)], run=export.id)
    assert stage.refused(of_export, role=mine) == "run.ended"
    stage.pass_time(hours=24)
    late = decisions.Link([scene.found(run.bytes, scene.born.id, scene.paper.id)], run=run)
    assert stage.refused(late, role=mine) == "run.ended"


def test_a_proposal_is_settled_once_and_by_one_of_its_two_offices(scene: Scene) -> None:
    stage, link = scene.stage, scene.proposed()
    assert stage.refused(decisions.Decide(scene.third.token, link.id, same=True)) == "link.foreign"
    (kept,) = stage.ask(decisions.Decide(scene.clerk.token, link.id, same=False), decisions.Linked).results
    assert kept is not None
    assert (kept.link.id, kept.link.status, kept.appearances) == (link.id, "rejected", [])
    assert (kept.link.decided_kind, kept.link.decided_by) == ("officer", scene.clerk.actor)
    (same,) = stage.ask(decisions.Decide(scene.other.token, link.id, same=True), decisions.Linked).results
    assert same is not None
    assert (same.link.id, same.link.status) == (link.id, "decided")
    assert [(one.id, one.person_id) for one in same.appearances] == [(scene.paper.id, scene.born.person_id)]
    stage.store_link(same)
    for same_again in (True, False):
        assert stage.refused(decisions.Decide(scene.other.token, link.id, same=same_again)) == "link.settled"


def test_a_proposal_about_somebody_who_was_erased_or_linked_meanwhile_changes_nothing(scene: Scene) -> None:
    stage, link = scene.stage, scene.proposed()
    asked = decisions.Decide(scene.other.token, link.id, same=True)
    stage.writer.drop(AppearanceRow, id=scene.born.id)
    assert stage.refused(asked) == "appearance.erased"
    stage.writer.put(scene.born)
    stage.link(scene.other, scene.paper.id, scene.born.id)
    assert stage.ask(asked, decisions.Linked).results == [None]


def refused_to_confirm(scene: Scene, appearance: UUID) -> str:
    return scene.stage.refused(decisions.Confirm(scene.person.token, appearance, scene.letter.proof(1)))


def test_she_confirms_only_what_an_office_linked_to_her(scene: Scene) -> None:
    assert refused_to_confirm(scene, uuid4()) == "appearance.missing"
    for unlinked in (scene.born.id, scene.paper.id):
        assert refused_to_confirm(scene, unlinked) == "link.not-decided"
    scene.stage.link(scene.other, scene.paper.id, scene.born.id)
    wrong = decisions.Confirm(scene.person.token, scene.paper.id, asking.CodeProof("000000", 1, scene.letter.codes[0]))
    assert scene.stage.refused(wrong) == "sign-in.wrong"
    scene.confirm()
    assert refused_to_confirm(scene, scene.paper.id) == "link.not-decided"


def test_what_one_officers_letter_proves_counts_at_her_own_office_only(scene: Scene) -> None:
    """With a letter made out of nothing one officer could else have another office's papers."""
    stage = scene.stage
    stage.link(scene.other, scene.paper.id, scene.born.id)
    (again,) = stage.born(scene.clerk)
    letter = stage.letter(scene.clerk, scene.born.person_id)
    person = stage.person(letter)
    stage.link(scene.clerk, again.id, scene.born.id)
    foreign = decisions.Confirm(person.token, scene.paper.id, letter.proof(1))
    assert stage.refused(foreign) == "link.needs-approval"
    own = decisions.Confirm(person.token, again.id, letter.proof(2))
    (made,) = stage.ask(own, decisions.Linked).results
    assert made is not None
    assert [(one.id, one.basis) for one in made.appearances] == [(again.id, "confirmed")]


def test_nobody_parts_what_is_not_hers_nor_her_offices(scene: Scene) -> None:
    stage, paper = scene.stage, scene.paper.id
    stage.link(scene.other, paper, scene.born.id)
    (stranger,) = stage.born(scene.clerk)
    she = stage.person(stage.letter(scene.clerk, stranger.person_id))
    for foreign in (she, scene.third):
        assert stage.refused(decisions.Unlink(foreign.token, paper)) == "link.foreign"
    scene.confirm()
    assert stage.refused(decisions.Unlink(scene.other.token, paper)) == "link.needs-second"
    alone = decisions.Unlink(scene.other.token, paper, scene.other.token)
    assert stage.refused(alone) == "proof.two-officers"
    undone = stage.unlink(paper, scene.other, stage.officer("Jobcenter Stuttgart", "approver"))
    assert (undone.link.status, undone.link.decided_kind, undone.link.decided_by) == (
        "undone", "officer", scene.other.actor,
    )  # fmt: skip
    assert (undone.sealed, undone.grants, undone.agencies) == ([], [], [])


def test_the_other_of_two_offices_parts_what_was_only_decided_alone(scene: Scene) -> None:
    scene.stage.link(scene.other, scene.paper.id, scene.born.id)
    undone = scene.stage.unlink(scene.paper.id, scene.clerk)
    assert (undone.link.decided_kind, undone.link.decided_by) == ("officer", scene.clerk.actor)
    assert [(one.id, one.person_id, one.basis) for one in undone.appearances] == [
        (scene.paper.id, scene.paper.person_id, "birth")
    ]


def test_what_was_granted_ends_where_it_is_given_back_and_nowhere_else(scene: Scene) -> None:
    """A grant of both goes on for the rest; one of nothing else is over; one that was over stays what it was."""
    stage, born, paper = scene.stage, scene.born, scene.paper
    stage.link(scene.other, paper.id, born.id)
    scene.confirm()
    wishes = (
        ([born.id, paper.id], (Section.LANGUAGES,)),
        ([paper.id], (Section.GOALS,)),
        ([paper.id], (Section.EDUCATION,)),
        ([born.id], (Section.WORK,)),
    )
    grants = []
    for index, (over, sections) in enumerate(wishes, start=2):
        wish = stage.wish(born.person_id, scene.third.office, over, sections=sections)
        grants.append(stage.give(wish, scene.letter.proof(index), person=scene.person))
    both, alone, ended, rest = grants
    expired = stage.vouched(structs.replace(ended, status="expired", ended_at=stage.now()))
    stage.writer.put(expired)
    undone = stage.unlink(paper.id, scene.person)
    changed = {one.id: one for one in undone.grants}
    assert changed.keys() == {both.id, alone.id, ended.id}
    assert (changed[both.id].appearances, changed[both.id].status) == ([born.id], "active")
    assert (changed[alone.id].status, changed[alone.id].ended_at) == ("withdrawn", undone.link.decided_at)
    assert (changed[ended.id].status, changed[ended.id].ended_at) == ("expired", expired.ended_at)
    assert undone.agencies == [scene.third.office]
    granted = {name for grant in (both, alone, ended) for name in grant.compartments}
    assert {(one.appearance_id, one.compartment) for one in undone.sealed} == {(paper.id, name) for name in granted}
    for grant in (both, rest):
        stored = stage.writer.one(GrantRow, id=grant.id)
        opened = stage.open(scene.third, stage.claim([born], stored))
        assert {one.compartment for one in opened} == set(grant.compartments)


def test_her_letter_is_void_once_nothing_is_left_that_anybody_proved_to_be_hers(scene: Scene) -> None:
    """It was handed over for the paper that goes: else it would let whoever has it in as somebody else."""
    stage = scene.stage
    (known,) = stage.born(scene.third)
    stage.link(scene.other, scene.paper.id, known.id)
    letter = stage.letter(scene.other, known.person_id)
    person = stage.person(letter)
    undone = stage.unlink(scene.paper.id, scene.other, stage.officer("Jobcenter Stuttgart", "approver"))
    assert [(one.id, one.person_id, one.basis) for one in undone.appearances] == [
        (scene.paper.id, scene.paper.person_id, "birth"),
        (known.id, known.person_id, "birth"),
    ]
    assert stage.refused(stage.looking(person, [known.id])) == "letter.void"


@dataclass(frozen=True, slots=True)
class Spoken:
    """Her own words, beside the record that is hers and the stranger's that it was linked to."""

    scene: Scene
    known: AppearanceRow
    words: AppearanceRow
    grant: GrantRow
    person: Signed
    second: Signed

    def part(self) -> decisions.Unlinked:
        """Let two officers part the record that her letter was handed over for."""
        return self.scene.stage.unlink(self.scene.paper.id, self.scene.other, self.second)

    def refused(self) -> list[str]:
        """Return what the next letter holders of both persons, and whoever had a grant, are told of her words."""
        stage, scene = self.scene.stage, self.scene
        approver = stage.officer("Jobcenter Köln", "approver")
        stage.letters.pop(scene.paper.person_id, None)
        next_ones = [
            stage.person(stage.letter(scene.third, self.known.person_id, second=approver)),
            stage.person(stage.letter(scene.other, scene.paper.person_id)),
        ]
        claim = stage.claim([self.words], self.grant)
        codes = [stage.refused(stage.looking(one, [self.words.id])) for one in next_ones]
        return [*codes, stage.closed(scene.clerk, claim)]


@pytest.fixture
def spoken(scene: Scene) -> Spoken:
    """Return what she said with a letter that was handed over for the record that is parted below."""
    stage, second = scene.stage, scene.stage.officer("Jobcenter Stuttgart", "approver")
    (known,) = stage.born(scene.third)
    stage.link(scene.other, scene.paper.id, known.id)
    letter = stage.letter(scene.other, known.person_id)
    person = stage.person(letter)
    (words,) = stage.born(person)
    grant = stage.give(stage.wish(known.person_id, scene.clerk.office, [words.id]), letter.proof(1), person=person)
    return Spoken(scene, known, words, grant, person, second)


def test_her_own_words_are_destroyed_with_her_letter_where_it_was_for_anothers_record(spoken: Spoken) -> None:
    """Nobody can say any more whose they are: neither next letter may open them, nor what she granted."""
    scene, stage, words = spoken.scene, spoken.scene.stage, spoken.words
    row, sealed = stage.writer.one(AppearanceRow, id=words.id), stage.sealed(words.id, "goals.core")
    undone = spoken.part()
    assert [(one.id, one.person_id, one.basis) for one in undone.appearances] == [
        (scene.paper.id, scene.paper.person_id, "birth"),
        (spoken.known.id, spoken.known.person_id, "birth"),
    ]
    assert (undone.words, [(one.id, one.status) for one in undone.grants]) == (
        [words.id],
        [(spoken.grant.id, "withdrawn")],
    )
    assert undone.sealed == [], "nothing of the record itself was granted"
    assert stage.refused(stage.looking(spoken.person, [words.id])) == "letter.void"
    stage.writer.put(row)  # whoever brings rows back changes nothing
    stage.writer.put(sealed)
    assert spoken.refused() == ["appearance.erased", "line.person", "appearance.erased"]


@pytest.mark.parametrize("kind", [AppearanceRow, GrantRow])
def test_words_or_grants_that_somebody_hides_while_it_is_parted_are_gone_all_the_same(
    spoken: Spoken, kind: type[AppearanceRow | GrantRow]
) -> None:
    stage = spoken.scene.stage
    hidden = stage.writer.one(kind, id=spoken.words.id if kind is AppearanceRow else spoken.grant.id)
    stage.writer.drop(kind, id=hidden.id)
    assert spoken.part().words == [spoken.words.id]
    stage.writer.put(hidden)
    assert spoken.refused() == ["appearance.erased", "line.person", "appearance.erased"]


def test_a_record_that_was_parted_while_its_grant_was_hidden_opens_by_it_no_more(scene: Scene) -> None:
    stage, paper = scene.stage, scene.paper
    stage.link(scene.other, paper.id, scene.born.id)
    confirmed = decisions.Confirm(scene.person.token, paper.id, scene.letter.proof(1))
    (made,) = stage.ask(confirmed, decisions.Linked).results
    assert made is not None
    stage.writer.put(made.link, *made.appearances)
    row, office = stage.writer.one(AppearanceRow, id=paper.id), stage.officer("Jobcenter Köln").office
    wish = stage.wish(scene.born.person_id, office, [paper.id])
    grant = stage.give(wish, scene.letter.proof(2), person=scene.person)
    officer, claim = stage.officer("Jobcenter Köln"), stage.claim([row], grant)
    assert stage.open(officer, claim)
    stage.writer.drop(GrantRow, id=grant.id)
    stage.unlink(paper.id, scene.other, stage.officer("Jobcenter Stuttgart", "approver"))
    stage.writer.put(grant, row)
    assert stage.closed(officer, claim) == "appearance.given-back"


def test_a_parting_said_again_takes_neither_the_letter_nor_the_words_that_came_since(spoken: Spoken) -> None:
    """Not even where somebody puts all rows back as they were."""
    stage, scene = spoken.scene.stage, spoken.scene
    rows = [stage.writer.one(AppearanceRow, id=one) for one in (scene.paper.id, spoken.known.id)]
    link = stage.writer.one(LinkRow, appearance_id=scene.paper.id)
    spoken.part()
    letter = stage.letter(scene.third, spoken.known.person_id, second=stage.officer("Jobcenter Köln", "approver"))
    person = stage.person(letter)
    (since,) = stage.born(person)
    stage.writer.put(link, *rows)
    again = stage.ask(decisions.Unlink(scene.other.token, scene.paper.id, spoken.second.token), decisions.Unlinked)
    assert again.words == [spoken.words.id]
    assert stage.ask(stage.looking(person, [since.id]), messages.Plaintext).opened


def test_what_the_database_lost_of_a_parting_can_be_said_again(spoken: Spoken) -> None:
    stage, scene = spoken.scene.stage, spoken.scene
    asked = decisions.Unlink(scene.other.token, scene.paper.id, spoken.second.token)
    first, again = (stage.ask(asked, decisions.Unlinked) for _ in range(2))
    assert (first.words, again.words) == ([spoken.words.id], [spoken.words.id])
    assert [one.id for one in again.appearances] == [one.id for one in first.appearances]


def test_an_office_asks_the_linker_only_who_those_are_whom_it_recorded(scene: Scene) -> None:
    stage, token = scene.stage, scene.other.token
    papers = stage.born(scene.other, 2)
    ids = [one.id for one in papers]
    asked = stage.ask(decisions.Identify([*ids, scene.paper.id], session=token), decisions.Matching)
    assert asked.appearances == [*ids, scene.paper.id]
    assert len(set(asked.queries)) == 3
    stage.house.keeper.rooms.store.destroy([ids[0]])
    left = stage.ask(decisions.Identify(ids, session=token), decisions.Matching)
    assert (left.appearances, len(left.queries)) == ([ids[1]], 1)
    foreign = [
        (decisions.Identify([*ids, scene.born.id], session=token), "own.foreign"),
        (decisions.Identify([], session=token), "identify.form"),
        (decisions.Identify([uuid4()] * (MOST + 1), session=token), "identify.form"),
        (decisions.Identify(ids), "link.form"),
    ]
    assert [stage.refused(question) for question, _ in foreign] == [code for _, code in foreign]
    most = decisions.Identify([uuid4() for _ in range(MOST)], session=token)
    assert stage.ask(most, decisions.Matching).appearances == []


def test_an_agency_asks_about_a_list_up_to_its_budget_and_links_nobody_by_the_answers(scene: Scene) -> None:
    stage, mine = scene.stage, f"worker-{scene.other.office}"
    administrator = stage.officer("Jobcenter Stuttgart", "administrator")
    run = stage.ask(messages.OpenRun(administrator.token, "match", 3), messages.RunOpened).run
    stage.writer.put(run)
    people = [document(replace(NADIR, given=given)) for given in ("Nadir", "Nader")]
    asked = decisions.MatchList(run.id, people)
    assert len(stage.ask(asked, decisions.Matching, role=mine).queries) == 2
    assert stage.refused(asked, role=mine) == "run.budget", "two more are more than three"
    numbered = document(replace(NADIR, numbers={"azr": "150923481207"}))
    assert stage.refused(decisions.MatchList(run.id, [numbered]), role=mine) == "run.budget", "a number counts too"
    nameless = document(replace(NADIR, born=None))
    assert stage.refused(decisions.MatchList(run.id, [nameless]), role=mine) == "match.too-little"
    assert stage.refused(asked, role=f"worker-{scene.third.office}") == "run.agency"
    assert stage.refused(asked, role="web") == "operation.not-here"
    many = stage.ask(messages.OpenRun(administrator.token, "match", 10_000), messages.RunOpened).run
    stage.writer.put(many)
    tries = [
        document(replace(NADIR, family=family, born=f"19{year}-06-21")) for family in SPELT for year in range(60, 66)
    ]
    sealed = stage.ask(decisions.MatchList(many.id, tries), decisions.Matching, role=mine).queries
    assert [bool(query) for query in sealed].count(True) == 8, "ten of one name a day, however spelt; two came before"
    longer = document(replace(NADIR, family="Wardak Barakzai", born="1966-06-21"))
    number = [document(Said(born=f"1979-06-{day}", numbers={"azr": "150923481207"})) for day in range(10, 22)]
    sealed = stage.ask(decisions.MatchList(many.id, [longer, *number]), decisions.Matching, role=mine).queries
    assert [bool(query) for query in sealed] == [False] + [True] * 10 + [False] * 2, "a further name makes no other"
    crowd = [document(Said(family=f"Familie{at}", given="Lesia", born="1991-02-03")) for at in range(999)]
    for _ in range(4):
        stage.ask(decisions.MatchList(many.id, crowd), decisions.Matching, role=mine)
    assert stage.refused(decisions.MatchList(many.id, crowd), role=mine) == "rate.listed", "5,000 a day"
    of_import = decisions.MatchList(stage.run(administrator), people)
    assert stage.refused(of_import, role=mine) == "run.ended"
    found = scene.found(run.id.bytes, scene.born.id, scene.paper.id)
    assert stage.refused(decisions.Link([found], run=run.id), role=mine) == "run.ended"


def test_whoever_sees_a_hint_is_told_of_to_whom_it_is_about(scene: Scene) -> None:
    """She finds in her log that an office looked; who was erased, or never there, is shown to nobody."""
    stage, officer = scene.stage, scene.other
    found = scene.found(officer.session, scene.born.id)
    hinted = stage.ask(decisions.Hint(officer.token, found), decisions.Hinted)
    assert hinted.values == [("identity.birth-date", "•••")]  # what the machinery wrote there is no date
    (told,) = stage.writer.connection.execute(
        "SELECT agency_id, officer_id, appearances, compartments, purpose, basis FROM audit_line"
        " WHERE event = 'match.hinted' AND %s = ANY(appearances)",
        (scene.born.id,),
    ).fetchall()
    assert told == (officer.agency, officer.actor, [scene.born.id], ["identity.core"], "intake", "match")
    assert stage.refused(decisions.Hint(officer.token, scene.found(officer.session, uuid4()))) == "appearance.missing"
    strange = scene.found(scene.clerk.session, scene.born.id)
    assert stage.refused(decisions.Hint(officer.token, strange)) == "finding.of-another"
    (gone,) = stage.born(scene.clerk)
    stage.house.keeper.rooms.store.destroy([gone.id])
    assert stage.refused(decisions.Hint(officer.token, scene.found(officer.session, gone.id))) == "appearance.erased"


def test_what_the_linker_said_counts_for_five_minutes(scene: Scene) -> None:
    asked = scene.linking(scene.born.id, scene.paper.id)
    scene.stage.pass_time(minutes=5, seconds=1)
    assert scene.stage.refused(asked) == "finding.too-old"

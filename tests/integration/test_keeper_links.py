"""Links at the keeper: what was given back stays given back, and what somebody granted from does not move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from registry.wire import admitting, asking, decisions, messages
from registry.wire.rows import AppearanceRow, GrantRow, LinkRow, Row, SealedRow, WrapRow
from tests.house import PIN
from tests.keeper_machine import Signed, Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from tests.house import Letter

A_YEAR = {"idle_minutes": 525_600, "session_hours": 8_760, "letter_days": 365}


@dataclass(slots=True)
class Scene:
    """Somebody known at two offices, who said of the second "this is me", and granted all of it to a third."""

    stage: Stage
    clerk: Signed
    approver: Signed
    other: Signed
    third: Signed
    born: AppearanceRow
    letter: Letter
    person: Signed
    linked: AppearanceRow
    codes: int = 0

    def proof(self) -> asking.CodeProof:
        """Return a proof with a code that was not used yet."""
        self.codes += 1
        return self.letter.proof(self.codes)

    def confirm(self) -> AppearanceRow:
        """Let her say "this is me"."""
        question = decisions.Confirm(self.person.token, self.linked.id, self.proof())
        (made,) = self.stage.ask(question, decisions.Linked).results
        assert made is not None
        self.stage.store_link(made)
        return made.appearances[0]

    def grant(self) -> GrantRow:
        """Let her grant both appearances to the third office."""
        wish = self.stage.wish(self.born.person_id, self.third.office, [self.born.id, self.linked.id])
        return self.stage.give(wish, self.proof(), person=self.person)

    def stored(self) -> list[Row]:
        """Copy what is stored of the linked appearance, and her grants."""
        fetch, one = self.stage.writer.fetch, self.linked.id
        return [
            *fetch(AppearanceRow, id=one), *fetch(LinkRow, appearance_id=one), *fetch(SealedRow, appearance_id=one),
            *fetch(WrapRow, appearance_id=one), *fetch(GrantRow, person_id=self.born.person_id),
        ]  # fmt: skip

    def seen(self, appearance: UUID) -> str:
        """Return why she does not see an appearance, or "seen"."""
        question = self.stage.looking(self.person, [appearance])
        try:
            self.stage.ask(question, messages.Plaintext)
        except Exception as refusal:  # noqa: BLE001 - what it says is compared
            return getattr(refusal, "reason", "another fault")
        return "seen"


@pytest.fixture(scope="module")
def stage(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Stage]:
    with open_stage(clusters, template_pair, test_logins, **A_YEAR) as opened:
        yield opened


@pytest.fixture
def scene(stage: Stage) -> Scene:
    stage.pass_time(hours=2)
    clerk, approver = stage.officer("Agentur"), stage.officer("Agentur", "approver")
    other, third = stage.officer("Jobcenter Stuttgart"), stage.officer("Jobcenter Köln")
    (born,), (linked,) = stage.born(clerk), stage.born(other)
    letter = stage.letter(clerk, born.person_id, second=approver)
    moved = stage.link(other, linked.id, born.id).appearances[0]
    return Scene(stage, clerk, approver, other, third, born, letter, stage.person(letter), moved)


def test_a_linked_appearance_is_hers_once_she_says_so_and_no_grant_grows_by_it(scene: Scene) -> None:
    wish = scene.stage.wish(scene.born.person_id, scene.third.office, [scene.born.id])
    grant = scene.stage.give(wish, scene.proof(), person=scene.person)
    assert scene.seen(scene.linked.id) == "appearance.unconfirmed"
    scene.confirm()
    assert scene.seen(scene.linked.id) == "seen"
    both = scene.stage.claim([scene.born, scene.linked], grant)
    assert {one.appearance_id for one in scene.stage.open(scene.third, both)} == {scene.born.id}


def test_a_letter_makes_hers_what_the_office_keeps_that_hands_it_over_and_nothing_else(scene: Scene) -> None:
    """Whoever hands it over has her before them."""
    stage = scene.stage
    (again,) = stage.born(scene.clerk)
    stage.link(scene.clerk, again.id, scene.born.id)
    assert scene.seen(again.id) == "appearance.unconfirmed"
    scene.person = stage.person(stage.letter(scene.clerk, scene.born.person_id, second=scene.approver))
    assert scene.seen(again.id) == "seen"
    assert scene.seen(scene.linked.id) == "appearance.unconfirmed"


def test_unlinking_ends_the_wraps_of_what_is_given_back_and_no_others(scene: Scene) -> None:
    scene.confirm()
    grant, before = scene.grant(), scene.stored()
    scene.stage.unlink(scene.linked.id, scene.person)
    opened = scene.stage.open(scene.third, scene.stage.claim([scene.born], grant))
    assert {one.appearance_id for one in opened} == {scene.born.id}
    scene.stage.writer.put(*before)
    assert scene.stage.closed(scene.third, scene.stage.claim([scene.linked], grant)) == "grant.ended"


def test_what_was_never_linked_is_not_given_back(scene: Scene) -> None:
    question = decisions.Unlink(scene.person.token, scene.born.id)
    assert scene.stage.refused(question) == "link.not-decided"


def test_what_was_given_back_is_not_hers_again_when_its_old_rows_come_back(scene: Scene) -> None:
    """Neither to see, nor to grant, nor to confirm, nor to destroy."""
    scene.confirm()
    before = scene.stored()
    scene.stage.unlink(scene.linked.id, scene.person)
    scene.stage.writer.put(*before)
    assert scene.seen(scene.linked.id) == "appearance.given-back"
    assert scene.seen(scene.born.id) == "seen"
    wish = scene.stage.wish(scene.born.person_id, scene.third.office, [scene.linked.id])
    wrap = messages.Wrap(scene.stage.record(wish), scene.proof(), session=scene.person.token)
    assert scene.stage.refused(wrap) == "appearance.given-back"
    order = scene.stage.ask(messages.OrderErasure(scene.person.token), messages.ErasureOrdered).erasure
    assert order.appearances == [scene.born.id]


def test_a_link_that_was_undone_is_not_confirmed_when_its_old_row_comes_back(scene: Scene) -> None:
    before = scene.stored()
    scene.stage.unlink(scene.linked.id, scene.person)
    scene.stage.writer.put(*before)
    question = decisions.Confirm(scene.person.token, scene.linked.id, scene.proof())
    assert scene.stage.refused(question) == "link.missing"


def test_an_office_that_gave_her_back_hands_over_no_letter_for_her_by_old_rows(scene: Scene) -> None:
    """Alone with her old code, or as two officers: else it would be she."""
    scene.confirm()
    before = scene.stored()
    scene.stage.unlink(scene.linked.id, scene.person)
    scene.stage.writer.put(*before)
    approver = scene.stage.officer("Jobcenter Stuttgart", "approver")
    for second in (None, approver.token):
        asked = enrolment(scene, second)
        assert scene.stage.refused(asked) == "person.not-ours"
    wish = scene.stage.wish(scene.born.person_id, scene.third.office, [scene.born.id])
    proof = messages.OfficersProof(scene.other.token, approver.token, scene.letter.code)
    assert scene.stage.refused(messages.Wrap(scene.stage.record(wish), proof)) == "person.not-ours"


def test_what_was_given_back_by_mistake_is_hers_again_by_a_new_link_that_she_confirms(scene: Scene) -> None:
    confirmed = scene.confirm()
    scene.stage.unlink(scene.linked.id, scene.person)
    scene.stage.link(scene.other, scene.linked.id, scene.born.id)
    decided = scene.stage.writer.one(AppearanceRow, id=scene.linked.id)
    scene.stage.writer.put(confirmed)
    assert scene.seen(scene.linked.id) == "appearance.given-back"
    scene.stage.writer.put(decided)
    scene.confirm()
    assert scene.seen(scene.linked.id) == "seen"
    scene.stage.restart()
    assert scene.seen(scene.linked.id) == "seen"


def test_of_two_whom_nobody_proved_each_is_as_it_was_born_once_they_are_parted(scene: Scene) -> None:
    stage = scene.stage
    (one,), (other,), (third,) = stage.born(scene.clerk), stage.born(scene.other), stage.born(scene.third)
    both = stage.link(scene.other, other.id, one.id).appearances
    assert {(row.id, row.person_id, row.basis) for row in both} == {
        (each.id, one.person_id, "decided") for each in (one, other)
    }
    stage.link(scene.third, third.id, one.id)
    (back,) = stage.unlink(third.id, scene.third).appearances
    assert (back.id, back.person_id, back.basis) == (third.id, third.person_id, "birth")
    parted = stage.unlink(other.id, scene.other).appearances
    assert [(row.id, row.person_id, row.basis) for row in parted] == [
        (each.id, each.person_id, "birth") for each in (other, one)
    ]


def test_what_was_granted_from_does_not_move_without_whom_it_belongs_to(scene: Scene) -> None:
    """Two officers help who has no letter; whoever it came to could neither see that grant nor end it."""
    stage = scene.stage
    (paper,) = stage.born(scene.other)
    approver = stage.officer("Jobcenter Stuttgart", "approver")
    proof = messages.OfficersProof(scene.other.token, approver.token)
    grant = stage.give(stage.wish(paper.person_id, scene.third.office, [paper.id]), proof)
    found = [stage.finding(scene.other.session, scene.born.id, subject=paper.id)]
    chosen = stage.finding(scene.other.session, scene.born.id)
    assert stage.refused(decisions.Link(found, session=scene.other.token, chosen=chosen)) == "link.both-claimed"
    ended = structs.replace(grant, status="expired", ended_at=stage.now())
    stage.writer.put(stage.vouched(ended))
    assert stage.link(scene.other, paper.id, scene.born.id).appearances[0].person_id == scene.born.person_id


def enrolment(scene: Scene, second: bytes | None) -> admitting.EnrolLetter:
    """Return the question of the other office for a letter of hers."""
    old = None if second else scene.letter.code
    return admitting.EnrolLetter(scene.other.token, scene.born.person_id, PIN, old_code=old, second=second)

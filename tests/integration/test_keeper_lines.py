"""No line, no data: what the keeper refuses although session, grant and wraps are right (research/security, 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from registry.wire import messages
from registry.wire.rows import AgencyRow, AppearanceRow, GrantRow
from tests.keeper_machine import Signed, Stage, open_stage

if TYPE_CHECKING:
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from tests.house import Letter
    from tests.keeper_writer import Claim

A_YEAR = {"idle_minutes": 525_600, "session_hours": 8_760, "letter_days": 365}


@dataclass(frozen=True, slots=True)
class Scene:
    """One person with a grant, the officer who may read it, and others who may not."""

    stage: Stage
    clerk: Signed
    officer: Signed
    colleague: Signed
    stranger: Signed
    hers: AppearanceRow
    other: AppearanceRow
    letter: Letter
    grant: GrantRow

    def honest(self) -> Claim:
        """Return the line that the officer may open with."""
        return self.stage.claim(self.officer, [self.hers], self.grant)

    def line(self, claim: Claim) -> UUID:
        """Commit a line as of now."""
        return self.stage.writer.line(claim, self.stage.now())

    def opens(self) -> bool:
        """Say whether an honest line opens what was granted."""
        return [one.compartment for one in self.stage.open(self.officer, self.honest())] == ["languages.core"]


@pytest.fixture(scope="module")
def scene(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Scene]:
    with open_stage(clusters, template_pair, test_logins, **A_YEAR) as stage:
        stage.pass_time(hours=1)  # lines of the last minutes are younger than the keeper
        clerk = stage.officer("Agentur")
        hers, other = stage.born(clerk, 2)
        letter = stage.letter(clerk, hers.person_id)
        officer = stage.officer("Jobcenter Köln")
        wish = stage.wish(hers.person_id, officer.office, [hers.id], lasts=timedelta(days=365))
        grant = stage.give(wish, letter.proof(1), person=stage.person(letter))
        colleague = stage.officer("Jobcenter Köln", "approver")
        stranger = stage.officer("Jobcenter Stuttgart")
        yield Scene(stage, clerk, officer, colleague, stranger, hers, other, letter, grant)


Lie = Callable[[Scene], Mapping[str, object]]
LIES: dict[str, tuple[Lie, str]] = {
    "of another session": (lambda s: {"session_id": s.colleague.session}, "line.session"),
    "of no session": (lambda _: {"session_id": None}, "line.session"),
    "of another officer": (lambda s: {"officer_id": s.colleague.actor}, "line.officer"),
    "of no officer": (lambda _: {"officer_id": None}, "line.officer"),
    "of another agency": (lambda s: {"agency_id": s.stranger.agency}, "line.officer"),
    "about another person": (lambda s: {"persons": [s.other.person_id]}, "line.person"),
    "about two persons": (lambda s: {"persons": [s.hers.person_id, s.other.person_id]}, "line.person"),
    "about nobody": (lambda _: {"persons": []}, "line.person"),
    "naming another person's appearance too": (
        lambda s: {"appearances": [s.hers.id, s.other.id], "compartments": ["languages.core"]},
        "line.person",
    ),
    "telling something else": (lambda _: {"event": "log.read"}, "line.event"),
    "of the person's own reading": (lambda _: {"event": "profile.read-by-person"}, "line.event"),
    "of a refusal": (lambda _: {"outcome": "refused"}, "line.event"),
    "without a purpose": (lambda _: {"purpose": None}, "open.nothing-granted"),
    "for another purpose": (lambda _: {"purpose": "intake"}, "open.nothing-granted"),
    "on another basis": (lambda _: {"basis": "statute"}, "open.nothing-granted"),
    "on no basis": (lambda _: {"basis": None}, "line.basis"),
    "in the person's lane": (lambda _: {"basis": "self"}, "line.basis"),
    "in the own lane": (lambda _: {"basis": "own", "purpose": "intake"}, "own.foreign"),
    "in the own lane for placement": (lambda _: {"basis": "own"}, "line.purpose"),
    "naming no grant": (lambda _: {"grants": []}, "open.nothing-granted"),
    "naming an invented grant": (lambda _: {"grants": [uuid4()]}, "open.nothing-granted"),
    "naming what was not granted": (lambda _: {"compartments": ["education.core"]}, "open.nothing-granted"),
    "naming nothing": (lambda _: {"compartments": []}, "open.nothing-granted"),
    "naming nobody's appearance": (lambda _: {"appearances": []}, "open.nothing-granted"),
}


@pytest.mark.parametrize(("lie", "code"), LIES.values(), ids=LIES)
def test_a_line_that_lies_opens_nothing(scene: Scene, lie: Lie, code: str) -> None:
    claim = replace(scene.honest(), **lie(scene))  # type: ignore[arg-type]  # the lies above name columns
    assert scene.stage.closed(scene.officer, claim) == code
    assert scene.opens()


def test_a_line_that_names_too_much_opens_only_what_was_granted(scene: Scene) -> None:
    everything = scene.stage.claim(
        scene.officer, [scene.hers], scene.grant, compartments=("languages.core", "unmapped")
    )
    assert [one.compartment for one in scene.stage.open(scene.officer, everything)] == ["languages.core"]


def test_an_officer_without_cases_opens_nothing(scene: Scene) -> None:
    """The keeper knows the roles itself; a line that the web wrote for an administrator is no permission."""
    administrator = scene.stage.officer("Jobcenter Köln", "administrator")
    claim = scene.stage.claim(administrator, [scene.hers], scene.grant, compartments=("languages.core",))
    assert scene.stage.closed(administrator, claim) == "officer.role"


def test_a_missing_line_opens_nothing(scene: Scene) -> None:
    assert scene.stage.refused(messages.Open(uuid4(), session=scene.officer.token)) == "line.session"


def test_a_line_that_is_not_committed_opens_nothing(scene: Scene) -> None:
    """Neither before the commit nor after the roll-back."""
    stage = scene.stage
    with stage.writer.connection.transaction(force_rollback=True):
        question = messages.Open(scene.line(scene.honest()), session=scene.officer.token)
        assert stage.refused(question) == "line.session"
    assert stage.refused(question) == "line.session"


def test_a_line_opens_once(scene: Scene) -> None:
    question = messages.Open(scene.line(scene.honest()), session=scene.officer.token)
    scene.stage.ask(question, messages.Plaintext)
    assert scene.stage.refused(question) == "line.used"


def test_a_line_used_by_the_person_is_used(scene: Scene) -> None:
    person = scene.stage.person(scene.letter)
    claim = replace(
        scene.honest(), event="profile.read-by-person", session_id=person.session, agency_id=None, officer_id=None
    )
    question = messages.OpenSelf(person.token, scene.line(claim))
    assert scene.stage.ask(question, messages.Plaintext).opened
    assert scene.stage.refused(question) == "line.used"


def test_an_altered_line_opens_no_more_than_it_says(scene: Scene) -> None:
    line = scene.line(scene.honest())
    scene.stage.writer.connection.execute(
        "UPDATE audit_line SET compartments = '{education.core}' WHERE id = %s", (line,)
    )
    assert scene.stage.refused(messages.Open(line, session=scene.officer.token)) == "open.nothing-granted"
    assert scene.stage.refused(messages.Open(line, session=scene.colleague.token)) == "line.session"


@pytest.mark.parametrize(
    ("seconds", "code"), [(-31, "line.too-old"), (-7200, "line.before-start"), (6, "line.from-the-future")]
)
def test_a_line_is_good_for_its_half_minute(scene: Scene, seconds: float, code: str) -> None:
    at = scene.stage.now() + timedelta(seconds=seconds)
    assert scene.stage.closed(scene.officer, replace(scene.honest(), at=at)) == code


@pytest.mark.parametrize("at", ["infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "294276-01-01 00:00:00+00"])
def test_a_line_at_a_time_that_no_clock_shows_opens_nothing(scene: Scene, at: str) -> None:
    line = scene.line(scene.honest())
    scene.stage.writer.connection.execute("UPDATE audit_line SET at = %s WHERE id = %s", (at, line))
    assert scene.stage.refused(messages.Open(line, session=scene.officer.token))
    assert scene.opens()


@pytest.mark.parametrize("seconds", [-25, 3])
def test_clocks_may_differ_a_little(scene: Scene, seconds: float) -> None:
    at = scene.stage.now() + timedelta(seconds=seconds)
    assert scene.stage.open(scene.officer, replace(scene.honest(), at=at))


def test_nobody_opens_with_the_line_of_another(scene: Scene) -> None:
    line = scene.line(scene.honest())
    for thief in (scene.colleague, scene.stranger, scene.clerk):
        assert scene.stage.refused(messages.Open(line, session=thief.token)) == "line.session"
    assert scene.stage.refused(messages.Open(line, session=scene.stage.person(scene.letter).token)) == "officer.missing"
    assert scene.stage.refused(messages.Open(line)) == "open.form"
    assert scene.stage.refused(messages.Open(line, session=b"made up")) == "session.missing"


def test_the_person_opens_only_her_own(scene: Scene) -> None:
    person = scene.stage.person(scene.letter)
    own = replace(
        scene.honest(), event="profile.read-by-person", session_id=person.session, agency_id=None, officer_id=None
    )
    for lie, code in (
        ({"persons": [scene.other.person_id]}, "line.person"),
        ({"appearances": [scene.other.id]}, "line.person"),
        ({"appearances": [scene.hers.id, scene.other.id]}, "line.person"),
        ({"persons": [scene.other.person_id], "appearances": [scene.other.id]}, "line.person"),
        ({"session_id": scene.officer.session}, "line.session"),
        ({"event": "profile.opened"}, "line.event"),
        ({"compartments": []}, "line.person"),
    ):
        line = scene.line(replace(own, **lie))
        assert scene.stage.refused(messages.OpenSelf(person.token, line)) == code
    line = scene.line(scene.honest())
    assert scene.stage.refused(messages.OpenSelf(scene.officer.token, line)) == "session.kind"


def test_she_does_not_read_what_she_never_confirmed_as_hers(scene: Scene) -> None:
    """A link that officers decided may be wrong: then it is somebody else's life."""
    (born,) = scene.stage.born(scene.stranger)
    linked = structs.replace(born, person_id=scene.hers.person_id, basis="decided")
    scene.stage.writer.put(scene.stage.vouched(linked))
    person = scene.stage.person(scene.letter)
    both = [scene.hers.id, linked.id]
    assert scene.stage.refused(scene.stage.looking(person, both)) == "appearance.unconfirmed"
    scene.stage.writer.put(scene.stage.vouched(structs.replace(linked, basis="confirmed")))
    opened = scene.stage.ask(scene.stage.looking(person, both), messages.Plaintext).opened
    assert {one.appearance_id for one in opened} == set(both)


def test_a_run_opens_at_its_own_agencys_socket_only_and_only_its_own(scene: Scene) -> None:
    stage = scene.stage
    run = stage.run(stage.officer("Agentur", "administrator"))
    mine = f"worker-{scene.clerk.agency}"
    honest = replace(stage.claim(scene.clerk, [scene.hers]), session_id=None, officer_id=None, run_id=run)
    question = messages.Open(scene.line(honest), run=run)
    assert stage.refused(question) == "run.agency"
    assert stage.refused(question, role=f"worker-{scene.stranger.agency}") == "run.agency"
    assert len(stage.ask(question, messages.Plaintext, role=mine).opened) == len(honest.compartments)
    assert stage.refused(question, role=mine) == "line.used"
    for lie, code in (
        ({"run_id": uuid4()}, "line.run"),
        ({"officer_id": scene.clerk.actor}, "line.officer"),
        ({"agency_id": scene.stranger.agency}, "line.officer"),
        ({"basis": "consent", "grants": [scene.grant.id]}, "line.basis"),
        ({"persons": []}, "line.person"),
    ):
        line = scene.line(replace(honest, **lie))
        assert stage.refused(messages.Open(line, run=run), role=mine) == code
    assert stage.refused(messages.Open(uuid4(), run=run), role=mine) == "line.run"
    assert stage.refused(messages.Open(uuid4(), run=uuid4()), role=mine) == "run.missing"


def test_a_run_writes_at_its_own_agencys_socket_only_and_until_it_ends(scene: Scene) -> None:
    stage = scene.stage
    run = stage.run(stage.officer("Agentur", "administrator"))
    write = messages.Write([messages.WriteRecord({})], run=run)
    mine = f"worker-{scene.clerk.agency}"
    assert stage.refused(write) == "run.agency"
    assert stage.refused(write, role=f"worker-{scene.stranger.agency}") == "run.agency"
    assert stage.refused(messages.Write(write.records), role=mine) == "write.form"
    assert stage.ask(write, messages.Sealed, role=mine).results[0].status == "created"
    stage.pass_time(hours=24)
    assert stage.refused(write, role=mine) == "run.ended"
    line = scene.line(replace(stage.claim(scene.clerk, [scene.hers]), session_id=None, officer_id=None, run_id=run))
    assert stage.refused(messages.Open(line, run=run), role=mine) == "run.ended"


def test_an_officers_session_means_nothing_at_a_workers_socket(scene: Scene) -> None:
    line = scene.line(scene.honest())
    for agency in (scene.officer.agency, scene.clerk.agency):
        refused = scene.stage.refused(messages.Open(line, session=scene.officer.token), role=f"worker-{agency}")
        assert refused == "open.form"
    write = messages.Write([messages.WriteRecord({})], session=scene.officer.token)
    assert scene.stage.refused(write, role=f"worker-{scene.officer.agency}") == "write.form"


def test_a_closed_agency_opens_nothing_and_its_runs_neither(scene: Scene) -> None:
    stage = scene.stage
    run = stage.run(stage.officer("BAMF", "administrator"))
    officer = stage.officer("BAMF")
    (born,) = stage.born(officer)
    open_agency = stage.writer.one(AgencyRow, id=officer.agency)
    stage.writer.put(stage.vouched(structs.replace(open_agency, status="closed")))
    claim = stage.claim(officer, [born])
    assert stage.closed(officer, claim) == "agency.closed"
    line = scene.line(replace(claim, session_id=None, officer_id=None, run_id=run))
    assert stage.refused(messages.Open(line, run=run), role=f"worker-{officer.agency}") == "run.agency"
    stage.writer.put(open_agency)
    assert stage.open(officer, claim)


def test_an_officer_opens_sixty_persons_an_hour_and_three_hundred_a_day_also_across_restarts(scene: Scene) -> None:
    """Design, section 4; what was counted does not roll back with the main database."""
    stage, clerk = scene.stage, scene.stage.officer("Migrationsberatung")
    hers = stage.born(clerk, 302)
    for hour in range(5):
        for born in hers[60 * hour : 60 * hour + 60]:
            stage.open(clerk, stage.claim(clerk, [born]))
        if hour in {0, 3}:
            stage.restart()
            stage.pass_time(seconds=1)
        over = hers[60 * hour + 60]
        assert stage.closed(clerk, stage.claim(clerk, [over])) == "rate.hour"
        assert stage.open(clerk, stage.claim(clerk, [hers[60 * hour]]))  # the same persons again count once
        stage.pass_time(hours=1, seconds=1)
    assert stage.closed(clerk, stage.claim(clerk, [hers[300]])) == "rate.day"
    assert stage.open(clerk, stage.claim(clerk, [hers[299]]))
    colleague = stage.officer("Migrationsberatung", "approver")
    assert stage.open(colleague, stage.claim(colleague, [hers[300]]))
    stage.pass_time(hours=24)
    assert stage.open(clerk, stage.claim(clerk, [hers[300]]))


def test_tidying_forgets_nothing_that_still_matters(scene: Scene) -> None:
    stage = scene.stage
    person, gone = stage.person(scene.letter), stage.officer("Agentur", "approver")
    stage.ask(messages.SignOut(gone.token), messages.Done)
    ended = stage.give(
        stage.wish(scene.hers.person_id, scene.officer.office, [scene.hers.id]), scene.letter.proof(9), person=person
    )
    stage.end(ended.id, person)
    stage.pass_time(days=2)
    stage.house.keeper.rooms.store.tidy(stage.now(), timedelta(hours=A_YEAR["session_hours"]))
    stage.restart()
    stage.pass_time(seconds=1)
    assert stage.refused(messages.Touch(gone.token)) == "session.ended"
    wish = stage.wish(scene.hers.person_id, scene.officer.office, [scene.hers.id])
    again = messages.Wrap(stage.record(wish), scene.letter.proof(9), session=person.token)
    assert stage.refused(again) == "proof.used"
    assert scene.opens()


def test_a_refused_opening_does_not_use_the_line_of_an_honest_one(scene: Scene) -> None:
    line = scene.line(scene.honest())
    assert scene.stage.refused(messages.Open(line, session=scene.stranger.token)) == "line.session"
    assert scene.stage.ask(messages.Open(line, session=scene.officer.token), messages.Plaintext).opened


def test_lines_from_before_a_restart_open_nothing_and_those_from_the_future_only_once(scene: Scene) -> None:
    stage = scene.stage
    unused = scene.line(scene.honest())
    early = scene.line(replace(scene.honest(), at=stage.now() + timedelta(seconds=4)))
    stage.ask(messages.Open(early, session=scene.officer.token), messages.Plaintext)
    stage.restart()
    assert stage.refused(messages.Open(unused, session=scene.officer.token)) == "line.before-start"
    stage.pass_time(seconds=4)
    assert stage.refused(messages.Open(early, session=scene.officer.token)) == "line.used"
    assert scene.opens()

"""No line, no data: what the keeper refuses although session, grant and wraps are right (research/security, 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from msgspec import structs
from psycopg import sql

from registry.lines import COLUMNS, leaf_of
from registry.wire import admitting, messages
from registry.wire.rows import AgencyRow, AppearanceRow, GrantRow
from tests.keeper_machine import Signed, Stage, open_stage
from tests.keeper_writer import COMPARTMENTS

if TYPE_CHECKING:
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from registry.wire.messages import Said
    from tests.house import Letter

_TOLD = "event, outcome, session_id, agency_id, officer_id, run_id, purpose, basis, grants, appearances, compartments"
_LINES = (
    f"SELECT {_TOLD}, ARRAY(SELECT person_id FROM audit_index i WHERE i.line_id = l.id) FROM audit_line l"  # noqa: S608 - our own columns
    " JOIN audit_queue q ON q.line_id = l.id WHERE outcome = 'permitted' ORDER BY at, l.id"
)
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

    def honest(self) -> Said:
        """Return what the officer may open."""
        return self.stage.claim([self.hers], self.grant)

    def lines(self) -> list[tuple[object, ...]]:
        """Return every committed line of an opening."""
        return self.stage.writer.connection.execute(_LINES).fetchall()

    def opens(self) -> bool:
        """Say whether an honest line opens what was granted."""
        return [one.compartment for one in self.stage.open(self.officer, self.honest())] == ["languages.core"]


@pytest.fixture(scope="module")
def scene(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Scene]:
    with open_stage(clusters, template_pair, test_logins, **A_YEAR) as stage:
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
    "about another person": (lambda s: {"person": s.other.person_id}, "line.person"),
    "about somebody invented": (lambda _: {"person": uuid4()}, "line.person"),
    "naming another person's appearance too": (
        lambda s: {"appearances": [s.hers.id, s.other.id], "compartments": ["languages.core"]},
        "line.person",
    ),
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
    claim = structs.replace(scene.honest(), **lie(scene))
    assert scene.stage.closed(scene.officer, claim) == code
    assert scene.opens()


def test_a_line_that_names_too_much_opens_only_what_was_granted(scene: Scene) -> None:
    everything = scene.stage.claim([scene.hers], scene.grant, compartments=["languages.core", "unmapped"])
    assert [one.compartment for one in scene.stage.open(scene.officer, everything)] == ["languages.core"]


def test_an_officer_without_cases_opens_nothing(scene: Scene) -> None:
    """The keeper knows the roles itself."""
    administrator = scene.stage.officer("Jobcenter Köln", "administrator")
    assert scene.stage.closed(administrator, scene.honest()) == "officer.role"


def test_every_opening_has_one_committed_line_that_says_who_opened_what_of_whom(scene: Scene) -> None:
    """Who it was is what session and socket say; nobody is asked."""
    stage, hers, grant = scene.stage, scene.hers, scene.grant
    before = scene.lines()
    stage.open(scene.officer, scene.honest())
    stage.open(scene.clerk, stage.claim([hers]))
    person = stage.person(scene.letter)
    stage.ask(stage.looking(person, [hers.id], ["languages.core"]), messages.Plaintext)
    run = stage.run(stage.officer("Agentur", "administrator"))
    stage.ask(messages.Open(stage.claim([hers]), run=run), messages.Plaintext, role=f"worker-{scene.clerk.agency}")
    opened, everything = ("profile.opened", "permitted"), list(COMPARTMENTS)
    agency, officer = scene.officer.agency, scene.officer.actor
    own: tuple[object, ...] = ("intake", "own", [], [hers.id], everything, [hers.person_id])
    granted = ("placement", "consent", [grant.id], [hers.id], ["languages.core"], [hers.person_id])
    looked: tuple[object, ...] = (None, "self", [], [hers.id], ["languages.core"], [hers.person_id])
    assert scene.lines()[len(before) :] == [
        (*opened, scene.officer.session, agency, officer, None, *granted),
        (*opened, scene.clerk.session, scene.clerk.agency, scene.clerk.actor, None, *own),
        ("profile.read-by-person", "permitted", person.session, None, None, None, *looked),
        (*opened, None, scene.clerk.agency, None, run, *own),
    ]


def test_what_is_refused_after_its_line_is_told_as_well(scene: Scene) -> None:
    before = len(scene.lines())
    assert scene.stage.closed(scene.stranger, scene.honest()) == "open.nothing-granted"
    (line,) = scene.lines()[before:]
    assert line[2:5] == (scene.stranger.session, scene.stranger.agency, scene.stranger.actor)


def test_without_its_line_nothing_opens(scene: Scene) -> None:
    """Whatever keeps the line from being written: its place in the queue, its entry in the index, the line itself."""
    stage, person = scene.stage, scene.stage.person(scene.letter)
    for table in ("audit_line", "audit_queue", "audit_index"):
        stage.writer.connection.execute(f"REVOKE INSERT ON {table} FROM einmal_keeper")
        try:
            assert stage.closed(scene.officer, scene.honest()) == "failed"
            assert stage.refused(stage.looking(person, [scene.hers.id])) == "failed"
        finally:
            stage.writer.connection.execute(f"GRANT INSERT ON {table} TO einmal_keeper")
    assert scene.opens()


def test_lines_of_openings_stand_in_the_chain_like_all_others(scene: Scene) -> None:
    """Their leaf covers what they say: one that is altered is found."""
    assert scene.opens()
    line, leaf = scene.stage.writer.connection.execute(
        "SELECT to_jsonb(l) - 'leaf', l.leaf FROM audit_line l WHERE event = 'profile.opened' ORDER BY at DESC LIMIT 1"
    ).fetchone() or ({}, b"")
    row = scene.stage.writer.connection.execute(
        sql.SQL("SELECT {} FROM audit_line WHERE id = %s").format(sql.SQL(", ").join(map(sql.Identifier, COLUMNS))),
        [line["id"]],
    ).fetchone()
    said = dict(zip(COLUMNS, row or (), strict=True))
    assert leaf_of(said) == leaf
    assert leaf_of(said | {"purpose": "counselling"}) != leaf


def test_a_session_that_has_ended_writes_no_line(scene: Scene) -> None:
    gone = scene.stage.officer("Jobcenter Köln", "clerk")
    scene.stage.ask(admitting.SignOut(gone.token), messages.Done)
    before = scene.lines()
    assert scene.stage.closed(gone, scene.honest()) == "session.ended"
    assert scene.lines() == before


def test_a_session_of_hers_that_has_ended_writes_nothing_into_her_log(scene: Scene) -> None:
    """Else whoever found her old token could fill the list that she must be able to read."""
    gone = scene.stage.person(scene.letter)
    looking = scene.stage.looking(gone, [scene.hers.id])
    assert scene.stage.ask(looking, messages.Plaintext).opened
    scene.stage.ask(admitting.SignOut(gone.token), messages.Done)
    before = scene.lines()
    assert scene.stage.refused(looking) == "session.ended"
    assert scene.lines() == before


def test_nobody_opens_what_another_may(scene: Scene) -> None:
    for thief in (scene.stranger, scene.clerk):
        assert scene.stage.closed(thief, scene.honest()) == "open.nothing-granted"
    person = scene.stage.person(scene.letter)
    assert scene.stage.closed(person, scene.honest()) == "session.kind"
    assert scene.stage.refused(messages.Open(scene.honest())) == "open.form"
    assert scene.stage.refused(messages.Open(scene.honest(), session=b"made up")) == "session.missing"


def test_the_person_opens_only_her_own(scene: Scene) -> None:
    person, hers, other = scene.stage.person(scene.letter), scene.hers.id, scene.other.id
    for named in ([other], [hers, other], [], [uuid4()]):
        assert scene.stage.refused(scene.stage.looking(person, named)) == "line.person"
    assert scene.stage.refused(scene.stage.looking(person, [hers], [])) == "line.person"
    assert scene.stage.refused(scene.stage.looking(scene.officer, [hers])) == "session.kind"


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
    honest = stage.claim([scene.hers])
    question = messages.Open(honest, run=run)
    assert stage.refused(question) == "run.agency"
    assert stage.refused(question, role=f"worker-{scene.stranger.agency}") == "run.agency"
    assert len(stage.ask(question, messages.Plaintext, role=mine).opened) == len(honest.compartments)
    for lie, code in (
        ({"basis": "consent", "grants": [scene.grant.id]}, "line.basis"),
        ({"person": scene.other.person_id}, "line.person"),
    ):
        assert stage.refused(messages.Open(structs.replace(honest, **lie), run=run), role=mine) == code
    assert stage.refused(messages.Open(honest, run=uuid4()), role=mine) == "run.missing"


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
    assert stage.refused(messages.Open(stage.claim([scene.hers]), run=run), role=mine) == "run.ended"


def test_an_officers_session_means_nothing_at_a_workers_socket(scene: Scene) -> None:
    for agency in (scene.officer.agency, scene.clerk.agency):
        refused = scene.stage.refused(
            messages.Open(scene.honest(), session=scene.officer.token), role=f"worker-{agency}"
        )
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
    claim = stage.claim([born])
    assert stage.closed(officer, claim) == "agency.closed"
    assert stage.refused(messages.Open(claim, run=run), role=f"worker-{officer.agency}") == "run.agency"
    stage.writer.put(open_agency)
    assert stage.open(officer, claim)


def test_an_officer_opens_sixty_persons_an_hour_and_three_hundred_a_day_also_across_restarts(scene: Scene) -> None:
    """Design, section 4; what was counted does not roll back with the main database."""
    stage, clerk = scene.stage, scene.stage.officer("Migrationsberatung")
    hers = stage.born(clerk, 302)
    for hour in range(5):
        for born in hers[60 * hour : 60 * hour + 60]:
            stage.open(clerk, stage.claim([born]))
        if hour in {0, 3}:
            stage.restart()
            stage.pass_time(seconds=1)
        over = hers[60 * hour + 60]
        assert stage.closed(clerk, stage.claim([over])) == "rate.hour"
        assert stage.open(clerk, stage.claim([hers[60 * hour]]))  # the same persons again count once
        stage.pass_time(hours=1, seconds=1)
    assert stage.closed(clerk, stage.claim([hers[300]])) == "rate.day"
    assert stage.open(clerk, stage.claim([hers[299]]))
    colleague = stage.officer("Migrationsberatung", "approver")
    assert stage.open(colleague, stage.claim([hers[300]]))
    stage.pass_time(hours=24)
    assert stage.open(clerk, stage.claim([hers[300]]))


def test_tidying_forgets_nothing_that_still_matters(scene: Scene) -> None:
    stage = scene.stage
    person, gone = stage.person(scene.letter), stage.officer("Agentur", "approver")
    stage.ask(admitting.SignOut(gone.token), messages.Done)
    ended = stage.give(
        stage.wish(scene.hers.person_id, scene.officer.office, [scene.hers.id]), scene.letter.proof(9), person=person
    )
    stage.end(ended.id, person)
    stage.pass_time(days=2)
    stage.house.keeper.rooms.store.tidy(stage.now(), timedelta(hours=A_YEAR["session_hours"]))
    stage.restart()
    stage.pass_time(seconds=1)
    assert stage.refused(admitting.Touch(gone.token)) == "session.ended"
    wish = stage.wish(scene.hers.person_id, scene.officer.office, [scene.hers.id])
    again = messages.Wrap(stage.record(wish), scene.letter.proof(9), session=person.token)
    assert stage.refused(again) == "proof.used"
    assert scene.opens()

"""Many at once: nothing opens after the commit of a withdrawal, and what works once works once (goals 5 and 42)."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from registry.keys.client import KeeperRefused
from registry.wire import admitting, messages
from registry.wire.messages import OfficersProof
from tests.house import PIN
from tests.keeper_machine import Signed, Stage, open_stage
from tests.keeper_writer import Claim, store_ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from uuid import UUID

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from registry.wire.rows import AppearanceRow, GrantRow
    from tests.house import Letter

LONG = {"idle_minutes": 600}
READERS = 2
CROWD = 8


@dataclass(frozen=True, slots=True)
class Scene:
    """A person whose grants come and go, and a crowd of threads with their connections."""

    stage: Stage
    crowd: ThreadPoolExecutor
    clerk: Signed
    approver: Signed
    officer: Signed
    hers: AppearanceRow
    letter: Letter
    person: Signed

    def give(self) -> GrantRow:
        """Give a grant of languages, proved by two officers and her letter."""
        wish = self.stage.wish(self.hers.person_id, self.officer.office, [self.hers.id])
        proof = OfficersProof(self.clerk.token, self.approver.token, self.letter.code)
        return self.stage.give(wish, proof)

    def at_once(self, questions: Sequence[messages.Question], role: str = "web") -> Counter[str]:
        """Ask everything at the same time; count what came: "answered", or why not."""
        start = threading.Barrier(len(questions))
        asked = [self.crowd.submit(self._ask, question, start, role) for question in questions]
        return Counter(one.result() for one in asked)

    def _ask(self, question: messages.Question, start: threading.Barrier, role: str) -> str:
        self.stage.ask(messages.Ping(), messages.Done, role=role)  # the connection is made before the start
        start.wait()
        try:
            self.stage.ask(question, object, role=role)
        except KeeperRefused as refusal:
            return refusal.reason
        return "answered"


@dataclass(slots=True)
class Race:
    """One withdrawal among readers."""

    committed: float | None = None
    over: threading.Event = field(default_factory=threading.Event)
    opened: list[float] = field(default_factory=list)  # when it was asked for what opened
    refused: list[float] = field(default_factory=list)

    @property
    def stale(self) -> int:
        """Count what opened although it was asked for after the commit."""
        assert self.committed is not None
        return sum(1 for asked in self.opened if asked > self.committed)


@pytest.fixture(scope="module")
def scene(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Scene]:
    with (
        open_stage(clusters, template_pair, test_logins, **LONG) as stage,
        ThreadPoolExecutor(CROWD) as crowd,
    ):
        clerk, approver = stage.officer("Agentur"), stage.officer("Agentur", "approver")
        (hers,) = stage.born(clerk)
        letter = stage.letter(clerk, hers.person_id)
        officer, person = stage.officer("Jobcenter Köln"), stage.person(letter)
        yield Scene(stage, crowd, clerk, approver, officer, hers, letter, person)
        together = threading.Barrier(CROWD)
        for closing in [crowd.submit(_hang_up, stage, together) for _ in range(CROWD)]:
            closing.result()


def _hang_up(stage: Stage, together: threading.Barrier) -> None:
    """Close this thread's connections; the barrier gives every thread of the crowd one of these."""
    together.wait()
    for connection in stage.sockets.values():
        connection.close()


def read_on(scene: Scene, race: Race, claim: messages.Said) -> None:
    """Read until the withdrawal is over and three times more."""
    left = 3
    while left:
        left -= race.over.is_set()
        asked = time.monotonic()
        try:
            scene.stage.ask(messages.Open(claim, session=scene.officer.token), messages.Plaintext)
        except KeeperRefused:
            race.refused.append(asked)
        else:
            race.opened.append(asked)


def run(scene: Scene, claim: messages.Said, end: Callable[[Race], None], *, delay: float) -> Race:
    """Let readers read while something ends their right to."""
    race = Race()
    readers: list[Future[None]] = [scene.crowd.submit(read_on, scene, race, claim) for _ in range(READERS)]
    time.sleep(delay)
    try:
        end(race)
    finally:
        race.over.set()
        for reader in readers:
            reader.result()
    return race


@pytest.mark.parametrize("races", [200, pytest.param(2000, marks=pytest.mark.long)])
def test_nothing_opens_after_the_commit_of_a_withdrawal(
    scene: Scene, capsys: pytest.CaptureFixture[str], races: int
) -> None:
    counts: Counter[str] = Counter()
    for number in range(races):
        grant = scene.give()
        claim = scene.stage.claim([scene.hers], grant)
        race = run(scene, claim, partial(withdraw, scene, grant), delay=number % 5 / 500)
        counts.update(stale=race.stale, opened=len(race.opened), refused=len(race.refused))
    with capsys.disabled():
        print("", f"{races} races:", dict(counts))
    assert counts["stale"] == 0
    assert counts["opened"] > races
    assert counts["refused"] > races


def withdraw(scene: Scene, grant: GrantRow, race: Race) -> None:
    """End a grant, and note when it was committed."""
    rotated = scene.stage.ask(messages.Rotate(grant.id, session=scene.person.token), messages.Rotated)
    store_ended(scene.stage.writer, rotated)
    race.committed = time.monotonic()
    scene.stage.ask(messages.Settle([scene.hers.id]), messages.Done)


def test_nothing_opens_after_an_erasure_was_answered(scene: Scene) -> None:
    stage = scene.stage
    for number, born in enumerate(stage.born(scene.clerk, 20)):
        asked = messages.OrderErasure(scene.clerk.token, scene.approver.token, born.person_id)
        order = stage.ask(asked, messages.ErasureOrdered).erasure
        stage.writer.put(order)
        told = Claim(persons=(), appearances=[born.id], event="person.erased", outcome="done")
        stage.writer.line(told, stage.now())
        claim = stage.claim([born])
        race = run(
            replace(scene, officer=scene.clerk),
            claim,
            partial(erase, scene, order.id),
            delay=number % 4 / 500,
        )
        assert race.stale == 0
        assert race.refused


def erase(scene: Scene, order: UUID, race: Race) -> None:
    """Destroy the keys, and note when that was answered."""
    scene.stage.ask(messages.Erase(order), messages.Done)
    race.committed = time.monotonic()


def test_however_many_ask_at_once_each_opening_has_its_line(scene: Scene) -> None:
    grant = scene.give()
    told = "SELECT count(*) FROM audit_line WHERE event = 'profile.opened' AND session_id = %s"
    (before,) = scene.stage.writer.connection.execute(told, [scene.officer.session]).fetchone() or ()
    asked = messages.Open(scene.stage.claim([scene.hers], grant), session=scene.officer.token)
    assert scene.at_once([asked] * CROWD) == {"answered": CROWD}
    assert scene.stage.writer.connection.execute(told, [scene.officer.session]).fetchone() == (before + CROWD,)


def test_a_letters_code_proves_once_however_many_ask_at_once(scene: Scene) -> None:
    questions = [
        messages.Wrap(
            scene.stage.record(scene.stage.wish(scene.hers.person_id, scene.officer.office, [scene.hers.id])),
            scene.letter.proof(1),
            session=scene.person.token,
        )
        for _ in range(3)
    ]
    assert scene.at_once(questions)["answered"] == 1


def test_a_code_of_the_authenticator_works_once_however_many_ask_at_once(scene: Scene) -> None:
    officer = scene.stage.agency("BAMF").officer("clerk")
    asked = admitting.SignIn(login=officer.login, password=officer.password, totp=scene.stage.code(officer))
    assert scene.at_once([asked] * 4)["answered"] == 1


def test_no_more_than_five_guesses_are_looked_at_however_many_come_at_once(scene: Scene) -> None:
    (born,) = scene.stage.born(scene.clerk)
    letter = scene.stage.letter(scene.clerk, born.person_id)
    guesses = [admitting.SignIn(letter_code=letter.code, pin=f"{number:06}") for number in range(CROWD)]
    assert scene.at_once(guesses) == {"sign-in.wrong": 5, "sign-in.locked": CROWD - 5}
    assert scene.stage.refused(admitting.SignIn(letter_code=letter.code, pin=PIN)) == "sign-in.locked"


def test_the_hourly_limit_holds_however_many_ask_at_once(scene: Scene) -> None:
    stage = scene.stage
    officer = stage.officer("BAMF", "approver")
    hers = stage.born(stage.officer("BAMF"), 58 + CROWD)
    for born in hers[:58]:
        stage.open(officer, stage.claim([born]))
    claims = [stage.claim([born]) for born in hers[58:]]
    counts = scene.at_once([messages.Open(claim, session=officer.token) for claim in claims])
    assert counts == {"answered": 2, "rate.hour": CROWD - 2}


def test_a_runs_budget_holds_however_many_ask_at_once(scene: Scene) -> None:
    stage = scene.stage
    run_id = stage.run(stage.officer("Agentur", "administrator"), budget=3)
    questions = [messages.Write([messages.WriteRecord({})], run=run_id)] * CROWD
    assert scene.at_once(questions, f"worker-{scene.clerk.agency}") == {"answered": 3, "run.budget": CROWD - 3}

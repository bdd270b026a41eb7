"""No proof, no wrap; no line, no erasure; no committed grant, no receipt (design, section 4)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import OKPKey
from msgspec import structs

from registry.keys.client import KeeperRefused
from registry.wire import admitting, messages
from registry.wire.asking import CodeProof
from registry.wire.messages import OfficersProof
from registry.wire.rows import AppearanceRow
from schemas.canonical import canonical, parse_object
from schemas.compartments import Section
from schemas.vocabularies.access import AgencyKind, Basis
from tests.house import PIN
from tests.keeper_machine import Signed, Stage, open_stage
from tests.keeper_writer import Claim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consent.grants import Grant
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from tests.house import Letter

LONG = {"idle_minutes": 6_000_000, "session_hours": 100_000, "letter_days": 400}
NORM = "§ 1 TestG"
WRAPPED = "wrapped"


@dataclass(frozen=True, slots=True)
class Scene:
    """Two persons of the employment agency, and officers who might prove something."""

    stage: Stage
    hers: AppearanceRow
    other: AppearanceRow
    clerk: Signed
    approver: Signed
    jobcenter: Signed
    jobcenters_approver: Signed

    def wish(self, **parts: object) -> Grant:
        """Return a grant of languages to the Jobcenter that nothing is wrong with, but for these parts."""
        honest = self.stage.wish(self.hers.person_id, self.jobcenter.office, [self.hers.id])
        return replace(honest, **parts)  # type: ignore[arg-type]  # the parts are a test's

    def asks(self, record: bytes, proof: CodeProof | OfficersProof, by: Signed | None = None) -> str:
        """Return why nothing is wrapped, or that it is."""
        try:
            self.stage.ask(messages.Wrap(record, proof, session=by.token if by else None), messages.Wrapped)
        except KeeperRefused as refusal:
            return refusal.reason
        return WRAPPED

    def paper(self, born: AppearanceRow) -> Paper:
        """Hand a letter over, and sign in with it."""
        letter = self.stage.letter(self.clerk, born.person_id)
        return Paper(letter, self.stage.person(letter))


@dataclass(frozen=True, slots=True)
class Paper:
    """A letter and the session it opened."""

    letter: Letter
    person: Signed


def two(first: Signed, second: Signed, letter: Letter | None = None) -> OfficersProof:
    """Return the proof of two officers."""
    return OfficersProof(first.token, second.token, letter.code if letter else None)


@pytest.fixture(scope="module")
def scene(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Scene]:
    with open_stage(clusters, template_pair, test_logins, **LONG) as stage:
        clerk, approver = stage.officer("Agentur"), stage.officer("Agentur", "approver")
        hers, other = stage.born(clerk, 2)
        jobcenter, jobcenters_approver = stage.officer("Jobcenter Köln"), stage.officer("Jobcenter Köln", "approver")
        yield Scene(stage, hers, other, clerk, approver, jobcenter, jobcenters_approver)


@pytest.fixture
def paper(scene: Scene) -> Paper:
    return scene.paper(scene.hers)


# The person's own proof


def test_her_pin_and_a_code_wrap_what_the_record_says_as_far_as_the_ceiling_goes(scene: Scene, paper: Paper) -> None:
    wish = scene.wish(sections=frozenset({Section.LANGUAGES, Section.IDENTIFIERS}))
    question = messages.Wrap(scene.stage.record(wish), paper.letter.proof(1), session=paper.person.token)
    wrapped = scene.stage.ask(question, messages.Wrapped)
    assert wrapped.grant.compartments == ["identifiers.ba-customer", "languages.core"]
    assert {(one.appearance_id, one.compartment) for one in wrapped.wraps} == {
        (scene.hers.id, compartment) for compartment in wrapped.grant.compartments
    }
    assert {(one.agency_id, one.purpose, one.grant_id) for one in wrapped.wraps} == {
        (scene.jobcenter.agency, "placement", wish.id)
    }


def test_a_code_is_typed_as_the_letter_prints_it(scene: Scene, paper: Paper) -> None:
    """In groups of four; 0 and 1 are in no code, so they were read for letters."""
    code = paper.letter.codes[0].lower().replace("o", "0").replace("i", "1")
    typed = CodeProof(PIN, 1, f" {code[:4]} {code[4:]}")
    assert scene.asks(scene.stage.record(scene.wish()), typed, paper.person) == WRAPPED


def test_a_code_proves_once_also_after_a_restart(scene: Scene, paper: Paper) -> None:
    first, second = (scene.stage.record(scene.wish()) for _ in range(2))
    assert scene.asks(first, paper.letter.proof(1), paper.person) == WRAPPED
    assert scene.asks(second, paper.letter.proof(1), paper.person) == "proof.used"
    scene.stage.restart()
    assert scene.asks(second, paper.letter.proof(1), paper.person) == "proof.used"
    assert scene.asks(second, paper.letter.proof(2), paper.person) == WRAPPED


WRONG: dict[str, tuple[Callable[[Letter], CodeProof], str]] = {
    "another PIN": (lambda letter: letter.proof(1, "000000"), "sign-in.wrong"),
    "another number": (lambda letter: CodeProof(PIN, 2, letter.codes[0]), "proof.wrong"),
    "number 0": (lambda letter: CodeProof(PIN, 0, letter.codes[-1]), "proof.wrong"),
    "number 21": (lambda letter: CodeProof(PIN, 21, letter.codes[0]), "proof.wrong"),
    "number -1": (lambda letter: CodeProof(PIN, -1, letter.codes[-1]), "proof.wrong"),
    "number 2**40": (lambda letter: CodeProof(PIN, 2**40, letter.codes[0]), "proof.wrong"),
    "another code": (lambda _: CodeProof(PIN, 1, "AAAAAAAA"), "proof.wrong"),
    "no code": (lambda _: CodeProof(PIN, 1, ""), "proof.wrong"),
}


@pytest.mark.parametrize(("wrong", "code"), WRONG.values(), ids=WRONG)
def test_a_wrong_proof_wraps_nothing(
    scene: Scene, paper: Paper, wrong: Callable[[Letter], CodeProof], code: str
) -> None:
    assert scene.asks(scene.stage.record(scene.wish()), wrong(paper.letter), paper.person) == code


def test_five_wrong_proofs_lock_the_letter_for_good(scene: Scene, paper: Paper) -> None:
    record = scene.stage.record(scene.wish())
    for _ in range(5):
        assert scene.asks(record, CodeProof(PIN, 1, "AAAAAAAA"), paper.person) == "proof.wrong"
    assert scene.asks(record, paper.letter.proof(1), paper.person) == "sign-in.locked"
    scene.stage.pass_time(days=1)
    assert scene.asks(scene.stage.record(scene.wish()), paper.letter.proof(1), paper.person) == "sign-in.locked"
    assert scene.stage.refused(admitting.SignIn(letter_code=paper.letter.code, pin=PIN)) == "sign-in.locked"


def test_a_proof_counts_in_the_persons_own_live_session_only(scene: Scene, paper: Paper) -> None:
    others = scene.paper(scene.other)
    record = scene.stage.record(scene.wish())
    assert scene.asks(record, others.letter.proof(1), others.person) == "grant.foreign"
    assert scene.asks(record, paper.letter.proof(1), others.person) == "grant.foreign"
    assert scene.asks(record, others.letter.proof(2), paper.person) == "proof.wrong"
    assert scene.asks(record, paper.letter.proof(1), scene.clerk) == "session.kind"
    assert scene.asks(record, paper.letter.proof(1)) == "proof.form"
    scene.stage.pass_time(days=401)
    record = scene.stage.record(scene.wish())
    assert scene.asks(record, paper.letter.proof(1), paper.person) == "letter.expired"
    scene.paper(scene.hers)
    assert scene.asks(record, paper.letter.proof(1), paper.person) == "letter.void"


def test_nothing_is_wrapped_on_the_word_of_a_statute(scene: Scene, paper: Paper) -> None:
    """There are no statute rules and assignments yet; until then nobody can claim one."""
    record = scene.stage.record(scene.wish(basis=Basis.STATUTE, norm=NORM))
    for proof in (paper.letter.proof(1), two(scene.clerk, scene.approver, paper.letter)):
        assert scene.asks(record, proof, paper.person) == "grant.statute"


# The record


def edited(scene: Scene, **stated: object) -> bytes:
    """Return a record whose machine-readable part was changed and nothing else."""
    document = parse_object(scene.stage.record(scene.wish()))
    grant = document["reg:grant"]
    assert isinstance(grant, dict)
    return canonical(document | {"reg:grant": grant | stated})


def test_a_record_that_says_two_things_wraps_nothing(scene: Scene, paper: Paper) -> None:
    """What she reads is what is wrapped."""
    lies: tuple[dict[str, object], ...] = (
        {"sections": ["education", "languages"]},
        {"sections": []},
        {"purpose": "counselling"},
        {"agency": str(scene.clerk.agency)},
        {"agencyKind": "bamf"},
        {"person": str(scene.other.person_id)},
        {"notAfter": "2099-01-01T00:00:00Z"},
        {"basis": "own"},
        {"basis": f"statute({NORM})"},
        {"rights": ["read", "write"]},
        {"more": "than that"},
    )
    for stated in lies:
        assert scene.asks(edited(scene, **stated), paper.letter.proof(1), paper.person) == "grant.record"
    assert scene.asks(scene.stage.record(scene.wish()), paper.letter.proof(1), paper.person) == WRAPPED


def test_a_record_has_one_form(scene: Scene, paper: Paper) -> None:
    record = scene.stage.record(scene.wish())
    spaced = json.dumps(json.loads(record)).encode()
    for other, code in (
        (spaced, "grant.not-canonical"),
        (record + b"\n", "grant.not-canonical"),
        (record[:-1] + b',"@id":"urn:uuid:0"}', "grant.record"),
        (record[:-1], "grant.record"),
        (b"", "grant.record"),
        (b"\xff", "grant.record"),
        (b"[" * 100_000, "grant.record"),
        (b"{}", "grant.record"),
    ):
        assert scene.asks(other, paper.letter.proof(1), paper.person) == code


def test_a_record_names_the_agency_as_it_is(scene: Scene, paper: Paper) -> None:
    for record, code in (
        (scene.stage.record(scene.wish(), AgencyKind.BA), "grant.agency"),
        (scene.stage.record(scene.wish(agency_id=uuid4()), AgencyKind.JOBCENTER), "agency.missing"),
    ):
        assert scene.asks(record, paper.letter.proof(1), paper.person) == code


def test_a_grant_has_its_time(scene: Scene, paper: Paper) -> None:
    now = scene.stage.now().replace(microsecond=0)
    for begins, ends, code in (
        (now - timedelta(days=2), now - timedelta(days=1), "grant.time"),
        (now + timedelta(minutes=11), now + timedelta(days=1), "grant.time"),
        (now, now + timedelta(days=733), "grant.too-long"),
        (now, now + timedelta(days=731), WRAPPED),
    ):
        record = scene.stage.record(scene.wish(not_before=begins, not_after=ends))
        assert scene.asks(record, paper.letter.proof(1), paper.person) == code


def test_a_grant_is_over_her_own_confirmed_appearances(scene: Scene, paper: Paper) -> None:
    (decided,) = scene.stage.born(scene.jobcenter)
    linked = structs.replace(decided, person_id=scene.hers.person_id, basis="decided")
    scene.stage.writer.put(scene.stage.vouched(linked))
    for over, code in (
        ([scene.other.id], "grant.foreign"),
        ([scene.hers.id, scene.other.id], "grant.foreign"),
        ([uuid4()], "grant.appearances"),
        ([scene.hers.id, decided.id], "appearance.unconfirmed"),
    ):
        record = scene.stage.record(scene.wish(appearances=tuple(over)))
        assert scene.asks(record, paper.letter.proof(1), paper.person) == code


def test_a_grants_id_is_taken_once(scene: Scene, paper: Paper) -> None:
    wish = scene.wish()
    scene.stage.give(wish, paper.letter.proof(1), person=paper.person)
    assert scene.asks(scene.stage.record(wish), paper.letter.proof(2), paper.person) == "grant.exists"


# Two officers


def test_two_officers_of_her_agency_prove_and_for_their_own_agency_with_her_letter(scene: Scene, paper: Paper) -> None:
    record = scene.stage.record(scene.wish(agency_id=scene.clerk.office))
    strangers = scene.stage.officer("BAMF"), scene.stage.officer("BAMF", "approver")
    for proof, code in (
        (two(scene.clerk, scene.clerk, paper.letter), "proof.two-officers"),
        (two(scene.approver, scene.stage.officer("Agentur", "approver"), paper.letter), "proof.two-officers"),
        (two(scene.clerk, scene.jobcenters_approver, paper.letter), "proof.two-officers"),
        (two(*strangers, paper.letter), "person.not-ours"),
        (two(scene.jobcenter, scene.jobcenters_approver, paper.letter), "person.not-ours"),  # linked, not confirmed
        (two(scene.clerk, scene.stage.officer("Agentur", "administrator"), paper.letter), "proof.approver"),
        (two(scene.clerk, scene.approver), "proof.letter"),
        (two(scene.clerk, scene.approver, scene.paper(scene.other).letter), "proof.letter"),
        (two(scene.clerk, paper.person, paper.letter), "officer.missing"),
        (OfficersProof(scene.clerk.token, b"invented", paper.letter.code), "session.missing"),
        (OfficersProof(scene.clerk.token, scene.approver.token, "A" * 24), "credential.missing"),
    ):
        assert scene.asks(record, proof) == code
    assert scene.asks(record, two(scene.clerk, scene.approver, paper.letter)) == WRAPPED
    elsewhere = scene.stage.record(scene.wish())
    assert scene.asks(elsewhere, two(*strangers, paper.letter)) == "person.not-ours"
    assert scene.asks(elsewhere, two(scene.clerk, scene.approver)) == WRAPPED


def test_administrators_of_the_registry_prove_nothing(scene: Scene, paper: Paper) -> None:
    first, second = (scene.stage.sign_in(one) for one in scene.stage.house.book.administrators)
    assert scene.asks(scene.stage.record(scene.wish()), two(first, second, paper.letter)) == "proof.two-officers"


# Ending


def test_a_grant_is_ended_by_herself_or_by_time_and_once(scene: Scene, paper: Paper) -> None:
    stage = scene.stage
    grant = stage.give(scene.wish(), paper.letter.proof(1), person=paper.person)
    statute = structs.replace(grant, id=uuid4(), basis="statute", norm=NORM)
    stage.writer.put(stage.vouched(statute))
    other = stage.give(scene.wish(), paper.letter.proof(2), person=paper.person)
    for question, code in (
        (messages.Rotate(grant.id, session=scene.paper(scene.other).person.token), "grant.foreign"),
        (messages.Rotate(grant.id, session=scene.clerk.token), "session.kind"),
        (messages.Rotate(grant.id), "grant.not-expired"),
        (messages.Rotate(statute.id, session=paper.person.token), "grant.statutory"),
        (messages.Rotate(uuid4(), session=paper.person.token), "access_grant.missing"),
    ):
        assert stage.refused(question) == code
    assert stage.end(grant.id, paper.person).grant.status == "withdrawn"
    assert stage.refused(messages.Rotate(grant.id, session=paper.person.token)) == "grant.ended"
    stage.pass_time(days=30)
    assert stage.end(other.id).grant.status == "expired"


def test_a_withdrawal_holds_although_its_transaction_is_rolled_back(scene: Scene, paper: Paper) -> None:
    """Ending is what she asked for: the keeper keeps to it, and asking again ends it in the database too."""
    stage = scene.stage
    grant = stage.give(scene.wish(), paper.letter.proof(1), person=paper.person)
    claim = stage.claim([scene.hers], grant)
    assert stage.open(scene.jobcenter, claim)
    stage.ask(messages.Rotate(grant.id, session=paper.person.token), messages.Rotated)
    assert stage.closed(scene.jobcenter, claim) == "grant.ended"
    assert stage.end(grant.id, paper.person).grant.status == "withdrawn"


# Forgetting


def ordered(scene: Scene) -> tuple[UUID, messages.ErasureOrdered, AppearanceRow]:
    """Return an order to forget somebody, stored without any line."""
    (born,) = scene.stage.born(scene.clerk)
    order = scene.stage.ask(messages.OrderErasure(scene.paper(born).person.token), messages.ErasureOrdered)
    scene.stage.writer.put(order.erasure)
    return order.erasure.id, order, born


def test_nobody_is_erased_without_a_line_that_says_so(scene: Scene) -> None:
    erasure, order, born = ordered(scene)
    honest = Claim(persons=(), appearances=[born.id], event="person.erased", outcome="done")
    assert scene.stage.refused(messages.Erase(erasure)) == "erase.no-line"
    for lie in (
        replace(honest, appearances=[]),
        replace(honest, appearances=[scene.hers.id]),
        replace(honest, event="person.created"),
        replace(honest, at=order.erasure.requested_at - timedelta(minutes=11)),
    ):
        scene.stage.writer.line(lie, scene.stage.now())
        assert scene.stage.refused(messages.Erase(erasure)) == "erase.no-line"
    assert scene.stage.open(scene.clerk, scene.stage.claim([born]))
    scene.stage.writer.line(honest, scene.stage.now())
    for _ in range(2):
        scene.stage.ask(messages.Erase(erasure), messages.Done, role="housekeeper")
        assert scene.stage.closed(scene.clerk, scene.stage.claim([born])) == "appearance.erased"
        scene.stage.restart()


def test_the_keeper_remembers_nothing_of_whom_it_erased(scene: Scene) -> None:
    erasure, order, born = ordered(scene)
    assert scene.stage.open(scene.clerk, scene.stage.claim([born]))
    values = list(born.values().values())
    memory = scene.stage.house.keeper.rooms.reader.memory
    assert memory.same(AppearanceRow, values) == born
    scene.stage.writer.line(
        Claim(persons=(), appearances=order.erasure.appearances, event="person.erased", outcome="done"),
        scene.stage.now(),
    )
    scene.stage.ask(messages.Erase(erasure), messages.Done)
    assert memory.same(AppearanceRow, values) is None
    assert str(born.person_id) not in repr(memory._rows)


def test_she_orders_that_all_is_forgotten_and_two_officers_what_their_agency_said(scene: Scene, paper: Paper) -> None:
    her = scene.hers.person_id
    for asked, code in (
        (messages.OrderErasure(scene.clerk.token), "session.kind"),
        (messages.OrderErasure(scene.clerk.token, scene.clerk.token, her), "proof.two-officers"),
        (messages.OrderErasure(scene.clerk.token, scene.approver.token), "erase.form"),
        (messages.OrderErasure(scene.clerk.token, scene.approver.token, uuid4()), "erase.nothing"),
        (messages.OrderErasure(scene.clerk.token, scene.jobcenters_approver.token, her), "proof.two-officers"),
        (messages.OrderErasure(scene.jobcenter.token, scene.jobcenters_approver.token, her), "erase.nothing"),
    ):
        assert scene.stage.refused(asked) == code
    (own,) = scene.stage.born(paper.person)
    by_two = messages.OrderErasure(scene.clerk.token, scene.approver.token, her)
    assert scene.stage.ask(by_two, messages.ErasureOrdered).erasure.appearances == [scene.hers.id]
    by_her = messages.OrderErasure(paper.person.token)
    assert set(scene.stage.ask(by_her, messages.ErasureOrdered).erasure.appearances) == {scene.hers.id, own.id}
    assert scene.stage.refused(messages.Erase(uuid4())) == "erasure.missing"


# Receipts


def test_a_receipt_is_signed_over_the_committed_grants_record_and_verifies(scene: Scene, paper: Paper) -> None:
    wish = scene.wish()
    record = scene.stage.record(wish)
    question = messages.Wrap(record, paper.letter.proof(1), session=paper.person.token)
    wrapped = scene.stage.ask(question, messages.Wrapped)
    assert scene.stage.refused(messages.Sign(wish.id, record)) == "access_grant.missing"
    scene.stage.writer.put(wrapped.grant, *wrapped.wraps)
    for other in (scene.stage.record(wish), record + b" ", b""):
        assert scene.stage.refused(messages.Sign(wish.id, other)) == "sign.other-record"
    signed = scene.stage.ask(messages.Sign(wish.id, record), messages.Signature).jws
    (key,) = scene.stage.ask(messages.PublicKeys(), messages.Keys).keys
    public = OKPKey.import_key(dict(key))
    receipt = jws.deserialize_compact(signed, public, algorithms=["Ed25519"])
    assert receipt.payload == record
    assert receipt.headers() == {"alg": "Ed25519", "kid": public.thumbprint(), "typ": "consent-record+jws"}
    head, body, signature = signed.split(".")
    forged = f"{head}.{'A' if body[0] != 'A' else 'B'}{body[1:]}.{signature}"
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(forged, public, algorithms=["Ed25519"])

"""Passkeys at the keeper: added against letter or password, signed in with, and proving exactly one decision."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from consent.records import Indication, Notice, Operator, build_record
from registry.keys.client import KeeperRefused
from registry.wire import admitting, decisions, messages
from registry.wire.asking import CodeProof, PasskeyProof, PasswordProof
from registry.wire.rows import CredentialRow
from schemas.canonical import canonical
from schemas.vocabularies.access import ActorKind, AgencyKind, Channel, IndicationMethod
from tests.authenticators import Authenticator, b64, unb64
from tests.house import PIN
from tests.keeper_machine import Signed, Stage, open_stage
from tests.keeper_writer import Claim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from registry.wire.rows import AppearanceRow
    from tests.house import Letter

LONG = {"idle_minutes": 6_000_000, "session_hours": 100_000, "letter_days": 400}


@pytest.fixture(scope="module")
def stage(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Stage]:
    with open_stage(clusters, template_pair, test_logins, **LONG) as opened:
        yield opened


@dataclass(slots=True)
class Her:
    """A person with a letter, signed in with it, and a phone."""

    stage: Stage
    born: AppearanceRow
    clerk: Signed
    letter: Letter
    signed: Signed
    phone: Authenticator
    codes: int = 0

    def code(self) -> CodeProof:
        """Return a proof that was not used yet."""
        self.codes += 1
        return self.letter.proof(self.codes)

    def challenge(self, purpose: str, about: bytes = b"", by: Signed | None = None) -> admitting.Challenge:
        """Ask for what to sign."""
        asked = admitting.AskChallenge(purpose, about, (by or self.signed).token)
        return self.stage.ask(asked, admitting.Challenge)

    def add(self, phone: Authenticator | None = None) -> CredentialRow:
        """Add a passkey, and store it."""
        phone = phone or self.phone
        asked = self.challenge("add")
        question = admitting.EnrolPasskey(self.signed.token, phone.create(asked.challenge, asked.user), self.code())
        row = self.stage.ask(question, admitting.Enrolled).credential
        assert row is not None
        self.stage.writer.put(row)
        return row

    def refused(
        self, attestation: Callable[[admitting.Challenge], bytes], proof: CodeProof | PasswordProof | None = None
    ) -> str:
        """Return why a passkey is not added."""
        made = attestation(self.challenge("add"))
        return self.stage.refused(admitting.EnrolPasskey(self.signed.token, made, proof or self.code()))

    def record(self, method: IndicationMethod = IndicationMethod.PASSKEY) -> bytes:
        """Return a consent record of hers that says it was given with a passkey."""
        agency = self.stage.agency("Jobcenter")
        wish = self.stage.wish(self.born.person_id, self.stage.officer("Jobcenter").office, [self.born.id])
        by = Indication(at=self.stage.now(), by=ActorKind.PERSON, method=method, channel=Channel.OWN_DEVICE)
        notice = Notice(version="1", language="en", sha256=sha256(b"notice").hexdigest())
        kind = AgencyKind(agency.kind)
        return canonical(build_record(wish, kind, record_id=uuid4(), notice=notice, indication=by, operator=Operator()))

    def wrapped(self, record: bytes, assertion: bytes, by: Signed | None = None) -> str:
        """Return by which proof a grant was made, or why not."""
        question = messages.Wrap(record, PasskeyProof(assertion), session=(by or self.signed).token)
        try:
            return self.stage.ask(question, messages.Wrapped).grant.proof
        except KeeperRefused as refused:
            return refused.reason


def somebody(stage: Stage) -> Her:
    clerk = stage.officer("Agentur")
    (born,) = stage.born(clerk)
    letter = stage.letter(clerk, born.person_id)
    return Her(stage, born, clerk, letter, stage.person(letter), Authenticator())


@pytest.fixture
def her(stage: Stage) -> Her:
    return somebody(stage)


def enter(stage: Stage, phone: Authenticator, **lies: Any) -> str:  # noqa: ANN401 - whatever a test tells
    """Return who gets in with a passkey, or why nobody does."""
    challenge = stage.ask(admitting.AskChallenge("sign-in"), admitting.Challenge).challenge
    return entered(stage, phone.get(challenge, **lies))


def entered(stage: Stage, assertion: bytes) -> str:
    try:
        answer = stage.ask(admitting.SignIn(passkey=assertion), admitting.SignedIn)
    except KeeperRefused as refused:
        return refused.reason
    stage.writer.put(answer.session)
    return str(answer.session.actor_id)


def inside(stage: Stage, phone: Authenticator) -> Signed:
    """Sign in with a passkey."""
    challenge = stage.ask(admitting.AskChallenge("sign-in"), admitting.Challenge).challenge
    return stage._signed(admitting.SignIn(passkey=phone.get(challenge)))


# Adding and signing in


@pytest.mark.parametrize("make", [Authenticator, Authenticator.with_ed25519], ids=["ES256", "Ed25519"])
def test_she_adds_a_phone_with_her_letter_and_signs_in_without_typing(
    stage: Stage, her: Her, make: Callable[[], Authenticator]
) -> None:
    phone = make()
    row = her.add(phone)
    assert (row.kind, row.owner_kind, row.owner_id) == ("passkey", "person", her.born.person_id)
    assert row.lookup == sha256(phone.credential_id).digest()
    assert phone.credential_id not in row.secret
    assert enter(stage, phone) == str(her.born.person_id)


def test_several_phones_count_and_the_letter_stays_good(stage: Stage, her: Her) -> None:
    other = Authenticator.with_ed25519()
    her.add()
    her.add(other)
    assert {enter(stage, her.phone), enter(stage, other)} == {str(her.born.person_id)}
    assert set(her.challenge("add").passkeys) == {her.phone.credential_id, other.credential_id}
    stage.person(her.letter)
    assert her.refused(lambda asked: her.phone.create(asked.challenge)) == "passkey.known"


def test_a_phone_is_added_against_pin_and_an_unused_code_only(her: Her) -> None:
    assert her.refused(_made(her.phone), CodeProof("000000", 1, her.letter.codes[0])) == "sign-in.wrong"
    assert her.refused(_made(her.phone), CodeProof(PIN, 1, "AAAAAAAA")) == "proof.wrong"
    assert her.refused(_made(her.phone), PasswordProof("a", "b")) == "proof.form"
    her.add()
    assert her.refused(_made(Authenticator()), her.letter.proof(1)) == "proof.used"


def _made(phone: Authenticator, **lies: Any) -> Callable[[admitting.Challenge], bytes]:  # noqa: ANN401 - as above
    return lambda asked: phone.create(asked.challenge, asked.user, **lies)


MAKING: dict[str, tuple[dict[str, Any], str]] = {
    "on another site": ({"origin": "https://einmal.example.org"}, "passkey.origin"),
    "on another port": ({"origin": "https://einmal.example:8443"}, "passkey.origin"),
    "without encryption": ({"origin": "http://einmal.example"}, "passkey.origin"),
    "in a frame": ({"crossOrigin": True}, "passkey.framed"),
    "for another party": ({"party": "example"}, "passkey.wrong"),
    "without recognising anybody": ({"flags": 0x01}, "passkey.wrong"),
    "without anybody there": ({"flags": 0x04}, "passkey.wrong"),
    "as an assertion": ({"type": "webauthn.get"}, "passkey.wrong"),
    "with a maker's word": ({"fmt": "fido-u2f"}, "passkey.attestation"),
    "with a chain of certificates": (
        {"fmt": "packed", "statement": {"alg": -7, "sig": b"", "x5c": [b"x"]}},
        "passkey.attestation",
    ),
    "with a false word of its own": ({"fmt": "packed", "statement": {"alg": -7, "sig": b"x"}}, "passkey.wrong"),
    "as another credential": ({"credential_id": b"another"}, "passkey.wrong"),
}


@pytest.mark.parametrize(("lies", "code"), MAKING.values(), ids=MAKING)
def test_a_passkey_that_was_made_otherwise_is_refused_and_no_code_used_up(
    her: Her, lies: dict[str, Any], code: str
) -> None:
    proof = her.code()
    assert her.refused(_made(her.phone, **lies), proof) == code
    asked = her.challenge("add")
    question = admitting.EnrolPasskey(her.signed.token, her.phone.create(asked.challenge), proof)
    assert her.stage.ask(question, admitting.Enrolled).credential is not None


def test_a_challenge_is_of_one_session_for_one_act_for_minutes_and_once(stage: Stage, her: Her) -> None:
    other = somebody(stage)
    for challenge, code in (
        (her.challenge("confirm").challenge, "challenge.other-act"),
        (other.challenge("add").challenge, "challenge.other-act"),
        (stage.ask(admitting.AskChallenge("sign-in"), admitting.Challenge).challenge, "challenge.other-act"),
        (b"", "challenge.form"),
        (b"x" * 56, "challenge.other-act"),
    ):
        assert her.refused(lambda _, made=challenge: her.phone.create(made)) == code  # type: ignore[misc]  # a default is how a lambda keeps its turn's challenge
    late = her.challenge("add").challenge
    stage.pass_time(minutes=5, seconds=1)
    assert her.refused(lambda _: her.phone.create(late)) == "challenge.too-old"
    challenge = stage.ask(admitting.AskChallenge("sign-in"), admitting.Challenge).challenge
    her.add()
    assertion = her.phone.get(challenge)
    assert entered(stage, assertion) == str(her.born.person_id)
    assert entered(stage, assertion) == "challenge.used"
    stage.restart()
    assert entered(stage, assertion) == "challenge.used"
    assert enter(stage, her.phone) == str(her.born.person_id)


def test_who_may_ask_for_what_to_sign(stage: Stage, her: Her) -> None:
    for purpose in ("add", "confirm", "remove", "consent", "sign-out", ""):
        assert stage.refused(admitting.AskChallenge(purpose)) == "challenge.purpose"
    for purpose in ("sign-in", "id-token", ""):
        assert stage.refused(admitting.AskChallenge(purpose, session=her.signed.token)) == "challenge.purpose"
    assert stage.refused(admitting.AskChallenge("add", session=b"invented")) == "session.missing"
    assert stage.refused(admitting.AskChallenge("id-token", b"x" * 70_000)) == "challenge.form"


GETTING: dict[str, tuple[dict[str, Any], str]] = {
    "on another site": ({"origin": "https://evil.example"}, "passkey.origin"),
    "in a frame": ({"crossOrigin": True}, "passkey.framed"),
    "for another party": ({"party": "example"}, "passkey.wrong"),
    "without recognising anybody": ({"flags": 0x01}, "passkey.wrong"),
    "as a registration": ({"type": "webauthn.create"}, "passkey.wrong"),
    "for somebody else": ({"user": b"x" * 32}, "passkey.foreign"),
    "with an unknown key": ({"credential_id": b"unknown"}, "credential.missing"),
}


@pytest.mark.parametrize(("lies", "code"), GETTING.values(), ids=GETTING)
def test_nobody_gets_in_with_what_was_signed_otherwise(stage: Stage, her: Her, lies: dict[str, Any], code: str) -> None:
    her.add()
    assert enter(stage, her.phone, **lies) == code


def test_another_key_does_not_sign_for_hers(stage: Stage, her: Her) -> None:
    her.add()
    thief = Authenticator(credential_id=her.phone.credential_id, user=her.phone.user)
    assert enter(stage, thief) == "passkey.wrong"


def test_nobody_takes_the_name_of_anothers_passkey(stage: Stage, her: Her) -> None:
    her.add()
    thief = Authenticator(credential_id=her.phone.credential_id)
    other = somebody(stage)
    proof = other.code()
    assert other.refused(_made(thief), proof) == "passkey.known"
    assert enter(stage, her.phone) == str(her.born.person_id)
    challenge = other.challenge("add")
    question = admitting.EnrolPasskey(other.signed.token, other.phone.create(challenge.challenge), proof)
    assert stage.ask(question, admitting.Enrolled).credential  # the code was not used up


def test_one_that_counts_is_not_copied_and_used_twice(stage: Stage, her: Her) -> None:
    phone = Authenticator(counts=True)
    her.add(phone)
    assert enter(stage, phone) == str(her.born.person_id)
    copy = Authenticator(
        key=phone.key, credential_id=phone.credential_id, user=phone.user, counts=True, count=phone.count
    )
    assert enter(stage, phone) == str(her.born.person_id)
    assert enter(stage, copy) == "passkey.void"
    assert enter(stage, phone, count=0) == "passkey.void"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.integers(0, 10_000), byte=st.integers(1, 255), part=st.sampled_from(["create", "get"]))
def test_whatever_bytes_come_the_keeper_refuses_and_never_stumbles(
    stage: Stage, place: int, byte: int, part: str
) -> None:
    her = _kept(stage)
    if part == "create":
        raw = her.phone.create(her.challenge("add").challenge)
    else:
        raw = her.phone.get(stage.ask(admitting.AskChallenge("sign-in"), admitting.Challenge).challenge)
    content = json.loads(raw)
    name = sorted(content["response"])[place % len(content["response"])]
    inner = bytearray(unb64(content["response"][name]))
    inner[place % len(inner)] ^= byte
    content["response"][name] = b64(bytes(inner))
    made = json.dumps(content).encode()
    proof = CodeProof("", 1, "")
    question = (
        admitting.EnrolPasskey(her.signed.token, made, proof) if part == "create" else admitting.SignIn(passkey=made)
    )
    assert stage.refused(question) not in {"failed", "operation.malformed"}


_ONE: dict[int, Her] = {}


def _kept(stage: Stage) -> Her:
    if id(stage) not in _ONE:
        _ONE[id(stage)] = somebody(stage)
        _ONE[id(stage)].add()
    return _ONE[id(stage)]


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b"[" * 9999, b'{"id":"\xc3"}', b'{"id":1}'])
def test_what_is_no_credential_is_refused(stage: Stage, her: Her, content: bytes) -> None:
    assert stage.refused(admitting.SignIn(passkey=content)) == "passkey.form"
    assert her.refused(lambda _: content) == "passkey.form"


# Its life


def test_a_session_of_a_passkey_lives_although_the_letter_has_ended(stage: Stage, her: Her) -> None:
    her.add()
    stage.pass_time(days=401)
    signed = inside(stage, her.phone)
    assert stage.ask(admitting.Touch(signed.token), messages.Done)
    assert stage.refused(admitting.SignIn(letter_code=her.letter.code, pin=PIN)) == "letter.expired"
    other = Authenticator()
    asked = her.challenge("add", by=signed)
    question = admitting.EnrolPasskey(signed.token, other.create(asked.challenge), her.code())
    assert stage.refused(question) == "letter.expired"


def test_she_removes_a_phone_with_proof_and_what_it_opened_ends(stage: Stage, her: Her) -> None:
    row, other = her.add(), Authenticator()
    her.add(other)
    signed = inside(stage, her.phone)
    stranger = somebody(stage)
    assert stage.refused(admitting.RemovePasskey(stranger.signed.token, row.id, stranger.code())) == "passkey.foreign"
    letter = stage.writer.one(CredentialRow, owner_id=her.born.person_id, kind="letter")
    assert stage.refused(admitting.RemovePasskey(her.signed.token, letter.id, her.code())) == "passkey.foreign"
    about = her.challenge("remove", letter.id.bytes).challenge
    wrong = admitting.RemovePasskey(her.signed.token, row.id, PasskeyProof(other.get(about)))
    assert stage.refused(wrong) == "challenge.other-act"
    about = her.challenge("remove", row.id.bytes).challenge
    stage.ask(admitting.RemovePasskey(her.signed.token, row.id, PasskeyProof(other.get(about))), messages.Done)
    for _ in range(2):
        assert enter(stage, her.phone) == "passkey.void"  # its row is still there: who put it back gets nothing
        assert stage.refused(admitting.Touch(signed.token)) in {"session.ended", "letter.void"}
        assert enter(stage, other) == str(her.born.person_id)
        stage.restart()


def test_two_officers_who_replace_a_letter_void_her_phones_too(stage: Stage, her: Her) -> None:
    """Whoever lost the letter may have lost the phone with it: the same proof as at the beginning."""
    her.add()
    signed = inside(stage, her.phone)
    person = her.born.person_id
    by_letter = stage.letter(her.clerk, person)  # against the code of the one before: she has both in her hand
    assert enter(stage, her.phone) == str(person)
    approver = stage.officer("Agentur", "approver")
    asked = admitting.EnrolLetter(her.clerk.token, person, PIN, second=approver.token)
    made = stage.ask(asked, admitting.Enrolled).credential
    assert made is not None
    assert enter(stage, her.phone) == "passkey.void"
    assert stage.refused(admitting.Touch(signed.token)) == "letter.void"
    assert stage.refused(admitting.SignIn(letter_code=by_letter.code, pin=PIN)) == "letter.void"


def test_one_officer_alone_gives_no_letter_to_whom_a_phone_still_lets_in(stage: Stage, her: Her) -> None:
    her.add()
    stage.pass_time(days=401)
    asked = admitting.EnrolLetter(her.clerk.token, her.born.person_id, PIN)
    assert stage.refused(asked) == "letter.needs-approval"


def test_a_phone_whose_row_was_hidden_still_keeps_one_officer_from_becoming_her(stage: Stage, her: Her) -> None:
    row = her.add()
    inside(stage, her.phone)
    stage.pass_time(days=401)
    stage.writer.drop(CredentialRow, id=row.id)
    asked = admitting.EnrolLetter(her.clerk.token, her.born.person_id, PIN)
    assert stage.refused(asked) == "letter.needs-approval"


def test_a_phone_that_never_was_stored_keeps_nobody_from_a_new_letter(stage: Stage, her: Her) -> None:
    """The keeper let it count, and then the registry's transaction was rolled back."""
    asked = her.challenge("add")
    question = admitting.EnrolPasskey(her.signed.token, her.phone.create(asked.challenge, asked.user), her.code())
    assert stage.ask(question, admitting.Enrolled).credential
    assert enter(stage, her.phone) == "credential.missing"
    stage.pass_time(days=401)
    renewed = admitting.EnrolLetter(her.clerk.token, her.born.person_id, PIN)
    assert stage.ask(renewed, admitting.Enrolled).letter_code


def test_erasure_voids_her_phones(stage: Stage, her: Her) -> None:
    her.add()
    order = stage.ask(messages.OrderErasure(her.signed.token), messages.ErasureOrdered).erasure
    stage.writer.put(order)
    told = Claim(persons=(), appearances=order.appearances, event="person.erased", outcome="done")
    stage.writer.line(told, stage.now())
    assert enter(stage, her.phone) == str(her.born.person_id)
    stage.ask(messages.Erase(order.id), messages.Done)
    assert enter(stage, her.phone) == "passkey.void"


# Proving a decision


def test_a_passkey_proves_exactly_the_record_that_it_signed(stage: Stage, her: Her) -> None:
    her.add()
    record = her.record()
    asked = her.challenge("consent", record)
    assert asked.challenge == sha256(b"consent/v1" + record).digest()
    assert asked.passkeys == [her.phone.credential_id]
    assertion = her.phone.get(asked.challenge)
    assert her.wrapped(her.record(), assertion) == "challenge.other-record"
    assert her.wrapped(record, assertion) == "passkey"
    assert her.wrapped(record, assertion) == "challenge.used"
    stage.restart()
    assert her.wrapped(record, assertion) == "challenge.used"


def test_a_record_that_was_signed_otherwise_wraps_nothing(stage: Stage, her: Her) -> None:
    her.add()
    record = her.record()
    challenge = her.challenge("consent", record).challenge
    for name, (lies, code) in GETTING.items():
        assert her.wrapped(record, her.phone.get(challenge, **lies)) == code, name
    other = somebody(stage)
    other.add()
    assert her.wrapped(record, other.phone.get(challenge)) == "passkey.foreign"
    assert her.wrapped(record, other.phone.get(challenge), other.signed) == "grant.foreign"
    assert her.wrapped(record, her.phone.get(challenge), other.signed) == "grant.foreign"
    assert her.wrapped(record, her.phone.get(sha256(record).digest())) == "challenge.other-record"
    sign_in = stage.ask(admitting.AskChallenge("sign-in"), admitting.Challenge).challenge
    assert her.wrapped(record, her.phone.get(sign_in)) == "challenge.other-record"
    assert her.wrapped(record, her.phone.get(challenge)) == "passkey"


def test_a_record_says_by_what_it_was_proved(her: Her) -> None:
    her.add()
    record = her.record(method=IndicationMethod.LETTER_CODE)
    assert her.wrapped(record, her.phone.get(her.challenge("consent", record).challenge)) == "proof.method"


def test_what_was_signed_does_not_wait_for_somebody_who_finds_a_use_for_it(stage: Stage, her: Her) -> None:
    her.add()
    record = her.record()
    assertion = her.phone.get(her.challenge("consent", record).challenge)
    stage.pass_time(minutes=11)
    assert her.wrapped(record, assertion) == "proof.too-old"


def test_a_consent_signs_nobody_in(stage: Stage, her: Her) -> None:
    her.add()
    assertion = her.phone.get(her.challenge("consent", her.record()).challenge)
    assert entered(stage, assertion) == "challenge.form"


def test_her_phone_says_this_is_me_of_one_record(stage: Stage, her: Her) -> None:
    her.add()
    (decided,) = stage.born(stage.officer("Agentur", "case-officer"))
    linked = stage.vouched(structs.replace(decided, person_id=her.born.person_id, basis="decided"))
    stage.writer.put(linked)
    other = her.challenge("confirm", her.born.id.bytes).challenge
    confirm = decisions.Confirm(her.signed.token, linked.id, PasskeyProof(her.phone.get(other)))
    assert stage.refused(confirm) == "challenge.other-act"
    right = her.challenge("confirm", linked.id.bytes).challenge
    confirm = decisions.Confirm(her.signed.token, linked.id, PasskeyProof(her.phone.get(right)))
    # There is no link behind the row that this test wrote itself: the proof was taken, and nothing else is wrong.
    assert stage.refused(confirm) == "link.missing"
    assert stage.refused(confirm) == "challenge.used"


# Officers


def test_an_officer_adds_a_key_with_password_and_code_again_and_signs_in_with_it(stage: Stage) -> None:
    officer = stage.agency("Agentur").officer("clerk")
    signed, key = stage.sign_in(officer), Authenticator()
    for proof, code in (
        (PasswordProof(officer.password, "000000"), "sign-in.wrong"),
        (PasswordProof("wrong", stage.code(officer)), "sign-in.wrong"),
        (CodeProof(PIN, 1, "a"), "proof.form"),
    ):
        asked = stage.ask(admitting.AskChallenge("add", session=signed.token), admitting.Challenge)
        question = admitting.EnrolPasskey(signed.token, key.create(asked.challenge, asked.user), proof)
        assert stage.refused(question) == code
    asked = stage.ask(admitting.AskChallenge("add", session=signed.token), admitting.Challenge)
    proof = PasswordProof(officer.password, stage.code(officer))
    question = admitting.EnrolPasskey(signed.token, key.create(asked.challenge, asked.user), proof)
    row = stage.ask(question, admitting.Enrolled).credential
    assert row is not None
    stage.writer.put(row)
    challenge = stage.ask(admitting.AskChallenge("sign-in"), admitting.Challenge).challenge
    answer = stage.ask(admitting.SignIn(passkey=key.get(challenge)), admitting.SignedIn)
    assert (answer.session.kind, answer.session.actor_id) == ("officer", signed.actor)
    assert answer.session.agency_id == signed.agency
    assert answer.roles
    stage.writer.put(answer.session)
    assert stage.ask(admitting.Touch(answer.token), messages.Done)
    administrator = stage.sign_in(stage.house.book.administrators[0])
    assert stage.refused(admitting.RevokeCredential(signed.token, row.id)) == "officer.role"
    stage.ask(admitting.RevokeCredential(administrator.token, row.id), messages.Done)
    assert stage.refused(admitting.Touch(answer.token)) == "session.ended"
    stage.restart()
    assert stage.refused(admitting.Touch(answer.token)) == "session.ended"
    assert enter(stage, key) == "passkey.void"


def test_an_officer_removes_her_key_with_password_and_code_and_a_person_does_not(stage: Stage, her: Her) -> None:
    """Who sits down at a desk that was left open takes no key away, and a phone takes the proof it was added with."""
    officer, key = stage.agency("Agentur").officer("clerk"), Authenticator()
    signed = stage.sign_in(officer)
    asked = stage.ask(admitting.AskChallenge("add", session=signed.token), admitting.Challenge)
    made = key.create(asked.challenge, asked.user)
    question = admitting.EnrolPasskey(signed.token, made, PasswordProof(officer.password, stage.code(officer)))
    row = stage.ask(question, admitting.Enrolled).credential
    assert row is not None
    stage.writer.put(row)
    guessed = admitting.RemovePasskey(signed.token, row.id, PasswordProof("a guess", stage.code(officer)))
    assert stage.refused(guessed) == "sign-in.wrong"
    assert enter(stage, key) == str(signed.actor)
    hers = admitting.RemovePasskey(her.signed.token, her.add().id, PasswordProof(officer.password, stage.code(officer)))
    assert stage.refused(hers) == "proof.form"
    removed = admitting.RemovePasskey(signed.token, row.id, PasswordProof(officer.password, stage.code(officer)))
    stage.ask(removed, messages.Done)
    assert enter(stage, key) == "passkey.void"
    assert enter(stage, her.phone) == str(her.born.person_id)


def test_an_administrator_revokes_no_phone_of_a_person(stage: Stage, her: Her) -> None:
    row = her.add()
    administrator = stage.sign_in(stage.house.book.administrators[0])
    assert stage.refused(admitting.RevokeCredential(administrator.token, row.id)) == "credential.kind"

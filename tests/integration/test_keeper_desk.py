"""The keeper's desk: who gets in, for how long, who may enrol whom (design, sections 4 and 8)."""

from __future__ import annotations

import secrets
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from registry.auth.demo import DemoOfficer
from registry.keys.client import KeeperRefused
from registry.wire import admitting, messages
from registry.wire.rows import AgencyRow, CredentialRow, OfficerRow, SessionRow
from tests.house import PIN
from tests.keeper_machine import Signed, Stage, open_stage, totp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from registry.wire.rows import AppearanceRow
    from tests.house import Letter

WRONG_PIN = "000000"
A_PASSWORD = "long enough to be one"


@pytest.fixture(scope="module")
def stage(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Stage]:
    with open_stage(clusters, template_pair, test_logins) as opened:
        yield opened


@pytest.fixture(scope="module")
def born(stage: Stage) -> AppearanceRow:
    return stage.born(stage.officer("Agentur"))[0]


@pytest.fixture
def letter(stage: Stage, born: AppearanceRow) -> Letter:
    return stage.letter(stage.officer("Agentur"), born.person_id)


def attempt(stage: Stage, officer: DemoOfficer, **wrong: str | None) -> str:
    """Return why an officer does not get in; what is not wrong is right."""
    said = {"login": officer.login, "password": officer.password, **wrong}
    totp = wrong["totp"] if "totp" in wrong else stage.code(officer)
    return stage.refused(admitting.SignIn(said["login"], said["password"], totp))


def enter(stage: Stage, letter: Letter, pin: str = PIN) -> str:
    """Return "in", or why nobody gets in with this letter."""
    try:
        stage.person(letter, pin)
    except KeeperRefused as refusal:
        return refusal.reason
    return "in"


def state(stage: Stage, signed: Signed) -> str:
    """Return "alive", or why a session does not count; asking uses it."""
    try:
        stage.ask(admitting.Touch(signed.token), messages.Done)
    except KeeperRefused as refusal:
        return refusal.reason
    return "alive"


# Officers sign in


def test_only_the_right_password_and_code_get_in(stage: Stage) -> None:
    officer = stage.agency("BAMF").officer("clerk")
    assert attempt(stage, officer, password="another password") == "sign-in.wrong"
    assert attempt(stage, officer, password="") == "sign-in.wrong"
    assert attempt(stage, officer, totp="") == "sign-in.wrong"
    assert stage.sign_in(officer).actor
    for code in ("12345", "1234567", "абвгде", totp(officer.totp_secret, stage.now().timestamp() + 120)):
        assert attempt(stage, officer, totp=code) == "sign-in.wrong"
    assert stage.sign_in(officer).actor


def test_an_officer_has_one_password_and_gets_in_with_no_other(stage: Stage) -> None:
    """Nobody who brings back an old row lets in whoever knew the password of then."""
    officer = stage.agency("Agentur").officer("clerk")
    (row,) = stage.writer.fetch(CredentialRow, owner_id=stage.sign_in(officer).actor, kind="password-totp")
    second = stage.vouched(structs.replace(row, id=uuid4()))
    stage.writer.put(second)
    assert attempt(stage, officer) == "credential.missing"
    stage.writer.drop(CredentialRow, owner_id=row.owner_id, kind="password-totp")
    assert attempt(stage, officer) == "credential.missing"
    stage.writer.put(row)
    assert stage.sign_in(officer)


def test_an_unknown_login_is_answered_like_a_wrong_password(stage: Stage) -> None:
    officer = stage.agency("BAMF").officer("clerk")
    for login in ("nobody@here", "", "' OR true --"):
        assert attempt(stage, officer, login=login) == "sign-in.wrong"


def test_no_refusal_tells_by_its_time_which_logins_there_are(stage: Stage) -> None:
    """The slow hash is what takes time: nothing is refused without it."""
    locked, other = (stage.agency("Jobcenter Köln").officer(role) for role in ("clerk", "approver"))
    signed = stage.sign_in(other)
    row, agency = stage.writer.one(OfficerRow, id=signed.actor), stage.writer.one(AgencyRow, id=signed.agency)
    wrong = fastest(stage, other, "sign-in.wrong")
    assert fastest(stage, other, "sign-in.wrong", login="nobody@here") > wrong / 5
    for kept, gone, code in ((row, "left", "officer.left"), (agency, "closed", "agency.closed")):
        stage.writer.put(stage.vouched(structs.replace(kept, status=gone)))
        assert fastest(stage, other, code) > wrong / 5
        stage.writer.put(kept)
    for _ in range(5):
        assert attempt(stage, locked, password="wrong password") == "sign-in.wrong"
    assert fastest(stage, locked, "sign-in.locked") > wrong / 5


def fastest(stage: Stage, officer: DemoOfficer, code: str, **wrong: str) -> float:
    """Return the seconds of the fastest of some refusals with a wrong password."""
    took = []
    for _ in range(4):
        begun = perf_counter()
        assert attempt(stage, officer, password="wrong password", totp="000000", **wrong) == code
        took.append(perf_counter() - begun)
    return min(took)


def test_half_a_sign_in_is_none(stage: Stage, letter: Letter) -> None:
    for asked in (
        admitting.SignIn(),
        admitting.SignIn(login="first@registry"),
        admitting.SignIn(password=A_PASSWORD),
        admitting.SignIn(letter_code=letter.code),
        admitting.SignIn(pin=PIN),
    ):
        assert stage.refused(asked) == "sign-in.form"


def test_a_code_of_the_authenticator_works_once_also_after_a_restart(stage: Stage) -> None:
    officer = stage.agency("BAMF").officer("approver")
    code = stage.code(officer)
    stage.ask(admitting.SignIn(login=officer.login, password=officer.password, totp=code), admitting.SignedIn)
    assert attempt(stage, officer, totp=code) == "sign-in.totp-used"
    stage.restart()
    assert attempt(stage, officer, totp=code) == "sign-in.totp-used"


def test_five_wrong_tries_lock_an_officer_for_a_quarter_of_an_hour_also_across_a_restart(stage: Stage) -> None:
    officer = stage.agency("Migrationsberatung").officer("clerk")
    tries: list[dict[str, str | None]] = [{"password": "wrong password"}, {"totp": "000000"}] * 2
    for wrong in tries:
        assert attempt(stage, officer, **wrong) == "sign-in.wrong"
    stage.restart()
    assert attempt(stage, officer, password="wrong password") == "sign-in.wrong"
    assert attempt(stage, officer) == "sign-in.locked"
    stage.pass_time(minutes=13)
    assert attempt(stage, officer) == "sign-in.locked"
    stage.pass_time(minutes=3)
    assert stage.sign_in(officer).actor


def test_a_right_sign_in_forgives_the_wrong_tries_before(stage: Stage) -> None:
    officer = stage.agency("Migrationsberatung").officer("approver")
    for _ in range(3):
        for _ in range(4):
            assert attempt(stage, officer, password="wrong password") == "sign-in.wrong"
        assert stage.sign_in(officer).actor


def test_an_officer_who_left_or_whose_agency_closed_is_out_at_once(stage: Stage) -> None:
    officer = stage.agency("Jobcenter Stuttgart").officer("approver")
    signed = stage.sign_in(officer)
    row, agency = stage.writer.one(OfficerRow, id=signed.actor), stage.writer.one(AgencyRow, id=signed.agency)
    for kept, gone, code in ((row, "left", "officer.left"), (agency, "closed", "agency.closed")):
        stage.writer.put(stage.vouched(structs.replace(kept, status=gone)))
        assert state(stage, signed) == code
        assert attempt(stage, officer) == code
        stage.writer.put(kept)


def test_a_credential_ends_on_its_day(stage: Stage) -> None:
    officer = stage.agency("Jobcenter Stuttgart").officer("administrator")
    actor = stage.sign_in(officer).actor
    kept = stage.writer.one(CredentialRow, owner_id=actor)
    stage.writer.put(stage.vouched(structs.replace(kept, expires_at=stage.now())))
    assert attempt(stage, officer) == "sign-in.expired"
    stage.writer.put(kept)
    assert stage.sign_in(officer).actor


# Sessions


def test_a_session_ends_by_itself_when_idle_or_after_ten_hours(stage: Stage) -> None:
    officer, unused = stage.officer("Agentur"), stage.officer("Agentur")
    for _ in range(59):
        stage.pass_time(minutes=10)
        assert state(stage, officer) == "alive"
    assert state(stage, unused) == "session.idle"
    stage.pass_time(minutes=11)
    assert state(stage, officer) == "session.expired"
    another = stage.officer("Agentur")
    assert state(stage, another) == "alive"
    stage.pass_time(minutes=15, seconds=1)
    assert state(stage, another) == "session.idle"


def test_a_restart_ends_no_session_that_is_in_use_and_revives_none_that_ran_out(stage: Stage) -> None:
    officer, other = stage.officer("Agentur"), stage.officer("Agentur")
    stage.restart()
    assert state(stage, officer) == "alive"
    stage.pass_time(minutes=15, seconds=1)
    assert state(stage, other) == "session.idle"
    stage.pass_time(hours=10)
    stage.restart()
    assert state(stage, officer) == "session.expired"


def test_signing_out_holds_whatever_is_put_back_and_after_a_restart(stage: Stage, letter: Letter) -> None:
    officer, person = stage.officer("Agentur"), stage.person(letter)
    rows = [stage.writer.one(SessionRow, id=one.session) for one in (officer, person)]
    for one in (officer, person):
        stage.ask(admitting.SignOut(one.token), messages.Done)
        stage.ask(admitting.SignOut(one.token), messages.Done)  # once more changes nothing
    stage.writer.put(*rows)
    for _ in range(2):
        assert state(stage, officer) == "session.ended"
        assert state(stage, person) == stage.refused(messages.OrderErasure(person.token)) == "session.ended"
        stage.restart()
    stage.pass_time(hours=9)
    stage.restart()
    assert state(stage, officer) == "session.ended"
    assert stage.refused(admitting.SignOut(b"invented")) == "session.missing"


# Letters


def test_a_letter_is_read_however_it_is_typed(stage: Stage, letter: Letter) -> None:
    typed = f" {letter.code[:6].lower()}-{letter.code[6:]} "
    assert stage.ask(admitting.SignIn(letter_code=typed, pin=PIN), admitting.SignedIn).roles == []


def test_no_other_code_or_pin_gets_in(stage: Stage, letter: Letter) -> None:
    assert enter(stage, letter, WRONG_PIN) == "sign-in.wrong"
    assert enter(stage, letter, "") == "sign-in.wrong"
    for code, reason in (("A" * 24, "credential.missing"), ("not base 32!", "sign-in.wrong"), ("ä", "sign-in.wrong")):
        assert stage.refused(admitting.SignIn(letter_code=code, pin=PIN)) == reason
    assert stage.refused(admitting.SignIn(letter_code="", pin=PIN)) == "credential.missing"
    assert enter(stage, letter) == "in"


def test_five_wrong_pins_lock_a_letter_for_good_and_another_letter_helps(stage: Stage, born: AppearanceRow) -> None:
    letter = stage.letter(stage.officer("Agentur"), born.person_id)
    for _ in range(5):
        assert enter(stage, letter, WRONG_PIN) == "sign-in.wrong"
    assert enter(stage, letter) == "sign-in.locked"
    stage.pass_time(hours=30)
    stage.restart()
    assert enter(stage, letter) == "sign-in.locked"
    another = stage.letter(stage.officer("Agentur"), born.person_id)
    assert enter(stage, another) == "in"


def test_another_letter_voids_the_one_before_and_its_sessions(
    stage: Stage, born: AppearanceRow, letter: Letter
) -> None:
    person = stage.person(letter)
    stage.letter(stage.officer("Agentur"), born.person_id)
    assert enter(stage, letter) == "letter.void"
    assert state(stage, person) == stage.refused(messages.OrderErasure(person.token)) == "letter.void"
    stage.restart()
    assert enter(stage, letter) == "letter.void"


def test_nobody_alone_replaces_a_letter_that_counts(stage: Stage, born: AppearanceRow, letter: Letter) -> None:
    """Whoever could hand out a second letter unseen could become the person."""
    clerk, approver = stage.officer("Agentur"), stage.officer("Agentur", "approver")
    other = stage.born(clerk)[0]
    others = stage.letter(clerk, other.person_id)
    asked = admitting.EnrolLetter(clerk.token, born.person_id, PIN)
    for wrong, code in (
        ({}, "letter.needs-approval"),
        ({"old_code": others.code}, "letter.needs-approval"),
        ({"old_code": "A" * 24}, "credential.missing"),
        ({"second": clerk.token}, "proof.two-officers"),
        ({"second": stage.officer("Jobcenter Köln", "approver").token}, "proof.two-officers"),
        ({"second": stage.officer("Agentur", "administrator").token}, "proof.approver"),
        ({"second": b"invented"}, "session.missing"),
    ):
        assert stage.refused(structs.replace(asked, **wrong)) == code
    assert enter(stage, letter) == "in"
    made = stage.ask(structs.replace(asked, second=approver.token), admitting.Enrolled)
    assert made.credential is not None
    stage.writer.put(made.credential)
    assert enter(stage, letter) == "letter.void"
    stage.pass_time(days=30)
    del stage.letters[born.person_id]
    assert enter(stage, stage.letter(stage.officer("Agentur"), born.person_id)) == "in"


def test_a_letter_ends_after_thirty_days(stage: Stage, letter: Letter) -> None:
    stage.pass_time(days=29, hours=23)
    assert enter(stage, letter) == "in"
    stage.pass_time(hours=2)
    assert enter(stage, letter) == "letter.expired"


def test_a_letter_is_handed_over_by_who_records_her(stage: Stage, born: AppearanceRow) -> None:
    clerk = stage.officer("Agentur")
    for signed, person, pin, code in (
        (stage.officer("Jobcenter Köln"), born.person_id, PIN, "person.not-ours"),
        (stage.officer("Agentur", "administrator"), born.person_id, PIN, "officer.role"),
        (stage.sign_in(stage.house.book.administrators[0]), born.person_id, PIN, "officer.role"),
        (clerk, uuid4(), PIN, "person.not-ours"),
        (clerk, born.person_id, "12345", "letter.pin-form"),
        (clerk, born.person_id, "1" * 13, "letter.pin-form"),
        (clerk, born.person_id, "１２３４５６", "letter.pin-form"),
        (clerk, born.person_id, "123456\n", "letter.pin-form"),
    ):
        assert stage.refused(admitting.EnrolLetter(signed.token, person, pin)) == code


# Enrolling


def registry(stage: Stage) -> list[bytes]:
    """Return the tokens of two administrators of the registry."""
    return [stage.sign_in(officer).token for officer in stage.house.book.administrators]


def recruit(approvals: list[bytes], agency: str | None, *roles: str, **other: str) -> admitting.EnrolOfficer:
    """Return the question that adds an officer."""
    login = other.get("login", f"new-{secrets.token_hex(4)}")
    of = UUID(agency) if agency else None
    return admitting.EnrolOfficer(approvals, of, login, "New", list(roles), other.get("password", A_PASSWORD))


def test_there_is_one_first_administrator(stage: Stage) -> None:
    asked = admitting.EnrolFirst("again@registry", "Again", A_PASSWORD)
    assert stage.refused(asked, role="cli") == "enrol.not-first"
    officers = stage.writer.everything(OfficerRow)
    stage.writer.connection.execute("DELETE FROM officer")  # hidden by somebody who writes the database
    assert stage.refused(asked, role="cli") == "enrol.not-first"
    stage.writer.put(*officers)


def test_two_different_administrators_add_agencies_and_officers(stage: Stage) -> None:
    first, second = registry(stage)
    again, _ = registry(stage)
    agency = stage.agency("BAMF").id
    others = [stage.officer("BAMF", "administrator").token, stage.officer("Agentur", "administrator").token]
    for approvals, code in (
        ([], "approval.two-administrators"),
        ([first], "approval.two-administrators"),
        ([first, first], "approval.two-administrators"),
        ([first, again], "approval.two-administrators"),
        ([first, others[0]], "officer.role"),
        (others, "officer.role"),
        ([first, b"invented"], "session.missing"),
    ):
        assert stage.refused(admitting.EnrolAgency(approvals, "New", "ba", None)) == code
        assert stage.refused(recruit(approvals, agency, "clerk")) == code
        assert stage.refused(recruit(approvals, None, "administrator")) == code
    made = stage.ask(admitting.EnrolAgency([first, second], "New", "ba", None), admitting.Enrolled)
    assert made.agency is not None
    assert made.agency.kind == "ba"


def test_what_is_enrolled_has_a_form(stage: Stage) -> None:
    two = registry(stage)
    agency = stage.agency("BAMF").id
    for asked, code in (
        (admitting.EnrolAgency(two, "New", "police", None), "enrol.kind"),
        (admitting.EnrolAgency(two, "  ", "ba", None), "enrol.name"),
        (recruit(two, agency), "enrol.roles"),
        (recruit(two, agency, "clerk", "king"), "enrol.roles"),
        (recruit(two, None, "clerk"), "enrol.roles"),
        (recruit(two, None, "administrator", "clerk"), "enrol.roles"),
        (recruit(two, str(uuid4()), "clerk"), "agency.missing"),
        (recruit(two, agency, "clerk", password="short"), "enrol.password-short"),
        (recruit(two, agency, "clerk", login="a b"), "enrol.login"),
        (recruit(two, agency, "clerk", login="x\n"), "enrol.login"),
        (recruit(two, agency, "clerk", login=stage.agency("BAMF").officer("clerk").login), "enrol.login-taken"),
    ):
        assert stage.refused(asked) == code


def test_hiding_administrators_makes_nobody_the_only_one(stage: Stage) -> None:
    """One alone may add the second, while there is no agency; after that four eyes stay four."""
    first, _ = registry(stage)
    rows = stage.writer.everything(OfficerRow)
    second = stage.house.book.administrators[1].login
    stage.writer.drop(OfficerRow, login=second)
    assert stage.refused(recruit([first], None, "administrator")) == "approval.two-administrators"
    stage.writer.put(*rows)


def test_a_run_is_opened_by_the_agencys_own_administrator(stage: Stage) -> None:
    administrator = stage.officer("Agentur", "administrator").token
    for token, operation, budget, code in (
        (stage.officer("Agentur").token, "import", 10, "officer.role"),
        (registry(stage)[0], "import", 10, "officer.role"),
        (administrator, "delete", 10, "run.form"),
        (administrator, "import", 0, "run.form"),
        (administrator, "import", 10_000_001, "run.form"),
    ):
        assert stage.refused(messages.OpenRun(token, operation, budget)) == code


def test_the_first_administrator_adds_the_second_alone_and_nothing_else(
    clusters: Pair, template_pair: str, test_logins: Logins
) -> None:
    with open_stage(clusters, template_pair, test_logins, enrolled=False) as empty:
        first = _enrolled(empty, admitting.EnrolFirst("first@registry", "First", A_PASSWORD))
        assert (
            empty.refused(admitting.EnrolFirst("other@registry", "Other", A_PASSWORD), role="cli") == "enrol.not-first"
        )
        alone = [empty.sign_in(first).token]
        assert empty.refused(admitting.EnrolAgency(alone, "New", "ba", None)) == "approval.two-administrators"
        second = _enrolled(empty, recruit(alone, None, "administrator", login="second@registry"))
        third = recruit(alone, None, "administrator", login="third@registry")
        assert empty.refused(third) == "approval.two-administrators"
        assert empty.ask(
            admitting.EnrolAgency([*alone, empty.sign_in(second).token], "New", "ba", None), admitting.Enrolled
        )


def _enrolled(stage: Stage, asked: admitting.EnrolFirst | admitting.EnrolOfficer) -> DemoOfficer:
    """Enrol an administrator, store her, and return what she signs in with."""
    made = stage.ask(asked, admitting.Enrolled, role="cli")
    assert made.officer is not None
    assert made.credential is not None
    stage.writer.put(made.officer, made.credential)
    return DemoOfficer(asked.login, asked.password, made.totp_secret or "", made.officer.roles)

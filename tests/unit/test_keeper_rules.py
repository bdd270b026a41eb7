"""What the keeper counts and remembers itself: openings, questions, sessions in use, rows that were genuine."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from registry.keeper.acts.masking import masked
from registry.keeper.acts.questions import IDENTITIES_AN_HOUR, Questions, check, identities
from registry.keeper.rows import Memory
from registry.keeper.rules import PROFILES_A_DAY, PROFILES_AN_HOUR, Rates, Refusal, Sessions, ceiling, receivable
from registry.wire.rows import AgencyRow, AppearanceRow, RunRow, SessionRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAME = {"kind": "identity.name", "value": {"family": "Barakzai", "given": "Nadir Shah"}}
BORN = {"kind": "identity.birth-date", "value": {"date": "1979-06-21"}}
NUMBER = {"kind": "identifiers.azr", "value": {"number": "240101123456"}}


def session(**columns: object) -> SessionRow:
    row = SessionRow(uuid4().bytes * 2, "officer", uuid4(), uuid4(), uuid4(), NOW, NOW + 10 * HOUR, uuid4().bytes)
    return structs.replace(row, **columns)


def appearance(person: UUID) -> AppearanceRow:
    one = uuid4()
    return AppearanceRow(one.bytes[0], one, person, "agency", uuid4(), "birth", date(2026, 3, 1), uuid4().bytes)


def question(*entries: object) -> bytes:
    return json.dumps({"entries": entries}).encode()


def test_sixty_persons_an_hour_and_not_one_more() -> None:
    rates, officer = Rates(), uuid4()
    persons = [uuid4() for _ in range(PROFILES_AN_HOUR)]
    assert all(rates.admit(officer, person, NOW) for person in persons)
    with pytest.raises(Refusal, match=r"rate\.hour"):
        rates.admit(officer, uuid4(), NOW + HOUR - MINUTE)
    assert not rates.admit(officer, persons[0], NOW + HOUR - MINUTE)
    assert rates.admit(uuid4(), uuid4(), NOW)
    assert rates.admit(officer, uuid4(), NOW + HOUR)


def test_three_hundred_persons_a_day_and_not_one_more() -> None:
    rates, officer = Rates(), uuid4()
    persons = [uuid4() for _ in range(PROFILES_A_DAY)]
    for number, person in enumerate(persons):
        assert rates.admit(officer, person, NOW + number // 60 * HOUR)
    later = NOW + 6 * HOUR
    with pytest.raises(Refusal, match=r"rate\.day"):
        rates.admit(officer, uuid4(), later)
    assert rates.admit(officer, persons[0], later)
    assert rates.admit(officer, uuid4(), NOW + DAY)


def test_a_session_that_is_used_lives_and_one_that_is_not_ends() -> None:
    sessions, one = Sessions(15 * MINUTE, NOW), session()
    sessions.touch(one, NOW + 15 * MINUTE)
    sessions.touch(one, NOW + 30 * MINUTE)
    with pytest.raises(Refusal, match=r"session\.idle"):
        sessions.touch(one, NOW + 46 * MINUTE)


def test_a_session_of_before_a_restart_counts_from_the_start() -> None:
    sessions = Sessions(15 * MINUTE, NOW + HOUR)
    sessions.touch(session(), NOW + HOUR + 15 * MINUTE)
    with pytest.raises(Refusal, match=r"session\.idle"):
        sessions.touch(session(), NOW + HOUR + 16 * MINUTE)


def test_a_session_ends_with_its_time_its_credential_and_a_restore() -> None:
    one, other = session(), session()
    sessions = Sessions(20 * HOUR, NOW, {one.id}, {other.credential_id})
    for ended in (one, other):
        with pytest.raises(Refusal, match=r"session\.ended"):
            sessions.touch(ended, NOW)
    third = session()
    sessions.touch(third, third.ends_at - MINUTE)
    with pytest.raises(Refusal, match=r"session\.expired"):
        sessions.touch(third, third.ends_at)
    restored = Sessions(20 * HOUR, NOW, restored_at=NOW)
    restored.touch(session(), NOW)
    with pytest.raises(Refusal, match=r"session\.ended"):
        restored.touch(session(created_at=NOW - MINUTE), NOW)


def test_only_what_was_used_lately_is_kept_of_very_many_sessions() -> None:
    old, one = session(), session()
    used = dict.fromkeys((number.to_bytes(32) for number in range(100_000)), NOW)
    sessions = Sessions(15 * MINUTE, NOW, _used={**used, old.id: NOW})
    sessions.touch(one, NOW + 16 * MINUTE - MINUTE)
    assert len(sessions._used) == 100_002
    sessions.touch(session(created_at=NOW + HOUR), NOW + HOUR)
    assert len(sessions._used) == 1


def test_thirty_identities_an_hour_and_the_same_again_as_often_as_one_likes() -> None:
    questions, officer = Questions(), uuid4()
    for number in range(IDENTITIES_AN_HOUR):
        questions.admit(officer, bytes([number]), NOW)
    questions.admit(officer, b"\0", NOW)
    questions.admit(uuid4(), b"another officer's", NOW)
    with pytest.raises(Refusal, match=r"rate\.identities"):
        questions.admit(officer, b"one more", NOW + HOUR - MINUTE)
    questions.admit(officer, b"one more", NOW + HOUR)


@pytest.mark.parametrize("entries", [(NAME, BORN), (NUMBER,), (NAME, NAME, BORN, NUMBER)])
def test_a_question_names_one_human_being(entries: tuple[object, ...]) -> None:
    check(question(*entries))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "match.form"),
        (question(), "match.form"),
        (question(*[NAME] * 12, BORN), "match.form"),
        (question(NAME), "match.too-little"),
        (question(BORN), "match.too-little"),
        (question({"kind": "identity.name", "value": {"family": "Barakzai"}}, BORN), "match.too-little"),
        (question(NAME, BORN, BORN), "match.several-people"),
        (question(NUMBER, NUMBER), "match.several-people"),
        (question(NAME, BORN, {"kind": "languages.language", "value": {}}), "match.kinds"),
        (question(NAME, BORN, {"kind": "nothing.known", "value": {}}), "match.kinds"),
    ],
)
def test_any_other_question_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        check(content)
    assert refusal.value.code == code


def test_names_together_are_one_identity_and_each_number_another() -> None:
    both = identities(question(NAME, BORN, NUMBER))
    assert len(set(both)) == 2
    assert set(identities(question(BORN, NAME))) | set(identities(question(NUMBER))) == set(both)
    assert set(both).isdisjoint(identities(question(NAME, {"kind": "identity.birth-date", "value": {"date": "1980"}})))


def test_of_a_name_the_first_letters_are_shown_and_of_a_birth_date_the_years_last_digit_and_the_month() -> None:
    document = question(*({**one, "standing": True} for one in (NAME, BORN)), NUMBER)
    assert masked(document) == [
        ("identity.name", "B••• N••• S•••"),
        ("identity.birth-date", "•••9-06-••"),
    ]
    year = {"kind": "identity.birth-date", "value": {"date": "1979"}}
    assert masked(question(year)) == [("identity.birth-date", "•••9")]


def test_a_row_that_comes_again_is_known_only_as_it_was() -> None:
    memory, row = Memory(), appearance(uuid4())
    memory.keep(row)
    assert memory.same(AppearanceRow, tuple(row.values().values())) == row
    other = structs.replace(row, basis="confirmed")
    assert memory.same(AppearanceRow, tuple(other.values().values())) is None
    assert memory.same(AgencyRow, tuple(row.values().values())) is None
    run = RunRow(uuid4(), "import", uuid4(), uuid4(), 1, NOW, NOW, mac=b"m")
    memory.keep(run)
    assert memory.same(RunRow, tuple(run.values().values())) is None


def test_who_is_erased_is_forgotten_and_nobody_else() -> None:
    memory, person, other = Memory(), uuid4(), uuid4()
    hers, linked, theirs = appearance(person), appearance(other), appearance(other)
    signed, another = session(actor_id=person, kind="person"), session(actor_id=other, kind="person")
    for row in (hers, linked, theirs, signed, another):
        memory.keep(row)
    memory.forget(person, [linked.id])
    known = [row for row in (hers, linked, theirs) if memory.same(AppearanceRow, tuple(row.values().values()))]
    assert known == [theirs]
    assert memory.session(signed.id) is None
    assert memory.session(another.id) == another


def test_no_more_rows_are_remembered_than_there_is_room_for() -> None:
    memory, first = Memory(), session()
    memory.keep(first)
    rows = [appearance(uuid4()) for _ in range(9_999)]
    for row in rows:
        memory.keep(row)
    assert memory.session(first.id) == first
    memory.keep(appearance(uuid4()))
    assert memory.session(first.id) is None
    assert memory.same(AppearanceRow, tuple(rows[-1].values().values())) is None


def test_words_that_are_not_known_have_no_ceiling_and_not_every_office_receives() -> None:
    assert (
        ceiling("jobcenter", "placement") > ceiling("jobcenter", "nothing") == ceiling("nobody", "placement") == set()
    )
    assert "placement" in receivable("ba")
    assert receivable("adviser") == set()

"""What a source's single changes make of its own statements, and what follows what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from adapters import contract
from adapters.contract import Record, Refused
from adapters.engine.inbound import checked
from registry.profiles.changes import Act, Change, after
from registry.profiles.entries import Provenance, made, restated, stands
from registry.profiles.subjects import APART, SUBJECTS, heirs
from schemas.compartments import KINDS
from schemas.entries import VALUE_SCHEMAS, EntryIn
from schemas.vocabularies.evidence import EndReason
from tests.factories import AGENCY, NOW

if TYPE_CHECKING:
    from uuid import UUID

    from schemas.entries import Entry


def entry(kind: str, value: dict[str, Any], reference: str | None = None, **more: Any) -> Entry:  # noqa: ANN401 - any JSON
    document = {"kind": kind, "value": value, **more} | ({"reference": reference} if reference else {})
    return made([EntryIn().load(document)], Provenance(AGENCY, "run:1", NOW))[0]


def job(title: str, reference: str | None = None, **more: Any) -> Entry:  # noqa: ANN401 - any JSON
    return entry("work.experience", {"occupation": {"title": title}, **more}, reference)


def changed(held: list[Entry], act: Act, reference: str | None, *stated: Entry) -> tuple[Entry, ...]:
    return after(held, [], changes=[Change(act, reference, stated)], now=NOW)


def fate(entries: tuple[Entry, ...], of: Entry) -> tuple[UUID | None, bool, str | None]:
    one = next(entry for entry in entries if entry.id == of.id)
    return one.superseded_by, one.ended_at == NOW, one.end_reason


def test_an_addition_stands_beside_what_stands_and_its_repetition_changes_nothing() -> None:
    held = [job("Schneiderin", "r1")]
    then = changed(held, Act.ADD, None, job("Bäckerin", "r2"))
    assert [stands(one) for one in then] == [True, True]
    assert changed(list(then), Act.ADD, None, job("Bäckerin", "r2")) == then


@pytest.mark.parametrize(("act", "reason"), [(Act.UPDATE, EndReason.CHANGED), (Act.CORRECT, EndReason.WRONG)])
def test_an_update_and_a_correction_take_the_place_of_what_they_name(act: Act, reason: EndReason) -> None:
    old, other = job("Schneiderin", "r1"), job("Schneiderin", "r2")
    new = job("Änderungsschneiderin", "r1")
    then = changed([old, other], act, "r1", new)
    assert fate(then, old) == (new.id, False, reason)
    assert stands(then[1])
    assert then[2] == new


def test_what_an_update_leaves_out_under_its_reference_ends() -> None:
    work, language = (
        job("Schneiderin", "r1"),
        entry("languages.literacy", {"script": "Latn", "level": "fluent"}, "r1"),
    )
    then = changed([work, language], Act.UPDATE, "r1", job("Bäckerin", "r1"))
    assert fate(then, language) == (None, True, EndReason.CHANGED)
    assert fate(then, work)[0] == then[2].id


@pytest.mark.parametrize(("act", "reason"), [(Act.DELETE, EndReason.WITHDRAWN), (Act.RETRACT, EndReason.WRONG)])
def test_what_is_deleted_or_retracted_ends_with_its_reason_and_stays_as_history(act: Act, reason: EndReason) -> None:
    old, other = job("Schneiderin", "r1"), job("Bäckerin", "r2")
    then = changed([old, other], act, "r1")
    assert fate(then, old) == (None, True, reason)
    assert then[1] == other


def test_an_unknown_reference_adds_what_is_stated_and_takes_nothing_back() -> None:
    held, new = [job("Schneiderin", "r1")], job("Bäckerin", "r9")
    assert changed(held, Act.UPDATE, "r9", new) == (*held, new)
    assert changed(held, Act.CORRECT, "r9", new) == (*held, new)
    assert changed(held, Act.DELETE, "r9") == changed(held, Act.RETRACT, "r9") == tuple(held)


def test_an_update_that_moves_only_the_date_is_kept_as_one() -> None:
    old = entry("work.status", {"status": "employed"}, "r1", valid_from="2025-01")
    new = entry("work.status", {"status": "employed"}, "r1", valid_from="2025-03")
    assert fate(changed([old], Act.UPDATE, "r1", new), old) == (new.id, False, EndReason.CHANGED)


def test_a_whole_view_that_only_moves_the_date_changes_nothing() -> None:
    old = entry("work.status", {"status": "employed"}, valid_from="2025-01")
    assert restated([old], [entry("work.status", {"status": "employed"}, valid_from="2025-03")], NOW) == (old,)


def test_a_record_with_changes_restates_only_the_kinds_it_has() -> None:
    sex, work, gone = entry("identity.sex", {"code": "x"}), job("Schneiderin", "r1"), job("Bäckerin", "r2")
    new = entry("identity.sex", {"code": "w"})
    then = after([sex, work, gone], [new], changes=[Change(Act.DELETE, "r2")], now=NOW)
    assert fate(then, sex) == (new.id, False, EndReason.CHANGED)
    assert stands(then[1])
    assert fate(then, gone) == (None, True, EndReason.WITHDRAWN)


def test_what_no_mapping_took_of_a_report_ends_nothing_of_the_messages_before() -> None:
    """A report tells in it which statement it deletes: perhaps one that came by no message of ours."""
    before = [entry("unmapped.path", {"path": "/kopf", "content": "1"}), entry("identity.sex", {"code": "x"})]
    deletes, again = (
        entry("unmapped.path", {"path": "/daten/0/referenz.id", "content": "r9"}),
        entry("unmapped.path", {"path": "/kopf", "content": "1"}),
    )
    then = after(before, [deletes, again], changes=[Change(Act.DELETE, "r9")], now=NOW)
    assert then == (*before, deletes)
    other = entry("unmapped.path", {"path": "/daten/0/referenz.id", "content": "r7"})
    assert after(list(then), [other], changes=[Change(Act.DELETE, "r7")], now=NOW) == (*then, other)


def test_a_record_without_changes_is_the_whole_view() -> None:
    work = job("Schneiderin", "r1")
    assert fate(after([work], [], changes=[], now=NOW), work) == (None, True, EndReason.WITHDRAWN)


def test_what_one_record_takes_back_and_states_again_stands_as_it_stood() -> None:
    old = job("Schneiderin", "r1")
    changes: list[Change[Entry]] = [Change(Act.DELETE, "r1"), Change(Act.ADD, None, (job("Schneiderin", "r1"),))]
    assert after([old], [], changes=changes, now=NOW) == (old,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (job("Schneiderin", employer="A"), job("Bäckerin", employer="A")),
        (job("Schneiderin", employer="A"), job("Schneiderin", employer="B")),
        (job("Schneiderin", start="2010"), job("Schneiderin", start="2015-03")),
        (job("Schneiderin", "r1"), job("Schneiderin", "r2", employer="A")),
        (entry("skills.skill", {"name": "Excel"}), entry("skills.skill", {"name": "Word"})),
        (entry("needs.training", {"text": "a"}), entry("needs.training", {"text": "b"})),
        (
            entry("skills.licence", {"type": "driving", "code": "B"}),
            entry("skills.licence", {"type": "driving", "code": "C"}),
        ),
        (
            entry("pathway.course", {"type": "integration", "start": "2020"}),
            entry("pathway.course", {"type": "integration", "start": "2022"}),
        ),
    ],
)
def test_two_different_things_never_follow_each_other(one: Entry, other: Entry) -> None:
    """One that ends beside another that is new is no loss."""
    assert heirs([one], [other]) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (job("Schneiderin", start="2010"), job("Schneiderin", start="2010-05", end="2012")),
        (job("Schneiderin", "r1"), job("Bäckerin", "r1")),
        (job("Schneiderin"), job("Schneiderin", "r1", employer="A")),
        (entry("identity.birth-date", {"date": "1990"}), entry("identity.birth-date", {"date": "1990-05-03"})),
        (entry("contact.email", {"address": "a@x.de"}), entry("contact.email", {"address": "b@x.de"})),
        (
            entry("skills.licence", {"type": "driving", "code": "B"}),
            entry("skills.licence", {"type": "driving", "code": "B", "holds": False}),
        ),
        (
            entry("recognition.procedure", {"state": "applied", "subject": "BSc"}),
            entry("recognition.procedure", {"state": "full", "subject": "BSc"}),
        ),
    ],
)
def test_another_word_on_the_same_thing_follows_it(one: Entry, other: Entry) -> None:
    assert heirs([one], [other]) == {one.id: other}


def test_where_two_could_follow_nobody_does() -> None:
    olds = [job("Schneiderin", employer="A"), job("Schneiderin", place="Bonn")]
    assert heirs(olds, [job("Schneiderin", end="2012")]) == {}


def test_every_subject_is_one_of_a_kind_that_is_and_of_a_field_it_has() -> None:
    for table in (SUBJECTS, APART):
        assert set(table) <= set(KINDS)
        for kind, paths in table.items():
            fields = VALUE_SCHEMAS[kind]().fields
            assert {path.partition(".")[0] for path in paths} <= set(fields), kind


def record(*changes: contract.Change) -> Record:
    return Record("k", 7, bytes(32), entries=(), changes=changes)


@pytest.mark.parametrize(
    "change",
    [
        contract.Change("replace", "r1"),
        contract.Change("update", None),
        contract.Change("delete", ""),
        contract.Change("retract", "r1", ({"kind": "identity.sex", "value": {"code": "w"}},)),
    ],
)
def test_a_change_without_sense_refuses_its_record(change: contract.Change) -> None:
    refused = checked(record(change))
    assert isinstance(refused, Refused)
    assert (refused.line, refused.code) == (7, "change.invalid")


def test_the_entries_of_a_change_are_checked_like_all_others() -> None:
    refused = checked(record(contract.Change("add", None, ({"kind": "identity.sex", "value": {"code": "?"}},))))
    assert isinstance(refused, Refused)
    assert refused.code == "entry.invalid"


def test_changes_reach_the_registry_as_they_were_reported() -> None:
    entry_in = {"kind": "identity.sex", "value": {"code": "w"}}
    received = checked(record(contract.Change("correct", "r1", (entry_in,)), contract.Change("delete", "r2")))
    assert not isinstance(received, Refused)
    assert [(one.act, one.reference, len(one.stated)) for one in received.changes] == [
        (Act.CORRECT, "r1", 1),
        (Act.DELETE, "r2", 0),
    ]

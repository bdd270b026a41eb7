"""What sources report never loses history, and the same report twice changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.profiles.changes import TAKING_BACK, Act, Change, after
from registry.profiles.entries import restated, stands
from schemas.entries import Entry
from tests.factories import AGENCY, NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.canonical import Json

# Few words, kinds and references, so that statements meet.
_KINDS = ("languages.language", "work.experience", "identity.sex", "unmapped.path")
_REFERENCES = st.sampled_from([None, "r1", "r2", "r3"])


def stated(kind: str, word: str, reference: str | None, valid_from: str | None) -> Entry:
    """Build a new statement; only what decides who follows whom has to be true to the schema."""
    values: dict[str, dict[str, Json]] = {
        "languages.language": {"language": word, "as_said": word},
        "work.experience": {"occupation": {"title": word}},
        "identity.sex": {"code": word},
        "unmapped.path": {"path": f"/{word}", "content": word},
    }
    return Entry(
        id=uuid4(),
        kind=kind,
        value=values[kind],
        source=AGENCY,
        recorded_at=NOW,
        recorded_by="run:1",
        valid_from=valid_from,
        reference=reference,
    )


_WORDS = st.tuples(
    st.sampled_from(_KINDS), st.sampled_from("abc"), _REFERENCES, st.sampled_from([None, "2025", "2026"])
)
_SAYINGS = st.lists(_WORDS, max_size=4)
_CHANGES = st.lists(st.tuples(st.sampled_from(Act), st.sampled_from(["r1", "r2", "r3"]), _SAYINGS), max_size=4)
_RECORDS = st.tuples(_SAYINGS, _CHANGES)


def applied(held: Sequence[Entry], record: tuple[list[tuple], list[tuple]]) -> tuple[Entry, ...]:  # type: ignore[type-arg]  # drawn above
    """Apply a record as it would come again: with new ids."""
    whole, changes = record
    return after(
        held,
        [stated(*one) for one in whole],
        changes=[
            Change(act, reference, () if act in TAKING_BACK else tuple(stated(*one) for one in sayings))
            for act, reference, sayings in changes
        ],
        now=NOW,
    )


def said(entry: Entry) -> Entry:
    """Return an entry as it was when it was stated."""
    return replace(entry, superseded_by=None, ended_at=None, end_reason=None)


@settings(max_examples=200)
@given(st.lists(_RECORDS, min_size=1, max_size=4))
def test_history_is_never_lost_and_never_rewritten(records: list[tuple[list[tuple], list[tuple]]]) -> None:  # type: ignore[type-arg]  # drawn above
    """Design, section 1: nothing is lost; what ended stays ended, with its reason."""
    held: tuple[Entry, ...] = ()
    for record in records:
        then = applied(held, record)
        by_id = {entry.id: entry for entry in then}
        assert len(by_id) == len(then)
        for old in held:
            new = by_id[old.id]
            assert said(new) == said(old)
            if not stands(old):
                assert new == old
        for entry in then:
            assert stands(entry) == (entry.end_reason is None)
            assert not (entry.ended_at and entry.superseded_by)
            assert entry.superseded_by is None or (entry.superseded_by in by_id and entry.superseded_by != entry.id)
        held = then


@settings(max_examples=300)
@given(st.lists(_RECORDS, max_size=3), _RECORDS)
def test_the_same_record_again_changes_nothing(before: list, record: tuple) -> None:  # type: ignore[type-arg]  # drawn above
    """Research sync.md: resent messages are the rule, not the exception."""
    held: tuple[Entry, ...] = ()
    for earlier in before:
        held = applied(held, earlier)
    once = applied(held, record)
    assert applied(once, record) == once


@given(st.lists(_RECORDS, max_size=3), _RECORDS)
def test_what_no_change_names_stands_as_it_stood(before: list, record: tuple) -> None:  # type: ignore[type-arg]  # drawn above
    """A record with changes restates only the kinds that its entries have, and never what no mapping took."""
    held: tuple[Entry, ...] = ()
    for earlier in before:
        held = applied(held, earlier)
    whole, changes = record
    if not changes:
        return
    kinds, named = {one[0] for one in whole} - {"unmapped.path"}, {reference for _, reference, _ in changes}
    then = {entry.id: entry for entry in applied(held, record)}
    for old in held:
        if old.kind not in kinds and old.reference not in named:
            assert then[old.id] == old


@given(_SAYINGS, _SAYINGS)
def test_a_whole_view_is_what_stands_afterwards(first: list, second: list) -> None:  # type: ignore[type-arg]  # drawn above
    held = restated((), [stated(*one) for one in first], NOW)
    held = restated(held, [stated(*one) for one in second], NOW)
    standing = sorted((str(entry.value), str(entry.reference)) for entry in held if stands(entry))
    assert standing == sorted((str(stated(*one).value), str(one[2])) for one in second)


@given(_SAYINGS, _CHANGES)
def test_a_first_record_takes_nothing_back_from_nothing(whole: list, changes: list) -> None:  # type: ignore[type-arg]  # drawn above
    assert all(stands(entry) for entry in applied((), (whole, changes)))


def test_ids_of_entries_are_their_own() -> None:
    assert isinstance(stated("identity.sex", "m", None, None).id, UUID)

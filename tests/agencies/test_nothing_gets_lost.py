"""Every value of a file is found again: in the entry a table names, kept unmapped, or named as dropped."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.engine.inbound import checked
from registry.casework.receiving import Received
from schemas.canonical import canonical
from tests.agencies import losses, swaps
from tests.agencies.ba.made_up import PROFILES
from tests.agencies.bamf.made_up import ANSWERS, COURSE_DATA, REPORTS
from tests.agencies.jobcenter.made_up import CELLS, file_of
from tests.agencies.stated import SAMPLES, adapter_of, records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from adapters.contract import Record

by_name = pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)


def looked_at(sample: Path) -> Iterator[tuple[dict[str, Any], list[losses.Row], Record]]:
    """Yield each record of a sample with the values that belong to it and what the table expects of them."""
    content, rows = sample.read_bytes(), losses.table(sample)
    found, made = losses.records_of(sample.name, content), records(sample.name, content)
    assert [record.key for record in made] == list(rows)
    for values, record in zip(found, made, strict=True):
        yield values, rows[record.key], record


@by_name
def test_every_value_of_a_sample_is_stated_as_the_table_says_or_kept_or_dropped(sample: Path) -> None:
    for values, rows, record in looked_at(sample):
        assert losses.problems(values, rows, record) == []
        assert isinstance(checked(record), Received)


@by_name
def test_an_entry_that_is_missing_is_noticed(sample: Path) -> None:
    """The test above could not be trusted otherwise: whichever entry an adapter forgets, it fails."""
    for values, rows, record in looked_at(sample):
        for shorter in without_one(record):
            assert losses.problems(values, rows, shorter) != []


@by_name
def test_a_statement_that_says_something_else_is_noticed(sample: Path) -> None:
    for values, rows, record in looked_at(sample):
        for row in rows:
            if row.entry in losses.statements(record) and row.field.startswith("/value/"):
                assert losses.problems(values, rows, altered(record, row)) != [], row


@by_name
def test_a_value_nobody_knows_is_noticed(sample: Path) -> None:
    for values, rows, record in looked_at(sample):
        assert losses.problems(values | {"/neu": "canary"}, rows, record) == [
            "/neu: stated, kept, dropped are [False, False, False]"
        ]


@by_name
def test_the_report_names_what_is_kept(sample: Path) -> None:
    """So that somebody can see which fields have no place yet, without seeing what stands in them."""
    for _, _, record in looked_at(sample):
        reported = [left.path for left in record.unmapped if left.kept]
        for entry in record.entries:
            if entry["kind"] == "unmapped.path":
                path = losses.generic(entry["value"]["path"])
                assert any(f"{one}/".startswith(f"{path}/") for one in reported), path


def test_large_parts_are_split_and_nothing_of_them_is_lost() -> None:
    document = json.loads(SAMPLES[0].read_bytes())
    document["anlage"] = {"lang": ["x" * 90] * 200, "tief": {"a/b": {"~": ["y" * 5000, {"z": None}]}}, "": []}
    content = json.dumps(document).encode()
    (record,), (values,) = records(SAMPLES[0].name, content), losses.records_of(SAMPLES[0].name, content)
    assert losses.problems(values, losses.table(SAMPLES[0])[record.key], record) == []
    assert max(len(canonical(entry["value"])) for entry in record.entries) < 8000


FORBIDDEN = {
    "ba_01": (b' "rechtskreis"', b' "gesundheit": "canary", "rechtskreis"', "/gesundheit"),
    "bamf_01": (
        b"<xauslaender:geburtsort>",
        b"<religion>canary</religion><xauslaender:geburtsort>",
        "/grundpersonalien/religion",
    ),
    "jc_01": (
        b"<xsozial:Fuehrerschein>",
        b"<xsozial:Gesundheit>canary</xsozial:Gesundheit><xsozial:Fuehrerschein>",
        "/Qualifikation/Gesundheit",
    ),
    "jc_02": (b";Bedarf;Stand", b";Religion;Stand", "/csv/Religion"),
    "jc_03": (
        b"<xauslaender:geschlecht>",
        b"<religion>canary</religion><xauslaender:geschlecht>",
        "/meldungBerechtigungVerpflichtung/personalien/religion",
    ),
}


@pytest.mark.parametrize("short", FORBIDDEN)
def test_what_may_never_be_held_is_named_and_gone(short: str) -> None:
    """Design, section 1: the value is dropped, the path reported."""
    (sample,) = (one for one in SAMPLES if one.name.startswith(short))
    field, forbidden, path = FORBIDDEN[short]
    content = sample.read_bytes()
    assert field in content
    record, *_ = records(sample.name, content.replace(field, forbidden))
    gone = losses.records_of(sample.name, content.replace(field, forbidden))[0][path]
    assert gone not in repr(record)
    assert [left.path for left in record.unmapped if not left.kept] == [path]
    assert losses.is_dropped(path, record)


def without_one(record: Record) -> Iterator[Record]:
    for at in range(len(record.entries)):
        yield replace(record, entries=record.entries[:at] + record.entries[at + 1 :])
    for at, change in enumerate(record.changes):
        yield replace(record, changes=record.changes[:at] + record.changes[at + 1 :])
        for entry in change.entries:
            shorter = replace(change, entries=tuple(one for one in change.entries if one is not entry))
            yield replace(record, changes=(*record.changes[:at], shorter, *record.changes[at + 1 :]))


def altered(record: Record, row: losses.Row) -> Record:
    """Return the record with another value where a row expects one."""
    text = {name: json.dumps(entry) for name, entry in losses.statements(record).items()}
    entry = json.loads(text[row.entry])
    *above, last = row.field.split("/")[1:]
    place = entry
    for step in above:
        place = place[int(step) if isinstance(place, list) else step]
    place[last] = "something else"
    same = losses.statements(record)[row.entry]
    changes = [replace(one, entries=tuple(entry if e is same else e for e in one.entries)) for one in record.changes]
    return replace(
        record, entries=tuple(entry if one is same else one for one in record.entries), changes=tuple(changes)
    )


def swapped(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    if name.startswith("ba_"):
        return swaps.json_swaps(content)
    return swaps.csv_swaps(content, "cp1252") if name.endswith(".csv") else swaps.xml_swaps(content)


#: A Jobcenter's delivery names its modules, see expected/jc_01_*; BA's DKZ begins with the KldB.
SAID_TWICE = frozenset({"/Modul/@nr", "/Modul/@bezeichnung", "-/berufspraxis/kldb", "-/zielberufe/kldb"})


@by_name
def test_no_value_of_a_sample_can_be_another_or_missing_without_a_trace(sample: Path) -> None:
    adapter, content = adapter_of(sample.name), sample.read_bytes()
    before = swaps.outcome(adapter, content)
    for place, other in swapped(sample.name, content):
        assert swaps.outcome(adapter, other) != before or place in SAID_TWICE, place


def assert_each_leaves_a_trace(name: str, content: bytes, others: list[tuple[str, bytes]], data: st.DataObject) -> None:
    """Each of a few values, drawn from many: if it were another, something else would be read; all can be stored."""
    adapter = adapter_of(name)
    before = swaps.outcome(adapter, content)
    assert all(isinstance(checked(one), Received) for one in records(name, content))
    never_held = swaps.dropped(before)
    for at in data.draw(st.lists(st.integers(0, len(others) - 1), min_size=1, max_size=8, unique=True)):
        place, other = others[at]
        is_dropped = any(f"{place}/".lstrip("-").startswith(f"{one}/") for one in never_held)
        assert is_dropped or place in SAID_TWICE or swaps.outcome(adapter, other) != before, place


@settings(max_examples=40, deadline=None)
@given(PROFILES, st.data())
def test_no_value_of_any_profile_is_lost(document: dict[str, Any], data: st.DataObject) -> None:
    content = json.dumps(document).encode()
    assert_each_leaves_a_trace("ba_made_up", content, list(swaps.json_swaps(content)), data)


@settings(max_examples=40, deadline=None)
@given(ANSWERS | REPORTS | COURSE_DATA, st.data())
def test_no_value_of_any_message_of_bamf_is_lost(content: bytes, data: st.DataObject) -> None:
    assert_each_leaves_a_trace("bamf_made_up", content, list(swaps.xml_swaps(content)), data)


@settings(max_examples=40, deadline=None)
@given(CELLS, st.data())
def test_no_cell_of_any_row_is_lost(cells: dict[str, str], data: st.DataObject) -> None:
    content = file_of(cells)
    assert_each_leaves_a_trace("jc_made_up", content, list(swaps.csv_swaps(content, "utf-8-sig")), data)

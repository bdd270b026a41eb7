"""Every value of a message is found again: in an entry, in what it rests on, unmapped, or named as dropped."""

import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from adapters.contract import Record
from adapters.engine.inbound import checked
from registry.casework.receiving import Received
from tests.agencies.bamf.made_up import ANSWERS, COURSE_DATA, REPORTS
from tests.agencies.bamf.samples import SAMPLES, leaves, record

#: Codes that an entry says in our words only.
SAID = {
    "475": "SY",
    "423": "AF",
    "224": "ER",
    "225": "ET",
    "000": "DE",
    "997": "stateless",
    "998": "unclear",
    "05": "languages.language",
    "unter A2": "below-A2",
    "14.03.1990": "1990-03-14",
    "30.09.2033": "2033-09-30",
}
ACTS = {"01": "add", "02": "update", "03": "delete", "04": "correct", "05": "retract"}


def texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield str(name)
            yield from texts(below)
    elif isinstance(value, list | tuple):
        for below in value:
            yield from texts(below)
    elif value is not None:
        yield str(value)


def everything(made: Record) -> list[Mapping[str, Any]]:
    return [*made.entries, *(entry for change in made.changes for entry in change.entries)]


def assert_all_found(content: bytes) -> None:
    made = record(content)
    assert isinstance(checked(made), Received), checked(made)
    mapped = [entry for entry in everything(made) if entry["kind"] != "unmapped.path"]
    kept = [entry["value"] for entry in made.entries if entry["kind"] == "unmapped.path"]
    said = [text for entry in mapped for text in texts(entry)]
    acts = [change.act for change in made.changes]
    held = [text for value in kept for text in texts(value["content"])]
    dropped = [left.path.replace("/*", "") for left in made.unmapped if not left.kept]
    for path, leaf in leaves(content):
        if any(path == one or path.startswith(f"{one}/") for one in dropped):
            continue
        same = {unicodedata.normalize("NFC", leaf), SAID.get(leaf, leaf)}
        in_entries = any(one == text or (len(one) > 3 and one in text) for one in same for text in said)
        in_months = path.endswith(("monate", "jahre")) and any(leaf in text for text in said)
        in_changes = path.endswith("aenderungsArt/code") and ACTS.get(leaf) in acts
        assert in_entries or in_months or in_changes or leaf in held, (path, leaf)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_value_of_a_sample_is_found_again(path: Path) -> None:
    assert_all_found(path.read_bytes())


@settings(max_examples=60, deadline=None)
@given(ANSWERS)
def test_every_value_of_any_answer_is_found_again(content: bytes) -> None:
    assert_all_found(content)


@settings(max_examples=60, deadline=None)
@given(REPORTS)
def test_every_value_of_any_report_is_found_again(content: bytes) -> None:
    assert_all_found(content)


@settings(max_examples=60, deadline=None)
@given(COURSE_DATA)
def test_every_value_of_any_course_data_is_found_again(content: bytes) -> None:
    assert_all_found(content)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_report_names_every_kept_path(path: Path) -> None:
    made = record(path.read_bytes())
    reported = {left.path for left in made.unmapped if left.kept}
    for entry in made.entries:
        if entry["kind"] == "unmapped.path":
            steps = entry["value"]["path"].split("/")
            generic = "/".join("*" if step.isdigit() else step for step in steps)
            assert any(one.startswith(generic) for one in reported), generic

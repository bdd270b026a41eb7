"""Every value of a profile is found again: in an entry, in the unmapped compartment, or named as dropped."""

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import adapters.sandbox
from adapters.ba.mapping import record_of
from adapters.ba.reading import Profile
from adapters.contract import Record
from adapters.translation.leftovers import permitted
from schemas.entries import EntryIn
from tests.agencies.ba.made_up import PROFILES

SAMPLES = sorted((Path(adapters.sandbox.__file__).parent / "samples").glob("ba_*.json"))
#: How BA's codes read in our words; a code of an own list of BA's stands beside as reported.
CODES = {
    "MAENNLICH": "m",
    "WEIBLICH": "w",
    "Grundkenntnisse": "basic",
    "Erweiterte Kenntnisse": "extended",
    "Verhandlungssicher": "fluent",
    "Muttersprache": "native",
    "SYR": "SY",
    "UKR": "UA",
    "DEU": "DE",
    "SCHULE": "education.school",
    "STUDIUM": "education.university",
    "SGB II": "sgb-2",
    "SGB III": "sgb-3",
    "True": "training-seeking",
    "BERUFSAUSBILDUNG": "education.vocational",
    "WEITERBILDUNG": "education.further",
    "Expertenkenntnisse": "expert",
    "24.06.2017": "2017-06-24",
    "[]": "False",  # no licence: holds is false
}


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:  # noqa: ANN401 - any JSON
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not value or not isinstance(value, dict | list):
        yield path, value
    for step, inner in below:
        yield from leaves(inner, (*path, step))


def pointer(path: tuple[str | int, ...], *, generic: bool = False) -> str:
    steps = ("*" if generic and isinstance(step, int) else str(step) for step in path)
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def unmapped_leaves(record: Record) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in record.entries:
        if entry["kind"] == "unmapped.path":
            base = entry["value"]["path"]
            found |= {base + pointer(path): leaf for path, leaf in leaves(entry["value"]["content"])}
    return found


def mapped_texts(record: Record) -> list[str]:
    mapped = [entry for entry in record.entries if entry["kind"] != "unmapped.path"]
    said = [str(leaf) for entry in mapped for _, leaf in leaves(entry["value"])]
    return said + [entry["kind"] for entry in mapped]


def assert_all_found(document: dict[str, Any]) -> None:
    record = record_of(Profile(1, document))
    assert isinstance(record, Record)
    for entry in record.entries:
        EntryIn().load(entry)
    kept, said = unmapped_leaves(record), mapped_texts(record)
    dropped = {left.path for left in record.unmapped if not left.kept}
    reported = {left.path for left in record.unmapped if left.kept}
    everything = {pointer(path, generic=True) for path, _ in leaves(document)}
    held = list(leaves(permitted(document)))
    for gone in everything - {pointer(path, generic=True) for path, _ in held}:
        assert any(gone.startswith(name) for name in dropped), gone
    for path, leaf in held:
        text = unicodedata.normalize("NFC", CODES.get(str(leaf), str(leaf).strip()))
        is_said = any(text in one for one in said)
        if pointer(path) in kept:
            assert kept[pointer(path)] == leaf
            assert is_said or pointer(path, generic=True) in reported
        else:
            assert is_said, pointer(path)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_value_of_a_sample_is_found_again(path: Path) -> None:
    assert_all_found(json.loads(path.read_text(encoding="utf-8")))


@settings(max_examples=150, deadline=None)
@given(PROFILES)
def test_every_value_of_any_profile_is_found_again(document: dict[str, Any]) -> None:
    assert_all_found(document)


def test_large_parts_are_split_and_nothing_gets_lost() -> None:
    document = json.loads(SAMPLES[0].read_text(encoding="utf-8"))
    document["anlage"] = {"lang": ["x" * 90] * 200, "tief": {"a/b": {"~": ["y" * 5000, {"z": None}]}}, "": []}
    assert_all_found(document)

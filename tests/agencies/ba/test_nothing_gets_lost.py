"""Every value of a profile is found again: in an entry, in the unmapped compartment, or named as dropped."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adapters.sandbox
from adapters.ba.mapping import record_of
from adapters.ba.reading import Profile
from adapters.contract import Record
from schemas.entries import EntryIn

SAMPLES = sorted((Path(adapters.sandbox.__file__).parent / "samples").glob("ba_*.json"))
#: How BA's codes read in our words.
CODES = {
    "MAENNLICH": "m",
    "WEIBLICH": "w",
    "Grundkenntnisse": "basic",
    "Erweiterte Kenntnisse": "extended",
    "Verhandlungssicher": "fluent",
    "Muttersprache": "native",
    "SYR": "SY",
    "UKR": "UA",
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
    mapped = [entry["value"] for entry in record.entries if entry["kind"] != "unmapped.path"]
    return [str(leaf) for value in mapped for _, leaf in leaves(value)]


def assert_all_found(document: dict[str, Any]) -> None:
    record = record_of(Profile(1, document))
    assert isinstance(record, Record)
    for entry in record.entries:
        EntryIn().load(entry)
    kept, said = unmapped_leaves(record), mapped_texts(record)
    dropped = [left.path for left in record.unmapped if not left.kept]
    reported = {left.path for left in record.unmapped if left.kept}
    for path, leaf in leaves(document):
        if pointer(path) in kept:
            assert kept[pointer(path)] == leaf
            assert pointer(path, generic=True) in reported
        elif not any(pointer(path, generic=True).startswith(name) for name in dropped):
            text = CODES.get(str(leaf), str(leaf).strip())
            assert any(text in one for one in said), pointer(path)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_value_of_a_sample_is_found_again(path: Path) -> None:
    assert_all_found(json.loads(path.read_text(encoding="utf-8")))


WORD = st.text(st.characters(whitelist_categories=("Lu", "Ll", "Lo", "Nd")), min_size=1, max_size=12)
CONTENT = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | WORD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORD, inner, max_size=4),
    max_leaves=15,
)
LANGUAGE = st.fixed_dictionaries(
    {"bezeichnung": st.sampled_from(["Deutsch", "Kurdisch", "Arabisch", "Xyz"])},
    optional={
        "auspraegung": st.sampled_from([*list(CODES)[2:6], "Sehr gut", ""]),
        "zusatz": st.sampled_from(["Sorani", "x" * 99, " "]),
        "nachweis": st.fixed_dictionaries(
            {},
            optional={
                "art": st.sampled_from(["DTZ", ""]),
                "ger": st.sampled_from(["B1", "B1+", "b1"]),
                "datum": st.sampled_from(["2017-06-24", "2017", "24.06.2017"]),
                "punkte": CONTENT,
            },
        )
        | CONTENT,
        "seit": CONTENT,
    },
)
PERSON = st.fixed_dictionaries(
    {"familienname": WORD},
    optional={
        "vorname": WORD | st.none(),
        "geburtsdatum": st.sampled_from(["1990-03-14", "1990-01-01", "1990", ""]),
        "geschlecht": st.sampled_from(["MAENNLICH", "WEIBLICH", "ANDERS", ""]),
        "staatsangehoerigkeit": st.sampled_from(["SYR", "UKR", "XXA", "XXX", "Syrien"]),
        "plz": CONTENT,
        "religion": CONTENT,
    },
)
PROFILE = st.builds(
    lambda known, unknown: unknown | known,
    st.fixed_dictionaries(
        {"refnr": WORD, "person": PERSON},
        optional={
            "kundennummer": WORD | st.integers(0, 9999),
            "sprachkenntnisse": st.lists(LANGUAGE, max_size=4) | CONTENT,
            "stand": st.sampled_from(["2026-02-18T09:31:07+01:00", "gestern", ""]) | CONTENT,
            "berufspraxis": st.lists(st.dictionaries(WORD, CONTENT, max_size=4), max_size=3),
            "gesundheit": CONTENT,
        },
    ),
    st.dictionaries(WORD, CONTENT, max_size=5),
)


@settings(max_examples=150, deadline=None)
@given(PROFILE)
def test_every_value_of_any_profile_is_found_again(document: dict[str, Any]) -> None:
    assert_all_found(document)


def test_large_parts_are_split_and_nothing_gets_lost() -> None:
    document = json.loads(SAMPLES[0].read_text(encoding="utf-8"))
    document["anlage"] = {"lang": ["x" * 90] * 200, "tief": {"a/b": {"~": ["y" * 5000, {"z": None}]}}, "": []}
    assert_all_found(document)

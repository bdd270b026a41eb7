"""What BA gets back, read again, gives the same entries of its own; what others stated never becomes its own."""

import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adapters.sandbox
from adapters.ba.mapping import ADAPTER, record_of
from adapters.ba.reading import Profile
from adapters.ba.writing import profile_of
from adapters.contract import Office, Record, Refused, RefusedFileError, Share
from schemas.entries import EntryIn
from tests.agencies.ba.made_up import PROFILES

SAMPLES = sorted((Path(adapters.sandbox.__file__).parent / "samples").glob("ba_*.json"))
AT = "2026-03-01T08:00:00.000000Z"
SHOWN = ("kind", "value", "evidence", "valid_from", "delete_on", "reference")


def sample(number: int) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SAMPLES[number - 1].read_text(encoding="utf-8"))
    return document


def record(document: dict[str, Any]) -> Record:
    made = record_of(Profile(1, document))
    assert isinstance(made, Record)
    return made


def stored(entries: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Entries as they are kept and shown: checked, normalised, with a field for everything."""
    loaded = [EntryIn().load(entry) for entry in entries]
    dates = [{"delete_on": str(one["delete_on"])} if "delete_on" in one else {} for one in loaded]
    return tuple(dict.fromkeys(SHOWN) | one | day for one, day in zip(loaded, dates, strict=True))


def counted(entries: Iterable[Mapping[str, Any]]) -> Counter[str]:
    return Counter(json.dumps({name: entry.get(name) for name in SHOWN}, sort_keys=True) for entry in entries)


def written(own: Iterable[Mapping[str, Any]], granted: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    return profile_of(Share("x", tuple(own), tuple(granted)), at=AT)


def assert_comes_back(own: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    profile = written(own)
    assert counted(stored(record(profile).entries)) == counted(own)
    return profile


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_sample_comes_back_as_it_came(number: int) -> None:
    assert assert_comes_back(stored(record(sample(number)).entries)) == sample(number)


@settings(max_examples=60, deadline=None)
@given(PROFILES)
def test_any_profile_comes_back_with_the_same_entries(document: dict[str, Any]) -> None:
    assert_comes_back(stored(record(document).entries))


def test_an_item_half_understood_comes_back_at_its_place() -> None:
    document = sample(1)
    document["berufspraxis"].insert(1, {"bezeichnung": "Koch", "arbeitgeber": "Imbiss"})
    document["sprachkenntnisse"][2]["auspraegung"] = "fließend"
    document["staerken"][1] = 7
    assert assert_comes_back(stored(record(document).entries)) == document


def test_the_mark_of_a_test_comes_back() -> None:
    document = sample(1) | {"test": "SYNTHETISCH"}
    assert assert_comes_back(stored(record(document).entries))["test"] == "SYNTHETISCH"


def test_a_statement_keeps_its_older_day() -> None:
    """What a later profile says again in the same words stands since the earlier one."""
    own = list(stored(record(sample(2)).entries))
    for index in range(0, len(own), 3):
        if own[index]["kind"] != "unmapped.path":
            own[index] = own[index] | {"valid_from": "2024-02-03" if index % 2 else None}
    profile = assert_comes_back(tuple(own))
    assert {one["seit"] for one in profile["einmal"]["stand"]} == {"2024-02-03", None}
    assert "aussagen" not in profile["einmal"]
    assert profile["berufspraxis"] == sample(2)["berufspraxis"]


STRANGE = (
    {"kind": "contact.phone", "value": {"number": "0221 1234567"}},
    {"kind": "goals.working-time", "value": {"models": ["part"]}, "valid_from": "2026-01"},
    {"kind": "languages.language", "value": {"as_said": "Somali", "levels": [], "certificates": [], "language": "so"}},
    {
        "kind": "work.status",
        "value": {"status": "employed"},
        "evidence": {"type": "document-seen", "reference": "AV 7"},
    },
    {
        "kind": "work.status",
        "value": {"status": "job-seeking", "since": "1999-01-01"},
        "evidence": {"type": "register"},
    },
    {"kind": "identity.name", "value": {"family": "Хатіб", "form": "native", "script": "Cyrl"}},
    {"kind": "identity.sex", "value": {"code": "d"}, "evidence": {"type": "register"}},
    {"kind": "skills.licence", "value": {"type": "driving", "holds": False}, "evidence": {"type": "self-report"}},
    {"kind": "skills.skill", "value": {"name": "Löten"}, "evidence": {"type": "self-report"}},
    {"kind": "education.school", "value": {"last_class": 9}, "delete_on": "2030-01-01", "reference": "S-1"},
    {"kind": "recognition.comparability", "value": {"subject": "Diplom", "issuer": "ZAB", "date": "2020"}},
    {"kind": "needs.training", "value": {"text": "Schein", "due": "2027"}, "evidence": {"type": "assessment"}},
    {"kind": "unmapped.path", "value": {"path": "/berufspraxis/9", "content": {"bezeichnung": "Koch", "x": 1}}},
    {"kind": "unmapped.path", "value": {"path": "/person/plz", "content": 7}},
    {"kind": "unmapped.path", "value": {"path": "/person", "content": "x"}},
    {"kind": "unmapped.path", "value": {"path": "/a/0", "content": 1}},
)


@pytest.mark.parametrize("entry", STRANGE, ids=lambda entry: entry["kind"])
@pytest.mark.parametrize("number", [1, 3])
def test_what_bas_fields_cannot_say_comes_back_word_for_word(number: int, entry: dict[str, Any]) -> None:
    own = stored([*record(sample(number)).entries, entry])
    profile = assert_comes_back(own)
    assert profile["einmal"]["aussagen"]
    assert profile["refnr"] == sample(number)["refnr"]
    assert profile["sprachkenntnisse"] == sample(number)["sprachkenntnisse"]


@settings(max_examples=60, deadline=None)
@given(PROFILES, st.data())
def test_whatever_stands_of_a_profile_comes_back(document: dict[str, Any], data: st.DataObject) -> None:
    """Statements ended, others were written by hand, some are due for deletion."""
    own = stored(record(document).entries)
    must = [entry for entry in own if entry["kind"] in {"identity.name", "identifiers.ba-reference"}]
    may = [entry for entry in own if entry not in must]
    kept = data.draw(st.lists(st.sampled_from(may), unique_by=id)) if may else []
    changed = [entry | data.draw(st.sampled_from([{}, {"valid_from": "2020"}, {"reference": "r"}])) for entry in kept]
    more = data.draw(st.lists(st.sampled_from(stored(STRANGE)), max_size=3))
    assert_comes_back((*must, *changed, *more))


GERMAN = {
    "language": "de",
    "as_said": "Deutsch",
    "levels": [{"skill": "overall", "scale": "cefr", "code": "B1", "cefr": "B1"}],
    "certificates": [],
}


def granted(kind: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    shown = {"id": "e", "source": "office-7", "recorded_at": AT, "recorded_by": "o", "ended_at": None}
    (entry,) = stored([{"kind": kind, "value": value, "evidence": {"type": "register"}} | more])
    return shown | entry


OTHERS = (
    granted("skills.strength", {"name": "Geduld"}, evidence={"type": "assessment"}),
    granted("languages.language", GERMAN),
    granted("work.experience", {"occupation": {"title": "Koch"}, "employer": "Imbiss"}, delete_on="2031-01-01"),
    granted("skills.skill", {"name": "Löten"}),
    granted("skills.skill", {"name": "Motoren", "group": "Kfz", "grade": {"scale": "ba-verbal", "code": "expert"}}),
    granted("skills.skill", {"name": "Lack", "group": "Kfz", "grade": {"scale": "text", "code": "gut"}}),
    granted("identity.name", {"family": "Alchatib", "form": "current", "script": "Latn"}),
    granted("identity.name", {"family": "Khatib", "form": "current", "script": "Latn"}),
)


def test_what_others_stated_stands_apart_in_bas_fields_with_its_source() -> None:
    first, second = written(stored(record(sample(1)).entries), OTHERS)["einmal"]["vonAnderen"]
    assert first == {"quelle": "office-7", "nachweisart": "assessment", "staerken": ["Geduld"]}
    assert second["sprachkenntnisse"] == [{"bezeichnung": "Deutsch"}]
    assert second["berufspraxis"] == [{"bezeichnung": "Koch"}]
    assert second["person"] == {"familienname": "Alchatib"}
    by_grade = {"Expertenkenntnisse": ["Motoren"], "gut": ["Lack"]}
    assert second["fertigkeiten"] == [{"hierarchieName": "Kfz", "auspraegungen": by_grade}]
    in_full = {entry["kind"]: entry for entry in second["aussagen"]}
    assert in_full["languages.language"]["value"] == GERMAN
    assert in_full["work.experience"]["delete_on"] == "2031-01-01"
    assert in_full["skills.skill"]["value"] == {"name": "Löten"}
    assert in_full["identity.name"]["value"]["family"] == "Khatib"


@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_others_stated_never_becomes_bas_own(number: int) -> None:
    own = stored(record(sample(number)).entries)
    with_others, without = record(written(own, OTHERS)), record(written(own))
    assert counted(stored(with_others.entries)) == counted(own)
    assert [(left.path, left.kept) for left in with_others.unmapped if left not in without.unmapped] == [
        ("/einmal/vonAnderen", False)
    ]
    assert "Geduld" not in repr(with_others)


def test_what_others_stated_changes_no_fingerprint() -> None:
    own = [entry | {"valid_from": "2020"} for entry in stored(record(sample(1)).entries)]
    assert record(written(own, OTHERS)).digest == record(written(own)).digest


def test_a_profile_with_nothing_of_its_own_is_refused_when_it_comes_back() -> None:
    made = record_of(Profile(5, written((), OTHERS)))
    assert isinstance(made, Refused)
    assert (made.line, made.code) == (5, "record.foreign")


def test_a_file_of_many_is_written_piece_by_piece_and_read_again() -> None:
    profiles = [sample(number) | {"dienststelle": sample(2)["dienststelle"]} for number in (1, 2, 3)]
    owns = [stored(record(profile).entries) for profile in profiles]
    shares = (Share(str(number), own) for number, own in enumerate(owns))
    pieces = list(ADAPTER.write(shares, Office("677", "Agentur"), at=AT))
    assert {piece.name for piece in pieces} == {"profiles.json"}
    assert len(pieces) == 4
    file = io.BytesIO(b"".join(piece.content for piece in pieces))
    again = [one for one in ADAPTER.read(file, endpoint_is_test=True) if isinstance(one, Record)]
    assert [counted(stored(one.entries)) for one in again] == [counted(own) for own in owns]
    assert json.loads(file.getvalue()) == profiles


@pytest.mark.parametrize("path", ["/gesundheit/text", "/person/religion", "/a~1b/0/asylgruende"])
def test_no_statement_of_ours_brings_in_what_may_never_be_held(path: str) -> None:
    stated = [{"kind": "unmapped.path", "value": {"path": path, "content": "canary"}}]
    made = record(sample(1) | {"einmal": {"aussagen": stated}})
    assert "canary" not in repr(made)
    assert ("/einmal/aussagen/*/value", False) in [(left.path, left.kept) for left in made.unmapped]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_changed_byte_is_refused_or_still_a_whole_profile(data: st.DataObject) -> None:
    content = bytearray(SAMPLES[data.draw(st.integers(0, 2))].read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(RefusedFileError):
        assert len(list(ADAPTER.read(io.BytesIO(bytes(content)), endpoint_is_test=True))) == 1


def test_an_export_of_nobody_is_an_empty_list() -> None:
    (piece,) = ADAPTER.write(iter(()), Office(None, "Agentur"), at=AT)
    assert json.loads(piece.content) == []


@pytest.mark.parametrize(
    "addition",
    [
        7,
        [],
        {"stand": 7, "aussagen": {"kind": "x"}},
        {"stand": [7, {"angabe": 1, "art": [], "seit": {}}], "aussagen": [7, {"kind": "x"}, {"value": {}}]},
        {"vonAnderen": 7},
    ],
)
def test_an_addition_that_is_none_of_ours_is_kept_as_it_came(addition: object) -> None:
    made = record(sample(1) | {"einmal": addition})
    kinds = Counter(entry["kind"] for entry in made.entries)
    assert kinds - Counter({"unmapped.path": 99}) == Counter(
        entry["kind"] for entry in record(sample(1)).entries if entry["kind"] != "unmapped.path"
    )
    is_left = [entry for entry in made.entries if str(entry["value"].get("path", "")).startswith("/einmal")]
    assert bool(is_left) == (addition != {"vonAnderen": 7})

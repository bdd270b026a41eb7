"""What BAMF gets back, read again, gives the same statements of its own; what others stated never becomes its own."""

import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bamf.mapping import ADAPTER
from adapters.bamf.reading import OWN
from adapters.contract import Office, Piece, Record, RefusedFileError, Share
from adapters.translation.statements import FIELDS
from schemas.canonical import canonical
from schemas.entries import EntryIn
from tests.agencies.bamf.made_up import ANSWERS, COURSE_DATA, REPORTS
from tests.agencies.bamf.samples import ANSWER, SAMPLES, message, record, records

OFFICE = Office("090000000000", "BAMF")
AT = "2026-03-01T09:00:00+01:00"
#: What an officer of BAMF can state at our pages and no message of BAMF can say.
BY_HAND: tuple[dict[str, Any], ...] = (
    {"kind": "skills.skill", "value": {"name": "Schweißen\u3000(MAG) \ufffe"}},
    {"kind": "identity.name", "value": {"form": "native", "script": "Arab", "family": "الخطيب"}},
    {"kind": "work.experience", "value": {"occupation": {"title": "Koch"}, "tasks": [" ".join(["kochen"] * 70)] * 50}},
    {"kind": "languages.language", "value": {"language": "ti", "as_said": "Tigrinisch", "levels": [
        {"skill": "speaking", "scale": "cefr", "code": "B1", "cefr": "B1"}], "certificates": []}, "valid_from": "2025"},
    {"kind": "identity.birth-date", "value": {"date": "1990-03-14", "placeholder_suspected": False},
     "evidence": {"type": "document-seen", "reference": "Pass"}},
    {"kind": "pathway.course", "value": {"type": "job-german", "provider": "VHS"}},
    {"kind": "unmapped.path", "value": {"path": "/a~1b/0", "content": ["", {"c": None}]}},
)  # fmt: skip


def shown(entry: Mapping[str, Any], source: str = "11111111-1111-1111-1111-111111111111") -> dict[str, Any]:
    """Return an entry as schemas.entries.EntryOut shows it."""
    about = {"id": "x", "source": source, "recorded_at": "2026-01-31T09:00:00.000000Z", "recorded_by": "run:1"}
    nothing = dict.fromkeys(
        ("evidence", "valid_from", "delete_on", "superseded_by", "ended_at", "reference", "end_reason")
    )
    return nothing | about | dict(entry)


def said(entries: Iterable[Mapping[str, Any]]) -> Counter[bytes]:
    return Counter(
        canonical({name: entry[name] for name in FIELDS if entry.get(name) is not None}) for entry in entries
    )


def stated(made: Record) -> list[dict[str, Any]]:
    return [shown(entry) for entry in (*made.entries, *(one for change in made.changes for one in change.entries))]


def files(*shares: Share) -> dict[str, bytes]:
    joined: dict[str, bytes] = {}
    for piece in ADAPTER.write(iter(shares), OFFICE, at=AT):
        assert isinstance(piece, Piece)
        joined[piece.name] = joined.get(piece.name, b"") + piece.content
    return joined


def assert_comes_back(own: list[dict[str, Any]], key: str, granted: tuple[dict[str, Any], ...] = ()) -> bytes:
    ((_, content),) = files(Share("a", tuple(own), granted)).items()
    again = record(content)
    assert said(again.entries) == said(own)
    assert again.key == key
    return content


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_own_statements_of_a_sample_come_back(path: Path) -> None:
    made = record(path.read_bytes())
    others = tuple(shown(entry, "person") for entry in BY_HAND)
    assert_comes_back(stated(made), made.key, granted=others)


@pytest.mark.parametrize("path", [path for path in SAMPLES if "meldung" not in path.name], ids=lambda path: path.name)
def test_an_unchanged_export_is_the_same_message_in_the_formats_own_elements(path: Path) -> None:
    """Nothing of it needs our words, and reading it again changes nothing."""
    made = record(path.read_bytes())
    content = assert_comes_back(stated(made), made.key)
    assert b":angabe>" not in content
    assert record(content).digest == made.digest


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_what_an_officer_stated_by_hand_comes_back_too(path: Path) -> None:
    made = record(path.read_bytes())
    own = [*stated(made), *(shown(entry) for entry in BY_HAND)]
    assert_comes_back(own, made.key)


@pytest.mark.parametrize("entry", BY_HAND[:-1], ids=lambda entry: entry["kind"])
def test_what_comes_back_can_be_stored(entry: dict[str, Any]) -> None:
    made = record(ANSWER.read_bytes())
    ((_, content),) = files(Share("a", (*stated(made), shown(entry)))).items()
    for one in record(content).entries:
        EntryIn().load(one)


@settings(max_examples=40, deadline=None)
@given(ANSWERS | REPORTS | COURSE_DATA, st.lists(st.sampled_from(BY_HAND), unique_by=id))
def test_the_own_statements_of_any_message_come_back(content: bytes, by_hand: list[dict[str, Any]]) -> None:
    made = record(content)
    assert_comes_back([*stated(made), *(shown(entry) for entry in by_hand)], made.key)


@settings(max_examples=40, deadline=None)
@given(ANSWERS | REPORTS | COURSE_DATA, st.data())
def test_any_part_of_the_own_statements_comes_back(content: bytes, data: st.DataObject) -> None:
    """Statements end one by one: what stands is no whole message any more."""
    made = record(content)
    number, *rest = stated(made)
    some = data.draw(st.lists(st.sampled_from(rest), unique_by=id)) if rest else []
    assert_comes_back([number, *some], made.key)


@pytest.mark.parametrize("left", [{}, [], ["one"], "", {"a": {}}, {"0": "x"}, {"a": None}, ["a", ["b", "c"]], 7, " x "])
@pytest.mark.parametrize("path", ["/notiz", "/grundpersonalien/notiz", "/arbeitsvermittlungsdaten/*/notiz", "/n/0/x"])
def test_what_xml_would_say_otherwise_comes_back_as_it_was(path: str, left: object) -> None:
    made = record(ANSWER.read_bytes())
    marks = {"reference": "AVD-0001", "delete_on": "2033-09-30"} if "*" in path else {}
    entry = {"kind": "unmapped.path", "value": {"path": path, "content": left}} | marks
    assert_comes_back([*stated(made), shown(entry)], made.key)


def test_what_others_stated_is_written_in_the_formats_fields_with_its_source() -> None:
    made = record(ANSWER.read_bytes())
    level = {"skill": "overall", "scale": "cefr", "code": "B2", "cefr": "B2"}
    german = {"language": "de", "as_said": "Deutsch", "levels": [level], "certificates": []}
    granted = shown({"kind": "languages.language", "value": german}, "22222222-2222-2222-2222-222222222222")
    content = assert_comes_back(stated(made), made.key, granted=(granted,)).decode()
    mark = 'art="languages.language" quelle="22222222-2222-2222-2222-222222222222"'
    ours = content.partition(mark)[2]
    assert "<xauslaender:sprache><code>deu</code></xauslaender:sprache>" in ours
    assert "<xauslaender:gradDerSprachkenntnis><code>02</code></xauslaender:gradDerSprachkenntnis>" in ours


@pytest.mark.parametrize(
    ("code", "grade"), [("A1", "01"), ("A2", "01"), ("B1", "02"), ("B2", "02"), ("C1", "03"), ("C2", "03")]
)
def test_levels_become_grades_only_outward(code: str, grade: str) -> None:
    """samples/README.md: writing out A1, A2 are 01, B1, B2 are 02, C1, C2 are 03; reading in, never."""
    level = {"skill": "overall", "scale": "cefr", "code": code, "cefr": code}
    value = {"language": "ti", "as_said": "Tigrinisch", "levels": [level], "certificates": []}
    made = record(ANSWER.read_bytes())
    granted = shown({"kind": "languages.language", "value": value})
    content = assert_comes_back(stated(made), made.key, granted=(granted,)).decode()
    assert f"<xauslaender:gradDerSprachkenntnis><code>{grade}</code>" in content.partition("frei:freigaben")[2]


def test_persons_the_agency_has_no_number_of_stand_in_a_file_that_is_never_read_as_its_own() -> None:
    granted = tuple(shown(entry, "person") for entry in BY_HAND)
    ((name, content),) = files(Share("", (), granted), Share("b", (shown(BY_HAND[0]),))).items()
    assert name == "freigaben.xml"
    with pytest.raises(RefusedFileError, match="for people to read"):
        records(content)


def test_many_persons_stand_in_one_file_for_each_style() -> None:
    shares = [Share(str(at), tuple(stated(record(path.read_bytes())))) for at, path in enumerate(SAMPLES * 3)]
    found = files(*shares)
    assert sorted(found) == ["azr-auskunft.xml", "kursteilnahme.xml"]
    assert [len(records(found[name])) for name in sorted(found)] == [6, 3]


def test_the_synthetic_mark_stays_on_what_is_written() -> None:
    made = record(ANSWER.read_bytes())
    content = assert_comes_back(stated(made), made.key)
    with pytest.raises(RefusedFileError, match="test"):
        ADAPTER.survey(io.BytesIO(content), endpoint_is_test=False)


@pytest.mark.parametrize(("path", "content"), [("/person/religion", "x"), ("/person", {"religion": "x"})])
def test_what_may_never_be_held_does_not_come_in_as_an_own_statement(path: str, content: object) -> None:
    forbidden = json.dumps({"kind": "unmapped.path", "value": {"path": path, "content": content}})
    body = f'<e:angabe xmlns:e="{OWN}"><e:teil>{forbidden}</e:teil></e:angabe>'
    made, without = record(message(body)), record(message(""))
    assert (made.entries, made.digest) == (without.entries, without.digest)
    assert [(left.path, left.kept) for left in made.unmapped] == [("/angabe/*", False)]

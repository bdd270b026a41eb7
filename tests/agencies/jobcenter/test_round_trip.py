"""What a Jobcenter gets back is read again as its own statements, no more and no less, whatever stands beside it."""

import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import adapters.sandbox
from adapters.contract import Office, Record, Refused, RefusedFileError, Share
from adapters.jobcenter.mapping import ADAPTER
from schemas.canonical import canonical
from schemas.entries import EntryIn, load_value

SAMPLES = sorted((Path(adapters.sandbox.__file__).parent / "samples").glob("jc_*"))
OFFICE = Office("67748", "Jobcenter Stuttgart")
STATED = ("kind", "value", "evidence", "valid_from", "delete_on", "reference")


def as_shown(entry: Mapping[str, Any], source: str = "own") -> dict[str, Any]:
    """Return an entry as schemas.entries.EntryOut shows it."""
    EntryIn().load(entry)
    told = {name: entry.get(name) for name in STATED} | {"value": load_value(entry["kind"], entry["value"])}
    rest = {"superseded_by": None, "ended_at": None, "end_reason": None, "recorded_at": "2026-03-01T00:00:00.000000Z"}
    return told | rest | {"id": "e1", "source": source, "recorded_by": "run:1"}


def words(entries: Iterable[Mapping[str, Any]]) -> Counter[bytes]:
    return Counter(canonical({name: entry.get(name) for name in STATED}) for entry in entries)


def records(content: bytes) -> list[Record]:
    made = list(ADAPTER.read(io.BytesIO(content), endpoint_is_test=True))
    assert all(isinstance(one, Record) for one in made), made
    return [one for one in made if isinstance(one, Record)]


def written(shares: Sequence[Share]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for piece in ADAPTER.write(iter(shares), OFFICE, at="2026-03-01T00:00:00+00:00"):
        files[piece.name] = files.get(piece.name, b"") + piece.content
    return files


def sample_records() -> list[Record]:
    return [record for path in SAMPLES for record in records(path.read_bytes())]


def share(record: Record, granted: Sequence[Mapping[str, Any]] = ()) -> Share:
    return Share(record.key, tuple(map(as_shown, record.entries)), tuple(as_shown(one, "other") for one in granted))


def read_again(files: Mapping[str, bytes]) -> dict[str, Counter[bytes]]:
    return {record.key: words(record.entries) for content in files.values() for record in records(content)}


def test_every_sample_is_read_again_as_it_was() -> None:
    before = sample_records()
    files = written([share(record) for record in before])
    assert set(files) == {"xsozial.xml", "persons.csv", "berd.xml"}
    assert read_again(files) == {record.key: words(map(as_shown, record.entries)) for record in before}
    assert b"EinmalAngaben" not in files["xsozial.xml"] + files["berd.xml"]


def test_what_others_said_is_shown_and_never_becomes_the_agency_s_own() -> None:
    before = sample_records()
    german = {
        "kind": "languages.language",
        "value": {
            "language": "de",
            "as_said": "Deutsch",
            "levels": [],
            "certificates": [{"name": "telc", "results": [{"skill": "overall", "scale": "cefr", "code": "C2"}]}],
        },
    }
    alone = Share("", (), (as_shown(german, "other"),))
    files = written([*(share(record, [german]) for record in before), alone])
    assert read_again(files) == {record.key: words(map(as_shown, record.entries)) for record in before}
    assert b'stufe="C2"' in files["xsozial.xml"]
    assert files["persons.csv"].count(b";Deutsch;C2;") == 4
    assert all(content.count(b"telc") for content in files.values())
    assert ADAPTER.survey(io.BytesIO(files["persons.csv"]), endpoint_is_test=True).records == 3


def test_a_file_for_a_test_system_keeps_its_mark() -> None:
    files = written([share(record) for record in sample_records()])
    assert b'test="SYNTHETISCH"' in files["xsozial.xml"]
    assert b'test="SYNTHETISCH"' in files["berd.xml"]
    rows = SAMPLES[1].read_bytes().splitlines()
    marked = b"\r\n".join([rows[0] + b";TEST", *(row + b";SYNTHETISCH" for row in rows[1:])]) + b"\r\n"
    again = written([share(record) for record in records(marked)])["persons.csv"]
    with pytest.raises(RefusedFileError) as caught:
        ADAPTER.survey(io.BytesIO(again), endpoint_is_test=False)
    assert caught.value.reason_code == "test.record"


TYPED: list[dict[str, Any]] = [
    {"kind": "contact.phone", "value": {"number": "+49 711 1"}, "evidence": {"type": "self-report"}},
    {"kind": "identity.name", "value": {"form": "native", "script": "Arab", "family": "الخطيب"}},
    {"kind": "needs.training", "value": {"text": "a; b"}, "valid_from": "2025", "delete_on": "2027-01-01"},
    {"kind": "needs.training", "value": {"text": "=1+1"}, "evidence": {"type": "register"}},
    {"kind": "skills.skill", "value": {"name": "EDV", "grade": {"scale": "text", "code": "etwas"}}},
    {"kind": "languages.language", "value": {"as_said": "Deutsch", "levels": [], "language": "de"}},
    {"kind": "education.school", "value": {"last_class": 9}, "reference": "r1"},
    {"kind": "identifiers.jobcenter-case", "value": {"number": "7"}},
    {"kind": "skills.licence", "value": {"type": "driving", "holds": False}, "evidence": {"type": "register"}},
    {"kind": "pathway.course", "value": {"type": "integration"}, "evidence": {"type": "register"}},
    {"kind": "pathway.entitlement", "value": {"type": "job-german", "target_level": "A2"}},
    {"kind": "goals.occupation", "value": {"occupation": {"title": "Bäcker\u200c", "kldb": "29"}}},
    {"kind": "residence.title", "value": {"title": "Erlaubnis \uffff"}},
]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_what_officers_added_and_ended_is_read_again_too(data: st.DataObject) -> None:
    """Fields that would say something else stay free; what fits none stands beside them."""
    before = data.draw(st.sampled_from(sample_records()))
    keys = [entry for entry in before.entries if entry["kind"] == "identifiers.ba-customer"]
    others = [entry for entry in before.entries if entry not in keys]
    kept = data.draw(st.lists(st.sampled_from(others), unique_by=json.dumps))
    typed = data.draw(st.lists(st.sampled_from(TYPED), max_size=5, unique_by=json.dumps))
    own = [as_shown(entry) for entry in data.draw(st.permutations([*keys, *kept, *typed]))]
    files = written([Share("a1", tuple(own))])
    assert read_again(files) == {before.key: words(own)}


def test_a_person_who_was_recorded_here_is_written_and_never_becomes_a_second_record() -> None:
    own = [as_shown(entry) for entry in TYPED]
    (content,) = written([Share("a-1", tuple(own))]).values()
    assert b"+49 711 1" in content
    (made,) = ADAPTER.read(io.BytesIO(content), endpoint_is_test=True)
    assert isinstance(made, Refused)
    assert (made.line, made.code) == (2, "record.ours")


def test_many_persons_of_many_months_are_written_in_their_own_deliveries() -> None:
    (first, *_) = records(SAMPLES[0].read_bytes())
    shares, expected = [], {}
    for number in range(450):
        text = json.dumps(list(map(as_shown, first.entries))).replace("343C218870", f"K{number}")
        own = json.loads(text.replace('"2026-02"', f'"2026-0{number // 300 + 1}"'))
        shares.append(Share(f"a{number}", tuple(own)))
        expected[f"xsozial:K{number}"] = words(own)
    files = written(shares)
    assert files["xsozial.xml"].count(b"<xsozial:Datenlieferung ") == 3
    assert read_again(files) == expected


CELL = st.text(st.characters(codec="cp1252", exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["=1", "MÃ¼ller", "'=1", "''-", "@x", "\t+", '";"', "a\r\nb", "'", "-"]
)


def is_utf8(text: str) -> bool:
    try:
        return not text.isascii() and bool(text.encode("cp1252").decode())
    except UnicodeDecodeError:
        return False


COLUMNS = ("Schule", "FS", "Bedarf", "IntKurs", "EDV", "Stand", "Notiz", "Sprache1", "Niv1", "KldB", "BGNr")


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(COLUMNS, CELL)))
def test_any_row_is_read_again_as_it_was(cells: dict[str, str]) -> None:
    # letters of windows-1252 whose bytes are UTF-8 as well leave open which of both a file is
    assume(not is_utf8("".join(cells.values())))
    cells = {"Traeger": "1", "AktZ": "", "KdNr": "K1", "Name": "N", "Vorname": "", "GebDat": ""} | cells
    rows = (";".join('"' + text.replace('"', '""') + '"' for text in line) for line in (cells.keys(), cells.values()))
    (before,) = records(b"\xef\xbb\xbf" + "".join(row + "\r\n" for row in rows).encode())
    assert read_again(written([share(before)])) == {"csv:K1": words(map(as_shown, before.entries))}


NAME = st.from_regex(r"[A-Z][a-z]{0,5}", fullmatch=True) | st.sampled_from(
    [
        "Zielberuf", "Fuehrerschein", "Deutschkenntnisse", "Integrationskurs", "Qualifizierungsbedarf",
        "HoechsterSchulabschluss",
    ]
)  # fmt: skip
ELEMENT = st.sampled_from(
    [
        "<X/>", "<X>B</X>", "<X>a; b</X>", '<X kldb="25212">Koch</X>', '<X stufe="B1" quelle="neu">GER</X>',
        '<X schluessel="2" neu="1"/>', '<X status="laufend" datum="x"/>', "<X><Y>1</Y><Y>2</Y></X>",
    ]
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAME, st.lists(ELEMENT, min_size=1, max_size=3), max_size=5))
def test_any_qualification_is_read_again_as_it_was(fields: dict[str, list[str]]) -> None:
    elements = "".join(
        one.replace("X", name).replace("Y", "Teil") for name, several in fields.items() for one in several
    )
    content = (
        '<Datenlieferung xmlns="urn:beispiel:xsozial-stil:1" berichtsmonat="2026-02"><Modul nr="P"><Person>'
        "<Kundennummer alt='1'>K1</Kundennummer><Vorname>V</Vorname></Person></Modul><Modul nr='Q'>"
        f"<Qualifikation kundennummer='K1'>{elements}</Qualifikation></Modul></Datenlieferung>"
    )
    (before,) = records(content.encode())
    assert read_again(written([share(before)])) == {"xsozial:K1": words(map(as_shown, before.entries))}


def test_what_a_module_says_beside_its_name_is_kept_and_written_again() -> None:
    content = (
        '<Datenlieferung xmlns="urn:beispiel:xsozial-stil:1" berichtsmonat="2026-02"><Modul nr="P" stand="neu"><Person>'
        '<Kundennummer>K1</Kundennummer><Vorname>V</Vorname></Person></Modul><Modul nr="Q" art="x">'
        "<Qualifikation kundennummer='K1'><Modul>eigenes</Modul></Qualifikation></Modul></Datenlieferung>"
    )
    (before,) = records(content.encode())
    kept = {one["value"]["path"]: one["value"]["content"] for one in before.entries if one["kind"] == "unmapped.path"}
    assert kept == {"/Person/Modul": {"@stand": "neu"}, "/Qualifikation": {"Modul": ["eigenes", {"@art": "x"}]}}
    assert read_again(written([share(before)])) == {"xsozial:K1": words(map(as_shown, before.entries))}


def test_an_export_of_nobody_is_no_file() -> None:
    assert written([]) == {}

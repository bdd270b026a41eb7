"""Who edits an export and sends it back is heard, or told why not; a spreadsheet calculates nothing of it."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import adapters.sandbox
from adapters import catalogue
from adapters.contract import Office, Record, Refused, RefusedFileError, Share
from adapters.jobcenter import extension
from adapters.jobcenter.styles.rows import line_of, rows
from schemas.entries import EntryIn

SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"
AT = "2026-03-01T08:00:00.000000Z"
SHOWN = ("kind", "value", "evidence", "valid_from", "delete_on", "reference")
BY_HAND = {"kind": "needs.support", "value": {"text": "Fahrrad"}, "delete_on": "2031-01-01", "reference": "h1"}


def read(name: str, content: bytes) -> list[Record | Refused]:
    return list(catalogue.find(name).read(io.BytesIO(content), endpoint_is_test=True))


def record(name: str, content: bytes) -> Record:
    made = read(name, content)[0]
    assert isinstance(made, Record), made
    return made


def shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    loaded = EntryIn().load(entry)
    day = {"delete_on": str(loaded["delete_on"])} if "delete_on" in loaded else {}
    told: dict[str, Any] = dict.fromkeys(SHOWN) | loaded | day
    return told


def exported(name: str, *own: Mapping[str, Any]) -> bytes:
    shares = iter([Share("a1", tuple(map(shown, own)))])
    pieces = catalogue.find(name).write(shares, Office("67748", "Amt"), at=AT)
    return b"".join(piece.content for piece in pieces)


@pytest.mark.parametrize(
    ("name", "sample", "before", "after"),
    [
        ("jobcenter", "jc_01_xsozial_monatsmeldung.xml", b'stufe="B1"', b'stufe="C1"'),
        ("jobcenter", "jc_02_zkt_export.csv", b";Deutsch;A2;", b";Deutsch;C1;"),
        ("jobcenter", "jc_03_berd_berechtigung_100001.xml", b">046<", b">031<"),
        ("ba", "ba_01_bewerberprofil_alkhatib.json", b'"Englisch"', b'"Somali"'),
        ("bamf", "bamf_01_azr_arbeitsvermittlungsdaten_auskunft.xml", b">Ahmad Mahmoud<", b">Achmed<"),
    ],
)
def test_an_edit_is_read_and_takes_nothing_else_away(name: str, sample: str, before: bytes, after: bytes) -> None:
    made = record(name, (SAMPLES / sample).read_bytes())
    content = exported(name, *made.entries, BY_HAND)
    assert content.count(before) == 1
    again = record(name, content.replace(before, after))
    stood, stands = ([shown(entry) for entry in entries] for entries in ((*made.entries, BY_HAND), again.entries))
    gone = [entry for entry in stood if entry not in stands]
    new = [entry for entry in stands if entry not in stood]
    assert len(gone) == len(new) == 1
    assert gone[0]["kind"] == new[0]["kind"]
    assert shown(BY_HAND) in stands


CELLS = {"Traeger": "67748", "KdNr": "K1", "Name": "Muster", "AktZ": "", "Vorname": "", "GebDat": "", "Niv1": "A2"}


def test_where_all_stands_beside_the_fields_an_edit_of_the_fields_is_refused_and_not_forgotten() -> None:
    name = {"kind": "identity.name", "value": {"family": "Muster", "form": "current", "script": "Latn"}}
    beside = extension.written([name], all_beside={"csv": CELLS})
    header = line_of([*CELLS, "Einmal_Angaben"])
    as_written = record("jobcenter", (header + line_of([*CELLS.values(), beside])).encode())
    assert [dict(entry) for entry in as_written.entries] == [name]
    edited = [*(CELLS | {"Niv1": "C1"}).values(), beside]
    (refused,) = read("jobcenter", (header + line_of(edited)).encode())
    assert isinstance(refused, Refused)
    assert (refused.line, refused.code) == (2, "extension.edited")
    assert "Empty Einmal_Angaben" in refused.reason


@pytest.mark.parametrize("name", ["ba", "jobcenter"])
def test_somebody_recorded_here_is_written_and_refused_when_read_again(name: str) -> None:
    named = {"kind": "identity.name", "value": {"family": "Muster", "form": "current", "script": "Latn"}}
    content = exported(name, named, BY_HAND)
    assert b"Fahrrad" in content
    (refused,) = read(name, content)
    assert isinstance(refused, Refused)
    assert refused.code == "record.ours"
    assert "recorded here" in refused.reason


def test_an_applicant_with_a_number_is_not_marked_as_recorded_here() -> None:
    made = record("ba", (SAMPLES / "ba_01_bewerberprofil_alkhatib.json").read_bytes())
    (profile,) = json.loads(exported("ba", *made.entries, BY_HAND))
    assert "eintrag" not in profile["einmal"]


BLANKS = ["", " ", "\xa0", "\n", "\r\n", "\t", "\u2003", "\ufeff", "\u200b", " \xa0'", "'"]


@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
@pytest.mark.parametrize("blank", BLANKS)
def test_a_cell_that_a_spreadsheet_would_calculate_is_no_formula_in_an_export(blank: str, sign: str) -> None:
    cell = f"{blank}{sign}SUM(A1:A9)"
    assert cells_of(cell) == [cell]
    assert line_of([cell]).lstrip('"').startswith("'")


@given(st.text(st.sampled_from("'=+-@＝＠ \xa0\t\r\nax"), min_size=1, max_size=8))
def test_any_cell_is_read_as_it_was_written_but_for_blanks_around_plain_ones(cell: str) -> None:
    assert cells_of(cell) in ([cell], [cell.strip()] if cell.strip() else [])


def cells_of(cell: str) -> list[str]:
    content = b"\xef\xbb\xbf" + (line_of(["A", "B"]) + line_of([cell, "x"])).encode()
    (row,) = rows(io.BytesIO(content), required=frozenset({"A"}))
    return [text for column, text in row.cells.items() if column == "A"]


def marked(sample: str) -> bytes:
    content = (SAMPLES / sample).read_bytes()
    return content.replace(b'test="SYNTHETISCH"', b'Test="SYNTHETISCH"')


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(("ba", path.read_bytes()) for path in sorted(SAMPLES.glob("ba_*.json"))),
        *(("bamf", marked(path.name)) for path in sorted(SAMPLES.glob("bamf_*.xml"))),
        *(("jobcenter", marked(path.name)) for path in sorted(SAMPLES.glob("jc_*.xml"))),
        ("jobcenter", b"Traeger;AktZ;KdNr;Name;Vorname;GebDat;TEST\r\n1;;K1;N;;;x\r\n"),
    ],
)
def test_a_mark_of_a_test_in_any_capitals_is_refused_where_data_is_real(name: str, content: bytes) -> None:
    adapter = catalogue.find(name)
    assert adapter.survey(io.BytesIO(content), endpoint_is_test=True).records
    with pytest.raises(RefusedFileError) as caught:
        adapter.survey(io.BytesIO(content), endpoint_is_test=False)
    assert caught.value.reason_code == "test.record"


def test_a_mark_around_messages_counts_for_each_of_them() -> None:
    sample = (SAMPLES / "bamf_02_tgs_auskunft_kursteilnahme_080015.xml").read_text(encoding="utf-8")
    message = sample[sample.index("<xauslaender:BAMF") :].replace('test="SYNTHETISCH"', "")
    content = f'<nachrichten TEST="x">{message}</nachrichten>'.encode()
    with pytest.raises(RefusedFileError, match="test"):
        catalogue.find("bamf").survey(io.BytesIO(content), endpoint_is_test=False)


def test_a_statement_that_may_not_come_in_again_does_not_stop_the_others() -> None:
    """Somebody typed it in before such words were known: the rest of the row is read as ever."""
    made = record("jobcenter", (SAMPLES / "jc_02_zkt_export.csv").read_bytes())
    content = exported("jobcenter", *made.entries, {"kind": "needs.support", "value": {"text": "Reha"}})
    again = record("jobcenter", content.replace(b";Deutsch;A2;", b";Deutsch;C1;"))
    assert len(again.entries) == len(made.entries)
    assert "'C1'" in repr(again.entries)
    assert "Reha" not in repr(again)

"""Whether a certificate is recognised is not whether anybody asked: "not recognised", "no application", "unclear"."""

import csv
import io
import json
from typing import Any

import pytest

from adapters.ba.mapping import ADAPTER as BA
from adapters.bamf.mapping import ADAPTER as BAMF
from adapters.contract import AgencyAdapter, Office, Record, Share
from adapters.jobcenter.mapping import ADAPTER as JOBCENTER

OFFICE = Office("67748", "Jobcenter Stuttgart")
ROW = "Traeger;AktZ;KdNr;Name;Vorname;GebDat;Anerk\r\n67748;;674A559031;Muster;Mina;24.05.1998;{}\r\n"


def procedure(**value: str) -> dict[str, Any]:
    return {"kind": "recognition.procedure", "value": value, "evidence": {"type": "register"}}


def written(adapter: AgencyAdapter, *entries: dict[str, Any], granted: tuple[dict[str, Any], ...] = ()) -> bytes:
    shares = [Share("a", entries, granted)]
    return b"".join(piece.content for piece in adapter.write(iter(shares), OFFICE, at="2026-03-01T00:00:00+00:00"))


@pytest.mark.parametrize(
    ("word", "state"), [("nein", "not-recognised"), ("kein Antrag", "none"), ("ungeklärt", "unclear")]
)
def test_a_jobcenter_says_each_of_them_in_another_word_and_gets_it_back(word: str, state: str) -> None:
    (record,) = JOBCENTER.read(io.BytesIO(ROW.format(word).encode("cp1252")), endpoint_is_test=False)
    assert isinstance(record, Record)
    states = [entry["value"]["state"] for entry in record.entries if entry["kind"] == "recognition.procedure"]
    assert states == [state]
    granted = procedure(state=state) | {"source": "ba", "recorded_at": "2026-03-01T00:00:00.000000Z"}
    content = written(JOBCENTER, *map(dict, record.entries), granted=(granted,)).decode("cp1252")
    own, others = csv.DictReader(io.StringIO(content), delimiter=";")
    assert own["Anerk"] == word
    assert others["Anerk"].casefold() == word.casefold()


def test_ba_gets_back_that_something_is_not_recognised() -> None:
    profile = {
        "refnr": "10001-1",
        "person": {"familienname": "Muster"},
        "ausbildungen": [
            {"art": "SCHULE", "bezeichnung": "Abitur", "land": "SYR", "inDeutschlandAnerkannt": "NEIN"},
        ],
    }
    (record,) = BA.read(io.BytesIO(json.dumps(profile).encode()), endpoint_is_test=False)
    assert isinstance(record, Record)
    (said,) = [entry["value"]["state"] for entry in record.entries if entry["kind"] == "recognition.procedure"]
    assert said == "not-recognised"
    (again,) = json.loads(written(BA, *map(dict, record.entries)))
    assert again == profile


@pytest.mark.parametrize(("state", "code"), [("unclear", "01"), ("none", None), ("not-recognised", None)])
def test_what_others_know_of_recognition_becomes_unclear_for_bamf_only_where_it_is(
    state: str, code: str | None
) -> None:
    own = {"kind": "identifiers.azr", "value": {"number": "150923481207"}, "evidence": {"type": "register"}}
    granted = procedure(state=state, subject="Abitur") | {"source": "ba", "recorded_at": "2026-03-01T00:00:00.000000Z"}
    content = written(BAMF, own, granted=(granted,)).decode()
    assert f'"state":"{state}"' in content
    assert ("anerkennung>" in content) == (code is not None)
    assert code is None or f"<code>{code}</code>" in content

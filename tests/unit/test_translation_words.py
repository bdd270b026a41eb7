"""Days, nationalities and ends before starts mean the same, whichever agency writes them."""

import io
import json
from typing import Any

import pytest

from adapters.ba.mapping import ADAPTER as BA
from adapters.contract import AgencyAdapter, Record
from adapters.jobcenter.mapping import ADAPTER as JOBCENTER
from adapters.translation.days import day_of, ends_before_start, filled_element
from adapters.translation.words import (
    destatis_of_nationality,
    name_of_nationality,
    nationality_of_alpha3,
    nationality_of_destatis,
    nationality_of_name,
)
from tests.agencies.bamf.samples import item, message
from tests.agencies.bamf.samples import record as of_bamf

ROW = "Traeger;AktZ;KdNr;Name;Vorname;GebDat\r\n67748;;K1;Muster;Mina;{}\r\n"


def of(adapter: AgencyAdapter, content: bytes) -> Record:
    (made,) = adapter.read(io.BytesIO(content), endpoint_is_test=True)
    assert isinstance(made, Record)
    return made


def values(record: Record, kind: str) -> list[dict[str, Any]]:
    return [entry["value"] for entry in record.entries if entry["kind"] == kind]


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("24.05.1998", "1998-05-24"), ("4.5.1998", "1998-05-04"), ("05.1998", "1998-05"), ("00.05.1998", "1998-05"),
        ("00.00.1998", "1998"), ("1998", "1998"), ("1998-05", "1998-05"), (" 1998-05-24 ", "1998-05-24"),
        ("24.00.1998", None), ("31.02.1998", None), ("24.05.98", None), ("1998-5-24", None), ("", None), ("-", None),
    ],
)  # fmt: skip
def test_ba_and_jobcenter_read_the_same_days(said: str, day: str | None) -> None:
    assert day_of(said) == day
    if day:
        profile = {"refnr": "1", "person": {"familienname": "Muster", "geburtsdatum": said}}
        for record in (of(BA, json.dumps(profile).encode()), of(JOBCENTER, ROW.format(said).encode())):
            assert values(record, "identity.birth-date") == [{"date": day, "placeholder_suspected": False}]


@pytest.mark.parametrize(
    ("start", "end", "is_before"),
    [
        ("2015-03", "2014", True), ("2015", "2015-01-01", False), ("2015-03-02", "2015-03-01", True),
        ("2015-03-02", "2015-03", False), (None, "2015", False), ("2015", None, False),
    ],
)  # fmt: skip
def test_an_end_is_before_a_start_only_as_far_as_both_are_known(
    start: str | None,
    end: str | None,
    is_before: bool,  # noqa: FBT001 - a parameter
) -> None:
    assert ends_before_start(start, end) is is_before


def test_bamf_too_keeps_both_days_where_an_end_is_before_its_start() -> None:
    body = "<beginn><jahr>2012</jahr></beginn><ende><jahr>2010</jahr></ende>"
    made = of_bamf(message(item(body, art="02")))
    (studies,) = values(made, "education.university")
    assert not {"start", "end"} & studies.keys()
    kept = json.dumps(values(made, "unmapped.path"))
    assert '{"jahr": "2012"}' in kept
    assert '{"jahr": "2010"}' in kept


@pytest.mark.parametrize("code", ["120", "132", "133", "138", "159", "162", "276"])
def test_a_state_that_ended_is_an_unclear_nationality_and_its_code_is_kept(code: str) -> None:
    found = nationality_of_destatis(code)
    assert found is not None
    assert (found.value, found.says_all) == ({"status": "unclear"}, False)


@pytest.mark.parametrize("code", ["475", "000", "997", "998"])
def test_a_destatis_code_that_says_all_comes_back(code: str) -> None:
    found = nationality_of_destatis(code)
    assert found is not None
    assert (destatis_of_nationality(found.value), found.says_all) == (code, True)


@pytest.mark.parametrize("word", ["Syrien", "staatenlos", "ungeklärt"])
def test_a_word_for_a_nationality_comes_back(word: str) -> None:
    found = nationality_of_name(word.upper())
    assert found is not None
    assert (name_of_nationality(found.value), found.says_all) == (word, True)


@pytest.mark.parametrize(
    ("code", "status", "says_all"),
    [("SYR", "known", True), ("XXA", "stateless", False), ("ungeklärt", "unclear", False), ("YUG", "unclear", False)],
)
def test_a_passport_s_code_says_a_nationality(code: str, status: str, says_all: bool) -> None:  # noqa: FBT001 - a parameter
    found = nationality_of_alpha3(code)
    assert found is not None
    assert (found.value["status"], found.says_all) == (status, says_all)


def test_not_stated_and_unknown_codes_say_nothing() -> None:
    assert nationality_of_destatis("999") is nationality_of_destatis("000 ") is None
    assert nationality_of_alpha3("ZZZ") is nationality_of_name("Kongo") is None


def test_two_elements_that_say_how_much_of_a_date_is_known_say_nothing_sure() -> None:
    assert filled_element({"jahr": "1990", "jahrMonat": ""}) == "jahr"
    assert filled_element({"jahr": "1990", "jahrMonat": "1985-02"}) is filled_element("1990") is None

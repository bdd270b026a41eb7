"""Whatever a file is written in, it comes from one office, holds somebody, and is no test where real data is."""

import io
import json
from collections.abc import Iterable

import pytest

from adapters.ba.mapping import ADAPTER as BA
from adapters.bamf.mapping import ADAPTER as BAMF
from adapters.contract import AgencyAdapter, RefusedFileError, Survey
from adapters.jobcenter.mapping import ADAPTER as JOBCENTER

NAMESPACE = "http://www.osci.de/xauslaender2611"
CASES = ("ba", "bamf", "monthly", "rows", "entitlements")
ADAPTERS: dict[str, AgencyAdapter] = {"ba": BA, "bamf": BAMF}


def made(case: str, senders: Iterable[str], *, mark: str = "") -> bytes:
    """Return a file of one record per sender, all with this mark."""
    named = list(enumerate(senders, 1))
    match case:
        case "ba":
            profiles = [
                {"refnr": f"R{number}", "person": {"familienname": "M"}, "dienststelle": {"nummer": sender}}
                | ({"test": mark} if mark else {})
                for number, sender in named
            ]
            return json.dumps(profiles).encode()
        case "rows":
            rows = (f"{sender};A{number};;M;V;;{mark}\r\n" for number, sender in named)
            return ("Traeger;AktZ;KdNr;Name;Vorname;GebDat;Test\r\n" + "".join(rows)).encode()
        case "monthly":
            parts = (
                f"<Datenlieferung xmlns='urn:beispiel:xsozial-stil:1'{f' test={mark!r}' if mark else ''}>"
                f"<Absender><Traegernummer>{sender}</Traegernummer></Absender><Modul nr='P'><Person>"
                f"<Kundennummer>K{number}</Kundennummer><Vorname>V</Vorname></Person></Modul></Datenlieferung>"
                for number, sender in named
            )
            return f"<Datenlieferungen xmlns='urn:einmal:jobcenter:1'>{''.join(parts)}</Datenlieferungen>".encode()
        case _:
            root, inner = _message(case)
            parts = (
                f"<x:{root} xmlns:x='{NAMESPACE}'{f' test={mark!r}' if mark else ''}>"
                f"{inner.format(number=number, sender=sender)}</x:{root}>"
                for number, sender in named
            )
            return f"<nachrichten>{''.join(parts)}</nachrichten>".encode()


def _message(case: str) -> tuple[str, str]:
    if case == "bamf":
        sender = "<nachrichtenkopf.g2g><autor><kennung>abh:{sender}</kennung></autor></nachrichtenkopf.g2g>"
        return "AZR.Auskunft.Stil", sender + "<x:azrNummer>{number}</x:azrNummer>"
    sender = "<x:dienststelleBA><x:dstNummer><code>{sender}</code></x:dstNummer></x:dienststelleBA>"
    person = "<x:kundennummer>{number}</x:kundennummer>"
    return (
        "BerD.BerechtigungVerpflichtung.100001",
        f"{sender}<x:meldungBerechtigungVerpflichtung>{person}</x:meldungBerechtigungVerpflichtung>",
    )


def survey(case: str, content: bytes, *, endpoint_is_test: bool = False) -> Survey:
    return ADAPTERS.get(case, JOBCENTER).survey(io.BytesIO(content), endpoint_is_test=endpoint_is_test)


def refusal(case: str, content: bytes) -> str:
    with pytest.raises(RefusedFileError) as caught:
        survey(case, content)
    with pytest.raises(RefusedFileError):
        list(ADAPTERS.get(case, JOBCENTER).read(io.BytesIO(content), endpoint_is_test=False))
    return caught.value.reason_code


@pytest.mark.parametrize("case", CASES)
def test_a_survey_counts_records_and_names_their_one_sender(case: str) -> None:
    assert survey(case, made(case, ["67748", "67748", ""])) == Survey(3, "67748")


@pytest.mark.parametrize("case", CASES)
def test_a_file_of_two_offices_is_refused(case: str) -> None:
    assert refusal(case, made(case, ["67748", "", "677"])) == "sender.several"


@pytest.mark.parametrize("case", CASES)
def test_a_test_file_is_only_taken_where_nothing_is_real(case: str) -> None:
    content = made(case, ["67748"], mark="SYNTHETISCH")
    assert refusal(case, content) == "test.record"
    assert survey(case, content, endpoint_is_test=True).records == 1


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_holds_nobody_is_refused(case: str) -> None:
    with pytest.raises(RefusedFileError) as caught:
        survey(case, made(case, []))
    assert caught.value.reason_code == "file.empty"

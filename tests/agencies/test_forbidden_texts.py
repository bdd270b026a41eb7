"""What texts tell and the registry may never hold does not come in, by whatever door, and leaves no trace."""

import io
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest

import adapters.sandbox
from adapters import catalogue
from adapters.bamf.reading import OWN
from adapters.contract import Record
from adapters.engine.messages import Batch
from adapters.engine.reading import Source, read
from adapters.jobcenter import extension
from adapters.jobcenter.styles.rows import line_of

Door: TypeAlias = Callable[[str], bytes]

SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"
COURSES = (SAMPLES / "bamf_02_tgs_auskunft_kursteilnahme_080015.xml").read_text(encoding="utf-8")
MONTHLY = (SAMPLES / "jc_01_xsozial_monatsmeldung.xml").read_text(encoding="utf-8")
PROFILE = json.loads((SAMPLES / "ba_01_bewerberprofil_alkhatib.json").read_bytes())


def support(text: str) -> dict[str, object]:
    return {"kind": "needs.support", "value": {"text": text}}


def ba(text: str) -> bytes:
    need = {"schluesselgruppe": "QUALIFIKATION", "text": text}
    return json.dumps(PROFILE | {"handlungsbedarfe": [*PROFILE["handlungsbedarfe"], need]}).encode()


def ba_beside(text: str) -> bytes:
    return json.dumps(PROFILE | {"einmal": {"aussagen": [support(text)]}}).encode()


def ba_unmapped(text: str) -> bytes:
    return json.dumps(PROFILE | {"notizen": [{"datum": "2026-01-02", "freitext": text}]}).encode()


def csv(text: str) -> bytes:
    cells = {"Traeger": "1", "AktZ": "", "KdNr": "K", "Name": "N", "Vorname": "", "GebDat": "", "Bedarf": f"B1; {text}"}
    return (line_of(list(cells)) + line_of(list(cells.values()))).encode("cp1252")


def csv_beside(text: str) -> bytes:
    cells = {"Traeger": "1", "AktZ": "", "KdNr": "K", "Name": "N", "Vorname": "", "GebDat": ""}
    beside = extension.written([support(text)])
    return (line_of([*cells, "Einmal_Angaben"]) + line_of([*cells.values(), beside])).encode("cp1252")


def monthly(text: str) -> bytes:
    return MONTHLY.replace("Grundkompetenzen Mathematik", text).encode()


def bamf_advice(text: str) -> bytes:
    start, end = COURSES.index("<xauslaender:empfehlung>"), COURSES.index("</xauslaender:empfehlung>")
    return (COURSES[:start] + "<xauslaender:empfehlung>" + text + COURSES[end:]).encode()


def bamf_beside(text: str) -> bytes:
    stated = f'<e:angabe xmlns:e="{OWN}"><e:teil>{json.dumps(support(text))}</e:teil></e:angabe>'
    end = COURSES.rindex("</")
    return (COURSES[:end] + stated + COURSES[end:]).encode()


#: What makes a file with a text in it -> adapter, and path of the text in a record.
DOORS: dict[Door, tuple[str, str]] = {
    ba: ("ba", "/handlungsbedarfe/*/text"),
    ba_beside: ("ba", "/einmal/aussagen/*/value/text"),
    ba_unmapped: ("ba", "/notizen/*/freitext"),
    csv: ("jobcenter", "/csv/Bedarf"),
    csv_beside: ("jobcenter", "/einmal/needs.support/value/text"),
    monthly: ("jobcenter", "/Qualifikation/Qualifizierungsbedarf"),
    bamf_advice: ("bamf", "/kursanmeldedaten/einstufungstest/empfehlung"),
    bamf_beside: ("bamf", "/angabe/*/teil"),
}


def records(name: str, content: bytes) -> list[Record]:
    made = list(catalogue.find(name).read(io.BytesIO(content), endpoint_is_test=True))
    assert all(isinstance(one, Record) for one in made), made
    return [one for one in made if isinstance(one, Record)]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: str(door.__name__))
@pytest.mark.parametrize(
    "text", ["canary, Reha wegen GdB 50", "canary (ist Jesidin)", "canary, Flucht vor den Taliban"]
)
def test_a_text_that_tells_it_is_dropped_and_its_place_reported(door: Door, text: str) -> None:
    name, path = DOORS[door]
    assert any("canary" in repr(one) for one in records(name, door("canary")))
    made = records(name, door(text))
    assert "canary" not in repr(made)
    reported = {(left.path, left.kept) for one in made for left in one.unmapped if left.reason.startswith("never held")}
    assert (path, False) in reported
    assert (path, True) not in {(left.path, left.kept) for one in made for left in one.unmapped}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: str(door.__name__))
def test_what_was_dropped_leaves_no_trace_in_a_fingerprint(door: Door) -> None:
    name, _ = DOORS[door]
    first, second, harmless = (records(name, door(text)) for text in ("Depression", "Epilepsie", "Kinderbetreuung"))
    assert [one.digest for one in first] == [one.digest for one in second]
    assert [one.digest for one in first] != [one.digest for one in harmless]


def test_the_other_needs_of_a_cell_stay() -> None:
    (made,) = records("jobcenter", csv("Reha"))
    assert [entry["value"]["text"] for entry in made.entries if entry["kind"].startswith("needs.")] == ["B1"]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: str(door.__name__))
def test_the_confined_child_has_all_it_needs_for_it(door: Door, tmp_path: Path) -> None:
    name, _ = DOORS[door]
    (tmp_path / "file").write_bytes(door("ärztliches Attest"))
    path = tmp_path / "file"
    with path.open("rb") as file, closing(read(Source(path.name, file.fileno(), name, is_for_test=True))) as parts:
        _, *batches = parts
    found = [one for batch in batches if isinstance(batch, Batch) for one in batch.records]
    assert found
    assert [one.digest for one in found] == [one.digest for one in records(name, path.read_bytes())]

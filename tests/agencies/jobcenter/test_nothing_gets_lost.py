"""Every value of a Jobcenter's record is found again: in an entry, in the unmapped compartment, or named as dropped."""

import csv
import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import adapters.sandbox
from adapters.contract import Record
from adapters.jobcenter.mapping import ADAPTER
from schemas.entries import EntryIn

SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"
#: How a Jobcenter's words and codes read in our words; dates are turned below.
MEANINGS = {
    "1": "m", "475": "SY", "423": "AF", "Eritrea": "ER", "Ukraine": "UA", "ungeklärt": "unclear", "ja": "yes",
    "nein": "no", "abgeschlossen": "completed", "laufend": "ongoing", "true": "sgb-2", "false": "False", "GER": "cefr",
    "Syrien": "SY", "staatenlos": "stateless",
}  # fmt: skip
#: "nein" to a licence is no word of a skill's grade but the value itself.
NO = {"nein": "False"}
#: What only says where something stands; the delivery's modules are in each of its records' places.
STRUCTURE = frozenset({("Modul", "nr"), ("Modul", "bezeichnung")})


def turned(said: str) -> str:
    parts = said.split(".")
    return "-".join(reversed(parts)) if len(parts) == 3 and all(map(str.isdigit, parts)) else said


def leaves(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict | list):
        for below in value.values() if isinstance(value, dict) else value:
            yield from leaves(below)
    elif value is not None:
        yield str(value)


def found_in(record: Record) -> list[str]:
    """Return all that a record's entries say, with their days and what they rest on; yes and no are values too."""
    for entry in record.entries:
        EntryIn().load(entry)
    return list(leaves([[entry["value"], entry.get("valid_from"), entry.get("evidence")] for entry in record.entries]))


def is_found(said: str, texts: list[str]) -> bool:
    """Say whether each statement of a field stands somewhere; a short one as a whole, because it is part of many."""
    parts = {part.strip() for part in re.split(r"[;\n,]", said)} - {"", "-"} if said.strip() != "-" else {"-"}
    return said.strip() in texts or all(map(partial(is_said, texts=texts), parts))


def is_said(part: str, texts: list[str]) -> bool:
    forms = {part, turned(part), MEANINGS.get(part, part), NO.get(part, part)}
    return any(form == text or (len(form) > 3 and form in text) for text in texts for form in forms)


def read(content: bytes) -> list[Record]:
    made = list(ADAPTER.read(io.BytesIO(content), endpoint_is_test=True))
    assert all(isinstance(one, Record) for one in made), made
    return [one for one in made if isinstance(one, Record)]


def xml_leaves(element: Any) -> Iterator[str]:  # noqa: ANN401 - lxml has no types
    """Return each text and attribute in an element, straight from the file."""
    for inner in element.iter(etree.Element):
        name = etree.QName(inner).localname
        yield from (value for key, value in inner.attrib.items() if (name, key) not in STRUCTURE)
        if inner.text and inner.text.strip():
            yield inner.text.strip()


@pytest.mark.parametrize("number", [0, 1])
def test_every_value_of_a_monthly_delivery_is_found_again(number: int) -> None:
    content = (SAMPLES / "jc_01_xsozial_monatsmeldung.xml").read_bytes()
    root = etree.fromstring(content)
    key = f"{{{root.nsmap['xsozial']}}}"
    for name in ("Person", "Qualifikation"):
        others = [one for at, one in enumerate(root.iter(key + name)) if at != number]
        for other in others:
            other.getparent().remove(other)
    texts = found_in(read(content)[number])
    missing = [leaf for leaf in xml_leaves(root) if not is_found(leaf, texts)]
    assert missing == []


def test_every_value_of_an_entitlement_is_found_again() -> None:
    content = (SAMPLES / "jc_03_berd_berechtigung_100001.xml").read_bytes()
    texts = found_in(read(content)[0])
    assert [leaf for leaf in xml_leaves(etree.fromstring(content)) if not is_found(leaf, texts)] == []


@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_cell_of_a_row_is_found_again(number: int) -> None:
    content = (SAMPLES / "jc_02_zkt_export.csv").read_bytes()
    cells = list(csv.reader(content.decode("cp1252").splitlines(), delimiter=";"))[number + 1]
    texts = found_in(read(content)[number])
    assert [cell for cell in cells if cell and not is_found(cell, texts)] == []


WORD = st.text(st.characters(codec="cp1252", categories=("Lu", "Ll", "Nd")), min_size=1, max_size=12)
LEVEL = st.sampled_from(["A1", "B2", "C2", "MS", "FG", "gut", "-", ""])
LANGUAGE = st.sampled_from(["Deutsch", "Kurdisch", "Tigrinisch", "Qwertz", "-", ""])
CELLS = st.fixed_dictionaries(
    {"Traeger": st.just("67748"), "KdNr": WORD, "Name": WORD},
    optional={
        "AktZ": WORD,
        "Vorname": WORD,
        "GebDat": st.sampled_from(["24.05.1998", "01.01.1990", "-", ""]),
        "StaatsA": st.sampled_from(["Eritrea", "Syrien", "Kongo", "staatenlos", "ungeklärt", "-"]),
        "AZRNr": WORD,
        "Schule": st.sampled_from(["Klasse 10", "Klasse 99", "Hochschulreife", "-", "a\nb"]),
        "Berufsabschl": st.sampled_from(["ohne", "Master (Ausland)", "kein anerk. Abschl.", "Geselle", "-"]),
        "Anerk": st.sampled_from(["läuft", "nein", "-", "vielleicht"]),
        "KldB": st.sampled_from(["28222", "8222", "01104", "x"]),
        "Beruf_Text": WORD,
        "Sprache1": LANGUAGE, "Niv1": LEVEL, "Sprache2": LANGUAGE, "Niv2": LEVEL, "Sprache3": LANGUAGE, "Niv3": LEVEL,
        "IntKurs": st.sampled_from(["BSK B2 abgeschlossen", "DTZ B1 (bestanden)", "-", "x" * 400]) | WORD,
        "FS": st.sampled_from(["B", "B, C1", "nein", "-", "Stapler", "B, B"]),
        "EDV": st.sampled_from(["ja", "nein", "etwas"]),
        "Bedarf": st.sampled_from(["BSK B1; Anerkennung", "=1+1; -; +2", ";", "a;\nb", "x" * 1001]) | WORD,
        "Stand": st.sampled_from(["12.02.2026", "heute", "2026"]),
        "Notiz": WORD | st.just("@SUM"),
        "Einschätzung": WORD,
    },
)  # fmt: skip


def file_of(cells: dict[str, str]) -> bytes:
    names = sorted({"Traeger", "AktZ", "KdNr", "Name", "Vorname", "GebDat"} | cells.keys())
    made = io.StringIO()
    writer = csv.writer(made, delimiter=";", lineterminator="\r\n")
    writer.writerow(names)
    writer.writerow([cells.get(name, "") for name in names])
    return ("\ufeff" + made.getvalue()).encode()


@settings(max_examples=150, deadline=None)
@given(CELLS)
def test_every_cell_of_any_row_is_found_again(cells: dict[str, str]) -> None:
    (record,) = read(file_of(cells))
    texts = found_in(record)
    for name, cell in cells.items():
        if cell:
            assert is_found(cell, texts), name


def test_what_may_never_be_held_is_named_and_gone() -> None:
    """Design, section 1: the value is dropped, the path reported."""
    content = (SAMPLES / "jc_01_xsozial_monatsmeldung.xml").read_text(encoding="utf-8")
    health = "<xsozial:Gesundheit>canary</xsozial:Gesundheit><xsozial:Fuehrerschein>"
    (first, _) = read(content.replace("<xsozial:Fuehrerschein>", health).encode())
    assert "canary" not in repr(first)
    assert [left.path for left in first.unmapped if not left.kept] == ["/Qualifikation/Gesundheit"]

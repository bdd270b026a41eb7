"""The samples of BAMF's three styles, their leaves as an independent reader of XML sees them, and made-up messages."""

import io
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

import adapters.sandbox
from adapters.bamf.mapping import ADAPTER
from adapters.contract import Record

SAMPLES = sorted((Path(adapters.sandbox.__file__).parent / "samples").glob("bamf_*.xml"))
ANSWER, COURSES, REPORT = SAMPLES


def records(content: bytes) -> list[Record]:
    found = list(ADAPTER.read(io.BytesIO(content), endpoint_is_test=True))
    assert all(isinstance(one, Record) for one in found), found
    return [one for one in found if isinstance(one, Record)]


def record(content: bytes) -> Record:
    (one,) = records(content)
    return one


def message(body: str, *, root: str = "AZR.Auskunft.Stil", number: str = "150923481207") -> bytes:
    """Return a message about somebody; the body may use every element without a prefix."""
    known = f"<azrNummer>{number}</azrNummer>" if root.startswith("AZR") else ""
    return f'<x:{root} xmlns:x="http://www.osci.de/xauslaender2611">{known}{body}</x:{root}>'.encode()


def item(body: str, *, art: str = "03", reference: str = "AVD-1") -> str:
    known = f"<referenz.id>{reference}</referenz.id>" if reference else ""
    kind = f"<arbeitsvermittlungsdatenArt><code>{art}</code></arbeitsvermittlungsdatenArt>"
    return f"<arbeitsvermittlungsdaten>{kind}{body}{known}</arbeitsvermittlungsdaten>"


def leaves(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield every text and attribute below the root with the names that lead to it."""
    for element in etree.fromstring(content).iter(etree.Element):
        above = [etree.QName(one).localname for one in element.iterancestors()][::-1][1:]
        path = "/".join(["", *above, etree.QName(element).localname]) if element.getparent() is not None else ""
        for name, value in element.attrib.items():
            yield f"{path}/@{name}", value
        if element.text and element.text.strip():
            yield path, element.text.strip()

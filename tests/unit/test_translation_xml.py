"""Hardened XML: what becomes a document, what is refused and where, and how it is written again."""

import io
import resource
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adapters.sandbox
from adapters.contract import RefusedFileError
from adapters.translation.xml import RECORD_LIMIT, Element, Shape, built, elements, message, written

SAMPLES = sorted((Path(adapters.sandbox.__file__).parent / "samples").glob("*.xml"))
NAMESPACES = frozenset({"", "urn:a", "http://www.osci.de/xauslaender2611", "urn:beispiel:xsozial-stil:1"})
BULK = Shape(NAMESPACES, lambda path: len(path) == 2, ignored=frozenset({"urn:ours"}))


def content(xml: bytes | str) -> dict[str, Any]:
    return message(io.BytesIO(xml.encode() if isinstance(xml, str) else xml), namespaces=NAMESPACES).content


def refusal(xml: bytes | str, shape: Shape | None = None) -> RefusedFileError:
    file = io.BytesIO(xml.encode() if isinstance(xml, str) else xml)
    with pytest.raises(RefusedFileError) as refused:
        list(elements(file, shape or Shape(NAMESPACES, lambda path: len(path) == 1)))
    return refused.value


def bulk(xml: str) -> list[Element]:
    return list(elements(io.BytesIO(xml.encode()), BULK))


def test_texts_attributes_and_repeated_elements_become_a_plain_document() -> None:
    assert content('<a x="1"> <b>one</b><b>two</b><c d="e">f</c><g/></a>') == {
        "@x": "1",
        "b": ["one", "two"],
        "c": {"@d": "e", "#text": "f"},
        "g": "",
    }


def test_text_beside_elements_is_kept() -> None:
    assert content("<a>x<b>1</b>y<b/></a>") == {"b": ["1", ""], "#text": "xy"}


def test_comments_and_instructions_are_not_read_and_cdata_is_text() -> None:
    assert content("<a><?do it?>x<!-- <b> --><![CDATA[<y>]]>&lt;&#228;</a>") == {"#text": "x<y><ä"}


def test_prefixes_do_not_matter_where_the_namespace_is_expected() -> None:
    assert content('<p:a xmlns:p="urn:a"><p:b>1</p:b></p:a>') == content('<a xmlns="urn:a"><b>1</b></a>') == {"b": "1"}


def test_an_element_of_an_unexpected_namespace_is_refused_with_its_code() -> None:
    assert refusal('<a>\n<b xmlns="urn:other"/></a>').reason_code == "xml.namespace"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "UTF-8", "utf-16", "ISO-8859-1", "windows-1252"], ids=lambda encoding: encoding
)
def test_declared_encodings_are_read(encoding: str) -> None:
    assert content(f'<?xml version="1.0" encoding="{encoding}"?><a>Käß</a>'.encode(encoding)) == {"#text": "Käß"}


@pytest.mark.parametrize(
    "xml",
    [
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
        b'<?xml version="1.0" encoding="ebcdic-cp-us"?><a/>',
        '<?xml version="1.0" encoding="utf-8"?><a/>'.encode("utf-16"),
        b'\xef\xbb\xbf<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
        b"<a>\xe4</a>",
        b'<?xml version="1.0" encoding="windows-1252"?><a>\x81</a>',
        "<a/>".encode("utf-32"),
    ],
)
def test_other_or_wrong_encodings_are_refused(xml: bytes) -> None:
    assert refusal(xml).reason_code in {"encoding", "xml.malformed"}


@pytest.mark.parametrize(
    ("xml", "line"),
    [
        ('<?xml version="1.0"?>\n\n<!DOCTYPE a [<!ENTITY x "y">]>\n<a>&x;</a>', 3),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 1),
        ('<!-- x -->\n<!DOCTYPE a [\n<!ENTITY % x SYSTEM "http://127.0.0.1/"> %x;]><a/>', 2),
        ('<!DOCTYPE a [<!ENTITY x "', 1),
        ("<!DOCTYPE html>\n<html/>", 1),
    ],
)
def test_a_doctype_is_refused_at_its_line(xml: str, line: int) -> None:
    refused = refusal(xml)
    assert (refused.reason_code, refused.line) == ("xml.doctype", line)


def test_entities_that_multiply_are_never_expanded() -> None:
    """Billion laughs: refused at the DOCTYPE, before anything is expanded."""
    levels = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 12))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(f'<!DOCTYPE a [<!ENTITY e0 "ha">{levels}]><a x="&e11;">&e11;</a>').reason_code == "xml.doctype"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


@pytest.mark.parametrize(
    ("xml", "code", "line"),
    [
        ("", "file.empty", 1),
        ("x", "xml.malformed", 1),
        ("{}", "xml.malformed", 1),
        ("<a>\n<b></a>", "xml.malformed", 2),
        ("<a/>\n<b/>", "xml.malformed", 2),
        ('<a x="1" x="2"/>', "xml.malformed", 1),
        ("<a>&foo;</a>", "xml.entity", 1),
        ("<a>&#0;</a>", "xml.malformed", 1),
        ("<p:a/>", "xml.name", 1),
        ("<a>\n<b>", "xml.truncated", 2),
        ("<a>\n<b x='", "xml.truncated", 2),
        (f"<{'a' * 121}/>", "xml.name", 1),
    ],
)
def test_what_is_no_xml_is_refused_with_its_line(xml: str, code: str, line: int) -> None:
    refused = refusal(xml)
    assert (refused.reason_code, refused.line) == (code, line)


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("<a>" * 25 + "</a>" * 25, "xml.too-deep"),
        ("<a>" * 400 + "</a>" * 400, "xml.malformed"),
        (f"<a>{'<b/>' * 20_001}</a>", "xml.too-large"),
        (f"<a>{'x' * 16_001}</a>", "xml.too-large"),
        (f'<a b="{"x" * 16_001}"/>', "xml.too-large"),
        (f"<a>{'<b>x</b>' * 10}<!--{'x' * RECORD_LIMIT * 2}--></a>", "xml.too-large"),
        (f"<!--{'x' * RECORD_LIMIT * 2}--><a/>", "xml.too-large"),
        (
            "".join(f"<{'n' * 99}>" for _ in range(5)) + "x" + "".join(f"</{'n' * 99}>" for _ in range(5)),
            "xml.too-deep",
        ),
    ],
)
def test_what_is_too_deep_or_too_large_is_refused(xml: str, code: str) -> None:
    assert refusal(xml).reason_code == code


def test_records_come_one_by_one_with_their_lines_and_what_stands_around_them() -> None:
    found = bulk('<all day="1">\n<one>1</one>\n<two>\n<x y="z"/></two>\n<one/></all>')
    assert [(one.path, one.line, one.content) for one in found] == [
        (("all", "one"), 2, {"#text": "1"}),
        (("all", "two"), 3, {"x": {"@y": "z"}}),
        (("all", "one"), 5, {"#text": ""}),
        (("all",), 1, {"@day": "1"}),
    ]
    assert [one.above for one in found] == [({"@day": "1"},)] * 3 + [()]


def test_deeper_records_know_all_that_stands_around_them_and_the_rest_comes_last() -> None:
    shape = Shape(NAMESPACES, lambda path: path[-1] == "p")
    xml = '<r><head>h</head><m nr="1"><p>1</p><p>2</p></m><m nr="2"><q/><p>3</p></m></r>'
    *records, rest = elements(io.BytesIO(xml.encode()), shape)
    assert [(one.content["#text"], one.above[1]) for one in records] == [
        ("1", {"@nr": "1"}),
        ("2", {"@nr": "1"}),
        ("3", {"@nr": "2"}),
    ]
    assert rest.content == {"head": "h", "m": [{"@nr": "1"}, {"@nr": "2", "q": ""}]}


def test_elements_of_an_ignored_namespace_are_stepped_over_wherever_they_stand() -> None:
    ours = '<o:x xmlns:o="urn:ours"><secret xmlns="urn:any">1</secret></o:x>'
    found = bulk(f"<all>{ours}<one>{ours}<b/></one>{ours}</all>")
    assert [one.content for one in found] == [{"b": ""}, {"#text": ""}]


def test_a_text_between_records_is_no_file_of_records() -> None:
    assert refusal("<all><one/>lost<one/><one/></all>", BULK).reason_code == "xml.malformed"


def test_lines_are_right_beyond_what_sixteen_bits_can_count() -> None:
    found = bulk("<all>" + "<one>1</one>\n" * 70_000 + "</all>")
    assert found[-2].line == 70_000


class Endless(io.RawIOBase):
    """A file of many records of which none is held."""

    def __init__(self, record: bytes, count: int) -> None:
        super().__init__()
        self.record, self.left, self.rest = record, count, b"<all>"

    def seek(self, *_: int) -> int:
        """Stay: it is read once."""
        return 0

    def read(self, size: int = -1) -> bytes:
        """Make up as much as is asked for."""
        while len(self.rest) < size and self.left >= 0:
            self.rest += self.record if self.left else b"</all>"
            self.left -= 1
        piece, self.rest = self.rest[:size], self.rest[size:]
        return piece


def test_memory_does_not_grow_with_the_records() -> None:
    record = SAMPLES[0].read_bytes().partition(b"-->")[2]
    list(elements(Endless(record, 50), BULK))  # type: ignore[arg-type] # it reads like a file
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = sum(1 for _ in elements(Endless(record, 3000), BULK))  # type: ignore[arg-type,misc] # as above
    assert count == 3001
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 15_000


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_cut_anywhere_is_refused(path: Path) -> None:
    whole = path.read_bytes().rstrip()
    for end in range(0, len(whole), 41):
        assert refusal(whole[:end]).reason_code in {"xml.truncated", "file.empty"}


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=4), st.sampled_from(SAMPLES))
def test_damaged_bytes_are_refused_or_read_and_never_crash(at: int, damage: bytes, path: Path) -> None:
    whole = path.read_bytes()
    at %= len(whole)
    with suppress(RefusedFileError):
        content(whole[:at] + damage + whole[at + len(damage) :])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(some: bytes) -> None:
    with suppress(RefusedFileError):
        content(some)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_that_is_written_again_reads_the_same(path: Path) -> None:
    with path.open("rb") as file:
        read = message(file, namespaces=NAMESPACES)
    again = written(built(read.path, read.content, lambda _: "urn:a"))
    assert content(again) == read.content


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=20).map(str.strip)
TREES = st.recursive(
    TEXT,
    lambda inner: st.dictionaries(
        st.sampled_from("bcdef"), inner | st.lists(inner, min_size=2, max_size=3), min_size=1
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from("bcd"), TREES, min_size=1))
def test_any_document_that_is_written_reads_the_same(tree: dict[str, Any]) -> None:
    assert content(written(built(("a",), tree, lambda path: "urn:a" if len(path) % 2 else ""))) == tree


def test_what_xml_cannot_hold_is_not_written() -> None:
    with pytest.raises(ValueError, match="XML compatible"):
        built(("a",), "\x00", lambda _: "")

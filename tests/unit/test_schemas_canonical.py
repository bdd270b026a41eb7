"""One document, one byte form (RFC 8785 without fractions)."""

import pytest

from schemas.canonical import NotCanonicalError, canonical, parse, parse_object
from schemas.vocabularies.access import Purpose


def test_the_sorting_example_of_the_rfc_comes_out_in_its_order() -> None:
    """RFC 8785, 3.2.3: by UTF-16 code units, so that the emoji stands before the Hebrew letter."""
    keys = ["€", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "ö"]
    assert list(parse_object(canonical(dict.fromkeys(keys)))) == ["\r", "1", "\u0080", "ö", "€", "\U0001f600", "\ufb33"]


def test_text_is_escaped_as_the_rfc_says() -> None:
    """RFC 8785, 3.2.2.2, example."""
    assert canonical('€$\u000f\nA\'B"\\\\"/') == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()


def test_whole_numbers_and_codes_have_one_form() -> None:
    assert canonical({"b": 1.0, "a": (-0.0, True, None, Purpose.INTAKE)}) == b'{"a":[0,true,null,"intake"],"b":1}'


@pytest.mark.parametrize(
    "document",
    [1.5, float("nan"), float("inf"), 2**53, {1: 2}, b"bytes", {"a": {1, 2}}, "\ud800", {"\ud800": 1}, object()],
)
def test_what_has_no_single_byte_form_is_refused(document: object) -> None:
    with pytest.raises(NotCanonicalError) as refused:
        canonical(document)
    assert refused.value.code == "not-canonical"


def test_a_document_nested_too_deeply_is_refused() -> None:
    document: list[object] = []
    for _ in range(100):
        document = [document]
    with pytest.raises(NotCanonicalError, match="nested"):
        canonical(document)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b"1.5",
        b"NaN",
        b"9007199254740992",
        b"9" * 5000,
        b"1e400",
        b'{"a":1} x',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b"",
    ],
    ids=lambda data: repr(data[:20]),
)
def test_unclear_json_is_not_read(data: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        parse(data)


def test_an_integral_float_is_read_as_the_number_it_is() -> None:
    assert parse(b"[10.0,1e2]") == [10, 100]


def test_an_object_is_told_from_other_documents() -> None:
    assert parse_object(b'{"a":[]}') == {"a": []}
    with pytest.raises(NotCanonicalError, match="not an object"):
        parse_object(b"[]")

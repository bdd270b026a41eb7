"""What a profile file must look like; anything else is refused whole, with line and reason."""

import io
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adapters.sandbox
from adapters.ba.reading import PROFILE_LIMIT, profiles
from adapters.contract import RefusedFileError

SAMPLES = sorted((Path(adapters.sandbox.__file__).parent / "samples").glob("ba_*.json"))


def read(content: bytes) -> list[tuple[int, dict[str, object]]]:
    return [(profile.line, profile.document) for profile in profiles(io.BytesIO(content))]


def refusal_of(content: bytes) -> RefusedFileError:
    with pytest.raises(RefusedFileError) as caught:
        read(content)
    return caught.value


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_read_as_json_reads_it(path: Path) -> None:
    assert read(path.read_bytes()) == [(1, json.loads(path.read_text(encoding="utf-8")))]


def test_an_array_and_json_lines_hold_the_same_profiles() -> None:
    assert read(b'[\n{"a":1},\n{"b":2}\n]\n') == [(2, {"a": 1}), (3, {"b": 2})]
    assert read(b'\n{"a":1}\n\n{"b":\n2}\n{"c":3}') == [(2, {"a": 1}), (4, {"b": 2}), (6, {"c": 3})]


def test_a_byte_order_mark_is_tolerated() -> None:
    assert read(b'\xef\xbb\xbf{"a":1}') == [(1, {"a": 1})]


def test_an_empty_array_holds_nothing() -> None:
    assert read(b"[ ]") == []


def test_a_number_that_would_change_is_kept_as_text() -> None:
    content = b'{"a":1e999,"b":12.50,"c":123456789012345678901,"d":-9007199254740991}'
    assert read(content) == [(1, {"a": "1e999", "b": "12.50", "c": "123456789012345678901", "d": -9007199254740991})]


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "file.empty", 1),
        (b" \n\n ", "file.empty", 3),
        (b'{"a":1,\n"b":', "json.truncated", 2),
        (b'{"a":1,\n"b":"x', "json.truncated", 2),
        (b'[{"a":1}\n', "json.truncated", 2),
        (b'[{"a":1}\n,{"b"', "json.truncated", 2),
        (b'{"a":1}\n{"b', "json.truncated", 2),
        (b'[{"a":1},]', "json.malformed", 1),
        (b'[{"a":1} {"b":2}]', "json.malformed", 1),
        (b'[{"a":1}]\n[', "json.malformed", 2),
        (b'{"a":1}{"b":2}', "json.malformed", 1),
        (b'{"a":1}\n}', "json.malformed", 2),
        (b'{"a":"x\ny"}', "json.malformed", 1),
        (b"[1]", "json.malformed", 1),
        (b"null", "json.malformed", 1),
        (b'{"a":1}\n{"a":1,\n"a":2}', "json.duplicate-key", 2),
        (b'{"a":{"b":1,"b":1}}', "json.duplicate-key", 1),
        (b'{"a":NaN}', "json.number", 1),
        (b'{"a":-Infinity}', "json.number", 1),
        (b'{"a":' + b"9" * 5000 + b"}", "json.number", 1),
        (b'{"a":0.' + b"9" * 5000 + b"}", "json.number", 1),
        (b'{"a":' + b"[" * 100_000, "json.too-deep", 1),
        (b'{"a":' + b"[" * 30 + b"]" * 30 + b"}", "json.too-deep", 1),
        (b'{"a":[' + b"0," * 30_000 + b"0]}", "json.too-large", 1),
        (b'{"a":"' + b"x" * PROFILE_LIMIT + b'"}', "json.too-large", 1),
        (b'{"a":"' + b"x" * 4 * PROFILE_LIMIT + b'"}', "json.too-large", 1),
        (b'{"a":"\\ud800"}', "encoding", 1),
        (b'{"\\udfff":1}', "encoding", 1),
        ('{"a":1}\n{"a":"Köln"}'.encode("cp1252"), "encoding", 2),
        ('{"a":1}'.encode("utf-16"), "encoding", 1),
        (b'{"a":"\xed\xa0\x80"}', "encoding", 1),
        (b'{"a":"\xc3', "encoding", 1),
    ],
)
def test_a_malformed_file_is_refused_with_line_and_code(content: bytes, code: str, line: int) -> None:
    refusal = refusal_of(content)
    assert (refusal.reason_code, refusal.line) == (code, line)


def test_a_reason_quotes_nothing_of_the_profile() -> None:
    assert "Alkhatib" not in str(refusal_of(b'{"familienname": "Alkhatib", "familienname": "Alkhatib"}'))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_cut_of_a_sample_is_refused_or_empty_handed(path: Path) -> None:
    """A half-written file is never taken for a whole one."""
    whole = path.read_bytes().rstrip()
    for length in range(0, len(whole), 7):
        refusal_of(whole[:length])


def test_a_large_file_is_read_piece_by_piece_with_right_lines() -> None:
    line = SAMPLES[1].read_bytes().replace(b"\n", b" ") + b"\n"
    found = read(line * 400)
    assert [number for number, _ in found] == list(range(1, 401))
    assert len({json.dumps(document) for _, document in found}) == 1


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_no_bytes_crash_the_reader(content: bytes) -> None:
    for start in (b"", b"{", b'[{"a":', b'{"a":"'):
        with suppress(RefusedFileError):
            assert all(line >= 1 for line, _ in read(start + content))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=100)
@given(st.lists(st.dictionaries(st.text(max_size=8), JSON, max_size=5), min_size=1, max_size=5), st.booleans())
def test_what_was_written_is_what_is_read(documents: list[dict[str, object]], as_array: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    if as_array:
        content = json.dumps(documents, ensure_ascii=False, indent=1).encode()
    else:
        content = b"\n".join(json.dumps(document).encode() for document in documents)
    assert [document for _, document in read(content)] == documents

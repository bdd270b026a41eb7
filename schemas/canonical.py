"""The byte form of a document: what is sealed, signed and chained (RFC 8785, without fractions)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

_WRITING = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_SORTING = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None

#: Beyond this, readers that keep numbers as doubles would see another number (RFC 7493, 2.2).
_INTEGER_LIMIT = 2**53 - 1
#: Deeper documents are an attack or a mistake; also keeps clear of the interpreter's recursion limit.
_DEPTH_LIMIT = 64
#: What JSON has just so; of other types the written form has to be found first.
_EXACT_SCALARS = frozenset({str, bool, type(None)})


class NotCanonicalError(ValueError):
    """A document that has no single byte form: fractions, huge numbers, duplicate keys, broken text, other types."""

    code = "not-canonical"


def canonical(document: object) -> bytes:
    """Return the one byte form of a JSON document.

    Args:
        document: mappings with text keys, sequences, text, integers, integral floats, booleans and None.

    Raises:
        NotCanonicalError: the document cannot be written in one way only.
    """
    try:
        if is_plain(document):
            return _SORTING.encode(document).encode()
        return _WRITING.encode(_ordered(document, _DEPTH_LIMIT)).encode()
    except UnicodeEncodeError as broken:
        raise NotCanonicalError("A text holds half a surrogate pair.") from broken


def is_plain(document: object) -> bool:
    """Say whether a document can be written as it stands, which is most of the time and saves building another.

    Plain means: no subclasses, no fractions, nothing beyond a limit, and keys that sort alike in every encoding. Any
    writer of JSON that sorts keys, leaves no blanks and escapes no more than it must then writes the canonical form.
    """
    level: list[Any] = [document]
    for _ in range(_DEPTH_LIMIT):
        below: list[Any] = []
        for value in level:
            kind = type(value)
            if kind is dict:
                below.extend(value.values())
                for key in value:
                    if type(key) is not str or not key.isascii():
                        return False
            elif kind is list:
                below.extend(value)
            elif kind not in _EXACT_SCALARS and not (kind is int and -_INTEGER_LIMIT <= value <= _INTEGER_LIMIT):
                return False
        if not below:
            return True
        level = below
    return False


def parse(data: bytes) -> Json:
    """Read a JSON document strictly: UTF-8, no duplicate keys, no fractions, no NaN.

    Raises:
        NotCanonicalError: the bytes are not such a document.
    """
    try:
        document: Json = json.loads(
            data.decode(),
            object_pairs_hook=_unique,
            parse_float=_whole,
            parse_int=_bounded,
            parse_constant=_no_constant,
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as broken:
        raise NotCanonicalError("This is not one JSON document in UTF-8.") from broken
    return document


def parse_object(data: bytes) -> dict[str, Json]:
    """Read a JSON document whose outermost value is an object.

    Raises:
        NotCanonicalError: as for parse, or it is something else than an object.
    """
    document = parse(data)
    if not isinstance(document, dict):
        raise NotCanonicalError("The outermost value is not an object.")
    return document


def _ordered(value: object, depth: int) -> Json:
    if depth == 0:
        raise NotCanonicalError(f"The document is nested deeper than {_DEPTH_LIMIT} levels.")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)  # an enum becomes its value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        return {key: _ordered(value[key], depth - 1) for key in sorted(map(_key, value), key=_utf16)}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_ordered(item, depth - 1) for item in value]
    raise NotCanonicalError(f"A {type(value).__name__} has no JSON form.")


def _number(value: float) -> int:
    if value != value or value in {float("inf"), float("-inf")} or value != int(value):  # noqa: PLR0124 - NaN differs from itself
        raise NotCanonicalError("Only whole numbers have one byte form; keep a fraction as text.")
    if abs(value) > _INTEGER_LIMIT:
        raise NotCanonicalError("A number is beyond 2**53 - 1; keep it as text.")
    return int(value)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise NotCanonicalError("A key is not text.")
    return str(key)


def _utf16(key: str) -> bytes:
    # RFC 8785, 3.2.3: by UTF-16 code units, which differs from code points beyond the first plane.
    return key.encode("utf-16-be", "surrogatepass")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise NotCanonicalError("An object has the same key twice.")
    return document


def _whole(text: str) -> int:
    return _number(float(text))


def _bounded(text: str) -> int:
    # the length first: Python refuses to read thousands of digits with an error of its own
    if len(text) > len(str(-_INTEGER_LIMIT)):
        raise NotCanonicalError("A number is beyond 2**53 - 1; keep it as text.")
    return _number(int(text))


def _no_constant(text: str) -> NoReturn:
    raise NotCanonicalError(f"{text} is not JSON.")

"""Reads profiles out of a JSON file strictly and piece by piece: one profile, an array, or JSON Lines."""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from adapters.contract import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A profile as sent has about 3 kB. Limits are in bytes of the file and characters of the profile.
PROFILE_LIMIT = 256 * 1024
_PIECE_BYTES = 256 * 1024
_DEPTH_LIMIT = 24
_NODES_LIMIT = 20_000
_NUMBER_LIMIT = 40
#: Beyond this, readers that keep numbers as doubles see another number; such a number is kept as text.
_EXACT = 2**53 - 1
_BLANK = " \t\n\r"


class _ValueRefusedError(ValueError):
    """What the JSON library would let pass; carries the code of the refusal."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.refusal = code


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile as it stood in the file; numbers that doubles cannot hold are text, digit for digit."""

    line: int
    document: dict[str, Any]


def profiles(file: BinaryIO) -> Iterator[Profile]:
    """Yield the profiles of a file from its start; memory does not grow with the file.

    Raises:
        RefusedFileError: not UTF-8, not JSON, half-written, a key twice, NaN, too deep or too large.
    """
    text = _Text(file)
    first = text.peek()
    if first == "":
        text.refuse("file.empty", "The file is empty.")
    if first == "[":
        yield from _array(text)
    else:
        yield from _lines(text)


def _array(text: _Text) -> Iterator[Profile]:
    text.skip()
    if text.peek() != "]":
        yield text.profile()
        while text.peek() == ",":
            text.skip()
            yield text.profile()
    if text.peek() == "":
        text.refuse("json.truncated", "The file ends in the middle of the list.")
    if text.peek() != "]":
        text.refuse("json.malformed", "After a profile comes a comma or the end of the list.")
    text.skip()
    if text.peek() != "":
        text.refuse("json.malformed", "Something stands after the end of the list.")


def _lines(text: _Text) -> Iterator[Profile]:
    while text.peek() != "":
        before = text.line
        if text.ended_on == before:
            text.refuse("json.malformed", "A new profile begins on a new line.")
        yield text.profile()


class _Text:
    """The decoded text of a file, of which only the part around the current place is held."""

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._buffer, self._at, self._is_all = "", 0, False
        self.line = 1  #: of the current place
        self.ended_on = 0  #: line on which the last profile ended
        self._more()
        if self._buffer.startswith("\ufeff"):
            self._at = 1

    def peek(self) -> str:
        """Go to the next character that is not blank and return it; empty at the end of the file."""
        while True:
            start = self._at
            while self._at < len(self._buffer) and self._buffer[self._at] in _BLANK:
                self._at += 1
            self.line += self._buffer.count("\n", start, self._at)
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if self._is_all:
                return ""
            self._more()

    def skip(self) -> None:
        """Step over one character that is not a line break."""
        self._at += 1

    def profile(self) -> Profile:
        """Read the object that begins at the next character."""
        if self.peek() != "{":
            self.refuse("json.malformed", "A profile is a JSON object, and here none begins.")
        while True:
            try:
                document, end = _DECODER.raw_decode(self._buffer, self._at)
                _check(document)
            except json.JSONDecodeError as wrong:
                if self._is_all or len(self._buffer) - self._at > PROFILE_LIMIT:
                    self._malformed(wrong)
                self._more()
            except _ValueRefusedError as wrong:
                self.refuse(wrong.refusal, str(wrong))
            except RecursionError:
                self.refuse("json.too-deep", f"Nested deeper than {_DEPTH_LIMIT} levels.")
            else:
                return self._taken(document, end)

    def refuse(self, code: str, reason: str) -> NoReturn:
        """Refuse the whole file at the current line."""
        raise RefusedFileError(reason, line=self.line, code=code)

    def _taken(self, document: dict[str, Any], end: int) -> Profile:
        if end - self._at > PROFILE_LIMIT:
            self.refuse("json.too-large", f"A profile has more than {PROFILE_LIMIT} characters.")
        profile = Profile(self.line, document)
        self.line += self._buffer.count("\n", self._at, end)
        self._at, self.ended_on = end, self.line
        return profile

    def _malformed(self, wrong: json.JSONDecodeError) -> NoReturn:
        # counted from the start of the object: the decoder only sees the buffer
        self.line += self._buffer.count("\n", self._at, wrong.pos)
        is_open = wrong.pos >= len(self._buffer) or wrong.msg.startswith("Unterminated")
        if is_open and not self._is_all:
            self.refuse("json.too-large", f"A profile has more than {PROFILE_LIMIT} characters.")
        if is_open:
            self.refuse("json.truncated", "The file ends in the middle of a profile.")
        self.refuse("json.malformed", f"Not JSON: {wrong.msg.removesuffix(' at')}.")

    def _more(self) -> None:
        piece = self._file.read(_PIECE_BYTES)
        self._is_all = not piece
        try:
            text = self._decoder.decode(piece, final=self._is_all)
        except UnicodeDecodeError as wrong:
            self.line += self._buffer.count("\n", self._at) + wrong.object.count(b"\n", 0, wrong.start)
            self.refuse("encoding", "The file is not UTF-8.")
        self._buffer, self._at = self._buffer[self._at :] + text, 0


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise _ValueRefusedError("json.duplicate-key", "An object has the same key twice.")
    return document


def _whole(digits: str) -> int | str:
    _bounded(digits)
    number = int(digits)
    return number if abs(number) <= _EXACT else digits


def _bounded(number: str) -> str:
    if len(number) > _NUMBER_LIMIT:
        raise _ValueRefusedError("json.number", f"A number has more than {_NUMBER_LIMIT} characters.")
    return number


def _no_constant(name: str) -> NoReturn:
    raise _ValueRefusedError("json.number", f"{name} is not JSON.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_whole, parse_float=_bounded, parse_constant=_no_constant
)


def _check(document: object) -> None:
    """Refuse what is too deep or too large to go through, and text that no UTF-8 can write."""
    level: list[object] = [document]
    nodes = 0
    for _ in range(_DEPTH_LIMIT):
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value)
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, str) and not value.isascii():
                _encodable(value)
        nodes += len(below)
        if not below:
            return
        if nodes > _NODES_LIMIT:
            raise _ValueRefusedError("json.too-large", f"A profile has more than {_NODES_LIMIT} values.")
        level = below
    raise _ValueRefusedError("json.too-deep", f"Nested deeper than {_DEPTH_LIMIT} levels.")


def _encodable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as wrong:
        raise _ValueRefusedError("encoding", "A text holds half a surrogate pair.") from wrong

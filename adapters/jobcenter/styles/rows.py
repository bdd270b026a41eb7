"""Rows of a semicolon CSV, strictly: windows-1252 or marked UTF-8, quoted cells, every row as wide as the header.

A cell that a spreadsheet would calculate (it begins with = + - @, also full-width, with a tab, a return or a line feed,
also behind blanks and apostrophes) is written with one apostrophe more, and read with one less just as it was; around
other cells blanks are not read. The file ends with a line break: else it is half-written.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from adapters.contract import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: A row as sent has 300 characters. Limits are in bytes of a line and characters of a row.
_LINE_BYTES = 2 * 1024 * 1024
_ROW_CHARACTERS = 2 * 1024 * 1024
_COLUMNS_LIMIT, _NAME_LIMIT = 200, 100
#: Spreadsheets step over blanks and letters without width, and take signs of other widths for the plain ones.
_CALCULATED = re.compile(r"['\s\u200b-\u200f\u2060\ufeff]*(?:[=+\-@＝＋－＠﹦﹢﹣﹫\u2212]|(?<=[\t\r\n]))")
_UTF8, _WINDOWS = "utf-8", "cp1252"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by column, the empty ones left out; or how many cells it has where that is wrong."""

    line: int  #: on which it begins
    cells: Mapping[str, str]
    width: int | None = None  #: only of a row that is wider or narrower than the header


def rows(file: BinaryIO, *, required: frozenset[str]) -> Iterator[Row]:
    """Yield the rows of a file from its start; memory does not grow with the file.

    Raises:
        RefusedFileError: another encoding, half-written, quotes that do not fit, a required column missing, a column
            twice, a row too large.
    """
    # one cell may hold all a registry says of a person; the limit is the module's, and this process reads one file
    csv.field_size_limit(_ROW_CHARACTERS)
    file.seek(0)
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=";", strict=True)
    header = _header(reader, lines, required)
    while (read := _next(reader, lines)) is not None:
        line, cells = read
        if not cells:
            continue
        if len(cells) != len(header):
            yield Row(line, {}, len(cells))
        else:
            named = ((name, _plain(cell)) for name, cell in zip(header, cells, strict=True))
            yield Row(line, {name: cell for name, cell in named if cell})


def line_of(cells: Sequence[str]) -> str:
    """Return one row as text, with the line break; letters that windows-1252 lacks make the file UTF-8."""
    made = StringIO()
    csv.writer(made, delimiter=";", lineterminator="\r\n").writerow([_neutral(cell) for cell in cells])
    return made.getvalue()


def is_utf8(raw: bytes) -> bool:
    """Say whether bytes can be read as UTF-8."""
    try:
        raw.decode(_UTF8)
    except UnicodeDecodeError:
        return False
    return True


def _neutral(cell: str) -> str:
    return f"'{cell}" if _CALCULATED.match(cell) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _CALCULATED.match(cell) else cell.strip()


def _header(reader: Iterator[list[str]], lines: _Lines, required: frozenset[str]) -> list[str]:
    read = _next(reader, lines)
    if read is None:
        raise RefusedFileError("The file is empty.", line=1, code="file.empty")
    names = [name.strip() for name in read[1]]
    missing = sorted(required - set(names))
    if missing:
        raise RefusedFileError(
            f"The header lacks these columns: {', '.join(missing)}.", line=read[0], code="csv.header"
        )
    is_sound = len(names) <= _COLUMNS_LIMIT and all(0 < len(name) <= _NAME_LIMIT for name in names)
    if len(set(names)) != len(names) or not is_sound:
        raise RefusedFileError(
            "A column stands twice in the header, has no name, or there are too many.", line=read[0], code="csv.header"
        )
    return names


def _next(reader: Iterator[list[str]], lines: _Lines) -> tuple[int, list[str]] | None:
    """Return the next row and the line it begins on; None at the end."""
    lines.row_characters, first = 0, lines.line + 1
    try:
        cells = next(reader, None)
    except csv.Error as wrong:
        if lines.is_all:
            raise RefusedFileError(
                "The file ends in the middle of a quoted cell.", line=first, code="csv.truncated"
            ) from wrong
        raise RefusedFileError(
            "Quotes or line breaks of this row do not fit.", line=lines.line, code="csv.malformed"
        ) from wrong
    return None if cells is None else (first, cells)


class _Lines:
    """The decoded lines of a file, one at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._encoding = _WINDOWS
        #: unmarked UTF-8 reads as windows-1252 without complaint and spoils every name
        self._has_other_letters, self._could_be_utf8 = False, True
        self.line = 0
        self.row_characters = 0
        self.is_all = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        raw = self._file.readline(_LINE_BYTES + 1)
        if not raw:
            self.is_all = True
            if self._has_other_letters and self._could_be_utf8:
                self._refuse(
                    "encoding", "The file is UTF-8 without its mark; send windows-1252, or UTF-8 with the mark."
                )
            raise StopIteration
        self.line += 1
        if self.line == 1 and raw.startswith(codecs.BOM_UTF8):
            self._encoding = _UTF8
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if len(raw) > _LINE_BYTES:
            self._refuse("csv.too-large", "A line is longer than rows may be.")
        if not raw.endswith((b"\n", b"\r")):
            self._refuse("csv.truncated", "The file does not end with a line break: it may be half-written.")
        text = self._decoded(raw)
        self.row_characters += len(text)
        if self.row_characters > _ROW_CHARACTERS:
            self._refuse("csv.too-large", "A row is larger than rows may be.")
        return text

    def _decoded(self, raw: bytes) -> str:
        try:
            text = raw.decode(self._encoding)
        except UnicodeDecodeError:
            self._refuse("encoding", "The bytes of this line are not windows-1252, and not UTF-8 with a mark either.")
        if "\0" in text:
            self._refuse("encoding", "The line holds a byte 0: this is no text.")
        if self._encoding == _WINDOWS and not raw.isascii():
            self._has_other_letters = True
            self._could_be_utf8 = self._could_be_utf8 and is_utf8(raw)
        return text

    def _refuse(self, code: str, reason: str) -> NoReturn:
        raise RefusedFileError(reason, line=max(self.line, 1), code=code)

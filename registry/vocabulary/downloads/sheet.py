"""A table in a text file, as spreadsheets and portals export it, read strictly: a doubt refuses the file."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from registry.vocabulary.concepts import MalformedFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

#: The largest official download has 10 MB; more is something else.
MOST_BYTES = 200_000_000
#: Titles and notes may stand above the header.
_HEADER_WITHIN = 30
_MOST_LABEL = 500
#: What UTF-8 looks like when it is read as Windows-1252.
_MISREAD = re.compile("Ã.|â€|Â\u00a0")


@dataclass(frozen=True, slots=True)
class Column:
    """A column, found by what its header says."""

    name: str
    header: str  #: pattern that the whole header cell matches; case and line breaks do not count
    required: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """How a publisher writes tables."""

    columns: Sequence[Column]
    delimiters: str = ","
    encodings: tuple[str, ...] = ("utf-8-sig",)


def _to_nobody(_bytes: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller of a reader knows and wants to know."""

    language: str | None = None  #: of all files; None: each file's name says it
    seen: Callable[[int], None] = _to_nobody  #: told how many more bytes have been read


def spreadsheet(columns: Sequence[Column]) -> Form:
    """Return the form in which spreadsheets of German offices leave as CSV."""
    return Form(columns, delimiters=";,\t", encodings=("utf-8-sig", "cp1252"))


@dataclass(frozen=True, slots=True)
class Row:
    """One row: cells by the names of their columns, stripped; an optional column that is missing is ''."""

    file: str
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def refuse(self, reason: str) -> NoReturn:
        """Refuse the file for this row.

        Raises:
            MalformedFileError: always.
        """
        raise MalformedFileError(self.file, self.line, reason)

    def label(self, column: str) -> str:
        """Return a cell that names something.

        Raises:
            MalformedFileError: it is longer than any name.
        """
        text = " ".join(self[column].split())
        if len(text) > _MOST_LABEL:
            self.refuse(f"A name of {len(text)} characters is none.")
        return text

    def labels(self, column: str) -> list[str]:
        """Return the names in a cell, which stand in a line each."""
        return [text for line in self[column].splitlines() if (text := " ".join(line.split()))]


def all_rows(files: Sequence[Path], form: Form, asked: Asked) -> Iterator[Row]:
    """Read tables of one form, one after the other; errors as `rows`."""
    for file in files:
        yield from rows(file, form, asked)


def rows(path: Path, form: Form, asked: Asked) -> Iterator[Row]:
    """Read a table row by row.

    Raises:
        MalformedFileError: encoding, header, width of a row or quoting is not as the publisher writes them.
    """
    text = _text(path, form)
    delimiter, header_line = _header(path, text, form)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    places: dict[int, str] = {}
    share, told = path.stat().st_size / max(text.count("\n"), 1), 0.0
    for line, cells in _records(path, table):
        if line < header_line or not any(map(str.strip, cells)):
            continue
        if line == header_line:
            places, width = _places(form.columns, cells), _width(cells)
            continue
        if len(cells) < width or any(map(str.strip, cells[width:])):
            raise MalformedFileError(path.name, line, f"The row has {len(cells)} cells, the header has {width}.")
        yield Row(path.name, line, {name: cells[place].strip() for place, name in places.items()})
        if table.line_num * share - told > 65_536:
            asked.seen(int(table.line_num * share - told))
            told = table.line_num * share
    asked.seen(path.stat().st_size - int(told))


def _text(path: Path, form: Form) -> str:
    if path.stat().st_size > MOST_BYTES:
        raise MalformedFileError(path.name, 0, f"It is larger than {MOST_BYTES // 1_000_000} MB.")
    content = path.read_bytes()
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise MalformedFileError(path.name, line, "It is no text in UTF-8; save it as CSV (UTF-8).")
    first: UnicodeDecodeError | None = None
    for encoding in form.encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            first = first or error
            continue
        misread = _MISREAD.search(text) if first is not None else None
        if misread is None:
            return text
        first = UnicodeDecodeError(encoding, content, len(text[: misread.start()]), misread.end(), "mixed encodings")
    place = content[: first.start if first else 0].count(b"\n") + 1
    raise MalformedFileError(path.name, place, f"A character is not encoded in {' or '.join(form.encodings)}.")


def _records(path: Path, table: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the number of its first line."""
    line = 1
    while True:
        try:
            cells = next(table, None)
        except csv.Error as error:
            raise MalformedFileError(path.name, line, f"The row does not end as it should ({error}).") from error
        if cells is None:
            return
        yield line, cells
        line = table.line_num + 1  # type: ignore[attr-defined] # the reader of csv has it, its protocol is private


def _header(path: Path, text: str, form: Form) -> tuple[str, int]:
    """Return the delimiter, and the line of the first record that names all required columns."""
    required = [column for column in form.columns if column.required]
    nearest: tuple[int, list[str], int] = (0, [column.name for column in required], 1)
    for delimiter in form.delimiters:
        table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            for number, (line, cells) in enumerate(_records(path, table)):
                if number >= _HEADER_WITHIN:
                    break
                found = set(_places(form.columns, cells).values())
                missing = [column.name for column in required if column.name not in found]
                if not missing:
                    return delimiter, line
                if len(found) > nearest[0]:
                    nearest = (len(found), missing, line)
        except MalformedFileError:
            continue  # with another delimiter it may be a table
    raise MalformedFileError(path.name, nearest[2], f"No header with the column {' and '.join(nearest[1])}.")


def _places(columns: Sequence[Column], cells: Sequence[str]) -> dict[int, str]:
    """Return which cell of the header is which column; a column is the first cell that fits."""
    places: dict[int, str] = {}
    for column in columns:
        for place, cell in enumerate(cells):
            if place not in places and re.fullmatch(column.header, " ".join(cell.split()), re.IGNORECASE):
                places[place] = column.name
                break
    return places


def _width(cells: Sequence[str]) -> int:
    """Return how many cells are named; some publishers end each row with a delimiter."""
    return max(place + 1 for place, cell in enumerate(cells) if cell.strip())

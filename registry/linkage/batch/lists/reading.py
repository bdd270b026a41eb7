"""Lists of people as CSV: read in pieces, refused with the line where something is wrong."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING, Final

from registry.errors import RegistryError
from registry.linkage.batch.lists.people import COLUMNS

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterator
    from pathlib import Path

#: Lines read at once.
PIECE: Final = 8_000
#: Without any of these nobody can be told from anybody.
_TELLING: Final = frozenset(COLUMNS) - {"rec_id", "sex", "nationality"}


#: What a cell begins with that a spreadsheet calculates; pairs hold ids as they came, for people and for machines.
_CALCULATED: Final = frozenset("=+-@＝＋－＠")
_BREAKS: Final = frozenset("\t\r\n")


class ListRefused(RegistryError):  # noqa: N818 - the name says what is the case
    """A list cannot be read; nothing was written. The message names file, line and reason."""

    code = "link.list-refused"


def read(path: Path, *, also: tuple[str, ...] = ()) -> Iterator[list[dict[str, str]]]:
    """Yield the lines of a list, many at a time, each by its columns; a column that is not there is empty.

    Args:
        path: UTF-8 with or without byte order mark, comma-separated, the first line names the columns.
        also: further columns to keep.

    Raises:
        ListRefused: it is no such file, a line has too many or too few fields, or a rec_id is missing, used twice or
            a formula for spreadsheets.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            header = [name.strip() for name in next(reader, [])]
            _check(path, header)
            wanted = {name: header.index(name) for name in (*COLUMNS, *also) if name in header}
            seen: set[str] = set()
            while piece := list(islice(_rows(path, reader, len(header)), PIECE)):
                rows = [
                    {name: row[wanted[name]] if name in wanted else "" for name in (*COLUMNS, *also)}
                    for _, row in piece
                ]
                _check_ids(path, [line for line, _ in piece], rows, seen=seen)
                yield rows
    except UnicodeDecodeError as fault:
        raise ListRefused(f"{path}: not UTF-8 (at byte {fault.start} of a block); save it as UTF-8") from None
    except OSError as fault:
        raise ListRefused(f"{path}: cannot be read: {fault.strerror}") from None


def _rows(path: Path, reader: Reader, width: int) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the line, fields); lines with nothing in them are passed over."""
    while True:
        try:
            row = next(reader, None)
        except csv.Error as fault:
            raise ListRefused(f"{path}, line {reader.line_num}: {fault}") from None
        if row is None:
            return
        if not row:
            continue
        if len(row) != width:
            raise ListRefused(f"{path}, line {reader.line_num}: {len(row)} fields where the first line has {width}")
        yield reader.line_num, row


def _check(path: Path, header: list[str]) -> None:
    if "rec_id" not in header:
        raise ListRefused(f"{path}, line 1: no column rec_id; columns are {', '.join(COLUMNS)}")
    twice = sorted({name for name in header if name in COLUMNS and header.count(name) > 1})
    if twice:
        raise ListRefused(f"{path}, line 1: the column {twice[0]} is there twice")
    if not _TELLING.intersection(header):
        raise ListRefused(f"{path}, line 1: nothing in it tells people apart; columns are {', '.join(COLUMNS)}")


def _check_ids(path: Path, lines: list[int], rows: list[dict[str, str]], *, seen: set[str]) -> None:
    for line, row in zip(lines, rows, strict=True):
        if not row["rec_id"]:
            raise ListRefused(f"{path}, line {line}: rec_id is empty")
        if row["rec_id"].lstrip()[:1] in _CALCULATED or row["rec_id"][0] in _BREAKS:
            raise ListRefused(
                f"{path}, line {line}: rec_id begins with a sign by which a spreadsheet would take it for a formula;"
                " put a letter before all of them"
            )
        if row["rec_id"] in seen:
            raise ListRefused(f"{path}, line {line}: rec_id {row['rec_id']} is there twice")
        seen.add(row["rec_id"])


def survey(path: Path) -> int:
    """Read a list through before anything is made of it; return how many lines it has.

    Raises:
        ListRefused: as `read` does.
    """
    return sum(len(piece) for piece in read(path))

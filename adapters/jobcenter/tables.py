"""Files of a case-work system as records: one row a person, all rows of one office."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from adapters.contract import Refused, RefusedFileError, Survey
from adapters.jobcenter.records import Sent, record_of
from adapters.jobcenter.styles import casework
from adapters.jobcenter.styles.rows import Row, rows
from adapters.translation.leftovers import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.contract import Record

_SENDER = "Traeger"
_OURS = frozenset(casework.OURS)


def survey(file: BinaryIO, *, endpoint_is_test: bool) -> Survey:
    """Read the file to its end; see AgencyAdapter."""
    count, sender = 0, None
    for row in _own(file, endpoint_is_test=endpoint_is_test):
        count, sender = count + 1, sender or row.cells.get(_SENDER)
    if not count:
        raise RefusedFileError("The file holds no person.", line=1, code="file.empty")
    return Survey(count, sender)


def read(file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record | Refused]:
    """Translate row by row; see AgencyAdapter."""
    for row in _own(file, endpoint_is_test=endpoint_is_test):
        if row.width is not None:
            yield Refused(row.line, "row.width", f"The row has {row.width} cells, which the header has not.")
            continue
        cells = {name: cell for name, cell in row.cells.items() if name not in _OURS}
        beside, number = row.cells.get(casework.ANGABEN), row.cells.get(casework.KENNUNG)
        yield record_of(casework.LAYOUT, Sent(row.line, {casework.ROOT: cells}, beside, number))


def _own(file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Row]:
    """Yield the rows that are the office's own: an export's rows of what others said are stepped over.

    Raises:
        RefusedFileError: as for rows; also a person twice, several senders, or a row marked as a test where real
            data is.
    """
    seen: set[int] = set()
    sender: str | None = None
    for row in rows(file, required=casework.REQUIRED):
        if casework.QUELLE in row.cells:
            continue
        if casework.TEST_MARK in row.cells and not endpoint_is_test:
            raise RefusedFileError(
                "This is a test file, and this is no test system.", line=row.line, code="test.record"
            )
        named = row.cells.get(_SENDER)
        if sender and named and named != sender:
            raise RefusedFileError(
                "The rows come from several offices; send one file per office.", line=row.line, code="sender.several"
            )
        sender = sender or named
        key = casework.LAYOUT.key(Document({casework.ROOT: dict(row.cells)})) if row.width is None else None
        # a number of 64 bits instead of the key: a hundred thousand persons take 7 MB
        if key and hash(key) in seen:
            raise RefusedFileError("A person stands in the file twice.", line=row.line, code="key.duplicate")
        if key:
            seen.add(hash(key))
        yield row

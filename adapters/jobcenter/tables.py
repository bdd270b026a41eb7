"""Files of a case-work system as records: one row a person, all rows of one office.

Rows of an export with our own id are of somebody who was recorded here and of whom the office's system has no number.
They are for people to read: taken in again they would be a second record of the same person, so they are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from adapters.contract import Refused, RefusedFileError
from adapters.jobcenter.records import Sent, record_of
from adapters.jobcenter.styles import casework
from adapters.jobcenter.styles.rows import Row, rows
from adapters.translation.leftovers import Document
from adapters.translation.screening.marks import is_test
from adapters.translation.survey import Sending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.contract import Record, Survey

_SENDER = "Traeger"
_OURS = frozenset(casework.OURS)


def survey(file: BinaryIO, *, endpoint_is_test: bool) -> Survey:
    """Read the file to its end; see AgencyAdapter."""
    sending = Sending(endpoint_is_test)
    for _ in _own(file, sending):
        pass
    return sending.surveyed()


def read(file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record | Refused]:
    """Translate row by row; see AgencyAdapter."""
    for row in _own(file, Sending(endpoint_is_test)):
        if row.width is not None:
            yield Refused(row.line, "row.width", f"The row has {row.width} cells, which the header has not.")
            continue
        if casework.KENNUNG in row.cells:
            yield Refused(row.line, "record.ours", "The person was recorded here, not by your system; change her here.")
            continue
        cells = {_column(name, row): cell for name, cell in row.cells.items() if name not in _OURS}
        beside = row.cells.get(casework.ANGABEN)
        yield record_of(casework.LAYOUT, Sent(row.line, {casework.ROOT: cells}, beside))


def _column(name: str, row: Row) -> str:
    """Return the name of a column; the mark of a test has one in all capitals, so that it is written again."""
    is_mark = name.casefold() == casework.TEST_MARK.casefold() and casework.TEST_MARK not in row.cells
    return casework.TEST_MARK if is_mark else name


def _own(file: BinaryIO, sending: Sending) -> Iterator[Row]:
    """Yield the rows that are the office's own: an export's rows of what others said are stepped over.

    Raises:
        RefusedFileError: as for rows; also a person twice, several senders, or a row marked as a test where real
            data is.
    """
    seen: set[int] = set()
    for row in rows(file, required=casework.REQUIRED):
        if casework.QUELLE in row.cells:
            continue
        sending.add(row.line, sender=row.cells.get(_SENDER), is_test=is_test(row.cells))
        key = casework.LAYOUT.key(Document({casework.ROOT: dict(row.cells)})) if row.width is None else None
        # a number of 64 bits instead of the key: a hundred thousand persons take 7 MB
        if key and hash(key) in seen:
            raise RefusedFileError("A person stands in the file twice.", line=row.line, code="key.duplicate")
        if key:
            seen.add(hash(key))
        yield row

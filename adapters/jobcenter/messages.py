"""Files of entitlements as records: one message a file, or several in `nachrichten`."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from adapters.contract import Record, Refused, RefusedFileError, Survey
from adapters.jobcenter.envelopes import MESSAGES, beside_of, parts
from adapters.jobcenter.records import Sent, record_of
from adapters.jobcenter.styles import entitlement
from adapters.translation.leftovers import Document
from adapters.translation.screening.marks import is_test

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.translation.xml import Element


def survey(file: BinaryIO, *, endpoint_is_test: bool) -> Survey:
    """Read the file to its end; see AgencyAdapter."""
    count, sender = 0, None
    for message in _messages(file, endpoint_is_test=endpoint_is_test):
        count, sender = count + 1, sender or Document(message.content).text(entitlement.OFFICE)
    if not count:
        raise RefusedFileError("The file holds no message.", line=1, code="file.empty")
    return Survey(count, sender)


def read(file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record | Refused]:
    """Translate message by message; a later one about the same person says more than an earlier; see AgencyAdapter."""
    for message in _messages(file, endpoint_is_test=endpoint_is_test):
        beside = beside_of(message.content)
        yield record_of(entitlement.LAYOUT, Sent(message.line, message.content, beside))


def _messages(file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Element]:
    sender: str | None = None
    for part in parts(file):
        if not endpoint_is_test and any(map(is_test, (part.content, *part.above))):
            raise RefusedFileError(
                "This is a test file, and this is no test system.", line=part.line, code="test.record"
            )
        if part.path == (MESSAGES,):
            continue
        if part.path[-1] != entitlement.MESSAGE:
            raise RefusedFileError("This is no message that an office sends us.", line=part.line, code="xml.unknown")
        named = Document(part.content).text(entitlement.OFFICE)
        if sender and named and named != sender:
            raise RefusedFileError(
                "The messages come from several offices; send one file per office.",
                line=part.line,
                code="sender.several",
            )
        sender = sender or named
        yield part

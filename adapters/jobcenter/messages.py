"""Files of entitlements as records: one message a file, or several in `nachrichten`."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from adapters.contract import Record, Refused, RefusedFileError
from adapters.jobcenter.envelopes import MESSAGES, beside_of, parts
from adapters.jobcenter.records import Sent, record_of
from adapters.jobcenter.styles import entitlement
from adapters.translation.leftovers import value_at
from adapters.translation.screening.marks import is_test
from adapters.translation.survey import Sending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.contract import Survey
    from adapters.translation.xml import Element


def survey(file: BinaryIO, *, endpoint_is_test: bool) -> Survey:
    """Read the file to its end; see AgencyAdapter."""
    sending = Sending(endpoint_is_test)
    for _ in _messages(file, sending):
        pass
    return sending.surveyed()


def read(file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record | Refused]:
    """Translate message by message; a later one about the same person says more than an earlier; see AgencyAdapter."""
    for message in _messages(file, Sending(endpoint_is_test)):
        beside = beside_of(message.content)
        yield record_of(entitlement.LAYOUT, Sent(message.line, message.content, beside))


def _messages(file: BinaryIO, sending: Sending) -> Iterator[Element]:
    for part in parts(file):
        sending.look_at(part.line, is_test=any(map(is_test, (part.content, *part.above))))
        if part.path == (MESSAGES,):
            continue
        if part.path[-1] != entitlement.MESSAGE:
            raise RefusedFileError("This is no message that an office sends us.", line=part.line, code="xml.unknown")
        named = value_at(part.content, entitlement.OFFICE)
        sending.add(part.line, sender=named if isinstance(named, str) else None, is_test=False)
        yield part

"""The adapter of municipal Jobcenters: sees by its content which style a file has."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from adapters.contract import RefusedFileError
from adapters.jobcenter import deliveries, messages, tables
from adapters.jobcenter.envelopes import DELIVERIES, MESSAGES, parts
from adapters.jobcenter.styles import entitlement, monthly
from adapters.jobcenter.writing import write
from schemas.vocabularies.access import AgencyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.contract import Office, Piece, Record, Refused, Share, Survey

_HEAD_BYTES = 64
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _Style(Protocol):
    """How the files of one style are read; a module is one."""

    def survey(self, file: BinaryIO, *, endpoint_is_test: bool) -> Survey:
        """See AgencyAdapter."""
        ...

    def read(self, file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record | Refused]:
        """See AgencyAdapter."""
        ...


#: By the name of the root element.
_XML: dict[str, _Style] = {
    monthly.DELIVERY: deliveries,
    DELIVERIES: deliveries,
    entitlement.MESSAGE: messages,
    MESSAGES: messages,
}


@dataclass(frozen=True, slots=True)
class JobcenterAdapter:
    """Reads monthly deliveries, the CSV of a case-work system, and entitlements to job-language courses."""

    name: str = "jobcenter"
    kind: str = AgencyKind.JOBCENTER.value

    def survey(self, file: BinaryIO, *, endpoint_is_test: bool) -> Survey:
        """Read the file to its end; see AgencyAdapter."""
        return _style(file).survey(file, endpoint_is_test=endpoint_is_test)

    def read(self, file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record | Refused]:
        """Translate record by record; see AgencyAdapter."""
        yield from _style(file).read(file, endpoint_is_test=endpoint_is_test)

    def write(self, shares: Iterator[Share], office: Office, *, at: str) -> Iterator[Piece]:
        """Write what an agency may have as xsozial.xml, persons.csv and berd.xml; see AgencyAdapter."""
        yield from write(shares, office, at=at)


ADAPTER = JobcenterAdapter()


def _style(file: BinaryIO) -> _Style:
    """Return what reads a file: XML by its root, everything else is rows."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    if not head:
        raise RefusedFileError("The file is empty.", line=1, code="file.empty")
    is_xml = head.startswith(_WIDE_MARKS) or head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")
    if not is_xml:
        return tables
    first = next(parts(file))
    style = _XML.get(first.path[0])
    if style is None:
        raise RefusedFileError("This is no file that a Jobcenter sends.", line=first.line, code="xml.unknown")
    return style

"""The adapter for BAMF-style systems: what it is called, and which of its parts does what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from adapters.bamf.export.files import files
from adapters.bamf.reading import Message, messages
from adapters.bamf.records import record_of
from adapters.translation.survey import Sending
from schemas.vocabularies.access import AgencyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.contract import Office, Piece, Record, Refused, Share, Survey


@dataclass(frozen=True, slots=True)
class BamfAdapter:
    """Reads answers and reports of the register and course data: one message, or a container of several."""

    name: str = "bamf"
    kind: str = AgencyKind.BAMF.value

    def survey(self, file: BinaryIO, *, endpoint_is_test: bool) -> Survey:
        """Read the file to its end; see AgencyAdapter."""
        sending = Sending(endpoint_is_test)
        for _ in _sent(file, sending):
            pass
        return sending.surveyed()

    def read(self, file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record | Refused]:
        """Translate message by message; see AgencyAdapter."""
        yield from map(record_of, _sent(file, Sending(endpoint_is_test)))

    def write(self, shares: Iterator[Share], office: Office, *, at: str) -> Iterator[Piece]:
        """Write answers of the register, course data, and apart what is of nobody the agency knows."""
        return files(shares, office, at=at)


ADAPTER = BamfAdapter()


def _sent(file: BinaryIO, sending: Sending) -> Iterator[Message]:
    for message in messages(file):
        sending.add(message.line, sender=message.sender, is_test=message.is_test)
        yield message

"""The adapter for BAMF-style systems: what it is called, and which of its parts does what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from adapters.bamf.export.files import files
from adapters.bamf.reading import Message, messages
from adapters.bamf.records import record_of
from adapters.contract import RefusedFileError, Survey
from schemas.vocabularies.access import AgencyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.contract import Office, Piece, Record, Refused, Share


@dataclass(frozen=True, slots=True)
class BamfAdapter:
    """Reads answers and reports of the register and course data: one message, or a container of several."""

    name: str = "bamf"
    kind: str = AgencyKind.BAMF.value

    def survey(self, file: BinaryIO, *, endpoint_is_test: bool) -> Survey:
        """Read the file to its end; see AgencyAdapter."""
        count, sender = 0, None
        for message in messages(file):
            _refuse_test(message, endpoint_is_test=endpoint_is_test)
            named = message.sender
            if sender and named and named != sender:
                raise RefusedFileError(
                    f"The messages come from several offices ({sender}, {named}); send one file per office.",
                    line=message.line,
                    code="sender.several",
                )
            count, sender = count + 1, sender or named
        if not count:
            raise RefusedFileError("The file holds no message.", line=1, code="file.empty")
        return Survey(count, sender)

    def read(self, file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record | Refused]:
        """Translate message by message; see AgencyAdapter."""
        for message in messages(file):
            _refuse_test(message, endpoint_is_test=endpoint_is_test)
            yield record_of(message)

    def write(self, shares: Iterator[Share], office: Office, *, at: str) -> Iterator[Piece]:
        """Write answers of the register, course data, and apart what is of nobody the agency knows."""
        return files(shares, office, at=at)


ADAPTER = BamfAdapter()


def _refuse_test(message: Message, *, endpoint_is_test: bool) -> None:
    if message.is_test and not endpoint_is_test:
        raise RefusedFileError(
            "This is a test file, and this is no test system.", line=message.line, code="test.record"
        )

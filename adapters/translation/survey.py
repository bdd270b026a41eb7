"""What all records of a file must have in common: one sender, and no test record where real data is."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.contract import RefusedFileError, Survey


@dataclass(slots=True)
class Sending:
    """What a file turned out to be so far, told record by record."""

    endpoint_is_test: bool
    records: int = 0
    sender: str | None = None  #: the number the sending agency gives itself

    def add(self, line: int, *, sender: str | None, is_test: bool) -> None:
        """Count one record.

        Raises:
            RefusedFileError: a test record on an endpoint that is none, or another sender than before.
        """
        self.look_at(line, sender=sender, is_test=is_test)
        self.records += 1

    def look_at(self, line: int, *, sender: str | None = None, is_test: bool = False) -> None:
        """See what stands around records, or is only a part of one; raises as add."""
        if is_test and not self.endpoint_is_test:
            raise RefusedFileError("This is a test file, and this is no test system.", line=line, code="test.record")
        if sender and self.sender and sender != self.sender:
            raise RefusedFileError(
                "The records come from several offices; send one file per office.", line=line, code="sender.several"
            )
        self.sender = self.sender or sender or None

    def surveyed(self) -> Survey:
        """Return what the whole file holds.

        Raises:
            RefusedFileError: no record at all.
        """
        if not self.records:
            raise RefusedFileError("The file holds no record.", line=1, code="file.empty")
        return Survey(self.records, self.sender)

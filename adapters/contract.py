"""What an agency's adapter promises the engine: records, refusals line by line, and three errors it may raise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar, Protocol

#: Entry points of this group name the adapters: `ba = adapters.ba.mapping:ADAPTER`.
ADAPTERS = "registry.adapters"


class AdapterError(Exception):
    """Base of the three errors an adapter may raise; the reason is for operators and quotes no value."""

    code: ClassVar[str] = "adapter.failed"


class RefusedFileError(AdapterError):
    """The file is not what it should be: nothing of it is taken, whatever the rest looks like."""

    code = "file.refused"

    def __init__(self, reason: str, *, line: int, code: str, file: str = "") -> None:
        """Name the place: line counts from 1; the engine adds the file's name, an adapter does not know it."""
        super().__init__(f"{file or 'file'}, line {line}: {reason}")
        self.reason, self.line, self.reason_code, self.file = reason, line, code, file


class TransientError(AdapterError):
    """Not now: the same attempt may succeed later."""

    code = "adapter.later"


class PermanentError(AdapterError):
    """Never: somebody has to change something first."""

    code = "adapter.never"


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A path of a record that became no entry of a section.

    Kept: it went to the compartment that only source and person see. Not kept: the registry may never hold it
    (design, section 1), so it was dropped.
    """

    path: str  #: JSON pointer in which every index is `*`
    kept: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a source, translated.

    Each entry is a document that schemas.entries.EntryIn accepts; the engine checks that before it stores anything.
    """

    key: str  #: the source's own id of it; the same key is the same appearance for ever
    line: int
    digest: bytes  #: SHA-256 of what is kept of it: the same digest again changes nothing
    entries: tuple[Mapping[str, Any], ...]
    unmapped: tuple[Unmapped, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A whole, readable record that cannot be accepted; the others of its file can."""

    line: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file holds, known before anything of it is written."""

    records: int
    sender: str | None  #: the number the sending agency gives itself, if it names one


class AgencyAdapter(Protocol):
    """Reads what one style of agency sends.

    It runs in a child without database, keeper, network or further files, so what it needs it imports and loads
    before it is asked.
    """

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        ...

    @property
    def kind(self) -> str:
        """The agency kind it usually serves (schemas.vocabularies.access.AgencyKind)."""
        ...

    def survey(self, file: BinaryIO, *, endpoint_is_test: bool) -> Survey:
        """Read the file to its end without translating it.

        Raises:
            RefusedFileError: malformed, half-written, of several senders, or a test file for an endpoint that is not.
        """
        ...

    def read(self, file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record | Refused]:
        """Translate a surveyed file from its start, record by record, in memory that does not grow with the file.

        Raises:
            RefusedFileError: as for survey.
        """
        ...

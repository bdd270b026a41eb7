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
class Change:
    """What a source reports about one of its own earlier statements, which it names by its own reference.

    `add` states something new; `update` says that it has changed since; `delete` that it holds no more; `correct` that
    it never was so, and what is right; `retract` that it never was so (AZR: 01, 02, 03, 04, 05). Entries without a
    reference of their own get the change's, so that a later change finds them.
    """

    act: str
    reference: str | None
    entries: tuple[Mapping[str, Any], ...] = ()  #: what is stated now; none for delete and retract


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a source, translated.

    Each entry is a document that schemas.entries.EntryIn accepts; the engine checks that before it stores anything.
    A record is the source's whole present view of the person, unless it has changes: then its entries restate only
    the kinds they have, unmapped paths are only added, and everything else stands as it was. Records of one key are
    told apart by their time: one that was written before the last of them, and would change something, is refused.
    """

    key: str  #: the source's own id of it; the same key is the same appearance for ever
    line: int
    digest: bytes  #: SHA-256 of what is kept of it: the same digest again changes nothing
    entries: tuple[Mapping[str, Any], ...]
    unmapped: tuple[Unmapped, ...] = ()
    changes: tuple[Change, ...] = ()
    #: when the source wrote it: a moment in ISO 8601 (UTC where it says no zone), a day, a month or a year
    stated_at: str | None = None


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


@dataclass(frozen=True, slots=True)
class Office:
    """The agency that gets an export, as its own systems call it."""

    number: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Share:
    """What an agency may have of one person, for its own system; entries as schemas.entries.EntryOut shows them.

    Somebody in whom several of the agency's own appearances were found again comes once for each; the first that is
    proved to be hers carries what was granted. Where none is, it comes apart, as of a person without one.
    """

    appearance: str  #: our random id of the agency's own appearance; empty where it has none
    own: tuple[Mapping[str, Any], ...]  #: what it stated itself and stands, unmapped paths included
    granted: tuple[Mapping[str, Any], ...] = ()  #: what others stated and a live grant opens to it


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an export file; parts of one name are joined in the order they come."""

    name: str  #: a plain file name, no folder
    content: bytes


class AgencyAdapter(Protocol):
    """Reads what one style of agency sends, and writes what it may have in the same style.

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

    def write(self, shares: Iterator[Share], office: Office, *, at: str) -> Iterator[Piece]:
        """Write what an agency may have in its own format, in memory that does not grow with the number of persons.

        What is read again from these files gives the same standing entries of the agency's own as before.

        Args:
            shares: every person of whom the agency may have something.
            at: the moment of the export, ISO 8601 with zone.
        """
        ...

"""Carries one file from its sender into the registry, batch by batch, and counts what became of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from marshmallow import ValidationError

from adapters.contract import Record, Refused, RefusedFileError, Survey, Unmapped
from adapters.engine.ahead import one_ahead
from adapters.engine.messages import Batch, FileReport, Warned
from adapters.engine.reading import Source, read
from registry import clock
from registry.casework.receiving import Outcome, Received, Sealing, Stored
from registry.profiles.changes import TAKING_BACK, Act, Change
from schemas.entries import EntryIn
from schemas.fields import precision_of
from schemas.retention import day_of
from schemas.sections.identifiers import format_warnings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from adapters import contract

#: Compares appearances that wait for it, and says which.
CatchUp: TypeAlias = "Callable[[], Sequence[Outcome]]"
#: Is told how many records are dealt with, of how many.
OnProgress: TypeAlias = "Callable[[int, int], None]"

#: A report names so many lines and paths one by one; the rest is one more item that counts them.
REPORT_ITEMS = 1000
#: Keys of a file stand in paths and reasons: what a report quotes of them is cut to so many characters.
REPORT_CHARACTERS = 300
#: So far a sender's clock may be ahead of ours.
_CLOCKS_DIFFER = timedelta(days=1)
_ENTRY = EntryIn()


def carry(source: Source, intake: Intake, *, on_progress: OnProgress, catch_up: CatchUp | None = None) -> FileReport:
    """Read a file twice, once to see that it is whole, once to take its records in; return what became of it.

    Each batch goes through four hands, and each hand holds another batch: one looks at it, one has it sealed, one
    stores it, one has it compared. A file that is refused gives a report that says so. Whatever `intake` raises ends
    the work at that batch.

    Args:
        catch_up: compares at the end what could not be compared with all others before.
    """
    tally = _Tally(source.name)
    try:
        with (
            closing(one_ahead(_parts(source))) as looked_at,
            closing(one_ahead(_sealed(looked_at, intake))) as sealed,
            closing(one_ahead(_stored(sealed, intake))) as parts,
        ):
            for part in parts:
                if isinstance(part, Survey):
                    tally.total = part.records
                else:
                    if part.stored is not None:
                        tally.count(part.records, part.stored.outcomes)
                        tally.compare(intake.compare(part.stored))
                    tally.refuse(part.refused)
                    tally.leave(part.unmapped)
                    tally.warn(part.warned)
                on_progress(tally.done, tally.total)
    except RefusedFileError as refusal:
        tally.refuse([Refused(refusal.line, refusal.reason_code, refusal.reason)])
        tally.is_whole = False
    else:
        tally.compare(catch_up() if catch_up is not None else ())
    return tally.report()


def checked(record: Record) -> Received | Refused:
    """Return a record ready to be stored, or refused where one of its entries or changes is not what these may be."""
    try:
        entries = tuple(_entry(entry) for entry in record.entries)
        changes = tuple(_change(change) for change in record.changes)
    except _InvalidError as wrong:
        return Refused(record.line, wrong.code, str(wrong))
    return Received(
        key=record.key,
        digest=record.digest,
        entries=entries,
        changes=changes,
        stated_at=_stated_at(record.stated_at),
        line=record.line,
    )


def _stated_at(said: str | None) -> str | None:
    """Return when a record was written, moments in UTC; None where that cannot be read or is yet to come.

    A time to come would have everything refused that is written until then.
    """
    latest = _comparable(clock.now() + _CLOCKS_DIFFER)
    try:
        if said and "T" in said:
            said = _comparable(datetime.fromisoformat(said))
        elif said:
            precision_of(said)
    except (ValueError, OverflowError, ValidationError):
        return None
    return said if said and said <= latest else None


def _comparable(moment: datetime) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def without_due(record: Record, today: date) -> Record:
    """Return a record without the statements whose day of deletion has come; the report says that they were left out.

    Taken in, they would be shown until the next run, and it would have to write these compartments once more.
    """
    stated = (*record.entries, *(entry for change in record.changes for entry in change.entries))
    due = [entry for entry in stated if _is_due(entry, today)]
    if not due:
        return record
    kinds = dict.fromkeys(f"{entry.get('kind')} (past its deletion date)" for entry in due)
    return replace(
        record,
        entries=tuple(entry for entry in record.entries if not _is_due(entry, today)),
        changes=tuple(
            replace(change, entries=tuple(entry for entry in change.entries if not _is_due(entry, today)))
            for change in record.changes
        ),
        unmapped=(*record.unmapped, *(Unmapped(kind, kept=False, reason="past its deletion date") for kind in kinds)),
    )


def _is_due(entry: Mapping[str, Any], today: date) -> bool:
    try:
        return date.fromisoformat(entry["delete_on"]) <= today if entry.get("delete_on") else False
    except (TypeError, ValueError):
        return False  # whoever checks the entry refuses it


def warnings_of(record: Received) -> list[Warned]:
    """Return what looks unusual about the numbers of a record, which is taken all the same; no number is quoted."""
    stated = (*record.entries, *(entry for change in record.changes for entry in change.stated))
    words = (word for entry in stated for word in format_warnings(entry["kind"], entry["value"]))
    return [Warned(record.line, one) for one in dict.fromkeys(words)]


def without_repeats(records: Sequence[Received]) -> list[list[Received]]:
    """Split where a key comes again, so that its later record meets the earlier one already stored."""
    chunks: list[dict[str, Received]] = [{}]
    for record in records:
        if record.key in chunks[-1]:
            chunks.append({})
        chunks[-1][record.key] = record
    return [list(chunk.values()) for chunk in chunks]


def _sealed(
    parts: Generator[Survey | _Checked, None, None], intake: Intake
) -> Generator[Survey | _Checked, None, None]:
    """Add to each batch what the keeper sealed of it, where it has no record in common with the one in front.

    That one may not be stored yet, and until then the keeper recognises none of its records.
    """
    before: set[str] = set()
    try:
        for part in parts:
            if isinstance(part, Survey):
                yield part
                continue
            can_be_sealed, before = part.records and part.keys.isdisjoint(before), part.keys
            yield replace(part, sealing=intake.seal(part.records)) if can_be_sealed else part
    finally:
        intake.release()


def _stored(
    parts: Generator[Survey | _Checked, None, None], intake: Intake
) -> Generator[Survey | _Checked, None, None]:
    """Store each batch; where it has a record of the one in front, not before that one is compared.

    Comparing decides whose an appearance is, and storing it again says so in the log.
    """
    before: set[str] = set()
    try:
        for part in parts:
            if isinstance(part, Survey):
                yield part
                continue
            if not part.keys.isdisjoint(before):
                yield _Checked()  # once the next item is asked for, the one before this is dealt with
            before = part.keys
            yield replace(part, stored=intake.store(part.records, part.sealing)) if part.records else part
    finally:
        intake.release()


def _parts(source: Source) -> Generator[Survey | _Checked, None, None]:
    """Yield a file's survey, then its batches as far as they can be looked at without registry and keeper.

    No batch has two records with one key.
    """
    with closing(read(source)) as parts:
        for part in parts:
            if isinstance(part, Survey):
                yield part
                continue
            looked_at = _looked_at(part)
            *first, last = without_repeats(looked_at.records)
            yield from (_Checked(records) for records in first)
            yield replace(looked_at, records=last)


def _looked_at(batch: Batch) -> _Checked:
    accepted: list[Received] = []
    refused: list[Refused] = []
    unmapped: dict[Unmapped, None] = {}
    warned: list[Warned] = []
    today = day_of(clock.now())
    for sent in batch.records:
        record = without_due(sent, today)
        result = checked(record)
        if isinstance(result, Refused):
            refused.append(result)
        else:
            accepted.append(result)
            unmapped |= dict.fromkeys(record.unmapped)
            warned += warnings_of(result)
    return _Checked(accepted, [*refused, *batch.refused], tuple(unmapped), tuple(warned))


def _entry(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        loaded: Mapping[str, Any] = _ENTRY.load(entry)
    except ValidationError as wrong:
        raise _InvalidError("entry.invalid", f"{entry.get('kind')}: {_first(wrong.messages)}") from wrong
    return loaded


def _change(change: contract.Change) -> Change[Mapping[str, Any]]:
    if change.act not in set(Act):
        raise _InvalidError("change.invalid", f"There is no change called {change.act!r}.")
    act = Act(change.act)
    if act is not Act.ADD and not change.reference:
        raise _InvalidError("change.invalid", f"The change {act.value!r} does not say by reference what it changes.")
    if act in TAKING_BACK and change.entries:
        raise _InvalidError("change.invalid", f"The change {act.value!r} takes back and cannot state something.")
    return Change(act, change.reference, tuple(_entry(entry) for entry in change.entries))


def _first(messages: object) -> str:
    """Return the first of marshmallow's nested messages with the fields that lead to it; none quotes a value."""
    if isinstance(messages, dict):
        name, below = next(iter(messages.items()))
        return _first(below) if name in {"value", "_schema"} else f"{name}: {_first(below)}"
    return _first(messages[0]) if isinstance(messages, list) else str(messages)


class Intake(Protocol):
    """Takes batches in, step by step; each step may run in a thread of its own."""

    def seal(self, records: Sequence[Received]) -> Sealing | None:
        """Return a batch sealed, or None where that did not work out; storing it then begins anew and says why."""
        ...

    def store(self, records: Sequence[Received], sealing: Sealing | None) -> Stored:
        """Store all records of a batch or none, sealed before or not."""
        ...

    def compare(self, stored: Stored) -> Sequence[Outcome]:
        """Compare who is new in a stored batch with all others; say for each record what that led to."""
        ...

    def release(self) -> None:
        """Give back what belongs to the calling thread."""
        ...


class _InvalidError(Exception):
    """A record cannot be accepted as it is; `code` and text go into the report."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Checked:
    """A batch whose records are ready to be stored, without those that cannot be; and how far it has come."""

    records: list[Received] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unmapped: tuple[Unmapped, ...] = ()  #: of the accepted ones, each path once
    warned: tuple[Warned, ...] = ()  #: of the accepted ones
    sealing: Sealing | None = None
    stored: Stored | None = None

    @property
    def keys(self) -> set[str]:
        """Return the sources' own ids of these records."""
        return {record.key for record in self.records}


@dataclass(slots=True)
class _Tally:
    """What became of a file so far."""

    file: str
    total: int = 0
    done: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("created", "unchanged", "updated"), 0))
    linked: int = 0
    conflicting: int = 0
    refused: list[Refused] = field(default_factory=list)
    refused_count: int = 0
    warned: list[Warned] = field(default_factory=list)
    warned_count: int = 0
    kept: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    is_whole: bool = True

    def count(self, records: Sequence[Received], outcomes: Sequence[Outcome]) -> None:
        for record, outcome in zip(records, outcomes, strict=True):
            if outcome.is_refused:
                self.refuse([Refused(record.line, "record.older", "A newer one came before.")])
            else:
                self.done += 1
                self.counts[outcome.status] += 1

    def compare(self, outcomes: Sequence[Outcome]) -> None:
        self.linked += sum(outcome.linked for outcome in outcomes)
        self.conflicting += sum(outcome.conflicting for outcome in outcomes)

    def refuse(self, lines: Sequence[Refused]) -> None:
        self.done += len(lines)
        self.refused_count += len(lines)
        for line in lines[: max(0, REPORT_ITEMS - len(self.refused))]:
            self.refused.append(Refused(line.line, _cut(line.code), _cut(line.reason)))

    def leave(self, unmapped: Sequence[Unmapped]) -> None:
        """Remember paths, of each sort one more than are named: a file can make up as many as it likes."""
        for left in unmapped:
            paths = self.kept if left.kept else self.dropped
            if len(paths) <= REPORT_ITEMS:
                paths.add(_cut(left.path))

    def warn(self, warned: Sequence[Warned]) -> None:
        self.warned_count += len(warned)
        self.warned += warned[: max(0, REPORT_ITEMS - len(self.warned))]

    def report(self) -> FileReport:
        return FileReport(
            file=self.file,
            records=self.total,
            refused=sorted(self.refused, key=lambda line: line.line) + self._more_lines(),
            unmapped=sorted(_named(self.kept, kept=True) + _named(self.dropped, kept=False)),
            warnings=self._warnings(),
            is_whole=self.is_whole,
            linked=self.linked,
            conflicting=self.conflicting,
            **self.counts,
        )

    def _more_lines(self) -> list[Refused]:
        more = self.refused_count - len(self.refused)
        return [Refused(0, "more", f"{more} more lines were refused.")] if more else []

    def _warnings(self) -> list[Warned]:
        more = self.warned_count - len(self.warned)
        return self.warned + ([Warned(0, f"{more} more numbers look unusual.")] if more else [])


def _named(paths: set[str], *, kept: bool) -> list[tuple[str, bool]]:
    """Return what a report says of paths: so many by name, and whether there were more."""
    more = [("/… and more", kept)] if len(paths) > REPORT_ITEMS else []
    return [(path, kept) for path in sorted(paths)[:REPORT_ITEMS]] + more


def _cut(text: str) -> str:
    return text if len(text) <= REPORT_CHARACTERS else f"{text[:REPORT_CHARACTERS]}…"

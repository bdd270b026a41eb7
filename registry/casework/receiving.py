"""Taking in what an agency sent: all records of a batch, or none of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registry.actors import RunActor
from registry.audit import log
from registry.audit.events import Event
from registry.auth import agencies
from registry.casework import linking
from registry.db import Sessions
from registry.errors import NotFound
from registry.exchange import inbox
from registry.keys.client import KEEPER
from registry.linkage import arrivals, decisions
from registry.profiles import appearances, changes, entries, reading
from registry.profiles.changes import Change
from registry.wire import messages
from registry.wire.messages import Document, WriteRecord, Written
from schemas.compartments import Compartment, compartment_of
from schemas.vocabularies.access import AgencyKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from schemas.entries import Entry


#: The status of a record that would take back what one written after it said.
OLDER = "older"


@dataclass(frozen=True, slots=True)
class Received:
    """One record of a source: its own id of it, SHA-256 of what it said, and the entries (as EntryIn loads them).

    It is the source's whole present view, unless it has changes: see registry.profiles.changes.after.
    """

    key: str
    digest: bytes
    entries: tuple[Mapping[str, Any], ...]
    changes: tuple[Change[Mapping[str, Any]], ...] = ()
    stated_at: str | None = None  #: when the source wrote it, in the form of registry.wire.messages.WriteRecord
    line: int = 0  #: where it stood, for reports

    def asked(self, documents: dict[str, Document], appearance: UUID | None = None) -> WriteRecord:
        """Return it as the keeper is asked to seal it."""
        return WriteRecord(
            documents,
            appearance_id=appearance,
            key=self.key,
            digest=self.digest,
            stated_at=self.stated_at,
            has_changes=bool(self.changes),
        )


@dataclass(frozen=True, slots=True)
class _Said:
    """What a record says, as entries with their provenance."""

    entries: list[Entry]
    changes: list[Change[Entry]]

    def after(self, held: Sequence[Entry], now: datetime) -> tuple[Entry, ...]:
        return changes.after(held, self.entries, changes=self.changes, now=now)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a record: created, unchanged, updated, or nothing: it is older than one that came before."""

    status: str
    appearance_id: UUID
    linked: bool = False  #: it was found to be of somebody who was known already
    conflicting: bool = False  #: so, although what identifies her contradicts itself

    @property
    def is_refused(self) -> bool:
        """Say whether nothing was taken because a newer record came before."""
        return self.status == OLDER


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch; who is new in it, or somebody else now, is still to be compared with all others."""

    outcomes: tuple[Outcome, ...]
    actor: RunActor
    queries: Mapping[UUID, bytes]
    now: datetime


@dataclass(frozen=True, slots=True)
class _Known:
    """A record that came before with other content, as it is to be stored now; or the status it is left with."""

    person_id: UUID
    written: Written | None = None
    status: str = "updated"


@dataclass(frozen=True, slots=True)
class Sealing:
    """A batch as the keeper sealed it: what `store` needs."""

    actor: RunActor
    kind: AgencyKind
    records: tuple[Received, ...]
    made: tuple[_Said, ...]
    results: tuple[Written, ...]
    now: datetime


def receive(run_id: UUID, records: Sequence[Received], *, now: datetime) -> list[Outcome]:
    """Take in a batch for the agency of this run and worker; the same record again changes nothing.

    Raises:
        NotFound: there is no such run.
        KeeperRefused: the run has ended, is another agency's, or its budget is used up; nothing was stored.
        Conflict: somebody else changed one of these appearances meanwhile; nothing was stored.
    """
    return compare(store(seal(run_id, records, now=now)))


def seal(run_id: UUID, records: Sequence[Received], *, now: datetime) -> Sealing:
    """Let the keeper recognise and seal a batch; nothing is stored yet, and nothing is lost if it never is.

    Until it is stored the keeper recognises none of these records: another batch with one of their keys has to wait.

    Raises:
        NotFound: there is no such run.
        KeeperRefused: as for `receive`.
    """
    actor, kind = _actor(run_id)
    provenance = entries.Provenance(actor.agency_id, f"run:{run_id}", now)
    made = [_said(record, provenance) for record in records]
    batch = [record.asked(entries.documents(said.after((), now))) for record, said in zip(records, made, strict=True)]
    results = KEEPER.ask(messages.Write(batch, run=run_id), messages.Sealed).results
    return Sealing(actor, kind, tuple(records), tuple(made), tuple(results), now)


def store(sealing: Sealing) -> Stored:
    """Store a batch that the keeper sealed, each change with its line.

    Raises:
        KeeperRefused: the source's own appearance, which a record changes, may not be opened or sealed.
        Conflict: as for `receive`.
    """
    records, made, results = sealing.records, sealing.made, sealing.results
    actor, kind, now = sealing.actor, sealing.kind, sealing.now
    known = {
        at: _restate(records[at], made[at], result, actor=actor, kind=kind, now=now)
        for at, result in enumerate(results)
        if result.status == "changed"
    }
    stored = _store(results, known, actor, now=now)
    statuses = [known[at].status if at in known else result.status for at, result in enumerate(results)]
    outcomes = (Outcome(*one) for one in zip(statuses, (result.appearance_id for result in results), strict=True))
    queries = {one.appearance_id: one.query for one in stored if one.query is not None}
    return Stored(tuple(outcomes), actor, queries, now)


def compare(stored: Stored) -> list[Outcome]:
    """Compare who is new in a batch with all others; what was linked says so.

    Where the linker is away nothing is: `catch_up` does it later.
    """
    compared = linking.compare_if_possible(stored.queries, actor=stored.actor, now=stored.now)
    return [_after(one, compared.get(one.appearance_id)) for one in stored.outcomes]


def catch_up(run_id: UUID, *, now: datetime) -> list[Outcome]:
    """Compare what this agency sent before and nobody compared yet; return those that were linked.

    Raises:
        LinkerAway: it cannot be done now.
    """
    actor, _ = _actor(run_id)
    compared = linking.catch_up(actor, now=now)
    return [Outcome("compared", one, result.linked, result.conflicting) for one, result in compared.items()]


def persons_count() -> int:
    """Return how many persons the registry knows: what an operator's report ends with."""
    with Sessions() as session:
        return appearances.persons_count(session)


def _after(before: Outcome, compared: linking.Compared | None) -> Outcome:
    return replace(before, linked=compared.linked, conflicting=compared.conflicting) if compared else before


def _actor(run_id: UUID) -> tuple[RunActor, AgencyKind]:
    with Sessions() as session:
        run = inbox.run_of(session, run_id)
        if run is None or run.agency_id is None:
            raise NotFound("There is no such run. Open one first.")
        kind = AgencyKind(agencies.by_id(session, run.agency_id).kind)
        return RunActor(id=run.id, agency_id=run.agency_id), kind


def _said(record: Received, provenance: entries.Provenance) -> _Said:
    made = [
        Change(one.act, one.reference, tuple(entries.made(one.stated, provenance, reference=one.reference)))
        for one in record.changes
    ]
    return _Said(entries.made(record.entries, provenance), made)


def _restate(
    record: Received, said: _Said, before: Written, *, actor: RunActor, kind: AgencyKind, now: datetime
) -> _Known:
    """Read the source's own appearance again and seal what it says now, keeping what it said before as history.

    What was written before the last record that came takes nothing back that this one said.
    """
    appearance = before.appearance_id
    with Sessions() as session:
        person = appearances.by_id(session, appearance).person_id
    opened = reading.open_own(actor, kind, person=person, appearance=appearance, now=now)
    after: dict[Compartment, list[Entry]] = {one.compartment: [] for one in opened}
    for entry in said.after([entry for one in opened for entry in one.entries], now):
        after[compartment_of(entry.kind)].append(entry)
    documents = {
        one.compartment.value: entries.document(after[one.compartment], one.version)
        for one in opened
        if tuple(after[one.compartment]) != one.entries
    }
    if before.is_older:
        return _Known(person, status=OLDER if documents else "unchanged")
    if not documents:  # the same entries in other words: only the fingerprint moves on
        one = next(held for held in opened if held.compartment is Compartment.UNMAPPED)
        documents[one.compartment.value] = entries.document(one.entries, one.version)
    again = record.asked(documents, appearance)
    return _Known(person, KEEPER.ask(messages.Write([again], run=actor.id), messages.Sealed).results[0])


def _store(
    results: Sequence[Written], known: Mapping[int, _Known], actor: RunActor, *, now: datetime
) -> Sequence[Written]:
    """Store who is new and what has changed, each with its line; return what every record is now."""
    rewritten = {at: (one.person_id, one.written) for at, one in known.items() if one.written is not None}
    stored = [rewritten[at][1] if at in rewritten else result for at, result in enumerate(results)]
    born = [result.appearance for result in results if result.appearance is not None]
    lines = [log.Line(event=Event.PERSON_CREATED, appearances=(row.id,), persons=(row.person_id,)) for row in born] + [
        _line(person, written) for person, written in rewritten.values()
    ]
    if not lines:
        return stored
    with Sessions.begin() as session:
        appearances.keep_births(session, born, [row for result in results for row in result.sealed])
        for _, written in rewritten.values():
            appearances.replace(session, written.sealed, new_epoch=False)
        identities = [(one.appearance_id, one.query) for one in stored if one.query is not None]
        arrivals.announce(session, identities)
        decisions.await_comparison(session, [one for one, _ in identities], actor.agency_id)
        inbox.note(session, actor.agency_id, stored, now=now)
        log.record_all(session, lines, actor, now=now)
    return stored


def _line(person: UUID, written: Written) -> log.Line:
    return log.Line(
        event=Event.ENTRIES_RECORDED,
        appearances=(written.appearance_id,),
        compartments=tuple(sorted(row.compartment for row in written.sealed)),
        persons=(person,),
    )

"""Writing: what a source says about a person is sealed for custodian and source; nobody else's data is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import msgspec

from registry.crypto import macs
from registry.keeper.acts.pruning import earliest
from registry.keeper.rows import vouch
from registry.keeper.rules import AHEAD_SECONDS, CASE_WORKERS, Refusal, insist
from registry.keeper.tokens import COMPARTMENTS as COMPARTMENTS_OF_IDENTITY
from registry.wire import messages
from registry.wire.documents import Dated
from registry.wire.messages import Document, WriteRecord, Written
from registry.wire.rows import AppearanceRow
from schemas.compartments import KINDS, Compartment
from schemas.retention import due_days

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from registry.keeper.acts.records import Records
    from registry.keeper.desk.front import Desk
    from registry.keeper.reading import Found, Reader, Received
    from registry.keeper.sealing import Sealer
    from registry.keeper.store.shred import Shred, ShredStore
    from registry.keeper.tokens import Linking
    from registry.wire.rows import SealedRow

COMPARTMENTS = tuple(compartment.value for compartment in Compartment)
EMPTY = Document(b'{"entries":[]}')
#: All compartments of an appearance at this size still fit into one answer.
DOCUMENT_BYTES = 512 * 1024
AHEAD = timedelta(seconds=AHEAD_SECONDS)


class _Entry(Dated, kw_only=True):
    source: str


class _Content(msgspec.Struct, forbid_unknown_fields=True):
    entries: list[_Entry]


_CONTENT = msgspec.json.Decoder(_Content)


@dataclass(frozen=True, slots=True)
class _Source:
    """Who records: an agency, or the person herself."""

    kind: str
    id: UUID
    asker: bytes  #: as the linker knows it: the run's id, or the digest of the session's token
    run: UUID | None = None
    agency_kind: str | None = None  #: decides how long what it says may be kept

    @property
    def name(self) -> str:
        return "person" if self.kind == "person" else str(self.id)


@dataclass(frozen=True, slots=True)
class Recorder:
    """Seals documents for the source that the session or run belongs to."""

    reader: Reader
    store: ShredStore
    desk: Desk
    sealer: Sealer
    tokens: Linking
    records: Records

    def write(self, asked: messages.Write, now: datetime, *, agency: UUID | None = None) -> messages.Sealed:
        """Seal records, all or none.

        Args:
            agency: whose worker's socket this is; None on the others, where a run means nothing.
        """
        source = self._source(asked, agency, now)
        insist(that=0 < len(asked.records) <= 1000, code="write.form")
        asked = msgspec.structs.replace(asked, records=[_checked(record, source, now) for record in asked.records])
        before = self._received(asked.records, source)
        results = self._recognise(asked.records, before)
        self._take_budget(source, results)
        new = [at for at, known in enumerate(results) if known is None and asked.records[at].appearance_id is None]
        appearances = {at: self._birth(asked.records[at], source, now) for at in new}
        speaker = source.id if source.kind == "person" else None
        shreds = self.store.new_secrets([one.id for one in appearances.values()], now, of=speaker) if new else {}
        written: list[Written] = []
        for at, record in enumerate(asked.records):
            known = results[at]
            if known is not None:
                written.append(known)
            elif at in appearances:
                made = self._created(record, appearances[at], source, shred=shreds[appearances[at].id])
                written.append(self._identified(made, record, source, now=now))
            else:
                rewritten = self._rewritten(record, source, before[at])
                written.append(self._identified(rewritten, record, source, now=now))
        return messages.Sealed(written)

    def _source(self, asked: messages.Write, agency: UUID | None, now: datetime) -> _Source:
        if asked.run is not None:
            run, of = self.reader.run(asked.run)
            insist(that=run.agency_id == agency and of.status == "active", code="run.agency")
            insist(that=run.operation == "import", code="run.ended")
            self.desk.presence.check_run(run, now)
            return _Source("agency", of.id, run.id.bytes, run.id, of.kind)
        insist(that=asked.session is not None and agency is None, code="write.form")
        token = asked.session or b""
        if self.reader.session(macs.digest(token)).kind == "person":
            return _Source("person", self.desk.person(token, now).actor_id, b"")
        session, officer, of_agency = self.desk.officer(token, now)
        if of_agency is None or not CASE_WORKERS & set(officer.roles):
            raise Refusal("officer.role")
        return _Source("agency", of_agency.id, session.id, agency_kind=of_agency.kind)

    def _received(self, records: list[WriteRecord], source: _Source) -> list[Received | None]:
        """Return what came of each record before, under whichever version of the look-up key its token lies."""
        keys = [record.key for record in records if record.key is not None]
        insist(that=len(set(keys)) == len(keys), code="write.twice-in-one-batch")
        tokens = {key: self.records.tokens(source.id, key) for key in keys}
        asked = [token for some in tokens.values() for token in some]
        found = self.reader.received(source.id, asked) if asked else {}
        known = {key: next((found[one] for one in some if one in found), None) for key, some in tokens.items()}
        return [None if record.key is None else known[record.key] for record in records]

    def _recognise(self, records: list[WriteRecord], before: list[Received | None]) -> list[Written | None]:
        """Return for each record what is known of it already: unchanged, changed, or None to be sealed."""
        shreds = self.store.secrets_of({known.appearance_id for known in before if known is not None})
        results: list[Written | None] = []
        for record, known in zip(records, before, strict=True):
            if known is None or record.digest is None:
                insist(that=record.key is None or record.appearance_id is None, code="write.unknown-record")
                results.append(None)
            elif self._is_repeated(record, known, shreds.get(known.appearance_id)):
                results.append(Written("unchanged", known.appearance_id))
            elif record.appearance_id is None:
                is_older = _is_before(record.stated_at, known.stated_at)
                results.append(Written("changed", known.appearance_id, is_older=is_older))
            else:
                insist(that=record.appearance_id == known.appearance_id, code="write.other-appearance")
                results.append(None)
        return results

    def _is_repeated(self, record: WriteRecord, known: Received, shred: Shred | None) -> bool:
        """Say whether exactly this came before, as the last or as one before it.

        Where no time tells them apart, a whole view that came before others is taken for a new one: somebody may have
        gone back to what was, and the last word counts.
        """
        if shred is None:
            raise Refusal("appearance.erased")
        fingerprint = self.records.fingerprint(shred, known.appearance_id, record.digest or b"")
        if macs.same(fingerprint, known.fingerprint):
            return True
        if not any(macs.same(fingerprint, one) for one in known.seen):
            return False
        return record.has_changes if record.stated_at is None else not _is_before(known.stated_at, record.stated_at)

    def _take_budget(self, source: _Source, results: list[Written | None]) -> None:
        sealing = sum(1 for result in results if result is None)
        if source.run is None or not sealing:
            return
        run, _ = self.reader.run(source.run)
        insist(that=self.store.use_budget(run.id, sealing, run.budget), code="run.budget")

    def _birth(self, record: WriteRecord, source: _Source, now: datetime) -> AppearanceRow:
        insist(that=all(one.base_version == 0 for one in record.documents.values()), code="write.version")
        appearance = uuid4()
        if source.kind == "person":
            insist(that=record.person_id in {None, source.id}, code="person.other")
            person, basis = source.id, "own"
        else:
            insist(that=record.person_id is None, code="write.link-needs-a-decision")
            person, basis = uuid4(), "birth"
        row = AppearanceRow(appearance.bytes[0], appearance, person, source.kind, source.id, basis, now.date())
        return vouch(row, self.store.keyring)

    def _created(self, record: WriteRecord, appearance: AppearanceRow, source: _Source, *, shred: Shred) -> Written:
        documents = [(name, record.documents.get(name, EMPTY)) for name in COMPARTMENTS]
        sealed = self.sealer.births(
            appearance, [(name, document.content, document.delete_on) for name, document in documents], shred
        )
        done = Written("created", appearance.id, appearance, sealed=sealed, stated_at=record.stated_at)
        if record.key is None:
            return done
        version, token = self.records.token(source.id, record.key)
        done = msgspec.structs.replace(done, token=token, key_version=version)
        return self._noted(done, record, shred, source=source.id)

    def _rewritten(self, record: WriteRecord, source: _Source, known: Received | None) -> Written:
        found = self.reader.sealed([record.appearance_id or uuid4()], record.documents)
        insist(that=len(found) == len(record.documents) and bool(found), code="write.unknown-appearance")
        owner = found[0].appearance
        insist(that=(owner.source_kind, owner.source_id) == (source.kind, source.id), code="write.foreign")
        shred = self.store.secrets_of([owner.id]).get(owner.id)
        if shred is None:
            raise Refusal("appearance.erased")
        sealed = [self._resealed(one, record.documents[one.sealed.compartment], shred) for one in found]
        done = Written("sealed", owner.id, sealed=sealed, stated_at=record.stated_at)
        if known is None:
            return done
        done = msgspec.structs.replace(done, token=known.token, key_version=known.key_version)
        return self._noted(done, record, shred, source=source.id)

    def _resealed(self, one: Found, document: Document, shred: Shred) -> SealedRow:
        insist(that=one.sealed.version == document.base_version, code="write.version")
        insist(that=one.sealed.epoch >= shred.floors.get(one.sealed.compartment, 1), code="sealed.below-floor")
        return self.sealer.reseal(
            one.appearance, one.sealed, document.content, shred=shred, delete_on=document.delete_on
        )

    def _identified(self, written: Written, record: WriteRecord, source: _Source, *, now: datetime) -> Written:
        """Add who this is for the linker, where an agency says so; a person's own word finds nobody else's data."""
        said = {name: record.documents[name].content for name in COMPARTMENTS_OF_IDENTITY if name in record.documents}
        if source.kind != "agency" or not said:
            return written
        if written.appearance is None:
            said = self._unchanged(written.appearance_id, without=said) | said
        query = self.tokens.seal(said.values(), asker=source.asker, subject=written.appearance_id, at=now)
        return msgspec.structs.replace(written, query=query)

    def _unchanged(self, appearance: UUID, *, without: Collection[str]) -> dict[str, bytes]:
        """Return what else the source says about who this is, in compartments that are not written now."""
        others = [name for name in COMPARTMENTS_OF_IDENTITY if name not in without]
        shred = self.store.secrets_of([appearance])[appearance]
        return {
            one.sealed.compartment: self.sealer.open(one.sealed, self.sealer.custodian_key(one.sealed, shred), shred)
            for one in self.reader.sealed([appearance], others)
        }

    def _noted(self, done: Written, record: WriteRecord, shred: Shred, *, source: UUID) -> Written:
        """Add what makes a repetition of this record recognisable, now and under a later version of the look-up key."""
        appearance, fingerprint = done.appearance_id, None
        if record.digest is not None:
            fingerprint = self.records.fingerprint(shred, appearance, record.digest)
        kept = self.records.keep(shred, source, appearance, key=record.key or "")
        return msgspec.structs.replace(done, fingerprint=fingerprint, kept=kept)


def _is_before(one: str | None, other: str | None) -> bool:
    """Say whether a time is before another as far as both are known; what is not known is before nothing."""
    if one is None or other is None:
        return False
    known = min(len(one), len(other))
    return one[:known] < other[:known]


def _came_by(recorded_at: datetime | None, latest: datetime) -> bool:
    """Say whether a statement came by a moment; one without a zone is none."""
    return recorded_at is None or (recorded_at.tzinfo is not None and recorded_at <= latest)


def _checked(record: WriteRecord, source: _Source, now: datetime) -> WriteRecord:
    """Return the record with the day on which something in each document is due: the keeper's word, nobody else's."""
    documents = {name: _checked_document(name, one, source, now=now) for name, one in record.documents.items()}
    return msgspec.structs.replace(record, documents=documents)


def _checked_document(compartment: str, document: Document, source: _Source, *, now: datetime) -> Document:
    """Refuse what would be sealed with the wrong key: that would be a leak by writing.

    Nor is a statement from a time to come taken: how long it may be kept counts from the day it came.
    """
    insist(that=compartment in COMPARTMENTS, code="write.compartment")
    insist(that=len(document.content) <= DOCUMENT_BYTES, code="write.too-large")
    try:
        content = _CONTENT.decode(document.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal("write.not-a-document") from None
    for entry in content.entries:
        insist(that=KINDS.get(entry.kind) == compartment, code="write.wrong-compartment")
        insist(that=entry.source == source.name, code="write.wrong-source")
        insist(that=_came_by(entry.recorded_at, now + AHEAD), code="write.not-yet")
    day = earliest(due_days(content.entries, source.agency_kind))
    return msgspec.structs.replace(document, delete_on=day)

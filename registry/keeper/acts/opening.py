"""Opening: a committed line, a live session, a live wrap, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from registry.crypto import macs
from registry.keeper.rules import CASE_WORKERS, HERS, Rates, UsedLines, ceiling, insist, receivable
from registry.keeper.sealing import OWN_PURPOSE, Sealer
from registry.wire import delivering, messages

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from registry.keeper.acts.enrolment import Desk
    from registry.keeper.reading import Found, Line, Reader
    from registry.keeper.store.shred import Shred, ShredStore
    from registry.wire.rows import AgencyRow, RunRow

_BASES = frozenset({"consent", "statute"})
#: An import reads its agency's own appearances again; an export also what was granted to the agency.
_OPENING_RUNS = frozenset({"import", "export"})


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens what a line says, after checking that the line may say so."""

    reader: Reader
    store: ShredStore
    desk: Desk
    sealer: Sealer
    lines: UsedLines
    rates: Rates
    opened_last: dict[UUID, UUID] = field(default_factory=dict)  #: by an export run: the person it pays for just now

    def open(self, asked: messages.Open, now: datetime, *, agency: UUID | None = None) -> messages.Plaintext:
        """Open for an officer's session, or for a run on the socket of its agency's worker.

        Args:
            agency: whose worker's socket this is; None on the others, where a run means nothing.
        """
        run = None
        if asked.run is not None:
            run, who, line, found = self._for_run(asked.run, asked.line, agency, now=now)
        else:
            insist(that=asked.session is not None and agency is None, code="open.form")
            who, line, found = self._for_officer(asked.session or b"", asked.line, now)
        person = _one_person(line)
        insist(that=line.event == "profile.opened" and line.outcome == "permitted", code="line.event")
        insist(that=all(one.appearance.person_id == person for one in found), code="line.person")
        allowed = self._allowed(found, line, who)
        insist(that=bool(allowed), code="open.nothing-granted")
        self.use(line, now)
        if line.officer_id is not None and self.rates.admit(line.officer_id, person, now):
            self.store.note_opened(line.officer_id, person, now)
        if run is not None and run.operation == "export":
            self._spend(run, person)
        return self._open_all(allowed, who.id, now)

    def named(self, asked: delivering.NameGrants, now: datetime, *, agency: UUID | None) -> delivering.Grants:
        """Name the grants by which the agency of an export run may receive; each opening is checked again."""
        run, of_run = self.reader.run(asked.run)
        _check_run(run, of_run, agency, now=now)
        insist(that=run.operation == "export", code="run.operation")
        grants, last = self.reader.named_grants(
            of_run.id, receivable(of_run.kind), person=asked.person, after=asked.after
        )
        return delivering.Grants(grants, last)

    def open_self(self, asked: messages.OpenSelf, now: datetime) -> messages.Plaintext:
        """Open the person's own appearances through the custodian's wraps."""
        session, line, found = self.reader.self_opening(macs.digest(asked.session), asked.line)
        self.desk.check_person(session, now)
        insist(that=line.id is not None and line.session_id == session.id, code="line.session")
        insist(that=line.event == "profile.read-by-person" and line.outcome == "permitted", code="line.event")
        insist(that=_one_person(line) == session.actor_id, code="line.person")
        hers = [one for one in found if one.appearance.person_id == session.actor_id]
        insist(that=len(hers) == len(found) and bool(hers), code="line.person")
        insist(that=all(one.appearance.basis in HERS for one in hers), code="appearance.unconfirmed")
        self.use(line, now)
        return self._open_all(hers, None, now)

    def use(self, line: Line, now: datetime) -> None:
        """Use a line up; the store remembers those that the keeper before or after this one could take as well."""
        self.lines.use(line.id, line.at, now)  # type: ignore[arg-type]  # whoever calls has seen that it is there
        if self.lines.spans_restart(line.at, now):
            insist(that=self.store.spend("line", line.id.bytes, now), code="line.used")  # type: ignore[union-attr]  # as above

    def _for_officer(self, token: bytes, line_id: UUID, now: datetime) -> tuple[AgencyRow, Line, list[Found]]:
        (session, officer, agency), line, found = self.reader.opening(macs.digest(token), line_id)
        self.desk.check_officer(session, officer, agency, now=now)
        insist(that=line.id is not None and line.session_id == session.id, code="line.session")
        insist(that=line.officer_id == officer.id and line.agency_id == agency.id, code="line.officer")
        insist(that=bool(CASE_WORKERS & set(officer.roles)), code="officer.role")
        return agency, line, found

    def _for_run(
        self, run_id: UUID, line_id: UUID, socket_agency: UUID | None, *, now: datetime
    ) -> tuple[RunRow, AgencyRow, Line, list[Found]]:
        (run, agency), line, found = self.reader.run_opening(run_id, line_id)
        _check_run(run, agency, socket_agency, now=now)
        insist(that=run.operation in _OPENING_RUNS, code="run.operation")
        insist(that=line.id is not None and line.run_id == run.id, code="line.run")
        insist(that=line.agency_id == agency.id and line.officer_id is None, code="line.officer")
        if line.basis != "own":
            insist(that=run.operation == "export", code="line.basis")
            insist(that=line.purpose in receivable(agency.kind), code="line.purpose")
        return run, agency, line, found

    def _spend(self, run: RunRow, person: UUID) -> None:
        """Take a person off an export's budget, whatever of hers is opened until the next one's turn."""
        if self.opened_last.get(run.id) != person:
            insist(that=self.store.use_budget(run.id, 1, run.budget), code="run.budget")
            self.opened_last[run.id] = person

    def _allowed(self, found: list[Found], line: Line, who: AgencyRow) -> list[Found]:
        purpose = line.purpose or ""
        if line.basis == "own":
            insist(that=purpose == OWN_PURPOSE, code="line.purpose")
            insist(that=all(one.appearance.source_id == who.id for one in found), code="own.foreign")
            return found
        insist(that=line.basis in _BASES, code="line.basis")
        highest = ceiling(who.kind, purpose)
        allowed = [one for one in found if one.wrap is not None and one.wrap.basis == line.basis]
        insist(that=all(one.sealed.compartment in highest for one in allowed), code="ceiling")
        return allowed

    def _open_all(self, found: list[Found], agency: UUID | None, now: datetime) -> messages.Plaintext:
        shreds = self.store.secrets_of({one.sealed.appearance_id for one in found})
        self.store.keep_warm(shreds)  # before a key is fitted: one refusal below must not leave keys that nobody counts
        opened: dict[tuple[UUID, str], messages.Opened] = {}
        for one in found:
            row = one.sealed
            if (row.appearance_id, row.compartment) in opened:
                continue
            shred = shreds.get(row.appearance_id)
            insist(that=shred is not None, code="appearance.erased")
            content = self._open_one(one, agency, shred, now=now)  # type: ignore[arg-type]  # insisted above
            opened[row.appearance_id, row.compartment] = messages.Opened(
                row.appearance_id, row.compartment, row.version, content
            )
        self._note_epochs(found, shreds)
        return messages.Plaintext(list(opened.values()))

    def _open_one(self, one: Found, agency: UUID | None, shred: Shred, *, now: datetime) -> bytes:
        if agency is None:
            return self.sealer.open(one.sealed, self.sealer.custodian_key(one.sealed, shred), shred)
        if one.wrap is None:
            return self.sealer.open(one.sealed, self.sealer.own_key(one.sealed, agency, shred), shred)
        wrap = one.wrap
        insist(that=wrap.not_before <= now < wrap.not_after, code="wrap.time")
        insist(that=wrap.epoch == one.sealed.epoch and wrap.agency_id == agency, code="wrap.epoch")
        insist(that=wrap.grant_id not in shred.ended, code="grant.ended")
        return self.sealer.open_granted(one.sealed, wrap, shred)

    def _note_epochs(self, found: list[Found], shreds: dict[UUID, Shred]) -> None:
        """Raise floors to what was just seen committed and opened as genuine."""
        rows = [one.sealed for one in found]
        newer = [
            (row.appearance_id, row.compartment, row.epoch)
            for row in rows
            if row.epoch > shreds[row.appearance_id].floors.get(row.compartment, 1)
        ]
        if newer:
            self.store.raise_floors(newer)


def _check_run(run: RunRow, agency: AgencyRow, socket_agency: UUID | None, *, now: datetime) -> None:
    """Refuse a run on any socket but that of its agency's worker, and after its end."""
    insist(that=run.agency_id == socket_agency == agency.id and agency.status == "active", code="run.agency")
    insist(that=now < run.ends_at, code="run.ended")


def _one_person(line: Line) -> UUID:
    """Return the person in whose list of lines this one appears; without one nobody could see it."""
    insist(that=len(line.persons or ()) == 1, code="line.person")
    return line.persons[0]

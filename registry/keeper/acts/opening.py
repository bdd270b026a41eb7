"""Opening: a live session, a committed line, a live wrap, or nothing."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from registry.crypto import macs
from registry.crypto.errors import CryptoError
from registry.keeper.rules import CASE_WORKERS, HERS, Rates, Refusal, ceiling, insist, receivable
from registry.keeper.sealing import OWN_PURPOSE, Sealer
from registry.lines import SAID, row_of
from registry.wire import delivering, messages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from registry.keeper.desk.front import Desk
    from registry.keeper.reading import Found, Reader
    from registry.keeper.store.shred import Shred, ShredStore
    from registry.wire.rows import AgencyRow, RunRow, SessionRow

_BASES = frozenset({"consent", "statute"})
#: An import reads its agency's own appearances again; an export also what was granted to the agency.
_OPENING_RUNS = frozenset({"import", "export"})
#: A refusal stands in the log behind the line that it belongs to.
_THEREAFTER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Opener:
    """Commits the line of an opening, then opens what it says, if it may be opened."""

    reader: Reader
    store: ShredStore
    desk: Desk
    sealer: Sealer
    rates: Rates
    opened_last: dict[UUID, UUID] = field(default_factory=dict)  #: by an export run: the person it pays for just now

    def open(self, asked: messages.Open, now: datetime, *, agency: UUID | None = None) -> messages.Plaintext:
        """Commit the line, then open for an officer's session, or for a run on the socket of its agency's worker.

        An officer's attempt counts before its line is written, whatever comes of it: else attempts that are refused
        would fill strangers' lists without end.

        Args:
            agency: whose worker's socket this is; None on the others, where a run means nothing.
        """
        if asked.run is not None:
            return self._open_for_run(asked.run, asked.said, agency, now=now)
        insist(that=asked.session is not None and agency is None, code="open.form")
        said = asked.said
        known = self.who(asked.session or b"", now)
        if self.rates.admit(known.actor_id, said.person, now):
            self.store.note_opened(known.actor_id, said.person, now)
        line = officers_line(known, "profile.opened", said, now=now)
        with self.answering(line):
            office, found = self.told(line, granted=said.basis in _BASES, now=now)
            return self._open_all(self._allowed(found, said, office), office.id, now)

    def who(self, token: bytes, now: datetime) -> SessionRow:
        """Return an officer's session, as far as it is known without reading it again.

        Raises:
            Refusal: it is no officer's, or has ended: such a session counts nothing and writes no line.
        """
        known = self.reader.known_session(macs.digest(token))
        insist(that=known.kind == "officer", code="session.kind")
        self.desk.presence.sessions.touch(known, now)
        return known

    @contextmanager
    def answering(self, line: Mapping[str, Any]) -> Iterator[None]:
        """Say behind a line that is committed here that nothing was delivered, where that is what becomes of it."""
        try:
            yield
        except (Refusal, CryptoError) as refused:
            code = refused.code if isinstance(refused, Refusal) else "crypto"
            told = {name: line[name] for name in SAID}
            ended = {"event": "opening.refused", "outcome": "refused", "reason": code, "object_id": line["id"]}
            self.reader.refused(row_of(told | ended, line["at"] + _THEREAFTER) | {"persons": line["persons"]})
            raise

    def told(self, line: Mapping[str, Any], *, granted: bool = False, now: datetime) -> tuple[AgencyRow, list[Found]]:
        """Commit a line in an officer's name; return her agency and what the line names.

        Args:
            line: of `officers_line`.
            granted: whether it is to be opened by wraps of grants.

        Raises:
            Refusal: it is no live session of somebody who works on cases.
        """
        (session, officer, agency), found = self.reader.opening(line, granted=granted)
        self.desk.check_officer(session, officer, agency, now=now)
        insist(that=bool(CASE_WORKERS & set(officer.roles)), code="officer.role")
        return agency, found

    def named(self, asked: delivering.NameGrants, now: datetime, *, agency: UUID | None) -> delivering.Grants:
        """Name the grants by which the agency of an export run may receive; each opening is checked again."""
        run, of_run = self.reader.run(asked.run)
        self._check_run(run, of_run, agency, now=now)
        insist(that=run.operation == "export", code="run.operation")
        grants, last = self.reader.named_grants(
            of_run.id, receivable(of_run.kind), person=asked.person, after=asked.after
        )
        return delivering.Grants(grants, last)

    def open_self(self, asked: messages.OpenSelf, now: datetime) -> messages.Plaintext:
        """Commit her line, then open the person's own appearances through the custodian's wraps."""
        known = self.reader.known_session(macs.digest(asked.session))
        insist(that=known.kind == "person", code="session.kind")
        self.desk.presence.sessions.touch(known, now)
        said = messages.Said(known.actor_id, asked.appearances, asked.compartments, basis="self")
        line = _line("profile.read-by-person", said, now, session_id=known.id)
        with self.answering(line):
            (session,), hers = self.reader.self_opening(line)
            self.desk.check_person(session, now)
            insist(that=bool(hers), code="line.person")
            insist(that=all(one.appearance.person_id == session.actor_id for one in hers), code="line.person")
            insist(that=all(one.appearance.basis in HERS for one in hers), code="appearance.unconfirmed")
            gone = self.store.given_back(session.actor_id, {one.appearance.id for one in hers})
            insist(that=not gone, code="appearance.given-back")
            return self._open_all(hers, None, now)

    def _open_for_run(
        self, run_id: UUID, said: messages.Said, socket_agency: UUID | None, *, now: datetime
    ) -> messages.Plaintext:
        insist(that=socket_agency is not None, code="run.agency")
        line = _line("profile.opened", said, now, agency_id=socket_agency, run_id=run_id)
        with self.answering(line):
            (run, agency), found = self.reader.run_opening(line, granted=said.basis in _BASES)
            self._check_run(run, agency, socket_agency, now=now)
            insist(that=run.operation in _OPENING_RUNS, code="run.operation")
            if said.basis != "own":
                insist(that=run.operation == "export", code="line.basis")
                insist(that=said.purpose in receivable(agency.kind), code="line.purpose")
            allowed = self._allowed(found, said, agency)
            if run.operation == "export":
                self._spend(run, said.person)
            return self._open_all(allowed, agency.id, now)

    def _check_run(self, run: RunRow, agency: AgencyRow, socket_agency: UUID | None, *, now: datetime) -> None:
        """Refuse a run on any socket but that of its agency's worker, and after its end."""
        insist(that=run.agency_id == socket_agency == agency.id and agency.status == "active", code="run.agency")
        self.desk.presence.check_run(run, now)

    def _spend(self, run: RunRow, person: UUID) -> None:
        """Take a person off an export's budget, whatever of hers is opened until the next one's turn."""
        if self.opened_last.get(run.id) != person:
            insist(that=self.store.use_budget(run.id, 1, run.budget), code="run.budget")
            self.opened_last[run.id] = person

    def _allowed(self, found: list[Found], said: messages.Said, who: AgencyRow) -> list[Found]:
        """Return what of it may be opened for this agency; nothing at all where a part of it is another person's."""
        insist(that={one.appearance.person_id.int for one in found} <= {said.person.int}, code="line.person")
        purpose = said.purpose or ""
        if said.basis == "own":
            insist(that=purpose == OWN_PURPOSE, code="line.purpose")
            insist(that=all(one.appearance.source_id == who.id for one in found), code="own.foreign")
            allowed = found
        else:
            insist(that=said.basis in _BASES, code="line.basis")
            highest = ceiling(who.kind, purpose)
            allowed = [one for one in found if one.wrap is not None and one.wrap.basis == said.basis]
            insist(that={one.sealed.compartment for one in allowed} <= highest, code="ceiling")
        insist(that=bool(allowed), code="open.nothing-granted")
        return allowed

    def _open_all(self, found: list[Found], agency: UUID | None, now: datetime) -> messages.Plaintext:
        # By numbers, not ids: nine rows name the same few again and again, and an id is hashed by Python itself.
        whose = {one.sealed.appearance_id.int: one.sealed.appearance_id for one in found}
        kept = self.store.secrets_of(whose.values())
        self.store.keep_warm(kept)  # before a key is fitted: one refusal below must not leave keys that nobody counts
        shreds = {appearance.int: shred for appearance, shred in kept.items()}
        opened: dict[tuple[int, str], messages.Opened] = {}
        newer = []
        for one in found:
            row, number = one.sealed, one.sealed.appearance_id.int
            if (number, row.compartment) in opened:
                continue
            shred = shreds.get(number)
            if shred is None:
                raise Refusal("appearance.erased")
            content = self._open_one(one, agency, shred, now=now)
            opened[number, row.compartment] = messages.Opened(row.appearance_id, row.compartment, row.version, content)
            if row.epoch > shred.floors.get(row.compartment, 1):
                newer.append((row.appearance_id, row.compartment, row.epoch))
        if newer:  # it was just seen committed, and opened as genuine
            self.store.raise_floors(newer)
        return messages.Plaintext(list(opened.values()))

    def _open_one(self, one: Found, agency: UUID | None, shred: Shred, *, now: datetime) -> bytes:
        if agency is None:
            return self.sealer.open(one.sealed, self.sealer.custodian_key(one.sealed, shred), shred)
        if one.wrap is None:
            return self.sealer.open(one.sealed, self.sealer.own_key(one.sealed, agency, shred), shred)
        wrap = one.wrap
        if not wrap.not_before <= now < wrap.not_after:
            raise Refusal("wrap.time")
        if wrap.epoch != one.sealed.epoch or wrap.agency_id.int != agency.int:
            raise Refusal("wrap.epoch")
        if shred.ended and wrap.grant_id in shred.ended:
            raise Refusal("grant.ended")
        if shred.ended and one.appearance.person_id in shred.ended:
            raise Refusal("appearance.given-back")
        return self.sealer.open_granted(one.sealed, wrap, shred)


def officers_line(known: SessionRow, event: str, said: messages.Said, *, now: datetime) -> dict[str, Any]:
    """Return a new line in the name of an officer, whose session `Opener.who` returned."""
    return _line(event, said, now, session_id=known.id, agency_id=known.agency_id, officer_id=known.actor_id)


def _line(event: str, said: messages.Said, now: datetime, **who: object) -> dict[str, Any]:
    """Return a new line with `persons`; who acts follows from what the keeper knows, never from what is said."""
    told = {name: getattr(said, name) for name in ("appearances", "compartments", "purpose", "basis", "grants")}
    row = row_of({"event": event, "outcome": "permitted", **told, **who}, now)
    return row | {"persons": [said.person]}

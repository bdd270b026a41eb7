"""Who is who: questions sealed for the linker, and what follows from its findings when somebody decides."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import msgspec

from registry.crypto import macs
from registry.crypto.errors import CryptoError
from registry.keeper.acts.masking import masked
from registry.keeper.acts.opening import officers_line
from registry.keeper.acts.questions import Lists, Questions, check, daily, identities
from registry.keeper.rows import vouch
from registry.keeper.rules import CASE_WORKERS, HERS, Refusal, insist, is_proved
from registry.keeper.sealing import OWN_PURPOSE
from registry.keeper.tokens import COMPARTMENTS
from registry.wire import decisions, messages
from registry.wire.decisions import LinkMade
from registry.wire.linking import as_texts
from registry.wire.rows import LinkRow
from schemas.compartments import Compartment
from schemas.vocabularies.access import GrantStatus, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from registry.keeper.acts.opening import Opener
    from registry.keeper.desk.front import Desk
    from registry.keeper.reading import Reader
    from registry.keeper.sealing import Sealer
    from registry.keeper.store.shred import ShredStore
    from registry.keeper.tokens import Linking
    from registry.wire.linking import Statement
    from registry.wire.rows import AppearanceRow, GrantRow, RunRow, SealedRow

log = logging.getLogger(__name__)

#: How an appearance may be tied to a person and still be moved without her: nobody has proved that it is hers.
LOOSE = frozenset({"birth", "decided"})
_MOST_FINDINGS = 1000
#: What a finding becomes by what an officer says of it.
_SAID = {Verdict.SAME.value: "decided", Verdict.DIFFERENT.value: "rejected", Verdict.UNSURE.value: "proposed"}


@dataclass(frozen=True, slots=True)
class Asker:
    """On whose word something is decided, and for which source."""

    id: bytes  #: as the linker knows it: the run's id, or the digest of the session's token
    kind: str  #: run | officer
    by: UUID
    agency: UUID


@dataclass(frozen=True, slots=True)
class Matcher:
    """Believes the linker only sealed, and moves an appearance only where nobody has proved whose it is."""

    reader: Reader
    store: ShredStore
    desk: Desk
    opener: Opener
    tokens: Linking
    questions: Questions
    lists: Lists

    @property
    def sealer(self) -> Sealer:
        """What seals and opens."""
        return self.opener.sealer

    def match(self, asked: decisions.Match, now: datetime) -> decisions.Matching:
        """Seal an intake officer's question for the linker."""
        asker = self._officer(asked.session, now)
        check(asked.content)
        for identity in identities(asked.content):
            self.questions.admit(asker.by, identity, now)
        return decisions.Matching([self.tokens.seal([asked.content], asker=asker.id, subject=None, at=now)])

    def match_list(self, asked: decisions.MatchList, now: datetime, *, agency: UUID | None) -> decisions.Matching:
        """Seal an agency's questions about a list for the linker; nothing for one about a name it asked too often.

        Each takes its identities off the run's budget and off what the agency may ask in a day.
        """
        run = self._run(asked.run, "match", now, agency=agency)
        insist(that=0 < len(asked.contents) <= _MOST_FINDINGS, code="match.form")
        for content in asked.contents:
            check(content)
        count = sum(len(identities(content)) for content in asked.contents)
        insist(that=self.store.use_budget(run.id, count, run.budget), code="run.budget")
        office = run.agency_id or run.id
        insist(that=self.store.use_budget(daily(office, now), count, decisions.LISTED_A_DAY), code="rate.listed")
        return decisions.Matching(
            [
                self.tokens.seal([one], asker=run.id.bytes, subject=None, at=now)
                if self.lists.admit(office, one, now)
                else b""
                for one in asked.contents
            ]
        )

    def identify(self, asked: decisions.Identify, now: datetime, *, agency: UUID | None) -> decisions.Matching:
        """Seal for the linker who these appearances of the asker's own source are; erased ones are left out."""
        asker = self._asker(asked, now, agency)
        insist(that=0 < len(asked.appearances) <= _MOST_FINDINGS, code="identify.form")
        shreds = self.store.secrets_of(asked.appearances)
        contents: dict[UUID, list[bytes]] = {}
        for one in self.reader.sealed(asked.appearances, COMPARTMENTS):
            row, shred = one.sealed, shreds.get(one.sealed.appearance_id)
            insist(
                that=(one.appearance.source_kind, one.appearance.source_id) == ("agency", asker.agency),
                code="own.foreign",
            )
            if shred is not None:
                content = self.sealer.open(row, self.sealer.custodian_key(row, shred), shred)
                contents.setdefault(row.appearance_id, []).append(content)
        left = [one for one in asked.appearances if one in contents]
        queries = [self.tokens.seal(contents[one], asker=asker.id, subject=one, at=now) for one in left]
        return decisions.Matching(queries, left)

    def hint(self, asked: decisions.Hint, now: datetime) -> decisions.Hinted:
        """Commit a line for whom the linker found, then show masked names and birth dates of that appearance."""
        asker = self._officer(asked.session, now)
        statement = self.tokens.open_finding(asked.finding, asker=asker.id, now=now)
        whose = self._appearance(statement.other).person_id
        core = Compartment.IDENTITY_CORE.value
        said = messages.Said(whose, [statement.other], [core], OWN_PURPOSE, "match")
        line = officers_line(self.opener.who(asked.session, now), "match.hinted", said, now=now)
        with self.opener.answering(line):
            _, hinted = self.opener.told(line, now=now)
            insist(that=[one.appearance.person_id for one in hinted] == [whose], code="line.person")
            shred = self.store.secrets_of([statement.other]).get(statement.other)
            if shred is None:
                raise Refusal("appearance.erased")
            row = hinted[0].sealed
            content = self.sealer.open(row, self.sealer.custodian_key(row, shred), shred)
            return decisions.Hinted(masked(content))

    def link(self, asked: decisions.Link, now: datetime, *, agency: UUID | None) -> decisions.Linked:
        """Link what was found, or settle against it; what a run or an officer is not sure of becomes a proposal.

        Args:
            agency: whose worker's socket this is; None on the others, where a run means nothing.
        """
        asker = self._asker(asked, now, agency)
        insist(that=0 < len(asked.findings) <= _MOST_FINDINGS, code="link.form")
        said = [self.tokens.open_finding(sealed, asker=asker.id, now=now) for sealed in asked.findings]
        if asker.kind == "officer":
            insist(that=asked.chosen is not None, code="finding.none-chosen")
            chosen = self.tokens.open_finding(asked.chosen or b"", asker=asker.id, now=now)
            insist(that=all(one.other == chosen.other for one in said), code="finding.another")
            insist(that=asked.verdict in _SAID, code="link.form")
        named = {one for statement in said for one in (statement.subject, statement.other) if one is not None}
        rows = self.reader.appearances(named)
        made = [
            self._linked(one, rows, asker=asker, status=_status(one, asker, asked.verdict), now=now) for one in said
        ]
        return decisions.Linked(made)

    def decide(self, asked: decisions.Decide, now: datetime) -> decisions.Linked:
        """Settle a proposal on the word of an officer of one of the two sources."""
        asker = self._officer(asked.session, now)
        link = self.reader.link(asked.link)
        insist(that=link.status == "proposed", code="link.settled")
        rows = self.reader.appearances([link.appearance_id, link.other_id])
        insist(that=len(rows) == 2, code="appearance.erased")
        insist(that=asker.agency in {row.source_id for row in rows.values()}, code="link.foreign")
        settled = msgspec.structs.replace(
            link, status="rejected", decided_kind=asker.kind, decided_by=asker.by, decided_at=now
        )
        if not asked.same:
            return decisions.Linked([LinkMade(vouch(settled, self.store.keyring))])
        subject, other = rows[link.appearance_id], rows[link.other_id]
        if subject.person_id == other.person_id:
            return decisions.Linked([None])
        return decisions.Linked([self._moved(subject, other, link=settled, rows=rows, asker=asker)])

    def confirm(self, asked: decisions.Confirm, now: datetime) -> decisions.Linked:
        """Tie a linked appearance to the person who proves that she is she and says that it is hers."""
        session = self.desk.person(asked.session, now)
        row = self._appearance(asked.appearance)
        insist(that=row.person_id == session.actor_id and row.basis == "decided", code="link.not-decided")
        # One officer's letter proves who she is to that office; what others keep takes a second pair of eyes.
        terms = self.desk.terms(session, asked.proof, now)
        insist(that=terms.approved or row.source_id == terms.agency, code="link.needs-approval")
        self.desk.prove_confirmation(session, asked.proof, row.id, now=now)
        link = self._standing(row)
        confirmed = msgspec.structs.replace(
            link, status="confirmed", decided_kind="person", decided_by=session.actor_id, decided_at=now
        )
        hers = msgspec.structs.replace(row, basis="confirmed")
        ring = self.store.keyring
        self.store.take_back(row.id, session.actor_id)
        return decisions.Linked([LinkMade(vouch(confirmed, ring), [vouch(hers, ring)])])

    def unlink(self, asked: decisions.Unlink, now: datetime) -> decisions.Unlinked:
        """Give an appearance back to whom it was before; what was granted of it gets keys that no grant has."""
        row = self._appearance(asked.appearance)
        insist(that=row.basis in {"decided", "confirmed"}, code="link.not-decided")
        link = self._standing(row, is_again=True)
        kind, by = self._who_unlinks(asked, row, link, now=now)
        undone = msgspec.structs.replace(link, status="undone", decided_kind=kind, decided_by=by, decided_at=now)
        return self.separated(row, undone, now=now, is_again=link.id in self._undone(row))

    def separated(
        self, row: AppearanceRow, undone: LinkRow, *, now: datetime, is_again: bool = False
    ) -> decisions.Unlinked:
        """Part an appearance from the person it was linked to, whoever said so, and return what that changes."""
        rest = [one for one in self.desk.appearances_of(row.person_id) if one.id != row.id]
        is_lost = not is_proved(rest, row)
        words = self._silenced(row.person_id, now, is_again=is_again) if is_lost else []
        ids = {row.id, *words}
        grants = [one for one in self.reader.grants_of(row.person_id) if ids & set(one.appearances)]
        for grant in grants:
            self.store.end_grant(grant.id, sorted(ids & set(grant.appearances)))
        self.store.give_back(row.id, link=undone.id, person=row.person_id)
        before = self.reader.appearances_of(undone.from_person)
        ring = self.store.keyring
        back = msgspec.structs.replace(row, person_id=undone.from_person, basis="decided" if before else "birth")
        granted = sorted({one for grant in grants if row.id in grant.appearances for one in grant.compartments})
        others = [one for one in rest if one.source_kind != "person"] if is_lost else []
        born = [msgspec.structs.replace(others[0], basis="birth")] if len(others) == 1 else []
        return decisions.Unlinked(
            vouch(undone, ring),
            [vouch(one, ring) for one in (back, *born)],
            self._rekeyed(row, granted),
            [vouch(_without(grant, ids, now), ring) for grant in grants],
            sorted({grant.agency_id for grant in grants}),
            words,
        )

    def _linked(
        self, said: Statement, rows: dict[UUID, AppearanceRow], *, asker: Asker, status: str, now: datetime
    ) -> LinkMade | None:
        subject, other = rows.get(said.subject or uuid4()), rows.get(said.other)
        if subject is None or other is None:
            return None  # erased since it was found
        insist(that=(subject.source_kind, subject.source_id) == ("agency", asker.agency), code="link.foreign")
        if subject.person_id == other.person_id:
            return None
        link = LinkRow(
            bucket=subject.bucket,
            id=uuid4(),
            appearance_id=subject.id,
            other_id=other.id,
            from_person=subject.person_id,
            to_person=other.person_id,
            status=status,
            grade=said.grade,
            reasons=as_texts(said),
            differences=list(said.differences),
            decided_kind=asker.kind,
            decided_by=asker.by,
            decided_at=now,
        )
        if status != "decided":
            return LinkMade(vouch(link, self.store.keyring))
        return self._moved(subject, other, link=link, rows=rows, asker=asker)

    def _moved(
        self,
        subject: AppearanceRow,
        other: AppearanceRow,
        *,
        link: LinkRow,
        rows: dict[UUID, AppearanceRow],
        asker: Asker,
    ) -> LinkMade:
        """Move the asker's own appearance to the other's person; of two that nobody has proved, neither stays hers.

        Who could sign in for the person it leaves, or has granted from it, would lose it unasked: such an appearance
        does not move. Nobody moves another office's: with a letter in hand that would be a way to its data.
        """
        own = [row for row in (subject, other) if (row.source_kind, row.source_id) == ("agency", asker.agency)]
        movable = next((row for row in own if self._is_loose(row)), None)
        ring = self.store.keyring
        if movable is None:
            insist(that=asker.kind == "run", code="link.both-claimed")
            return LinkMade(vouch(msgspec.structs.replace(link, status="proposed"), ring))
        stays = other if movable is subject else subject
        link = msgspec.structs.replace(
            link,
            bucket=movable.bucket,
            appearance_id=movable.id,
            other_id=stays.id,
            from_person=movable.person_id,
            to_person=stays.person_id,
            status="decided",
        )
        changed = [vouch(msgspec.structs.replace(movable, person_id=stays.person_id, basis="decided"), ring)]
        if stays.basis == "birth" and self._is_loose(stays):
            changed.append(vouch(msgspec.structs.replace(stays, basis="decided"), ring))
        rows.update({row.id: row for row in changed})
        return LinkMade(vouch(link, ring), changed)

    def _is_loose(self, row: AppearanceRow) -> bool:
        """Say whether nobody has yet proved to be the person of this appearance, nor granted in her name."""
        if row.basis not in LOOSE or self.store.letter_of(row.person_id) is not None:
            return False
        return not any(grant.status == GrantStatus.ACTIVE for grant in self.reader.grants_of(row.person_id))

    def _standing(self, row: AppearanceRow, *, is_again: bool = False) -> LinkRow:
        """Return the decision by which an appearance belongs where it does; an undone one only to be undone again."""
        undone = set() if is_again else self._undone(row)
        for link in reversed(self.reader.links_of(row.id)):
            if link.status in {"decided", "confirmed"} and link.to_person == row.person_id and link.id not in undone:
                return link
        raise Refusal("link.missing")

    def _rekeyed(self, row: AppearanceRow, compartments: list[str]) -> list[SealedRow]:
        """Seal what was granted under keys that no grant has; what cannot be read is left, no grant opens it either."""
        shred = self.store.secrets_of([row.id]).get(row.id)
        if not compartments or shred is None:
            return []
        sealed = []
        for one in self.reader.sealed([row.id], compartments):
            try:
                sealed.append(self.sealer.rekey(row, one.sealed, shred)[0])
            except (CryptoError, Refusal):
                log.warning("keeper.row-skipped", extra={"operation": "unlink"})
        return sealed

    def _appearance(self, appearance: UUID) -> AppearanceRow:
        row = self.reader.appearances([appearance]).get(appearance)
        if row is None:
            raise Refusal("appearance.missing")
        return row

    def _undone(self, row: AppearanceRow) -> set[UUID]:
        """Return which links of an appearance were undone, whatever their rows say."""
        shred = self.store.secrets_of([row.id]).get(row.id)
        return shred.ended if shred else set()

    def _silenced(self, person: UUID, now: datetime, *, is_again: bool) -> list[UUID]:
        """Void a letter and destroy her own words with it; said again, return those that are gone already."""
        shown = [one.id for one in self.reader.appearances_of(person) if one.source_kind == "person"]
        words = list(dict.fromkeys([*self.store.words_of(person, until=now), *shown]))
        if not is_again:
            self.store.void_letter(person)
            self.store.destroy(words)
        left = self.store.secrets_of(words)
        return [one for one in words if one not in left]

    def _who_unlinks(
        self, asked: decisions.Unlink, row: AppearanceRow, link: LinkRow, *, now: datetime
    ) -> tuple[str, UUID]:
        if self.reader.session(macs.digest(asked.session)).kind == "person":
            person = self.desk.person(asked.session, now).actor_id
            insist(that=row.person_id == person, code="link.foreign")
            return "person", person
        asker = self._officer(asked.session, now)
        sources = {one.source_id for one in self.reader.appearances([row.id, link.other_id]).values()}
        insist(that=asker.agency in sources, code="link.foreign")
        if row.basis in HERS:
            insist(that=asked.second is not None, code="link.needs-second")
            self.desk.two_officers(asked.session, asked.second or b"", now)
        return asker.kind, asker.by

    def _asker(self, asked: decisions.Link | decisions.Identify, now: datetime, agency: UUID | None) -> Asker:
        if asked.run is None:
            insist(that=asked.session is not None and agency is None, code="link.form")
            return self._officer(asked.session or b"", now)
        run = self._run(asked.run, "import", now, agency=agency)
        return Asker(run.id.bytes, "run", run.id, run.agency_id)  # type: ignore[arg-type]  # an agency's, as its socket is

    def _run(self, asked: UUID, operation: str, now: datetime, *, agency: UUID | None) -> RunRow:
        run, of_run = self.reader.run(asked)
        insist(that=run.agency_id == agency == of_run.id and of_run.status == "active", code="run.agency")
        insist(that=run.operation == operation, code="run.ended")
        self.desk.presence.check_run(run, now)
        return run

    def _officer(self, token: bytes, now: datetime) -> Asker:
        session, officer, agency = self.desk.officer(token, now)
        if agency is None or not CASE_WORKERS & set(officer.roles):
            raise Refusal("officer.role")
        return Asker(session.id, "officer", officer.id, agency.id)


def _status(said: Statement, asker: Asker, verdict: str) -> str:
    """Return what becomes of a finding."""
    if asker.kind == "officer":
        return _SAID[verdict]
    return "decided" if said.grade == "known" else "proposed"


def _without(grant: GrantRow, gone: set[UUID], now: datetime) -> GrantRow:
    """Return the grant without some appearances; one that names nothing any more has ended."""
    left = [one for one in grant.appearances if one not in gone]
    if left:
        return msgspec.structs.replace(grant, appearances=left)
    if grant.status != "active":
        return grant
    return msgspec.structs.replace(grant, status="withdrawn", ended_at=now)

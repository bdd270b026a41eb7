"""Who stands behind a live session, and issuing one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from registry.crypto import macs
from registry.keeper.rows import vouch
from registry.keeper.rules import HERS, Refusal, Sessions, insist
from registry.wire import admitting
from registry.wire.rows import SessionRow
from schemas.vocabularies.access import Role

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from registry.keeper.reading import Reader
    from registry.keeper.store.shred import ShredStore
    from registry.wire.rows import AgencyRow, AppearanceRow, CredentialRow, OfficerRow, RunRow


@dataclass(frozen=True, slots=True)
class Presence:
    """Believes a token only with a session that the keeper issued and that still counts."""

    reader: Reader
    store: ShredStore
    sessions: Sessions
    session_hours: int

    def issue(
        self, credential: CredentialRow, kind: str, *, agency: UUID | None, roles: list[str], now: datetime
    ) -> admitting.SignedIn:
        """Return a fresh session, opened with a credential that was just checked."""
        token = os.urandom(32)
        ends_at = now + timedelta(hours=self.session_hours)
        row = SessionRow(macs.digest(token), kind, credential.owner_id, agency, credential.id, now, ends_at)
        return admitting.SignedIn(token, vouch(row, self.store.keyring), roles)

    def issue_to_officer(self, credential: CredentialRow, officer: OfficerRow, now: datetime) -> admitting.SignedIn:
        """Return a fresh session of an officer; raises Refusal where officer, agency or credential counts no more."""
        insist(that=credential.owner_kind == "officer" and credential.owner_id == officer.id, code="credential.owner")
        insist(that=officer.status == "active", code="officer.left")
        agency = self.reader.agency(officer.agency_id) if officer.agency_id else None
        insist(that=agency is None or agency.status == "active", code="agency.closed")
        insist(that=now < credential.expires_at, code="sign-in.expired")
        return self.issue(credential, "officer", agency=officer.agency_id, roles=officer.roles, now=now)

    def end(self, session: bytes, now: datetime) -> None:
        """End a session (SHA-256 of its token); it stays ended whatever the main database says later."""
        self.reader.session(session)
        self.store.spend("session", session, now)
        self.sessions.ended.add(session)

    def void(self, credential: CredentialRow, now: datetime) -> None:
        """Let a credential count no more, and end the sessions that it opened."""
        self.store.spend("credential", credential.id.bytes, now)
        self.sessions.void.add(credential.id)
        self.store.living.remove(credential.id)

    def touch(self, token: bytes, now: datetime) -> None:
        """Say that a session is alive, whoever's it is; raises Refusal."""
        kind = self.reader.session(macs.digest(token)).kind
        if kind == "person":
            self.person(token, now)
        elif kind == "machine":
            self.machine(token, now)
        else:
            self.officer(token, now)

    def anybody(self, token: bytes, now: datetime) -> SessionRow:
        """Return the live session of a person or an officer; raises Refusal."""
        session = self.reader.session(macs.digest(token))
        return self.person(token, now) if session.kind == "person" else self.officer(token, now)[0]

    def officer(self, token: bytes, now: datetime) -> tuple[SessionRow, OfficerRow, AgencyRow | None]:
        """Return the officer behind a live session.

        Raises:
            Refusal: it is no live session of an active officer at an active agency.
        """
        session, officer, agency = self.reader.officer_session(macs.digest(token))
        self.check_officer(session, officer, agency, now=now)
        return session, officer, agency

    def check_officer(
        self, session: SessionRow, officer: OfficerRow, agency: AgencyRow | None, *, now: datetime
    ) -> None:
        """Refuse unless these three belong together and are alive."""
        insist(that=session.kind == "officer" and session.actor_id == officer.id, code="session.kind")
        insist(that=session.agency_id == officer.agency_id, code="session.agency")
        insist(that=officer.status == "active", code="officer.left")
        if agency is not None:
            insist(that=agency.id == officer.agency_id and agency.status == "active", code="agency.closed")
        self.sessions.touch(session, now)

    def machine(self, token: bytes, now: datetime) -> AgencyRow:
        """Return the agency whose own system is behind a live session; raises Refusal."""
        session = self.reader.session(macs.digest(token))
        insist(that=session.kind == "machine" and session.actor_id == session.agency_id, code="session.kind")
        agency = self.reader.agency(session.actor_id)
        insist(that=agency.status == "active", code="agency.closed")
        self.sessions.touch(session, now)
        return agency

    def check_run(self, run: RunRow, now: datetime) -> None:
        """Refuse a run that is over, or of before the store was brought back: what it has used is forgotten."""
        restored_at = self.sessions.restored_at
        insist(that=restored_at is None or restored_at <= run.created_at, code="run.ended")
        insist(that=now < run.ends_at, code="run.ended")

    def person(self, token: bytes, now: datetime) -> SessionRow:
        """Return the live session of a person whose letter or passkey still counts."""
        session = self.reader.session(macs.digest(token))
        self.check_person(session, now)
        return session

    def check_person(self, session: SessionRow, now: datetime) -> None:
        """Refuse unless this is a person's live session."""
        insist(that=session.kind == "person", code="session.kind")
        insist(that=self.store.living.counts(session.actor_id, session.credential_id), code="letter.void")
        self.sessions.touch(session, now)

    def two_officers(self, first: bytes, second: bytes, now: datetime) -> AgencyRow:
        """Return the agency of two different officers, one of them an approver."""
        _, one, agency = self.officer(first, now)
        _, other, _ = self.officer(second, now)
        if agency is None or one.agency_id != other.agency_id or one.id == other.id:
            raise Refusal("proof.two-officers")
        insist(that=Role.APPROVER in {*one.roles, *other.roles}, code="proof.approver")
        return agency

    def keeps(self, agency: AgencyRow, person: UUID) -> bool:
        """Say whether an agency is the source of an appearance that is hers beyond doubt."""
        return any(one.source_id == agency.id and one.basis in HERS for one in self.appearances_of(person))

    def appearances_of(self, person: UUID) -> list[AppearanceRow]:
        """Return the appearances that are linked to a person; one that was given back does not come back as a row."""
        found = self.reader.appearances_of(person)
        gone = self.store.given_back(person, [one.id for one in found])
        return [one for one in found if one.id not in gone]

    def administrators(self, approvals: list[bytes], now: datetime, *, at_least: int = 2) -> None:
        """Refuse unless so many different administrators of the registry agree."""
        approvers = set()
        for token in approvals:
            session, officer, _ = self.officer(token, now)
            insist(that=session.agency_id is None and Role.ADMINISTRATOR in officer.roles, code="officer.role")
            approvers.add(officer.id)
        insist(that=len(approvers) >= at_least, code="approval.two-administrators")

"""Agencies and officers: enrolled on the word of administrators, signed in with password and one-time code."""

from __future__ import annotations

import os
import re
from base64 import b32encode
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from registry.keeper.rows import vouch
from registry.keeper.rules import Refusal, insist
from registry.wire import admitting
from registry.wire.rows import AgencyRow, CredentialRow, OfficerRow
from schemas.vocabularies.access import AgencyKind, Role

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from registry.keeper.desk.presence import Presence
    from registry.keeper.desk.vault import Vault
    from registry.keeper.reading import Reader
    from registry.keeper.store.shred import ShredStore
    from registry.wire.asking import PasswordProof

PASSWORD_LENGTH = 12
_OFFICER_YEARS = 10
_TOTP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Officers:
    """Adds those who work with the registry, and lets them in."""

    presence: Presence
    vault: Vault

    @property
    def reader(self) -> Reader:
        """What reads rows."""
        return self.presence.reader

    @property
    def store(self) -> ShredStore:
        """What remembers codes and keys."""
        return self.presence.store

    def enrol_first(self, asked: admitting.EnrolFirst, now: datetime) -> admitting.Enrolled:
        """Make the first administrator, while nobody is enrolled and no agency ever was: there is no data yet."""
        never = not self.reader.has_officers() and not self.store.keyring.has_kind("agency")
        insist(that=never, code="enrol.not-first")
        officer = admitting.EnrolOfficer([], None, asked.login, asked.name, [Role.ADMINISTRATOR.value], asked.password)
        return self._officer(officer, now)

    def enrol_agency(self, asked: admitting.EnrolAgency, now: datetime) -> admitting.Enrolled:
        """Add an agency and make its key."""
        self.presence.administrators(asked.approvals, now)
        insist(that=asked.kind in set(AgencyKind), code="enrol.kind")
        insist(that=bool(asked.name.strip()), code="enrol.name")
        agency = AgencyRow(uuid4(), asked.name, asked.kind, asked.number, "active", now)
        self.store.add_key("agency", str(agency.id), now)
        return admitting.Enrolled(agency=vouch(agency, self.store.keyring))

    def enrol_officer(self, asked: admitting.EnrolOfficer, now: datetime) -> admitting.Enrolled:
        """Add an officer of an agency, or an administrator of the registry."""
        # Who hides rows could make one administrator look alone; an agency was enrolled by two.
        adds_administrator = asked.agency_id is None
        alone = adds_administrator and self.reader.administrators() == 1 and not self.store.keyring.has_kind("agency")
        self.presence.administrators(asked.approvals, now, at_least=1 if alone else 2)
        if asked.agency_id is not None:
            insist(that=self.reader.agency(asked.agency_id).status == "active", code="agency.closed")
        else:
            insist(that=asked.roles == [Role.ADMINISTRATOR], code="enrol.roles")
        insist(that=bool(asked.roles) and set(asked.roles) <= set(Role), code="enrol.roles")
        return self._officer(asked, now)

    def sign_in(self, login: str, proof: PasswordProof, now: datetime) -> admitting.SignedIn:
        """Let an officer in with password and one-time code."""
        try:
            officer = self._active(login)
        except Refusal:
            self.vault.hashed(proof.password)  # a login that is none takes as long as a wrong password
            raise
        credential = self.prove(officer.id, proof, now)
        return self.presence.issue_to_officer(credential, officer, now)

    def prove(self, officer: UUID, proof: PasswordProof, now: datetime) -> CredentialRow:
        """Check password and one-time code of an officer, and return the credential; the code is used up.

        Raises:
            Refusal: one of them is wrong, the code was used, or there were too many tries.
        """
        credential = self.reader.password_of(officer)
        secret = self.vault.compare(credential, proof.password, now, forget=False)
        insist(that=now < credential.expires_at, code="sign-in.expired")
        step = _totp_step(secret.totp, proof.totp, now)
        self.store.forget_tries(credential.id)  # a right code that was used before is no guess
        insist(that=self.store.spend("totp", credential.id.bytes + step.to_bytes(8), now), code="sign-in.totp-used")
        return credential

    def _active(self, login: str) -> OfficerRow:
        try:
            officer = self.reader.officer_by_login(login)
        except Refusal:
            raise Refusal("sign-in.wrong") from None
        insist(that=officer.status == "active", code="officer.left")
        agency = self.reader.agency(officer.agency_id) if officer.agency_id else None
        insist(that=agency is None or agency.status == "active", code="agency.closed")
        return officer

    def _officer(self, asked: admitting.EnrolOfficer, now: datetime) -> admitting.Enrolled:
        insist(that=len(asked.password) >= PASSWORD_LENGTH, code="enrol.password-short")
        insist(that=re.fullmatch(r"[\w.@+-]{3,80}", asked.login) is not None, code="enrol.login")
        insist(that=not self.reader.login_exists(asked.login), code="enrol.login-taken")
        officer = OfficerRow(uuid4(), asked.agency_id, asked.login, asked.name, sorted(set(asked.roles)), "active", now)
        credential, totp = uuid4(), os.urandom(20)
        row = CredentialRow(
            id=credential,
            owner_kind="officer",
            owner_id=officer.id,
            kind="password-totp",
            lookup=None,
            secret=self.vault.seal(credential, self.vault.hashed(asked.password, totp=totp)),
            issued_by=None,
            created_at=now,
            expires_at=now + timedelta(days=365 * _OFFICER_YEARS),
        )
        return admitting.Enrolled(
            officer=vouch(officer, self.store.keyring),
            credential=vouch(row, self.store.keyring),
            totp_secret=b32encode(totp).decode(),
        )


def _totp_step(secret: bytes, given: str, now: datetime) -> int:
    """Return the time step whose code was given; one step of clock drift either way (RFC 6238, 5.2)."""
    totp = TOTP(secret, 6, SHA1(), _TOTP_SECONDS, enforce_key_length=False)  # noqa: S303 - RFC 6238's own hash
    current = int(now.timestamp()) // _TOTP_SECONDS
    for step in (current - 1, current, current + 1):
        try:
            totp.verify(given.encode(), step * _TOTP_SECONDS)
        except InvalidToken:
            continue
        return step
    raise Refusal("sign-in.wrong")

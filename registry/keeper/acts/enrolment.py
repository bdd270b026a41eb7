"""Who may act: enrolling agencies, officers and letters, and signing in."""

from __future__ import annotations

import hmac
import os
import re
import threading
from base64 import b32decode, b32encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import msgspec
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from registry.crypto import envelope, macs
from registry.keeper.rows import vouch
from registry.keeper.rules import CASE_WORKERS, HERS, LOCK_MINUTES, TRIES, Refusal, Sessions, insist
from registry.wire import asking, messages
from registry.wire.rows import AgencyRow, AppearanceRow, CredentialRow, OfficerRow, RunRow, SessionRow
from schemas.vocabularies.access import AgencyKind, Role

if TYPE_CHECKING:
    from registry.keeper.reading import Reader
    from registry.keeper.store.keyring import Keyring
    from registry.keeper.store.shred import ShredStore

#: Numbered codes on one letter, each good for one decision.
LETTER_CODES = 20
PIN_PATTERN = re.compile(r"[0-9]{6,12}")
PASSWORD_LENGTH = 12
_OFFICER_YEARS = 10
_RUN_HOURS = 24
_OPERATIONS = frozenset({"import", "export"})
_TOTP_SECONDS = 30
#: Slow hashes that may run side by side; more would let strangers who only guess take all the memory and cores.
_AT_ONCE = 2
_TYPED = str.maketrans("01", "OI", " -")


class _Secret(msgspec.Struct, frozen=True):
    """What a credential's sealed part holds; nothing of it leaves the keeper."""

    salt: bytes
    hash: bytes  #: Argon2id of the password or PIN
    totp: bytes = b""
    codes: list[bytes] = []
    agency: UUID | None = None  #: whose counter handed the letter over
    approved: bool = False  #: whether a second officer agreed


_SECRET = msgspec.msgpack.Decoder(_Secret)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a letter may prove beside what its own counter recorded."""

    agency: UUID | None
    approved: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Enrols and signs in; returns rows for the caller to store."""

    reader: Reader
    store: ShredStore
    sessions: Sessions
    session_hours: int
    letter_days: int
    turns: threading.Semaphore = field(default_factory=lambda: threading.BoundedSemaphore(_AT_ONCE))

    @property
    def keyring(self) -> Keyring:
        """The store's keys."""
        return self.store.keyring

    def enrol_first(self, asked: messages.EnrolFirst, now: datetime) -> messages.Enrolled:
        """Make the first administrator, while nobody is enrolled and no agency ever was: there is no data yet."""
        never = not self.reader.has_officers() and not self.keyring.has_kind("agency")
        insist(that=never, code="enrol.not-first")
        officer = messages.EnrolOfficer([], None, asked.login, asked.name, [Role.ADMINISTRATOR.value], asked.password)
        return self._officer(officer, now)

    def enrol_agency(self, asked: messages.EnrolAgency, now: datetime) -> messages.Enrolled:
        """Add an agency and make its key."""
        self._approved(asked.approvals, now)
        insist(that=asked.kind in set(AgencyKind), code="enrol.kind")
        insist(that=bool(asked.name.strip()), code="enrol.name")
        agency = AgencyRow(uuid4(), asked.name, asked.kind, asked.number, "active", now)
        self.store.add_key("agency", str(agency.id), now)
        return messages.Enrolled(agency=vouch(agency, self.keyring))

    def enrol_officer(self, asked: messages.EnrolOfficer, now: datetime) -> messages.Enrolled:
        """Add an officer of an agency, or an administrator of the registry."""
        self._approved(asked.approvals, now, adds_administrator=asked.agency_id is None)
        if asked.agency_id is not None:
            insist(that=self.reader.agency(asked.agency_id).status == "active", code="agency.closed")
        else:
            insist(that=asked.roles == [Role.ADMINISTRATOR], code="enrol.roles")
        insist(that=bool(asked.roles) and set(asked.roles) <= set(Role), code="enrol.roles")
        return self._officer(asked, now)

    def enrol_letter(self, asked: messages.EnrolLetter, now: datetime) -> messages.Enrolled:
        """Make a letter for a person whom the officer's own agency keeps; the one before is void."""
        _, officer, agency = self.officer(asked.session, now)
        insist(that=agency is not None and bool(CASE_WORKERS & set(officer.roles)), code="officer.role")
        insist(that=PIN_PATTERN.fullmatch(asked.pin) is not None, code="letter.pin-form")
        seen = self._seen_at(agency, asked, now) if agency is not None else []
        insist(that=bool(seen), code="person.not-ours")
        if asked.second is not None:
            self.two_officers(asked.session, asked.second, now)
        elif self.store.letter_counts(asked.person_id, now):
            self._may_replace_letter(asked, now)
        code = os.urandom(15)
        codes = [b32encode(os.urandom(5)).decode() for _ in range(LETTER_CODES)]
        letter = uuid4()
        hashed = [self._code_mac(letter, index, one) for index, one in enumerate(codes, start=1)]
        secret = msgspec.structs.replace(
            self._hashed(asked.pin, codes=hashed), agency=officer.agency_id, approved=asked.second is not None
        )
        row = CredentialRow(
            id=letter,
            owner_kind="person",
            owner_id=asked.person_id,
            kind="letter",
            lookup=macs.digest(code),
            secret=self._seal(letter, secret),
            issued_by=officer.id,
            created_at=now,
            expires_at=now + timedelta(days=self.letter_days),
        )
        self.store.set_letter(asked.person_id, letter, row.expires_at)
        hers = [
            vouch(msgspec.structs.replace(one, basis="confirmed"), self.keyring)
            for one in seen
            if one.basis not in HERS
        ]
        return messages.Enrolled(
            credential=vouch(row, self.keyring), letter_code=b32encode(code).decode(), codes=codes, appearances=hers
        )

    def _seen_at(self, agency: AgencyRow, asked: messages.EnrolLetter, now: datetime) -> list[AppearanceRow]:
        """Return the agency's own appearances of the person before it.

        Its officer sees who she is: where nobody has a letter yet, appearances that were only linked to her become hers
        with it. Once she has one, they do so where she shows it; else linking would take her letter.
        """
        own = [one for one in self.reader.appearances_of(asked.person_id) if one.source_id == agency.id]
        if self.store.letter_of(asked.person_id) is None or any(one.basis in HERS for one in own):
            return own
        shows = asked.second is None and asked.old_code is not None and self.store.letter_counts(asked.person_id, now)
        return own if shows else []

    def keeps(self, agency: AgencyRow, person: UUID) -> bool:
        """Say whether an agency is the source of an appearance that is hers beyond doubt."""
        found = self.reader.appearances_of(person)
        return any(one.source_id == agency.id and one.basis in HERS for one in found)

    def two_officers(self, first: bytes, second: bytes, now: datetime) -> AgencyRow:
        """Return the agency of two different officers, one of them an approver."""
        _, one, agency = self.officer(first, now)
        _, other, _ = self.officer(second, now)
        if agency is None or one.agency_id != other.agency_id or one.id == other.id:
            raise Refusal("proof.two-officers")
        insist(that=Role.APPROVER in {*one.roles, *other.roles}, code="proof.approver")
        return agency

    def _may_replace_letter(self, asked: messages.EnrolLetter, now: datetime) -> None:
        """A letter that counts is voided by who has it, or by two officers: one alone could become the person."""
        insist(that=asked.old_code is not None, code="letter.needs-approval")
        old = self.letter(asked.old_code or "", now)
        insist(that=old.owner_id == asked.person_id, code="letter.needs-approval")

    def sign_in(self, asked: messages.SignIn, now: datetime) -> messages.SignedIn:
        """Check a credential and issue a session."""
        if asked.letter_code is not None and asked.pin is not None:
            credential = self.letter(asked.letter_code, now)
            self._try(credential, asked.pin, now)
            return self._issue(credential, "person", agency=None, roles=[], now=now)
        insist(that=asked.login is not None and asked.password is not None, code="sign-in.form")
        return self._officer_sign_in(asked, now)

    def sign_out(self, asked: messages.SignOut, now: datetime) -> messages.Done:
        """End a session; it stays ended whatever the main database says later."""
        session = macs.digest(asked.session)
        self.reader.session(session)
        self.store.spend("session", session, now)
        self.sessions.ended.add(session)
        return messages.Done()

    def touch(self, asked: messages.Touch, now: datetime) -> messages.Done:
        """Say that a session is alive, whoever's it is."""
        if self.reader.session(macs.digest(asked.session)).kind == "person":
            self.person(asked.session, now)
        else:
            self.officer(asked.session, now)
        return messages.Done()

    def open_run(self, asked: messages.OpenRun, now: datetime) -> messages.RunOpened:
        """Authorise an import or an export for the administrator's own agency."""
        _, officer, agency = self.officer(asked.session, now)
        insist(that=agency is not None and Role.ADMINISTRATOR in officer.roles, code="officer.role")
        insist(that=asked.operation in _OPERATIONS and 0 < asked.budget <= 10_000_000, code="run.form")
        ends_at = now + timedelta(hours=_RUN_HOURS)
        run = RunRow(uuid4(), asked.operation, agency.id, officer.id, asked.budget, now, ends_at)  # type: ignore[union-attr]  # insisted above
        return messages.RunOpened(vouch(run, self.keyring))

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

    def person(self, token: bytes, now: datetime) -> SessionRow:
        """Return the live session of a person whose letter still counts."""
        session = self.reader.session(macs.digest(token))
        self.check_person(session, now)
        return session

    def check_person(self, session: SessionRow, now: datetime) -> None:
        """Refuse unless this is a person's live session."""
        insist(that=session.kind == "person", code="session.kind")
        insist(that=self.store.letter_of(session.actor_id) == session.credential_id, code="letter.void")
        self.sessions.touch(session, now)

    def letter(self, code: str, now: datetime) -> CredentialRow:
        """Return the letter with this code, if it still counts."""
        credential = self.reader.letter(macs.digest(_decoded(code)))
        insist(that=now < credential.expires_at, code="letter.expired")
        insist(that=self.store.letter_of(credential.owner_id) == credential.id, code="letter.void")
        return credential

    def prove(self, session: SessionRow, proof: asking.CodeProof, now: datetime) -> None:
        """Check the PIN and use up one numbered code; a wrong one counts as a wrong try.

        Raises:
            Refusal: wrong, used before, or the letter is locked.
        """
        credential = self.reader.credential(session.credential_id)
        insist(that=now < credential.expires_at, code="letter.expired")
        secret = self._try(credential, proof.pin, now, forget=False)
        insist(that=1 <= proof.index <= len(secret.codes), code="proof.wrong")
        given = self._code_mac(credential.id, proof.index, _plain(proof.code))
        insist(that=macs.same(given, secret.codes[proof.index - 1]), code="proof.wrong")
        once = credential.id.bytes + proof.index.to_bytes(2)
        insist(that=self.store.spend("code", once, now), code="proof.used")
        self.store.forget_tries(credential.id)

    def terms(self, session: SessionRow) -> Terms:
        """Return who handed over the letter behind a person's session, and whether a second officer agreed."""
        secret = self._opened(self.reader.credential(session.credential_id))
        return Terms(secret.agency, secret.approved)

    def _approved(self, approvals: list[bytes], now: datetime, *, adds_administrator: bool = False) -> None:
        approvers = set()
        for token in approvals:
            session, officer, _ = self.officer(token, now)
            insist(that=session.agency_id is None and Role.ADMINISTRATOR in officer.roles, code="officer.role")
            approvers.add(officer.id)
        # Who hides rows could make one administrator look alone; an agency was enrolled by two.
        alone = adds_administrator and self.reader.administrators() == 1 and not self.keyring.has_kind("agency")
        insist(that=len(approvers) >= (1 if alone else 2), code="approval.two-administrators")

    def _officer(self, asked: messages.EnrolOfficer, now: datetime) -> messages.Enrolled:
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
            secret=self._seal(credential, self._hashed(asked.password, totp=totp)),
            issued_by=None,
            created_at=now,
            expires_at=now + timedelta(days=365 * _OFFICER_YEARS),
        )
        return messages.Enrolled(
            officer=vouch(officer, self.keyring),
            credential=vouch(row, self.keyring),
            totp_secret=b32encode(totp).decode(),
        )

    def _officer_sign_in(self, asked: messages.SignIn, now: datetime) -> messages.SignedIn:
        try:
            officer = self.reader.officer_by_login(asked.login or "")
        except Refusal:
            self._hashed(asked.password or "")  # an unknown login takes as long as a wrong password
            raise Refusal("sign-in.wrong") from None
        insist(that=officer.status == "active", code="officer.left")
        agency = self.reader.agency(officer.agency_id) if officer.agency_id else None
        insist(that=agency is None or agency.status == "active", code="agency.closed")
        credential = self.reader.credential_of(officer.id)
        insist(that=now < credential.expires_at, code="sign-in.expired")
        secret = self._try(credential, asked.password or "", now, forget=False)
        step = _totp_step(secret.totp, asked.totp or "", now)
        self.store.forget_tries(credential.id)  # a right code that was used before is no guess
        insist(that=self.store.spend("totp", credential.id.bytes + step.to_bytes(8), now), code="sign-in.totp-used")
        return self._issue(credential, "officer", agency=officer.agency_id, roles=officer.roles, now=now)

    def _issue(
        self, credential: CredentialRow, kind: str, *, agency: UUID | None, roles: list[str], now: datetime
    ) -> messages.SignedIn:
        token = os.urandom(32)
        ends_at = now + timedelta(hours=self.session_hours)
        row = SessionRow(macs.digest(token), kind, credential.owner_id, agency, credential.id, now, ends_at)
        return messages.SignedIn(token, vouch(row, self.keyring), roles)

    def _try(self, credential: CredentialRow, given: str, now: datetime, *, forget: bool = True) -> _Secret:
        """Compare a password or PIN; the try is counted before the answer is known."""
        anew_after = None if credential.kind == "letter" else timedelta(minutes=LOCK_MINUTES)
        counted = self.store.count_try(credential.id, now, most=TRIES, anew_after=anew_after)
        insist(that=counted, code="sign-in.locked")
        secret = self._opened(credential)
        insist(that=hmac.compare_digest(self._slow(given, secret.salt), secret.hash), code="sign-in.wrong")
        if forget:
            self.store.forget_tries(credential.id)
        return secret

    def _opened(self, credential: CredentialRow) -> _Secret:
        key = self.keyring.active("secrets")[1]
        return _SECRET.decode(envelope.open_secret(credential.secret, key, "credential", credential.id))

    def _hashed(self, given: str, *, totp: bytes = b"", codes: list[bytes] | None = None) -> _Secret:
        salt = os.urandom(16)
        return _Secret(salt=salt, hash=self._slow(given, salt), totp=totp, codes=codes or [])

    def _slow(self, given: str, salt: bytes) -> bytes:
        """Argon2id with OWASP's second choice (19 MiB, two passes, one lane), for a few guesses at a time."""
        kdf = Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=19 * 1024)
        with self.turns:
            return kdf.derive(given.encode())

    def _seal(self, credential: UUID, secret: _Secret) -> bytes:
        _, key = self.keyring.active("secrets")
        return envelope.seal_secret(msgspec.msgpack.encode(secret), key, "credential", credential)

    def _code_mac(self, letter: UUID, index: int, code: str) -> bytes:
        return macs.mac(self.keyring.active("secrets")[1], ("code", letter, index, code))


def _decoded(code: str) -> bytes:
    try:
        return b32decode(_plain(code))
    except ValueError:
        raise Refusal("sign-in.wrong") from None


def _plain(code: str) -> str:
    """Return a code as it was made; letters print groups, and who types 0 or 1 saw O or I (RFC 4648, 6 and 3.4)."""
    return code.translate(_TYPED).upper().strip()


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

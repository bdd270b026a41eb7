"""Letters: handed over at a counter, signed in with, and proving a decision by one of their numbered codes."""

from __future__ import annotations

import os
import re
from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import msgspec

from registry.crypto import macs
from registry.keeper.rows import vouch
from registry.keeper.rules import CASE_WORKERS, HERS, Refusal, insist
from registry.wire import admitting
from registry.wire.rows import CredentialRow

if TYPE_CHECKING:
    from datetime import datetime

    from registry.keeper.desk.presence import Presence
    from registry.keeper.desk.vault import Vault
    from registry.keeper.reading import Reader
    from registry.keeper.store.shred import ShredStore
    from registry.wire.asking import CodeProof
    from registry.wire.rows import AgencyRow, AppearanceRow, SessionRow

#: Numbered codes on one letter, each good for one decision.
LETTER_CODES = 20
PIN_PATTERN = re.compile(r"[0-9]{6,12}")
_TYPED = str.maketrans("01", "OI", " -")


@dataclass(frozen=True, slots=True)
class Letters:
    """Makes letters and checks them."""

    presence: Presence
    vault: Vault
    letter_days: int

    @property
    def reader(self) -> Reader:
        """What reads rows."""
        return self.presence.reader

    @property
    def store(self) -> ShredStore:
        """What says which letter counts."""
        return self.presence.store

    def enrol(self, asked: admitting.EnrolLetter, now: datetime) -> admitting.Enrolled:
        """Make a letter for a person whom the officer's own agency keeps; the one before is void.

        Two officers who replace it void her passkeys too: whoever lost the letter may have lost the phone as well.
        """
        _, officer, agency = self.presence.officer(asked.session, now)
        insist(that=agency is not None and bool(CASE_WORKERS & set(officer.roles)), code="officer.role")
        insist(that=PIN_PATTERN.fullmatch(asked.pin) is not None, code="letter.pin-form")
        seen = self._seen_at(agency, asked, now) if agency is not None else []
        insist(that=bool(seen), code="person.not-ours")
        if asked.second is not None:
            self.presence.two_officers(asked.session, asked.second, now)
        elif self.store.letter_counts(asked.person_id, now) or self._has_passkey(asked.person_id):
            self._may_replace(asked, now)
        code = os.urandom(15)
        codes = [b32encode(os.urandom(5)).decode() for _ in range(LETTER_CODES)]
        letter = uuid4()
        hashed = [self._code_mac(letter, index, one) for index, one in enumerate(codes, start=1)]
        secret = msgspec.structs.replace(
            self.vault.hashed(asked.pin, codes=hashed), agency=officer.agency_id, approved=asked.second is not None
        )
        row = CredentialRow(
            id=letter,
            owner_kind="person",
            owner_id=asked.person_id,
            kind="letter",
            lookup=macs.digest(code),
            secret=self.vault.seal(letter, secret),
            issued_by=officer.id,
            created_at=now,
            expires_at=now + timedelta(days=self.letter_days),
        )
        if asked.second is not None:
            self.store.living.remove_all(asked.person_id)
        self.store.set_letter(asked.person_id, letter, row.expires_at)
        return admitting.Enrolled(
            credential=vouch(row, self.store.keyring),
            letter_code=b32encode(code).decode(),
            codes=codes,
            appearances=self._made_hers(seen),
        )

    def letter(self, code: str, now: datetime) -> CredentialRow:
        """Return the letter with this code, if it still counts."""
        return self._counting(self.reader.credential_by(macs.digest(_decoded(code)), "letter"), now)

    def of(self, person: UUID, now: datetime) -> CredentialRow:
        """Return the letter of a person, if it still counts."""
        letter = self.store.letter_of(person)
        if letter is None:
            raise Refusal("letter.void")
        return self._counting(self.reader.credential(letter), now)

    def sign_in(self, code: str, pin: str, now: datetime) -> admitting.SignedIn:
        """Let a person in with the code at the top of her letter and the PIN in her head."""
        credential = self.letter(code, now)
        self.vault.compare(credential, pin, now)
        return self.presence.issue(credential, "person", agency=None, roles=[], now=now)

    def prove(self, session: SessionRow, proof: CodeProof, now: datetime) -> None:
        """Check the PIN and use up one numbered code; a wrong one counts as a wrong try.

        Raises:
            Refusal: wrong, used before, or the letter is locked.
        """
        credential = self.of(session.actor_id, now)
        secret = self.vault.compare(credential, proof.pin, now, forget=False)
        insist(that=1 <= proof.index <= len(secret.codes), code="proof.wrong")
        given = self._code_mac(credential.id, proof.index, _plain(proof.code))
        insist(that=macs.same(given, secret.codes[proof.index - 1]), code="proof.wrong")
        once = credential.id.bytes + proof.index.to_bytes(2)
        insist(that=self.store.spend("code", once, now), code="proof.used")
        self.store.forget_tries(credential.id)

    def _counting(self, credential: CredentialRow, now: datetime) -> CredentialRow:
        insist(that=now < credential.expires_at, code="letter.expired")
        insist(that=self.store.letter_of(credential.owner_id) == credential.id, code="letter.void")
        return credential

    def _seen_at(self, agency: AgencyRow, asked: admitting.EnrolLetter, now: datetime) -> list[AppearanceRow]:
        """Return the agency's own appearances of the person before it.

        Its officer sees who she is: where nobody has a letter yet, appearances that were only linked to her become hers
        with it. Once she has one, they do so where she shows it; else linking would take her letter.
        """
        own = [one for one in self.presence.appearances_of(asked.person_id) if one.source_id == agency.id]
        if self.store.letter_of(asked.person_id) is None or any(one.basis in HERS for one in own):
            return own
        shows = asked.second is None and asked.old_code is not None and self.store.letter_counts(asked.person_id, now)
        return own if shows else []

    def _made_hers(self, seen: list[AppearanceRow]) -> list[AppearanceRow]:
        return [
            vouch(msgspec.structs.replace(one, basis="confirmed"), self.store.keyring)
            for one in seen
            if one.basis not in HERS
        ]

    def _has_passkey(self, person: UUID) -> bool:
        """Say whether a passkey lets her in: one with a row, or one that was used, should somebody hide its row."""
        rows = self.reader.credentials_of(person, "passkey")
        return self.store.living.was_used(person) or any(self.store.living.counts(person, row.id) for row in rows)

    def _may_replace(self, asked: admitting.EnrolLetter, now: datetime) -> None:
        """What counts is voided by who has it, or by two officers: one alone could become the person."""
        insist(that=asked.old_code is not None, code="letter.needs-approval")
        old = self.letter(asked.old_code or "", now)
        insist(that=old.owner_id == asked.person_id, code="letter.needs-approval")

    def _code_mac(self, letter: UUID, index: int, code: str) -> bytes:
        return self.vault.mac("code", letter, index, code)


def _decoded(code: str) -> bytes:
    try:
        return b32decode(_plain(code))
    except ValueError:
        raise Refusal("sign-in.wrong") from None


def _plain(code: str) -> str:
    """Return a code as it was made; letters print groups, and who types 0 or 1 saw O or I (RFC 4648, 6 and 3.4)."""
    return code.translate(_TYPED).upper().strip()

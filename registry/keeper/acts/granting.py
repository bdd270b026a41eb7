"""Grants made into keys and ended again; persons forgotten; receipts signed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import msgspec

from consent.errors import ConsentDenied
from consent.records import agency_kind_of, grant_of, method_of
from registry.crypto import macs, signing
from registry.crypto.errors import CryptoError
from registry.keeper.rows import vouch
from registry.keeper.rules import HERS, Refusal, ceiling, insist
from registry.wire import asking, messages
from registry.wire.rows import ErasureRow, GrantRow
from schemas.canonical import NotCanonicalError, canonical, parse_object
from schemas.compartments import Compartment, section_of
from schemas.vocabularies.access import GrantStatus, IndicationMethod

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consent.grants import Grant
    from registry.keeper.desk.front import Desk
    from registry.keeper.reading import Found, Reader
    from registry.keeper.sealing import Sealer
    from registry.keeper.store.shred import Shred, ShredStore
    from registry.wire.rows import AgencyRow

log = logging.getLogger(__name__)

RECEIPT_TYPE = "consent-record+jws"
#: No grant is longer than this; then she is asked again.
LONGEST_GRANT = timedelta(days=2 * 366)
_SOON = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Granter:
    """Wraps on proof, rotates on withdrawal, destroys on order."""

    reader: Reader
    store: ShredStore
    desk: Desk
    sealer: Sealer

    def wrap(self, asked: messages.Wrap, now: datetime) -> messages.Wrapped:
        """Check the proof of a consent record, then wrap exactly what the record says: no proof, no wrap."""
        grant, kind = _read(asked.record)
        agency = self.reader.agency(grant.agency_id)
        insist(that=agency.status == "active" and agency.kind == kind, code="grant.agency")
        insist(that=grant.not_before <= now + _SOON and now < grant.not_after, code="grant.time")
        insist(that=grant.not_after - grant.not_before <= LONGEST_GRANT, code="grant.too-long")
        insist(that=not self.reader.grant_exists(grant.id), code="grant.exists")
        # Statutes need rules of their own and an assignment; until there are any, nothing is wrapped on their word.
        insist(that=grant.norm is None, code="grant.statute")
        compartments = _compartments(grant, agency)
        found = self._of_person(grant.person_id, grant.appearances, compartments)
        proof = self._prove(asked, grant, now)
        row = self._row(grant, compartments, proof=proof, digest=macs.digest(asked.record), now=now)
        shreds = self.store.secrets_of(grant.appearances)
        wraps = []
        for one in found:
            shred = _alive(shreds, one.sealed.appearance_id)
            insist(that=one.sealed.epoch >= shred.floors.get(one.sealed.compartment, 1), code="sealed.below-floor")
            key = self.sealer.custodian_key(one.sealed, shred)
            wraps.append(self.sealer.wrap_for(row, one.sealed, key=key, shred=shred))
        return messages.Wrapped(vouch(row, self.store.keyring), wraps)

    def rotate(self, asked: messages.Rotate, now: datetime) -> messages.Rotated:
        """End a grant: every compartment it could open gets a new key, wrapped again for all the others.

        From here on no wrap of it opens anything, whatever becomes of the rows: a row that cannot be read must not hold
        up a withdrawal, it is left as it is.
        """
        grant = self.reader.grant(asked.grant_id)
        insist(that=grant.status == GrantStatus.ACTIVE, code="grant.ended")
        expired = now >= grant.not_after
        if asked.session is not None:
            session = self.desk.person(asked.session, now)
            insist(that=session.actor_id == grant.person_id, code="grant.foreign")
            insist(that=grant.basis == "consent", code="grant.statutory")
        else:
            insist(that=expired, code="grant.not-expired")
        return self.ended(grant, now)

    def ended(self, grant: GrantRow, now: datetime) -> messages.Rotated:
        """End a grant for good, whoever said so, and return what that changes."""
        self.store.end_grant(grant.id, grant.appearances)  # so that none of its wraps is carried over below
        found = self.reader.sealed(grant.appearances, grant.compartments)
        wraps = self.reader.wraps(grant.appearances, grant.compartments)
        shreds = self.store.secrets_of(grant.appearances)
        sealed, kept = [], []
        for one in found:
            try:
                shred = _alive(shreds, one.sealed.appearance_id)
                row, old_key, new_key = self.sealer.rekey(one.appearance, one.sealed, shred)
            except (CryptoError, Refusal):
                log.warning("keeper.row-skipped", extra={"grant": str(grant.id)})
                continue
            sealed.append(row)
            keys = (old_key, new_key)
            kept += self.sealer.carried_over(wraps, one.sealed, row, keys=keys, shred=shred, now=now)
        status = GrantStatus.EXPIRED if now >= grant.not_after else GrantStatus.WITHDRAWN
        ended = msgspec.structs.replace(grant, status=status.value, ended_at=now)
        agencies = sorted({wrap.agency_id for wrap in wraps} | {grant.agency_id})
        return messages.Rotated(vouch(ended, self.store.keyring), sealed, kept, agencies)

    def settle(self, asked: messages.Settle) -> messages.Done:
        """Raise the floors to what is committed, so that nothing older opens again."""
        insist(that=0 < len(asked.appearances) <= 1000, code="settle.form")
        insist(that=not self.raise_floors(asked.appearances), code="settle.forged")
        return messages.Done()

    def raise_floors(self, appearances: Sequence[UUID]) -> int:
        """Raise the floors of these appearances to what the main database has; return how many rows are forged.

        Only genuine rows count: each is opened with the custodian's wrap first, else a forged high epoch would lock
        everybody out.
        """
        found = self.reader.sealed(appearances, [compartment.value for compartment in Compartment])
        shreds = self.store.secrets_of(appearances)
        newer, forged = [], 0
        for one in found:
            row, shred = one.sealed, shreds.get(one.sealed.appearance_id)
            if shred is None or row.epoch <= shred.floors.get(row.compartment, 1):
                continue
            try:
                self.sealer.open(row, self.sealer.custodian_key(row, shred), shred)
            except (CryptoError, Refusal):
                forged += 1  # told at the end: it must not keep the floors of the others down
            else:
                newer.append((row.appearance_id, row.compartment, row.epoch))
        self.store.raise_floors(newer)
        return forged

    def order_erasure(self, asked: messages.OrderErasure, now: datetime) -> messages.ErasureOrdered:
        """Let the person order that all of her is forgotten, or two officers what their own agency said."""
        of: UUID | None = None
        if asked.second is None:
            person = self.desk.person(asked.session, now).actor_id
        else:
            agency = self.desk.two_officers(asked.session, asked.second, now)
            insist(that=asked.person_id is not None, code="erase.form")
            person = asked.person_id or uuid4()
            of = agency.id
        linked = [one for one in self.desk.appearances_of(person) if one.basis in HERS]
        appearances = [one.id for one in linked if of is None or one.source_id == of]
        insist(that=bool(appearances), code="erase.nothing")
        return messages.ErasureOrdered(vouch(ErasureRow(uuid4(), person, appearances, now), self.store.keyring))

    def erase(self, asked: messages.Erase) -> messages.Done:
        """Destroy the shred secrets of a committed order; repeating it is harmless."""
        order = self.reader.erasure(asked.erasure_id)
        insist(that=self.reader.erasure_line(order.appearances, order.requested_at - _SOON), code="erase.no-line")
        self.store.destroy(order.appearances)
        linked = self.desk.appearances_of(order.person_id)
        if all(one.id in order.appearances for one in linked if one.basis in HERS):
            self.store.void_letter(order.person_id)
        self.reader.memory.forget(order.person_id, order.appearances)  # and what was read just now
        return messages.Done()

    def sign(self, asked: messages.Sign) -> messages.Signature:
        """Sign the record of a committed grant; the digest is the one that was proved."""
        grant = self.reader.grant(asked.grant_id)
        insist(that=macs.same(macs.digest(asked.record), grant.record_digest), code="sign.other-record")
        _, key = self.store.keyring.active("receipts")
        return messages.Signature(signing.compact_jws(asked.record, key, typ=RECEIPT_TYPE))

    def public_keys(self) -> messages.Keys:
        """Return the keys that receipts are checked with."""
        return messages.Keys([signing.public_jwk(public) for public in self.store.keys.public_halves()])

    def _of_person(self, person: UUID, appearances: tuple[UUID, ...], compartments: list[str]) -> list[Found]:
        found = self.reader.sealed(appearances, compartments)
        insist(that=len(found) == len(set(appearances)) * len(compartments), code="grant.appearances")
        insist(that=all(one.appearance.person_id == person for one in found), code="grant.foreign")
        insist(that=all(one.appearance.basis in HERS for one in found), code="appearance.unconfirmed")
        insist(that=not self.store.given_back(person, appearances), code="appearance.given-back")
        return found

    def _prove(self, asked: messages.Wrap, grant: Grant, now: datetime) -> str:
        if not isinstance(asked.proof, messages.OfficersProof):
            insist(that=asked.session is not None, code="proof.form")
            session = self.desk.person(asked.session or b"", now)
            insist(that=session.actor_id == grant.person_id, code="grant.foreign")
            if isinstance(asked.proof, asking.PasskeyProof):
                # What was signed does not lie about until somebody finds a use for it, and says how it came about.
                insist(that=now - grant.not_before <= _SOON, code="proof.too-old")
                said = method_of(parse_object(asked.record))
                insist(that=said is IndicationMethod.PASSKEY, code="proof.method")
            return self.desk.prove_record(session, asked.proof, asked.record, now=now)
        agency = self.desk.two_officers(asked.proof.first, asked.proof.second, now)
        insist(that=self.desk.keeps(agency, grant.person_id), code="person.not-ours")
        if agency.id == grant.agency_id:
            insist(that=asked.proof.letter_code is not None, code="proof.letter")
            letter = self.desk.letter(asked.proof.letter_code or "", now)
            insist(that=letter.owner_id == grant.person_id, code="proof.letter")
        return "two-officers"

    @staticmethod
    def _row(grant: Grant, compartments: list[str], *, proof: str, digest: bytes, now: datetime) -> GrantRow:
        return GrantRow(
            bucket=grant.person_id.bytes[0],
            id=grant.id,
            person_id=grant.person_id,
            agency_id=grant.agency_id,
            purpose=grant.purpose.value,
            basis=grant.basis.value,
            norm=grant.norm,
            sections=sorted(section.value for section in grant.sections),
            compartments=compartments,
            appearances=list(grant.appearances),
            not_before=grant.not_before,
            not_after=grant.not_after,
            status=GrantStatus.ACTIVE.value,
            proof=proof,
            record_digest=digest,
            given_at=now,
            ended_at=None,
        )


def _read(record: bytes) -> tuple[Grant, str]:
    """Read the grant out of its record, so that what is proved and signed is what is wrapped."""
    try:
        document = parse_object(record)
        insist(that=canonical(document) == record, code="grant.not-canonical")
        return grant_of(document), agency_kind_of(document).value
    except (NotCanonicalError, ConsentDenied):
        raise Refusal("grant.record") from None


def _compartments(grant: Grant, agency: AgencyRow) -> list[str]:
    highest = ceiling(agency.kind, grant.purpose.value)
    granted: list[str] = [
        one.value for one in Compartment if one.value in highest and section_of(one) in grant.sections
    ]
    insist(that=bool(granted), code="ceiling")
    return granted


def _alive(shreds: dict[UUID, Shred], appearance: UUID) -> Shred:
    shred = shreds.get(appearance)
    if shred is None:
        raise Refusal("appearance.erased")
    return shred

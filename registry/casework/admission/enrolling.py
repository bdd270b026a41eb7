"""Enrolling agencies, officers and letters; each with its line in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from registry.audit import log
from registry.audit.events import Event
from registry.auth import agencies, passkeys, sessions
from registry.db import take_turns
from registry.errors import RegistryError
from registry.keys.client import KEEPER, KeeperRefused
from registry.linkage import decisions
from registry.wire import admitting, messages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.actors import Officer
    from registry.wire.rows import AgencyRow, CredentialRow, OfficerRow


class NeedsApproval(RegistryError):  # noqa: N818 - what is the case
    """A letter that still counts is replaced by who has it, or by two officers; nothing was done."""

    code = "letter-needs-approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """What lets a letter replace one that still counts: its code, or the session of a second officer."""

    old_code: str | None = field(default=None, repr=False)
    approval: bytes | None = field(default=None, repr=False)


NOTHING = Instead()
#: Beginnings of what the keeper says where code or approval do not do; it looks at everything else before that.
_REPLACING = ("letter.needs-approval", "letter.void", "letter.expired", "proof.", "sign-in.", "credential.")
_APPROVING = ("session.", "officer.left", "agency.closed")


def add_first_administrator(session: Session, asked: admitting.EnrolFirst, *, now: datetime) -> admitting.Enrolled:
    """Make the installation's first administrator; the keeper lets this happen once."""
    enrolled = KEEPER.ask(asked, admitting.Enrolled)
    agencies.keep(session, enrolled)
    log.record(session, _line(Event.OFFICER_ENROLLED, enrolled.officer), None, now=now)
    return enrolled


def add_agency(session: Session, asked: admitting.EnrolAgency, *, actor: Officer, now: datetime) -> admitting.Enrolled:
    """Add an agency on the word of two administrators."""
    enrolled = KEEPER.ask(asked, admitting.Enrolled)
    agencies.keep(session, enrolled)
    approver = _approver(session, asked.approvals, actor, now=now)
    log.record(session, _line(Event.AGENCY_ENROLLED, enrolled.agency, approver), actor, now=now)
    return enrolled


def add_officer(
    session: Session, asked: admitting.EnrolOfficer, *, actor: Officer, now: datetime
) -> admitting.Enrolled:
    """Add an officer on the word of two administrators."""
    enrolled = KEEPER.ask(asked, admitting.Enrolled)
    agencies.keep(session, enrolled)
    approver = _approver(session, asked.approvals, actor, now=now)
    log.record(session, _line(Event.OFFICER_ENROLLED, enrolled.officer, approver), actor, now=now)
    return enrolled


def add_certificate(
    session: Session, asked: admitting.EnrolCertificate, *, actor: Officer, now: datetime
) -> admitting.Enrolled:
    """Pin the key of a certificate for an agency's own system, on the word of two administrators."""
    return _credential(session, asked, Event.CERTIFICATE_ENROLLED, actor=actor, now=now)


def add_identity(
    session: Session, asked: admitting.EnrolIdentity, *, actor: Officer, now: datetime
) -> admitting.Enrolled:
    """Say by which subject an issuer knows an officer, on the word of two administrators."""
    return _credential(session, asked, Event.IDENTITY_ENROLLED, actor=actor, now=now)


def revoke(session: Session, credential: UUID, *, actor: Officer, now: datetime) -> None:
    """Let a certificate, an identity or an officer's passkey count no more, on the word of one administrator."""
    KEEPER.ask(admitting.RevokeCredential(actor.token, credential), messages.Done)
    passkeys.drop(session, credential)
    log.record(session, log.Line(event=Event.CREDENTIAL_REVOKED, object_id=credential), actor, now=now)


def hand_over_letter(
    session: Session, person: UUID, pin: str, *, actor: Officer, now: datetime, instead: Instead = NOTHING
) -> admitting.Enrolled:
    """Make a letter for a person at this officer's counter; the codes are in the answer and nowhere else.

    Args:
        instead: what lets this letter replace one that still counts.

    Raises:
        NeedsApproval: one that counts would be replaced, and `instead` does not do for it.
        KeeperRefused: the agency does not keep her, or the officer may not.
    """
    take_turns(session, person)
    asked = admitting.EnrolLetter(actor.token, person, pin, old_code=instead.old_code, second=instead.approval)
    try:
        enrolled = KEEPER.ask(asked, admitting.Enrolled)
    except KeeperRefused as refused:
        if not refused.reason.startswith(_REPLACING + (_APPROVING if instead.approval else ())):
            raise
        raise NeedsApproval("Her letter still counts. Enter its code, or let a second officer approve.") from refused
    if instead.approval:
        passkeys.drop_all(session, person)  # the keeper voided them with the letter
    agencies.keep(session, enrolled)
    if enrolled.appearances:
        decisions.move(session, enrolled.appearances, leaving=person, now=now)
    approver = _approver(session, [instead.approval] if instead.approval else [], actor, now=now)
    line = _line(Event.LETTER_ISSUED, enrolled.credential, approver)
    log.record(session, replace(line, persons=(person,)), actor, now=now)
    return enrolled


def _credential(
    session: Session,
    asked: admitting.EnrolCertificate | admitting.EnrolIdentity,
    event: Event,
    *,
    actor: Officer,
    now: datetime,
) -> admitting.Enrolled:
    enrolled = KEEPER.ask(asked, admitting.Enrolled)
    agencies.keep(session, enrolled)
    approver = _approver(session, asked.approvals, actor, now=now)
    log.record(session, _line(event, enrolled.credential, approver), actor, now=now)
    return enrolled


def _approver(session: Session, approvals: Sequence[bytes], actor: Officer, *, now: datetime) -> UUID | None:
    """Return who approved beside the actor; whether the approvals do is the keeper's to say."""
    agreed = [sessions.actor_of(session, token, now).id for token in approvals]
    return next((one for one in agreed if one != actor.id), None)


def _line(event: Event, row: AgencyRow | OfficerRow | CredentialRow | None, approver: UUID | None = None) -> log.Line:
    """Return the line that says what was enrolled: a random id, which names nobody."""
    return log.Line(event=event, object_id=row.id if row else None, responsible_id=approver)

"""Enrolling agencies, officers and letters; each with its line in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from registry.audit import log
from registry.audit.events import Event
from registry.auth import agencies
from registry.db import take_turns
from registry.errors import RegistryError
from registry.keys.client import KEEPER, KeeperRefused
from registry.wire import messages

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.actors import Officer


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


def add_first_administrator(session: Session, asked: messages.EnrolFirst, *, now: datetime) -> messages.Enrolled:
    """Make the installation's first administrator; the keeper lets this happen once."""
    enrolled = KEEPER.ask(asked, messages.Enrolled)
    agencies.keep(session, enrolled)
    log.record(session, log.Line(event=Event.OFFICER_ENROLLED), None, now=now)
    return enrolled


def add_agency(session: Session, asked: messages.EnrolAgency, *, actor: Officer, now: datetime) -> messages.Enrolled:
    """Add an agency on the word of two administrators."""
    enrolled = KEEPER.ask(asked, messages.Enrolled)
    agencies.keep(session, enrolled)
    log.record(session, log.Line(event=Event.AGENCY_ENROLLED), actor, now=now)
    return enrolled


def add_officer(session: Session, asked: messages.EnrolOfficer, *, actor: Officer, now: datetime) -> messages.Enrolled:
    """Add an officer on the word of two administrators."""
    enrolled = KEEPER.ask(asked, messages.Enrolled)
    agencies.keep(session, enrolled)
    log.record(session, log.Line(event=Event.OFFICER_ENROLLED), actor, now=now)
    return enrolled


def hand_over_letter(
    session: Session, person: UUID, pin: str, *, actor: Officer, now: datetime, instead: Instead = NOTHING
) -> messages.Enrolled:
    """Make a letter for a person at this officer's counter; the codes are in the answer and nowhere else.

    Args:
        instead: what lets this letter replace one that still counts.

    Raises:
        NeedsApproval: one that counts would be replaced, and `instead` does not do for it.
        KeeperRefused: the agency does not keep her, or the officer may not.
    """
    take_turns(session, person)
    asked = messages.EnrolLetter(actor.token, person, pin, old_code=instead.old_code, second=instead.approval)
    try:
        enrolled = KEEPER.ask(asked, messages.Enrolled)
    except KeeperRefused as refused:
        if not refused.reason.startswith(_REPLACING + (_APPROVING if instead.approval else ())):
            raise
        raise NeedsApproval("Her letter still counts. Enter its code, or let a second officer approve.") from refused
    agencies.keep(session, enrolled)
    log.record(session, log.Line(event=Event.LETTER_ISSUED, persons=(person,)), actor, now=now)
    return enrolled

"""Enrolling agencies, officers and letters; each with its line in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.audit import log
from registry.audit.events import Event
from registry.auth import agencies
from registry.keys.client import KEEPER
from registry.wire import messages

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.actors import Officer


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


def hand_over_letter(session: Session, person: UUID, pin: str, *, actor: Officer, now: datetime) -> messages.Enrolled:
    """Make a letter for a person at this officer's counter; the codes are in the answer and nowhere else."""
    enrolled = KEEPER.ask(messages.EnrolLetter(actor.token, person, pin), messages.Enrolled)
    agencies.keep(session, enrolled)
    log.record(session, log.Line(event=Event.LETTER_ISSUED, persons=(person,)), actor, now=now)
    return enrolled

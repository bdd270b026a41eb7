"""Asking a person for sections: an office asks, she answers with a grant or says no, and nobody is pestered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from consent.ceilings import allowed_sections
from registry.audit import log
from registry.audit.events import Event
from registry.casework.admission import refusing
from registry.casework.asking import noting
from registry.casework.recording import KeyReused
from registry.crypto.macs import digest
from registry.db import Sessions, bucket_of, take_turns
from registry.errors import NotFound, RegistryError
from registry.ledger import grants, requests
from registry.ledger.models import GrantRequest
from registry.profiles import appearances
from schemas.vocabularies.access import REASONS, AgencyKind, Purpose, RequestStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from registry.actors import Officer, PersonActor
    from registry.casework.recording import Once
    from schemas.compartments import Section
    from schemas.vocabularies.access import RequestReason

#: So long she can answer, and so long after her "no" the same office cannot ask for the same purpose.
OPEN_FOR = timedelta(days=30)
QUIET_AFTER_NO = timedelta(days=30)


class NotAskable(RegistryError):  # noqa: N818 - what is the case
    """This kind of office never gets these sections for the purpose, or the reason is none for it."""

    code = "request-not-askable"


class AlreadyAsked(RegistryError):  # noqa: N818 - what is the case
    """A request of this office for this purpose is open; she has not answered yet."""

    code = "request-open"


class AlreadyGranted(RegistryError):  # noqa: N818 - what is the case
    """A grant that holds gives this office already what it asks for."""

    code = "request-granted"


class DeclinedLately(RegistryError):  # noqa: N818 - what is the case
    """She said no for this purpose; whoever asks again soon does not take it for an answer."""

    code = "request-declined-lately"


class Settled(RegistryError):  # noqa: N818 - what is the case
    """Something else became of the request already."""

    code = "request-settled"


class AnotherAnswer(RegistryError):  # noqa: N818 - what is the case
    """The grant goes to another office, for another purpose, or holds more than was asked for."""

    code = "request-mismatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an office asks for."""

    purpose: Purpose
    sections: frozenset[Section]
    reason: RequestReason


def ask(person: UUID, question: Question, *, actor: Officer, now: datetime, once: Once | None = None) -> GrantRequest:
    """Ask a person for sections; commits. Only an office that knows her can: a source, or one that has or had a grant.

    Args:
        once: with it the same request again finds what it made before.

    Raises:
        NotAskable: whoever she is.
        NotFound: there is nobody, or nobody whom this office knows; the log has a line of it.
        AlreadyAsked, AlreadyGranted, DeclinedLately: nothing new is asked.
        KeyReused: this key came before with another content.
    """
    _insist_askable(question, _office(actor)[1])
    try:
        with Sessions.begin() as session:
            return _asked(session, person, question, actor=actor, now=now, once=once)
    except NotFound:
        refusing.note(actor, NotFound.code, person=None, now=now)
        raise


def take_back(request_id: UUID, *, actor: Officer, now: datetime) -> GrantRequest:
    """Take a request back; commits. Repeating it changes nothing.

    Raises:
        NotFound: the officer's agency has no such request.
        Settled: she answered or declined it, or it ran out.
    """
    agency, _ = _office(actor)
    with Sessions.begin() as session:
        request = requests.of_agency_by_id(session, agency, request_id)
        _end(session, request, RequestStatus.WITHDRAWN, actor=actor, now=now)
        return request


def decline(request_id: UUID, *, actor: PersonActor, now: datetime) -> GrantRequest:
    """Say no to a request; commits. It takes no proof and no reason; repeating it changes nothing.

    Raises:
        NotFound: she was asked nothing of the sort.
        Settled: she answered it, the office took it back, or it ran out.
    """
    with Sessions.begin() as session:
        request = requests.of_person_by_id(session, actor.id, request_id)
        _end(session, request, RequestStatus.DECLINED, actor=actor, now=now)
        return request


def insist_answers(
    session: Session,
    request_id: UUID,
    *,
    person: UUID,
    agency: UUID,
    purpose: Purpose,
    sections: frozenset[Section],
    now: datetime,
) -> GrantRequest:
    """Return the request that a grant answers; `granting.give` asks before anything is proved.

    Raises:
        NotFound: she was asked nothing of the sort.
        Settled: it is no longer open.
        AnotherAnswer: the grant is for another office or purpose, or for more than was asked.
    """
    request = requests.of_person_by_id(session, person, request_id)
    if request.status != RequestStatus.OPEN or now >= request.ends_at:
        raise Settled("This request is no longer open. You can give permission without it.")
    asked_for = {str(section) for section in request.sections}
    if (request.agency_id, request.purpose) != (agency, purpose.value) or not sections <= asked_for:
        raise AnotherAnswer("Answer with the same office and purpose, and with nothing that was not asked for.")
    return request


def answer(session: Session, request: GrantRequest, grant: UUID, *, actor: PersonActor, now: datetime) -> None:
    """Store that a grant of this transaction answers a request.

    Raises:
        Settled: something else became of it meanwhile; the grant is not given either.
    """
    _end(session, request, RequestStatus.ANSWERED, actor=actor, now=now, grant=grant)


def expire(session: Session, request: GrantRequest, *, now: datetime) -> None:
    """End a request whose time has passed; if something became of it meanwhile, nothing changes."""
    if requests.end(session, request, RequestStatus.EXPIRED, now=now):
        log.record(session, noting.line(session, Event.REQUEST_EXPIRED, request), None, now=now)


def status_of(request: GrantRequest, now: datetime) -> RequestStatus:
    """Return where a request stands; one whose time has passed is over before the housekeeper says so."""
    if request.status == RequestStatus.OPEN and now >= request.ends_at:
        return RequestStatus.EXPIRED
    return RequestStatus(request.status)


def _asked(
    session: Session, person: UUID, question: Question, *, actor: Officer, now: datetime, once: Once | None
) -> GrantRequest:
    agency, _ = _office(actor)
    take_turns(session, person)
    _insist_known(session, person, agency)
    before = requests.between(session, person=person, agency=agency)
    if once is not None:
        known = next((one for one in before if one.once == _key(once)), None)
        if known is not None:
            return _same(known, once)
    _insist_timely(session, before, question, person=person, agency=agency, now=now)
    request = GrantRequest(
        bucket=bucket_of(person),
        person_id=person,
        id=uuid4(),
        agency_id=agency,
        purpose=question.purpose.value,
        sections=sorted(section.value for section in question.sections),
        reason=question.reason.value,
        asked_by=actor.id,
        asked_at=now,
        ends_at=now + OPEN_FOR,
        status=RequestStatus.OPEN.value,
        ended_at=None,
        grant_id=None,
        came_with=None,
        once=_key(once) if once else None,
        content=once.digest if once else None,
    )
    requests.keep(session, request)
    log.record(session, noting.line(session, Event.REQUEST_ASKED, request), actor, now=now)
    return request


def _insist_askable(question: Question, kind: AgencyKind) -> None:
    """Refuse what depends on the office alone, before anything is looked up that depends on a person."""
    if not question.sections or not question.sections <= allowed_sections(kind, question.purpose):
        raise NotAskable("Your kind of office never gets all of this for this purpose. Ask for less.")
    if question.purpose not in REASONS[question.reason]:
        raise NotAskable("This is no reason for that purpose. Choose another one.")


def _insist_known(session: Session, person: UUID, agency: UUID) -> None:
    # Both are asked whatever the first says: the work tells nothing about who exists.
    own = appearances.of_source(session, person, agency)
    held = grants.grants_between(session, person=person, agency=agency)
    if not own and not held:
        raise NotFound("There is no such person.")


def _insist_timely(
    session: Session,
    before: Sequence[GrantRequest],
    question: Question,
    *,
    person: UUID,
    agency: UUID,
    now: datetime,
) -> None:
    """Refuse to ask twice, for what is granted, or soon after a "no"; what ran out makes room at once."""
    same = [one for one in before if one.purpose == question.purpose]
    for one in same:
        if status_of(one, now) is RequestStatus.OPEN:
            raise AlreadyAsked("You asked for this purpose already. Wait for the answer, or take the request back.")
        if one.status == RequestStatus.DECLINED and one.ended_at and now < one.ended_at + QUIET_AFTER_NO:
            raise DeclinedLately("She said no. Ask for this purpose again after 30 days, or speak with her.")
        if one.status == RequestStatus.OPEN:
            expire(session, one, now=now)
    held = grants.grants_between(session, person=person, agency=agency)
    if any(one.holds_at(now) and one.purpose is question.purpose and question.sections <= one.sections for one in held):
        raise AlreadyGranted("You may see all of this already.")


def _end(
    session: Session,
    request: GrantRequest,
    status: RequestStatus,
    *,
    actor: Officer | PersonActor,
    now: datetime,
    grant: UUID | None = None,
) -> None:
    if request.status == status and grant is None:
        return
    if status_of(request, now) is not RequestStatus.OPEN or not requests.end(
        session, request, status, now=now, grant=grant
    ):
        raise Settled("Something else became of this request already. Look at it again.")
    log.record(session, noting.line(session, noting.EVENTS[status], request), actor, now=now)


def _key(once: Once) -> bytes:
    return digest(once.key.encode())


def _same(known: GrantRequest, once: Once) -> GrantRequest:
    if known.content != once.digest:
        raise KeyReused("This Idempotency-Key was used for another request. Take a new one.")
    return known


def _office(actor: Officer) -> tuple[UUID, AgencyKind]:
    if actor.agency_id is None or actor.agency_kind is None:
        raise NotFound("This officer works at no office.")
    return actor.agency_id, actor.agency_kind

"""Giving and ending grants: proof, wraps, record, recall and line, each in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from marshmallow import ValidationError

from consent import receipts
from consent.grants import Grant
from consent.records import Indication, Operator, build_record
from registry.audit import log
from registry.audit.events import Event
from registry.auth import agencies
from registry.casework import notices, requesting
from registry.db import Sessions, take_turns
from registry.errors import NotFound
from registry.exchange import recalls
from registry.keys.client import KEEPER
from registry.keys.signer import GrantSigner
from registry.ledger import grants
from registry.profiles import appearances
from registry.wire import messages
from registry.wire.asking import PasskeyProof
from schemas.canonical import canonical, parse_object
from schemas.vocabularies.access import ActorKind, AgencyKind, Basis, IndicationMethod

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from consent.records import Notice
    from registry.actors import PersonActor
    from registry.ledger.models import GrantRequest
    from registry.wire.asking import CodeProof
    from registry.wire.rows import GrantRow
    from schemas.compartments import Section
    from schemas.vocabularies.access import Channel, Purpose


#: Midnight comes first in summer time: in winter a grant ends an hour early rather than ever late.
_MIDNIGHT = timezone(timedelta(hours=2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person wants to grant, and which text reached her, in which way, before she said so."""

    agency_id: UUID
    purpose: Purpose
    sections: frozenset[Section]
    until: datetime  # the first moment at which it no longer holds
    notice: Notice
    channel: Channel
    request: UUID | None = None  # the request that it answers


@dataclass(frozen=True, slots=True)
class Draft:
    """What makes a record that a device signs the very same when it is sent: ids, and when it was shown."""

    grant: UUID
    record: UUID
    at: datetime

    @classmethod
    def new(cls, now: datetime) -> Draft:
        """Return one for a record that was never shown."""
        return cls(uuid4(), uuid4(), now)

    @classmethod
    def read(cls, text: str) -> Draft:
        """Return what `text` says.

        Raises:
            ValidationError: it is none of ours.
        """
        try:
            grant, record, at = text.split(" ")
            return cls(UUID(grant), UUID(record), datetime.fromtimestamp(int(at) / 1_000_000, UTC))
        except (ValueError, OverflowError, OSError):
            raise ValidationError({"draft": ["This is no draft. Ask for one."]}) from None

    @property
    def text(self) -> str:
        """Return how it travels; whoever changes it changes the record, and the signature is of another one."""
        return f"{self.grant} {self.record} {round(self.at.timestamp() * 1_000_000)}"


def drafted(session: Session, wish: Wish, draft: Draft, *, actor: PersonActor) -> bytes:
    """Return the record of a wish that a device shall sign; nothing is given by it.

    Raises:
        NotFound, UnknownNotice, ConsentDenied: as for `give`.
    """
    notices.insist_published(wish.notice)
    return _built(session, wish, draft, method=IndicationMethod.PASSKEY, actor=actor)[1]


def give(
    session: Session,
    wish: Wish,
    proof: CodeProof | PasskeyProof,
    *,
    actor: PersonActor,
    now: datetime,
    draft: Draft | None = None,
) -> GrantRow:
    """Let one agency use some sections for one purpose, over all appearances that are hers now.

    Args:
        draft: of the record that a passkey signed; made anew it must be the same to the last byte.

    Raises:
        NotFound: there is no such agency, or nothing is kept about her.
        UnknownNotice: what was shown to her was not published here.
        ConsentDenied: this kind of agency gets nothing of it for the purpose.
        Settled, AnotherAnswer: it does not fit the request that it is to answer.
        KeeperRefused: the proof does not hold; no wrap was made.
    """
    notices.insist_published(wish.notice)
    take_turns(session, actor.id)
    asked = _asked(session, wish, actor, now=now)
    method = IndicationMethod.PASSKEY if isinstance(proof, PasskeyProof) else IndicationMethod.LETTER_CODE
    grant, record = _built(session, wish, draft or Draft.new(now), method=method, actor=actor)
    wrapped = KEEPER.ask(messages.Wrap(record, proof, session=actor.token), messages.Wrapped)
    grants.keep(session, wrapped, record)
    log.record(session, _line(Event.GRANT_GIVEN, wrapped.grant), actor, now=now)
    if asked is not None:
        requesting.answer(session, asked, grant.id, actor=actor, now=now)
    return wrapped.grant


def end_of(day: date) -> datetime:
    """Return the first moment after a day: until then a grant holds.

    Raises:
        ValidationError: the calendar ends there.
    """
    try:
        return datetime.combine(day + timedelta(days=1), time(), _MIDNIGHT).astimezone(UTC)
    except OverflowError:
        raise ValidationError({"until": ["This is too far away. A grant holds two years at most."]}) from None


def receipt(person: UUID, grant_id: UUID) -> str:
    """Return the signed receipt of a grant; it is signed once, after the grant is committed."""
    with Sessions.begin() as session:
        kept = grants.record_of(session, person, grant_id)
        if kept.receipt is None:
            kept.receipt = receipts.receipt(parse_object(kept.record), GrantSigner(grant_id))
        return kept.receipt


def revoke(session: Session, grant_id: UUID, *, actor: PersonActor, now: datetime) -> GrantRow:
    """Withdraw a grant: new keys, wraps for the others, recall and line; it takes effect with the commit.

    The caller then calls `settle`, so that nothing older opens again even if the database is rolled back.

    Raises:
        NotFound: she has no such active grant.
    """
    take_turns(session, actor.id)
    grants.grant_of(session, actor.id, grant_id)
    rotated = KEEPER.ask(messages.Rotate(grant_id, session=actor.token), messages.Rotated)
    store_ended(session, rotated, now)
    log.record(session, _line(Event.GRANT_WITHDRAWN, rotated.grant), actor, now=now)
    return rotated.grant


def expire(session: Session, person: UUID, grant_id: UUID, *, now: datetime) -> GrantRow:
    """End a grant whose time has passed; the keeper has refused it since that second."""
    take_turns(session, person)
    rotated = KEEPER.ask(messages.Rotate(grant_id), messages.Rotated)
    store_ended(session, rotated, now)
    log.record(session, _line(Event.GRANT_EXPIRED, rotated.grant), None, now=now)
    return rotated.grant


def settle(ended: Iterable[UUID]) -> None:
    """Tell the keeper that new epochs of these appearances are committed."""
    KEEPER.ask(messages.Settle(list(ended)), messages.Done)


def store_ended(session: Session, rotated: messages.Rotated, now: datetime) -> None:
    """Store everything that ending a grant changes."""
    grants.end(session, rotated.grant)
    appearances.replace(session, rotated.sealed, new_epoch=True)
    grants.replace_wraps(session, rotated)
    ended = rotated.grant
    recalls.write(session, person=ended.person_id, grant=ended.id, agency=ended.agency_id, now=now)


def _asked(session: Session, wish: Wish, actor: PersonActor, *, now: datetime) -> GrantRequest | None:
    """Return the request that a wish answers, if it says so; before a code is used up on what does not fit."""
    if wish.request is None:
        return None
    return requesting.insist_answers(
        session,
        wish.request,
        person=actor.id,
        agency=wish.agency_id,
        purpose=wish.purpose,
        sections=wish.sections,
        now=now,
    )


def _built(
    session: Session, wish: Wish, draft: Draft, *, method: IndicationMethod, actor: PersonActor
) -> tuple[Grant, bytes]:
    """Return the grant that a wish stands for now, and its record."""
    agency = agencies.by_id(session, wish.agency_id)
    hers = [row.id for row in appearances.appearances_of(session, actor.id) if row.basis != "decided"]
    if not hers:
        raise NotFound("Nothing is kept about you.")
    grant = Grant(
        id=draft.grant,
        person_id=actor.id,
        agency_id=agency.id,
        purpose=wish.purpose,
        basis=Basis.CONSENT,
        sections=wish.sections,
        appearances=tuple(hers),
        not_before=draft.at,
        not_after=wish.until,
    )
    by = Indication(at=draft.at, by=ActorKind.PERSON, method=method, channel=wish.channel)
    kind = AgencyKind(agency.kind)
    record = build_record(grant, kind, record_id=draft.record, notice=wish.notice, indication=by, operator=Operator())
    return grant, canonical(dict(record))


def _line(event: Event, grant: GrantRow) -> log.Line:
    return log.Line(
        event=event,
        purpose=grant.purpose,
        basis=grant.basis,
        grants=(grant.id,),
        appearances=tuple(grant.appearances),
        compartments=tuple(grant.compartments),
        persons=(grant.person_id,),
    )

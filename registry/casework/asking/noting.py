"""What the log says of requests, and who finds it in her list when it turns out who somebody is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from consent.ceilings import allowed_compartments
from registry.audit import log
from registry.audit.events import Event
from registry.auth.models import Agency
from schemas.compartments import section_of
from schemas.vocabularies.access import AgencyKind, Purpose, RequestStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from registry.ledger.models import GrantRequest
    from registry.ledger.moving import Asked, Moved

#: What the log calls it when something became of a request.
EVENTS: Final = {
    RequestStatus.ANSWERED: Event.REQUEST_ANSWERED,
    RequestStatus.DECLINED: Event.REQUEST_DECLINED,
    RequestStatus.WITHDRAWN: Event.REQUEST_WITHDRAWN,
    RequestStatus.EXPIRED: Event.REQUEST_EXPIRED,
}


def line(session: Session, event: Event, request: GrantRequest | Asked) -> log.Line:
    """Return the line of what becomes of a request; which agency's ceiling cuts the sections, its row says."""
    agency = session.get(Agency, request.agency_id)
    ceiling = allowed_compartments(AgencyKind(agency.kind), Purpose(request.purpose)) if agency else frozenset()
    return log.Line(
        event=event,
        reason=request.reason,
        object_id=request.id,
        purpose=request.purpose,
        grants=(request.grant_id,) if request.grant_id else (),
        compartments=tuple(sorted(one.value for one in ceiling if section_of(one) in request.sections)),
        persons=(request.person_id,),
    )


def follow(session: Session, moves: Sequence[Moved], *, now: datetime, back: bool = False) -> None:
    """Let whoever has moved requests now see their lines, and note what was closed because an older one is open.

    Args:
        back: whether they went back to whom they were asked: then who had them meanwhile sees them no more.
    """
    for one in moves:
        giver, taker = one.move.giver, one.move.taker
        if one.requests:
            log.pass_on(session, one.requests, giver=giver, taker=taker, keeping=not back)
        for asked in one.closed:
            log.record(session, line(session, EVENTS[RequestStatus(asked.status)], asked), None, now=now)
